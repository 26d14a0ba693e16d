/* cases/container/put_archive.c - PUT /containers/{id}/archive
 *
 * What was put is looked at by getting it back, and from the inside where a container runs. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY "plimsoll-nobody-has-this-name"

static struct tar_bytes one_file(struct scene *s, const char *name, const char *content)
{
    return scene_tar(s, NULL, json_of("[{'name': '%s', 'content': '%s'}]", name, content));
}

static struct exchange *when_got(struct scene *s, const char *id, const char *path)
{
    return as_archive(when_get(s, "/containers/%s/archive?path=%s", id, path));
}

static void then_nothing_at(struct scene *s, const char *id, const char *path)
{
    then_status(when_head(s, "/containers/%s/archive?path=%s", id, path), 404);
}

static void then_holds(struct scene *s, const char *id, const char *path, const char *content)
{
    struct exchange *x = when_got(s, id, path);

    then_status(x, 200);
    then_json_has(x, "", "{'type': 'file', 'content': '%s'}", content);
}

static void files_are_put_as_the_archive_says(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'd', 'type': 'dir'}]"));

    struct exchange *x = when_put_archive(
        s, id, "path=/d",
        scene_tar(
            s, NULL,
            json_of("[{'name': 'sub', 'type': 'dir', 'mode': 1000, 'uid': 5, 'gid': 6, 'mtime': 1111111111},"
                    "{'name': 'sub/f', 'content': 'hello', 'mode': 416, 'uid': 7, 'gid': 8, 'mtime': "
                    "1234567890},{'name': 'sub/link', 'link': 'f'}, {'name': 'sub/pipe', 'type': 'fifo'},"
                    "{'name': 'sub/z', 'hardlink': 'sub/f', 'mode': 416, 'uid': 7, 'gid': 8, 'mtime': "
                    "1234567890}]")));

    then_status(x, 200);
    then_no_body(x);
    x = when_got(s, id, "/d/sub");
    then_json_length(x, "", 5);
    then_json_has(x, "", "{'name': 'sub/', 'mode': 1000, 'uid': 5, 'gid': 6, 'mtime': 1111111111}");
    then_json_has(
        x, "", "{'name': 'sub/f', 'content': 'hello', 'mode': 416, 'uid': 7, 'gid': 8, 'mtime': 1234567890}");
    then_json_has(x, "", "{'name': 'sub/link', 'type': 'link', 'link': 'f'}");
    then_json_has(x, "", "{'name': 'sub/pipe', 'type': 'fifo'}");
    then_json_has(x, "", "{'name': 'sub/z', 'type': 'hardlink', 'link': 'sub/f'}");
}

static const struct compression {
    const char *label;
} compressions[] = { { "gzip" }, { "bzip2" }, { "xz" } };

static void the_archive_may_be_compressed(void **state)
{
    struct scene *s = *state;
    const struct compression *row = s->row;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_put_archive(
        s, id, "path=/", scene_tar(s, row->label, json_of("[{'name': 'f', 'content': 'unpacked'}]")));

    then_status(x, 200);
    then_holds(s, id, "/f", "unpacked");
}

static void nothing_is_put_of_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *empty = when_put_archive(s, id, "path=/", (struct tar_bytes){ "", 0 });
    struct exchange *none = when_put_archive(s, id, "path=/", scene_tar(s, NULL, json_array()));
    struct exchange *changes = when_get(s, "/containers/%s/changes", id);

    then_status(empty, 200);
    then_status(none, 200);
    then_json_null(changes, "");
}

static void a_running_container_sees_them(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_put_archive(s, id, "path=/tmp", one_file(s, "put", "from outside"));

    then_status(x, 200);
    then_string(s, "what it reads", probe_exec(s, id, "['read', '/tmp/put']"), "from outside");
}

static void a_container_started_later_sees_them(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, a_probe("['read', '/put']"));

    struct exchange *x = when_put_archive(s, id, "path=/", one_file(s, "put", "before the start"));
    struct exchange *started = when_post(s, "/containers/%s/start", id);

    then_status(x, 200);
    then_status(started, 204);
    then_true(s, wait_for_log(s, id, "before the start"), "it reads what was put");
}

static void a_volume_takes_them(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id =
        given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume));

    struct exchange *x = when_put_archive(s, id, "path=/data", one_file(s, "put", "into the volume"));
    const char *seen =
        probe_output(s, with(a_probe("['read', '/other/put']"), "HostConfig.Binds", "['%s:/other']", volume));

    then_status(x, 200);
    then_string(s, "what another container reads", seen, "into the volume");
}

static void a_link_as_path_is_followed_inside(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id,
                json_of("[{'name': 'd/e', 'type': 'dir'}, {'name': 'd/absolute', 'link': '/d/e'},"
                        "{'name': 'd/out', 'link': '../../../../../d/e'}]"));

    struct exchange *x = when_put_archive(s, id, "path=/d/absolute", one_file(s, "a", "absolute"));
    struct exchange *out = when_put_archive(s, id, "path=/d/out", one_file(s, "b", "climbing"));

    then_status(x, 200);
    then_status(out, 200);
    then_holds(s, id, "/d/e/a", "absolute");
    then_holds(s, id, "/d/e/b", "climbing");
}

static void an_absolute_name_is_put_below_the_path(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_put_archive(s, id, "path=/tmp", one_file(s, "/put-absolute", "below"));

    then_status(x, 200);
    then_holds(s, id, "/tmp/put-absolute", "below");
    then_nothing_at(s, id, "/put-absolute");
}

static void a_directory_keeps_what_it_has(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'd/kept', 'content': 'kept'}, {'name': 'd/f', 'content': 'old'}]"));

    struct exchange *x = when_put_archive(
        s, id, "path=/",
        scene_tar(s, NULL, json_of("[{'name': 'd', 'type': 'dir'}, {'name': 'd/f', 'content': 'new'}]")));

    then_status(x, 200);
    then_holds(s, id, "/d/kept", "kept");
    then_holds(s, id, "/d/f", "new");
}

static void given_file_and_directory(struct scene *s, const char *id)
{
    given_files(s, id,
                json_of("[{'name': 'd/file', 'content': 'file'}, {'name': 'd/dir/in', 'content': 'in'}]"));
}

static struct tar_bytes a_directory(struct scene *s, const char *name)
{
    return scene_tar(s, NULL, json_of("[{'name': '%s', 'type': 'dir', 'mode': 448}]", name));
}

static void then_overwritten(struct scene *s, const char *id)
{
    struct exchange *x = when_got(s, id, "/d");

    then_json_has(x, "", "{'name': 'd/dir', 'type': 'file', 'content': 'now a file'}");
    then_json_has(x, "", "{'name': 'd/file/', 'type': 'dir', 'mode': 448}");
    then_json_has_none(x, "", "{'name': 'd/dir/in'}");
}

static void files_and_directories_replace_each_other(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_file_and_directory(s, id);

    struct exchange *file = when_put_archive(s, id, "path=/d", one_file(s, "dir", "now a file"));
    struct exchange *dir = when_put_archive(s, id, "path=/d", a_directory(s, "file"));

    then_status(file, 200);
    then_status(dir, 200);
    then_overwritten(s, id);
}

static const struct value {
    const char *label;
} true_values[] = { { "1" }, { "true" }, { "yes" } },
  false_values[] = { { "0" }, { "false" }, { "no" }, { "none" }, { "" } };

static void they_do_not_when_told_so(void **state)
{
    struct scene *s = *state;
    const struct value *row = s->row;
    const char *id = given_container(s, "sleeper");
    const char *query = scene_printf(s, "path=/d&noOverwriteDirNonDir=%s", row->label);
    given_file_and_directory(s, id);

    struct exchange *file = when_put_archive(s, id, query, one_file(s, "dir", "now a file"));
    struct exchange *dir = when_put_archive(s, id, query, a_directory(s, "file"));
    struct exchange *other = when_put_archive(s, id, query, one_file(s, "file", "another"));

    then_refused(file, 500);
    then_error_mentions(file, "cannot overwrite");
    then_refused(dir, 500);
    then_error_mentions(dir, "cannot overwrite");
    then_status(other, 200);
    then_holds(s, id, "/d/dir/in", "in");
    then_holds(s, id, "/d/file", "another");
}

static void a_false_value_forbids_nothing(void **state)
{
    struct scene *s = *state;
    const struct value *row = s->row;
    const char *id = given_container(s, "sleeper");
    const char *query = scene_printf(s, "path=/d&noOverwriteDirNonDir=%s", row->label);
    given_file_and_directory(s, id);

    struct exchange *file = when_put_archive(s, id, query, one_file(s, "dir", "now a file"));
    struct exchange *dir = when_put_archive(s, id, query, a_directory(s, "file"));

    then_status(file, 200);
    then_status(dir, 200);
    then_overwritten(s, id);
}

static const struct owner {
    const char *label, *user;
    const char *query;
    int uid, gid;
} owners[] = {
    {"not asked for",   "7:8", "",                 70, 80},
    { "false",          "7:8", "&copyUIDGID=0",    70, 80},
    { "a number",       "7",   "&copyUIDGID=1",    7,  0 },
    { "user and group", "7:8", "&copyUIDGID=true", 7,  8 },
    { "root",           "0",   "&copyUIDGID=1",    0,  0 },
    { "nobody asked",   "",    "&copyUIDGID=1",    70, 80},
};

static void what_is_put_belongs_to_the_user(void **state)
{
    struct scene *s = *state;
    const struct owner *row = s->row;
    const char *id = given_created(s, with(a_container("sleeper"), "User", "'%s'", row->user));

    struct exchange *x = when_put_archive(
        s, id, scene_printf(s, "path=/%s", row->query),
        scene_tar(s, NULL, json_of("[{'name': 'f', 'content': 'x', 'uid': 70, 'gid': 80}]")));

    then_status(x, 200);
    then_json_has(when_got(s, id, "/f"), "", "{'name': 'f', 'uid': %d, 'gid': %d}", row->uid, row->gid);
}

static void an_unknown_user_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_container("sleeper"), "User", "'nobody-knows-me'"));

    struct exchange *x = when_put_archive(s, id, "path=/&copyUIDGID=1", one_file(s, "put", "x"));

    then_refused(x, 400);
    then_error_mentions(x, "nobody-knows-me");
    then_nothing_at(s, id, "/put");
}

static const struct damage {
    const char *label, *compression;
    size_t bytes; /* that are left; 0: it is no tar at all */
} damages[] = {
    {"no tar",           NULL,   0   },
    { "cut in a file",   NULL,   2000},
    { "cut in a header", NULL,   1300},
    { "gzip cut short",  "gzip", 60  },
};

