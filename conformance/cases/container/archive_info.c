/* cases/container/archive_info.c - HEAD /containers/{id}/archive */
#include "harness/then/then.h"

#define NOBODY "plimsoll-nobody-has-this-name"

static void given_tree(struct scene *s, const char *id)
{
    given_files(s, id,
                json_of("[{'name': 'd', 'type': 'dir'}, {'name': 'd/f', 'content': 'hello', 'mode': 416},"
                        "{'name': 'd/absolute', 'link': '/d/f'}, {'name': 'd/relative', 'link': 'f'},"
                        "{'name': 'd/dir', 'link': '/d'}, {'name': 'd/out', 'link': '../../../../../tmp'},"
                        "{'name': 'd/nowhere', 'link': '/not/there'}, {'name': 'd/loop', 'link': 'loop'}]"));
}

static struct exchange *when_looked_at(struct scene *s, const char *id, const char *path)
{
    return as_path_stat(when_head(s, "/containers/%s/archive?path=%s", id, url_encoded(s, path)));
}

static void a_file_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_looked_at(s, id, "/d/f");

    then_status(x, 200);
    then_no_body(x);
    then_header(x, "X-Docker-Container-Path-Stat", NULL);
    then_json(x, "name", "f");
    then_json_int(x, "size", 5);
    then_json_int(x, "mode", 0640);
    then_json(x, "mtime", "2001-09-09T01:46:40Z");
    then_json(x, "linkTarget", "");
}

static const struct kind {
    const char *label, *type;
    int permissions;
    long long mode;
} kinds[] = {
    {"file",              "file", 0644,  0644                            },
    { "directory",        "dir",  0700,  (1LL << 31) | 0700              },
    { "sticky directory", "dir",  01777, (1LL << 31) | (1LL << 20) | 0777},
    { "setuid",           "file", 04755, (1LL << 23) | 0755              },
    { "setgid",           "file", 02750, (1LL << 22) | 0750              },
    { "pipe",             "fifo", 0600,  (1LL << 25) | 0600              },
};

static void the_mode_tells_what_it_is(void **state)
{
    struct scene *s = *state;
    const struct kind *row = s->row;
    const char *id = given_container(s, "sleeper");

    given_files(s, id, json_of("[{'name': 'x', 'type': '%s', 'mode': %d}]", row->type, row->permissions));
    struct exchange *x = when_looked_at(s, id, "/x");

    then_status(x, 200);
    then_json(x, "name", "x");
    then_json_int(x, "mode", row->mode);
}

static const struct link {
    const char *label, *path, *target;
} links[] = {
    {"absolute",      "/d/absolute", "/d/f"      },
    { "relative",     "/d/relative", "/d/f"      },
    { "to directory", "/d/dir",      "/d"        },
    { "climbing out", "/d/out",      "/tmp"      },
    { "nowhere",      "/d/nowhere",  "/not/there"},
};

static void a_link_is_told_with_its_target(void **state)
{
    struct scene *s = *state;
    const struct link *row = s->row;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_looked_at(s, id, row->path);

    then_status(x, 200);
    then_json(x, "name", row->path + 3);
    then_json_int(x, "mode", (1LL << 27) | 0777);
    then_json(x, "linkTarget", row->target);
}

static void a_slash_behind_a_link_tells_the_directory(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *slash = when_looked_at(s, id, "/d/dir/");
    struct exchange *dot = when_looked_at(s, id, "/d/dir/.");

    then_status(slash, 200);
    then_json(slash, "name", "dir");
    then_json_int(slash, "mode", (1LL << 31) | 0755);
    then_json(slash, "linkTarget", "");
    then_status(dot, 200);
    then_json(dot, "name", ".");
    then_json_int(dot, "mode", (1LL << 31) | 0755);
}

static const struct way {
    const char *label, *path, *name;
} ways[] = {
    {"without a slash",  "d/f",             "f"},
    { "doubled slashes", "//d//f",          "f"},
    { "climbing out",    "../../../../d/f", "f"},
    { "through a link",  "/d/dir/f",        "f"},
    { "the root",        "/",               "/"},
};

static void a_path_counts_from_the_root(void **state)
{
    struct scene *s = *state;
    const struct way *row = s->row;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_looked_at(s, id, row->path);

    then_status(x, 200);
    then_json(x, "name", row->name);
}

static void what_a_volume_holds_is_told(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id =
        given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume));

    given_exited(
        s, with(a_probe("['write', '/data/file', 'seven c']"), "HostConfig.Binds", "['%s:/data']", volume));
    struct exchange *x = when_looked_at(s, id, "/data/file");

    then_status(x, 200);
    then_json(x, "name", "file");
    then_json_int(x, "size", 7);
}

static void a_running_container_is_told_without_proc(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    probe_exec(s, id, "['write', '/here', 'four']");
    struct exchange *x = when_looked_at(s, id, "/here");
    struct exchange *proc = when_looked_at(s, id, "/proc/1/status");

    then_status(x, 200);
    then_json_int(x, "size", 4);
    then_status(proc, 404);
}

static const struct missing {
    const char *label, *path;
} missing[] = {
    {"a name",              "/not-there" },
    { "below nothing",      "/not/there" },
    { "with a slash",       "/not-there/"},
    { "a link to nowhere/", "/d/nowhere/"},
};

static void a_path_that_is_not_there(void **state)
{
    struct scene *s = *state;
    const struct missing *row = s->row;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_looked_at(s, id, row->path);

    then_status(x, 404);
    then_header_absent(x, "X-Docker-Container-Path-Stat");
}

static const struct missing not_directories[] = {
    {"below a file",         "/d/f/x"},
    { "slash behind a file", "/d/f/" },
    { "dot behind a file",   "/d/f/."},
};

static void a_file_is_no_directory(void **state)
{
    struct scene *s = *state;
    const struct missing *row = s->row;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_looked_at(s, id, row->path);

    then_status(x, 500);
}

static void a_link_to_itself(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_looked_at(s, id, "/d/loop");

    then_status(x, 500);
}

static void without_a_path(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *none = when_head(s, "/containers/%s/archive", id);
    struct exchange *empty = when_head(s, "/containers/%s/archive?path=", id);

    then_status(none, 400);
    then_status(empty, 400);
}

static void a_container_that_is_not_there(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_head(s, "/containers/" NOBODY "/archive?path=/");

    then_status(x, 404);
}

CASES(container_archive_info) = {
    CASE("ContainerArchiveInfo.file", a_file_is_told),
    CASE_ROWS("ContainerArchiveInfo.mode", the_mode_tells_what_it_is, kinds),
    CASE_ROWS("ContainerArchiveInfo.link", a_link_is_told_with_its_target, links),
    CASE("ContainerArchiveInfo.trailing-slash", a_slash_behind_a_link_tells_the_directory),
    CASE_ROWS("ContainerArchiveInfo.path", a_path_counts_from_the_root, ways),
    CASE("ContainerArchiveInfo.volume", what_a_volume_holds_is_told),
    CASE("ContainerArchiveInfo.running", a_running_container_is_told_without_proc),
    CASE_ROWS("ContainerArchiveInfo.no-path", a_path_that_is_not_there, missing),
    CASE_ROWS("ContainerArchiveInfo.not-a-directory", a_file_is_no_directory, not_directories),
    CASE("ContainerArchiveInfo.loop", a_link_to_itself),
    CASE("ContainerArchiveInfo.bad-parameter", without_a_path),
    CASE("ContainerArchiveInfo.not-found", a_container_that_is_not_there),
    CASE_END,
};
