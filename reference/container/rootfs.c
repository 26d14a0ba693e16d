/* container/rootfs.c - the container's root directory: the image's layers below, its own changes on top (overlayfs).
 *
 * mount(2) takes its options in one page. An image may have a hundred layers with long paths, and a path may hold a
 * comma or a colon, which the options cannot: then each directory is opened and named by its descriptor.
 *
 * It is mounted while the container runs, or while somebody looks into it (view.c), whichever is longer: never twice at once, since two
 * overlays that write to one directory know nothing of each other. */
#include "container/internal.h"
#include "container/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/path.h"
#include "base/resolve.h"

#define OPTIONS_MAX 4000

/* What is in each container without being a change of it: where the engine's mounts go, and the mark by which programs tell that
 * they are in a container. It is one directory for all, below the image's layers, so that what an image has there wins. */
int rootfs_prepare(const char *root, struct error *err)
{
    static const char *const dirs[] = { "dev/pts", "dev/shm", "proc", "sys", "etc" };
    static const char *const files[] = { ".dockerenv", "dev/console", "etc/hostname", "etc/hosts",
                                         "etc/resolv.conf" };
    scoped_free char *init = path_join(root, "init"), *mtab = path_join(init, "etc/mtab");

    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        scoped_free char *path = path_join(init, dirs[i]);

        if (dir_make(path, 0755, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        scoped_free char *path = path_join(init, files[i]);
        scoped_close int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0755);

        if (fd < 0)
            return error_errno(err, "create '%s'", path);
    }
    if (symlink("/proc/mounts", mtab) < 0 && errno != EEXIST)
        return error_errno(err, "create '%s'", mtab);
    return 0;
}

static int lower_dirs(struct container *c, struct strv *ret, struct error *err)
{
    if (c->image)
        image_lower_dirs(c->image, ret);
    else if (c->image_id[0])
        return error_set(err, ERR_SYSTEM, "the image %s of container %s is gone", c->image_id, c->id);
    strv_addf(ret, "%s/init", c->all->root);
    return 0;
}

static bool is_plain(const char *path)
{
    return !strpbrk(path, ",:\\");
}

/* `upper` and `work` are NULL for a mount of the layers alone. */
static char *options_plain(const struct strv *lower, const char *upper, const char *work)
{
    scoped_free char *list = strv_join(lower, ":");
    char *options;

    if (upper && (!is_plain(upper) || !is_plain(work)))
        return NULL;
    for (size_t i = 0; i < lower->count; i++)
        if (!is_plain(lower->items[i]))
            return NULL;
    options = upper ? xasprintf("lowerdir=%s,upperdir=%s,workdir=%s", list, upper, work)
                    : xasprintf("lowerdir=%s", list);
    if (strlen(options) <= OPTIONS_MAX)
        return options;
    free(options);
    return NULL;
}

struct fds {
    int *fds;
    size_t count;
};

static void fds_close(struct fds *f)
{
    for (size_t i = 0; i < f->count; i++)
        close(f->fds[i]);
    free(f->fds);
}

static int fds_open(struct fds *f, const char *path, struct strv *names, struct error *err)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    f->fds[f->count++] = fd;
    strv_addf(names, "/proc/self/fd/%d", fd);
    return 0;
}

static int mount_by_fds(const struct strv *lower, const char *upper, const char *work, const char *merged,
                        struct error *err)
{
    struct fds f = { xcalloc(lower->count + 2, sizeof(int)), 0 };
    scoped_strv names = { 0 }, tops = { 0 };
    scoped_free char *list = NULL, *options = NULL;
    int rc = -1;

    for (size_t i = 0; i < lower->count; i++)
        if (fds_open(&f, lower->items[i], &names, err) < 0)
            goto out;
    if (upper && (fds_open(&f, upper, &tops, err) < 0 || fds_open(&f, work, &tops, err) < 0))
        goto out;
    list = strv_join(&names, ":");
    options = upper ? xasprintf("lowerdir=%s,upperdir=%s,workdir=%s", list, tops.items[0], tops.items[1])
                    : xasprintf("lowerdir=%s", list);
    rc = mount("overlay", merged, "overlay", 0, options) < 0
             ? error_errno(err, "mount overlay at '%s'", merged)
             : 0;
out:
    fds_close(&f);
    return rc;
}

int overlay_mount(const struct strv *lower, const char *upper, const char *work, const char *merged,
                  struct error *err)
{
    scoped_free char *options = options_plain(lower, upper, work);

    if (!options)
        return mount_by_fds(lower, upper, work, merged, err);
    if (mount("overlay", merged, "overlay", 0, options) < 0)
        return error_errno(err, "mount overlay at '%s'", merged);
    return 0;
}

