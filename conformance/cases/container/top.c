/* cases/container/top.c - GET /containers/{id}/top
 *
 * A container that is started may still be the runtime's own process for a moment ("runc init"); one that said "ready" is not:
 * hence the deaf ones. */
#include "harness/then/then.h"

#include <string.h>

/* The place of a title; -1: there is none. */
static int column(const struct exchange *x, const char *title)
{
    const json_t *titles = answer_json(x, "Titles"), *one;
    size_t i;

    json_array_foreach ((json_t *)titles, i, one)
        if (json_is_string(one) && strcmp(json_string_value(one), title) == 0)
            return (int)i;
    return -1;
}

static void the_processes_are_listed(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_status(x, 200);
    then_json_equals(x, "Titles", "['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']");
    then_json_length(x, "Processes", 1);
    then_json_length(x, "Processes[0]", 8);
    then_json(x, "Processes[0][-1]", "/bin/probe stubborn");
}

static void children_are_listed_too(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, a_probe("['spawn', '2', 'stubborn']"));
    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1", id);

    then_stream_says(logs, "spawned 2\n");
    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_status(x, 200);
    then_json_length(x, "Processes", 3);
}

static void exec_sessions_are_listed_too(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");
    const char *exec = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'signals'], 'AttachStdout': true}"));
    struct stream *st = when_exec_start(s, exec, NULL);

    then_stream_says(st, "ready\n");
    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_status(x, 200);
    then_json_length(x, "Processes", 2);
    then_body_mentions(x, "/bin/probe stubborn");
    then_body_mentions(x, "/bin/probe signals");
}

static void ps_args_choose_the_columns(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_get(s, "/containers/%s/top?ps_args=-o%%20pid,args", id);

    then_status(x, 200);
    then_json_equals(x, "Titles", "['PID', 'COMMAND']");
    then_json_length(x, "Processes", 1);
    then_json_length(x, "Processes[0]", 2);
    then_json(x, "Processes[0][1]", "/bin/probe stubborn");
}

static void aux_is_known(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_get(s, "/containers/%s/top?ps_args=aux", id);

    then_status(x, 200);
    then_json_contains(x, "Titles", "USER");
    then_json_contains(x, "Titles", "PID");
    then_json_contains(x, "Titles", "%CPU");
    then_json_contains(x, "Titles", "RSS");
    then_json_contains(x, "Titles", "COMMAND");
    then_json_length(x, "Processes", 1);
    then_json(x, "Processes[0][-1]", "/bin/probe stubborn");
}

static void the_pid_is_that_of_the_inspect(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");
    long long pid = json_integer_value(json_at(given_inspect(s, id), "State.Pid"));

    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_status(x, 200);
    then_json(x, scene_printf(s, "Processes[0][%d]", column(x, "PID")), scene_printf(s, "%lld", pid));
}

static const struct bad_args {
    const char *label, *args;
} bad_args[] = {
    {"an unknown option",  "--bad"        },
    { "an unknown column", "-o%20nonsense"},
};

static void bad_ps_args_are_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_args *row = s->row;
    const char *id = given_running_container(s, "deaf");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_get(s, "/containers/%s/top?ps_args=%s", id, row->args);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_unchanged(s, id, before);
}

static void a_created_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_refused(x, 409);
    then_error_mentions(x, "is not running");
    then_unchanged(s, id, before);
}

static void an_exited_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_get(s, "/containers/%s/top", id);

    then_refused(x, 409);
    then_error_mentions(x, "is not running");
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_get(s, "/containers/%s/top", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

CASES(container_top) = {
    CASE("ContainerTop.processes", the_processes_are_listed),
    CASE("ContainerTop.all", children_are_listed_too),
    CASE("ContainerTop.all", exec_sessions_are_listed_too),
    CASE("ContainerTop.ps-args", ps_args_choose_the_columns),
    CASE("ContainerTop.aux", aux_is_known),
    CASE("ContainerTop.pid", the_pid_is_that_of_the_inspect),
    CASE_ROWS("ContainerTop.bad-ps-args", bad_ps_args_are_refused, bad_args),
    CASE("ContainerTop.not-running", a_created_container_is_refused),
    CASE("ContainerTop.not-running", an_exited_container_is_refused),
    CASE("ContainerTop.not-found", a_missing_container_is_not_found),
    CASE_END,
};
