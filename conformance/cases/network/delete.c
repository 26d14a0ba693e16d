/* cases/network/delete.c - DELETE /networks/{id} */
#include "harness/then/then.h"

static void a_network_is_removed(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *x = when_delete(s, "/networks/%s", id);

    then_status(x, 204);
    then_no_body(x);
    then_not_found(s, "/networks/%s", id);
}

static void a_missing_network_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_delete(s, "/networks/%s", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static const struct name_row {
    const char *label;
} predefined[] = { { "bridge" }, { "host" }, { "none" } };

static void predefined_networks_stay(void **state)
{
    struct scene *s = *state;
    const struct name_row *row = s->row;

    struct exchange *x = when_delete(s, "/networks/%s", row->label);

    then_refused(x, 403);
    then_found(s, "/networks/%s", row->label);
}

static void a_network_in_use_stays(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", net));

    struct exchange *x = when_delete(s, "/networks/%s", net);

    then_refused(x, 403);
    then_error_mentions(x, "has active endpoints");
    then_json_present(when_get(s, "/networks/%s", net), scene_printf(s, "Containers.%s", id));
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'network': ['%s']}", id));

    when_delete(s, "/networks/%s", id);

    then_event(events,
               "{'Type': 'network', 'Action': 'destroy', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s', "
               "'type': 'bridge'}}}",
               id, given_network_name(s, id));
}

static void a_container_that_does_not_run_keeps_no_network(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *name = given_network_name(s, net);
    const char *id = given_created(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name));

    struct exchange *x = when_delete(s, "/networks/%.12s", net);

    then_status(x, 204);
    then_not_found(s, "/networks/%s", net);
    struct exchange *start = when_post(s, "/containers/%s/start", id);
    then_refused(start, 404);
    then_error_mentions(start, name);
    then_container_is(s, id, "created");
}

CASES(network_delete) = {
    CASE("NetworkDelete.removes", a_network_is_removed),
    CASE("NetworkDelete.not-found", a_missing_network_is_not_found),
    CASE_ROWS("NetworkDelete.predefined", predefined_networks_stay, predefined),
    CASE_NEEDS("NetworkDelete.in-use", a_network_in_use_stays, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkDelete.event", an_event_tells_of_it),
    CASE("NetworkDelete.created-container", a_container_that_does_not_run_keeps_no_network),
    CASE_END,
};
