/* cases/network/gates.c - what a network's operations do at an API version and what they did at the one before.
 *
 * As cases/container/gates.c: both sides of a gate on one engine. */
#include "harness/then/then.h"

static void a_list_leaves_the_containers_out(void **state)
{
    struct scene *s = *state;
    const char *network = given_network(s, NULL), *name = given_network_name(s, network);
    const char *id = given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name));
    const char *path = scene_printf(s, "/networks?filters=%s", query_json(s, "{'id': ['%s']}", network));

    struct exchange *before = when_get_at(s, "1.27", "%s", path);
    struct exchange *x = when_get_at(s, "1.28", "%s", path);

    then_json(x, "[0].Id", network);
    then_json_empty(x, "[0].Containers");
    then_json_is_object(before, scene_printf(s, "[0].Containers.%s", id));
    then_same(s, "Containers at 1.27", answer_json(before, "[0].Containers"),
              json_at(given_get(s, "/networks/%s", network), "Containers"), NULL);
}

static void a_network_may_be_without_ipv4(void **state)
{
    struct scene *s = *state;
    const char *one = scene_unique_name(s, "n"), *two = scene_unique_name(s, "n");

    struct exchange *before =
        when_post_at(s, "1.47", json_of("{'Name': '%s', 'EnableIPv4': false}", one), "/networks/create");
    struct exchange *x =
        when_post_at(s, "1.48", json_of("{'Name': '%s', 'EnableIPv4': false}", two), "/networks/create");

    then_refused(x, 400);
    then_error_mentions(x, "IPv4");
    then_not_found(s, "/networks/%s", two);
    then_status(before, 201);
    then_json_bool(when_get_at(s, "1.48", "/networks/%s", one), "EnableIPv4", true);
}

CASES(network_gates) = {
    CASE("NetworkList.containers NetworkList.no-containers", a_list_leaves_the_containers_out),
    CASE("NetworkCreate.ipv4-always NetworkCreate.no-address-family", a_network_may_be_without_ipv4),
    CASE_END,
};
