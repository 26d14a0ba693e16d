/* cases/container/delete.c - DELETE /containers/{id} */
#include "harness/then/then.h"

/* A container with an anonymous volume at /anon and a named one at /named. */
static json_t *with_volumes(struct scene *s, json_t *body, const char **named)
{
    *named = given_volume(s, NULL);
    with(body, "Volumes", "{'/anon': {}}");
    return with(body, "HostConfig.Binds", "['%s:/named']", *named);
}

static const char *anonymous_volume(struct scene *s, const char *id)
{
    const json_t *mounts = json_at(given_inspect(s, id), "Mounts");
    json_t *where = json_of("{'Destination': '/anon'}");
    const char *ret = NULL;
    size_t i;
    const json_t *mount;

    json_array_foreach (mounts, i, mount)
        if (json_covers(mount, where))
            ret = json_string_value(json_object_get(mount, "Name"));
    json_decref(where);
    if (!ret)
        case_blocked(s, "the container has no anonymous volume");
    return ret;
}

static void a_container_is_removed(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");

    struct exchange *x = when_delete(s, "/containers/%s", id);

    then_status(x, 204);
    then_no_body(x);
    then_container_gone(s, id);
    then_json_length(when_get(s, "/containers/json?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id)),
                     "", 0);
}

static void a_created_container_is_removed_by_name(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_delete(s, "/containers/%s", given_name_of(s, id));

    then_status(x, 204);
    then_container_gone(s, id);
}

static void the_name_is_free_again(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_delete(s, "/containers/%s", id);

    then_status(x, 204);
    then_status(when_create(s, given_name_of(s, id), a_container("sleeper")), 201);
}

static void a_running_container_is_not_removed(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_delete(s, "/containers/%s", id);

    then_refused(x, 409);
    then_error_mentions(x, "running");
    then_error_mentions(x, "force");
    then_unchanged(s, id, before);
}

static void a_paused_container_is_not_removed(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_delete(s, "/containers/%s", id);

    then_refused(x, 409);
    then_error_mentions(x, "paused");
    then_unchanged(s, id, before);
}

static void force_kills_and_removes(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");

    struct exchange *x = when_delete(s, "/containers/%s?force=1", id);

    then_status(x, 204);
    then_container_gone(s, id);
}

static void force_removes_one_that_removes_itself(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "HostConfig.AutoRemove", "true"));

    struct exchange *x = when_delete(s, "/containers/%s?force=1", id);

    then_status(x, 204);
    then_no_body(x);
    then_container_gone(s, id);
}

static void force_removes_a_paused_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x = when_delete(s, "/containers/%s?force=true", id);

    then_status(x, 204);
    then_container_gone(s, id);
}

static void v_removes_anonymous_volumes_and_keeps_named_ones(void **state)
{
    struct scene *s = *state;
    const char *named, *id = given_created(s, with_volumes(s, a_container("sleeper"), &named));
    const char *anonymous = anonymous_volume(s, id);

    struct exchange *x = when_delete(s, "/containers/%s?v=1", id);

    then_status(x, 204);
    then_not_found(s, "/volumes/%s", anonymous);
    then_found(s, "/volumes/%s", named);
}

static void without_v_volumes_stay(void **state)
{
    struct scene *s = *state;
    const char *named, *id = given_created(s, with_volumes(s, a_container("sleeper"), &named));
    const char *anonymous = anonymous_volume(s, id);

    struct exchange *x = when_delete(s, "/containers/%s", id);

    struct exchange *look = when_get(s, "/volumes/%s", anonymous);
    when_delete(s, "/volumes/%s", anonymous); /* carries no label of ours */
    then_status(x, 204);
    then_status(look, 200);
    then_found(s, "/volumes/%s", named);
}

static void removing_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_delete(s, "/containers/plimsoll-nobody-has-this-name");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

static void force_makes_no_difference_to_what_is_not_there(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_removed(s, id);

    struct exchange *x = when_delete(s, "/containers/%s?force=1", id);

    then_refused(x, 404);
    then_error_mentions(x, id);
}

static void link_removes_a_link(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper");
    const char *id = given_created(
        s, with(a_container("sleeper"), "HostConfig.Links", "['%s:db']", given_name_of(s, other)));

    struct exchange *x = when_delete(s, "/containers/%s/db?link=1", given_name_of(s, id));

    then_status(x, 204);
    then_json_empty(when_get(s, "/containers/%s/json", id), "HostConfig.Links");
    then_found(s, "/containers/%s/json", other);
}

static void a_link_that_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_delete(s, "/containers/%s/db?link=1", given_name_of(s, id));

    then_refused(x, 404);
    then_found(s, "/containers/%s/json", id);
}

CASES(container_delete) = {
    CASE("ContainerDelete.removes", a_container_is_removed),
    CASE("ContainerDelete.by-name", a_created_container_is_removed_by_name),
    CASE("ContainerDelete.name-free", the_name_is_free_again),
    CASE("ContainerDelete.running", a_running_container_is_not_removed),
    CASE_NEEDS("ContainerDelete.paused", a_paused_container_is_not_removed, NEEDS_FREEZER),
    CASE("ContainerDelete.force", force_kills_and_removes),
    CASE("ContainerDelete.force", force_removes_one_that_removes_itself),
    CASE_NEEDS("ContainerDelete.force", force_removes_a_paused_one, NEEDS_FREEZER),
    CASE_NEEDS("ContainerDelete.volumes", v_removes_anonymous_volumes_and_keeps_named_ones,
               NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerDelete.volumes-stay", without_v_volumes_stay, NEEDS_LOCAL_VOLUMES),
    CASE("ContainerDelete.not-found", removing_what_is_not_there_is_not_found),
    CASE("ContainerDelete.not-found", force_makes_no_difference_to_what_is_not_there),
    CASE_NEEDS("ContainerDelete.link", link_removes_a_link, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerDelete.unknown-link", a_link_that_is_not_there_is_not_found),
    CASE_END,
};
