/* network/network.c - networks as objects: made, listed, removed, brought up again.
 *
 * The record is the API's Network without its containers; a network is there when its record is. A bridge is made before the record and
 * removed after it, so that a crash in between leaves a link that nobody owns: its name carries our instance, and the next start
 * removes it. Which subnets are free is asked of the kernel's routes as well as of our records: another engine on this host, or
 * somebody's VPN, is not run over. */
#include "network/network.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
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

#define BRIDGE_NAME_OPTION "com.docker.network.bridge.name"
#define MASQUERADE_OPTION  "com.docker.network.bridge.enable_ip_masquerade"
#define ICC_OPTION         "com.docker.network.bridge.enable_icc"
#define MTU_OPTION         "com.docker.network.driver.mtu"

/* -- one network -- */

static struct network *network_free(struct network *net)
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

const char *network_option(const struct network *net, const char *name)
{
    return json_string_value(json_object_get(json_object_get(net->record, "Options"), name));
}

static const char *option(const struct network *net, const char *name, const char *otherwise)
{
    const json_t *v = json_object_get(json_object_get(net->record, "Options"), name);

    return json_is_string(v) ? json_string_value(v) : otherwise;
}

static bool option_is(const struct network *net, const char *name, bool otherwise)
{
    const char *text = option(net, name, NULL);

    return text ? str_eq(text, "true") || str_eq(text, "1") : otherwise;
}

static bool is_predefined(const char *name)
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

static bool family_is_on(const json_t *record, enum family family)
{
    return family == FOUR ? json_bool_at(record, "EnableIPv4", true)
                          : json_bool_at(record, "EnableIPv6", false);
}

/* One element of IPAM.Config. */
static int plan_new(struct network *net, const json_t *config, struct error *err)
{
    struct cidr subnet, range;
    struct plan *plan;

    if (!cidr_parse(json_str_at(config, "Subnet", ""), &subnet))
        return error_set(err, ERR_SYSTEM, "network record without a subnet");
    plan = &net->plans[subnet.family];
    if (plan->pool || !family_is_on(net->record, subnet.family))
        return 0;
    if (!ip_parse(json_str_at(config, "Gateway", ""), subnet.family, &plan->gateway))
        return error_set(err, ERR_SYSTEM, "network record without a gateway");
    if (!cidr_parse(json_str_at(config, "IPRange", ""), &range))
        range = subnet;
    plan->subnet = subnet;
    plan->user_subnet = json_bool_at(net->record, subnet.family == SIX ? "UserSubnet6" : "UserSubnet", false);
    plan->pool = ipam_new(subnet, range);
    ipam_take(plan->pool, plan->gateway, NULL);
    take_aux_addresses(plan, config);
    return 0;
}

