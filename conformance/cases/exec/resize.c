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

static const struct first_size {
    const char *label;
    int of_session, of_start; /* rows; 0: nothing is said */
} first_sizes[] = {
    {"both",           33, 33},
    { "the session's", 33, 0 },
    { "the start's",   0,  33},
    { "two",           10, 33},
};

static json_t *with_rows(json_t *body, int rows)
{
    return rows ? with(body, "ConsoleSize", "[%d, 44]", rows) : body;
}

static void the_size_at_the_start_is_the_one_asked_for(void **state)
{
    struct scene *s = *state;
    const struct first_size *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    json_t *body = json_of("{'Cmd': ['/bin/probe', 'tty', 'once'], 'Tty': true, 'AttachStdout': true}");
    const char *exec = given_exec(s, id, with_rows(body, row->of_session));

    struct stream *st = when_exec_start(s, exec, with_rows(json_of("{'Tty': true}"), row->of_start));

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
    CASE_ROWS("ExecResize.console-size", the_size_at_the_start_is_the_one_asked_for, first_sizes),
    CASE_ROWS("ExecResize.bad-size", a_bad_size_is_refused, bad_sizes),
    CASE("ExecResize.not-found", a_missing_session_is_not_found),
    CASE_END,
};