/* Text that does not become much shorter by compression. */
static const char *noise(struct scene *s)
{
    char text[5001];
    unsigned seed = 7;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        seed = seed * 1103515245u + 12345u;
        text[i] = (char)('a' + (seed >> 16) % 26);
    }
    text[sizeof text - 1] = '\0';
    return scene_printf(s, "%s", text);
}

static void a_damaged_archive_is_refused(void **state)
{
    struct scene *s = *state;
    const struct damage *row = s->row;
    const char *id = given_container(s, "sleeper");
    struct tar_bytes whole =
        scene_tar(s, row->compression,
                  json_of("[{'name': 'a', 'content': 'first'}, {'name': 'f', 'content': '%s'}]", noise(s)));
    struct tar_bytes tar = { row->bytes ? whole.bytes : noise(s), row->bytes ? row->bytes : 3000 };

    struct exchange *x = when_put_archive(s, id, "path=/", tar);

    then_refused(x, 500);
}

static const struct climb {
    const char *label, *name, *hardlink;
} climbs[] = {
    {"a name",             "../put-outside",      NULL                      },
    { "a name in between", "a/../../put-outside", NULL                      },
    { "a hard link",       "in",                  "../../../../../bin/probe"},
};

static void nothing_leaves_the_directory(void **state)
{
    struct scene *s = *state;
    const struct climb *row = s->row;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'd/a', 'type': 'dir'}]"));

    struct exchange *x = when_put_archive(
        s, id, "path=/d",
        scene_tar(s, NULL,
                  row->hardlink ? json_of("[{'name': '%s', 'hardlink': '%s'}]", row->name, row->hardlink)
                                : json_of("[{'name': '%s', 'content': 'x'}]", row->name)));

    then_refused(x, 500);
    then_nothing_at(s, id, "/put-outside");
    then_nothing_at(s, id, "/d/in");
}

