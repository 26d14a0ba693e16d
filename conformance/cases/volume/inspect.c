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

static void create_list_and_inspect_agree(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "v");
    struct exchange *create =
        when_post_json(s,
                       json_of("{'Name': '%s', 'Labels': {'color': 'red'}, 'DriverOpts': {'type': 'tmpfs', "
                               "'device': 'tmpfs', 'o': 'size=1m'}}",
                               name),
                       "/volumes/create");
    struct exchange *list = when_get(s, "/volumes?filters=%s", query_json(s, "{'name': ['%s']}", name));

    struct exchange *x = when_get(s, "/volumes/%s", name);

    then_status(x, 200);
    then_same(s, "VolumeCreate's answer", create->json, x->json, NULL);
    then_json_length(list, "Volumes", 1);
    then_same(s, "VolumeList's element", answer_json(list, "Volumes[0]"), x->json, NULL);
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
    CASE("VolumeInspect.agrees", create_list_and_inspect_agree),
    CASE("VolumeInspect.not-found", a_missing_volume_is_not_found),
    CASE_END,
};
