/* container/archive.c - files in and out of a container as tar: ContainerArchive, ContainerArchiveInfo, PutContainerArchive,
 * ContainerExport.
 *
 * A path is cleaned first ("/a/../b" is "/b" whatever "a" is, as Docker Engines have it). Its last part is not followed when it is a
 * link, unless a slash or "/." comes behind it; a place to put something is always followed. Nothing of an archive's size is held in
 * memory: bytes pass from the files to the client, or the other way, as they come. */
#include "container/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tar.h"
#include "base/path.h"
#include "base/resolve.h"
#include "runtime/spec.h"

#define LINKS_MAX  255 /* that a link's target is followed through */
#define LINK_BYTES 40

/* -- paths -- */

/* The path from the root, and what says that a directory is meant. */
struct place {
    char *clean;     /* "/a/b" */
    bool is_dir;     /* "/" or "/." came behind it */
    const char *top; /* what it is called in an archive */
};

static void place_free(struct place *p)
{
    free(p->clean);
}

static void place_of(const char *path, struct place *ret)
{
    scoped_free char *whole = xasprintf("/%s", path);
    bool dot = str_ends(whole, "/.");

    ret->clean = path_clean(whole);
    ret->is_dir = dot || str_ends(whole, "/") || str_ends(whole, "/..");
    ret->top = dot ? "." : ret->clean[1] ? path_base(ret->clean) : "/";
}

static int path_error(int number, const char *ref, const char *path, struct error *err)
{
    if (number == ENOENT)
        return error_set(err, ERR_NOT_FOUND, "Could not find the file %s in container %s", path, ref);
    errno = number;
    return error_errno(err, "lstat %s", path);
}

/* O_PATH of what is there, itself and not what it points to unless a directory is meant. */
static int open_place(int root, const struct place *p, const char *ref, const char *path, struct error *err)
{
    int fd =
        resolve_open(root, p->clean, O_PATH | (p->is_dir ? O_DIRECTORY : O_NOFOLLOW), 0, RESOLVE_AS_ROOT);

    return fd < 0 ? path_error(errno, ref, path, err) : fd;
}

/* -- links -- */

struct trail {
    struct str path; /* that was walked, "" is the root */
    char *left;      /* to be walked */
    unsigned links;
};

static void trail_up(struct trail *t)
{
    const char *slash = strrchr(str_text(&t->path), '/');

    str_cut(&t->path, slash ? (size_t)(slash - t->path.data) : 0);
}

/* Puts a link's text in front of what is left, if `path` is a link. */
static int trail_link(struct trail *t, int root, const char *path, bool *is_link, struct error *err)
{
    scoped_close int fd = resolve_open(root, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_AS_ROOT);
    char text[PATH_MAX];
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof(text) - 1);
    char *left;

    *is_link = n > 0;
    if (n <= 0)
        return 0;
    if (++t->links > LINKS_MAX)
        return error_set(err, ERR_SYSTEM, "evalSymlinksInScope: too many links in %s", path);
    text[n] = '\0';
    if (text[0] == '/')
        str_cut(&t->path, 0);
    left = xasprintf("%s/%s", text, t->left);
    free(t->left);
    t->left = left;
    if (strlen(left) > PATH_MAX)
        return error_set(err, ERR_SYSTEM, "lstat %s: %s", path, strerror(ENAMETOOLONG));
    return 0;
}

static int trail_step(struct trail *t, int root, struct error *err)
{
    char *from = t->left + strspn(t->left, "/");
    size_t n = strcspn(from, "/");
    scoped_free char *part = xstrndup(from, n), *next = NULL;
    bool is_link;

    memmove(t->left, from + n, strlen(from + n) + 1);
    if (!part[0] || str_eq(part, "."))
        return 0;
    if (str_eq(part, "..")) {
        trail_up(t);
        return 0;
    }
    next = xasprintf("%s/%s", str_text(&t->path), part);
    if (trail_link(t, root, next, &is_link, err) < 0)
        return -1;
    if (!is_link)
        str_addf(&t->path, "/%s", part);
    return 0;
}

/* Where a link leads to inside of the container; also where nothing is. */
static int link_target(int root, const char *path, char **ret, struct error *err)
{
    struct trail t = { .left = xstrdup(path) };
    int rc = 0;

    while (rc == 0 && t.left[0])
        rc = trail_step(&t, root, err);
    if (rc == 0)
        *ret = xstrdup(t.path.len ? str_text(&t.path) : "/");
    str_free(&t.path);
    free(t.left);
    return rc;
}