/* From a complete record. */
static int network_new(json_t *record, struct network **ret, struct error *err)
{
    struct network *net = new_zeroed(struct network);
    json_t *config;
    size_t i;

    net->record = json_incref(record);
    snprintf(net->id, sizeof(net->id), "%s", json_str_at(record, "Id", ""));
    net->name = xstrdup(json_str_at(record, "Name", ""));
    net->driver = xstrdup(json_str_at(record, "Driver", ""));
    net->predefined = is_predefined(net->name);
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
        .masquerade = option_is(net, MASQUERADE_OPTION, true),
        .icc = option_is(net, ICC_OPTION, true),
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

/* -- subnets -- */

struct overlap {
    const struct networks *networks;
    struct cidr wanted;
    bool found;
};

static bool is_our_bridge(const struct networks *n, const char *link)
{
    void *net;

    for (size_t at = 0; index_next(n->index, &at, &net);)
        if (str_eq(((struct network *)net)->bridge, link))
            return true;
    return false;
}

static void look_at_host(void *user, struct cidr c, const char *link)
{
    struct overlap *o = user;

    if (!is_our_bridge(o->networks, link) && cidr_overlap(c, o->wanted))
        o->found = true;
}

static bool overlaps_ours(const struct networks *n, struct cidr wanted)
{
    void *net;

    for (size_t at = 0; index_next(n->index, &at, &net);)
        if (((struct network *)net)->plans[wanted.family].pool &&
            cidr_overlap(((struct network *)net)->plans[wanted.family].subnet, wanted))
            return true;
    return false;
}

static bool overlaps_host(const struct networks *n, struct cidr wanted)
{
    struct overlap o = { n, wanted, false };

    link_each_subnet(look_at_host, &o, NULL);
    return o.found;
}

/* A unique local prefix (RFC 4193): 0xfd and random bits. */
static int free_pool_six(const struct networks *n, struct cidr *ret, struct error *err)
{
    uint8_t bytes[16] = { 0xfd };

    for (int tries = 0; tries < 16; tries++) {
        if (getrandom(bytes + 1, 5, 0) != 5)
            return error_errno(err, "getrandom");
        *ret = (struct cidr){ SIX, ip_from_bytes(bytes, 16), 64 };
        if (!overlaps_ours(n, *ret) && !overlaps_host(n, *ret))
            return 0;
    }
    return error_set(err, ERR_SYSTEM, "could not find an available IPv6 address pool");
}

static int free_pool(const struct networks *n, enum family family, struct cidr *ret, struct error *err)
{
    if (family == SIX)
        return free_pool_six(n, ret, err);
    for (unsigned i = 0; ipam_default_pool(i, ret); i++)
        if (!overlaps_ours(n, *ret) && !overlaps_host(n, *ret))
            return 0;
    return error_set(
        err, ERR_SYSTEM,
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the "
        "network");
}

/* -- the form of a request -- */

static const struct json_field create_fields[] = {
    {"Name",                "string"},
    { "Driver",             "string"},
    { "Scope",              "string"},
    { "Internal",           "bool"  },
    { "Attachable",         "bool"  },
    { "Ingress",            "bool"  },
    { "ConfigOnly",         "bool"  },
    { "EnableIPv6",         "bool"  },
    { "EnableIPv4",         "bool"  },
    { "CheckDuplicate",     "bool"  },
    { "Options",            "map"   },
    { "Labels",             "map"   },
    { "IPAM",               "object"},
    { "IPAM.Driver",        "string"},
    { "IPAM.Config",        "array" },
    { "IPAM.Options",       "map"   },
    { "ConfigFrom",         "object"},
    { "ConfigFrom.Network", "string"},
    { NULL,                 NULL    },
};

static int check_subnet(const json_t *config, struct cidr *ret, struct error *err)
{
    const char *text = json_str_at(config, "Subnet", "");
    char should[CIDR_TEXT_MAX];

    if (!cidr_parse(text, ret))
        return error_set(err, ERR_INVALID,
                         "invalid network config:\ninvalid subnet %s: invalid CIDR block notation", text);
    if (ret->address == cidr_first(*ret))
        return 0;
    cidr_format((struct cidr){ ret->family, cidr_first(*ret), ret->prefix }, should);
    return error_set(err, ERR_INVALID, "invalid network config:\ninvalid subnet %s: it should be %s", text,
                     should);
}

static int check_inside(const char *what, const char *text, struct cidr subnet, const char *subnet_text,
                        struct error *err)
{
    ip_number address;

    if (!ip_parse(text, subnet.family, &address))
        return error_set(err, ERR_INVALID, "invalid network config:\ninvalid %s %s: invalid address", what,
                         text);
    if (!cidr_has(subnet, address))
        return error_set(
            err, ERR_INVALID,
            "invalid network config:\ninvalid %s %s: parent subnet %s doesn't contain this address", what,
            text, subnet_text);
    return 0;
}

static int check_config(const json_t *config, struct cidr *subnet, struct error *err)
{
    const char *text = json_str_at(config, "Subnet", ""), *gateway = json_str_at(config, "Gateway", "");
    const char *range = json_str_at(config, "IPRange", "");
    const char *name;
    json_t *value;
    struct cidr c;

    if (check_subnet(config, subnet, err) < 0 ||
        (*gateway && check_inside("gateway", gateway, *subnet, text, err) < 0))
        return -1;
    if (*range && (!cidr_parse(range, &c) || c.family != subnet->family ||
                   !cidr_has(*subnet, cidr_first(c)) || c.prefix < subnet->prefix))
        return error_set(
            err, ERR_INVALID,
            "invalid network config:\ninvalid ip-range %s: parent subnet %s doesn't contain ip-range", range,
            text);
    json_object_foreach (json_object_get(config, "AuxiliaryAddresses"), name, value)
        if (check_inside("auxiliary address", json_is_string(value) ? json_string_value(value) : "", *subnet,
                         text, err) < 0)
            return -1;
    return 0;
}

/* The subnets that are asked for; a prefix of 0 stands for none. */
static int check_ipam(const json_t *request, struct cidr asked[FAMILIES], struct error *err)
{
    const char *driver = json_str_at(request, "IPAM.Driver", "default");
    json_t *config;
    size_t i;

    memset(asked, 0, FAMILIES * sizeof(*asked));
    if (*driver && !str_eq(driver, "default"))
        return error_set(err, ERR_NOT_FOUND, "invalid ipam driver: \"%s\" not found", driver);
    json_array_foreach (json_at(request, "IPAM.Config"), i, config) {
        struct cidr subnet;

        if (check_config(config, &subnet, err) < 0)
            return -1;
        if (subnet.prefix == 0)
            return error_set(err, ERR_INVALID, "invalid network config:\ninvalid subnet %s: it is everything",
                             json_str_at(config, "Subnet", ""));
        if (asked[subnet.family].prefix)
            return error_set(err, ERR_FORBIDDEN, "bridge driver doesn't support multiple subnets");
        asked[subnet.family] = subnet;
    }
    return 0;
}

static int check_request(const struct networks *n, const json_t *request, const char *name,
                         const char *driver, struct error *err)
{
    if (!name[strspn(name, " \t")])
        return error_set(err, ERR_INVALID, "invalid name: name is empty");
    if (is_predefined(name))
        return error_set(err, ERR_FORBIDDEN, "operation is not permitted on predefined %s network ", name);
    if (str_eq(json_str_at(request, "Scope", "local"), "swarm"))
        return error_set(err, ERR_FORBIDDEN, "cannot create a swarm scoped network when swarm is not active");
    if (json_bool_at(request, "Ingress", false))
        return error_set(err, ERR_FORBIDDEN, "Ingress network can only be global scope network");
    if (str_eq(driver, "host") || str_eq(driver, "null"))
        return error_set(err, ERR_FORBIDDEN, "only one instance of \"%s\" network is allowed", driver);
    if (!str_eq(driver, "bridge"))
        return error_set(err, ERR_NOT_FOUND, "plugin \"%s\" not found", driver);
    if (index_by_name(n->index, name))
        return error_set(err, ERR_CONFLICT, "network with name %s already exists", name);
    return 0;
}

/* -- making -- */

/* An element of IPAM.Config with its subnet and gateway; `config` (takes) is what was asked for. */
static json_t *config_json(json_t *config, struct cidr subnet)
{
    char text[CIDR_TEXT_MAX];

    cidr_format(subnet, text);
    json_put_str(config, "Subnet", text);
    if (str_empty(json_str_at(config, "Gateway", ""))) {
        ip_format(subnet.family, cidr_first(subnet) + 1, text);
        json_put_str(config, "Gateway", text);
    }
    return config;
}

/* What was asked for, and what was chosen (prefix 0: nothing) behind it. */
static json_t *ipam_json(const json_t *request, const struct cidr chosen[FAMILIES])
{
    const json_t *options = json_at(request, "IPAM.Options");
    json_t *list = json_array(), *config;
    struct cidr subnet;
    size_t i;

    json_array_foreach (json_at(request, "IPAM.Config"), i, config)
        if (cidr_parse(json_str_at(config, "Subnet", ""), &subnet))
            json_array_append_new(list, config_json(json_deep_copy(config), subnet));
    for (enum family f = FOUR; f < FAMILIES; f++)
        if (chosen[f].prefix)
            json_array_append_new(list, config_json(json_object(), chosen[f]));
    return json_pack("{s:s, s:O, s:o}", "Driver", "default", "Options",
                     json_is_object(options) ? options : json_null(), "Config", list);
}

static json_t *map_or_empty(const json_t *request, const char *name)
{
    json_t *value = json_object_get(request, name);

    return json_is_object(value) ? json_incref(value) : json_object();
}

/* Members in the order in which an engine sends them. */
static json_t *record_new(const json_t *request, const char *name, const char *driver, json_t *ipam)
{
    char id[ID_LENGTH + 1], now[CLOCK_TEXT_MAX];
    json_t *r = json_object();

    id_make(id);
    clock_format(clock_now(), now);
    json_put_str(r, "Name", name);
    json_put_str(r, "Id", id);
    json_put_str(r, "Created", now);
    json_put_str(r, "Scope", "local");
    json_put_str(r, "Driver", driver);
    json_put(r, "EnableIPv4", json_boolean(json_bool_at(request, "EnableIPv4", true)));
    json_put(r, "EnableIPv6", json_boolean(json_bool_at(request, "EnableIPv6", false)));
    json_put(r, "IPAM", ipam);
    json_put(r, "Internal", json_boolean(json_bool_at(request, "Internal", false)));
    json_put(r, "Attachable", json_boolean(json_bool_at(request, "Attachable", false)));
    json_put(r, "Ingress", json_false());
    json_put(r, "ConfigFrom", json_pack("{s:s}", "Network", json_str_at(request, "ConfigFrom.Network", "")));
    json_put(r, "ConfigOnly", json_boolean(json_bool_at(request, "ConfigOnly", false)));
    json_put(r, "Options", map_or_empty(request, "Options"));
    json_put(r, "Labels", map_or_empty(request, "Labels"));
    return r;
}

static void name_bridge(const struct networks *n, json_t *record)
{
    const char *asked =
        json_string_value(json_object_get(json_object_get(record, "Options"), BRIDGE_NAME_OPTION));
    char name[LINK_NAME_MAX + 1];

    if (str_empty(asked))
        snprintf(name, sizeof(name), "b%.4s%.8s", n->instance, json_str_at(record, "Id", ""));
    else
        snprintf(name, sizeof(name), "%s", asked);
    json_put_str(record, "Bridge", name);
}

static int bring_up(struct network *net, struct error *err)
{
    scoped_free char *localnet = xasprintf("/proc/sys/net/ipv4/conf/%s/route_localnet", net->bridge);
    unsigned mtu = (unsigned)strtoul(option(net, MTU_OPTION, "0"), NULL, 10);

    struct cidr gateways[FAMILIES];

    for (enum family f = FOUR; f < FAMILIES; f++)
        gateways[f] = (struct cidr){ f, net->plans[f].gateway, net->plans[f].subnet.prefix };
    if (link_bridge_up(net->bridge, gateways, mtu, err) < 0)
        return -1;
    if (net->plans[SIX].pool && file_poke("/proc/sys/net/ipv6/conf/all/forwarding", "1", NULL) < 0)
        log_warn("no way out of %s by IPv6", net->name);
    file_poke(localnet, "1", NULL); /* lets 127.0.0.1:PORT of this host reach a published port */
    return 0;
}

/* Kernel, record, event. Takes the network into the books. */
static int establish(struct networks *n, struct network *net, struct error *err)
{
    bool made = *net->bridge && !link_exists(net->bridge);

    if (*net->bridge && bring_up(net, err) < 0)
        return -1;
    if (index_add(n->index, net->id, net->name, net, err) < 0)
        goto remove_bridge;
    if (*net->bridge && networks_write_rules(n, err) < 0)
        goto remove_from_index;
    if (store_put(n->store, net->id, net->record, err) < 0)
        goto remove_from_index;
    events_publish(n->events, "network", "create", net->id,
                   json_pack("{s:s, s:s}", "name", net->name, "type", net->driver));
    return 0;
remove_from_index:
    index_remove(n->index, net->id);
remove_bridge:
    if (made)
        link_remove(net->bridge, NULL);
    return -1;
}

/* A configuration alone: no link, and addresses only when some were asked for. */
static json_t *config_record(const json_t *request, const char *name)
{
    const json_t *config = json_at(request, "IPAM.Config"), *options = json_at(request, "IPAM.Options");

    return record_new(request, name, "null",
                      json_pack("{s:s, s:O, s:o}", "Driver", "default", "Options",
                                json_is_object(options) ? options : json_null(), "Config",
                                json_is_array(config) ? json_deep_copy(config) : json_array()));
}

/* The request with what the named configuration says; its own may say nothing. */
static int borrow(struct networks *n, const json_t *request, json_t **ret, struct error *err)
{
    static const char *const taken[] = {
        "Labels", "Options", "IPAM", "Internal", "Attachable", "EnableIPv6"
    };
    const char *from = json_str_at(request, "ConfigFrom.Network", "");
    struct network *lender = NULL;

    *ret = json_copy((json_t *)request);
    if (!*from)
        return 0;
    if (json_bool_at(request, "ConfigOnly", false) || json_object_size(json_object_get(request, "Labels")) ||
        json_object_size(json_object_get(request, "Options")) ||
        json_array_size(json_at(request, "IPAM.Config")) ||
        json_object_size(json_at(request, "IPAM.Options")))
        return error_set(err, ERR_FORBIDDEN,
                         "user specified configurations are not supported if the network depends on a "
                         "configuration network");
    if (networks_find(n, from, &lender, err) < 0 || !json_bool_at(lender->record, "ConfigOnly", false))
        return error_set(err, ERR_NOT_FOUND, "configuration network \"%s\" not found", from);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        json_object_set(*ret, taken[i], json_object_get(lender->record, taken[i]));
    return 0;
}

/* Subnets that were asked for must be free; for what nobody asked for one is chosen. */
static int choose_subnets(const struct networks *n, const json_t *request, const struct cidr asked[FAMILIES],
                          struct cidr chosen[FAMILIES], struct error *err)
{
    memset(chosen, 0, FAMILIES * sizeof(*chosen));
    for (enum family f = FOUR; f < FAMILIES; f++) {
        if (!family_is_on(request, f))
            continue;
        if (asked[f].prefix && overlaps_ours(n, asked[f]))
            return error_set(err, ERR_FORBIDDEN,
                             "invalid pool request: Pool overlaps with other one on this address space");
        if (!asked[f].prefix && free_pool(n, f, &chosen[f], err) < 0)
            return -1;
    }
    return 0;
}

static int create_locked(struct networks *n, const json_t *request, const char *name, const char *driver,
                         struct network **ret, struct error *err)
{
    struct cidr asked[FAMILIES], chosen[FAMILIES];
    scoped(json_decref) json_t *record = NULL;
    struct network *net = NULL;

    if (check_ipam(request, asked, err) < 0)
        return -1;
    if (json_bool_at(request, "ConfigOnly", false)) {
        record = config_record(request, name);
    } else {
        if (choose_subnets(n, request, asked, chosen, err) < 0)
            return -1;
        record = record_new(request, name, driver, ipam_json(request, chosen));
        name_bridge(n, record);
        json_put(record, "UserSubnet", json_boolean(asked[FOUR].prefix > 0));
        json_put(record, "UserSubnet6", json_boolean(asked[SIX].prefix > 0));
    }
    if (network_new(record, &net, err) < 0)
        return -1;
    if (establish(n, net, err) < 0) {
        network_free(net);
        return -1;
    }
    *ret = net;
    return 0;
}

/* Since 1.48 a network may be asked to be without IPv4 addresses; before, it has them whatever is asked. */
static int check_families(const json_t *request, int api_version, json_t **ret, struct error *err)
{
    *ret = json_copy((json_t *)request);
    if (api_version < 48)
        json_object_del(*ret, "EnableIPv4");
    if (family_is_on(*ret, FOUR) || family_is_on(*ret, SIX))
        return 0;
    return error_set(err, ERR_INVALID, "IPv4 or IPv6 must be enabled");
}

int network_create(struct networks *n, const json_t *request, int api_version, json_t **ret,
                   struct error *err)
{
    const char *name = json_str_at(request, "Name", ""), *driver = json_str_at(request, "Driver", "");
    scoped(json_decref) json_t *own = NULL;
    scoped(json_decref) json_t *whole = NULL;
    struct network *net = NULL;
    int result;

    if (json_check(request, create_fields, err) < 0 || check_families(request, api_version, &own, err) < 0)
        return -1;
    if (!*driver)
        driver = "bridge";
    pthread_mutex_lock(&n->lock);
    result = check_request(n, request, name, driver, err);
    if (result == 0)
        result = borrow(n, own, &whole, err);
    if (result == 0)
        result = create_locked(n, whole, name, driver, &net, err);
    if (result == 0)
        *ret = json_pack("{s:s, s:s}", "Id", net->id, "Warning", "");
    pthread_mutex_unlock(&n->lock);
    return result;
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

    if (network_new(record, &net, err) < 0 || index_add(n->index, net->id, net->name, net, err) < 0)
        return error_wrap(err, "network %.12s", id);
    return !*net->bridge ? 0 : bring_up(net, err);
}

static int make_plain(struct networks *n, const char *name, const char *driver, struct error *err)
{
    scoped(json_decref) json_t *record = NULL;
    struct network *net = NULL;

    if (index_by_name(n->index, name))
        return 0;
    record = record_new(NULL, name, driver,
                        json_pack("{s:s, s:n, s:n}", "Driver", "default", "Options", "Config"));
    return network_new(record, &net, err) < 0 || establish(n, net, err) < 0 ? -1 : 0;
}

static int make_default_bridge(struct networks *n, const char *wanted_subnet, struct error *err)
{
    scoped(json_decref) json_t *record = NULL;
    scoped(json_decref) json_t *options = NULL;
    struct network *net = NULL;
    struct cidr chosen[FAMILIES] = { 0 };
    char bridge[LINK_NAME_MAX + 1];

    if (index_by_name(n->index, "bridge"))
        return 0;
    if (wanted_subnet ? !cidr_parse(wanted_subnet, &chosen[FOUR]) || chosen[FOUR].family != FOUR
                      : free_pool(n, FOUR, &chosen[FOUR], err) < 0)
        return wanted_subnet ? error_set(err, ERR_INVALID, "'%s' is no IPv4 subnet", wanted_subnet) : -1;
    snprintf(bridge, sizeof(bridge), "b%.4sdefault", n->instance);
    options = json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "Options",
                        "com.docker.network.bridge.default_bridge", "true", ICC_OPTION, "true",
                        MASQUERADE_OPTION, "true", "com.docker.network.bridge.host_binding_ipv4", "0.0.0.0",
                        BRIDGE_NAME_OPTION, bridge, MTU_OPTION, "1500");
    chosen[FOUR].address = cidr_first(chosen[FOUR]);
    record = record_new(options, "bridge", "bridge", ipam_json(NULL, chosen));
    name_bridge(n, record);
    return network_new(record, &net, err) < 0 || establish(n, net, err) < 0 ? -1 : 0;
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
    if (make_plain(n, "none", "null", err) < 0 || make_plain(n, "host", "host", err) < 0 ||
        make_default_bridge(n, config->default_subnet, err) < 0)
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

    if (is_our_bridge(n, link))
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