/* -- read-only -- */

static json_t *read_only_root(const char *volume)
{
    return with(with(a_container("sleeper"), "HostConfig.ReadonlyRootfs", "true"), "HostConfig.Binds",
                "['%s:/data']", volume);
}

static json_t *read_only_volume(const char *volume)
{
    return with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data:ro']", volume);
}

static void a_read_only_root_takes_nothing(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *created = given_created(s, read_only_root(volume)),
               *running = given_running(s, read_only_root(volume));

    struct exchange *first = when_put_archive(s, created, "path=/tmp", one_file(s, "put", "x"));
    struct exchange *second = when_put_archive(s, running, "path=/tmp", one_file(s, "put", "x"));

    then_status_in(first, 400, 403, 500);
    then_error_mentions(first, "read-only");
    then_status_in(second, 400, 403, 500);
    then_error_mentions(second, "read-only");
    then_nothing_at(s, created, "/tmp/put");
    then_nothing_at(s, running, "/tmp/put");
}

static void a_read_only_volume_takes_nothing(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *created = given_created(s, read_only_volume(volume));
    const char *running = given_running(s, read_only_volume(volume));

    struct exchange *first = when_put_archive(s, created, "path=/data", one_file(s, "put", "x"));
    struct exchange *second = when_put_archive(s, running, "path=/data", one_file(s, "put", "x"));

    then_status_in(first, 400, 403, 500);
    then_error_mentions(first, "read-only");
    then_status_in(second, 400, 403, 500);
    then_nothing_at(s, created, "/data/put");
    then_nothing_at(s, running, "/data/put");
}

