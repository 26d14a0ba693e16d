/* network/rules.h - packet rules: one nftables table of our own for both families, written whole in one transaction, by libnftables (nft(8)).
 *
 * Whoever changes a network or a published port calls rules_apply() with all that there is: the table is replaced atomically, so that
 * it never lags behind a crash, and no table of somebody else is touched. */
#ifndef NETWORK_RULES_H
#define NETWORK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "network/cidr.h"

/* How a network's containers are reached from outside of it. */
enum gateway_mode {
    GATEWAY_NAT,             /* by published ports of the host */
    GATEWAY_NAT_UNPROTECTED, /* by these, and by other hosts that have a route at each port of a container */
    GATEWAY_ROUTED,   /* at the container's own address, by its published ports; nothing is translated */
    GATEWAY_ISOLATED, /* not at all, and the host itself has no address in the network */
};

struct rules_bridge {
    const char *name;
    struct cidr subnets[FAMILIES]; /* address 0: none of that family */
    enum gateway_mode modes[FAMILIES];
    bool internal;   /* nothing in or out */
    bool masquerade; /* what leaves the host carries the host's address */
    bool icc;        /* its containers may speak to each other */
};

struct rules_port {
    const char *bridge;
    const char *protocol; /* "tcp", "udp", "sctp" */
    enum family family;
    ip_number host_address;   /* 0: any */
    uint16_t host_port, port; /* host_port 0: none leads there, and the container's own is open */
    ip_number address;        /* the container's */
};

struct rules {
    const char *table;
    const struct rules_bridge *bridges;
    size_t bridge_count;
    const struct rules_port *ports;
    size_t port_count;
};

int rules_apply(const struct rules *rules, struct error *err);
/* In a container's namespace: port 53 of `address` leads to these ports of it. */
int rules_lead_dns(const char *netns, const char *address, unsigned udp, unsigned tcp, struct error *err);
int rules_remove(const char *table, struct error *err);
char *rules_text(const struct rules *rules); /* what rules_apply() loads; the caller frees it */

#endif
