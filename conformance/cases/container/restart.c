/* cases/container/restart.c - POST /containers/{id}/restart */
#include "harness/then/then.h"

#include <string.h>

static void a_running_container_is_stopped_and_started(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/restart", id);

    then_status(x, 204);
    then_no_body(x);
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "State.Status", "running");
    then_json_int(x, "RestartCount", 0);
    then_true(s,
              strcmp(answer_string(x, "State.StartedAt"),
                     json_string_value(json_at(before, "State.StartedAt"))) > 0,
              "State.StartedAt is later than before");
}

static void a_container_that_does_not_run_is_started(void **state)
{
    struct scene *s = *state;
    const char *created = given_container(s, "sleeper");
    const char *exited = given_exited_container(s, "catcher");

    struct exchange *first = when_post(s, "/containers/%s/restart", created);
    struct exchange *second = when_post(s, "/containers/%s/restart", exited);

    then_status(first, 204);
    then_container_is(s, created, "running");
    then_status(second, 204);
    then_container_is(s, exited, "running");
}

static void a_paused_container_runs_afterwards(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/restart?t=1", id);

    then_status(x, 204);
    then_container_is(s, id, "running");
}

static void what_ignores_the_signal_is_killed(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");
    struct stream *events = when_follow(s, "/events?filters=%s", query_json(s, "{'container': ['%s']}", id));
    then_status(stream_answer(events), 200);

    struct exchange *x = when_post(s, "/containers/%s/restart?t=0", id);

    then_status(x, 204);
    then_event(events, "{'Action': 'die', 'Actor': {'Attributes': {'exitCode': '137'}}}");
    then_container_is(s, id, "running");
}

static void the_signal_of_the_request_ends_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");
    struct stream *end = when_post_pending(s, "/containers/%s/wait?condition=next-exit", id);
    then_status(stream_answer(end), 200);

    struct exchange *x = when_post(s, "/containers/%s/restart?signal=SIGUSR2", id);

    then_status(x, 204);
    then_true(s, stream_wait_for_value(end, "{'StatusCode': 6}") != NULL,
              "it ended with 6 in between, as USR2 makes it");
    then_container_is(s, id, "running");
}

static void a_timeout_that_is_no_number_restarts_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/restart?t=soon", id);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_unchanged(s, id, before);
}

static void restarting_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/restart");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

CASES(container_restart) = {
    CASE("ContainerRestart.running", a_running_container_is_stopped_and_started),
    CASE("ContainerRestart.not-running", a_container_that_does_not_run_is_started),
    CASE_NEEDS("ContainerRestart.paused", a_paused_container_runs_afterwards, NEEDS_FREEZER),
    CASE("ContainerRestart.timeout", what_ignores_the_signal_is_killed),
    CASE("ContainerRestart.signal", the_signal_of_the_request_ends_it),
    CASE("ContainerRestart.bad-timeout", a_timeout_that_is_no_number_restarts_nothing),
    CASE("ContainerRestart.not-found", restarting_what_is_not_there_is_not_found),
    CASE_END,
};
