/* cases/cross/lifecycle.c - what holds over several operations of a container's life: exit codes, containers that remove or
 * restart themselves, and the events in their order.
 *
 * Events are followed by the case's own labels, from before the container is there. */
#include "harness/then/then.h"

#include <string.h>

/* All that happens to this case's containers from now on. */
static struct stream *when_following(struct scene *s)
{
    return when_events_follow(s, query_json(s, "{'type': ['container'], 'label': ['%s', '%s']}",
                                            scene_label(s), scene_run_label(s)));
}

/* The actions so far, of these alone: "create start die destroy". */
static const char *actions(struct scene *s, struct stream *events, const char *of)
{
    const char *ret = "";
    const json_t *value;
    size_t i;

    json_array_foreach (stream_values(events), i, value) {
        const char *action = json_string_value(json_object_get(value, "Action"));
        if (action && strstr(of, action))
            ret = scene_printf(s, "%s%s%s", ret, *ret ? " " : "", action);
    }
    return ret;
}

/* --- ends --- */

static const struct exit_code {
    const char *label;
    int code;
} exit_codes[] = {
    {"0",    0  },
    { "1",   1  },
    { "125", 125},
    { "255", 255},
};

static void the_exit_code_is_the_processs(void **state)
{
    struct scene *s = *state;
    const struct exit_code *row = s->row;

    const char *id = given_exited(s, a_probe("['exit', '%d']", row->code));

    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", row->code);
    then_json_int(when_post(s, "/containers/%s/wait", id), "StatusCode", row->code);
}

static void the_whole_container_ends_with_process_1(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");
    const char *exec =
        given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'stubborn'], 'AttachStdout': true}"));
    struct stream *session = when_exec_start(s, exec, NULL);
    then_stream_says(session, "ready");

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=TERM", id);

    then_status(x, 204);
    then_container_becomes(s, id, "exited");
    then_stream_ends(session);
}

/* --- containers that remove themselves --- */

static void it_removes_itself_at_its_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, with(a_container("catcher"), "HostConfig.AutoRemove", "true"));

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=TERM", id);

    then_status(x, 204);
    then_true(s, wait_until_container_gone(s, id), "the container is gone");
}

static void its_anonymous_volumes_go_with_it(void **state)
{
    struct scene *s = *state;
    const char *named = given_volume(s, NULL);
    json_t *body =
        with(a_container("catcher"), "HostConfig", "{'AutoRemove': true, 'Binds': ['%s:/named']}", named);
    const char *id = given_ready(s, with(body, "Volumes", "{'/anonymous': {}}"));
    const json_t *mounts = json_at(given_inspect(s, id), "Mounts");
    const char *first = json_string_value(json_at(mounts, "[0].Name")),
               *second = json_string_value(json_at(mounts, "[1].Name"));
    const char *anonymous = first && strcmp(first, named) != 0 ? first : second;
    struct stream *events =
        when_follow(s, "/events?filters=%s", query_json(s, "{'volume': ['%s']}", anonymous));

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(stream_answer(events), 200);
    then_status(x, 204);
    then_true(s, wait_until_container_gone(s, id), "the container is gone");
    then_event(events, "{'Action': 'destroy'}"); /* a moment after the container, on docker-28.5 */
    then_not_found(s, "/volumes/%s", anonymous);
    then_found(s, "/volumes/%s", named);
}

static void one_that_cannot_start_removes_itself(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "Cmd", "['/plimsoll/none']");
    const char *id = given_created(s, with(body, "HostConfig.AutoRemove", "true"));

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_refused(x, 400);
    then_true(s, wait_until_container_gone(s, id), "the container is gone");
}

static void one_that_never_ran_stays(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_container("sleeper"), "HostConfig.AutoRemove", "true"));

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 304);
    then_container_is(s, id, "created");
}

/* --- restart policies --- */

static json_t *restarting(json_t *body, const char *policy, int count)
{
    return with(body, "HostConfig.RestartPolicy", "{'Name': '%s', 'MaximumRetryCount': %d}", policy, count);
}

