/* cases/network/list.c - GET /networks */
#include "harness/then/then.h"

static void predefined_networks_are_listed(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/networks");

    then_status(x, 200);
    then_json_has(x, "", "{'Name': 'bridge', 'Driver': 'bridge', 'Scope': 'local'}");
    then_json_has(x, "", "{'Name': 'host', 'Driver': 'host', 'Scope': 'local'}");
    then_json_has(x, "", "{'Name': 'none', 'Driver': 'null', 'Scope': 'local'}");
}

static void an_element_says_what_the_inspect_says(void **state)
{
    struct scene *s = *state;
    const char *p = scene_unique_prefix(s);
    const char *id = given_network(
        s,
        json_of("{'Internal': true, 'Attachable': true, 'Labels': {'color': 'red'}, 'Options': "
                "{'com.docker.network.driver.mtu': '1400'}, 'IPAM': {'Options': {'color': 'red'}, 'Config': "
                "[{'Subnet': '%s.0/24', 'Gateway': '%s.1', 'IPRange': '%s.128/25', 'AuxiliaryAddresses': "
                "{'router': '%s.5'}}]}}",
                p, p, p, p));
    const json_t *network = given_get(s, "/networks/%s", id);

    struct exchange *x = when_get(s, "/networks?filters=%s", query_json(s, "{'id': ['%s']}", id));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_same(s, "its element", answer_json(x, "[0]"), network,
              "Status"); /* since 1.52 of an inspect alone */
}

static void a_part_of_the_name_finds_it(void **state)
{
    struct scene *s = *state;
    const char *one = given_network(s, NULL);

    given_network(s, NULL);

    struct exchange *x = when_get(s, "/networks?filters=%s",
                                  query_json(s, "{'name': ['%s']}", given_network_name(s, one) + 3));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json(x, "[0].Id", one);
}

static void a_prefix_of_the_id_finds_it(void **state)
{
    struct scene *s = *state;
    const char *one = given_network(s, NULL);

    struct exchange *x =
        when_get(s, "/networks?filters=%s", query_json(s, "{'id': ['%s']}", scene_printf(s, "%.12s", one)));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json(x, "[0].Id", one);
}

/* Two networks of this case, one of them with a container, and what a filter beside this case's label leaves of them. */
static const struct filter_row {
    const char *label, *key, *value;
    bool empty, used;
} filter_rows[] = {
    {"driver bridge",        "driver", "bridge",              true,  true },
    { "driver host",         "driver", "host",                false, false},
    { "label key",           "label",  "plimsoll.color",      true,  true },
    { "label key and value", "label",  "plimsoll.color=red",  true,  true },
    { "label another value", "label",  "plimsoll.color=blue", false, false},
    { "type custom",         "type",   "custom",              true,  true },
    { "type builtin",        "type",   "builtin",             false, false},
    { "scope local",         "scope",  "local",               true,  true },
    { "scope swarm",         "scope",  "swarm",               false, false},
};

static void a_filter_keeps_what_fits(void **state)
{
    struct scene *s = *state;
    const struct filter_row *row = s->row;
    const char *empty = given_network(s, json_of("{'Labels': {'plimsoll.color': 'red'}}"));
    const char *used = given_network(s, json_of("{'Labels': {'plimsoll.color': 'red'}}"));

    given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", used));

    struct exchange *x =
        when_get(s, "/networks?filters=%s",
                 query_json(s, "{'name': ['%s', '%s'], '%s': ['%s']}", given_network_name(s, empty),
                            given_network_name(s, used), row->key, row->value));

    then_status(x, 200);
    then_json_length(x, "", (size_t)row->empty + row->used);
    if (row->empty)
        then_json_has(x, "", "{'Id': '%s'}", empty);
    if (row->used)
        then_json_has(x, "", "{'Id': '%s'}", used);
}

static void dangling_ones_are_custom_and_empty(void **state)
{
    struct scene *s = *state;
    const char *empty = given_network(s, NULL);

    struct exchange *x = when_get(s, "/networks?filters=%s", query_json(s, "{'dangling': ['true']}"));

    then_status(x, 200);
    then_json_has(x, "", "{'Id': '%s'}", empty);
    then_json_has_none(x, "", "{'Name': 'bridge'}");
    then_json_has_none(x, "", "{'Name': 'host'}");
    then_json_has_none(x, "", "{'Name': 'none'}");
}

static void an_unknown_key_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/networks?filters=%s", query_json(s, "{'plimsoll': ['x']}"));

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll");
}

static void a_slash_behind_it_is_the_list_too(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *x = when_get(s, "/networks/?filters=%s", query_json(s, "{'id': ['%s']}", id));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json(x, "[0].Id", id);
}

CASES(network_list) = {
    CASE("NetworkList.slash", a_slash_behind_it_is_the_list_too),
    CASE("NetworkList.predefined", predefined_networks_are_listed),
    CASE("NetworkList.as-inspected", an_element_says_what_the_inspect_says),
    CASE("NetworkList.filter-name", a_part_of_the_name_finds_it),
    CASE("NetworkList.filter-id", a_prefix_of_the_id_finds_it),
    CASE_ROWS_NEEDS(
        "NetworkList.filter-driver NetworkList.filter-label NetworkList.filter-type NetworkList.filter-scope",
        a_filter_keeps_what_fits, filter_rows, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkList.filter-dangling", dangling_ones_are_custom_and_empty),
    CASE("NetworkList.filter-unknown", an_unknown_key_is_refused),
    CASE_END,
};
