/* cases/container/prune.c - POST /containers/prune
 *
 * Always with a label of the case's own: without a filter it would remove what belongs to others. */
#include "harness/then/then.h"

/* The labels of what this case made, and no other. */
#define MINE        "'label': ['%s', '%s']"
#define MINE_ARE(s) scene_label(s), scene_run_label(s)

static void what_does_not_run_is_removed(void **state)
{
    struct scene *s = *state;
    const char *created = given_container(s, "sleeper"), *exited = given_exited_container(s, "failing");
    const char *running = given_running_container(s, "sleeper");

    struct exchange *x = when_pruned(s, "containers", query_json(s, "{" MINE "}", MINE_ARE(s)));

    then_status(x, 200);
    then_json_length(x, "ContainersDeleted", 2);
    then_json_contains(x, "ContainersDeleted", created);
    then_json_contains(x, "ContainersDeleted", exited);
    then_json_is_int(x, "SpaceReclaimed");
    then_container_gone(s, created);
    then_container_gone(s, exited);
    then_container_is(s, running, "running");
}

static void the_space_is_that_of_the_files_it_wrote(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['fill', '/file', '4096']"));

    struct exchange *x = when_pruned(s, "containers", query_json(s, "{" MINE "}", MINE_ARE(s)));

    then_status(x, 200);
    then_json_contains(x, "ContainersDeleted", id);
    then_json_between(x, "SpaceReclaimed", 4096, 100000);
}

static void nothing_to_remove_is_said_with_null(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_pruned(s, "containers", query_json(s, "{'label': ['plimsoll.nobody=%s']}", s->run));

    then_status(x, 200);
    then_json_null(x, "ContainersDeleted");
    then_json_int(x, "SpaceReclaimed", 0);
}

static void one_without_the_label_stays(void **state)
{
    struct scene *s = *state;
    const char *goes = given_created(s, with(a_container("sleeper"), "Labels", "{'plimsoll.go': ''}"));
    const char *stays = given_container(s, "sleeper");

    struct exchange *x =
        when_pruned(s, "containers", query_json(s, "{'label': ['%s', '%s', 'plimsoll.go']}", MINE_ARE(s)));

    then_status(x, 200);
    then_container_gone(s, goes);
    then_container_is(s, stays, "created");
}

static void a_label_with_an_exclamation_mark_excludes(void **state)
{
    struct scene *s = *state;
    const char *red = given_created(s, with(a_container("sleeper"), "Labels", "{'color': 'red'}"));
    const char *blue = given_created(s, with(a_container("sleeper"), "Labels", "{'color': 'blue'}"));

    struct exchange *x =
        when_pruned(s, "containers", query_json(s, "{" MINE ", 'label!': ['color=red']}", MINE_ARE(s)));

    then_status(x, 200);
    then_container_gone(s, blue);
    then_container_is(s, red, "created");
}

static void until_keeps_what_is_younger(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x =
        when_pruned(s, "containers", query_json(s, "{" MINE ", 'until': ['1h']}", MINE_ARE(s)));

    then_status(x, 200);
    then_json_null(x, "ContainersDeleted");
    then_container_is(s, id, "created");
}

static void until_a_moment_to_come_takes_all(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x =
        when_pruned(s, "containers", query_json(s, "{" MINE ", 'until': ['4102444800']}", MINE_ARE(s)));

    then_status(x, 200);
    then_json_length(x, "ContainersDeleted", 1);
    then_container_gone(s, id);
}

static void an_unknown_filter_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x =
        when_pruned(s, "containers", query_json(s, "{" MINE ", 'plimsoll': ['x']}", MINE_ARE(s)));

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll");
    then_container_is(s, id, "created");
}

static void filters_that_are_no_json_are_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post(s, "/containers/prune?filters=plimsoll");

    then_refused(x, 400);
    then_container_is(s, id, "created");
}

CASES(container_prune) = {
    CASE("ContainerPrune.removes", what_does_not_run_is_removed),
    CASE("ContainerPrune.space", the_space_is_that_of_the_files_it_wrote),
    CASE("ContainerPrune.nothing", nothing_to_remove_is_said_with_null),
    CASE("ContainerPrune.label", one_without_the_label_stays),
    CASE("ContainerPrune.label-not", a_label_with_an_exclamation_mark_excludes),
    CASE("ContainerPrune.until", until_keeps_what_is_younger),
    CASE("ContainerPrune.until", until_a_moment_to_come_takes_all),
    CASE("ContainerPrune.unknown-filter", an_unknown_filter_is_refused),
    CASE("ContainerPrune.bad-filters", filters_that_are_no_json_are_refused),
    CASE_END,
};
