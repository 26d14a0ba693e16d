/* network/network.c - networks as objects: listed, removed, brought up again. How one is made: create.c.
 *
 * The record is the API's Network without its containers; a network is there when its record is. */
#include "network/network.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/filters.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#include "network/book.h"
#include "network/resolver.h"
#include "network/rules.h"
#include "store/store.h"

/* -- one network -- */

struct network *network_free(struct network *net)
{
    void *e;

    if (!net)
        return NULL;
    for (size_t at = 0; net->endpoints && map_next(net->endpoints, &at, NULL, &e);)
        endpoint_free(e);
    map_free(net->endpoints);
    for (enum family f = FOUR; f < FAMILIES; f++)
        ipam_free(net->plans[f].pool);
    free(net->name);
    free(net->driver);
    json_decref(net->record);
    free(net);
    return NULL;
}

const char *record_option(const json_t *record, const char *name)
{
    return json_string_value(json_object_get(json_object_get(record, "Options"), name));
}

const char *network_option(const struct network *net, const char *name)
{
    return record_option(net->record, name);
}

bool network_option_is(const struct network *net, const char *name, bool otherwise)
{
    const char *text = network_option(net, name);

    return text ? str_eq(text, "true") || str_eq(text, "1") : otherwise;
}

bool networks_have_bridge(const struct networks *n, const char *link)
{
    void *net;

    for (size_t at = 0; index_next(n->index, &at, &net);)
        if (str_eq(((struct network *)net)->bridge, link))
            return true;
    return false;
}

bool network_is_predefined(const char *name)
{
    return str_eq(name, "bridge") || str_eq(name, "host") || str_eq(name, "none");
}

static void take_aux_addresses(struct plan *plan, const json_t *config)
{
    const char *name;
    json_t *value;
    ip_number address;

    json_object_foreach (json_object_get(config, "AuxiliaryAddresses"), name, value)
        if (ip_parse(json_string_value(value), plan->subnet.family, &address))
            ipam_take(plan->pool, address, NULL);
}

bool network_has_family(const json_t *record, enum family family)
{
    return family == FOUR ? json_bool_at(record, "EnableIPv4", true)
                          : json_bool_at(record, "EnableIPv6", false);
}

static const char *const mode_names[] = { [GATEWAY_NAT] = "nat",
                                          [GATEWAY_NAT_UNPROTECTED] = "nat-unprotected",
                                          [GATEWAY_ROUTED] = "routed",
                                          [GATEWAY_ISOLATED] = "isolated" };

bool gateway_mode(const json_t *record, enum family family, enum gateway_mode *ret)
{
    const char *name = record_option(record, GATEWAY_MODE_OPTION(family));

    *ret = GATEWAY_NAT;
    for (size_t i = 0; name && i < sizeof(mode_names) / sizeof(mode_names[0]); i++)
        if (str_eq(mode_names[i], name)) {
            *ret = (enum gateway_mode)i;
            return true;
        }
    return !name;
}

/* One element of IPAM.Config. */
static int plan_new(struct network *net, const json_t *config, struct error *err)
{
    struct cidr subnet, range;
    struct plan *plan;

    if (!cidr_parse(json_str_at(config, "Subnet", ""), &subnet))
        return error_set(err, ERR_SYSTEM, "network record without a subnet");
    plan = &net->plans[subnet.family];
    if (plan->pool || !network_has_family(net->record, subnet.family))
        return 0;
    gateway_mode(net->record, subnet.family, &plan->mode);
    if (!ip_parse(json_str_at(config, "Gateway", ""), subnet.family, &plan->gateway) &&
        plan->mode != GATEWAY_ISOLATED)
        return error_set(err, ERR_SYSTEM, "network record without a gateway");
    if (!cidr_parse(json_str_at(config, "IPRange", ""), &range))
        range = subnet;
    plan->subnet = subnet;
    plan->user_subnet = json_bool_at(net->record, subnet.family == SIX ? "UserSubnet6" : "UserSubnet", false);
    plan->pool = ipam_new(subnet, range);
    if (plan->gateway)
        ipam_take(plan->pool, plan->gateway, NULL);
    take_aux_addresses(plan, config);
    return 0;
}

/* From a complete record. */
int network_new(json_t *record, struct network **ret, struct error *err)
{
    struct network *net = new_zeroed(struct network);
    json_t *config;
    size_t i;

    net->record = json_incref(record);
    snprintf(net->id, sizeof(net->id), "%s", json_str_at(record, "Id", ""));
    net->name = xstrdup(json_str_at(record, "Name", ""));
    net->driver = xstrdup(json_str_at(record, "Driver", ""));
    net->predefined = network_is_predefined(net->name);
    net->internal = json_bool_at(record, "Internal", false);
    net->endpoints = map_new();
    snprintf(net->bridge, sizeof(net->bridge), "%s", json_str_at(record, "Bridge", ""));
    json_array_foreach (json_at(record, "IPAM.Config"), i, config)
        if (*net->bridge && plan_new(net, config, err) < 0) {
            network_free(net);
            return -1;
        }
    *ret = net;
    return 0;
}

