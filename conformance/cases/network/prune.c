/* cases/network/prune.c - POST /networks/prune
 *
 * Always with the label of this case: nothing of anybody else's is touched. */
#include "harness/then/then.h"

#include <stdio.h>

static void the_label_says_which_go(void **state)
{
    struct scene *s = *state;
    const char *one = given_network(s, json_of("{'Labels': {'plimsoll.go': ''}}")),
               *two = given_network(s, NULL);

    struct exchange *x = when_post(s, "/networks/prune?filters=%s",
                                   query_json(s, "{'label': ['%s', 'plimsoll.go']}", scene_label(s)));

    then_status(x, 200);
    then_json_equals(x, "NetworksDeleted", "['%s']", given_network_name(s, one));
    then_not_found(s, "/networks/%s", one);
    then_found(s, "/networks/%s", two);
}

static void used_ones_stay(void **state)
{
    struct scene *s = *state;
    const char *used = given_network(s, NULL);

    given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, used)));

    struct exchange *x =
        when_post(s, "/networks/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_json_empty(x, "NetworksDeleted");
    then_found(s, "/networks/%s", used);
}

static const struct choice {
    const char *label, *filters;
    bool goes;
} choices[] = {
    {"another label!",    "'label!': ['plimsoll.none']", true },
    { "its label!",       "'label!': ['plimsoll.keep']", false},
    { "older than a day", "'until': ['24h']",            false},
    { "older than 2100",  "'until': ['4102444800']",     true },
};

static void filters_say_which_stay(void **state)
{
    struct scene *s = *state;
    const struct choice *row = s->row;
    const char *id = given_network(s, json_of("{'Labels': {'plimsoll.keep': ''}}"));
    const char *other = row->filters;
    char filters[64];

    snprintf(filters, sizeof filters, "%s", other);
    for (char *c = filters; *c; c++)
        if (*c == '\'')
            *c = '"';
    struct exchange *x =
        when_post(s, "/networks/prune?filters=%s",
                  url_encoded(s, scene_printf(s, "{\"label\": [\"%s\"], %s}", scene_label(s), filters)));

    then_status(x, 200);
    if (row->goes)
        then_not_found(s, "/networks/%s", id);
    else
        then_found(s, "/networks/%s", id);
}

static void an_unknown_key_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL);

    struct exchange *x = when_post(s, "/networks/prune?filters=%s",
                                   query_json(s, "{'label': ['%s'], 'plimsoll': ['x']}", scene_label(s)));

    then_refused(x, 400);
    then_found(s, "/networks/%s", id);
}

static void events_tell_of_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL), *name = given_network_name(s, id);
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'event': ['destroy', 'prune']}"));

    struct exchange *x =
        when_post(s, "/networks/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_event(events,
               "{'Type': 'network', 'Action': 'destroy', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s', "
               "'type': 'bridge'}}}",
               id, name);
    then_event(
        events,
        "{'Type': 'network', 'Action': 'prune', 'Actor': {'ID': '', 'Attributes': {'reclaimed': '0'}}}");
}

CASES(network_prune) = {
    CASE("NetworkPrune.label", the_label_says_which_go),
    CASE_ROWS("NetworkPrune.choices", filters_say_which_stay, choices),
    CASE_NEEDS("NetworkPrune.keeps-used", used_ones_stay, NEEDS_BRIDGE_NETWORK),
    CASE("NetworkPrune.events", events_tell_of_it),
    CASE("NetworkPrune.filter-unknown", an_unknown_key_is_refused),
    CASE_END,
};
