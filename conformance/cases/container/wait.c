/* cases/container/wait.c - POST /containers/{id}/wait
 *
 * The head of the answer comes before the event, so that a client knows that the engine waits before it starts the container
 * (this is how `docker run` learns the exit code of a container that removes itself). */
#include "harness/then/then.h"

static void what_has_ended_is_answered_at_once(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");

    struct exchange *x = when_post(s, "/containers/%s/wait", id);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json_int(x, "StatusCode", 7);
}

static void not_running_is_the_default(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");

    struct exchange *x = when_post(s, "/containers/%s/wait?condition=not-running", id);

    then_status(x, 200);
    then_json_int(x, "StatusCode", 7);
}

static void what_never_ran_does_not_run(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/wait", id);

    then_status(x, 200);
    then_json_int(x, "StatusCode", 0);
}

static void the_end_of_a_running_one_is_waited_for(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");

    struct stream *end = when_post_pending(s, "/containers/%s/wait", id);

    then_status(stream_answer(end), 200);
    then_container_is(s, id, "running");
    then_status(when_post(s, "/containers/%s/stop", id), 204);
    then_event(end, "{'StatusCode': 3}");
}

static void next_exit_of_a_created_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "failing");

    struct stream *end = when_post_pending(s, "/containers/%s/wait?condition=next-exit", id);

    then_status(stream_answer(end), 200);
    then_container_is(s, id, "created");
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_event(end, "{'StatusCode': 7}");
}

static void next_exit_does_not_take_the_last_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "catcher");

    struct stream *end = when_post_pending(s, "/containers/%s/wait?condition=next-exit", id);

    then_status(stream_answer(end), 200);
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_status(when_post(s, "/containers/%s/kill", id), 204);
    then_event(end, "{'StatusCode': 137}");
}

static struct stream *when_waited_over_a_restart(struct scene *s)
{
    const char *id = given_running_container(s, "catcher");

    struct stream *end = when_post_pending(s, "/containers/%s/wait?condition=next-exit", id);

    then_status(stream_answer(end), 200);
    then_status(when_post(s, "/containers/%s/restart", id), 204);
    then_container_is(s, id, "running");
    return end;
}

static void a_restart_is_an_exit(void **state)
{
    then_event(when_waited_over_a_restart(*state), "{}");
}

static void a_restart_tells_the_exit_code(void **state)
{
    then_event(when_waited_over_a_restart(*state), "{'StatusCode': 3}");
}

static void removed_is_answered_after_the_removal(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");

    struct stream *end = when_post_pending(s, "/containers/%s/wait?condition=removed", id);

    then_status(stream_answer(end), 200);
    then_status(when_delete(s, "/containers/%s", id), 204);
    then_event(end, "{'StatusCode': 7}");
}

static void removed_of_one_that_removes_itself(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_container("failing"), "HostConfig.AutoRemove", "true"));

    struct stream *end = when_post_pending(s, "/containers/%s/wait?condition=removed", id);

    then_status(stream_answer(end), 200);
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_event(end, "{'StatusCode': 7}");
    then_container_gone(s, id);
}

static void a_forced_removal_ends_the_waiting(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct stream *end = when_post_pending(s, "/containers/%s/wait", id);

    then_status(stream_answer(end), 200);
    then_status(when_delete(s, "/containers/%s?force=1", id), 204);
    then_event(end, "{'StatusCode': 137}");
}

static void two_wait_for_the_same_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");

    struct stream *first = when_post_pending(s, "/containers/%s/wait", id);
    struct stream *second = when_post_pending(s, "/containers/%s/wait", given_name_of(s, id));

    then_status(stream_answer(first), 200);
    then_status(stream_answer(second), 200);
    then_status(when_post(s, "/containers/%s/stop", id), 204);
    then_event(first, "{'StatusCode': 3}");
    then_event(second, "{'StatusCode': 3}");
}

static void an_unknown_condition_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");

    struct exchange *x = when_post(s, "/containers/%s/wait?condition=plimsoll", id);

    then_refused(x, 400);
    then_error_mentions(x, "condition");
}

static void waiting_for_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/wait");

    then_refused(x, 404);
}

CASES(container_wait) = {
    CASE("ContainerWait.ended", what_has_ended_is_answered_at_once),
    CASE("ContainerWait.ended", not_running_is_the_default),
    CASE("ContainerWait.created", what_never_ran_does_not_run),
    CASE("ContainerWait.running ContainerWait.head-first", the_end_of_a_running_one_is_waited_for),
    CASE("ContainerWait.next-exit ContainerWait.head-first", next_exit_of_a_created_one),
    CASE("ContainerWait.next-exit", next_exit_does_not_take_the_last_one),
    CASE("ContainerWait.restart", a_restart_is_an_exit),
    CASE("ContainerWait.restart-code", a_restart_tells_the_exit_code),
    CASE("ContainerWait.removed", removed_is_answered_after_the_removal),
    CASE("ContainerWait.removed-itself", removed_of_one_that_removes_itself),
    CASE("ContainerWait.forced-removal ContainerWait.head-first", a_forced_removal_ends_the_waiting),
    CASE("ContainerWait.several ContainerWait.head-first", two_wait_for_the_same_end),
    CASE("ContainerWait.bad-condition", an_unknown_condition_is_refused),
    CASE("ContainerWait.not-found", waiting_for_what_is_not_there_is_not_found),
    CASE_END,
};
