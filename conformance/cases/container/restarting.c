/* cases/container/restarting.c - what may be asked of a container between two of its lives: it has ended, and its policy waits to
 * start it again. The fifth wait lasts more than a second; requests fall into it. */
#include "harness/then/then.h"

/* Three starts take an engine seconds when its machine is busy: twice the usual patience. */
static const char *given_restarting(struct scene *s)
{
    const char *id =
        given_running(s, with(a_container("failing"), "HostConfig.RestartPolicy.Name", "'always'"));

    if (!wait_until(s, "RestartCount", "5", "/containers/%s/json", id) &&
        !wait_until(s, "RestartCount", "5", "/containers/%s/json", id))
        case_blocked(s, "a container that is started again and again: its RestartCount does not become 5");
    return id;
}

static void then_it_goes_on(struct scene *s, const char *id)
{
    then_container_is(s, id, "restarting");
}

static void it_counts_as_running(void **state)
{
    struct scene *s = *state;

    const char *id = given_restarting(s);

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json(x, "State.Status", "restarting");
    then_json_bool(x, "State.Restarting", true);
    then_json_bool(x, "State.Running", true);
    then_json_bool(x, "State.Paused", false);
    then_json_int(x, "State.ExitCode", 7);
    then_json_int(x, "State.Pid", 0);
    x = when_get(s, "/containers/json?filters=%s", query_json(s, "{'id': ['%s']}", id));
    then_json(x, "[0].State", "restarting");
}

static void starting_it_is_no_change(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 304);
    then_no_body(x);
    then_it_goes_on(s, id);
}

static void stopping_it_ends_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_post(s, "/containers/%s/stop?t=1", id);

    then_status(x, 204);
    then_container_is(s, id, "exited");
    x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "State.ExitCode", 7);
    then_json_int(x, "RestartCount", 5);
}

static const struct sent {
    const char *label, *signal;
} signals[] = {
    {"KILL",   "KILL" },
    { "TERM",  "TERM" },
    { "WINCH", "WINCH"},
};

static void any_signal_ends_it(void **state)
{
    struct scene *s = *state;
    const struct sent *row = s->row;
    const char *id = given_restarting(s);

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=%s", id, row->signal);

    then_status(x, 204);
    then_container_becomes(s, id, "exited");
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 7);
}

static void pausing_it_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_post(s, "/containers/%s/pause", id);

    then_refused(x, 409);
    then_error_mentions(x, "is restarting");
    then_it_goes_on(s, id);
}

static void restarting_it_counts_anew(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_post(s, "/containers/%s/restart?t=1", id);

    then_status(x, 204);
    then_json_between(when_get(s, "/containers/%s/json", id), "RestartCount", 0, 4);
}

static void removing_it_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_delete(s, "/containers/%s", id);

    then_refused(x, 409);
    then_error_mentions(x, "restarting");
    then_error_mentions(x, "force");
    then_it_goes_on(s, id);
}

static void it_is_removed_by_force(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_delete(s, "/containers/%s?force=1", id);

    then_status(x, 204);
    then_container_gone(s, id);
}

static void a_session_in_it_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x =
        when_post_json(s, json_of("{'Cmd': ['/bin/probe', 'true']}"), "/containers/%s/exec", id);

    then_refused(x, 409);
    then_error_mentions(x, "is restarting");
    then_it_goes_on(s, id);
}

static void its_processes_are_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_refused(x, 409);
    then_error_mentions(x, "is restarting");
}

static void attaching_to_it_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_status(stream_answer(st), 409);
    stream_wait_for_end(st);
    then_body_mentions(stream_answer(st), "is restarting");
}

static void attaching_a_websocket_to_it_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct stream *st = when_attach_websocket(s, id, "stream=1&stdout=1");

    then_status(stream_answer(st), 409);
    then_error_mentions(stream_answer(st), "is restarting");
}

static void who_waits_gets_its_next_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_post(s, "/containers/%s/wait", id);

    then_status(x, 200);
    then_json_int(x, "StatusCode", 7);
    then_json_between(when_get(s, "/containers/%s/json", id), "RestartCount", 6, 7);
}

static void its_policy_changes(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x =
        when_post_json(s, json_of("{'RestartPolicy': {'Name': 'no'}}"), "/containers/%s/update", id);

    then_status(x, 200);
    then_container_becomes(s, id, "exited");
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "HostConfig.RestartPolicy.Name", "no");
    then_json_int(x, "State.ExitCode", 7);
}

static void its_stats_are_zeros(void **state)
{
    struct scene *s = *state;
    const char *id = given_restarting(s);

    struct exchange *x = when_get(s, "/containers/%s/stats?stream=0", id);

    then_status(x, 200);
    then_json(x, "read", "0001-01-01T00:00:00Z");
}

CASES(container_restarting) = {
    CASE("Lifecycle.restarting", it_counts_as_running),
    CASE("ContainerStart.restarting", starting_it_is_no_change),
    CASE("ContainerStop.restarting", stopping_it_ends_it),
    CASE_ROWS("ContainerKill.restarting", any_signal_ends_it, signals),
    CASE("ContainerPause.restarting", pausing_it_is_refused),
    CASE("ContainerRestart.restarting", restarting_it_counts_anew),
    CASE("ContainerDelete.restarting", removing_it_is_refused),
    CASE("ContainerDelete.force", it_is_removed_by_force),
    CASE("ContainerExec.restarting", a_session_in_it_is_refused),
    CASE("ContainerTop.restarting", its_processes_are_refused),
    CASE("ContainerAttach.restarting", attaching_to_it_is_refused),
    CASE("ContainerAttachWebsocket.restarting", attaching_a_websocket_to_it_is_refused),
    CASE("ContainerWait.restarting", who_waits_gets_its_next_end),
    CASE("ContainerUpdate.restarting", its_policy_changes),
    CASE("ContainerStats.not-running", its_stats_are_zeros),
    CASE_END,
};
