/* cases/container/start.c - POST /containers/{id}/start */
#include "harness/then/then.h"

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

CASES(container_start) = {
    CASE("ContainerStart.runs", starting_a_created_container_runs_it),
    CASE("ContainerStart.already-running", starting_a_running_container_changes_nothing),
    CASE("ContainerStart.again", an_exited_container_runs_again),
    CASE("ContainerStart.by-name", starting_by_name_works_as_by_id),
    CASE_NEEDS("ContainerStart.paused", starting_a_paused_container_is_refused, NEEDS_FREEZER),
    CASE_ROWS("ContainerStart.not-found", starting_what_is_not_there_is_not_found, unknowns),
    CASE_END,
};