static void unmount_all(struct container *c)
{
    scoped_free char *merged = container_dir(c, "merged");

    while (umount2(merged, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        ;
}

/* With c->root_lock held. */
static int mount_root(struct container *c, struct error *err)
{
    scoped_free char *upper = container_dir(c, "upper"), *work = container_dir(c, "work");
    scoped_free char *merged = container_dir(c, "merged");
    scoped_strv lower = { 0 };

    if (c->root_up || c->root_views)
        return 0;
    if (lower_dirs(c, &lower, err) < 0 || dir_make(upper, 0755, err) < 0 || dir_make(work, 0700, err) < 0 ||
        dir_make(merged, 0755, err) < 0)
        return -1;
    unmount_all(c); /* what a crash left */
    return overlay_mount(&lower, upper, work, merged, err);
}

int rootfs_mount(struct container *c, struct error *err)
{
    int rc;

    pthread_mutex_lock(&c->root_lock);
    rc = mount_root(c, err);
    c->root_up = c->root_up || rc == 0;
    pthread_mutex_unlock(&c->root_lock);
    return rc;
}

void rootfs_adopt(struct container *c)
{
    pthread_mutex_lock(&c->root_lock);
    c->root_up = true;
    pthread_mutex_unlock(&c->root_lock);
}

void rootfs_unmount(struct container *c)
{
    pthread_mutex_lock(&c->root_lock);
    c->root_up = false;
    if (c->root_views == 0)
        unmount_all(c);
    pthread_mutex_unlock(&c->root_lock);
}

void rootfs_drop(struct container *c)
{
    pthread_mutex_lock(&c->root_lock);
    c->root_up = false;
    c->root_gone = true;
    unmount_all(c);
    pthread_mutex_unlock(&c->root_lock);
}

int rootfs_view(struct container *c, struct error *err)
{
    int rc;

    pthread_mutex_lock(&c->root_lock);
    rc = c->root_gone ? error_set(err, ERR_NOT_FOUND, "No such container: %s", c->id) : mount_root(c, err);
    c->root_views += rc == 0;
    pthread_mutex_unlock(&c->root_lock);
    return rc;
}

void rootfs_unview(struct container *c)
{
    pthread_mutex_lock(&c->root_lock);
    if (--c->root_views == 0 && !c->root_up)
        unmount_all(c);
    pthread_mutex_unlock(&c->root_lock);
}

int rootfs_mount_lower(struct container *c, struct error *err)
{
    scoped_free char *merged = container_dir(c, "merged");
    scoped_strv lower = { 0 };

    if (lower_dirs(c, &lower, err) < 0 || dir_make(merged, 0755, err) < 0)
        return -1;
    if (lower.count > 1)
        return overlay_mount(&lower, NULL, NULL, merged, err);
    return mount(lower.items[0], merged, "none", MS_BIND, NULL) < 0 /* overlayfs wants two */
               ? error_errno(err, "mount '%s'", merged)
               : 0;
}

static void explain(const char *root, int number, struct error *err)
{
    struct statfs fs;
    bool stacked = statfs(root, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
    const char *advice = number == ENODEV  ? "load the kernel's module: modprobe overlay"
                         : number == EPERM ? "run engined with CAP_SYS_ADMIN"
                                           : "name a directory on ext4, xfs, btrfs or tmpfs by --data-root";

    error_set(err, ERR_SYSTEM, "overlayfs was tried below '%s'%s and does not mount: %s; %s", root,
              stacked ? ", which is on an overlay itself," : "", strerror(number), advice);
}

/* An upper side that can hold no whiteouts mounts too, but only for reading. */
static int try_in(const char *dir, struct error *err)
{
    static const char *const names[] = { "lower", "upper", "work", "merged" };
    scoped_free char *options =
        xasprintf("lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", dir, dir, dir);
    scoped_free char *merged = path_join(dir, "merged"), *file = path_join(merged, "file");
    int number = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        scoped_free char *path = path_join(dir, names[i]);

        if (dir_make(path, 0700, err) < 0)
            return -1;
    }
    if (mount("overlay", merged, "overlay", 0, options) < 0) {
        explain(dir, errno, err);
        return -1;
    }
    if (mkdir(file, 0700) < 0)
        number = errno;
    umount2(merged, MNT_DETACH);
    if (number)
        explain(dir, number, err);
    return number ? -1 : 0;
}

int rootfs_try(const char *root, struct error *err)
{
    scoped_free char *dir = path_join(root, "try"), *merged = path_join(dir, "merged");
    int rc;

    if (!is_plain(dir))
        return 0; /* the options cannot name it; the first container will tell */
    umount2(merged, MNT_DETACH | UMOUNT_NOFOLLOW); /* what a crash left */
    if (tree_remove(dir, err) < 0 || dir_make(dir, 0700, err) < 0)
        return -1;
    rc = try_in(dir, err);
    tree_remove(dir, NULL);
    return rc;
}

int dir_in_root(int root_fd, const char *path, uid_t uid, gid_t gid, struct error *err)
{
    scoped_strv names = { 0 };
    int at = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
    scoped_str so_far = { 0 };

    strv_split(&names, path, '/');
    for (size_t i = 0; i < names.count && at >= 0; i++) {
        int next;

        if (!names.items[i][0])
            continue;
        str_addf(&so_far, "/%s", names.items[i]);
        next = open_in_root(root_fd, str_text(&so_far), O_PATH | O_DIRECTORY | O_CLOEXEC, 0, NULL);
        if (next < 0 && mkdirat(at, names.items[i], 0755) == 0) {
            if (fchownat(at, names.items[i], uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
                next = -1;
            else
                next = open_in_root(root_fd, str_text(&so_far), O_PATH | O_DIRECTORY | O_CLOEXEC, 0, NULL);
        }
        close(at);
        at = next;
    }
    if (at < 0)
        return error_set(err, ERR_INVALID, "Cannot mkdir: %s is not a directory", path);
    close(at);
    return 0;
}

char *container_upper(const struct container *c)
{
    return container_dir(c, "upper");
}
