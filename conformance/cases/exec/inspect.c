/* cases/exec/inspect.c - GET /exec/{id}/json */
#include "harness/then/then.h"

static void a_session_that_was_not_started_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'true'], 'AttachStdout': true}"));

    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_status(x, 200);
    then_json(x, "ID", exec);
    then_json(x, "ContainerID", id);
    then_json_bool(x, "Running", false);
    then_json_null(x, "ExitCode");
    then_json_int(x, "Pid", 0);
}

static void a_running_session_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'sleep', 'forever']}"));

    then_status(when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec), 200);
    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_json_bool(x, "Running", true);
    then_json_null(x, "ExitCode");
    then_json_between(x, "Pid", 1, 1LL << 31);
}

static void an_ended_session_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec =
        given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'exit', '9'], 'AttachStdout': true}"));

    then_stdout(when_exec_start_plain(s, exec, NULL), "");
    then_true(s, wait_until(s, "Running", "false", "/exec/%s/json", exec), "the session has ended");
    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_json_bool(x, "Running", false);
    then_json_int(x, "ExitCode", 9);
}

/* A process that a signal ended: 128 and the signal's number, as a shell tells it. */
static void a_session_that_a_signal_ended_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec =
        given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'sh', '-c', 'kill 9 $$'], 'AttachStdout': true}"));

    then_stdout(when_exec_start_plain(s, exec, NULL), "");
    then_true(s, wait_until(s, "Running", "false", "/exec/%s/json", exec), "the session has ended");
    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_json_int(x, "ExitCode", 137);
}

static void the_command_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec =
        given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'echo', 'a b'], 'Tty': true, 'User': 'probe'}"));

    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_json(x, "ProcessConfig.entrypoint", "/bin/probe");
    then_json_equals(x, "ProcessConfig.arguments", "['echo', 'a b']");
    then_json_bool(x, "ProcessConfig.tty", true);
    then_json_bool(x, "ProcessConfig.privileged", false);
    then_json(x, "ProcessConfig.user", "probe");
}

static const struct attached {
    const char *label;
    bool in, out, err;
} attacheds[] = {
    {"stdin",   true,  false, false},
    { "stdout", false, true,  false},
    { "stderr", false, false, true },
};

static void the_attached_streams_are_told(void **state)
{
    struct scene *s = *state;
    const struct attached *row = s->row;
    json_t *body = json_of("{'Cmd': ['/bin/probe', 'true']}");

    with(body, "AttachStdin", row->in ? "true" : "false");
    with(body, "AttachStdout", row->out ? "true" : "false");
    with(body, "AttachStderr", row->err ? "true" : "false");
    struct exchange *x =
        when_get(s, "/exec/%s/json", given_exec(s, given_running_container(s, "sleeper"), body));

    then_json_bool(x, "OpenStdin", row->in);
    then_json_bool(x, "OpenStdout", row->out);
    then_json_bool(x, "OpenStderr", row->err);
}

/* Keys come as the bytes that the terminal sends, in base64: ctrl-a and b are 0x01 and 0x62. */
static void what_it_was_made_with_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id,
                                  json_of("{'Cmd': ['/bin/probe', 'true'], 'DetachKeys': 'ctrl-a,b', "
                                          "'Privileged': true, 'AttachStdin': true, 'AttachStderr': true}"));

    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_json(x, "DetachKeys", "AWI=");
    then_json_bool(x, "ProcessConfig.privileged", true);
    then_json_bool(x, "ProcessConfig.tty", false);
    then_json_bool(x, "OpenStdin", true);
    then_json_bool(x, "OpenStdout", false);
    then_json_bool(x, "OpenStderr", true);
    then_json_bool(x, "CanRemove", false);
}

static void a_session_of_a_removed_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'true']}"));

    given_removed(s, id);
    struct exchange *x = when_get(s, "/exec/%s/json", exec);

    then_refused(x, 404);
    then_error_mentions(x, exec);
}

static void a_missing_session_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/exec/plimsoll-none/json");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
}

CASES(exec_inspect) = {
    CASE("ExecInspect.not-started", a_session_that_was_not_started_is_told),
    CASE("ExecInspect.running", a_running_session_is_told),
    CASE("ExecInspect.ended", an_ended_session_is_told),
    CASE("ExecInspect.signal", a_session_that_a_signal_ended_is_told),
    CASE("ExecInspect.command", the_command_is_told),
    CASE_ROWS("ExecInspect.streams", the_attached_streams_are_told, attacheds),
    CASE("ExecInspect.made-with", what_it_was_made_with_is_told),
    CASE("ExecInspect.removed", a_session_of_a_removed_container_is_not_found),
    CASE("ExecInspect.not-found", a_missing_session_is_not_found),
    CASE_END,
};
