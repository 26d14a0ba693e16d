/* network/create.c - NetworkCreate: what is asked for checked, subnets chosen, the record, the bridge.
 *
 * A bridge is made before the record and removed after it, so that a crash in between leaves a link that nobody owns: its name carries
 * our instance, and the next start removes it. Which subnets are free is asked of the kernel's routes as well as of our records: another
 * engine on this host, or somebody's VPN, is not run over. */
#include "network/network.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "events/events.h"
#include "network/book.h"
#include "store/store.h"

/* -- subnets -- */

struct overlap {
    const struct networks *networks;
    struct cidr wanted;
    bool found;
};

static void look_at_host(void *user, struct cidr c, const char *link)
{
    struct overlap *o = user;

    if (!networks_have_bridge(o->networks, link) && cidr_overlap(c, o->wanted))
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
    if (network_is_predefined(name))
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

static int check_gateway_modes(const json_t *request, struct error *err)
{
    for (enum family f = FOUR; f < FAMILIES; f++) {
        const char *name = record_option(request, GATEWAY_MODE_OPTION(f));
        enum gateway_mode mode;

        if (!gateway_mode(request, f, &mode))
            return error_set(err, ERR_INVALID, "failed to parse %s value: %s (unknown gateway mode %s)",
                             GATEWAY_MODE_OPTION(f), name, name);
        if (mode == GATEWAY_ISOLATED && !json_bool_at(request, "Internal", false))
            return error_set(err, ERR_SYSTEM,
                             "gateway mode 'isolated' can only be used for an internal network");
    }
    return 0;
}

/* -- making -- */

/* An element of IPAM.Config with its subnet and, where there is to be one, its gateway; `config` (takes) is what was asked for. */
static json_t *config_json(json_t *config, struct cidr subnet, const json_t *request)
{
    char text[CIDR_TEXT_MAX];
    enum gateway_mode mode;

    gateway_mode(request, subnet.family, &mode);
    cidr_format(subnet, text);
    json_put_str(config, "Subnet", text);
    if (str_empty(json_str_at(config, "Gateway", "")) && mode != GATEWAY_ISOLATED) {
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
            json_array_append_new(list, config_json(json_deep_copy(config), subnet, request));
    for (enum family f = FOUR; f < FAMILIES; f++)
        if (chosen[f].prefix)
            json_array_append_new(list, config_json(json_object(), chosen[f], request));
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
    const char *asked = record_option(record, BRIDGE_NAME_OPTION);
    char name[LINK_NAME_MAX + 1];

    if (str_empty(asked))
        snprintf(name, sizeof(name), "b%.4s%.8s", n->instance, json_str_at(record, "Id", ""));
    else
        snprintf(name, sizeof(name), "%s", asked);
    json_put_str(record, "Bridge", name);
}

int network_bring_up(struct network *net, struct error *err)
{
    scoped_free char *localnet = xasprintf("/proc/sys/net/ipv4/conf/%s/route_localnet", net->bridge);
    const char *mtu_text = network_option(net, MTU_OPTION);
    unsigned mtu = mtu_text ? (unsigned)strtoul(mtu_text, NULL, 10) : 0;

    struct cidr gateways[FAMILIES];

    for (enum family f = FOUR; f < FAMILIES; f++)
        gateways[f] = (struct cidr){ f, net->plans[f].mode == GATEWAY_ISOLATED ? 0 : net->plans[f].gateway,
                                     net->plans[f].subnet.prefix };
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

    if (*net->bridge && network_bring_up(net, err) < 0)
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
        if (!network_has_family(request, f))
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

    if (check_ipam(request, asked, err) < 0 || check_gateway_modes(request, err) < 0)
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
    if (network_has_family(*ret, FOUR) || network_has_family(*ret, SIX))
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

/* -- those that are always there -- */

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

bool network_must_move(const struct networks *n, const struct network *net)
{
    return net->predefined && *net->bridge && !link_exists(net->bridge) &&
           overlaps_host(n, net->plans[FOUR].subnet);
}

int networks_make_predefined(struct networks *n, const char *default_subnet, struct error *err)
{
    return make_plain(n, "none", "null", err) < 0 || make_plain(n, "host", "host", err) < 0
               ? -1
               : make_default_bridge(n, default_subnet, err);
}
