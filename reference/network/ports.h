/* network/ports.h - ports of the host that lead to a container.
 *
 * A published port is held by a bound socket of the daemon for as long as the container runs: that refuses a second user of it, also
 * one that knows nothing of us, with the kernel's own answer. The packets themselves take the way of network/rules.h. */
#ifndef NETWORK_PORTS_H
#define NETWORK_PORTS_H

#include <jansson.h>

#include "base/error.h"
#include "network/proxy.h"
#include "network/rules.h"

struct ports {
    struct rules_port *rules; /* bridge and address are the caller's to fill */
    char (*protocols)[8];
    int *fds;               /* -1: none is bound */
    struct proxy **proxies; /* of those that rules alone do not serve; NULL */
    size_t count;
    json_t *published; /* NetworkSettings.Ports: {"80/tcp": [{"HostIp","HostPort"}], "443/tcp": null} */
};

struct network_endpoint;

/* What all ports of a container have in common. */
struct ports_host {
    const char *address; /* where a binding names none; NULL: any, of IPv4 and of IPv6 */
    bool six; /* the container has an address of IPv6: else nothing but TCP and UDP comes from there */
    bool routed[FAMILIES]; /* no port of the host: it is told as "", and rules_port.host_port is 0 */
};

/* Binds what is asked for by HostConfig.PortBindings, Config.ExposedPorts, HostConfig.PublishAllPorts. ERR_SYSTEM "Bind for 0.0.0.0:80
 * failed: port is already allocated"; nothing is bound then. */
int ports_bind(const struct network_endpoint *asked, const struct ports_host *host, struct ports *ret,
               struct error *err);
/* Binds again what was published before the daemon was restarted; a port that somebody took meanwhile is left out. */
void ports_rebind(const json_t *published, struct ports *ret);
/* The container has these addresses now: what rules cannot do is done from here on. */
void ports_serve(struct ports *p, const ip_number addresses[FAMILIES]);
void ports_free(struct ports *p);

#endif