/* -- what a path is -- */

/* Go's os.FileMode, which is what the API says as "mode". */
static int64_t go_mode(mode_t mode)
{
    static const struct {
        mode_t type;
        int64_t bits;
    } types[] = {
        {S_IFDIR,   INT64_C(1) << 31                       },
        { S_IFLNK,  INT64_C(1) << 27                       },
        { S_IFBLK,  INT64_C(1) << 26                       },
        { S_IFCHR,  (INT64_C(1) << 26) | (INT64_C(1) << 21)},
        { S_IFIFO,  INT64_C(1) << 25                       },
        { S_IFSOCK, INT64_C(1) << 24                       },
    };
    int64_t bits = mode & 0777;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if ((mode & S_IFMT) == types[i].type)
            bits |= types[i].bits;
    bits |= mode & S_ISUID ? INT64_C(1) << 23 : 0;
    bits |= mode & S_ISGID ? INT64_C(1) << 22 : 0;
    bits |= mode & S_ISVTX ? INT64_C(1) << 20 : 0;
    return bits;
}

static json_t *stat_json(const struct stat *st, const char *name, const char *target)
{
    nanos t = st->st_mtim.tv_sec * NANOS_PER_SECOND + st->st_mtim.tv_nsec;
    char time[CLOCK_TEXT_MAX] = "1970-01-01T00:00:00Z";
    json_t *o = json_object();

    if (t) /* our zero is Go's zero time */
        clock_format(t, time);
    json_put_str(o, "name", name);
    json_object_set_new(o, "size", json_integer(st->st_size));
    json_object_set_new(o, "mode", json_integer(go_mode(st->st_mode)));
    json_put_str(o, "mtime", time);
    json_put_str(o, "linkTarget", target);
    return o;
}

struct outward {
    const struct container_archive *how;
    struct container *c;
    json_t *stat;
};

static int stat_place(int root, int node, const struct place *p, json_t **ret, struct error *err)
{
    scoped_free char *target = NULL;
    struct stat st;

    if (fstat(node, &st) < 0)
        return error_errno(err, "lstat %s", p->clean);
    if (S_ISLNK(st.st_mode) && link_target(root, p->clean, &target, err) < 0)
        return -1;
    *ret = stat_json(&st, p->top, target ? target : "");
    return 0;
}

static int stat_work(void *user, int root, struct error *err)
{
    struct outward *o = user;
    struct place p;
    scoped_close int node = -1;
    int rc = -1;

    place_of(o->how->path, &p);
    node = open_place(root, &p, o->how->ref, o->how->path, err);
    if (node >= 0)
        rc = stat_place(root, node, &p, &o->stat, err);
    place_free(&p);
    return rc;
}

int container_path_stat(struct container *c, const char *ref, const char *path, json_t **ret,
                        struct error *err)
{
    struct container_archive how = { .ref = ref, .path = path };
    struct outward o = { .how = &how, .c = c };

    if (container_view(c, VIEW_VOLUMES, stat_work, &o, err) < 0)
        return -1;
    *ret = o.stat;
    return 0;
}

/* -- out -- */

static int pack_place(struct outward *o, int root, int node, const struct place *p, struct error *err)
{
    char whole[LINK_BYTES], dir[LINK_BYTES];
    struct tar_pack what = { .root = whole, .path = p->clean, .rename = p->top };

    snprintf(whole, sizeof(whole), "/proc/self/fd/%d", root);
    snprintf(dir, sizeof(dir), "/proc/self/fd/%d", node);
    if (p->is_dir) { /* a link to it was followed */
        what.root = dir;
        what.path = "/";
    }
    return tar_pack(&what, o->how->sink, o->how->user, err);
}

static int archive_work(void *user, int root, struct error *err)
{
    struct outward *o = user;
    scoped(json_decref) json_t *stat = NULL;
    struct place p;
    scoped_close int node = -1;
    int rc = -1;

    place_of(o->how->path, &p);
    node = open_place(root, &p, o->how->ref, o->how->path, err);
    if (node >= 0 && stat_place(root, node, &p, &stat, err) == 0) {
        container_event(o->c, "archive-path", NULL);
        if (o->how->begin(o->how->user, stat, err) == 0)
            rc = pack_place(o, root, node, &p, err);
    }
    place_free(&p);
    return rc;
}

int container_archive(struct container *c, const struct container_archive *how, struct error *err)
{
    struct outward o = { .how = how, .c = c };

    return container_view(c, VIEW_VOLUMES, archive_work, &o, err);
}

