/* cases/network/ports.c - published ports. They are reached from the host's own network by a container that is in it, so
 * that the cases work wherever the engine is. */
#include "harness/then/then.h"

#include <string.h>

static json_t *a_server(const char *text)
{
    return with(a_probe("['http-serve', '80', '%s']", text), "ExposedPorts", "{'80/tcp': {}}");
}

static json_t *published_at(json_t *body, const char *address, const char *port)
{
    return with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '%s', 'HostPort': '%s'}]}", address,
                port);
}

static const char *given_host(struct scene *s)
{
    return given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'host'"));
}

/* The port of the host that leads to 80/tcp: of the first binding with that address, or "". */
static const char *port_at(struct scene *s, const char *container, const char *address)
{
    const json_t *list = json_at(given_inspect(s, container), "NetworkSettings.Ports.80/tcp"), *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (strcmp(json_string_value(json_object_get(one, "HostIp")), address) == 0)
            return json_string_value(json_object_get(one, "HostPort"));
    return "";
}

static const struct network_row {
    const char *label;
    bool own;
} network_rows[] = {
    {"bridge",             false},
    { "a network of ours", true },
};

static json_t *in_row(struct scene *s, json_t *body)
{
    const struct network_row *row = s->row;

    return row->own
               ? with(body, "HostConfig.NetworkMode", "'%s'", given_network_name(s, given_network(s, NULL)))
               : body;
}

static void a_free_port_is_chosen(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);

    const char *id = given_ready(s, in_row(s, published_at(a_server("hello"), "", "")));
    const char *port = port_at(s, id, "0.0.0.0");

    then_true(s, *port, "a port at 0.0.0.0 in NetworkSettings.Ports");
    then_string(s, "what is heard at 127.0.0.1", probe_hears(s, host, "127.0.0.1", port), "hello");
}

static void a_port_that_is_not_exposed_is_not_published(void **state)
{
    struct scene *s = *state;

    const char *id = given_ready(
        s, in_row(s, with(published_at(a_server("hello"), "", ""), "ExposedPorts", "{'81/tcp': {}}")));

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json_length(x, "HostConfig.PortBindings.80/tcp", 1);
    then_json_absent(x, "NetworkSettings.Ports.80/tcp");
    then_json_null(x, "NetworkSettings.Ports.81/tcp");
}

static void it_is_reached_by_ipv6_as_well(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);

    const char *id = given_ready(s, in_row(s, published_at(a_server("hello"), "", "")));

    then_true(s, *port_at(s, id, "::"), "a port at :: in NetworkSettings.Ports");
    then_string(s, "what is heard at ::1", probe_hears(s, host, "::1", port_at(s, id, "::")), "hello");
}

static void an_address_of_ipv6_is_bound_alone(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);

    const char *id = given_ready(s, published_at(a_server("hello"), "::1", ""));
    const char *port = port_at(s, id, "::1");

    then_json_length(when_get(s, "/containers/%s/json", id), "NetworkSettings.Ports.80/tcp", 1);
    then_string(s, "what is heard at ::1", probe_hears(s, host, "::1", port), "hello");
    then_mentions(s, "what is heard at 127.0.0.1", probe_hears(s, host, "127.0.0.1", port), "nothing");
}

static void an_address_is_bound_alone(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);

    const char *id = given_ready(s, in_row(s, published_at(a_server("hello"), "127.0.0.2", "")));
    const char *port = port_at(s, id, "127.0.0.2");

    then_json_length(when_get(s, "/containers/%s/json", id), "NetworkSettings.Ports.80/tcp", 1);
    then_string(s, "what is heard at 127.0.0.2", probe_hears(s, host, "127.0.0.2", port), "hello");
    then_mentions(s, "what is heard at 127.0.0.1", probe_hears(s, host, "127.0.0.1", port), "nothing");
}

/* A port that no other case or run is likely to ask for, and that is chosen by nobody: below the ports that systems give. */
static unsigned unique_port(struct scene *s)
{
    unsigned a = 0, b = 0, c = 0;

    sscanf(scene_unique_prefix(s), "%u.%u.%u", &a, &b, &c);
    return 20000 + (b << 8 | c) % 1200 * 10;
}

