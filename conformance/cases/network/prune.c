/* cases/network/prune.c - POST /networks/prune
 *
 * Always with the label of this case: nothing of anybody else's is touched. */
#include "harness/then/then.h"

static void the_label_says_which_go(void **state)
{
    struct scene *s = *state;
    const char *one = given_network(s, json_of("{'Labels': {'plimsoll.go': ''}}")),
               *two = given_network(s, NULL);

    struct exchange *x = when_prune(s, "/networks/prune?filters=%s",
                                    query_json(s, "{'label': ['%s', 'plimsoll.go']}", scene_label(s)));

    then_status(x, 200);
    then_json_equals(x, "NetworksDeleted", "['%s']", given_network_name(s, one));
    then_not_found(s, "/networks/%s", one);
    then_found(s, "/networks/%s", two);
}

static void a_label_keeps_it(void **state)
{
    struct scene *s = *state;
    const char *stays = given_network(s, json_of("{'Labels': {'color': 'red'}}"));
    const char *goes = given_network(s, json_of("{'Labels': {'color': 'blue'}}"));

    struct exchange *x =
        when_prune(s, "/networks/prune?filters=%s",
                   query_json(s, "{'label': ['%s'], 'label!': ['color=red']}", scene_label(s)));

    then_status(x, 200);
    then_not_found(s, "/networks/%s", goes);
    then_found(s, "/networks/%s", stays);
}

static const struct until {
    const char *label, *value;
    bool stays;
} untils[] = {
    {"an hour ago",            "1h",         true },
    { "a moment long ago",     "1000000000", true },
    { "a moment in far years", "9000000000", false},
};

static void until_keeps_what_is_younger(void **state)
{
    struct scene *s = *state;
    const struct until *row = s->row;
    const char *id = given_network(s, NULL);

    struct exchange *x =
        when_prune(s, "/networks/prune?filters=%s",
                   query_json(s, "{'label': ['%s'], 'until': ['%s']}", scene_label(s), row->value));

    then_status(x, 200);
    if (row->stays)
        then_found(s, "/networks/%s", id);
    else
        then_not_found(s, "/networks/%s", id);
}

static void used_ones_stay(void **state)
{
    struct scene *s = *state;
    const char *used = given_network(s, NULL);

    given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, used)));

    struct exchange *x =
        when_prune(s, "/networks/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_json_empty(x, "NetworksDeleted");
    then_found(s, "/networks/%s", used);
}

static void an_unknown_key_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *x = when_prune(s, "/networks/prune?filters=%s",
                                    query_json(s, "{'label': ['%s'], 'plimsoll': ['x']}", scene_label(s)));

    then_refused(x, 400);
    then_found(s, "/networks/%s", id);
}

CASES(network_prune) = {
    CASE("NetworkPrune.label", the_label_says_which_go),
    CASE("NetworkPrune.label-not", a_label_keeps_it),
    CASE_ROWS("NetworkPrune.until", until_keeps_what_is_younger, untils),
    CASE_NEEDS("NetworkPrune.keeps-used", used_ones_stay, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkPrune.filter-unknown", an_unknown_key_is_refused),
    CASE_END,
};
