/* cases/container/kill.c - POST /containers/{id}/kill */
#include "harness/then/then.h"

static void killing_ends_with_137(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_post(s, "/containers/%s/kill", id);

    then_status(x, 204);
    then_no_body(x);
    then_container_becomes(s, id, "exited");
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 137);
}

static const struct spelling {
    const char *label, *query;
    int code;
} spellings[] = {
    {"with SIG",              "signal=SIGUSR1", 5  },
    { "without SIG",          "signal=USR1",    5  },
    { "as a number",          "signal=10",      5  },
    { "in small letters",     "signal=sigusr1", 5  },
    { "empty, which is KILL", "signal=",        137},
    { "TERM",                 "signal=SIGTERM", 3  },
};

static void the_process_gets_the_signal_that_is_named(void **state)
{
    struct scene *s = *state;
    const struct spelling *row = s->row;
    const char *id = given_running_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/kill?%s", id, row->query);

    then_status(x, 204);
    then_container_becomes(s, id, "exited");
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", row->code);
}

static void a_signal_that_ends_nothing_leaves_it_running(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=SIGWINCH", id);

    then_status(x, 204);
    then_true(s, wait_for_log(s, id, "WINCH"), "the process has got SIGWINCH");
    then_container_is(s, id, "running");
}

static void what_does_not_run_is_not_killed(void **state)
{
    struct scene *s = *state;
    const char *created = given_container(s, "sleeper");
    const char *exited = given_exited_container(s, "failing");
    const json_t *before_created = given_inspect(s, created), *before_exited = given_inspect(s, exited);

    struct exchange *first = when_post(s, "/containers/%s/kill", created);
    struct exchange *second = when_post(s, "/containers/%s/kill", exited);

    then_refused(first, 409);
    then_error_mentions(first, "running");
    then_unchanged(s, created, before_created);
    then_refused(second, 409);
    then_unchanged(s, exited, before_exited);
}

static const struct bad_signal {
    const char *label, *signal;
} bad_signals[] = {
    { "no name of a signal", "PLIMSOLL" },
    { "nought",              "0" },
}, far_signals[] = {
    { "beyond the last one", "100" },
    { "negative",            "-1" },
};

static void a_bad_signal_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_signal *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=%s", id, row->signal);

    then_refused(x, 400);
    then_error_mentions(x, "signal");
    then_unchanged(s, id, before);
}

static void a_paused_container_is_killed(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/kill", id);

    then_status(x, 204);
    then_container_becomes(s, id, "exited");
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 137);
}

static void killing_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/kill");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

CASES(container_kill) = {
    CASE("ContainerKill.kills", killing_ends_with_137),
    CASE_ROWS("ContainerKill.signal", the_process_gets_the_signal_that_is_named, spellings),
    CASE("ContainerKill.harmless-signal", a_signal_that_ends_nothing_leaves_it_running),
    CASE("ContainerKill.not-running", what_does_not_run_is_not_killed),
    CASE_ROWS("ContainerKill.bad-signal", a_bad_signal_is_refused, bad_signals),
    CASE_ROWS("ContainerKill.signal-out-of-range", a_bad_signal_is_refused, far_signals),
    CASE_NEEDS("ContainerKill.paused", a_paused_container_is_killed, NEEDS_FREEZER),
    CASE("ContainerKill.not-found", killing_what_is_not_there_is_not_found),
    CASE_END,
};
