/* cases/container/start.c - POST /containers/{id}/start */
#include "harness/then/then.h"

#include <string.h>

static void starting_a_created_container_runs_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 204);
    then_no_body(x);
    then_container_is(s, id, "running");
}

static void starting_a_running_container_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 304);
    then_no_body(x);
    then_unchanged(s, id, before);
}

/* Ends at once in its first life, and stays in its second. */
static void starting_what_its_policy_started_changes_nothing(void **state)
{
    struct scene *s = *state;
    json_t *body = a_probe("['sh', '-c', 'health /mark && exec sleep forever; touch /mark']");
    const char *id = given_running(s, with(body, "HostConfig.RestartPolicy.Name", "'always'"));
    then_true(s, wait_until(s, "RestartCount", "1", "/containers/%s/json", id), "it is started again");
    then_container_becomes(s, id, "running");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 304);
    then_json_int(when_get(s, "/containers/%s/json", id), "RestartCount", 1);
    then_unchanged(s, id, before);
}

static void an_exited_container_runs_again(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 204);
    then_container_is(s, id, "running");
}

static void starting_by_name_works_as_by_id(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/start", given_name_of(s, id));

    then_status(x, 204);
    then_container_is(s, id, "running");
}

static void starting_a_paused_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_refused(x, 409);
    then_unchanged(s, id, before);
}

static const struct unknown {
    const char *label, *name;
} unknowns[] = {
    {"a name that nobody has", "plimsoll-nobody-has-this-name"                                   },
    { "an id that nobody has", "00000000000000000000000000000000000000000000000000000000deadbeef"},
};

static void starting_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;
    const struct unknown *row = s->row;

    struct exchange *x = when_post(s, "/containers/%s/start", row->name);

    then_refused(x, 404);
    then_error_mentions(x, row->name);
}

static const struct no_command {
    const char *label, *command;
    int code;
    const char *mentions;
} no_commands[] = {
    {"a path that is not there",  "/plimsoll/none", 127, "no such file or directory"},
    { "a name not in PATH",       "plimsoll-none",  127, "not found"                },
    { "a file without the right", "/etc/passwd",    126, "permission denied"        },
    { "a folder",                 "/etc",           126, "permission denied"        },
};

static void a_command_that_cannot_run_fails_the_start(void **state)
{
    struct scene *s = *state;
    const struct no_command *row = s->row;
    const char *id = given_created(s, with(a_container("sleeper"), "Cmd", "['%s']", row->command));

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_refused(x, 400);
    then_error_mentions(x, row->command);
    then_error_mentions(x, row->mentions);
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "State.Status", "created");
    then_json_bool(x, "State.Running", false);
    then_json_int(x, "State.ExitCode", row->code);
    then_json_contains(x, "State.Error", row->command);
}

static void a_body_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x =
        when_post_json(s, json_of("{'HostConfig': {'Privileged': true}}"), "/containers/%s/start", id);

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

static void another_start_forgets_the_last_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "catcher");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 204);
    x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "State.ExitCode", 0);
    then_json(x, "State.FinishedAt", json_string_value(json_at(before, "State.FinishedAt")));
    then_true(s, strcmp(answer_string(x, "State.StartedAt"), answer_string(x, "State.FinishedAt")) > 0,
              "a StartedAt after the last FinishedAt");
}

static void its_files_outlive_its_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['sh', '-c', 'append /file x; read /file']"));

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status(x, 204);
    then_true(s, wait_for_log(s, id, "xx"), "the second run finds what the first has written");
}

CASES(container_start) = {
    CASE_ROWS("ContainerStart.no-command", a_command_that_cannot_run_fails_the_start, no_commands),
    CASE("ContainerStart.body", a_body_is_refused),
    CASE("ContainerStart.again-state", another_start_forgets_the_last_end),
    CASE("ContainerStart.files-stay", its_files_outlive_its_end),
    CASE("ContainerStart.runs", starting_a_created_container_runs_it),
    CASE("ContainerStart.already-running", starting_a_running_container_changes_nothing),
    CASE("ContainerStart.already-running", starting_what_its_policy_started_changes_nothing),
    CASE("ContainerStart.again", an_exited_container_runs_again),
    CASE("ContainerStart.by-name", starting_by_name_works_as_by_id),
    CASE_NEEDS("ContainerStart.paused", starting_a_paused_container_is_refused, NEEDS_FREEZER),
    CASE_ROWS("ContainerStart.not-found", starting_what_is_not_there_is_not_found, unknowns),
    CASE_END,
};
