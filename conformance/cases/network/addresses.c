/* cases/network/addresses.c - which addresses a network gives, of both families, and what its options do to the links in it. */
#include "harness/then/then.h"

#include <string.h>

static const char *with_six(struct scene *s, const char *prefix)
{
    return given_network(
        s, json_of("{'EnableIPv6': true, 'IPAM': {'Config': [{'Subnet': '%s::/64', 'Gateway': '%s::9'}]}}",
                   prefix, prefix));
}

static json_t *in(struct scene *s, const char *network)
{
    return with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, network));
}

/* With these settings in the network (takes). */
static json_t *with_endpoint(struct scene *s, json_t *body, const char *network, json_t *settings)
{
    json_object_set_new(body, "NetworkingConfig",
                        json_pack("{s:{s:o}}", "EndpointsConfig", given_network_name(s, network), settings));
    return body;
}

static const json_t *report_of(struct scene *s, const char *container)
{
    return json_loads(probe_exec(s, container, "['report']"), 0,
                      NULL); /* small, and the process is short-lived */
}

/* The interface that has that address. */
static const json_t *interface_with(const json_t *report, const char *address)
{
    const json_t *list = json_object_get(report, "interfaces"), *one, *text;
    size_t i, k;

    json_array_foreach (list, i, one)
        json_array_foreach (json_object_get(one, "addresses"), k, text)
            if (strncmp(json_string_value(text), address, strlen(address)) == 0 &&
                json_string_value(text)[strlen(address)] == '/')
                return one;
    return NULL;
}

static void then_starts_not(struct scene *s, json_t *body, const char *why)
{
    const char *id = given_created(s, body);
    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_true(s, x->status >= 400, "a start that is refused, got %d", x->status);
    then_error_mentions(x, why);
    then_container_is(s, id, "created");
}

/* -- IPv6 -- */

static void a_network_of_both_families_gives_an_address_of_each(void **state)
{
    struct scene *s = *state;
    const char *six = scene_unique_prefix_six(s), *net = with_six(s, six);

    const char *id = given_running(s, in(s, net)), *path = scene_printf(s, "Containers.%s", id);
    struct exchange *x = when_get(s, "/networks/%s", net);
    const char *address = given_endpoint(s, id, net, "GlobalIPv6Address");

    then_json_bool(x, "EnableIPv6", true);
    then_json_has(x, "IPAM.Config", "{'Subnet': '%s::/64', 'Gateway': '%s::9'}", six, six);
    then_json_length(x, "IPAM.Config", 2);
    then_mentions(s, "GlobalIPv6Address", address, scene_printf(s, "%s::", six));
    then_string(s, "IPv6Gateway", given_endpoint(s, id, net, "IPv6Gateway"), scene_printf(s, "%s::9", six));
    then_json_int(
        when_get(s, "/containers/%s/json", id),
        scene_printf(s, "NetworkSettings.Networks.%s.GlobalIPv6PrefixLen", given_network_name(s, net)), 64);
    then_json(x, scene_printf(s, "%s.IPv6Address", path), scene_printf(s, "%s/64", address));
    then_json(
        x, scene_printf(s, "%s.IPv4Address", path),
        scene_printf(s, "%s/%d", given_endpoint(s, id, net, "IPAddress"),
                     (int)json_integer_value(json_at(
                         given_inspect(s, id), scene_printf(s, "NetworkSettings.Networks.%s.IPPrefixLen",
                                                            given_network_name(s, net))))));
    then_true(s, interface_with(report_of(s, id), address) != NULL, "an interface with %s in the container",
              address);
}

static void containers_reach_each_other_by_ipv6(void **state)
{
    struct scene *s = *state;
    const char *net = with_six(s, scene_unique_prefix_six(s));
    const char *web =
        given_ready(s, with(in(s, net), "Cmd", "['/bin/probe', 'http-serve', '80', 'hello six']"));

    const char *id = given_running(s, in(s, net)),
               *address = given_endpoint(s, web, net, "GlobalIPv6Address");

    then_string(s, "what the server says", probe_exec(s, id, "['http-get', '%s', '80']", address),
                "hello six");
    then_string(s, "its name's IPv6 address",
                probe_exec(s, id, "['resolve', '%s', '6']", given_name_of(s, web)),
                scene_printf(s, "%s\n", address));
    then_mentions(s, "/etc/hosts", probe_exec(s, web, "['read', '/etc/hosts']"),
                  scene_printf(s, "%s\t%.12s\n", address, web));
}