static void a_range_gives_the_first_that_is_free(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);
    unsigned first = unique_port(s), got = 0, other = 0;
    const char *range = scene_printf(s, "%u-%u", first, first + 9);

    const char *one = given_ready(s, published_at(a_server("one"), "127.0.0.7", range));
    const char *two = given_ready(s, published_at(a_server("two"), "127.0.0.7", range));

    sscanf(port_at(s, one, "127.0.0.7"), "%u", &got);
    sscanf(port_at(s, two, "127.0.0.7"), "%u", &other);
    then_true(s, got >= first && got <= first + 9 && other >= first && other <= first + 9 && got != other,
              "two ports of %s, got %u and %u", range, got, other);
    then_string(s, "what is heard of the second one",
                probe_hears(s, host, "127.0.0.7", port_at(s, two, "127.0.0.7")), "two");
}

static void a_port_that_is_taken_is_refused(void **state)
{
    struct scene *s = *state;
    const char *one = given_ready(s, in_row(s, published_at(a_server("one"), "", "")));
    const char *port = port_at(s, one, "0.0.0.0");
    const char *two = given_created(s, published_at(a_server("two"), "", port));

    struct exchange *x = when_post(s, "/containers/%s/start", two);

    then_status(x, 500);
    then_error_mentions(x, scene_printf(s, ":%s failed: port is already allocated", port));
    then_container_is(s, two, "created");
    then_json_empty(when_get(s, "/containers/%s/json", two), "NetworkSettings.Ports");
    then_string(s, "what is heard of the first one", probe_hears(s, given_host(s), "127.0.0.1", port), "one");
}

static void a_stop_frees_the_port(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s), *port = scene_printf(s, "%u", unique_port(s));
    const char *one = given_ready(s, published_at(a_server("one"), "", port));

    then_string(s, "the port in NetworkSettings.Ports", port_at(s, one, "0.0.0.0"), port);
    then_status(when_post(s, "/containers/%s/stop?t=1", one), 204);
    then_json_empty(when_get(s, "/containers/%s/json", one), "NetworkSettings.Ports");
    then_mentions(s, "what is heard after the stop", probe_hears(s, host, "127.0.0.1", port), "nothing");
    given_ready(s, published_at(a_server("two"), "", port));
    then_string(s, "what is heard of the next one", probe_hears(s, host, "127.0.0.1", port), "two");
}

static void two_containers_share_a_port_of_different_addresses(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s), *port = scene_printf(s, "%u", unique_port(s));

    given_ready(s, published_at(a_server("one"), "127.0.0.4", port));

    given_ready(s, published_at(a_server("two"), "127.0.0.5", port));

    then_string(s, "what is heard at 127.0.0.4", probe_hears(s, host, "127.0.0.4", port), "one");
    then_string(s, "what is heard at 127.0.0.5", probe_hears(s, host, "127.0.0.5", port), "two");
}

static void a_port_of_udp_is_another_one(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s), *port = scene_printf(s, "%u", unique_port(s));
    json_t *body = with(a_probe("['udp-serve', '53']"), "ExposedPorts", "{'53/udp': {}}");

    with(body, "HostConfig.PortBindings", "{'53/udp': [{'HostPort': '%s'}]}", port);
    given_ready(s, published_at(a_server("hello"), "", port));
    const char *id = given_ready(s, body);

    then_json_has(when_get(s, "/containers/%s/json", id), "NetworkSettings.Ports.53/udp",
                  "{'HostIp': '0.0.0.0', 'HostPort': '%s'}", port);
    then_string(s, "what comes back by UDP",
                probe_exec(s, host, "['udp-send', '127.0.0.1', '%s', 'ping']", port), "ping\n");
    then_string(s, "what is heard by TCP", probe_hears(s, host, "127.0.0.1", port), "hello");
}