static void format_endpoint_address(const struct network *net, const struct endpoint *e, enum family family,
                                    char ret[CIDR_TEXT_MAX])
{
    ret[0] = '\0';
    if (e->addresses[family])
        cidr_format((struct cidr){ family, e->addresses[family], net->plans[family].subnet.prefix }, ret);
}

static json_t *containers_json(const struct network *net)
{
    json_t *all = json_object();
    const char *id;
    void *value;

    for (size_t at = 0; map_next(net->endpoints, &at, &id, &value);) {
        const struct endpoint *e = value;
        char four[CIDR_TEXT_MAX], six[CIDR_TEXT_MAX], mac[18];

        format_endpoint_address(net, e, FOUR, four);
        format_endpoint_address(net, e, SIX, six);
        endpoint_format_mac(e, mac);
        json_object_set_new(all, id,
                            json_pack("{s:s, s:s, s:s, s:s, s:s}", "Name", e->container_name, "EndpointID",
                                      e->id, "MacAddress", mac, "IPv4Address", four, "IPv6Address", six));
    }
    return all;
}

/* The API's Network: the record without our own members. */
static json_t *network_json(const struct network *net, bool with_containers)
{
    static const char *const own[] = { "Bridge", "UserSubnet", "UserSubnet6", "Mtu" };
    json_t *j = json_copy(net->record);

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        json_object_del(j, own[i]);
    json_object_set_new(j, "Containers", with_containers ? containers_json(net) : json_object());
    return j;
}

int networks_find(struct networks *n, const char *ref, struct network **ret, struct error *err)
{
    void *found = NULL;

    if (index_find(n->index, ref, &found, err) == 0) {
        *ret = found;
        return 0;
    }
    if (err && err->kind == ERR_AMBIGUOUS)
        return error_set(err, ERR_INVALID,
                         "network %s is ambiguous (several matches found based on ID prefix)", ref);
    return error_set(err, ERR_NOT_FOUND, "network %s not found", ref);
}

/* -- rules -- */

static void add_bridge(struct rules_bridge *b, const struct network *net)
{
    *b = (struct rules_bridge){
        .name = net->bridge,
        .subnets = {net->plans[FOUR].subnet, net->plans[SIX].subnet},
        .internal = net->internal,
        .modes = { net->plans[FOUR].mode,  net->plans[SIX].mode  },
        .masquerade = network_option_is(net, MASQUERADE_OPTION, true),
        .icc = network_option_is(net, ICC_OPTION, true),
    };
}

int networks_write_rules(struct networks *n, struct error *err)
{
    scoped_free struct rules_bridge *bridges = xcalloc(index_count(n->index), sizeof(*bridges));
    scoped_free struct rules_port *ports = NULL;
    struct rules rules = { .table = n->table, .bridges = bridges };
    void *value, *endpoint;

    for (size_t at = 0; index_next(n->index, &at, &value);) {
        const struct network *net = value;

        if (!*net->bridge)
            continue;
        add_bridge(&bridges[rules.bridge_count++], net);
        for (size_t i = 0; map_next(net->endpoints, &i, NULL, &endpoint);) {
            const struct endpoint *e = endpoint;

            ports = xreallocarray(ports, rules.port_count + e->ports.count, sizeof(*ports));
            if (e->ports.count)
                memcpy(ports + rules.port_count, e->ports.rules, e->ports.count * sizeof(*ports));
            rules.port_count += e->ports.count;
        }
    }
    rules.ports = ports;
    return n->no_rules ? 0 : rules_apply(&rules, err);
}

/* -- looking -- */

int network_resolve(struct networks *n, const char *ref, char **id, char **name, struct error *err)
{
    struct network *net = NULL;
    int result;

    pthread_mutex_lock(&n->lock);
    result = networks_find(n, ref, &net, err);
    if (result == 0 && id)
        *id = xstrdup(net->id);
    if (result == 0 && name)
        *name = xstrdup(net->name);
    pthread_mutex_unlock(&n->lock);
    return result;
}

/* How much of each subnet is in use. */
static json_t *status_json(const struct network *net)
{
    json_t *subnets = json_object();
    char text[CIDR_TEXT_MAX];

    for (enum family f = FOUR; f < FAMILIES; f++) {
        const struct plan *plan = &net->plans[f];

        if (!plan->pool)
            continue;
        cidr_format(plan->subnet, text);
        json_object_set_new(subnets, text,
                            json_pack("{s:I, s:I}", "IPsInUse", (json_int_t)ipam_in_use(plan->pool),
                                      "DynamicIPsAvailable", (json_int_t)ipam_available(plan->pool)));
    }
    return json_pack("{s:{s:o}}", "IPAM", "Subnets", subnets);
}

