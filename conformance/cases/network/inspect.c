/* cases/network/inspect.c - GET /networks/{id} */
#include "harness/then/then.h"

static void it_says_what_the_network_was_made_with(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, json_of("{'Labels': {'color': 'red'}}"));

    struct exchange *x = when_get(s, "/networks/%s", id);

    then_status(x, 200);
    then_json(x, "Id", id);
    then_json(x, "Name", given_network_name(s, id));
    then_json(x, "Driver", "bridge");
    then_json(x, "Scope", "local");
    then_json(x, "Labels.color", "red");
    then_json(x, "IPAM.Driver", "default");
    then_json_bool(x, "Internal", false);
    then_json_bool(x, "Attachable", false);
    then_json_bool(x, "EnableIPv6", false);
    then_json_date(x, "Created");
    then_json_is_object(x, "Options");
    then_json_is_object(x, "Containers");
}

/* What nobody asked for. */
static void members_have_their_defaults(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *x = when_get(s, "/networks/%s", id);

    then_status(x, 200);
    then_json_bool(x, "Internal", false);
    then_json_bool(x, "Attachable", false);
    then_json_bool(x, "EnableIPv6", false);
    if (scene_version_within(s, "1.47", NULL))
        then_json_bool(x, "EnableIPv4", true);
    if (scene_version_within(s, "1.29", NULL))
        then_json_bool(x, "Ingress", false);
    if (scene_version_within(s, "1.30", NULL)) {
        then_json_bool(x, "ConfigOnly", false);
        then_json(x, "ConfigFrom.Network", "");
    }
    then_json_empty(x, "IPAM.Options");
    then_json_empty(x, "IPAM.Config[0].AuxiliaryAddresses");
}

static void name_id_and_prefix_find_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *by_name = when_get(s, "/networks/%s", given_network_name(s, id));
    struct exchange *by_prefix = when_get(s, "/networks/%.12s", id);

    then_json(by_name, "Id", id);
    then_json(by_prefix, "Id", id);
}

static void a_running_container_is_listed(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));
    const json_t *settings = given_inspect(s, id);
    const json_t *endpoint =
        json_object_get(json_at(settings, "NetworkSettings.Networks"), given_network_name(s, net));

    struct exchange *x = when_get(s, "/networks/%s", net);

    then_status(x, 200);
    then_json(x, scene_printf(s, "Containers.%s.Name", id), given_name_of(s, id));
    then_json(x, scene_printf(s, "Containers.%s.EndpointID", id),
              json_string_value(json_object_get(endpoint, "EndpointID")));
    then_json(x, scene_printf(s, "Containers.%s.MacAddress", id),
              json_string_value(json_object_get(endpoint, "MacAddress")));
    then_json(x, scene_printf(s, "Containers.%s.IPv4Address", id),
              scene_printf(s, "%s/%d", json_string_value(json_object_get(endpoint, "IPAddress")),
                           (int)json_integer_value(json_object_get(endpoint, "IPPrefixLen"))));
    then_json(x, scene_printf(s, "Containers.%s.IPv6Address", id), "");
}

static void a_created_container_is_not_listed(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    given_created(s,
                  with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));

    struct exchange *x = when_get(s, "/networks/%s", net);

    then_status(x, 200);
    then_json_length(x, "Containers", 0);
}

static void a_missing_network_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_get(s, "/networks/%s", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static void the_scope_of_a_swarm_does_not_find_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *x = when_get(s, "/networks/%s?scope=swarm", id);

    then_refused(x, 404);
    then_json(when_get(s, "/networks/%s?scope=local", id), "Id", id);
}

static void who_runs_is_told_as_long_as_it_runs(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    const char *id = given_created(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, net)));

    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_json_length(when_get(s, "/networks/%s", net), "Containers", 1);
    then_status(when_post(s, "/containers/%s/stop?t=1", id), 204);
    then_json_length(when_get(s, "/networks/%s", net), "Containers", 0);
    then_status(when_post(s, "/containers/%s/restart?t=1", id), 204);
    then_json(when_get(s, "/networks/%s", net), scene_printf(s, "Containers.%s.Name", id),
              given_name_of(s, id));
}

CASES(network_inspect) = {
    CASE("NetworkInspect.members", it_says_what_the_network_was_made_with),
    CASE("NetworkInspect.defaults", members_have_their_defaults),
    CASE("NetworkInspect.by-id-prefix", name_id_and_prefix_find_it),
    CASE_NEEDS("NetworkInspect.containers", a_running_container_is_listed, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkInspect.created-container", a_created_container_is_not_listed),
    CASE("NetworkInspect.not-found", a_missing_network_is_not_found),
    CASE("NetworkInspect.scope", the_scope_of_a_swarm_does_not_find_it),
    CASE_NEEDS("NetworkInspect.live", who_runs_is_told_as_long_as_it_runs, NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
