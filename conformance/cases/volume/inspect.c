/* cases/volume/inspect.c - GET /volumes/{name} */
#include "harness/then/then.h"

static void it_says_what_create_said(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, json_of("{'Labels': {'color': 'red'}}"));
    const json_t *listed = given_get(s, "/volumes/%s", name);

    struct exchange *x = when_get(s, "/volumes/%s", name);

    then_status(x, 200);
    then_json(x, "Name", name);
    then_json(x, "Driver", "local");
    then_json(x, "Scope", "local");
    then_json(x, "Labels.color", "red");
    then_json_date(x, "CreatedAt");
    then_json_empty(x, "Options");
    then_json(x, "Mountpoint", json_string_value(json_object_get(listed, "Mountpoint")));
}

static void a_missing_volume_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_get(s, "/volumes/%s", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
    then_error_mentions(x, "no such volume");
}

CASES(volume_inspect) = {
    CASE("VolumeInspect.members", it_says_what_create_said),
    CASE("VolumeInspect.not-found", a_missing_volume_is_not_found),
    CASE_END,
};
