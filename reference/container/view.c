/* container/view.c - a container's files as the engine sees them, whether it runs or not: its root with its volumes and binds, but
 * without what a running container mounts for itself (/proc, /dev, tmpfs).
 *
 * The mounts are made in a mount namespace of a thread of its own, so that nobody else sees them and nothing has to be undone: they
 * go with the thread. Names are resolved from the root's descriptor by openat2(2), which no link leads out of. */
#include "container/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/resolve.h"
#include "volume/volume.h"

#define STACK_BYTES (8u << 20) /* archives of deep trees recurse */
#define LINK_BYTES  40

struct view {
    struct container *c;
    enum view_kind kind;
    view_work work;
    void *user;
    char id[ID_LENGTH + 1]; /* by which volumes are held mounted */
    int result;
    struct error err;
};

static void link_of(int fd, char ret[LINK_BYTES])
{
    snprintf(ret, LINK_BYTES, "/proc/self/fd/%d", fd);
}

/* -- one mount -- */

/* The place that something is mounted at; made where it is missing. */
static int open_target(int root, const char *path, bool is_dir, struct error *err)
{
    scoped_free char *above = NULL;
    scoped_close int dir = -1, made = -1;
    const char *name = path_base(path);
    int fd = open_in_root(root, path, O_PATH, 0, err);

    if (fd >= 0 || err->kind != ERR_NOT_FOUND)
        return fd;
    if (is_dir)
        return dir_in_root(root, path, 0, 0, err) < 0 ? -1 : open_in_root(root, path, O_PATH, 0, err);
    above = xstrndup(path, (size_t)(name - path));
    if (dir_in_root(root, above, 0, 0, err) < 0)
        return -1;
    dir = open_in_root(root, above, O_PATH | O_DIRECTORY, 0, err);
    if (dir < 0)
        return -1;
    made = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
    if (made < 0)
        return error_errno(err, "create '%s'", path);
    return open_in_root(root, path, O_PATH, 0, err);
}

