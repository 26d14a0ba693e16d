/* network/network.h - networks, their addresses, and a container's place in them.
 *
 * "bridge" (a Linux bridge, addresses from a subnet, masquerading out of the host), "host", "none". Links and
 * addresses are made through netlink (libnl-route), packet rules through nftables (libnftables) in one table
 * of our own, "engined-<instance>". Every move goes kernel, record, event. From any thread. */
#ifndef NETWORK_NETWORK_H
#define NETWORK_NETWORK_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"

struct events;
struct filters;
struct networks;

struct networks_config {
    const char *root; /* records */
    const char *run;  /* what does not survive a reboot: DIR/netns/<container id> */
    const char
        *instance; /* keeps two engines on one host apart: part of bridge and table names; a few hex digits */
    const char *default_subnet;   /* "172.17.0.0/16"; NULL: the first free pool */
    const char *resolver_program; /* engine-resolver; NULL: containers do not find each other by name */
    struct events *events;
};

/* Makes the predefined networks and brings bridges and rules up again; removes what a crash left over. */
int networks_open(const struct networks_config *config, struct networks **ret, struct error *err);
/* Once every container that runs has been adopted: removes the veth pairs and namespaces that nobody owns. */
void networks_settle(struct networks *n);
struct networks *networks_close(
    struct networks *n); /* removes bridges and rules unless a container runs in them */

/* NetworkCreate: `request` as in the API. *ret: {"Id":..,"Warning":..}. */
int network_create(struct networks *n, const json_t *request, int api_version, json_t **ret,
                   struct error *err);
int network_inspect(struct networks *n, const char *ref, bool verbose, const char *scope, int api_version,
                    json_t **ret, struct error *err);
int network_list(struct networks *n, const struct filters *filters, int api_version, json_t **ret,
                 struct error *err);
int network_remove(struct networks *n, const char *ref,
                   struct error *err); /* ERR_FORBIDDEN predefined; ERR_FORBIDDEN active endpoints */
int network_prune(struct networks *n, const struct filters *filters, json_t **ret, struct error *err);
/* Full id and name of what `ref` names; either may be NULL. The caller frees both. ERR_NOT_FOUND "network REF
 * not found". */
int network_resolve(struct networks *n, const char *ref, char **id, char **name, struct error *err);

/* -- a container's side; called by the container domain under the container's lock -- */

/* A network namespace of its own for a container, loopback up; *path (the caller frees it) is what the OCI
 * bundle joins. It holds across a restart of the daemon. */
int netns_make(struct networks *n, const char *container_id, char **path, struct error *err);
void netns_remove(struct networks *n, const char *container_id);

struct network_endpoint {
    const char *container_id, *container_name, *hostname;
    const char *network;         /* name or id */
    const json_t *settings;      /* EndpointSettings as asked for: IPAMConfig, Aliases, Links, MacAddress,
                                    DriverOpts; or NULL */
    const json_t *port_bindings; /* HostConfig.PortBindings, or NULL */
    const json_t *exposed_ports; /* Config.ExposedPorts, or NULL */
    bool publish_all;
    const char
        *netns; /* path of the container's namespace, from netns_make(); NULL where there is none (host) */
};

/* Checks what can be checked before a start (the network exists, a static address fits a configured subnet
 * ...). */
int network_check(struct networks *n, const struct network_endpoint *e, struct error *err);
/* Connects: allots addresses, makes the veth pair, moves one end into the container's namespace as ethN, sets
 * routes, rules and ports. *settings: the API's EndpointSettings as they are now ({NetworkID, EndpointID,
 * Gateway, IPAddress, IPPrefixLen, MacAddress, Aliases, DNSNames ...}). *ports: NetworkSettings.Ports, or
 * NULL if this endpoint publishes none. Publishes "network connect". */
int network_connect(struct networks *n, const struct network_endpoint *e, json_t **settings, json_t **ports,
                    struct error *err);
/* After a container's networks have changed: its resolver knows of it, and is started if there is none yet. `dns` is HostConfig.Dns. */
int network_names_up(struct networks *n, const char *container_id, const char *netns, const json_t *dns,
                     struct error *err);
/* The container has another name now, and is found by that. */
void network_rename_container(struct networks *n, const char *container_id, const char *name);
/* EndpointSettings.DNSNames as they are now: an array, or null. */
json_t *network_dns_names(struct networks *n, const char *container_id, const char *network);
/* Undoes it; what is not there is undone already. Publishes "network disconnect". */
int network_disconnect(struct networks *n, const char *container_id, const char *network, bool force,
                       struct error *err);
/* After a restart of the daemon: takes an endpoint that is still in the kernel into the books again. `port_bindings` is what
 * NetworkSettings.Ports said of it. */
int network_adopt(struct networks *n, const struct network_endpoint *e, const json_t *settings,
                  struct error *err);

/* What the container asked for, else what the host's resolv.conf says, without name servers that a container cannot reach
 * (127/8); with `resolver` the one server is engine-resolver. The caller frees the text, which is a resolv.conf. */
char *network_resolv_conf(struct networks *n, bool resolver, const json_t *dns, const json_t *dns_search,
                          const json_t *dns_options);
bool network_has_resolver(const struct networks *n,
                          const json_t *endpoints); /* of a container with these EndpointSettings */

#endif
