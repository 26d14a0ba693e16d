/* cases/container/unpause.c - POST /containers/{id}/unpause */
#include "harness/then/then.h"

static void unpausing_lets_it_run_on(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "catcher");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/unpause", id);

    then_status(x, 204);
    then_no_body(x);
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "State.Status", "running");
    then_json_bool(x, "State.Paused", false);
    then_json(x, "State.StartedAt", json_string_value(json_at(before, "State.StartedAt")));
    then_status(when_post(s, "/containers/%s/kill?signal=WINCH", id), 204);
    then_true(s, wait_for_log(s, id, "WINCH"), "the process runs on and takes signals");
}

static void unpausing_what_is_not_paused_is_refused(void **state)
{
    struct scene *s = *state;
    const char *running = given_running_container(s, "sleeper");
    const char *exited = given_exited_container(s, "failing");
    const json_t *before_running = given_inspect(s, running), *before_exited = given_inspect(s, exited);

    struct exchange *first = when_post(s, "/containers/%s/unpause", running);
    struct exchange *second = when_post(s, "/containers/%s/unpause", exited);

    then_status_in(first, 409, 500);
    then_error_form(first);
    then_error_mentions(first, "not paused");
    then_unchanged(s, running, before_running);
    then_status_in(second, 409, 500);
    then_error_form(second);
    then_unchanged(s, exited, before_exited);
}

static void unpausing_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/unpause");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

CASES(container_unpause) = {
    CASE_NEEDS("ContainerUnpause.runs-on", unpausing_lets_it_run_on, NEEDS_FREEZER),
    CASE_NEEDS("ContainerUnpause.not-paused", unpausing_what_is_not_paused_is_refused, NEEDS_FREEZER),
    CASE_NEEDS("ContainerUnpause.not-found", unpausing_what_is_not_there_is_not_found, NEEDS_FREEZER),
    CASE_END,
};
