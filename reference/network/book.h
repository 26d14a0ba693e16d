/* network/book.h - what the files of this folder share: a network and the endpoints in it. Not for other folders. */
#ifndef NETWORK_BOOK_H
#define NETWORK_BOOK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/id.h"
#include "base/map.h"
#include "base/strv.h"
#include "network/cidr.h"
#include "network/ipam.h"
#include "network/link.h"
#include "network/ports.h"
#include "store/index.h"

struct endpoint {
    char id[ID_LENGTH + 1];
    char *container_id, *container_name;
    char veth[LINK_NAME_MAX + 1]; /* the host's end; "" where there is no link */
    char *netns;
    ip_number addresses[FAMILIES]; /* 0: none */
    int priority;                  /* for the default route: the highest gives it */
    uint8_t mac[6];
    struct ports ports;
    struct strv names; /* by which it is known in this network: the container's own first */
    json_t *links;     /* EndpointSettings.Links, or NULL */
};

/* The addresses of one family in a network. */
struct plan {
    struct cidr subnet;
    ip_number gateway; /* 0: none */
    enum gateway_mode mode;
    bool user_subnet;  /* the subnet was asked for: static addresses are allowed */
    struct ipam *pool; /* NULL: the network has no addresses of this family */
};

struct network {
    char id[ID_LENGTH + 1];
    char *name, *driver;
    json_t *record;  /* as the API shows it, without Containers, and "Bridge", the link's name */
    bool predefined; /* bridge, host, none */
    bool internal;
    char bridge[LINK_NAME_MAX + 1]; /* "" for other drivers */
    struct plan plans[FAMILIES];
    struct map *endpoints; /* container id -> struct endpoint */
};

struct networks {
    pthread_mutex_t lock; /* around everything below and every change of the kernel's networks */
    char *run, *instance, *table;
    char *resolver; /* engine-resolver's path, or NULL: no names */
    struct store *store;
    struct events *events;
    struct index *index;    /* struct network by id and name */
    struct map *namespaces; /* container id -> itself: namespaces that have an owner */
    bool no_rules;          /* nftables does not work here: said once, in the log */
};

#define BRIDGE_NAME_OPTION "com.docker.network.bridge.name"
#define GATEWAY_MODE_OPTION(family)                                                                          \
    ((family) == SIX ? "com.docker.network.bridge.gateway_mode_ipv6"                                         \
                     : "com.docker.network.bridge.gateway_mode_ipv4")
#define MASQUERADE_OPTION "com.docker.network.bridge.enable_ip_masquerade"
#define ICC_OPTION        "com.docker.network.bridge.enable_icc"
#define MTU_OPTION        "com.docker.network.driver.mtu"

/* The value of a driver option, or NULL; of a record or a request, too. */
const char *record_option(const json_t *record, const char *name);
const char *network_option(const struct network *net, const char *name);
bool network_option_is(const struct network *net, const char *name, bool otherwise); /* "true" or "1" */

bool network_is_predefined(const char *name); /* bridge, host, none */
bool network_has_family(const json_t *record, enum family family);
/* That of a record or a request; false, and NAT: its name is of no mode. */
bool gateway_mode(const json_t *record, enum family family, enum gateway_mode *ret);
/* Of a complete record, in memory alone. */
int network_new(json_t *record, struct network **ret, struct error *err);
struct network *network_free(struct network *net);
int network_bring_up(struct network *net, struct error *err); /* its bridge */

/* The lock is held for all of these. */
int networks_find(struct networks *n, const char *ref, struct network **ret, struct error *err);
int networks_write_rules(struct networks *n, struct error *err);
bool networks_have_bridge(const struct networks *n, const char *link);
/* A default bridge that is down and whose subnet, which nobody asked for, the host has elsewhere: another engine that was started meanwhile
 * has chosen the same. Of a network that somebody made the subnet stays, as clients know it. */
bool network_must_move(const struct networks *n, const struct network *net);
/* bridge, host and none, where they are not there yet; `default_subnet` is that of bridge, NULL: one is chosen. */
int networks_make_predefined(struct networks *n, const char *default_subnet, struct error *err);
void endpoint_format_mac(const struct endpoint *e, char ret[18]); /* "" without an address */
struct endpoint *endpoint_free(struct endpoint *e);
/* Undoes an endpoint in the kernel and in the pool; not in network->endpoints. */
void endpoint_undo(struct network *net, struct endpoint *e);

#endif