static void a_subnet_of_ipv6_is_chosen(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, json_of("{'EnableIPv6': true}"));

    const char *id = given_running(s, in(s, net));

    then_json_length(when_get(s, "/networks/%s", net), "IPAM.Config", 2);
    then_mentions(s, "GlobalIPv6Address", given_endpoint(s, id, net, "GlobalIPv6Address"), "fd");
}

static void a_subnet_alone_is_not_ipv6(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(
        s, json_of("{'IPAM': {'Config': [{'Subnet': '%s::/64'}]}}", scene_unique_prefix_six(s)));

    const char *id = given_running(s, in(s, net));

    then_json_bool(when_get(s, "/networks/%s", net), "EnableIPv6", false);
    then_string(s, "GlobalIPv6Address", given_endpoint(s, id, net, "GlobalIPv6Address"), "");
    then_string(s, "IPv6Gateway", given_endpoint(s, id, net, "IPv6Gateway"), "");
}

static void a_network_may_be_of_ipv6_alone(void **state)
{
    struct scene *s = *state;
    const char *six = scene_unique_prefix_six(s);
    const char *net = given_network(
        s, json_of("{'EnableIPv4': false, 'EnableIPv6': true, 'IPAM': {'Config': [{'Subnet': '%s::/64'}]}}",
                   six));

    const char *id = given_running(s, in(s, net));
    struct exchange *x = when_get(s, "/networks/%s", net);

    then_json_bool(x, "EnableIPv4", false);
    then_json_length(x, "IPAM.Config", 1);
    then_string(s, "IPAddress", given_endpoint(s, id, net, "IPAddress"), "");
    then_mentions(s, "GlobalIPv6Address", given_endpoint(s, id, net, "GlobalIPv6Address"),
                  scene_printf(s, "%s::", six));
}

static void a_static_address_of_ipv6_is_given(void **state)
{
    struct scene *s = *state;
    const char *six = scene_unique_prefix_six(s), *net = with_six(s, six),
               *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(
        s,
        json_of("{'Container': '%s', 'EndpointConfig': {'IPAMConfig': {'IPv6Address': '%s::77'}}}", id, six),
        "/networks/%s/connect", net);

    then_status(x, 200);
    then_string(s, "GlobalIPv6Address", given_endpoint(s, id, net, "GlobalIPv6Address"),
                scene_printf(s, "%s::77", six));
    then_string(s, "IPAMConfig.IPv6Address", given_endpoint(s, id, net, "IPAMConfig.IPv6Address"),
                scene_printf(s, "%s::77", six));
    then_true(s, interface_with(report_of(s, id), scene_printf(s, "%s::77", six)) != NULL,
              "an interface with %s::77 in the container", six);
}

/* -- plans -- */

static void one_subnet_of_a_family_is_taken(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_post_json(
        s,
        json_of("{'Name': '%s', 'IPAM': {'Config': [{'Subnet': '%s.0/24'}, {'Subnet': '%s.0/24'}]}}", name,
                scene_unique_prefix(s), scene_unique_prefix(s)),
        "/networks/create");

    then_refused(x, 403);
    then_not_found(s, "/networks/%s", name);
}

static void a_plan_without_a_subnet_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_post_json(
        s, json_of("{'Name': '%s', 'IPAM': {'Config': [{'Gateway': '%s.1'}]}}", name, scene_unique_prefix(s)),
        "/networks/create");

    then_refused(x, 400);
    then_not_found(s, "/networks/%s", name);
}

