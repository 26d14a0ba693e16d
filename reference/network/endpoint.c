/* network/endpoint.c - a container's place in a network: address, veth pair, ports.
 *
 * Order of a connect: book the address, bind the ports, make the pair, write the rules; whatever fails undoes what came before it, in
 * reverse. The container's record is written by the container domain afterwards, so that a crash in between leaves a pair without an
 * owner, which networks_settle() removes. */
#include "network/network.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#include "network/book.h"
#include "network/resolver.h"

struct endpoint *endpoint_free(struct endpoint *e)
{
    if (!e)
        return NULL;
    ports_free(&e->ports);
    free(e->container_id);
    free(e->container_name);
    free(e->netns);
    strv_free(&e->names);
    json_decref(e->links);
    free(e);
    return NULL;
}

void endpoint_undo(struct network *net, struct endpoint *e)
{
    if (*e->veth)
        link_remove(e->veth, NULL);
    for (enum family f = FOUR; f < FAMILIES; f++) {
        if (e->addresses[f])
            ipam_release(net->plans[f].pool, e->addresses[f]);
        e->addresses[f] = 0;
    }
    *e->veth = '\0';
}

/* -- namespaces -- */

static char *netns_path(const struct networks *n, const char *container_id)
{
    return xasprintf("%s/netns/%s", n->run, container_id);
}

int netns_make(struct networks *n, const char *container_id, char **path, struct error *err)
{
    scoped_free char *where = netns_path(n, container_id);

    netns_remove(n, container_id); /* one that a crash left */
    if (netns_create(where, err) < 0)
        return -1;
    pthread_mutex_lock(&n->lock);
    map_set(n->namespaces, container_id, n);
    pthread_mutex_unlock(&n->lock);
    *path = take_ptr(&where);
    return 0;
}

void netns_remove(struct networks *n, const char *container_id)
{
    scoped_free char *path = netns_path(n, container_id);

    if (umount2(path, MNT_DETACH) == 0 || errno == EINVAL)
        unlink(path);
    resolver_end(n, container_id);
    pthread_mutex_lock(&n->lock);
    map_remove(n->namespaces, container_id);
    pthread_mutex_unlock(&n->lock);
}

/* -- checking what is asked for -- */

static const char *const static_member[FAMILIES] = { "IPAMConfig.IPv4Address", "IPAMConfig.IPv6Address" };

static int check_address(const struct network *net, enum family family, const char *text, struct error *err)
{
    const struct plan *plan = &net->plans[family];
    ip_number address;

    if (!ip_parse(text, family, &address))
        return error_set(err, ERR_INVALID, "invalid endpoint settings:\ninvalid IPv%d address: %s",
                         family == SIX ? 6 : 4, text);
    if (!plan->user_subnet)
        return error_set(err, ERR_INVALID,
                         "invalid endpoint settings:\nuser specified IP address is supported only when "
                         "connecting to networks with user "
                         "configured subnets");
    if (!cidr_has(plan->subnet, address))
        return error_set(
            err, ERR_INVALID,
            "invalid endpoint settings:\nno configured subnet or ip-range contain the IP address %s", text);
    return 0;
}

static int check(const struct network *net, const json_t *settings, struct error *err)
{
    bool asks_address = false;

    if (json_bool_at(net->record, "ConfigOnly", false))
        return error_set(err, ERR_FORBIDDEN, "cannot create endpoint on configuration-only network");
    for (enum family f = FOUR; f < FAMILIES; f++)
        asks_address = asks_address || *json_str_at(settings, static_member[f], "");
    if (net->predefined && asks_address)
        return error_set(err, ERR_INVALID,
                         "invalid endpoint settings:\nuser specified IP address is supported on user defined "
                         "networks only");
    if (net->predefined && json_array_size(json_at(settings, "Aliases")))
        return error_set(err, ERR_INVALID,
                         "invalid endpoint settings:\nnetwork-scoped alias is supported only for containers "
                         "in user defined networks");
    for (enum family f = FOUR; f < FAMILIES; f++) {
        const char *address = json_str_at(settings, static_member[f], "");

        if (*address && check_address(net, f, address, err) < 0)
            return -1;
    }
    return 0;
}