int network_inspect(struct networks *n, const char *ref, bool verbose, const char *scope, int api_version,
                    json_t **ret, struct error *err)
{
    struct network *net = NULL;
    int result;

    (void)verbose; /* adds the tasks of a swarm's services: there are none */
    pthread_mutex_lock(&n->lock);
    result = networks_find(n, ref, &net, err);
    if (result == 0 && !str_empty(scope) && !str_eq(scope, "local"))
        result = error_set(err, ERR_NOT_FOUND, "network %s not found", ref);
    if (result == 0) {
        *ret = network_json(net, true);
        if (api_version >= 52)
            json_object_set_new(*ret, "Status", status_json(net));
    }
    pthread_mutex_unlock(&n->lock);
    return result;
}

static bool wanted(const struct network *net, const struct filters *f, bool dangling)
{
    if (filters_has(f, "dangling") && dangling != (!net->predefined && map_count(net->endpoints) == 0))
        return false;
    if (!filters_match(f, "type", net->predefined ? "builtin" : "custom"))
        return false;
    return filters_match(f, "driver", net->driver) && filters_match(f, "scope", "local") &&
           filters_match_regex(f, "name", net->name) && filters_match_prefix(f, "id", net->id) &&
           filters_match_labels(f, "label", json_object_get(net->record, "Labels")) &&
           filters_match_labels(f, "label!", json_object_get(net->record, "Labels"));
}

int network_list(struct networks *n, const struct filters *filters, int api_version, json_t **ret,
                 struct error *err)
{
    json_t *list;
    void *net;
    bool dangling;

    for (size_t i = 0; i < filters_count(filters, "type"); i++) {
        const char *type = filters_value(filters, "type", i);

        if (!str_eq(type, "custom") && !str_eq(type, "builtin"))
            return error_set(err, ERR_SYSTEM, "invalid filter: 'type'='%s'", type);
    }
    if (filters_bool(filters, "dangling", false, &dangling, err) < 0)
        return error_set(
            err, ERR_INVALID,
            "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")");
    list = json_array();
    pthread_mutex_lock(&n->lock);
    for (size_t at = 0; index_next(n->index, &at, &net);)
        if (wanted(net, filters, dangling))
            json_array_append_new(
                list, network_json(net, api_version < 28)); /* since 1.28 a list leaves the containers out */
    pthread_mutex_unlock(&n->lock);
    *ret = list;
    return 0;
}

/* -- removing -- */

static int destroy(struct networks *n, struct network *net, struct error *err)
{
    if (link_remove(net->bridge, err) < 0 || store_remove(n->store, net->id, err) < 0)
        return -1;
    index_remove(n->index, net->id);
    resolver_forget_network(n, net);
    networks_write_rules(n, NULL); /* rules for a bridge that is gone match nothing */
    events_publish(n->events, "network", "destroy", net->id,
                   json_pack("{s:s, s:s}", "name", net->name, "type", net->driver));
    network_free(net);
    return 0;
}

int network_remove(struct networks *n, const char *ref, struct error *err)
{
    struct network *net = NULL;
    int result;

    pthread_mutex_lock(&n->lock);
    result = networks_find(n, ref, &net, err);
    if (result < 0)
        ;
    else if (net->predefined)
        result =
            error_set(err, ERR_FORBIDDEN, "%s is a pre-defined network and cannot be removed", net->name);
    else if (map_count(net->endpoints))
        result = error_set(err, ERR_FORBIDDEN,
                           "error while removing network: network %s has active endpoints", net->name);
    else
        result = destroy(n, net, err);
    pthread_mutex_unlock(&n->lock);
    return result;
}

static bool prunable(const struct network *net, const struct filters *f, nanos until)
{
    nanos created = 0;

    clock_parse(json_str_at(net->record, "Created", ""), &created);
    return !net->predefined && map_count(net->endpoints) == 0 && (!until || created < until) &&
           filters_match_labels(f, "label", json_object_get(net->record, "Labels")) &&
           filters_match_labels(f, "label!", json_object_get(net->record, "Labels"));
}