static int make_read_only(int root, const char *path, struct error *err)
{
    scoped_close int fd = open_in_root(root, path, O_PATH, 0, err);
    char link[LINK_BYTES];

    if (fd < 0)
        return -1;
    link_of(fd, link);
    return mount("none", link, "none", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0
               ? error_errno(err, "mount '%s' read-only", path)
               : 0;
}

static int bind_at(int root, int source, const char *path, bool rw, struct error *err)
{
    char from[LINK_BYTES], to[LINK_BYTES];
    scoped_close int target = -1;
    struct stat st;

    if (fstat(source, &st) < 0)
        return error_errno(err, "stat");
    target = open_target(root, path, S_ISDIR(st.st_mode), err);
    if (target < 0)
        return -1;
    link_of(source, from);
    link_of(target, to);
    if (mount(from, to, "none", MS_BIND | MS_REC, NULL) < 0)
        return error_errno(err, "mount '%s'", path);
    return rw ? 0 : make_read_only(root, path, err);
}

/* -- those of the container -- */

static int source_of(struct view *v, const json_t *m, struct error *err)
{
    const char *source = json_str_at(m, "Source", ""), *subpath = json_str_at(m, "Subpath", "");
    const char *name = json_str_at(m, "Name", NULL);
    scoped_close int fd = -1;

    if (name && volume_mount(v->c->all->volumes, name, v->id, err) < 0)
        return -1;
    fd = open(source, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open '%s'", source);
    return subpath[0] ? open_in_root(fd, subpath, O_PATH, 0, err) : take_fd(&fd);
}

static int image_at(struct view *v, int root, const json_t *m, const char *path, struct error *err)
{
    const struct container *c = v->c;
    scoped_strv lower = { 0 };
    scoped_free char *list = NULL, *options = NULL;
    scoped_close int target = -1;
    char to[LINK_BYTES];

    for (size_t i = 0; i < c->mounted_image_count; i++)
        if (str_eq(image_id(c->mounted_images[i]), json_str_at(m, "ImageID", "")) && !lower.count)
            image_lower_dirs(c->mounted_images[i], &lower);
    if (lower.count == 0)
        return error_set(err, ERR_NOT_FOUND, "No such image: %s", json_str_at(m, "ImageName", ""));
    if (lower.count == 1) {
        scoped_close int source = source_of(v, m, err);

        return source < 0 ? -1 : bind_at(root, source, path, false, err);
    }
    target = open_target(root, path, true, err);
    if (target < 0)
        return -1;
    link_of(target, to);
    list = strv_join(&lower, ":");
    options = xasprintf("lowerdir=%s", list);
    return mount("overlay", to, "overlay", MS_RDONLY, options) < 0 ? error_errno(err, "mount '%s'", path) : 0;
}

static int mount_one(struct view *v, int root, const json_t *m, struct error *err)
{
    const char *type = json_str_at(m, "Type", ""), *path = json_str_at(m, "Destination", "");
    scoped_close int source = -1;

    if (str_eq(type, "image"))
        return image_at(v, root, m, path, err);
    if (!str_eq(type, "volume") && !str_eq(type, "bind"))
        return 0; /* a tmpfs is the running container's alone */
    source = source_of(v, m, err);
    return source < 0 ? -1 : bind_at(root, source, path, json_bool_at(m, "RW", true), err);
}

static size_t depth(const char *path)
{
    size_t n = 0;

    for (; *path; path++)
        n += *path == '/' && path[1];
    return n;
}

static bool is_taken(const struct container *c, const char *path)
{
    json_t *m;
    size_t i;

    json_array_foreach (c->mounts, i, m)
        if (str_eq(json_str_at(m, "Destination", ""), path))
            return true;
    return false;
}

/* The engine's own files, once there are any. */
static int mount_files(struct view *v, int root, struct error *err)
{
    static const char *const files[] = { "resolv.conf", "hostname", "hosts" };

    for (size_t i = 0; i < 3; i++) {
        scoped_free char *source = container_dir(v->c, files[i]), *path = xasprintf("/etc/%s", files[i]);
        scoped_close int fd = open(source, O_PATH | O_CLOEXEC);

        if (fd >= 0 && !is_taken(v->c, path) && bind_at(root, fd, path, true, err) < 0)
            return -1;
    }
    return 0;
}

/* What lies in another mount comes after it. */
static int mount_all(struct view *v, int root, struct error *err)
{
    size_t left = json_array_size(v->c->mounts), i;
    json_t *m;

    for (size_t level = 0; left > 0; level++)
        json_array_foreach (v->c->mounts, i, m) {
            if (depth(json_str_at(m, "Destination", "")) != level)
                continue;
            left--;
            if (mount_one(v, root, m, err) < 0)
                return -1;
        }
    return mount_files(v, root, err);
}

static void drop_volumes(struct view *v)
{
    json_t *m;
    size_t i;

    json_array_foreach (v->c->mounts, i, m)
        if (json_str_at(m, "Name", NULL))
            volume_unmount(v->c->all->volumes, json_str_at(m, "Name", ""), v->id);
}

/* -- the thread -- */

static int see(struct view *v, struct error *err)
{
    scoped_free char *merged = container_dir(v->c, "merged");
    scoped_close int root = -1;

    if (unshare(CLONE_NEWNS) < 0)
        return error_errno(err, "a mount namespace");
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
        return error_errno(err, "make mounts private");
    if (v->kind == VIEW_LOWER && rootfs_mount_lower(v->c, err) < 0)
        return -1;
    root = open(merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_errno(err, "open '%s'", merged);
    if (v->kind == VIEW_VOLUMES && mount_all(v, root, err) < 0)
        return -1;
    return v->work(v->user, root, err);
}

static void *view_main(void *arg)
{
    struct view *v = arg;

    v->result = see(v, &v->err);
    return NULL;
}

static int run_thread(struct view *v, struct error *err)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int number;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    number = pthread_create(&thread, &attributes, view_main, v);
    pthread_attr_destroy(&attributes);
    if (number) {
        errno = number;
        return error_errno(err, "start a thread");
    }
    pthread_join(thread, NULL);
    if (v->result < 0 && err)
        *err = v->err;
    return v->result;
}

int container_view(struct container *c, enum view_kind kind, view_work work, void *user, struct error *err)
{
    struct view v = { .c = c, .kind = kind, .work = work, .user = user };
    int rc;

    if (kind != VIEW_LOWER && rootfs_view(c, err) < 0)
        return -1;
    id_make(v.id);
    rc = run_thread(&v, err);
    if (kind == VIEW_VOLUMES)
        drop_volumes(&v);
    if (kind != VIEW_LOWER)
        rootfs_unview(c);
    return rc;
}
