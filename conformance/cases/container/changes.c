/* cases/container/changes.c - GET /containers/{id}/changes */
#include "harness/then/then.h"

#include <string.h>

#define NOBODY "plimsoll-nobody-has-this-name"

enum { CHANGED, ADDED, DELETED };

/* A running container of the image "layers", whose /data has something of everything. */
static const char *given_layers(struct scene *s)
{
    return given_running(
        s, json_of("{'Image': '%s', 'Cmd': ['/bin/probe', 'sleep', 'forever']}", given_image(s, "layers")));
}

static void do_in(struct scene *s, const char *id, const char *command, const char *path, const char *more)
{
    const char *out = more ? probe_exec(s, id, "['%s', '%s', '%s']", command, path, more)
                           : probe_exec(s, id, "['%s', '%s']", command, path);

    then_string(s, scene_printf(s, "%s %s", command, path), out, "");
}

static struct exchange *when_changes(struct scene *s, const char *id)
{
    return when_get(s, "/containers/%s/changes", id);
}

static void then_told(struct exchange *x, const char *path, int kind)
{
    then_json_has(x, "", "{'Path': '%s', 'Kind': %d}", path, kind);
}

static void then_not_told(struct exchange *x, const char *path)
{
    then_json_has_none(x, "", "{'Path': '%s'}", path);
}

static void nothing_is_null(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_changes(s, id);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json_null(x, "");
}

static void each_kind_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "write", "/data/changed", "anew");
    do_in(s, id, "write", "/data/come", "added");
    do_in(s, id, "rm", "/data/kept", NULL);
    struct exchange *x = when_changes(s, id);

    then_status(x, 200);
    then_told(x, "/data/changed", CHANGED);
    then_told(x, "/data/come", ADDED);
    then_told(x, "/data/kept", DELETED);
    then_told(x, "/data", CHANGED);
    then_json_length(x, "", 4);
}

static const struct change {
    const char *label, *command, *path, *more;
} changes[] = {
    {"changed",  "write", "/data/opaque/new", "anew"},
    { "added",   "write", "/data/links/new",  "new" },
    { "deleted", "rm",    "/data/links/one",  NULL  },
};

static void parents_are_told_as_changed(void **state)
{
    struct scene *s = *state;
    const struct change *row = s->row;
    const char *id = given_layers(s);

    do_in(s, id, row->command, row->path, row->more);
    struct exchange *x = when_changes(s, id);

    then_told(x, "/data", CHANGED);
    then_told(x, scene_printf(s, "%.*s", (int)(strrchr(row->path, '/') - row->path), row->path), CHANGED);
    then_not_told(x, "/");
    then_json_length(x, "", 3);
}

static void a_mode_is_a_change(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "chmod", "600", "/data/kept");
    do_in(s, id, "chmod", "700", "/data/opaque");
    struct exchange *x = when_changes(s, id);

    then_told(x, "/data/kept", CHANGED);
    then_told(x, "/data/opaque", CHANGED);
    then_not_told(x, "/data/opaque/new");
}

static void of_an_added_directory_all_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "mkdir", "/made", NULL);
    do_in(s, id, "mkdir", "/made/below", NULL);
    do_in(s, id, "write", "/made/below/file", "x");
    struct exchange *x = when_changes(s, id);

    then_told(x, "/made", ADDED);
    then_told(x, "/made/below", ADDED);
    then_told(x, "/made/below/file", ADDED);
    then_json_length(x, "", 3);
}

static void of_a_deleted_directory_it_alone_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "rm", "/data/links", NULL);
    struct exchange *x = when_changes(s, id);

    then_told(x, "/data/links", DELETED);
    then_told(x, "/data", CHANGED);
    then_json_length(x, "", 2);
}

static void a_file_made_again_is_changed(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "rm", "/data/again", NULL);
    do_in(s, id, "write", "/data/again", "another");
    struct exchange *x = when_changes(s, id);

    then_told(x, "/data/again", CHANGED);
    then_json_length(x, "", 2);
}

static void what_was_undone_is_not_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "write", "/briefly", "x");
    do_in(s, id, "rm", "/briefly", NULL);
    struct exchange *x = when_changes(s, id);

    then_status(x, 200);
    then_json_null(x, "");
}

static void what_the_engine_brings_is_not_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_layers(s);

    do_in(s, id, "write", "/etc/hosts", "127.0.0.1 localhost");
    do_in(s, id, "mkdir", "/dev/shm/mine", NULL);
    struct exchange *x = when_changes(s, id);

    then_status(x, 200);
    then_json_null(x, "");
}

static void what_is_in_a_volume_is_not_told(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id =
        given_running(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume));

    do_in(s, id, "write", "/data/file", "x");
    do_in(s, id, "write", "/file", "x");
    struct exchange *x = when_changes(s, id);

    then_told(x, "/file", ADDED);
    then_not_told(x, "/data/file");
}

static void changes_outlive_the_end(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['write', '/kept', 'x']"));

    struct exchange *x = when_changes(s, id);

    then_status(x, 200);
    then_told(x, "/kept", ADDED);
    then_json_length(x, "", 1);
}

static void a_container_that_is_not_there(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_changes(s, NOBODY);

    then_refused(x, 404);
    then_error_mentions(x, NOBODY);
}

CASES(container_changes) = {
    CASE("ContainerChanges.none", nothing_is_null),
    CASE("ContainerChanges.kinds", each_kind_is_told),
    CASE_ROWS("ContainerChanges.parents", parents_are_told_as_changed, changes),
    CASE("ContainerChanges.mode", a_mode_is_a_change),
    CASE("ContainerChanges.added-directory", of_an_added_directory_all_is_told),
    CASE("ContainerChanges.deleted-directory", of_a_deleted_directory_it_alone_is_told),
    CASE("ContainerChanges.replaced", a_file_made_again_is_changed),
    CASE("ContainerChanges.undone", what_was_undone_is_not_told),
    CASE("ContainerChanges.engine-files", what_the_engine_brings_is_not_told),
    CASE("ContainerChanges.volumes", what_is_in_a_volume_is_not_told),
    CASE("ContainerChanges.ended", changes_outlive_the_end),
    CASE("ContainerChanges.not-found", a_container_that_is_not_there),
    CASE_END,
};