static void a_port_of_udp_is_reached_by_ipv6(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);
    json_t *body = in_row(s, with(a_probe("['udp-serve', '53']"), "ExposedPorts", "{'53/udp': {}}"));

    const char *id = given_ready(s, with(body, "HostConfig.PortBindings", "{'53/udp': [{'HostPort': ''}]}"));
    const json_t *list = json_at(given_inspect(s, id), "NetworkSettings.Ports.53/udp"), *one;
    const char *port = "";
    size_t i;
    json_array_foreach (list, i, one)
        if (strcmp(json_string_value(json_object_get(one, "HostIp")), "::") == 0)
            port = json_string_value(json_object_get(one, "HostPort"));

    then_true(s, *port, "a port at :: in NetworkSettings.Ports");
    then_string(s, "what comes back", probe_exec(s, host, "['udp-send', '::1', '%s', 'ping']", port),
                "ping\n");
    then_string(s, "what comes back to another",
                probe_exec(s, host, "['udp-send', '::1', '%s', 'pong']", port), "pong\n");
}

static void all_exposed_ports_are_published(void **state)
{
    struct scene *s = *state;
    const char *host = given_host(s);
    json_t *body = with(a_server("hello"), "HostConfig.PublishAllPorts", "true");

    with(body, "ExposedPorts", "{'80/tcp': {}, '81/udp': {}}");
    const char *id = given_ready(s, in_row(s, body));

    then_string(s, "what is heard", probe_hears(s, host, "127.0.0.1", port_at(s, id, "0.0.0.0")), "hello");
    then_json_has(when_get(s, "/containers/%s/json", id), "NetworkSettings.Ports.81/udp",
                  "{'HostIp': '0.0.0.0'}");
}

static void others_reach_it_by_their_gateway(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *elsewhere = given_network(s, NULL);
    const char *web = given_ready(s, with(published_at(a_server("hello"), "", ""), "HostConfig.NetworkMode",
                                          "'%s'", given_network_name(s, net)));
    const char *port = port_at(s, web, "0.0.0.0");

    const char *other = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, elsewhere)));

    then_string(s, "what a container of another network hears",
                probe_hears(s, other, given_endpoint(s, other, elsewhere, "Gateway"), port), "hello");
    then_string(s, "what the server itself hears",
                probe_hears(s, web, given_endpoint(s, web, net, "Gateway"), port), "hello");
}

static void the_network_s_option_is_the_address(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(
        s, json_of("{'Options': {'com.docker.network.bridge.host_binding_ipv4': '127.0.0.6'}}"));

    const char *id = given_ready(s, with(published_at(a_server("hello"), "", ""), "HostConfig.NetworkMode",
                                         "'%s'", given_network_name(s, net)));

    then_string(s, "what is heard at 127.0.0.6",
                probe_hears(s, given_host(s), "127.0.0.6", port_at(s, id, "127.0.0.6")), "hello");
}

static void an_internal_network_publishes_nothing(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, json_of("{'Internal': true}"));

    const char *id = given_ready(s, with(published_at(a_server("hello"), "", ""), "HostConfig.NetworkMode",
                                         "'%s'", given_network_name(s, net)));

    then_json_empty(when_get(s, "/containers/%s/json", id), "NetworkSettings.Ports.80/tcp");
}

CASES(network_ports) = {
    CASE_ROWS_NEEDS("PublishedPorts.chosen", a_free_port_is_chosen, network_rows, NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("PublishedPorts.exposed", a_port_that_is_not_exposed_is_not_published, network_rows,
                    NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("PublishedPorts.ipv6", it_is_reached_by_ipv6_as_well, network_rows,
                    NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("PublishedPorts.ipv6-address", an_address_of_ipv6_is_bound_alone,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_ROWS_NEEDS("PublishedPorts.address", an_address_is_bound_alone, network_rows, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.range", a_range_gives_the_first_that_is_free, NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("PublishedPorts.taken", a_port_that_is_taken_is_refused, network_rows,
                    NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.freed", a_stop_frees_the_port, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.addresses", two_containers_share_a_port_of_different_addresses,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.udp", a_port_of_udp_is_another_one, NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("PublishedPorts.udp-ipv6", a_port_of_udp_is_reached_by_ipv6, network_rows,
                    NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_ROWS_NEEDS("PublishedPorts.all", all_exposed_ports_are_published, network_rows,
                    NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.from-inside", others_reach_it_by_their_gateway, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.default-address", the_network_s_option_is_the_address, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("PublishedPorts.internal", an_internal_network_publishes_nothing, NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
