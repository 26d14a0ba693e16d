/* cases/volume/create.c - POST /volumes/create
 *
 * The scene puts its labels on every volume, so label members are compared one by one and never as a whole. */
#include "harness/then/then.h"

#include <string.h>

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

static void options_without_a_type_are_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "data");

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s', 'DriverOpts': {'device': 'tmpfs'}}", name),
                                        "/volumes/create");

    then_refused(x, 400);
    then_error_mentions(x, "type");
    then_not_found(s, "/volumes/%s", name);
}

static const char *given_tmpfs_volume(struct scene *s)
{
    return given_volume(
        s, json_of("{'DriverOpts': {'type': 'tmpfs', 'device': 'tmpfs', 'o': 'size=1m,mode=700,uid=1000'}}"));
}

static json_t *with_volume(json_t *body, const char *volume)
{
    return with(body, "HostConfig.Binds", "['%s:/data']", volume);
}

static void a_volume_can_be_in_memory(void **state)
{
    struct scene *s = *state;
    const char *volume = given_tmpfs_volume(s);
    const char *one = given_running(s, with_volume(a_container("sleeper"), volume)),
               *two = given_running(s, with_volume(a_container("sleeper"), volume));

    probe_exec(s, one, "['write', '/data/file', 'from one']");
    const char *read = probe_exec(s, two, "['read', '/data/file']"),
               *stat = probe_exec(s, two, "['stat', '/data']"),
               *full = probe_exec(s, two, "['sh', '-c', 'fill /data/more 2000000; ls /data']");

    then_string(s, "what the other container reads", read, "from one");
    then_true(s, strstr(stat, "\"mode\":\"0700\",\"uid\":1000") != NULL,
              "the mode and owner of its options in %s", stat);
    then_true(s, strstr(full, "file") != NULL, "the names in it in %s", full);
    given_removed(s, one);
    given_removed(s, two);
    const char *left = probe_output(s, with_volume(a_probe("['ls', '/data']"), volume));
    then_string(s, "what the next container finds", left, "");
}

static void a_volume_can_be_a_folder_of_the_host(void **state)
{
    struct scene *s = *state;
    const char *folder = given_volume(s, NULL);
    const char *mountpoint = answer_string(when_get(s, "/volumes/%s", folder), "Mountpoint");
    const char *volume = given_volume(
        s, json_of("{'DriverOpts': {'type': 'none', 'o': 'bind,ro', 'device': '%s'}}", mountpoint));

    probe_output(s, with_volume(a_probe("['write', '/data/file', 'here']"), folder));
    const char *read = probe_output(s, with_volume(a_probe("['read', '/data/file']"), volume)),
               *opened = probe_output(s, with_volume(a_probe("['open', '/data/new', 'create']"), volume));

    then_string(s, "what is read through the volume", read, "here");
    then_string(s, "what comes of writing", opened, "EROFS\n");
}

static void what_cannot_be_mounted_is_told_at_start(void **state)
{
    struct scene *s = *state;
    const char *volume =
        given_volume(s, json_of("{'DriverOpts': {'type': 'none', 'o': 'bind', 'device': '/plimsoll-none'}}"));
    const char *id = given_created(s, with_volume(a_container("sleeper"), volume));

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_refused(x, 500);
    then_error_mentions(x, "failed to mount local volume");
    then_error_mentions(x, "/plimsoll-none");
    then_json(when_get(s, "/containers/%s/json", id), "State.Status", "created");
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
    CASE("VolumeCreate.option-type", options_without_a_type_are_refused),
    CASE("VolumeCreate.tmpfs", a_volume_can_be_in_memory),
    CASE("VolumeCreate.bind", a_volume_can_be_a_folder_of_the_host),
    CASE("VolumeCreate.cannot-mount", what_cannot_be_mounted_is_told_at_start),
    CASE("VolumeCreate.event", an_event_tells_of_it),
    CASE_END,
};
