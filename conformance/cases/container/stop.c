/* cases/container/stop.c - POST /containers/{id}/stop
 *
 * Who asserts an exit code uses the catcher, which has said that it is ready: a signal that comes before process 1
 * catches it is lost, and the engine would wait for its timeout. */
#include "harness/then/then.h"

static void stopping_sends_term_and_waits_for_the_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 204);
    then_no_body(x);
    then_container_is(s, id, "exited");
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 3);
}

static void stopping_by_name_works_as_by_id(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/stop", given_name_of(s, id));

    then_status(x, 204);
    then_container_is(s, id, "exited");
}

static void stopping_an_exited_container_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 304);
    then_no_body(x);
    then_unchanged(s, id, before);
}

static void stopping_a_created_container_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 304);
    then_no_body(x);
    then_unchanged(s, id, before);
}

/* What a process is given where nobody says how long: less than that is all that tells, since a busy engine takes seconds. */
#define USUAL_MS 10000

static void what_ignores_the_signal_is_killed_after_the_timeout(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_post(s, "/containers/%s/stop?t=1", id);

    then_status(x, 204);
    then_container_is(s, id, "exited");
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 137);
    then_true(s, x->ms >= 900,
              "the answer comes after the second that the process was given, not after %u ms", x->ms);
}

static void a_timeout_of_nought_kills_at_once(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_post(s, "/containers/%s/stop?t=0", id);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 137);
    then_true(s, x->ms < USUAL_MS, "the answer comes at once, not after %u ms", x->ms);
}

static void the_timeout_is_the_containers_own(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, with(a_container("deaf"), "StopTimeout", "1"));

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 137);
    then_true(s, x->ms >= 900 && x->ms < USUAL_MS, "the answer comes after one second, not after %u ms",
              x->ms);
}

static void the_signal_is_the_containers_stop_signal(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, with(a_container("catcher"), "StopSignal", "'SIGINT'"));

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 4);
}

static void the_signal_of_the_request_comes_before_the_containers(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, with(a_container("catcher"), "StopSignal", "'SIGINT'"));

    struct exchange *x = when_post(s, "/containers/%s/stop?signal=SIGUSR2", id);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 6);
}

static void an_unknown_signal_stops_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/stop?t=1&signal=PLIMSOLL", id);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_error_mentions(x, "PLIMSOLL");
    then_unchanged(s, id, before);
}

static void a_timeout_that_is_no_number_stops_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/stop?t=soon", id);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_unchanged(s, id, before);
}

static void a_paused_container_is_stopped(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/stop?t=2", id);

    then_status(x, 204);
    then_container_is(s, id, "exited");
    then_json_bool(when_get(s, "/containers/%s/json", id), "State.Paused", false);
}

static void stopping_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/stop");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

CASES(container_stop) = {
    CASE("ContainerStop.stops", stopping_sends_term_and_waits_for_the_end),
    CASE("ContainerStop.by-name", stopping_by_name_works_as_by_id),
    CASE("ContainerStop.not-running", stopping_an_exited_container_changes_nothing),
    CASE("ContainerStop.not-running", stopping_a_created_container_changes_nothing),
    CASE("ContainerStop.timeout", what_ignores_the_signal_is_killed_after_the_timeout),
    CASE("ContainerStop.timeout", a_timeout_of_nought_kills_at_once),
    CASE("ContainerStop.own-timeout", the_timeout_is_the_containers_own),
    CASE("ContainerStop.own-signal", the_signal_is_the_containers_stop_signal),
    CASE("ContainerStop.signal", the_signal_of_the_request_comes_before_the_containers),
    CASE("ContainerStop.bad-signal", an_unknown_signal_stops_nothing),
    CASE("ContainerStop.bad-timeout", a_timeout_that_is_no_number_stops_nothing),
    CASE_NEEDS("ContainerStop.paused", a_paused_container_is_stopped, NEEDS_FREEZER),
    CASE("ContainerStop.not-found", stopping_what_is_not_there_is_not_found),
    CASE_END,
};
