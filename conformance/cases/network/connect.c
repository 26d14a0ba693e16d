/* cases/network/connect.c - POST /networks/{id}/connect */
#include "harness/then/then.h"

/* The path of a member of an endpoint in a container inspect. */
static const char *endpoint_member(struct scene *s, const char *network, const char *member)
{
    return scene_printf(s, "NetworkSettings.Networks.%s.%s", given_network_name(s, network), member);
}

static void a_running_container_is_connected_at_once(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", net);
    struct exchange *after = when_get(s, "/containers/%s/json", id);

    then_status(x, 200);
    then_json(after, endpoint_member(s, net, "NetworkID"), net);
    then_json_not_empty(after, endpoint_member(s, net, "IPAddress"));
    then_mentions(s, "interfaces inside of the container", probe_exec(s, id, "['report']"),
                  answer_string(after, endpoint_member(s, net, "IPAddress")));
}

static void a_created_container_is_connected_when_it_starts(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_container(s, "sleeper");

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", net);

    then_status(x, 200);
    then_json_present(when_get(s, "/containers/%s/json", id), endpoint_member(s, net, "IPAddress"));
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_json_not_empty(when_get(s, "/containers/%s/json", id), endpoint_member(s, net, "IPAddress"));
}

static void it_gets_the_address_asked_for(void **state)
{
    struct scene *s = *state;
    const char *prefix = scene_unique_prefix(s), *wanted = scene_printf(s, "%s.77", prefix);
    const char *net = given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24'}]}}", prefix));
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(
        s,
        json_of("{'Container': '%s', 'EndpointConfig': {'IPAMConfig': {'IPv4Address': '%s'}}}", id, wanted),
        "/networks/%s/connect", net);

    then_status(x, 200);
    then_json(when_get(s, "/containers/%s/json", id), endpoint_member(s, net, "IPAddress"), wanted);
    then_mentions(s, "interfaces inside of the container", probe_exec(s, id, "['report']"), wanted);
}

static void an_address_needs_a_configured_subnet(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(
        s,
        json_of("{'Container': '%s', 'EndpointConfig': {'IPAMConfig': {'IPv4Address': '172.30.0.77'}}}", id),
        "/networks/%s/connect", net);

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

/* As the members of an endpoint are asked for of a network. */
static json_t *an_endpoint(struct scene *s, const char *prefix, const char *network, const char *friend)
{
    json_t *body =
        json_of("{'IPAMConfig': {'IPv4Address': '%s.77', 'LinkLocalIPs': "
                "['169.254.77.77']}, 'Links': ['%s:buddy'], 'MacAddress': '02:42:0a:00:4d:63', "
                "'NetworkID': '%s', 'Gateway': '%s.9', 'IPAddress': '%s.99', 'IPPrefixLen': 20, "
                "'IPv6Gateway': 'fd00:77::9', 'GlobalIPv6Address': 'fd00:77::99', 'GlobalIPv6PrefixLen': 80}",
                prefix, friend, network, prefix, prefix);

    with(body, "EndpointID", "'%s'", scene_printf(s, "%064d", 7));
    if (scene_version_within(s, "1.32", NULL))
        with(body, "DriverOpts", "{'color': 'red'}");
    if (scene_version_within(s, "1.48", NULL))
        with(body, "GwPriority", "7");
    return body;
}

static void a_created_container_tells_what_was_asked_for(void **state)
{
    struct scene *s = *state;
    const char *prefix = scene_unique_prefix(s), *friend = given_container(s, "sleeper");
    const char *net = given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24'}]}}", prefix));
    const char *id = given_container(s, "sleeper"),
               *path = scene_printf(s, "NetworkSettings.Networks.%s", given_network_name(s, net));
    json_t *endpoint = an_endpoint(s, prefix, net, friend), *sent = json_deep_copy(endpoint), *value;
    const char *member;

    struct exchange *x = when_post_json(
        s, json_pack("{s:s, s:o}", "Container", id, "EndpointConfig", endpoint), "/networks/%s/connect", net);
    struct exchange *after = when_get(s, "/containers/%s/json", id);

    then_status(x, 200);
    json_object_foreach (sent, member, value)
        then_json_value(after, scene_printf(s, "%s.%s", path, member), json_incref(value));
    json_decref(sent);
}

static void another_network_named_in_the_endpoint_is_refused(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s,
                                        json_of("{'Container': '%s', 'EndpointConfig': {'NetworkID': '%s'}}",
                                                id, scene_printf(s, "%064d", 7)),
                                        "/networks/%s/connect", net);

    then_refused(x, 404);
    then_unchanged(s, id, before);
}

