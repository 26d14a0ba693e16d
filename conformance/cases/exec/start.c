/* cases/exec/start.c - POST /exec/{id}/start
 *
 * As with attach, what a client sends before the head of the answer may be lost, so a case that speaks waits for it. */
#include "harness/then/then.h"

#include <string.h>

#define ATTACHED "'AttachStdout': true, 'AttachStderr': true"

#define A_SESSION(...) with(json_of("{" ATTACHED "}"), "Cmd", __VA_ARGS__)

static const char *given_session(struct scene *s, json_t *body)
{
    return given_exec(s, given_running_container(s, "sleeper"), body);
}

static void then_exit_code(struct scene *s, const char *exec, int code)
{
    struct exchange *x;

    wait_until(s, "Running", "false", "/exec/%s/json", exec);
    x = when_get(s, "/exec/%s/json", exec);
    then_json_bool(x, "Running", false);
    then_json_int(x, "ExitCode", code);
}

static void output_comes_in_frames_and_ends(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'both', 'to out', 'to err']"));

    struct stream *st = when_exec_start(s, exec, NULL);

    then_status(stream_answer(st), 101);
    then_stdout(st, "to out\n");
    then_stderr(st, "to err\n");
}

static void an_upgrade_is_answered(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'true']"));

    struct stream *st = when_exec_start(s, exec, NULL);

    then_status(stream_answer(st), 101);
    then_header(stream_answer(st), "Upgrade", "tcp");
    then_header(stream_answer(st), "Connection", "Upgrade");
}

static void without_an_upgrade_it_is_plain(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'both', 'to out', 'to err']"));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_status(stream_answer(st), 200);
    then_header_absent(stream_answer(st), "Upgrade");
    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
    then_stdout(st, "to out\n");
    then_stderr(st, "to err\n");
}

static void frames_are_announced(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'true']"));

    struct stream *st = when_exec_start(s, exec, NULL);

    then_content_type(stream_answer(st), "application/vnd.docker.multiplexed-stream");
}

static void frames_are_not_announced_by_name(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'true']"));

    struct stream *st = when_exec_start(s, exec, NULL);

    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
}

static const struct selection {
    const char *label;
    bool to_out, to_err;
    const char *out, *err;
} selections[] = {
    {"stdout",  true,  false, "to out\n", ""        },
    { "stderr", false, true,  "",         "to err\n"},
};

static void the_attached_streams_are_sent(void **state)
{
    struct scene *s = *state;
    const struct selection *row = s->row;
    json_t *body = json_of("{'Cmd': ['/bin/probe', 'both', 'to out', 'to err']}");

    with(body, "AttachStdout", row->to_out ? "true" : "false");
    with(body, "AttachStderr", row->to_err ? "true" : "false");
    struct stream *st = when_exec_start_plain(s, given_session(s, body), NULL);

    then_stdout(st, row->out);
    then_stderr(st, row->err);
}

static const struct code {
    const char *label;
    int code;
} codes[] = {
    {"zero", 0  },
    { "3",   3  },
    { "255", 255},
};

static void the_exit_code_is_kept(void **state)
{
    struct scene *s = *state;
    const struct code *row = s->row;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'exit', '%d']", row->code));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stdout(st, "");
    then_exit_code(s, exec, row->code);
}

static void a_terminal_sends_no_frames(void **state)
{
    struct scene *s = *state;
    const char *exec =
        given_session(s, with(A_SESSION("['/bin/probe', 'both', 'to out', 'to err']"), "Tty", "true"));

    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': true}"));

    stream_is_raw(st);
    then_status(stream_answer(st), 101);
    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
    then_stdout(st, "to out\r\nto err\r\n");
}

/* Without Tty at the start: frames, also of a terminal. */
static void a_start_without_tty_gets_frames(void **state)
{
    struct scene *s = *state;
    const char *exec =
        given_session(s, with(A_SESSION("['/bin/probe', 'both', 'to out', 'to err']"), "Tty", "true"));

    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': false}"));

    then_stdout(st, "to out\r\nto err\r\n");
    then_stderr(st, "");
}

static void a_start_with_tty_gets_stdout_alone(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'both', 'to out', 'to err']"));

    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': true}"));

    stream_is_raw(st);
    then_stdout(st, "to out\n");
    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
}

static void input_reaches_a_terminal(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(
        s, with(with(A_SESSION("['/bin/probe', 'cat']"), "Tty", "true"), "AttachStdin", "true"));
    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': true}"));

    stream_is_raw(st);
    then_status(stream_answer(st), 101);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\r\nhello\r\n");
    stream_say(st, "\x04");

    then_stdout(st, "hello\r\nhello\r\n");
    then_exit_code(s, exec, 0);
}

static void detached_it_runs_alone(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec =
        given_exec(s, id, A_SESSION("['/bin/probe', 'sh', '-c', 'echo seen > /tmp/seen; exit 4']"));

    struct exchange *x = when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec);

    then_status(x, 200);
    then_no_body(x);
    then_exit_code(s, exec, 4);
    then_string(s, "what the command wrote", probe_exec(s, id, "['read', '/tmp/seen']"), "seen\n");
}