/* A start takes an engine seconds when its machine is busy, and here there are several: twice the usual patience. */
static void then_restarted(struct scene *s, const char *id)
{
    bool restarted = wait_until(s, "RestartCount", "1", "/containers/%s/json", id) ||
                     wait_until(s, "RestartCount", "1", "/containers/%s/json", id);

    then_true(s, restarted, "it is started again, and RestartCount is 1");
}

static void on_failure_tries_so_many_times(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, restarting(a_container("failing"), "on-failure", 1));

    then_restarted(s, id);
    wait_until_container_is(s, id, "exited");
    then_container_becomes(s, id, "exited");

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "RestartCount", 1);
    then_json_int(x, "State.ExitCode", 7);
    then_json_bool(x, "State.Restarting", false);
}

static void on_failure_leaves_success_alone(void **state)
{
    struct scene *s = *state;
    struct stream *events = when_following(s);
    const char *id = given_running(s, restarting(a_probe("['true']"), "on-failure", 3));
    then_event(events, "{'Action': 'die'}");

    then_container_becomes(s, id, "exited");

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "RestartCount", 0);
    then_json_int(x, "State.ExitCode", 0);
}

/* Ends at once in its first life, and stays in its second. */
static json_t *ends_once(void)
{
    return a_probe("['sh', '-c', 'health /mark && exec sleep forever; touch /mark']");
}

static void always_starts_again(void **state)
{
    struct scene *s = *state;

    const char *id = given_running(s, restarting(ends_once(), "always", 0));

    then_restarted(s, id);
    then_container_becomes(s, id, "running");
    then_json_bool(when_get(s, "/containers/%s/json", id), "State.Restarting", false);
}

static const struct ending {
    const char *label, *request;
    int code;
} endings[] = {
    {"stop",  "stop", 3  },
    { "kill", "kill", 137},
};

static void who_is_stopped_stays_so(void **state)
{
    struct scene *s = *state;
    const struct ending *row = s->row;
    const char *id = given_ready(s, restarting(a_container("catcher"), "always", 0));

    struct exchange *x = when_post(s, "/containers/%s/%s", id, row->request);

    then_status(x, 204);
    then_container_becomes(s, id, "exited");
    x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "RestartCount", 0);
    then_json_int(x, "State.ExitCode", row->code);
    then_json_bool(x, "State.Restarting", false);
}

static void stop_ends_the_restarting(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, restarting(a_container("failing"), "always", 0));
    then_true(s, wait_until(s, "State.ExitCode", "7", "/containers/%s/json", id), "it fails");

    struct exchange *x = when_post(s, "/containers/%s/stop?t=1", id);

    then_status_in(x, 204, 304);
    then_container_becomes(s, id, "exited");
    then_json_bool(when_get(s, "/containers/%s/json", id), "State.Restarting", false);
}

static void unless_stopped_starts_again(void **state)
{
    struct scene *s = *state;

    const char *id = given_running(s, restarting(ends_once(), "unless-stopped", 0));

    then_restarted(s, id);
    then_container_becomes(s, id, "running");
}

/* Process 1 ends with 3, and no client has asked for it. */
static void given_own_end(struct scene *s, const char *id)
{
    const char *exec = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'kill', '15', '1']}"));

    then_status(when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec), 200);
}

static void a_harmless_signal_ends_the_policy(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, restarting(a_container("catcher"), "always", 0));

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=WINCH", id);

    then_status(x, 204);
    then_true(s, wait_for_log(s, id, "WINCH"), "the process gets the signal and lives on");
    given_own_end(s, id);
    then_container_becomes(s, id, "exited");
    x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "State.ExitCode", 3);
    then_json_int(x, "RestartCount", 0);
}

static void another_signal_leaves_the_policy(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("catcher"), "StopSignal", "'USR1'");
    const char *id = given_ready(s, restarting(body, "always", 0));

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=WINCH", id);

    then_status(x, 204);
    then_true(s, wait_for_log(s, id, "WINCH"), "the process gets the signal and lives on");
    given_own_end(s, id);
    then_restarted(s, id);
}

static void a_start_counts_anew(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, restarting(ends_once(), "always", 0));
    then_restarted(s, id);
    then_container_becomes(s, id, "running");
    then_status(when_post(s, "/containers/%s/stop?t=1", id), 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "RestartCount", 1);

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "RestartCount", 0);
}