static void read_only_is_a_bad_parameter(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *root = given_created(s, read_only_root(volume));
    const char *mount = given_created(s, read_only_volume(volume));

    struct exchange *first = when_put_archive(s, root, "path=/", one_file(s, "put", "x"));
    struct exchange *second = when_put_archive(s, mount, "path=/data", one_file(s, "put", "x"));

    then_refused(first, 400);
    then_refused(second, 400);
}

static void a_volume_of_a_read_only_container_takes_files(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, read_only_root(given_volume(s, NULL)));

    struct exchange *x = when_put_archive(s, id, "path=/data", one_file(s, "put", "taken"));

    then_status(x, 200);
    then_string(s, "what it reads", probe_exec(s, id, "['read', '/data/put']"), "taken");
}

/* -- the rest -- */

static void there_is_an_event(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_put_archive(s, id, "path=/", one_file(s, "f", "x"));

    then_status(x, 200);
    then_event(events, "{'Type': 'container', 'Action': 'extract-to-dir', 'Actor': {'ID': '%s'}}", id);
    given_removed(s, id);
    then_events(events, "extract-to-dir destroy");
}

static void a_directory_that_is_not_there_is_not_made(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_put_archive(s, id, "path=/not-there", one_file(s, "f", "x"));

    then_refused(x, 404);
    then_error_mentions(x, "/not-there");
    then_nothing_at(s, id, "/not-there");
}

