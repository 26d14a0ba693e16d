/* cases/container/paused.c - what may be asked of a container that is paused, beyond what each operation's own file asks. */
#include "harness/then/then.h"

#include <string.h>

static void then_it_stays_paused(struct scene *s, const char *id)
{
    then_container_is(s, id, "paused");
}

/* Whatever the signal: here one that the process only tells. */
static void a_signal_thaws_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "catcher");

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=WINCH", id);

    then_status(x, 204);
    then_container_becomes(s, id, "running");
    then_json_bool(when_get(s, "/containers/%s/json", id), "State.Paused", false);
    then_true(s, wait_for_log(s, id, "WINCH"), "the process gets the signal");
}

static void its_own_stop_signal_alone_thaws_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, with(a_container("catcher"), "StopSignal", "'USR1'"));
    then_status(when_post(s, "/containers/%s/pause", id), 204);

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=WINCH", id);

    then_status(x, 204);
    then_it_stays_paused(s, id);
}

static void it_is_renamed_as_any_other(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper"), *name = scene_unique_name(s, "renamed");

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, name);

    then_status(x, 204);
    then_it_stays_paused(s, id);
    then_found(s, "/containers/%s/json", name);
}

static void its_policy_changes(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x =
        when_post_json(s, json_of("{'RestartPolicy': {'Name': 'always'}}"), "/containers/%s/update", id);

    then_status(x, 200);
    then_it_stays_paused(s, id);
    then_json(when_get(s, "/containers/%s/json", id), "HostConfig.RestartPolicy.Name", "always");
}

static void its_processes_are_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_status(x, 200);
    then_json_contains(x, "Processes[0][-1]", "probe");
    then_it_stays_paused(s, id);
}

static void its_terminal_has_a_size(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "terminal");

    struct exchange *x = when_post(s, "/containers/%s/resize?h=20&w=40", id);

    then_status(x, 200);
    then_it_stays_paused(s, id);
}

static void its_stats_are_real(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/stats?stream=0&one-shot=1", id);

    then_status(x, 200);
    then_json_int(x, "pids_stats.current", 1);
}

static void who_waits_waits_on(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "catcher");
    struct stream *wait = when_post_pending(s, "/containers/%s/wait", id);
    then_true(s, stream_is_open(wait, 50), "no answer as long as it is paused");
    then_status(when_post(s, "/containers/%s/unpause", id), 204);

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=TERM", id);

    then_status(x, 204);
    stream_wait_for_end(wait);
    then_json_int(stream_answer(wait), "StatusCode", 3);
}

/* --- and what tells of it --- */

static const struct thawing {
    const char *label, *request;
    bool ends; /* the container, in the end */
} thawings[] = {
    {"stop",                "stop?t=1",         true },
    { "restart",            "restart?t=1",      true },
    { "kill with a signal", "kill?signal=USR1", false},
};

/* It does not end of the signal: Docker Engine may see the end first, and tells no thaw then. */
static void the_thaw_is_told(void **state)
{
    struct scene *s = *state;
    const struct thawing *row = s->row;
    const char *id = given_paused_container(s, "deaf");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_post(s, "/containers/%s/%s", id, row->request);

    then_status(x, 204);
    then_event(events, "{'Action': 'unpause', 'Actor': {'ID': '%s'}}", id);
    if (row->ends)
        then_event(events, "{'Action': 'die', 'Actor': {'ID': '%s'}}", id);
    else
        then_container_is(s, id, "running");
}

CASES(container_paused) = {
    CASE_NEEDS("ContainerKill.paused-signal", a_signal_thaws_it, NEEDS_FREEZER),
    CASE_NEEDS("ContainerKill.paused-own-signal", its_own_stop_signal_alone_thaws_it, NEEDS_FREEZER),
    CASE_NEEDS("ContainerRename.paused", it_is_renamed_as_any_other, NEEDS_FREEZER),
    CASE_NEEDS("ContainerUpdate.paused", its_policy_changes, NEEDS_FREEZER),
    CASE_NEEDS("ContainerTop.paused", its_processes_are_told, NEEDS_FREEZER),
    CASE_NEEDS("ContainerResize.paused", its_terminal_has_a_size, NEEDS_FREEZER),
    CASE_NEEDS("ContainerStats.paused", its_stats_are_real, NEEDS_FREEZER),
    CASE_NEEDS("ContainerWait.paused", who_waits_waits_on, NEEDS_FREEZER),
    CASE_ROWS_NEEDS("Lifecycle.event-thaw", the_thaw_is_told, thawings, NEEDS_FREEZER),
    CASE_END,
};
