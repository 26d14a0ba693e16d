/* network/link.h - bridges, veth pairs, addresses and routes, through rtnetlink(7) by libnl-route.
 *
 * Each call opens a socket of its own: netlink sockets belong to the network namespace they were opened in, and are cheap.
 * A namespace is named by a path such as /run/netns/x; NULL is the daemon's own. */
#ifndef NETWORK_LINK_H
#define NETWORK_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "network/cidr.h"

#define LINK_NAME_MAX 15 /* IFNAMSIZ - 1 */

bool link_exists(const char *name);
/* Makes the bridge, unless it is there, gives it the addresses (0: none of that family) and brings it up. */
int link_bridge_up(const char *name, const struct cidr addresses[FAMILIES], unsigned mtu, struct error *err);
int link_remove(const char *name, struct error *err); /* what is not there is removed already */
/* Removes every link whose name begins with `prefix` and that `keep` does not want. */
void link_sweep(const char *prefix, bool (*keep)(void *user, const char *name), void *user);

struct link_veth {
    const char *host_name; /* of the host's end, which joins `bridge` */
    const char *bridge;
    const char *netns;               /* where the other end goes ... */
    const char *name;                /* ... by this name, or NULL ... */
    const char *prefix;              /* ... as the first free one that begins so: "eth" */
    struct cidr addresses[FAMILIES]; /* of that end; 0: none of that family, and without one IPv6 is off */
    uint8_t mac[6];
    unsigned mtu;        /* 0: the kernel's */
    const char *sysctls; /* "net.ipv4.conf.IFNAME.log_martians=1,..."; NULL: none */
};
/* Makes the pair; on failure nothing of it is left. */
int link_veth_make(const struct link_veth *v, struct error *err);
/* The default route in a namespace, instead of the one that there is. */
int link_default_route(const char *netns, enum family family, ip_number gateway, struct error *err);

/* Makes a namespace, bound to `path`, with its loopback up. */
int netns_create(const char *path, struct error *err);

/* Calls `f` while this thread is in that namespace. */
int netns_call(const char *netns, int (*f)(void *user, struct error *err), void *user, struct error *err);

/* Calls `each` for every route of this host but the default ones: an address brings a route to its subnet with it. */
int link_each_subnet(void (*each)(void *user, struct cidr c, const char *link), void *user,
                     struct error *err);

#endif