static void addresses_come_from_the_range(void **state)
{
    struct scene *s = *state;
    const char *p = scene_unique_prefix(s);
    const char *net = given_network(
        s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24', 'IPRange': '%s.128/30'}]}}", p, p));

    const char *one = given_running(s, in(s, net)), *two = given_running(s, in(s, net));
    unsigned a = 0, b = 0;

    sscanf(given_endpoint(s, one, net, "IPAddress") + strlen(p), ".%u", &a);
    sscanf(given_endpoint(s, two, net, "IPAddress") + strlen(p), ".%u", &b);
    then_true(s, a >= 128 && a <= 131 && b >= 128 && b <= 131 && a != b,
              "two addresses of %s.128/30, got .%u and .%u", p, a, b);
}

static void an_auxiliary_address_is_not_given(void **state)
{
    struct scene *s = *state;
    const char *p = scene_unique_prefix(s);
    const char *net = given_network(
        s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/29', 'Gateway': '%s.1', "
                   "'AuxiliaryAddresses': {'a': '%s.2', 'b': '%s.3', 'c': '%s.4', 'd': '%s.5'}}]}}",
                   p, p, p, p, p, p));

    const char *id = given_running(s, in(s, net));

    then_string(s, "the one address that is left", given_endpoint(s, id, net, "IPAddress"),
                scene_printf(s, "%s.6", p));
}

static void a_full_network_takes_nobody(void **state)
{
    struct scene *s = *state;
    const char *p = scene_unique_prefix(s);
    const char *net = given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/30'}]}}", p));
    const char *id = given_running(s, in(s, net));

    then_starts_not(s, in(s, net), "no available IPv4 addresses");
    given_removed(s, id);
    then_string(s, "the address once it is free again",
                given_endpoint(s, given_running(s, in(s, net)), net, "IPAddress"),
                scene_printf(s, "%s.2", p));
}

static void an_address_is_given_once(void **state)
{
    struct scene *s = *state;
    const char *p = scene_unique_prefix(s), *wanted = scene_printf(s, "%s.77", p);
    const char *net = given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24'}]}}", p));

    given_running(
        s, with_endpoint(s, in(s, net), net, json_of("{'IPAMConfig': {'IPv4Address': '%s'}}", wanted)));

    then_starts_not(
        s, with_endpoint(s, in(s, net), net, json_of("{'IPAMConfig': {'IPv4Address': '%s'}}", wanted)),
        "Address already in use");
}

/* -- ways out -- */

static const char *default_gateway(struct scene *s, const char *container)
{
    const json_t *routes = json_object_get(report_of(s, container), "routes"), *route;
    size_t i;

    json_array_foreach (routes, i, route)
        if (strcmp(json_string_value(json_object_get(route, "to")), "default") == 0)
            return json_string_value(json_object_get(route, "gateway"));
    return "none";
}

static void an_internal_network_leads_nowhere(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, json_of("{'Internal': true}"));

    const char *id = given_running(s, in(s, net));

    then_string(s, "its default gateway", default_gateway(s, id), "none");
    then_string(s, "Gateway", given_endpoint(s, id, net, "Gateway"), "");
}

