/* cases/volume/create.c - POST /volumes/create
 *
 * The scene puts its labels on every volume, so label members are compared one by one and never as a whole. */
#include "harness/then/then.h"

static void a_named_volume_is_made(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s'}", name), "/volumes/create");

    then_status(x, 201);
    then_json(x, "Name", name);
    then_json(x, "Driver", "local");
    then_json(x, "Scope", "local");
    then_json_not_empty(x, "Mountpoint");
    then_json_date(x, "CreatedAt");
    then_found(s, "/volumes/%s", name);
}

static void labels_and_options_are_kept(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");

    struct exchange *x =
        when_post_json(s,
                       json_of("{'Name': '%s', 'Labels': {'color': 'red'}, "
                               "'DriverOpts': {'type': 'tmpfs', 'device': 'tmpfs', 'o': 'size=1m'}}",
                               name),
                       "/volumes/create");

    then_status(x, 201);
    then_json(x, "Labels.color", "red");
    then_json_equals(x, "Options", "{'type': 'tmpfs', 'device': 'tmpfs', 'o': 'size=1m'}");
}

static void a_volume_without_a_name_gets_one(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(s, json_of("{}"), "/volumes/create");

    then_status(x, 201);
    then_json_hex_id(x, "Name");
    then_found(s, "/volumes/%s", answer_string(x, "Name"));
}

static void a_volume_without_a_name_is_marked_as_anonymous(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(s, json_of("{}"), "/volumes/create");

    then_status(x, 201);
    then_json_present(x, "Labels.com\\.docker\\.volume\\.anonymous");
}

static void creating_one_that_exists_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, json_of("{'Labels': {'color': 'red'}}"));

    struct exchange *x =
        when_post_json(s, json_of("{'Name': '%s', 'Labels': {'color': 'blue'}}", name), "/volumes/create");

    then_status(x, 201);
    then_json(x, "Name", name);
    then_json(x, "Labels.color", "red");
}

static const struct bad_name {
    const char *label, *name;
} bad_names[] = {
    {"one character", "a"          },
    { "slash",        "plimsoll/x" },
    { "space",        "plimsoll x" },
    { "leading dash", "-plimsoll"  },
    { "leading dot",  ".plimsoll"  },
    { "climbs out",   "../plimsoll"},
    { "colon",        "plimsoll:x" },
};

static void a_bad_name_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_name *row = s->row;

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s'}", row->name), "/volumes/create");

    then_refused(x, 400);
    then_json_has_none(when_get(s, "/volumes"), "Volumes", "{'Name': '%s'}", row->name);
}

static void an_unknown_driver_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");

    struct exchange *x =
        when_post_json(s, json_of("{'Name': '%s', 'Driver': 'plimsoll-none'}", name), "/volumes/create");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
    then_not_found(s, "/volumes/%s", name);
}

static void an_unknown_option_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s', 'DriverOpts': {'colour': 'red'}}", name),
                                        "/volumes/create");

    then_refused(x, 400);
    then_error_mentions(x, "colour");
    then_not_found(s, "/volumes/%s", name);
}

static void options_without_a_device_are_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s', 'DriverOpts': {'type': 'tmpfs'}}", name),
                                        "/volumes/create");

    then_refused(x, 400);
    then_error_mentions(x, "device");
    then_not_found(s, "/volumes/%s", name);
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['volume'], 'volume': ['%s']}", name));

    given_volume(s, json_of("{'Name': '%s'}", name));

    then_event(
        events,
        "{'Type': 'volume', 'Action': 'create', 'Actor': {'ID': '%s', 'Attributes': {'driver': 'local'}}}",
        name);
}

CASES(volume_create) = {
    CASE("VolumeCreate.named", a_named_volume_is_made),
    CASE("VolumeCreate.labels", labels_and_options_are_kept),
    CASE("VolumeCreate.anonymous", a_volume_without_a_name_gets_one),
    CASE("VolumeCreate.anonymous-label", a_volume_without_a_name_is_marked_as_anonymous),
    CASE("VolumeCreate.again", creating_one_that_exists_changes_nothing),
    CASE_ROWS("VolumeCreate.bad-name", a_bad_name_is_refused, bad_names),
    CASE("VolumeCreate.unknown-driver", an_unknown_driver_is_refused),
    CASE("VolumeCreate.unknown-option", an_unknown_option_is_refused),
    CASE("VolumeCreate.option-device", options_without_a_device_are_refused),
    CASE("VolumeCreate.event", an_event_tells_of_it),
    CASE_END,
};
