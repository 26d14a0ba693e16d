/* cases/exec/create.c - POST /containers/{id}/exec */
#include "harness/then/then.h"

static json_t *a_command(void)
{
    return json_of("{'Cmd': ['/bin/probe', 'true'], 'AttachStdout': true}");
}

static void a_session_is_made_and_not_started(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", id);

    then_status(x, 201);
    then_json_hex_id(x, "Id");
    x = when_get(s, "/exec/%s/json", answer_string(x, "Id"));
    then_json(x, "ContainerID", id);
    then_json_bool(x, "Running", false);
}

static void a_name_works_as_an_id(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", given_name_of(s, id));

    then_status(x, 201);
    then_json(when_get(s, "/exec/%s/json", answer_string(x, "Id")), "ContainerID", id);
}

static void the_container_lists_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", id);

    then_status(x, 201);
    then_json_contains(when_get(s, "/containers/%s/json", id), "ExecIDs", answer_string(x, "Id"));
}

static const struct no_command {
    const char *label, *body;
} no_commands[] = {
    {"no Cmd",     "{\"AttachStdout\": true}"},
    { "empty Cmd", "{\"Cmd\": []}"           },
    { "null Cmd",  "{\"Cmd\": null}"         },
};

static void without_a_command_it_is_refused(void **state)
{
    struct scene *s = *state;
    const struct no_command *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_text(s, "application/json", row->body, "/containers/%s/exec", id);

    then_refused(x, 400);
    then_error_mentions(x, "No exec command specified");
    then_unchanged(s, id, before);
}

static const struct malformed {
    const char *label, *type, *body;
} malformeds[] = {
    {"cut short",             "application/json", "{\"Cmd\": [\"true\""  },
    { "an array",             "application/json", "[]"                   },
    { "Cmd is a text",        "application/json", "{\"Cmd\": \"true\"}"  },
    { "a wrong Content-Type", "text/plain",       "{\"Cmd\": [\"true\"]}"},
};

static void a_malformed_body_is_refused(void **state)
{
    struct scene *s = *state;
    const struct malformed *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_text(s, row->type, row->body, "/containers/%s/exec", id);

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

static void a_created_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", id);

    then_refused(x, 409);
    then_error_mentions(x, "is not running");
    then_unchanged(s, id, before);
}

static void an_exited_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", id);

    then_refused(x, 409);
    then_error_mentions(x, "is not running");
    then_unchanged(s, id, before);
}

static void a_paused_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", id);

    then_refused(x, 409);
    then_error_mentions(x, "is paused");
    then_unchanged(s, id, before);
}

static void an_unknown_user_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x =
        when_post_json(s, with(a_command(), "User", "'nobody-has-this'"), "/containers/%s/exec", id);

    then_refused(x, 400);
    then_error_mentions(x, "nobody-has-this");
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_post_json(s, a_command(), "/containers/%s/exec", id);

    then_event(events,
               "{'Type': 'container', 'Action': 'exec_create: /bin/probe true', "
               "'Actor': {'ID': '%s', 'Attributes': {'execID': '%s'}}}",
               id, answer_string(x, "Id"));
}

static void keys_that_are_none_are_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, json_of("{'Cmd': ['/bin/true'], 'DetachKeys': 'plimsoll'}"),
                                        "/containers/%s/exec", id);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_error_mentions(x, "plimsoll");
    then_json_empty(when_get(s, "/containers/%s/json", id), "ExecIDs");
}

CASES(exec_create) = {
    CASE("ContainerExec.created", a_session_is_made_and_not_started),
    CASE("ContainerExec.by-name", a_name_works_as_an_id),
    CASE("ContainerExec.listed", the_container_lists_it),
    CASE_ROWS("ContainerExec.no-command", without_a_command_it_is_refused, no_commands),
    CASE_ROWS("ContainerExec.malformed", a_malformed_body_is_refused, malformeds),
    CASE("ContainerExec.not-running", a_created_container_is_refused),
    CASE("ContainerExec.not-running", an_exited_container_is_refused),
    CASE_NEEDS("ContainerExec.paused", a_paused_container_is_refused, NEEDS_FREEZER),
    CASE("ContainerExec.unknown-user", an_unknown_user_is_refused),
    CASE("ContainerExec.not-found", a_missing_container_is_not_found),
    CASE("ContainerExec.event", an_event_tells_of_it),
    CASE("ContainerExec.bad-keys", keys_that_are_none_are_refused),
    CASE_END,
};
