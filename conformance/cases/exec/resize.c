/* cases/exec/resize.c - POST /exec/{id}/resize */
#include "harness/then/then.h"

static void the_command_sees_the_size(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(
        s, id,
        json_of("{'Cmd': ['/bin/probe', 'tty'], 'Tty': true, 'AttachStdout': true, 'AttachStderr': true}"));
    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': true}"));

    stream_is_raw(st);
    then_stream_says(st, "columns\r\n");
    struct exchange *x = when_post(s, "/exec/%s/resize?h=10&w=20", exec);

    then_status(x, 200);
    then_no_body(x);
    then_stream_says(st, "10 rows 20 columns\r\n");
}

static void the_size_at_the_start_is_that_of_the_session(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id,
                                  json_of("{'Cmd': ['/bin/probe', 'tty', 'once'], 'Tty': true, "
                                          "'AttachStdout': true, 'ConsoleSize': [33, 44]}"));

    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': true, 'ConsoleSize': [33, 44]}"));

    stream_is_raw(st);
    then_stdout(st, "33 rows 44 columns\r\n");
}

static const struct bad_size {
    const char *label, *query;
} bad_sizes[] = {
    {"none",       ""        },
    { "no width",  "?h=10"   },
    { "no height", "?w=10"   },
    { "no number", "?h=a&w=b"},
};

static void a_bad_size_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_size *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(
        s, id,
        json_of("{'Cmd': ['/bin/probe', 'tty'], 'Tty': true, 'AttachStdout': true, 'AttachStderr': true}"));
    struct stream *st = when_exec_start(s, exec, json_of("{'Tty': true}"));

    stream_is_raw(st);
    then_stream_says(st, "columns\r\n");
    struct exchange *x = when_post(s, "/exec/%s/resize%s", exec, row->query);

    then_refused(x, 400);
    then_json_bool(when_get(s, "/exec/%s/json", exec), "Running", true);
}

static void a_missing_session_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/exec/plimsoll-none/resize?h=10&w=20");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
}

CASES(exec_resize) = {
    CASE("ExecResize.size", the_command_sees_the_size),
    CASE("ExecResize.console-size", the_size_at_the_start_is_that_of_the_session),
    CASE_ROWS("ExecResize.bad-size", a_bad_size_is_refused, bad_sizes),
    CASE("ExecResize.not-found", a_missing_session_is_not_found),
    CASE_END,
};
