/* cli/cp.c - cp: files between here and a container, or a tar stream on our standard input or output.
 *
 * What is copied becomes what the destination says, as with cp -r: into a directory that is there, under its own name; else under the
 * destination's. A path that ends in "/." means what is in the directory. Each end is asked what it is first, and the rest is a tar that
 * streams. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tar.h"
#include "base/base64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/commands.h"
#include "cli/units.h"

#define GO_DIR  (INT64_C(1) << 31)
#define GO_LINK (INT64_C(1) << 27)

/* An end of the copy. */
struct end {
    char *container; /* NULL: here */
    char *path;
};

static void end_free(struct end *e)
{
    free(e->container);
    free(e->path);
}

/* "CONTAINER:PATH", unless it begins as a path of ours does. */
static void end_of(const char *text, struct end *ret)
{
    const char *colon = strchr(text, ':');
    bool here = text[0] == '/' || text[0] == '.' || !colon;

    ret->container = here ? NULL : xstrndup(text, (size_t)(colon - text));
    ret->path = xstrdup(here ? text : colon + 1);
}

struct copy {
    struct cli *cli;
    struct end from, to;
    bool archive, follow, quiet;
    int64_t bytes;
};

static bool means_directory(const char *path)
{
    return str_ends(path, "/") || str_ends(path, "/.") || str_eq(path, ".");
}

static bool means_contents(const char *path)
{
    return str_ends(path, "/.") || str_eq(path, ".");
}

/* The last name of a path: "b" of "/a/b", "/a/b/" and "/a/b/.". */
static char *name_of(const char *path)
{
    scoped_free char *clean = path_clean(path);

    return xstrdup(clean[0] && clean[1] == '\0' ? clean : path_base(clean));
}

static char *parent_of(const char *path)
{
    scoped_free char *clean = path_clean(path);
    const char *name = path_base(clean);

    if (name == clean)
        return xstrdup(".");
    return name - clean == 1 ? xstrdup("/") : xstrndup(clean, (size_t)(name - clean - 1));
}

/* -- the container's end -- */

static char *archive_path(const struct end *e, const char *path, const struct copy *how)
{
    scoped_free char *plain = cli_path("/containers/", e->container, "/archive");
    struct str query = { 0 };

    str_add(&query, plain);
    query_add(&query, "path", path);
    if (how) {
        query_add(&query, "noOverwriteDirNonDir", "true");
        query_add_bool(&query, "copyUIDGID", how->archive);
    }
    return str_take(&query);
}

static json_t *stat_of(const struct http_call *call)
{
    const char *coded = http_call_header(call, "X-Docker-Container-Path-Stat");
    scoped_str text = { 0 };
    json_t *stat = NULL;

    if (coded && base64_decode(coded, &text))
        json_parse(str_text(&text), text.len, &stat, NULL);
    return stat ? stat : json_object();
}

static bool has_mode(const json_t *stat, int64_t bit)
{
    return (json_int_at(stat, "mode", 0) & bit) != 0;
}

/* What is there; NULL: nothing. */
static json_t *look(struct copy *c, const struct end *e, const char *path)
{
    scoped_free char *query = archive_path(e, path, NULL);
    struct http_call_spec spec = { .method = "HEAD", .path = query };
    scoped(http_call_close) struct http_call *call = NULL;

    return cli_open(c->cli, &spec, &call, NULL) < 0 ? NULL : stat_of(call);
}

/* Where the link at `path` leads to. */
static char *followed(const char *path, const json_t *stat)
{
    const char *target = json_str_at(stat, "linkTarget", "");
    scoped_free char *above = parent_of(path);

    return target[0] == '/' ? xstrdup(target) : path_join(above, target);
}

/* -- out of a container -- */

static ssize_t read_call(void *user, void *bytes, size_t n, struct error *err)
{
    return http_call_read(user, bytes, n, err);
}

static int to_stdout(struct http_call *call, struct error *err)
{
    char bytes[32u << 10];
    ssize_t n;

    while ((n = http_call_read(call, bytes, sizeof(bytes), err)) > 0)
        if (fd_write_all(STDOUT_FILENO, bytes, (size_t)n, err) < 0)
            return -1;
    return (int)n;
}

static int unpack_here(struct copy *c, struct http_call *call, const char *dir, struct error *err)
{
    struct tar_unpack how = {
        .root = dir, .uid = geteuid(), .gid = getegid(), .no_overwrite_dir_nondir = true
    };

    return tar_unpack(&how, read_call, call, &c->bytes, err);
}

/* The one file that lies in `dir` becomes `target`. */
static int move_out(const char *dir, const char *target, struct error *err)
{
    scoped(closedir) DIR *d = opendir(dir);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        scoped_free char *from = NULL;

        if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
            continue;
        from = path_join(dir, entry->d_name);
        return rename(from, target) < 0 ? error_errno(err, "%s", target) : 0;
    }
    return error_set(err, ERR_SYSTEM, "the engine sent no file");
}