static void aliases_are_kept(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s', 'EndpointConfig': {'Aliases': ['web', 'www']}}", id),
                       "/networks/%s/connect", net);
    struct exchange *after = when_get(s, "/containers/%s/json", id);

    then_status(x, 200);
    then_json_contains(after, endpoint_member(s, net, "Aliases"), "web");
    then_json_contains(after, endpoint_member(s, net, "Aliases"), "www");
}

static void driver_options_and_priority_are_kept(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(
        s,
        json_of("{'Container': '%s', 'EndpointConfig': {'DriverOpts': {'com.example.color': 'red'}, "
                "'GwPriority': 7}}",
                id),
        "/networks/%s/connect", net);
    const json_t *endpoint = json_object_get(json_at(given_inspect(s, id), "NetworkSettings.Networks"),
                                             given_network_name(s, net));

    then_status(x, 200);
    then_string(s, "its driver option",
                json_string_value(json_at(endpoint, "DriverOpts.com\\.example\\.color")), "red");
    if (scene_version_within(s, "1.48", NULL))
        then_int(s, "its GwPriority", json_integer_value(json_object_get(endpoint, "GwPriority")), 7);
}

static void a_container_is_not_connected_twice(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", net);

    then_refused(x, 403);
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *name = scene_unique_name(s, "none");

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s'}", name), "/networks/%s/connect", net);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static void a_missing_network_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper"), *name = scene_unique_name(s, "none");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
    then_unchanged(s, id, before);
}

static void the_default_bridge_knows_no_aliases(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
    const json_t *before = given_inspect(s, id);

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s', 'EndpointConfig': {'Aliases': ['web']}}", id),
                       "/networks/bridge/connect");

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'network': ['%s']}", net));

    when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", net);

    then_event(events,
               "{'Type': 'network', 'Action': 'connect', 'Actor': {'ID': '%s', 'Attributes': {'container': "
               "'%s', 'name': '%s', 'type': "
               "'bridge'}}}",
               net, id, given_network_name(s, net));
}

static void an_event_tells_of_a_start(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_created(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'network': ['%s']}", net));

    when_post(s, "/containers/%s/start", id);

    then_event(events,
               "{'Type': 'network', 'Action': 'connect', 'Actor': {'ID': '%s', 'Attributes': {'container': "
               "'%s', 'name': '%s', 'type': 'bridge'}}}",
               net, id, given_network_name(s, net));
}

static const struct private_row {
    const char *label;
} private_networks[] = { { "host" }, { "none" } };

static void a_running_container_gets_into_no_private_network(void **state)
{
    struct scene *s = *state;
    const struct private_row *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", row->label);

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

CASES(network_connect) = {
    CASE_NEEDS("NetworkConnect.running", a_running_container_is_connected_at_once, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.created", a_created_container_is_connected_when_it_starts,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.static-address", it_gets_the_address_asked_for, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.static-address-unconfigured", an_address_needs_a_configured_subnet,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.endpoint-kept", a_created_container_tells_what_was_asked_for,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.endpoint-network", another_network_named_in_the_endpoint_is_refused,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.aliases", aliases_are_kept, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.options", driver_options_and_priority_are_kept, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.twice", a_container_is_not_connected_twice, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkConnect.no-container", a_missing_container_is_not_found),
    CASE_NEEDS("NetworkConnect.no-network", a_missing_network_is_not_found, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.alias-on-bridge", the_default_bridge_knows_no_aliases, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.event", an_event_tells_of_it, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkConnect.event-start", an_event_tells_of_a_start, NEEDS_BRIDGE_NETWORK),
    CASE_ROWS_NEEDS("NetworkConnect.private", a_running_container_gets_into_no_private_network,
                    private_networks, NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
