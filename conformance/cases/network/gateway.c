/* cases/network/gateway.c - the options com.docker.network.bridge.gateway_mode_ipv4 and _ipv6 of a bridge network. */
#include "harness/then/then.h"

#include <string.h>

static const char *mode_option(struct scene *s, int family)
{
    return scene_printf(s, "com.docker.network.bridge.gateway_mode_ipv%d", family);
}

static const char *a_network(struct scene *s, bool internal, int family, const char *mode)
{
    return given_network(s, json_of("{'Internal': %s, 'EnableIPv6': %s, 'Options': {'%s': '%s'}}",
                                    internal ? "true" : "false", family == 6 ? "true" : "false",
                                    mode_option(s, family), mode));
}

/* On 80/tcp, which is published. */
static const char *given_server(struct scene *s, const char *net)
{
    json_t *body = with(a_probe("['http-serve', '80', 'hello']"), "ExposedPorts", "{'80/tcp': {}}");

    body = with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '0.0.0.0', 'HostPort': ''}]}");
    return given_ready(s, with(body, "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
}

/* What a new container of that network hears; "nothing" when nobody answers. */
static const char *heard(struct scene *s, const char *mode, const char *address, const char *port)
{
    const char *id = given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", mode));
    const char *all = probe_hears(s, id, address, port);

    return strstr(all, "nothing") ? "nothing" : all;
}

static const char *host_port(struct scene *s, const char *id)
{
    return json_string_value(json_at(given_inspect(s, id), "NetworkSettings.Ports.80/tcp[0].HostPort"));
}

static const struct mode_row {
    const char *label;
    int family;
    const char *mode;
    bool internal;
} modes[] = {
    {"nat",                           4, "nat",             false},
    { "nat without protection",       4, "nat-unprotected", false},
    { "routed",                       4, "routed",          false},
    { "isolated",                     4, "isolated",        true },
    { "nat, IPv6",                    6, "nat",             false},
    { "nat without protection, IPv6", 6, "nat-unprotected", false},
    { "routed, IPv6",                 6, "routed",          false},
    { "isolated, IPv6",               6, "isolated",        true },
};

static void a_mode_is_taken(void **state)
{
    struct scene *s = *state;
    const struct mode_row *row = s->row;

    const char *net = a_network(s, row->internal, row->family, row->mode);

    then_json_equals(when_get(s, "/networks/%s", net), "Options", "{'%s': '%s'}", mode_option(s, row->family),
                     row->mode);
}

static const struct bad_mode {
    const char *label;
    int family;
    const char *mode;
} bad_modes[] = {
    {"unknown",        4, "bogus"},
    { "empty",         4, ""     },
    { "of capitals",   4, "NAT"  },
    { "unknown, IPv6", 6, "bogus"},
};

static struct exchange *when_created_with_mode(struct scene *s, const char *name, int family,
                                               const char *mode)
{
    return when_post_json(
        s, json_of("{'Name': '%s', 'Options': {'%s': '%s'}}", name, mode_option(s, family), mode),
        "/networks/create");
}

static void an_unknown_mode_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_mode *row = s->row;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_created_with_mode(s, name, row->family, row->mode);

    then_refused(x, 400);
    then_error_mentions(x, mode_option(s, row->family));
    then_not_found(s, "/networks/%s", name);
}

static const struct family_row {
    const char *label;
    int family;
} families[] = {
    {"IPv4",  4},
    { "IPv6", 6},
};

static void isolated_is_for_an_internal_network(void **state)
{
    struct scene *s = *state;
    const struct family_row *row = s->row;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_created_with_mode(s, name, row->family, "isolated");

    then_status_in(x, 400, 500);
    then_error_mentions(x, "internal");
    then_not_found(s, "/networks/%s", name);
}

static void an_isolated_network_has_no_gateway(void **state)
{
    struct scene *s = *state;
    const char *net = a_network(s, true, 4, "isolated");

    const char *id = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));

    struct exchange *x = when_get(s, "/networks/%s", net);
    then_json_length(x, "IPAM.Config", 1);
    then_json_absent(x, "IPAM.Config[0].Gateway");
    then_string(s, "its Gateway", given_endpoint(s, id, net, "Gateway"), "");
    then_true(s, *given_endpoint(s, id, net, "IPAddress"), "its container has an address");
}

static void a_routed_port_is_told_without_one_of_the_host(void **state)
{
    struct scene *s = *state;

    const char *id = given_server(s, a_network(s, false, 4, "routed"));

    then_json_equals(when_get(s, "/containers/%s/json", id), "NetworkSettings.Ports.80/tcp",
                     "[{'HostIp': '0.0.0.0', 'HostPort': ''}]");
    then_json_equals(when_get(s, "/containers/json?filters=%s", query_json(s, "{'id': ['%s']}", id)),
                     "[0].Ports", "[{'IP': '0.0.0.0', 'PrivatePort': 80, 'Type': 'tcp'}]");
}

static void a_routed_port_is_reached_at_the_container(void **state)
{
    struct scene *s = *state;
    const char *net = a_network(s, false, 4, "routed"),
               *other = given_network_name(s, given_network(s, NULL));

    const char *id = given_server(s, net), *address = given_endpoint(s, id, net, "IPAddress");

    then_string(s, "what one of another network hears", heard(s, other, address, "80"), "hello");
    then_string(s, "what the host hears", heard(s, "host", address, "80"), "hello");
}

static void what_is_not_published_is_not_reached(void **state)
{
    struct scene *s = *state;
    const char *net = a_network(s, false, 4, "routed"),
               *other = given_network_name(s, given_network(s, NULL));
    const char *id =
        given_ready(s, with(with(a_probe("['http-serve', '81', 'hello']"), "ExposedPorts", "{'81/tcp': {}}"),
                            "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));

    const char *address = given_endpoint(s, id, net, "IPAddress");

    then_string(s, "what a neighbour hears", heard(s, given_network_name(s, net), address, "81"), "hello");
    then_string(s, "what one of another network hears", heard(s, other, address, "81"), "nothing");
}

static void without_protection_ports_are_those_of_the_host(void **state)
{
    struct scene *s = *state;

    const char *id = given_server(s, a_network(s, false, 4, "nat-unprotected"));

    then_string(s, "what the host hears", heard(s, "host", "127.0.0.1", host_port(s, id)), "hello");
}

CASES(network_gateway) = {
    CASE_ROWS_NEEDS("NetworkCreate.gateway-mode", a_mode_is_taken, modes, NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("NetworkCreate.gateway-mode-unknown", an_unknown_mode_is_refused, bad_modes,
                    NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("NetworkCreate.gateway-mode-isolated", isolated_is_for_an_internal_network, families,
                    NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkCreate.no-gateway", an_isolated_network_has_no_gateway, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.routed", a_routed_port_is_told_without_one_of_the_host, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.routed-reach", a_routed_port_is_reached_at_the_container,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.routed-reach", what_is_not_published_is_not_reached, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.unprotected", without_protection_ports_are_those_of_the_host,
               NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