static void input_reaches_the_command(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, with(A_SESSION("['/bin/probe', 'cat']"), "AttachStdin", "true"));
    struct stream *st = when_exec_start(s, exec, NULL);

    then_status(stream_answer(st), 101);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\n");
    stream_half_close(st);

    then_stdout(st, "hello\n");
    then_exit_code(s, exec, 0);
}

static void output_goes_on_after_a_half_close(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, with(A_SESSION("['/bin/probe', 'hash']"), "AttachStdin", "true"));
    struct stream *st = when_exec_start(s, exec, NULL);

    then_status(stream_answer(st), 101);
    stream_say(st, "hello\n");
    stream_half_close(st);

    then_stdout(st, "a9bc80cca21f28b3 6\n"); /* FNV-1a of "hello\n" */
}

static void without_stdin_the_command_sees_its_end(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'cat']"));

    struct stream *st = when_exec_start(s, exec, NULL);

    then_stdout(st, "");
    then_exit_code(s, exec, 0);
}

static void env_is_added_to_the_containers(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "Env", "['A=container', 'B=container']"));
    const char *exec = given_exec(
        s, id, with(A_SESSION("['/bin/probe', 'env', 'A', 'B', 'C']"), "Env", "['B=exec', 'C=exec']"));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stdout(st, "container\nexec\nexec\n");
}

static const struct user {
    const char *label, *user, *wanted;
} users[] = {
    {"a name",            "probe",      "uid=1000 gid=1000 groups=1000,2001,2002\n"},
    { "a number",         "1234:99",    "uid=1234 gid=99 groups=99\n"              },
    { "a name and group", "probe:blue", "uid=1000 gid=2001 groups=2001\n"          },
};

static void it_runs_as_the_user(void **state)
{
    struct scene *s = *state;
    const struct user *row = s->row;
    const char *exec = given_session(s, with(A_SESSION("['/bin/probe', 'id']"), "User", "'%s'", row->user));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stdout(st, row->wanted);
}

static void it_runs_where_and_as_whom_the_container_does(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_running(s, with(with(a_container("sleeper"), "User", "'1234:99'"), "WorkingDir", "'/etc'"));
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'sh', '-c', 'pwd; id']"));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stdout(st, "/etc\nuid=1234 gid=99 groups=99\n");
}

static void it_runs_in_the_folder(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, with(A_SESSION("['/bin/probe', 'pwd']"), "WorkingDir", "'/tmp'"));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stdout(st, "/tmp\n");
}

static void it_sees_what_the_container_sees(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "Hostname", "'plimsoll-inside'"));
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'sh', '-c', 'hostname; ps']"));

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stream_says(st, "plimsoll-inside\n");
    then_stream_ends(st);
    then_mentions(s, "processes that it sees", stream_stdout(st), "sleep");
}

static const struct missing {
    const char *label, *program, *folder;
    int code, or_code;
} missings[] = {
    {"a path",         "/nothing/here", "/",             127, 126},
    { "a name",        "nothing-here",  "/",             127, 126},
    { "no permission", "/etc/passwd",   "/",             126, 126},
    { "a folder",      "/bin/probe",    "/nothing/here", 127, 126},
};

static void what_cannot_run_is_told_in_the_stream(void **state)
{
    struct scene *s = *state;
    const struct missing *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const char *exec =
        given_exec(s, id, with(A_SESSION("['%s']", row->program), "WorkingDir", "'%s'", row->folder));
    long long code;

    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_status(stream_answer(st), 200);
    then_stream_says(st, strlen(row->folder) > 1 ? row->folder : row->program);
    then_stream_ends(st);
    code = json_integer_value(json_at(given_get(s, "/exec/%s/json", exec), "ExitCode"));
    then_true(s, code == row->code || code == row->or_code, "ExitCode %d or %d, not %lld", row->code,
              row->or_code, code);
    then_container_is(s, id, "running");
}

static void what_cannot_run_detached_is_refused(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/nothing/here']"));

    struct exchange *x = when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec);

    then_refused(x, 400);
    then_error_mentions(x, "/nothing/here");
    then_json_bool(when_get(s, "/exec/%s/json", exec), "Running", false);
}

static void a_running_session_is_not_started_again(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec =
        given_exec(s, id, A_SESSION("['/bin/probe', 'sh', '-c', 'echo once >> /tmp/times; sleep forever']"));

    then_status(when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec), 200);
    struct exchange *x = when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec);

    then_refused(x, 409);
    then_error_mentions(x, "already running");
    then_json_bool(when_get(s, "/exec/%s/json", exec), "Running", true);
    probe_exec(s, id, "['wait-file', '/tmp/times']");
    then_string(s, "what the command wrote", probe_exec(s, id, "['read', '/tmp/times']"), "once\n");
}

static void an_ended_session_is_not_started_again(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'sh', '-c', 'echo once >> /tmp/times']"));
    struct stream *st = when_exec_start_plain(s, exec, NULL);

    then_stdout(st, "");
    struct exchange *x = when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec);

    then_refused(x, 409);
    then_error_mentions(x, "has already run");
    then_string(s, "what the command wrote", probe_exec(s, id, "['read', '/tmp/times']"), "once\n");
}