int network_check(struct networks *n, const struct network_endpoint *e, struct error *err)
{
    struct network *net;
    int result;

    pthread_mutex_lock(&n->lock);
    result = networks_find(n, e->network, &net, err);
    if (result == 0)
        result = check(net, e->settings, err);
    pthread_mutex_unlock(&n->lock);
    return result;
}

/* -- connecting -- */

static bool parse_mac(const char *text, uint8_t mac[6])
{
    unsigned b[6];
    int used = 0;

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &used) != 6 ||
        text[used])
        return false;
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return true;
}

/* 02:42 and the address, as dockerd did for long: the same address always has the same MAC, so no ARP cache is ever wrong. */
static void choose_mac(const json_t *settings, ip_number number, uint8_t mac[6])
{
    uint32_t address = (uint32_t)number;
    const uint8_t own[6] = { 0x02,         0x42, address >> 24 & 255, address >> 16 & 255, address >> 8 & 255,
                             address & 255 };

    if (!parse_mac(json_str_at(settings, "MacAddress", ""), mac))
        memcpy(mac, own, sizeof(own));
}

void endpoint_format_mac(const struct endpoint *e, char ret[18])
{
    const uint8_t *m = e->mac;

    ret[0] = '\0';
    if (e->addresses[FOUR] || e->addresses[SIX])
        snprintf(ret, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static int take_address(struct network *net, enum family family, const json_t *settings, struct endpoint *e,
                        struct error *err)
{
    const char *wanted = json_str_at(settings, static_member[family], "");
    struct plan *plan = &net->plans[family];
    ip_number address = 0;

    if (!plan->pool)
        return 0;
    if (*wanted) {
        ip_parse(wanted, family, &address); /* check() saw it */
        if (ipam_take(plan->pool, address, err) < 0)
            return -1;
    } else if (ipam_take_any(plan->pool, &address, err) < 0) {
        return -1;
    }
    e->addresses[family] = address;
    return 0;
}

static int take_addresses(struct network *net, const json_t *settings, struct endpoint *e, struct error *err)
{
    for (enum family f = FOUR; f < FAMILIES; f++) {
        if (take_address(net, f, settings, e, err) < 0) {
            endpoint_undo(net, e);
            return -1;
        }
    }
    choose_mac(settings, e->addresses[FOUR] ? e->addresses[FOUR] : e->addresses[SIX], e->mac);
    return 0;
}

#define SYSCTLS_OPTION "com.docker.network.endpoint.sysctls"
#define NAME_OPTION    "com.docker.network.endpoint.ifname"
#define PREFIX_OPTION  "com.docker.network.container_iface_prefix"
#define BINDING_OPTION "com.docker.network.bridge.host_binding_ipv4"

static int make_pair(const struct networks *n, struct network *net, const json_t *settings,
                     struct endpoint *e, struct error *err)
{
    const json_t *options = json_object_get(settings, "DriverOpts");
    const char *prefix = network_option(net, PREFIX_OPTION);
    const char *mtu = network_option(net, MTU_OPTION);
    struct link_veth v = {
        .host_name = e->veth,
        .bridge = net->bridge,
        .netns = e->netns,
        .addresses = {{ FOUR, e->addresses[FOUR], net->plans[FOUR].subnet.prefix },
                      { SIX, e->addresses[SIX], net->plans[SIX].subnet.prefix }},
        .name = json_string_value(json_object_get(options, NAME_OPTION)),
        .prefix = prefix ? prefix : "eth",
        .mtu = mtu ? (unsigned)strtoul(mtu, NULL, 10) : 0,
        .sysctls = json_string_value(json_object_get(options, SYSCTLS_OPTION)),
    };

    snprintf(e->veth, sizeof(e->veth), "v%.4s%.8s", n->instance, e->id);
    memcpy(v.mac, e->mac, sizeof(v.mac));
    if (link_veth_make(&v, err) < 0) {
        *e->veth = '\0';
        return -1;
    }
    return 0;
}

static void aim_ports(struct network *net, struct endpoint *e)
{
    for (size_t i = 0; i < e->ports.count; i++) {
        e->ports.rules[i].bridge = net->bridge;
        e->ports.rules[i].address = e->addresses[e->ports.rules[i].family];
        e->ports.rules[i].protocol = e->ports.protocols[i];
    }
    ports_serve(&e->ports, e->addresses);
}

/* Address, ports, link, rules. */
static int make(struct networks *n, struct network *net, const struct network_endpoint *asked,
                struct endpoint *e, struct error *err)
{
    const struct ports_host host = {
        .address = network_option(net, BINDING_OPTION),
        .six = net->plans[SIX].pool != NULL,
        .routed = {net->plans[FOUR].mode == GATEWAY_ROUTED, net->plans[SIX].mode == GATEWAY_ROUTED},
    };

    if (!*net->bridge)
        return 0;
    if (take_addresses(net, asked->settings, e, err) < 0)
        return -1;
    if ((asked->port_bindings || asked->exposed_ports) && !net->internal &&
        ports_bind(asked, &host, &e->ports, err) < 0) {
        error_wrap(err, "driver failed programming external connectivity on endpoint %s (%s)",
                   asked->container_name, e->id);
        goto undo;
    }
    aim_ports(net, e);
    if (make_pair(n, net, asked->settings, e, err) < 0)
        goto undo;
    map_set(net->endpoints, e->container_id, e);
    if (e->ports.count && networks_write_rules(n, err) < 0) {
        map_remove(net->endpoints, e->container_id);
        goto undo;
    }
    return 0;
undo:
    endpoint_undo(net, e);
    return -1;
}

static void add_name(struct endpoint *e, const char *name)
{
    if (!str_empty(name) && !strv_has(&e->names, name))
        strv_add(&e->names, name);
}

/* The container's name, what it is called in this network, its short id, its host name. */
static void name_endpoint(const struct network *net, struct endpoint *e, const struct network_endpoint *asked)
{
    char short_id[ID_SHORT_LENGTH + 1];
    json_t *alias;
    size_t i;

    e->links = json_incref(json_object_get(asked->settings, "Links"));
    if (net->predefined)
        return;
    add_name(e, asked->container_name);
    json_array_foreach (json_at(asked->settings, "Aliases"), i, alias)
        add_name(e, json_string_value(alias));
    snprintf(short_id, sizeof(short_id), "%.12s", asked->container_id);
    add_name(e, short_id);
    add_name(e, asked->hostname);
}

static json_t *names_json(const struct endpoint *e)
{
    return e->names.count ? json_from_strv(&e->names) : json_null();
}

static void copy_asked(json_t *settings, const json_t *asked, const char *name)
{
    json_t *value = json_object_get(asked, name);

    json_object_set(settings, name, value ? value : json_null());
}

/* Does `a` give the default route rather than `b` (or nobody)? The higher priority; then the first name. */
static bool goes_before(const struct network *a, const struct network *b, const char *container_id)
{
    const struct endpoint *one = map_get(a->endpoints, container_id);
    const struct endpoint *two = b ? map_get(b->endpoints, container_id) : NULL;

    if (!two || one->priority != two->priority)
        return !two || one->priority > two->priority;
    return strcmp(a->name, b->name) < 0;
}

/* Whenever a container's networks have changed. Of those that lead outside the best one of each family has the default route. */
static void set_default_routes(struct networks *n, const char *container_id, const char *netns)
{
    for (enum family f = FOUR; f < FAMILIES && netns; f++) {
        const struct network *best = NULL;
        void *value;

        for (size_t at = 0; index_next(n->index, &at, &value);) {
            const struct network *net = value;
            const struct endpoint *e = map_get(net->endpoints, container_id);

            if (e && *e->veth && !net->internal && e->addresses[f] && goes_before(net, best, container_id))
                best = net;
        }
        if (best)
            link_default_route(netns, f, best->plans[f].gateway, NULL);
    }
}

/* EndpointSettings of the API. */
static json_t *settings_json(const struct network *net, const struct endpoint *e,
                             const struct network_endpoint *asked)
{
    json_t *s = json_object();
    char text[FAMILIES][CIDR_TEXT_MAX] = { "", "" }, gateway[FAMILIES][CIDR_TEXT_MAX] = { "", "" }, mac[18];

    for (enum family f = FOUR; f < FAMILIES; f++) {
        if (e->addresses[f])
            ip_format(f, e->addresses[f], text[f]);
        if (e->addresses[f] && !net->internal)
            ip_format(f, net->plans[f].gateway, gateway[f]);
    }
    endpoint_format_mac(e, mac);
    copy_asked(s, asked->settings, "IPAMConfig");
    copy_asked(s, asked->settings, "Links");
    copy_asked(s, asked->settings, "Aliases");
    json_put_str(s, "MacAddress", mac);
    copy_asked(s, asked->settings, "DriverOpts");
    json_put(s, "GwPriority", json_integer(json_int_at(asked->settings, "GwPriority", 0)));
    json_put_str(s, "NetworkID", net->id);
    json_put_str(s, "EndpointID", e->id);
    json_put_str(s, "Gateway", gateway[FOUR]);
    json_put_str(s, "IPAddress", text[FOUR]);
    json_put(s, "IPPrefixLen", json_integer(e->addresses[FOUR] ? net->plans[FOUR].subnet.prefix : 0));
    json_put_str(s, "IPv6Gateway", gateway[SIX]);
    json_put_str(s, "GlobalIPv6Address", text[SIX]);
    json_put(s, "GlobalIPv6PrefixLen", json_integer(e->addresses[SIX] ? net->plans[SIX].subnet.prefix : 0));
    json_put(s, "DNSNames", names_json(e));
    return s;
}

static void publish(struct networks *n, const char *action, const struct network *net,
                    const char *container_id)
{
    events_publish(
        n->events, "network", action, net->id,
        json_pack("{s:s, s:s, s:s}", "container", container_id, "name", net->name, "type", net->driver));
}

static struct endpoint *endpoint_new(const struct network_endpoint *asked)
{
    struct endpoint *e = new_zeroed(struct endpoint);

    id_make(e->id);
    e->container_id = xstrdup(asked->container_id);
    e->container_name = xstrdup(asked->container_name);
    e->netns = xstrdup(asked->netns);
    return e;
}

static int connect_locked(struct networks *n, const struct network_endpoint *asked, json_t **settings,
                          json_t **ports, struct error *err)
{
    struct network *net;
    struct endpoint *e;

    if (networks_find(n, asked->network, &net, err) < 0 || check(net, asked->settings, err) < 0)
        return -1;
    if (map_get(net->endpoints, asked->container_id))
        return error_set(err, ERR_FORBIDDEN, "endpoint with name %s already exists in network %s",
                         asked->container_name, net->name);
    e = endpoint_new(asked);
    if (make(n, net, asked, e, err) < 0) {
        endpoint_free(e);
        return -1;
    }
    map_set(net->endpoints, e->container_id, e);
    name_endpoint(net, e, asked);
    e->priority = (int)json_int_at(asked->settings, "GwPriority", 0);
    set_default_routes(n, e->container_id, e->netns);
    resolver_write_network(n, net);
    *settings = settings_json(net, e, asked);
    if (ports)
        *ports = e->ports.published ? json_deep_copy(e->ports.published) : NULL;
    publish(n, "connect", net, asked->container_id);
    return 0;
}

int network_connect(struct networks *n, const struct network_endpoint *e, json_t **settings, json_t **ports,
                    struct error *err)
{
    int result;

    pthread_mutex_lock(&n->lock);
    result = connect_locked(n, e, settings, ports, err);
    pthread_mutex_unlock(&n->lock);
    return result;
}

/* -- disconnecting -- */

static int disconnect_locked(struct networks *n, const char *container_id, const char *ref, bool force,
                             struct error *err)
{
    struct network *net;
    struct endpoint *e;
    bool had_ports;

    if (networks_find(n, ref, &net, err) < 0)
        return -1;
    e = map_get(net->endpoints, container_id);
    if (!e)
        return force ? 0
                     : error_set(err, ERR_SYSTEM, "container %s is not connected to the network %s",
                                 container_id, net->name);
    had_ports = e->ports.count > 0;
    endpoint_undo(net, e);
    map_remove(net->endpoints, container_id);
    resolver_write_network(n, net);
    if (had_ports)
        networks_write_rules(n, NULL); /* rules that lead nowhere do no harm until the next writing */
    set_default_routes(n, container_id, e->netns);
    publish(n, "disconnect", net, container_id);
    endpoint_free(e);
    return 0;
}

int network_disconnect(struct networks *n, const char *container_id, const char *network, bool force,
                       struct error *err)
{
    int result;

    pthread_mutex_lock(&n->lock);
    result = disconnect_locked(n, container_id, network, force, err);
    pthread_mutex_unlock(&n->lock);
    return result;
}

/* -- names -- */

static void rename_endpoint(struct endpoint *e, const char *name)
{
    struct strv names = { 0 };

    if (e->names.count) {
        strv_add(&names, name);
        for (size_t i = 1; i < e->names.count; i++)
            if (!strv_has(&names, e->names.items[i]))
                strv_add(&names, e->names.items[i]);
        strv_free(&e->names);
        e->names = names;
    }
    free(e->container_name);
    e->container_name = xstrdup(name);
}

void network_rename_container(struct networks *n, const char *container_id, const char *name)
{
    void *net;

    pthread_mutex_lock(&n->lock);
    for (size_t at = 0; index_next(n->index, &at, &net);) {
        struct endpoint *e = map_get(((struct network *)net)->endpoints, container_id);

        if (!e)
            continue;
        rename_endpoint(e, name);
        resolver_write_network(n, net);
    }
    pthread_mutex_unlock(&n->lock);
}

json_t *network_dns_names(struct networks *n, const char *container_id, const char *network)
{
    struct network *net;
    struct endpoint *e = NULL;
    json_t *names;

    pthread_mutex_lock(&n->lock);
    if (networks_find(n, network, &net, NULL) == 0)
        e = map_get(net->endpoints, container_id);
    names = e ? names_json(e) : json_null();
    pthread_mutex_unlock(&n->lock);
    return names;
}

/* -- after a restart of the daemon -- */

static void adopt_link(const struct networks *n, struct network *net, struct endpoint *e,
                       const json_t *settings)
{
    static const char *const member[FAMILIES] = { "IPAddress", "GlobalIPv6Address" };

    if (!*net->bridge)
        return;
    for (enum family f = FOUR; f < FAMILIES; f++) {
        ip_number address;

        if (net->plans[f].pool && ip_parse(json_str_at(settings, member[f], ""), f, &address) &&
            ipam_take(net->plans[f].pool, address, NULL) == 0)
            e->addresses[f] = address;
    }
    e->priority = (int)json_int_at(settings, "GwPriority", 0);
    parse_mac(json_str_at(settings, "MacAddress", ""), e->mac);
    snprintf(e->veth, sizeof(e->veth), "v%.4s%.8s", n->instance, e->id);
}

int network_adopt(struct networks *n, const struct network_endpoint *asked, const json_t *settings,
                  struct error *err)
{
    struct network *net;
    struct endpoint *e;
    int result;

    pthread_mutex_lock(&n->lock);
    if (asked->netns)
        map_set(n->namespaces, asked->container_id, n);
    result = networks_find(n, asked->network, &net, err);
    if (result == 0 && !map_get(net->endpoints, asked->container_id)) {
        e = endpoint_new(asked);
        snprintf(e->id, sizeof(e->id), "%s", json_str_at(settings, "EndpointID", e->id));
        name_endpoint(net, e, asked);
        adopt_link(n, net, e, settings);
        ports_rebind(asked->port_bindings, &e->ports); /* here: NetworkSettings.Ports as they were */
        aim_ports(net, e);
        map_set(net->endpoints, e->container_id, e);
        if (e->ports.count)
            result = networks_write_rules(n, err);
    }
    pthread_mutex_unlock(&n->lock);
    return result;
}
