/* cases/container/resize.c - POST /containers/{id}/resize */
#include "harness/then/then.h"

static const char *given_terminal(struct scene *s)
{
    const char *id = given_running(s, with(a_probe("['tty']"), "Tty", "true"));

    if (!wait_for_log(s, id, "columns"))
        case_blocked(s, "a container that tells the size of its terminal: it does not");
    return id;
}

static void the_container_sees_the_size(void **state)
{
    struct scene *s = *state;
    const char *id = given_terminal(s);

    struct exchange *x = when_post(s, "/containers/%s/resize?h=10&w=20", id);

    then_status(x, 200);
    then_no_body(x);
    then_true(s, wait_for_log(s, id, "10 rows 20 columns\r\n"), "the new size in the log");
}

static const struct bad_size {
    const char *label, *query;
} bad_sizes[] = {
    {"none",       ""        },
    { "no width",  "?h=10"   },
    { "no height", "?w=10"   },
    { "no number", "?h=a&w=b"},
};

static void a_bad_size_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_size *row = s->row;
    const char *id = given_terminal(s);
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/resize%s", id, row->query);

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

static void without_a_terminal_it_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/resize?h=10&w=20", id);

    then_status(x, 200);
    then_no_body(x);
    then_unchanged(s, id, before);
}

static void a_created_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "terminal");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/resize?h=10&w=20", id);

    then_refused(x, 409);
    then_error_mentions(x, "is not running");
    then_unchanged(s, id, before);
}

static void an_exited_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/resize?h=10&w=20", id);

    then_refused(x, 409);
    then_error_mentions(x, "is not running");
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_post(s, "/containers/%s/resize?h=10&w=20", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

CASES(container_resize) = {
    CASE("ContainerResize.size", the_container_sees_the_size),
    CASE_ROWS("ContainerResize.bad-size", a_bad_size_is_refused, bad_sizes),
    CASE("ContainerResize.no-tty", without_a_terminal_it_changes_nothing),
    CASE("ContainerResize.not-running", a_created_container_is_refused),
    CASE("ContainerResize.not-running", an_exited_container_is_refused),
    CASE("ContainerResize.not-found", a_missing_container_is_not_found),
    CASE_END,
};