static int file_here(struct copy *c, struct http_call *call, const char *target, struct error *err)
{
    scoped_free char *above = parent_of(target), *dir = path_join(above, ".engine-cp-XXXXXX");
    int rc;

    if (!mkdtemp(dir))
        return error_set(err, ERR_SYSTEM, "invalid output path: directory \"%s\" does not exist", above);
    rc = unpack_here(c, call, dir, err);
    if (rc == 0)
        rc = move_out(dir, target, err);
    tree_remove(dir, NULL);
    return rc;
}

/* What is in the container's directory goes into `target`, which is made if it is not there. */
static int directory_here(struct copy *c, const char *source, mode_t mode, const char *target,
                          struct error *err)
{
    scoped_free char *contents = xasprintf("%s/.", source), *query = archive_path(&c->from, contents, NULL);
    scoped(http_call_close) struct http_call *call = NULL;

    if (mkdir(target, mode) < 0 && errno != EEXIST)
        return error_errno(err, "%s", target);
    if (cli_open_get(c->cli, query, &call, err) < 0)
        return -1;
    return unpack_here(c, call, target, err);
}

static int place_here(struct copy *c, struct http_call *call, const char *source, const char *name,
                      const json_t *facts, struct error *err)
{
    const char *to = c->to.path;
    bool is_dir = has_mode(facts, GO_DIR), inside;
    scoped_free char *target = NULL;
    struct stat st;

    inside = stat(to, &st) == 0 && S_ISDIR(st.st_mode);
    if (!inside && is_dir && stat(to, &st) == 0)
        return error_set(err, ERR_SYSTEM, "cannot copy directory");
    if (!inside && !is_dir && means_directory(to))
        return error_set(err, ERR_SYSTEM, "no such directory");
    inside = inside && !(is_dir && means_contents(c->from.path));
    target = inside ? path_join(to, name) : xstrdup(to);
    return is_dir
               ? directory_here(c, source, (mode_t)(json_int_at(facts, "mode", 0) & 0777) | 0700, target, err)
               : file_here(c, call, target, err);
}

static int copy_from(struct copy *c, struct error *err)
{
    scoped_free char *source = xstrdup(c->from.path), *name = name_of(c->from.path), *query = NULL;
    scoped(json_decref) json_t *stat = NULL, *link = c->follow ? look(c, &c->from, source) : NULL;
    scoped(http_call_close) struct http_call *call = NULL;

    if (link && has_mode(link, GO_LINK)) {
        char *target = followed(source, link);

        free(source);
        source = target;
    }
    query = archive_path(&c->from, source, NULL);
    if (cli_open_get(c->cli, query, &call, err) < 0)
        return -1;
    if (str_eq(c->to.path, "-") && !c->to.container)
        return to_stdout(call, err);
    stat = stat_of(call);
    return place_here(c, call, source, name, stat, err);
}

/* -- into a container -- */

/* tar_pack() pushes and a request pulls: a pipe and a thread are between them. */
struct packer {
    struct tar_pack what;
    int in, out;
    int64_t bytes;
    int result;
    struct error err;
};

static int write_pipe(void *user, const void *bytes, size_t n, struct error *err)
{
    struct packer *p = user;

    p->bytes += (int64_t)n;
    return fd_write_all(p->out, bytes, n, err);
}

static void *pack_main(void *arg)
{
    struct packer *p = arg;

    p->result = tar_pack(&p->what, write_pipe, p, &p->err);
    close(p->out);
    return NULL;
}

static ssize_t read_fd(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    while ((got = read(*(int *)user, bytes, n)) < 0 && errno == EINTR)
        ;
    return got < 0 ? error_errno(err, "read") : got;
}

/* The pipe's end, unless the packing has failed: then the request is cut, and nothing half is taken for whole. */
static ssize_t read_packer(void *user, void *bytes, size_t n, struct error *err)
{
    struct packer *p = user;
    ssize_t got = read_fd(&p->in, bytes, n, err);

    if (got != 0 || p->result == 0)
        return got;
    if (err)
        *err = p->err;
    return -1;
}

static int put(struct copy *c, const char *dir, ssize_t (*source)(void *, void *, size_t, struct error *),
               void *user, struct error *err)
{
    scoped_free char *query = archive_path(&c->to, dir, c);
    struct http_call_spec spec = { .method = "PUT",
                                   .path = query,
                                   .source = source,
                                   .source_user = user,
                                   .content_type = "application/x-tar" };
    scoped(http_call_close) struct http_call *call = NULL;

    return cli_open(c->cli, &spec, &call, err);
}

static int put_tree(struct copy *c, const char *local, const char *name, const char *dir, struct error *err)
{
    struct packer p = {
        .what = {.root = "/", .path = local, .rename = name}
    };
    pthread_t thread;
    int ends[2], rc;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, "pipe");
    p.in = ends[0];
    p.out = ends[1];
    if (str_eq(name, ".")) { /* what is in it */
        p.what.root = local;
        p.what.path = "/";
    }
    if (pthread_create(&thread, NULL, pack_main, &p) != 0) {
        close(ends[0]);
        close(ends[1]);
        return error_set(err, ERR_SYSTEM, "a thread cannot be started");
    }
    rc = put(c, dir, read_packer, &p, err);
    close(ends[0]); /* a packer that still writes ends by this */
    pthread_join(thread, NULL);
    c->bytes = p.bytes;
    if (p.result < 0 && p.err.kind != ERR_CLOSED) {
        if (err)
            *err = p.err;
        return -1;
    }
    return rc;
}

