/* cases/volume/prune.c - POST /volumes/prune
 *
 * Always with the label of this case: nothing of anybody else's is touched. */
#include "harness/then/then.h"

static void the_label_says_which_go(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, json_of("{'Labels': {'plimsoll.go': ''}}")),
               *two = given_volume(s, NULL);

    struct exchange *x =
        when_post(s, "/volumes/prune?filters=%s",
                  query_json(s, "{'label': ['%s', 'plimsoll.go'], 'all': ['true']}", scene_label(s)));

    then_status(x, 200);
    then_json_equals(x, "VolumesDeleted", "['%s']", one);
    then_json_is_int(x, "SpaceReclaimed");
    then_not_found(s, "/volumes/%s", one);
    then_found(s, "/volumes/%s", two);
}

static void a_label_can_keep_a_volume(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, json_of("{'Labels': {'plimsoll.keep': ''}}")),
               *two = given_volume(s, NULL);

    struct exchange *x = when_post(
        s, "/volumes/prune?filters=%s",
        query_json(s, "{'label': ['%s'], 'label!': ['plimsoll.keep'], 'all': ['true']}", scene_label(s)));

    then_status(x, 200);
    then_json_equals(x, "VolumesDeleted", "['%s']", two);
    then_found(s, "/volumes/%s", one);
}

static void what_is_reclaimed_is_told(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);
    const char *id = given_exited(
        s, with(a_probe("['fill', '/data/file', '5000']"), "HostConfig.Binds", "['%s:/data']", name));

    given_removed(s, id);
    struct exchange *x = when_post(s, "/volumes/prune?filters=%s",
                                   query_json(s, "{'label': ['%s'], 'all': ['true']}", scene_label(s)));

    then_status(x, 200);
    then_json_equals(x, "VolumesDeleted", "['%s']", name);
    then_json_int(x, "SpaceReclaimed", 5000);
}

static void before_1_42_named_ones_go_too(void **state)
{
    struct scene *s = *state;
    const char *one = given_volume(s, json_of("{'Labels': {'plimsoll.go': ''}}")),
               *two = given_volume(s, NULL);

    scene_at_version(s, "1.41");
    struct exchange *x = when_post(s, "/volumes/prune?filters=%s",
                                   query_json(s, "{'label': ['%s', 'plimsoll.go']}", scene_label(s)));

    then_status(x, 200);
    then_json_equals(x, "VolumesDeleted", "['%s']", one);
    then_not_found(s, "/volumes/%s", one);
    then_found(s, "/volumes/%s", two);
}

static void since_1_42_named_ones_stay(void **state)
{
    struct scene *s = *state;
    const char *named = given_volume(s, NULL);

    struct exchange *x =
        when_post(s, "/volumes/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_json_empty(x, "VolumesDeleted");
    then_found(s, "/volumes/%s", named);
}

static void named_ones_stay_from_1_42_on(void **state)
{
    struct scene *s = *state;
    const char *named = given_volume(s, NULL), *mine = query_json(s, "{'label': ['%s']}", scene_label(s));

    scene_at_version(s, "1.42");
    struct exchange *x = when_post(s, "/volumes/prune?filters=%s", mine);
    then_found(s, "/volumes/%s", named);
    scene_at_version(s, "1.41");
    struct exchange *before = when_post(s, "/volumes/prune?filters=%s", mine);

    then_status(x, 200);
    then_status(before, 200);
    then_not_found(s, "/volumes/%s", named);
}

static void used_ones_stay(void **state)
{
    struct scene *s = *state;
    const char *used = given_volume(s, NULL);

    given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", used));

    struct exchange *x = when_post(s, "/volumes/prune?filters=%s",
                                   scene_version_within(s, "1.42", NULL)
                                       ? query_json(s, "{'label': ['%s'], 'all': ['true']}", scene_label(s))
                                       : query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_json_empty(x, "VolumesDeleted");
    then_found(s, "/volumes/%s", used);
}

static void an_unknown_key_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);

    struct exchange *x =
        when_post(s, "/volumes/prune?filters=%s",
                  query_json(s, "{'label': ['%s'], 'all': ['true'], 'plimsoll': ['x']}", scene_label(s)));

    then_refused(x, 400);
    then_found(s, "/volumes/%s", name);
}

CASES(volume_prune) = {
    CASE("VolumePrune.label", the_label_says_which_go),
    CASE("VolumePrune.not-label", a_label_can_keep_a_volume),
    CASE("VolumePrune.space", what_is_reclaimed_is_told),
    CASE("VolumePrune.label-before", before_1_42_named_ones_go_too),
    CASE("VolumePrune.anonymous-only", since_1_42_named_ones_stay),
    CASE("VolumePrune.label-before VolumePrune.anonymous-only", named_ones_stay_from_1_42_on),
    CASE("VolumePrune.keeps-used", used_ones_stay),
    CASE("VolumePrune.filter-unknown", an_unknown_key_is_refused),
    CASE_END,
};
