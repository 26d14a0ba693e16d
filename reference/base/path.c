/* base/path.c - see path.h. tree_remove() works by openat(2) from directory to directory, so that a link put
 * in its way by a container is removed and not followed. */
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"

char *path_join(const char *a, const char *b)
{
    while (*b == '/')
        b++;
    return xasprintf("%s%s%s", a, str_ends(a, "/") ? "" : "/", b);
}

char *path_clean(const char *path)
{
    scoped_strv parts = { 0 };
    struct strv kept = { 0 };
    bool absolute = *path == '/';
    scoped_free char *joined = NULL;

    strv_split(&parts, path, '/');
    for (size_t i = 0; i < parts.count; i++) {
        const char *part = parts.items[i];

        if (!*part || str_eq(part, "."))
            continue;
        if (!str_eq(part, ".."))
            strv_add(&kept, part);
        else if (kept.count && !str_eq(kept.items[kept.count - 1], ".."))
            strv_remove(&kept, kept.count - 1);
        else if (!absolute)
            strv_add(&kept, part);
    }
    joined = strv_join(&kept, "/");
    strv_free(&kept);
    return absolute ? xasprintf("/%s", joined) : xstrdup(*joined ? joined : ".");
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool path_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int dir_make(const char *path, mode_t mode, struct error *err)
{
    scoped_free char *copy = xstrdup(path);

    for (char *p = copy + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return error_errno(err, "create directory '%s'", copy);
        *p = '/';
    }
    if (mkdir(copy, mode) < 0 && (errno != EEXIST || !path_is_dir(copy)))
        return error_errno(err, "create directory '%s'", copy);
    return 0;
}

static int remove_at(int dirfd, const char *name, struct error *err);

static int remove_children(int dirfd, struct error *err)
{
    scoped(closedir) DIR *dir = fdopendir(dirfd);
    struct dirent *entry;

    if (!dir) {
        close(dirfd);
        return error_errno(err, "read directory");
    }
    while ((entry = readdir(dir))) {
        if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
            continue;
        if (remove_at(dirfd, entry->d_name, err) < 0)
            return -1;
    }
    return 0;
}

static int remove_at(int dirfd, const char *name, struct error *err)
{
    int fd;

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return error_errno(err, "remove '%s'", name);
    fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : error_errno(err, "open '%s'", name);
    if (remove_children(fd, err) < 0)
        return error_wrap(err, "'%s'", name);
    if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return error_errno(err, "remove directory '%s'", name);
    return 0;
}

int tree_remove(const char *path, struct error *err)
{
    return remove_at(AT_FDCWD, path, err);
}

/* nftw(3) has no user pointer; the total is per thread. Hard links are told apart by (dev, ino) of files with
 * several names. */
static _Thread_local int64_t total;
static _Thread_local struct {
    dev_t dev;
    ino_t ino;
} * linked;
static _Thread_local size_t linked_count;

static bool seen_before(const struct stat *st)
{
    if (st->st_nlink < 2)
        return false;
    for (size_t i = 0; i < linked_count; i++)
        if (linked[i].ino == st->st_ino && linked[i].dev == st->st_dev)
            return true;
    linked = xreallocarray(linked, linked_count + 1, sizeof(*linked));
    linked[linked_count].dev = st->st_dev;
    linked[linked_count++].ino = st->st_ino;
    return false;
}

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path;
    (void)ftw;
    if (type == FTW_F && S_ISREG(st->st_mode) && !seen_before(st))
        total += st->st_size;
    return 0;
}

int tree_size(const char *path, int64_t *ret, struct error *err)
{
    int r;

    total = 0;
    linked = NULL;
    linked_count = 0;
    r = nftw(path, add_size, 16, FTW_PHYS);
    free(linked);
    if (r < 0 && errno != ENOENT)
        return error_errno(err, "walk '%s'", path);
    *ret = total;
    return 0;
}