static void a_file_as_path_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'f', 'content': 'as it was'}]"));

    struct exchange *x = when_put_archive(s, id, "path=/f", one_file(s, "g", "x"));

    then_status_in(x, 400, 500);
    then_error_mentions(x, "not a directory");
    then_holds(s, id, "/f", "as it was");
}

static void a_file_as_path_is_a_bad_parameter(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'f', 'content': 'as it was'}]"));

    struct exchange *x = when_put_archive(s, id, "path=/f", one_file(s, "g", "x"));

    then_refused(x, 400);
}

static void without_a_path(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *empty = when_put_archive(s, id, "path=", one_file(s, "f", "x"));
    struct exchange *none = when_put_archive(s, id, "", one_file(s, "f", "x"));
    struct exchange *nobody = when_put_archive(s, NOBODY, "", one_file(s, "f", "x"));

    then_refused(empty, 400);
    then_error_mentions(empty, "path");
    then_refused(none, 400);
    then_refused(nobody, 400);
    then_nothing_at(s, id, "/f");
}

static void a_container_that_is_not_there(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_put_archive(s, NOBODY, "path=/", one_file(s, "f", "x"));

    then_refused(x, 404);
    then_error_mentions(x, NOBODY);
}

CASES(container_put_archive) = {
    CASE("PutContainerArchive.files", files_are_put_as_the_archive_says),
    CASE_ROWS("PutContainerArchive.compressed", the_archive_may_be_compressed, compressions),
    CASE("PutContainerArchive.nothing", nothing_is_put_of_nothing),
    CASE("PutContainerArchive.running", a_running_container_sees_them),
    CASE("PutContainerArchive.started-later", a_container_started_later_sees_them),
    CASE("PutContainerArchive.volume", a_volume_takes_them),
    CASE("PutContainerArchive.through-link", a_link_as_path_is_followed_inside),
    CASE("PutContainerArchive.absolute-names", an_absolute_name_is_put_below_the_path),
    CASE("PutContainerArchive.merged", a_directory_keeps_what_it_has),
    CASE("PutContainerArchive.overwrites", files_and_directories_replace_each_other),
    CASE_ROWS("PutContainerArchive.no-overwrite", they_do_not_when_told_so, true_values),
    CASE_ROWS("PutContainerArchive.false-values", a_false_value_forbids_nothing, false_values),
    CASE_ROWS("PutContainerArchive.copy-uid-gid", what_is_put_belongs_to_the_user, owners),
    CASE("PutContainerArchive.copy-uid-gid-unknown", an_unknown_user_is_refused),
    CASE_ROWS("PutContainerArchive.damaged", a_damaged_archive_is_refused, damages),
    CASE_ROWS("PutContainerArchive.inside", nothing_leaves_the_directory, climbs),
    CASE("PutContainerArchive.read-only-root", a_read_only_root_takes_nothing),
    CASE("PutContainerArchive.read-only-volume", a_read_only_volume_takes_nothing),
    CASE("PutContainerArchive.read-only-status", read_only_is_a_bad_parameter),
    CASE("PutContainerArchive.volume-of-read-only", a_volume_of_a_read_only_container_takes_files),
    CASE("PutContainerArchive.event", there_is_an_event),
    CASE("PutContainerArchive.no-path", a_directory_that_is_not_there_is_not_made),
    CASE("PutContainerArchive.not-a-directory", a_file_as_path_is_refused),
    CASE("PutContainerArchive.not-a-directory-status", a_file_as_path_is_a_bad_parameter),
    CASE("PutContainerArchive.bad-parameter", without_a_path),
    CASE("PutContainerArchive.not-found", a_container_that_is_not_there),
    CASE_END,
};
