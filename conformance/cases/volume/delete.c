/* cases/volume/delete.c - DELETE /volumes/{name} */
#include "harness/then/then.h"

static void an_unused_volume_is_removed(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);

    struct exchange *x = when_delete(s, "/volumes/%s", name);

    then_status(x, 204);
    then_no_body(x);
    then_not_found(s, "/volumes/%s", name);
}

static void a_missing_volume_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_delete(s, "/volumes/%s", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static void forcing_a_missing_volume_is_fine(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_delete(s, "/volumes/%s?force=1", scene_unique_name(s, "none"));

    then_status(x, 204);
    then_no_body(x);
}

/* A container that was only created has the volume already. */
static const char *given_user_of(struct scene *s, const char *volume)
{
    return given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume));
}

static void a_volume_that_a_container_has_stays(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);
    const char *user = given_user_of(s, name);

    struct exchange *x = when_delete(s, "/volumes/%s", name);

    then_refused(x, 409);
    then_error_mentions(x, "volume is in use");
    then_error_mentions(x, user);
    then_found(s, "/volumes/%s", name);
}

static void force_does_not_remove_it_either(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);

    given_user_of(s, name);

    struct exchange *x = when_delete(s, "/volumes/%s?force=1", name);

    then_refused(x, 409);
    then_found(s, "/volumes/%s", name);
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['volume'], 'volume': ['%s']}", name));

    when_delete(s, "/volumes/%s", name);

    then_event(
        events,
        "{'Type': 'volume', 'Action': 'destroy', 'Actor': {'ID': '%s', 'Attributes': {'driver': 'local'}}}",
        name);
}

CASES(volume_delete) = {
    CASE("VolumeDelete.removes", an_unused_volume_is_removed),
    CASE("VolumeDelete.not-found", a_missing_volume_is_not_found),
    CASE("VolumeDelete.force-not-found", forcing_a_missing_volume_is_fine),
    CASE("VolumeDelete.in-use", a_volume_that_a_container_has_stays),
    CASE("VolumeDelete.in-use-force", force_does_not_remove_it_either),
    CASE("VolumeDelete.event", an_event_tells_of_it),
    CASE_END,
};
