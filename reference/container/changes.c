/* container/changes.c - ContainerChanges: what the container has that its image has not.
 *
 * The upper directory of the overlay holds each file that was touched, but says more than is told: a file that was merely opened
 * for writing is copied up as it was, and so is each directory on the way to a change. So the two trees are compared, the upper one
 * with what lies below (view.c mounts that alone), by descriptors and without following a link:
 *
 *     only in the upper one: added     a whiteout, or left out of an opaque directory: deleted     in both, and different: changed
 *
 * A directory that holds a change counts as changed; the root is never told. */
#include "container/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/path.h"

#define DEPTH_MAX 1024

enum kind { CHANGED, ADDED, DELETED };

struct compare {
    struct container *c;
    json_t *found;
    unsigned depth;
};

static void tell(struct compare *p, const char *path, enum kind kind)
{
    json_t *o = json_object();

    json_put_str(o, "Path", path);
    json_object_set_new(o, "Kind", json_integer(kind));
    json_array_append_new(p->found, o);
}

static int names_in(int dir, struct strv *ret, struct error *err)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scoped(closedir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!d) {
        error_errno(err, "read directory");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while ((entry = readdir(d)))
        if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
            strv_add(ret, entry->d_name);
    strv_sort(ret);
    return 0;
}

static int open_node(int dir, const char *name, struct stat *st)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, st) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool is_whiteout(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static bool is_opaque(int dir)
{
    char link[40], value = 0;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
    return getxattr(link, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && (a->tv_nsec == b->tv_nsec || !a->tv_nsec || !b->tv_nsec);
}

/* Size and time of a directory change with what is in it, which is told by itself. */
static bool differ(const struct stat *a, const struct stat *b)
{
    if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid ||
        a->st_rdev != b->st_rdev)
        return true;
    return !S_ISDIR(a->st_mode) && (a->st_size != b->st_size || !is_same_time(&a->st_mtim, &b->st_mtim));
}

static int compare_dir(struct compare *p, int upper, int lower, const char *path, struct error *err);

/* What an opaque directory hides is deleted. */
static int tell_hidden(struct compare *p, int upper, int lower, const char *path, struct error *err)
{
    scoped_strv names = { 0 };

    if (names_in(lower, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        scoped_free char *below = path_join(path, names.items[i]);

        if (faccessat(upper, names.items[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0)
            tell(p, below, DELETED);
    }
    return 0;
}

/* `lower` is -1, or what lies below under the same name. */
static int compare_node(struct compare *p, int upper, const struct stat *st, int lower,
                        const struct stat *lower_st, const char *path, struct error *err)
{
    bool both_dirs = lower >= 0 && S_ISDIR(st->st_mode) && S_ISDIR(lower_st->st_mode);
    size_t place = json_array_size(p->found);

    if (is_whiteout(st)) {
        if (lower >= 0)
            tell(p, path, DELETED);
        return 0;
    }
    if (lower < 0 || (!both_dirs && differ(st, lower_st)))
        tell(p, path, lower < 0 ? ADDED : CHANGED);
    if (!S_ISDIR(st->st_mode))
        return 0;
    if (compare_dir(p, upper, both_dirs ? lower : -1, path, err) < 0)
        return -1;
    if (both_dirs && (differ(st, lower_st) || json_array_size(p->found) > place)) {
        tell(p, path, CHANGED); /* before what it holds */
        json_array_insert(p->found, place, json_array_get(p->found, json_array_size(p->found) - 1));
        json_array_remove(p->found, json_array_size(p->found) - 1);
    }
    return 0;
}

static int compare_name(struct compare *p, int upper, int lower, const char *name, const char *path,
                        struct error *err)
{
    scoped_free char *whole = path_join(path, name);
    struct stat st, lower_st;
    scoped_close int node = open_node(upper, name, &st);
    scoped_close int below = lower < 0 ? -1 : open_node(lower, name, &lower_st);

    return node < 0 ? 0 /* removed meanwhile */ : compare_node(p, node, &st, below, &lower_st, whole, err);
}

static int compare_dir(struct compare *p, int upper, int lower, const char *path, struct error *err)
{
    scoped_strv names = { 0 };

    if (++p->depth > DEPTH_MAX)
        return error_set(err, ERR_SYSTEM, "'%.200s...': directories are nested too deeply", path);
    if (names_in(upper, &names, err) < 0 ||
        (lower >= 0 && is_opaque(upper) && tell_hidden(p, upper, lower, path, err) < 0))
        return -1;
    for (size_t i = 0; i < names.count; i++)
        if (compare_name(p, upper, lower, names.items[i], path, err) < 0)
            return -1;
    p->depth--;
    return 0;
}

static int compare_work(void *user, int root, struct error *err)
{
    struct compare *p = user;
    scoped_free char *path = container_dir(p->c, "upper");
    scoped_close int upper = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (upper < 0)
        return errno == ENOENT ? 0 : error_errno(err, "open '%s'", path); /* it was never started */
    return compare_dir(p, upper, root, "/", err);
}

int container_changes(struct container *c, json_t **ret, struct error *err)
{
    struct compare p = { .c = c, .found = json_array() };

    if (container_view(c, VIEW_LOWER, compare_work, &p, err) < 0) {
        json_decref(p.found);
        return -1;
    }
    if (json_array_size(p.found) == 0) {
        json_decref(p.found);
        p.found = json_null();
    }
    *ret = p.found;
    return 0;
}
