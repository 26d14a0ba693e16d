/* cases/network/disconnect.c - POST /networks/{id}/disconnect */
#include "harness/then/then.h"

#include <string.h>

static const char *given_connected(struct scene *s, const char *net)
{
    return given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
}

static void a_running_container_leaves_at_once(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_connected(s, net),
               *name = given_network_name(s, net);
    const json_t *settings = given_inspect(s, id);
    const char *address =
        json_string_value(json_at(settings, scene_printf(s, "NetworkSettings.Networks.%s.IPAddress", name)));

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/disconnect", net);

    then_status(x, 200);
    then_json_absent(when_get(s, "/containers/%s/json", id),
                     scene_printf(s, "NetworkSettings.Networks.%s", name));
    then_json_length(when_get(s, "/networks/%s", net), "Containers", 0);
    then_true(s, address && !strstr(probe_exec(s, id, "['report']"), address),
              "no interface with %s in the container", address ? address : "the address");
}

static void a_created_container_leaves_too(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *name = given_network_name(s, net);
    const char *id = given_created(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name));

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/disconnect", net);

    then_status(x, 200);
    then_json_absent(when_get(s, "/containers/%s/json", id),
                     scene_printf(s, "NetworkSettings.Networks.%s", name));
}

static void one_that_is_not_connected_is_refused(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/disconnect", net);

    then_refused(x, 500);
    then_error_mentions(x, "is not connected to");
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *name = scene_unique_name(s, "none");

    struct exchange *x =
        when_post_json(s, json_of("{'Container': '%s'}", name), "/networks/%s/disconnect", net);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static void force_looks_among_the_endpoints(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *name = scene_unique_name(s, "none");

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s', 'Force': true}", name),
                                        "/networks/%s/disconnect", net);

    then_refused(x, 404);
    then_error_mentions(x, "endpoint");
    then_error_mentions(x, name);
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_connected(s, net);
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'network': ['%s']}", net));

    when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/disconnect", net);

    then_event(events,
               "{'Type': 'network', 'Action': 'disconnect', 'Actor': {'ID': '%s', 'Attributes': "
               "{'container': '%s', 'name': '%s', 'type': 'bridge'}}}",
               net, id, given_network_name(s, net));
}

static void an_event_tells_of_a_stop(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'network': ['%s']}", net));

    when_post(s, "/containers/%s/stop?t=1", id);

    then_event(events,
               "{'Type': 'network', 'Action': 'disconnect', 'Actor': {'ID': '%s', 'Attributes': "
               "{'container': '%s', 'name': '%s', 'type': 'bridge'}}}",
               net, id, given_network_name(s, net));
}

CASES(network_disconnect) = {
    CASE_NEEDS("NetworkDisconnect.running", a_running_container_leaves_at_once, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkDisconnect.created", a_created_container_leaves_too),
    CASE_NEEDS("NetworkDisconnect.not-connected", one_that_is_not_connected_is_refused, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkDisconnect.no-container", a_missing_container_is_not_found),
    CASE("NetworkDisconnect.force-no-container", force_looks_among_the_endpoints),
    CASE_NEEDS("NetworkDisconnect.event", an_event_tells_of_it, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("NetworkDisconnect.event-stop", an_event_tells_of_a_stop, NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
