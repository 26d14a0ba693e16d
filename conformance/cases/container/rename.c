/* cases/container/rename.c - POST /containers/{id}/rename */
#include "harness/then/then.h"

static void a_container_gets_the_new_name(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const char *name = scene_unique_name(s, "renamed");

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, name);

    then_status(x, 204);
    then_no_body(x);
    x = when_get(s, "/containers/%s/json", name);
    then_json(x, "Id", id);
    then_json(x, "Name", scene_printf(s, "/%s", name));
    then_not_found(s, "/containers/%s/json", given_name_of(s, id));
}

static void a_running_container_is_renamed_and_runs_on(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *name = scene_unique_name(s, "renamed");

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", given_name_of(s, id), name);

    then_status(x, 204);
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "Name", scene_printf(s, "/%s", name));
    then_json(x, "State.Status", "running");
}

static void the_list_tells_the_new_name(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const char *name = scene_unique_name(s, "renamed");

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, name);

    then_status(x, 204);
    x = when_get(s, "/containers/json?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id));
    then_json_equals(x, "[0].Names", "['/%s']", name);
}

static void a_slash_before_the_name_does_not_count(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const char *name = scene_unique_name(s, "renamed");

    struct exchange *x = when_post(s, "/containers/%s/rename?name=/%s", id, name);

    then_status(x, 204);
    then_json(when_get(s, "/containers/%s/json", id), "Name", scene_printf(s, "/%s", name));
}

static void the_old_name_is_free_again(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, scene_unique_name(s, "renamed"));

    then_status(x, 204);
    then_status(when_create(s, given_name_of(s, id), a_container("sleeper")), 201);
}

static void a_name_that_is_taken_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper"), *other = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, given_name_of(s, other));

    then_refused(x, 409);
    then_error_mentions(x, given_name_of(s, other));
    then_unchanged(s, id, before);
}

static void its_own_name_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/rename?name=%s", id, given_name_of(s, id));

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

static const struct bad_name {
    const char *label, *query;
} bad_names[] = {
    {"none",           ""                  },
    { "empty",         "?name="            },
    { "one character", "?name=a"           },
    { "slash",         "?name=plimsoll/x"  },
    { "space",         "?name=plimsoll%20x"},
    { "leading dash",  "?name=-plimsoll"   },
    { "colon",         "?name=plimsoll:x"  },
};

static void a_bad_name_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_name *row = s->row;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post(s, "/containers/%s/rename%s", id, row->query);

    then_refused(x, 400);
    then_unchanged(s, id, before);
}

static void renaming_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "renamed");

    struct exchange *x = when_post(s, "/containers/plimsoll-nobody-has-this-name/rename?name=%s", name);

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
    then_not_found(s, "/containers/%s/json", name);
}

CASES(container_rename) = {
    CASE("ContainerRename.renames", a_container_gets_the_new_name),
    CASE("ContainerRename.running", a_running_container_is_renamed_and_runs_on),
    CASE("ContainerRename.listed", the_list_tells_the_new_name),
    CASE("ContainerRename.slash", a_slash_before_the_name_does_not_count),
    CASE("ContainerRename.old-name", the_old_name_is_free_again),
    CASE("ContainerRename.taken", a_name_that_is_taken_is_refused),
    CASE("ContainerRename.same", its_own_name_is_refused),
    CASE_ROWS("ContainerRename.bad-name", a_bad_name_is_refused, bad_names),
    CASE("ContainerRename.not-found", renaming_what_is_not_there_is_not_found),
    CASE_END,
};