int network_prune(struct networks *n, const struct filters *filters, json_t **ret, struct error *err)
{
    json_t *names = json_array();
    const char *text = filters_value(filters, "until", 0);
    nanos until = 0;
    void *net;

    if (text && !clock_parse_query(text, clock_now(), &until)) {
        json_decref(names);
        return error_set(err, ERR_INVALID, "invalid filter 'until': \"%s\" is no time", text);
    }
    pthread_mutex_lock(&n->lock);
    for (size_t at = 0; index_next(n->index, &at, &net);) {
        scoped_free char *name = xstrdup(((struct network *)net)->name);

        if (prunable(net, filters, until) && destroy(n, net, err) == 0)
            json_array_append_new(names, json_string(name));
    }
    pthread_mutex_unlock(&n->lock);
    events_publish(n->events, "network", "prune", "", json_pack("{s:s}", "reclaimed", "0"));
    if (json_array_size(names) == 0) {
        json_decref(names);
        names = json_null();
    }
    *ret = json_pack("{s:o}", "NetworksDeleted", names);
    return 0;
}

/* -- opening -- */

static int load(void *user, const char *id, json_t *record, struct error *err)
{
    struct networks *n = user;
    struct network *net = NULL;

    if (network_new(record, &net, err) < 0)
        return error_wrap(err, "network %.12s", id);
    if (network_must_move(n, net)) {
        log_info("network %s: its subnet is somebody else's by now, it gets another one", net->name);
        network_free(net);
        return store_remove(n->store, id, err);
    }
    if (index_add(n->index, net->id, net->name, net, err) < 0)
        return error_wrap(err, "network %.12s", id);
    return !*net->bridge ? 0 : network_bring_up(net, err);
}

static void try_rules(struct networks *n)
{
    struct error err = { 0 };

    if (networks_write_rules(n, &err) == 0)
        return;
    n->no_rules = true;
    log_warn("no packet rules on this host (no way out of the bridges, no published ports): %s", err.text);
}

int networks_open(const struct networks_config *config, struct networks **ret, struct error *err)
{
    struct networks *n = new_zeroed(struct networks);
    scoped_free char *namespaces = xasprintf("%s/netns", config->run);

    pthread_mutex_init(&n->lock, NULL);
    n->run = xstrdup(config->run);
    n->instance = xstrdup(config->instance);
    n->table = xasprintf("engined-%s", config->instance);
    n->events = config->events;
    n->resolver = xstrdup(config->resolver_program);
    n->index = index_new();
    n->namespaces = map_new();
    if (dir_make(namespaces, 0755, err) < 0 || store_open(config->root, &n->store, err) < 0)
        goto close;
    if (file_poke("/proc/sys/net/ipv4/ip_forward", "1", err) < 0)
        log_warn("no way out of the bridges: %s", err->text);
    if (store_each(n->store, load, n, err) < 0)
        goto close;
    try_rules(n);
    if (networks_make_predefined(n, config->default_subnet, err) < 0)
        goto close;
    *ret = n;
    return 0;
close:
    networks_close(n);
    return error_wrap(err, "networks");
}

/* -- what nobody owns -- */

static bool somebody_owns(void *user, const char *link)
{
    struct networks *n = user;
    void *net, *e;

    if (networks_have_bridge(n, link))
        return true;
    for (size_t at = 0; index_next(n->index, &at, &net);)
        for (size_t i = 0; map_next(((struct network *)net)->endpoints, &i, NULL, &e);)
            if (str_eq(((struct endpoint *)e)->veth, link))
                return true;
    return false;
}

static void sweep_namespaces(struct networks *n)
{
    scoped_free char *path = xasprintf("%s/netns", n->run);
    scoped(closedir) DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        scoped_free char *file = path_join(path, entry->d_name);

        if (entry->d_name[0] == '.' || map_get(n->namespaces, entry->d_name))
            continue;
        umount2(file, MNT_DETACH);
        unlink(file);
    }
}

void networks_settle(struct networks *n)
{
    scoped_free char *veths = xasprintf("v%.4s", n->instance);
    scoped_free char *bridges = xasprintf("b%.4s", n->instance);

    pthread_mutex_lock(&n->lock);
    link_sweep(veths, somebody_owns, n);
    link_sweep(bridges, somebody_owns, n);
    sweep_namespaces(n);
    resolvers_settle(n);
    pthread_mutex_unlock(&n->lock);
}

struct networks *networks_close(struct networks *n)
{
    void *net;
    bool in_use = false;

    if (!n)
        return NULL;
    for (size_t at = 0; index_next(n->index, &at, &net);)
        in_use = in_use || map_count(((struct network *)net)->endpoints) > 0;
    for (size_t at = 0; index_next(n->index, &at, &net);) {
        if (!in_use)
            link_remove(((struct network *)net)->bridge, NULL);
        network_free(net);
    }
    if (!in_use && !n->no_rules)
        rules_remove(n->table, NULL);
    index_free(n->index);
    map_free(n->namespaces);
    store_close(n->store);
    pthread_mutex_destroy(&n->lock);
    free(n->run);
    free(n->instance);
    free(n->table);
    free(n->resolver);
    free(n);
    return NULL;
}