static int local_stat(struct copy *c, struct stat *st, char **real, struct error *err)
{
    const char *path = c->from.path;
    bool follow = c->follow || means_directory(path);

    if ((follow ? stat(path, st) : lstat(path, st)) < 0)
        return error_set(err, ERR_SYSTEM, "lstat %s: %s", path,
                         errno == ENOENT ? "no such file or directory" : strerror(errno));
    if (follow) {
        *real = realpath(path, NULL);
    } else {
        scoped_free char *above = parent_of(path), *name = name_of(path), *dir = realpath(above, NULL);

        *real = dir ? path_join(dir, name) : NULL;
    }
    return *real ? 0 : error_errno(err, "%s", path);
}

/* Where it goes, as a directory that is there and a name in it. */
static int aim(struct copy *c, bool is_dir, char **dir, char **name, struct error *err)
{
    scoped_free char *to = xstrdup(c->to.path);
    scoped(json_decref) json_t *there = look(c, &c->to, to);

    if (there && has_mode(there, GO_LINK)) {
        char *target = followed(to, there);

        json_decref(there);
        there = look(c, &c->to, target);
        free(to);
        to = target;
    }
    if (there && has_mode(there, GO_DIR)) {
        *dir = xstrdup(to);
        *name = is_dir && means_contents(c->from.path) ? xstrdup(".") : name_of(c->from.path);
        return 0;
    }
    if (there && is_dir)
        return error_set(err, ERR_SYSTEM, "cannot copy directory");
    if (!is_dir && means_directory(to))
        return error_set(err, ERR_SYSTEM, "no such directory");
    *dir = parent_of(to);
    *name = name_of(to);
    return 0;
}

static int copy_to(struct copy *c, struct error *err)
{
    scoped_free char *local = NULL, *dir = NULL, *name = NULL;
    int in = STDIN_FILENO;
    struct stat st;

    if (str_eq(c->from.path, "-")) {
        if (aim(c, true, &dir, &name, err) < 0 || !str_eq(dir, c->to.path))
            return error_set(err, ERR_SYSTEM, "destination \"%s:%s\" must be a directory", c->to.container,
                             c->to.path);
        return put(c, dir, read_fd, &in, err);
    }
    if (local_stat(c, &st, &local, err) < 0 || aim(c, S_ISDIR(st.st_mode), &dir, &name, err) < 0)
        return -1;
    return put_tree(c, local, name, dir, err);
}

/* -- the command -- */

static void say_done(const struct copy *c)
{
    char size[UNITS_TEXT_MAX];

    if (c->quiet || !isatty(STDERR_FILENO))
        return;
    units_size((double)c->bytes, 4, size);
    fprintf(stderr, "Successfully copied %s to %s%s%s\n", size, c->to.container ? c->to.container : "",
            c->to.container ? ":" : "", c->to.path);
}

static int run(struct copy *c, struct error *err)
{
    if (c->from.container && c->to.container)
        return error_set(err, ERR_INVALID, "copying between containers is not supported");
    if (!c->from.container && !c->to.container)
        return error_set(err, ERR_INVALID, "must specify at least one container source");
    if (!c->from.path[0])
        return error_set(err, ERR_INVALID, "source can not be empty");
    if (!c->to.path[0])
        return error_set(err, ERR_INVALID, "destination can not be empty");
    return c->from.container ? copy_from(c, err) : copy_to(c, err);
}

static int cp_run(struct cli *cli, struct args *args, struct error *err)
{
    struct copy c = { .cli = cli,
                      .archive = args_bool(args, "archive", false),
                      .follow = args_bool(args, "follow-link", false),
                      .quiet = args_bool(args, "quiet", false) };
    int rc;

    end_of(args->rest[0], &c.from);
    end_of(args->rest[1], &c.to);
    rc = run(&c, err);
    if (rc == 0 && !str_eq(c.to.path, "-") && !str_eq(c.from.path, "-"))
        say_done(&c);
    end_free(&c.from);
    end_free(&c.to);
    return rc;
}

static const struct flag cp_flags[] = {
    {'a',  "archive",     FLAG_BOOL, NULL, "Archive mode (copy all uid/gid information)"},
    { 'L', "follow-link", FLAG_BOOL, NULL, "Always follow symbol link in SRC_PATH"      },
    { 'q', "quiet",       FLAG_BOOL, NULL,
     "Suppress progress output during copy. Progress output is automatically "
      "suppressed if no terminal is attached"                                           },
    FLAGS_END
};

const struct command cp_command = { .name = "cp",
                                    .group = "container",
                                    .in_group = "cp",
                                    .usage = "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-",
                                    .summary =
                                        "Copy files/folders between a container and the local filesystem",
                                    .flags = cp_flags,
                                    .min = 2,
                                    .max = 2,
                                    .run = cp_run };
