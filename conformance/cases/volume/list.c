/* cases/volume/list.c - GET /volumes */
#include "harness/then/then.h"

static struct exchange *when_listed(struct scene *s, const char *filters)
{
    return when_get(s, "/volumes?filters=%s", url_encoded(s, filters));
}

static void every_volume_is_listed(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, json_of("{'Labels': {'color': 'red'}}")), *two = given_volume(s, NULL);

    struct exchange *x = when_get(s, "/volumes");

    then_status(x, 200);
    then_json_has(x, "Volumes",
                  "{'Name': '%s', 'Driver': 'local', 'Scope': 'local', 'Labels': {'color': 'red'}}", one);
    then_json_has(x, "Volumes", "{'Name': '%s'}", two);
}

static void a_part_of_the_name_finds_it(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, NULL), *two = given_volume(s, NULL);

    struct exchange *x = when_listed(s, scene_printf(s, "{\"name\": [\"%s\"]}", one + 3));

    then_status(x, 200);
    then_json_length(x, "Volumes", 1);
    then_json(x, "Volumes[0].Name", one);
    then_json_has_none(x, "Volumes", "{'Name': '%s'}", two);
}

static void either_form_of_a_filter_works(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, NULL);

    struct exchange *x = when_listed(s, scene_printf(s, "{\"name\": {\"%s\": true}}", one));

    then_status(x, 200);
    then_json_length(x, "Volumes", 1);
    then_json(x, "Volumes[0].Name", one);
}

static const struct label_row {
    const char *label, *first, *second;
    bool red, blue;
} label_rows[] = {
    {"key alone",           "plimsoll.color",       "plimsoll.color",      true,  true },
    { "key and value",      "plimsoll.color=red",   "plimsoll.color=red",  true,  false},
    { "another value",      "plimsoll.color=green", "plimsoll.color",      false, false},
    { "two that both hold", "plimsoll.color",       "plimsoll.color=blue", false, true },
    { "two that exclude",   "plimsoll.color=red",   "plimsoll.color=blue", false, false},
};

static void labels_find_it(void **state)
{
    struct scene *s = *state;
    const struct label_row *row = s->row;
    const char *red = given_volume(s, json_of("{'Labels': {'plimsoll.color': 'red'}}"));
    const char *blue = given_volume(s, json_of("{'Labels': {'plimsoll.color': 'blue'}}"));

    struct exchange *x =
        when_get(s, "/volumes?filters=%s",
                 query_json(s, "{'label': ['%s', '%s', '%s']}", scene_label(s), row->first, row->second));

    then_status(x, 200);
    if (!row->red && !row->blue)
        then_json_empty(x, "Volumes");
    else
        then_json_length(x, "Volumes", (size_t)row->red + row->blue);
    if (row->red)
        then_json_has(x, "Volumes", "{'Name': '%s'}", red);
    if (row->blue)
        then_json_has(x, "Volumes", "{'Name': '%s'}", blue);
}

static void the_driver_finds_it(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, NULL);

    struct exchange *x =
        when_listed(s, scene_printf(s, "{\"name\": [\"%s\"], \"driver\": [\"local\"]}", one));
    struct exchange *other =
        when_listed(s, scene_printf(s, "{\"name\": [\"%s\"], \"driver\": [\"plimsoll-none\"]}", one));

    then_status(x, 200);
    then_json_length(x, "Volumes", 1);
    then_status(other, 200);
    then_json_empty(other, "Volumes");
}

static void dangling_ones_have_no_container(void **state)
{
    struct scene *s = *state;
    const char *unused = given_volume(s, NULL), *used = given_volume(s, NULL);

    given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", used));

    struct exchange *yes = when_listed(s, "{\"dangling\": [\"true\"]}");
    struct exchange *no = when_listed(s, "{\"dangling\": [\"false\"]}");

    then_status(yes, 200);
    then_json_has(yes, "Volumes", "{'Name': '%s'}", unused);
    then_json_has_none(yes, "Volumes", "{'Name': '%s'}", used);
    then_status(no, 200);
    then_json_has(no, "Volumes", "{'Name': '%s'}", used);
    then_json_has_none(no, "Volumes", "{'Name': '%s'}", unused);
}

static void an_unknown_key_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_listed(s, "{\"plimsoll\": [\"x\"]}");

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll");
}

static const struct malformed {
    const char *label, *filters;
} malformed_rows[] = {
    {"no JSON",        "dangling"                 },
    { "an array",      "[\"dangling\"]"           },
    { "a plain value", "{\"dangling\": true}"     },
    { "cut short",     "{\"dangling\": [\"true\"]"},
};

static void malformed_filters_are_refused(void **state)
{
    struct scene *s = *state;
    const struct malformed *row = s->row;

    struct exchange *x = when_listed(s, row->filters);

    then_refused(x, 400);
}

CASES(volume_list) = {
    CASE("VolumeList.all", every_volume_is_listed),
    CASE("VolumeList.filter-name", a_part_of_the_name_finds_it),
    CASE("VolumeList.filter-forms", either_form_of_a_filter_works),
    CASE_ROWS("VolumeList.filter-label", labels_find_it, label_rows),
    CASE("VolumeList.filter-driver", the_driver_finds_it),
    CASE("VolumeList.filter-dangling", dangling_ones_have_no_container),
    CASE("VolumeList.filter-unknown", an_unknown_key_is_refused),
    CASE_ROWS("VolumeList.filter-malformed", malformed_filters_are_refused, malformed_rows),
    CASE_END,
};