static void no_body_is_an_empty_one(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'echo', 'hello']"));

    struct exchange *x = when_post(s, "/exec/%s/start", exec);

    then_status(x, 200);
    then_exit_code(s, exec, 0);
}

static void it_ends_with_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'stubborn']"));
    struct stream *st = when_exec_start(s, exec, NULL);

    then_stream_says(st, "ready\n");
    when_post(s, "/containers/%s/kill", id);

    then_stdout(st, "ready\n");
}

static void it_outlives_its_client(void **state)
{
    struct scene *s = *state;
    const char *exec = given_session(s, A_SESSION("['/bin/probe', 'stubborn']"));
    struct stream *st = when_exec_start(s, exec, NULL);

    then_stream_says(st, "ready\n");
    stream_close(st);

    then_json_bool(when_get(s, "/exec/%s/json", exec), "Running", true);
}

static void a_paused_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'true']"));

    then_status(when_post(s, "/containers/%s/pause", id), 204);
    struct exchange *x = when_post_json(s, json_of("{}"), "/exec/%s/start", exec);

    then_refused(x, 409);
    then_error_mentions(x, "is paused");
    then_json_null(when_get(s, "/exec/%s/json", exec), "ExitCode");
    then_container_is(s, id, "paused");
}

static void a_session_of_an_ended_container_is_gone(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'true']"));

    when_post(s, "/containers/%s/kill", id);
    then_container_becomes(s, id, "exited");
    struct exchange *x = when_post_json(s, json_of("{}"), "/exec/%s/start", exec);

    then_status_in(x, 404, 409);
    then_error_form(x);
    then_container_is(s, id, "exited");
}

static void a_missing_session_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(s, json_of("{}"), "/exec/plimsoll-none/start");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
}

static void events_tell_of_its_start_and_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, A_SESSION("['/bin/probe', 'exit', '3']"));
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    when_post_json(s, json_of("{}"), "/exec/%s/start", exec);

    then_event(events,
               "{'Type': 'container', 'Action': 'exec_start: /bin/probe exit 3', "
               "'Actor': {'ID': '%s', 'Attributes': {'execID': '%s'}}}",
               id, exec);
    then_event(events,
               "{'Type': 'container', 'Action': 'exec_die', "
               "'Actor': {'ID': '%s', 'Attributes': {'execID': '%s', 'exitCode': '3'}}}",
               id, exec);
}

CASES(exec_start) = {
    CASE("ExecStart.output", output_comes_in_frames_and_ends),
    CASE("ExecStart.upgrade", an_upgrade_is_answered),
    CASE("ExecStart.plain", without_an_upgrade_it_is_plain),
    CASE("ExecStart.type", frames_are_announced),
    CASE("ExecStart.type-before", frames_are_not_announced_by_name),
    CASE_ROWS("ExecStart.streams", the_attached_streams_are_sent, selections),
    CASE_ROWS("ExecStart.exit-code", the_exit_code_is_kept, codes),
    CASE("ExecStart.start-tty", a_start_without_tty_gets_frames),
    CASE("ExecStart.start-tty", a_start_with_tty_gets_stdout_alone),
    CASE("ExecStart.tty", a_terminal_sends_no_frames),
    CASE("ExecStart.tty", input_reaches_a_terminal),
    CASE("ExecStart.detached", detached_it_runs_alone),
    CASE("ExecStart.stdin", input_reaches_the_command),
    CASE("ExecStart.half-close", output_goes_on_after_a_half_close),
    CASE("ExecStart.no-stdin", without_stdin_the_command_sees_its_end),
    CASE("ExecStart.env", env_is_added_to_the_containers),
    CASE_ROWS("ExecStart.user", it_runs_as_the_user, users),
    CASE("ExecStart.defaults", it_runs_where_and_as_whom_the_container_does),
    CASE("ExecStart.working-dir", it_runs_in_the_folder),
    CASE("ExecStart.inside", it_sees_what_the_container_sees),
    CASE_ROWS("ExecStart.cannot-run", what_cannot_run_is_told_in_the_stream, missings),
    CASE("ExecStart.cannot-run-detached", what_cannot_run_detached_is_refused),
    CASE("ExecStart.once", a_running_session_is_not_started_again),
    CASE("ExecStart.once", an_ended_session_is_not_started_again),
    CASE("ExecStart.no-body", no_body_is_an_empty_one),
    CASE("ExecStart.container-ends", it_ends_with_the_container),
    CASE("ExecStart.client-leaves", it_outlives_its_client),
    CASE_NEEDS("ExecStart.paused", a_paused_container_is_refused, NEEDS_FREEZER),
    CASE("ExecStart.container-ended", a_session_of_an_ended_container_is_gone),
    CASE("ExecStart.not-found", a_missing_session_is_not_found),
    CASE("ExecStart.events", events_tell_of_its_start_and_end),
    CASE_END,
};
