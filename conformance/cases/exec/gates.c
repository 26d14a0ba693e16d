/* cases/exec/gates.c - what an exec's operations do at an API version and what they did at the one before.
 *
 * As cases/container/gates.c: both sides of a gate on one engine. */
#include "harness/then/then.h"

#include <string.h>

#define FRAMES "application/vnd.docker.multiplexed-stream"
#define RAW    "application/vnd.docker.raw-stream"

static const char *given_session(struct scene *s, const char *container)
{
    return given_exec(s, container, json_of("{'Cmd': ['/bin/probe', 'true'], 'AttachStdout': true}"));
}

static void frames_are_announced(void **state)
{
    struct scene *s = *state;
    const char *container = given_running_container(s, "sleeper");
    const char *one = given_session(s, container), *two = given_session(s, container);

    scene_at_version(s, "1.41");
    struct stream *before = when_exec_start(s, one, NULL);
    scene_at_version(s, "1.42");
    struct stream *st = when_exec_start(s, two, NULL);

    then_content_type(stream_answer(st), FRAMES);
    then_content_type(stream_answer(before), RAW);
}

/* The session's terminal tells its size, and each new one: whether it is there from the beginning, cases/exec/resize.c asks. */
static struct stream *with_terminal_at(struct scene *s, const char *version, const char *container)
{
    scene_at_version(s, version);
    const char *exec = given_exec(s, container,
                                  json_of("{'Cmd': ['/bin/probe', 'tty'], 'Tty': true, "
                                          "'AttachStdout': true, 'ConsoleSize': [33, 44]}"));
    struct stream *ret = when_exec_start(s, exec, json_of("{'Tty': true, 'ConsoleSize': [33, 44]}"));

    stream_is_raw(ret);
    return ret;
}

static void a_terminal_begins_with_its_size(void **state)
{
    struct scene *s = *state;
    const char *container = given_running_container(s, "sleeper");

    struct stream *before = with_terminal_at(s, "1.41", container);
    struct stream *st = with_terminal_at(s, "1.42", container);

    then_stream_says(st, "33 rows 44 columns\r\n");
    then_stream_says(before, "columns\r\n");
    then_true(s, !strstr(stream_stdout(before), "33 rows 44 columns"), "at 1.41 the size is not heard");
}

CASES(exec_gates) = {
    CASE("ExecStart.type-before ExecStart.type", frames_are_announced),
    CASE("ExecResize.console-size-ignored ExecResize.console-size", a_terminal_begins_with_its_size),
    CASE_END,
};