/* --- events --- */

static void a_life_is_told_in_its_order(void **state)
{
    struct scene *s = *state;
    struct stream *events = when_following(s);

    const char *id = given_exited(s, with(a_container("failing"), "Labels", "{'color': 'red'}"));
    then_status(when_delete(s, "/containers/%s", id), 204);

    then_event(events, "{'Action': 'destroy'}");
    then_string(s, "the events", actions(s, events, "create start die destroy"), "create start die destroy");
    then_event(events,
               "{'Type': 'container', 'Action': 'create', 'Actor': {'ID': '%s', 'Attributes': {'image': "
               "'%s', 'name': '%s', 'color': 'red'}}}",
               id, given_image(s, "probe"), given_name_of(s, id));
    then_event(events,
               "{'Action': 'die', 'Actor': {'ID': '%s', 'Attributes': {'exitCode': '7', 'name': '%s', "
               "'color': 'red'}}}",
               id, given_name_of(s, id));
}

static void an_event_has_its_members_and_the_time(void **state)
{
    struct scene *s = *state;
    struct stream *events = when_following(s);

    const char *id = given_container(s, "sleeper");

    then_event(events, "{'Type': 'container', 'Action': 'create', 'Actor': {'ID': '%s'}, 'scope': 'local'}",
               id);
    const json_t *event = stream_wait_for_value(events, "{'Action': 'create'}");
    long long time = json_integer_value(json_object_get(event, "time")),
              nano = json_integer_value(json_object_get(event, "timeNano"));
    then_true(s, time > 1500000000, "time in seconds");
    then_int(s, "timeNano in seconds", nano / 1000000000, time);
}

static void stop_tells_kill_die_and_stop(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");
    struct stream *events = when_following(s);

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 204);
    then_event(events, "{'Action': 'kill', 'Actor': {'ID': '%s', 'Attributes': {'signal': '15'}}}", id);
    then_event(events, "{'Action': 'die', 'Actor': {'ID': '%s', 'Attributes': {'exitCode': '3'}}}", id);
    then_event(events, "{'Action': 'stop', 'Actor': {'ID': '%s'}}", id);
    then_mentions(s, "kill comes before die", actions(s, events, "kill die"), "kill die");
}

static void kill_tells_the_signal(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");
    struct stream *events = when_following(s);

    struct exchange *x = when_post(s, "/containers/%s/kill?signal=USR1", id);

    then_status(x, 204);
    then_event(events, "{'Action': 'kill', 'Actor': {'ID': '%s', 'Attributes': {'signal': '10'}}}", id);
    then_event(events, "{'Action': 'die', 'Actor': {'ID': '%s', 'Attributes': {'exitCode': '5'}}}", id);
    then_true(s, !strstr(actions(s, events, "kill die stop"), "stop"), "no event stop");
}

static void restart_tells_all_of_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "catcher");
    struct stream *events = when_following(s);

    struct exchange *x = when_post(s, "/containers/%s/restart", id);

    then_status(x, 204);
    then_event(events, "{'Action': 'restart', 'Actor': {'ID': '%s'}}", id);
    then_string(s, "the events", actions(s, events, "kill die start restart"), "kill die start restart");
}

/* With a while in between: containerd tells dockerd of the pause, too, and when that comes after the unpause, on a busy machine, Docker
 * Engine takes the container for paused once more and tells both twice. */
static void pause_and_unpause_are_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    struct stream *events = when_following(s);

    then_status(when_post(s, "/containers/%s/pause", id), 204);
    then_true(s, stream_is_open(events, 300), "the events go on");
    then_status(when_post(s, "/containers/%s/unpause", id), 204);

    then_event(events, "{'Action': 'unpause', 'Actor': {'ID': '%s'}}", id);
    given_removed(s, id);
    then_events(events, "pause unpause destroy");
}

static void rename_tells_both_names(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper"), *name = scene_unique_name(s, "renamed");
    struct stream *events = when_following(s);

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, name);

    then_status(x, 204);
    then_event(events,
               "{'Action': 'rename', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s', 'oldName': '/%s'}}}",
               id, name, given_name_of(s, id));
}

