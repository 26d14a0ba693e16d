/* cases/container/pause.c - POST /containers/{id}/pause */
#include "harness/then/then.h"

static void pausing_a_running_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/pause", id);

    then_status(x, 204);
    then_no_body(x);
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "State.Status", "paused");
    then_json_bool(x, "State.Paused", true);
    then_json_bool(x, "State.Running", true);
}

static void pausing_a_paused_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/pause", id);

    then_refused(x, 409);
    then_error_mentions(x, "already paused");
    then_unchanged(s, id, before);
}

static void pausing_what_does_not_run_is_refused(void **state)
{
    struct scene *s = *state;
    const char *created = given_container(s, "sleeper");
    const char *exited = given_exited_container(s, "failing");
    const json_t *before_created = given_inspect(s, created), *before_exited = given_inspect(s, exited);

    struct exchange *first = when_post(s, "/containers/%s/pause", created);
    struct exchange *second = when_post(s, "/containers/%s/pause", exited);

    then_refused(first, 409);
    then_error_mentions(first, "not running");
    then_unchanged(s, created, before_created);
    then_refused(second, 409);
    then_unchanged(s, exited, before_exited);
}

static void pausing_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/pause");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

CASES(container_pause) = {
    CASE_NEEDS("ContainerPause.pauses", pausing_a_running_container, NEEDS_FREEZER),
    CASE_NEEDS("ContainerPause.already-paused", pausing_a_paused_container_is_refused, NEEDS_FREEZER),
    CASE_NEEDS("ContainerPause.not-running", pausing_what_does_not_run_is_refused, NEEDS_FREEZER),
    CASE_NEEDS("ContainerPause.not-found", pausing_what_is_not_there_is_not_found, NEEDS_FREEZER),
    CASE_END,
};