static void the_highest_priority_has_the_default_route(void **state)
{
    struct scene *s = *state;
    const char *one = given_network(s, NULL), *two = given_network(s, NULL);
    json_t *body = with_endpoint(s, in(s, one), one, json_of("{'GwPriority': 1}"));

    const char *id = given_running(s, body);
    then_string(s, "the default gateway at first", default_gateway(s, id),
                given_endpoint(s, id, one, "Gateway"));
    then_status(when_post_json(s, json_of("{'Container': '%s', 'EndpointConfig': {'GwPriority': 7}}", id),
                               "/networks/%s/connect", two),
                200);
    then_string(s, "that of the higher priority", default_gateway(s, id),
                given_endpoint(s, id, two, "Gateway"));
    then_status(when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/disconnect", two), 200);
    then_string(s, "that of the one left", default_gateway(s, id), given_endpoint(s, id, one, "Gateway"));
}

static void containers_of_two_networks_do_not_reach_each_other(void **state)
{
    struct scene *s = *state;
    const char *one = given_network(s, NULL), *two = given_network(s, NULL);
    const char *web = given_ready(s, with(in(s, one), "Cmd", "['/bin/probe', 'http-serve', '80', 'hello']"));

    const char *near = given_running(s, in(s, one)), *far = given_running(s, in(s, two)),
               *address = given_endpoint(s, web, one, "IPAddress");

    then_string(s, "what a neighbour hears", probe_exec(s, near, "['http-get', '%s', '80']", address),
                "hello");
    then_mentions(s, "what one of another network hears", probe_hears(s, far, address, "80"), "nothing");
}

static void without_icc_neighbours_do_not_reach_each_other(void **state)
{
    struct scene *s = *state;
    const char *net =
        given_network(s, json_of("{'Options': {'com.docker.network.bridge.enable_icc': 'false'}}"));
    const char *web = given_ready(s, with(in(s, net), "Cmd", "['/bin/probe', 'http-serve', '80', 'hello']"));

    const char *id = given_running(s, in(s, net));

    then_mentions(s, "what a neighbour hears",
                  probe_hears(s, id, given_endpoint(s, web, net, "IPAddress"), "80"), "nothing");
}

/* -- links -- */

static void options_shape_the_link(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, json_of("{'Options': {'com.docker.network.driver.mtu': '1234', "
                                               "'com.docker.network.container_iface_prefix': 'web'}}"));

    const char *id = given_running(s, in(s, net));
    const json_t *link = interface_with(report_of(s, id), given_endpoint(s, id, net, "IPAddress"));

    then_string(s, "the interface's name", json_string_value(json_object_get(link, "name")), "web0");
    then_int(s, "the interface's MTU", json_integer_value(json_object_get(link, "mtu")), 1234);
    then_string(s, "the interface's MAC address", json_string_value(json_object_get(link, "mac")),
                given_endpoint(s, id, net, "MacAddress"));
}

static void the_bridge_has_the_name_asked_for(void **state)
{
    struct scene *s = *state;
    unsigned a = 0, b = 0, c = 0;

    sscanf(scene_unique_prefix(s), "%u.%u.%u", &a, &b, &c);
    const char *name = scene_printf(s, "plim%02x%02x", b & 255u, c & 255u);
    const char *net =
        given_network(s, json_of("{'Options': {'com.docker.network.bridge.name': '%s'}}", name));
    const json_t *report = probe_report(s, with(a_probe("['report']"), "HostConfig.NetworkMode", "'host'"));
    const json_t *link =
        interface_with(report, answer_string(when_get(s, "/networks/%s", net), "IPAM.Config[0].Gateway"));

    then_string(s, "the link on the host with the gateway's address",
                json_string_value(json_object_get(link, "name")), name);
}

static void an_endpoint_has_the_interface_name_asked_for(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    const char *id = given_running(
        s, with_endpoint(s, in(s, net), net,
                         json_of("{'DriverOpts': {'com.docker.network.endpoint.ifname': 'plim7'}}")));

    then_string(s, "the interface's name",
                json_string_value(json_object_get(
                    interface_with(report_of(s, id), given_endpoint(s, id, net, "IPAddress")), "name")),
                "plim7");
}

CASES(network_addresses) = {
    CASE_NEEDS("NetworkCreate.ipv6", a_network_of_both_families_gives_an_address_of_each,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("NetworkCreate.ipv6-reach", containers_reach_each_other_by_ipv6,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("NetworkCreate.ipv6-default-subnet", a_subnet_of_ipv6_is_chosen,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("NetworkCreate.ipv6-off", a_subnet_alone_is_not_ipv6, NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("NetworkCreate.ipv6-alone", a_network_may_be_of_ipv6_alone, NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("NetworkConnect.static-ipv6", a_static_address_of_ipv6_is_given,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("NetworkCreate.one-subnet", one_subnet_of_a_family_is_taken, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.no-subnet", a_plan_without_a_subnet_is_refused, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.range", addresses_come_from_the_range, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.auxiliary", an_auxiliary_address_is_not_given, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.full", a_full_network_takes_nobody, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.address-once", an_address_is_given_once, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.internal", an_internal_network_leads_nowhere, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.gateway-priority", the_highest_priority_has_the_default_route,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.isolated", containers_of_two_networks_do_not_reach_each_other,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.no-icc", without_icc_neighbours_do_not_reach_each_other, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.link-options", options_shape_the_link, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.bridge-name", the_bridge_has_the_name_asked_for, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.interface-name", an_endpoint_has_the_interface_name_asked_for,
               NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