static void update_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    struct stream *events = when_following(s);

    struct exchange *x =
        when_post_json(s, json_of("{'RestartPolicy': {'Name': 'always'}}"), "/containers/%s/update", id);

    then_status(x, 200);
    then_event(events, "{'Action': 'update', 'Actor': {'ID': '%s'}}", id);
}

static void a_forced_removal_tells_the_end_too(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    struct stream *events = when_following(s);

    struct exchange *x = when_delete(s, "/containers/%s?force=1", id);

    then_status(x, 204);
    then_event(events, "{'Action': 'destroy', 'Actor': {'ID': '%s'}}", id);
    then_string(s, "the events", actions(s, events, "kill die destroy"), "kill die destroy");
    then_event(events, "{'Action': 'die', 'Actor': {'Attributes': {'exitCode': '137'}}}");
}

static void a_self_removal_is_told(void **state)
{
    struct scene *s = *state;
    struct stream *events = when_following(s);

    given_running(s, with(a_container("failing"), "HostConfig.AutoRemove", "true"));

    then_event(events, "{'Action': 'destroy'}");
    then_string(s, "the events", actions(s, events, "create start die destroy"), "create start die destroy");
}

static void a_start_by_policy_is_told(void **state)
{
    struct scene *s = *state;
    struct stream *events = when_following(s);

    const char *id = given_running(s, restarting(a_container("failing"), "on-failure", 1));
    then_restarted(s, id);
    wait_until_container_is(s, id, "exited");
    then_container_becomes(s, id, "exited");
    given_removed(s, id);

    then_event(events, "{'Action': 'destroy'}");
    then_string(s, "the events", actions(s, events, "create start die"), "create start die start die");
}

CASES(cross_lifecycle) = {
    CASE_ROWS("Lifecycle.exit-code", the_exit_code_is_the_processs, exit_codes),
    CASE("Lifecycle.process-1", the_whole_container_ends_with_process_1),
    CASE("Lifecycle.auto-remove", it_removes_itself_at_its_end),
    CASE_NEEDS("Lifecycle.auto-remove-volumes", its_anonymous_volumes_go_with_it, NEEDS_LOCAL_VOLUMES),
    CASE("Lifecycle.auto-remove-failed", one_that_cannot_start_removes_itself),
    CASE("Lifecycle.auto-remove-created", one_that_never_ran_stays),
    CASE("Lifecycle.restart-on-failure", on_failure_tries_so_many_times),
    CASE("Lifecycle.restart-on-failure", on_failure_leaves_success_alone),
    CASE("Lifecycle.restart-always", always_starts_again),
    CASE_ROWS("Lifecycle.restart-stopped", who_is_stopped_stays_so, endings),
    CASE("Lifecycle.restart-ended", stop_ends_the_restarting),
    CASE("Lifecycle.restart-unless-stopped", unless_stopped_starts_again),
    CASE("Lifecycle.restart-signal", a_harmless_signal_ends_the_policy),
    CASE("Lifecycle.restart-other-signal", another_signal_leaves_the_policy),
    CASE("Lifecycle.restart-count", a_start_counts_anew),
    CASE("Lifecycle.events", a_life_is_told_in_its_order),
    CASE("Lifecycle.event-members", an_event_has_its_members_and_the_time),
    CASE("Lifecycle.event-stop", stop_tells_kill_die_and_stop),
    CASE("Lifecycle.event-kill", kill_tells_the_signal),
    CASE("Lifecycle.event-restart", restart_tells_all_of_it),
    CASE_NEEDS("Lifecycle.event-pause", pause_and_unpause_are_told, NEEDS_FREEZER),
    CASE("Lifecycle.event-rename", rename_tells_both_names),
    CASE("Lifecycle.event-update", update_is_told),
    CASE("Lifecycle.event-force", a_forced_removal_tells_the_end_too),
    CASE("Lifecycle.event-auto-remove", a_self_removal_is_told),
    CASE("Lifecycle.event-policy", a_start_by_policy_is_told),
    CASE_END,
};
