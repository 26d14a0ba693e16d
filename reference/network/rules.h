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

struct rules_bridge {
    const char *name;
    struct cidr subnets[FAMILIES]; /* address 0: none of that family */
    bool internal;                 /* nothing in or out */
    bool masquerade;               /* what leaves the host carries the host's address */
    bool icc;                      /* its containers may speak to each other */
};

struct rules_port {
    const char *bridge;
    const char *protocol; /* "tcp", "udp", "sctp" */
    enum family family;
    ip_number host_address; /* 0: any */
    uint16_t host_port, port;
    ip_number address; /* the container's */
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
