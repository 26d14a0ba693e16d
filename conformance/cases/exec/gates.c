/* cases/exec/gates.c - what an exec's operations do at an API version and what they did at the one before.
 *
 * As cases/container/gates.c: both sides of a gate on one engine. */
#include "harness/then/then.h"

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

CASES(exec_gates) = {
    CASE("ExecStart.type-before ExecStart.type", frames_are_announced),
    CASE_END,
};
