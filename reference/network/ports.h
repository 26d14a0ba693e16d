/* network/ports.h - ports of the host that lead to a container.
 *
 * A published port is held by a bound socket of the daemon for as long as the container runs: that refuses a second user of it, also
 * one that knows nothing of us, with the kernel's own answer. The packets themselves take the way of network/rules.h. */
#ifndef NETWORK_PORTS_H
#define NETWORK_PORTS_H

#include <jansson.h>

#include "base/error.h"
#include "network/rules.h"

struct ports {
    struct rules_port *rules; /* bridge and address are the caller's to fill */
    char (*protocols)[8];
    int *fds;
    size_t count;
    json_t *published; /* NetworkSettings.Ports: {"80/tcp": [{"HostIp","HostPort"}], "443/tcp": null} */
};

/* Binds what is asked for: HostConfig.PortBindings, Config.ExposedPorts, HostConfig.PublishAllPorts (each may be NULL). ERR_SYSTEM
 * "Bind for 0.0.0.0:80 failed: port is already allocated"; nothing is bound then. */
int ports_bind(const json_t *bindings, const json_t *exposed, bool publish_all, struct ports *ret,
               struct error *err);
/* Binds again what was published before the daemon was restarted; a port that somebody took meanwhile is left out. */
void ports_rebind(const json_t *published, struct ports *ret);
void ports_free(struct ports *p);

#endif