static int export_work(void *user, int root, struct error *err)
{
    struct outward *o = user;
    char whole[LINK_BYTES];
    struct tar_pack what = { .root = whole, .path = "/" };

    snprintf(whole, sizeof(whole), "/proc/self/fd/%d", root);
    container_event(o->c, "export", NULL);
    return tar_pack(&what, o->how->sink, o->how->user, err);
}

int container_export(struct container *c, tar_sink sink, void *user, struct error *err)
{
    struct container_archive how = { .sink = sink, .user = user };
    struct outward o = { .how = &how, .c = c };

    return container_view(c, VIEW_ROOT, export_work, &o, err);
}

/* -- in -- */

struct inward {
    const struct container_extract *how;
    struct container *c;
    json_t *config, *host_config;
};

/* The directory, all links followed. */
static int open_target(struct inward *in, int root, struct place *p, struct error *err)
{
    int fd = resolve_open(root, p->clean, O_PATH, 0, RESOLVE_AS_ROOT);
    struct stat st;

    if (fd < 0)
        return path_error(errno, in->how->ref, in->how->path, err);
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return fd;
    close(fd);
    if (p->is_dir)
        return path_error(ENOTDIR, in->how->ref, in->how->path, err);
    return error_set(err, ERR_INVALID, "extraction point is not a directory");
}

static bool is_within(const char *path, const char *above)
{
    size_t n = strlen(above);

    return str_starts(path, above) && (path[n] == '/' || path[n] == '\0' || str_eq(above, "/"));
}

/* What is marked read-only is read-only for the engine too. `path` is where links have led to. */
static int check_writable(struct inward *in, const char *path, struct error *err)
{
    bool in_mount = false;
    json_t *m;
    size_t i;

    json_array_foreach (in->c->mounts, i, m) {
        if (!is_within(path, json_str_at(m, "Destination", "/")))
            continue;
        if (!json_bool_at(m, "RW", true))
            return error_set(err, ERR_INVALID, "mounted volume is marked read-only");
        in_mount = true;
    }
    if (!in_mount && json_bool_at(in->host_config, "ReadonlyRootfs", false))
        return error_set(err, ERR_INVALID, "container rootfs is marked read-only");
    return 0;
}

/* copyUIDGID: everything comes to belong to the user whom the container runs as. */
static int set_owner(struct inward *in, struct tar_unpack *how, struct error *err)
{
    const char *user = json_str_at(in->config, "User", "");
    scoped_free char *merged = container_dir(in->c, "merged");
    struct spec_user id = { 0 };

    how->keep_owner = !in->how->copy_uid_gid || !user[0];
    if (how->keep_owner)
        return 0;
    if (spec_find_user(merged, user, NULL, &id, NULL, err) < 0) {
        error_as(err, ERR_INVALID);
        return error_wrap(err, "failed to look up user \"%s\" in container", user);
    }
    how->uid = id.uid;
    how->gid = id.gid;
    free((void *)id.extra);
    return 0;
}

static int unpack_into(struct inward *in, int dir, const char *path, struct error *err)
{
    char link[LINK_BYTES];
    struct tar_unpack how = { .root = link,
                              .shown_root = path,
                              .no_overwrite_dir_nondir = in->how->no_overwrite_dir_nondir };

    snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
    if (set_owner(in, &how, err) < 0)
        return -1;
    if (tar_unpack(&how, in->how->source, in->how->user, NULL, err) < 0) {
        if (err->kind == ERR_INVALID) /* so do Docker Engines: a damaged archive is no bad parameter */
            error_as(err, ERR_SYSTEM);
        return -1;
    }
    container_event(in->c, "extract-to-dir", NULL);
    return 0;
}

static int extract_work(void *user, int root, struct error *err)
{
    struct inward *in = user;
    scoped_free char *real = NULL;
    struct place p;
    scoped_close int dir = -1;
    int rc = -1;

    place_of(in->how->path, &p);
    dir = open_target(in, root, &p, err);
    if (dir >= 0 && link_target(root, p.clean, &real, err) == 0 && check_writable(in, real, err) == 0)
        rc = unpack_into(in, dir, real, err);
    place_free(&p);
    return rc;
}

int container_extract(struct container *c, const struct container_extract *how, struct error *err)
{
    struct inward in = { .how = how, .c = c };
    int rc;

    in.config = container_config(c, &in.host_config);
    rc = container_view(c, VIEW_VOLUMES, extract_work, &in, err);
    json_decref(in.config);
    json_decref(in.host_config);
    return rc;
}
