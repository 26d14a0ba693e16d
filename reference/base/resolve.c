/* base/resolve.c - the kernel does it by openat2(2), in one step that no rename can come between.
 *
 * Linux before 5.6 has no such call, older seccomp profiles (of an engine that we run inside of) and older memory checkers refuse it. There
 * the same is done by a walk: each part of the name is opened without following a link, links are read and put in front of what is
 * left, and ".." goes back along the descriptors by which we came, never through the file system. So nothing leads out of the root; all that
 * the kernel's way has over it is that a directory which is moved out of the root during the walk is walked on in. */
#include "base/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"

#define LINKS_MAX 40 /* path_resolution(7) */

struct walk {
    enum resolve_bounds how;
    int root;
    int *trail; /* directories below the root, the present one last; the root itself is not in it */
    size_t depth;
    char *left; /* of the name */
    unsigned links;
};

static int here(const struct walk *w)
{
    return w->depth ? w->trail[w->depth - 1] : w->root;
}

static void go_back(struct walk *w, size_t depth)
{
    while (w->depth > depth)
        close(w->trail[--w->depth]);
}

static int go_up(struct walk *w)
{
    if (w->depth == 0 && w->how == RESOLVE_INSIDE) {
        errno = EXDEV;
        return -1;
    }
    go_back(w, w->depth ? w->depth - 1 : 0);
    return 0;
}

static void go_down(struct walk *w, int fd)
{
    w->trail = xreallocarray(w->trail, w->depth + 1, sizeof(*w->trail));
    w->trail[w->depth++] = fd;
}

/* Puts the link's text in front of what is left. */
static int follow(struct walk *w, int link, bool is_dir)
{
    char text[PATH_MAX];
    ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
    char *left;

    if (n < 0)
        return -1;
    text[n] = '\0';
    if (++w->links > LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    if (text[0] == '/' && w->how == RESOLVE_INSIDE) {
        errno = EXDEV;
        return -1;
    }
    if (text[0] == '/')
        go_back(w, 0);
    left = xasprintf("%s%s%s", text, *w->left || is_dir ? "/" : "", w->left);
    free(w->left);
    w->left = left;
    return 0;
}

/* Takes the next part off the name; *last tells that nothing but slashes follows it. */
static bool next_part(struct walk *w, char part[NAME_MAX + 1], bool *last, bool *is_dir)
{
    char *from = w->left + strspn(w->left, "/");
    size_t n = strcspn(from, "/");
    char *rest = from + n + strspn(from + n, "/");

    if (n == 0 || n > NAME_MAX)
        return false;
    memcpy(part, from, n);
    part[n] = '\0';
    *last = *rest == '\0';
    *is_dir = from[n] == '/';
    memmove(w->left, rest, strlen(rest) + 1);
    return true;
}

static bool has_type(int fd, mode_t type)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/* One part: 1 when `*ret` is the end's descriptor, 0 to go on. A slash behind it (`is_dir`) follows also the last link. */
static int step(struct walk *w, const char *part, bool last, bool is_dir, int flags, mode_t mode, int *ret)
{
    int fd;

    if (str_eq(part, "."))
        return 0;
    if (str_eq(part, ".."))
        return go_up(w);
    fd = openat(here(w), part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && !(last && errno == ENOENT && (flags & O_CREAT)))
        return -1;
    if (fd >= 0 && has_type(fd, S_IFLNK) && !(last && !is_dir && (flags & O_NOFOLLOW))) {
        int followed = follow(w, fd, is_dir);

        close(fd);
        return followed;
    }
    if (last) {
        if (fd >= 0)
            close(fd);
        *ret = openat(here(w), part, flags | O_NOFOLLOW | O_CLOEXEC, mode);
        return *ret < 0 ? -1 : 1;
    }
    go_down(w, fd); /* go_back() closes it, whatever it is */
    if (!has_type(fd, S_IFDIR)) {
        errno = ENOTDIR;
        return -1;
    }
    return 0;
}

int resolve_walk(int root_fd, const char *path, int flags, mode_t mode, enum resolve_bounds how)
{
    struct walk w = { .how = how, .root = root_fd, .left = xstrdup(path) };
    char part[NAME_MAX + 1];
    bool last = false, is_dir = false;
    int fd = -1, done = 0, sys;

    if (*path == '/' && how == RESOLVE_INSIDE) {
        errno = EXDEV;
        done = -1;
    }
    while (done == 0 && next_part(&w, part, &last, &is_dir))
        done = step(&w, part, last, is_dir, flags | (last && is_dir ? O_DIRECTORY : 0), mode, &fd);
    if (done == 0 && *w.left && w.left[strspn(w.left, "/")]) {
        errno = ENAMETOOLONG;
        done = -1;
    }
    if (done == 0)
        fd = openat(here(&w), ".", flags | O_CLOEXEC,
                    mode); /* the name ended in "." or "..", or was the root's own */
    sys = errno;
    go_back(&w, 0);
    free(w.trail);
    free(w.left);
    errno = sys;
    return fd;
}

int resolve_open(int root_fd, const char *path, int flags, mode_t mode, enum resolve_bounds how)
{
    struct open_how open_how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
        .resolve = (how == RESOLVE_INSIDE ? RESOLVE_BENEATH : RESOLVE_IN_ROOT) | RESOLVE_NO_MAGICLINKS,
    };
    long fd;

    do /* EAGAIN: something was renamed while the kernel looked, see openat2(2) */
        fd = syscall(SYS_openat2, root_fd, *path ? path : ".", &open_how, sizeof(open_how));
    while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return resolve_walk(root_fd, path, flags, mode, how);
    return (int)fd;
}

int open_in_root(int root_fd, const char *path, int flags, mode_t mode, struct error *err)
{
    int fd = resolve_open(root_fd, path, flags, mode, RESOLVE_AS_ROOT);

    if (fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;

        error_errno(err, "open '%s'", path);
        return missing ? error_as(err, ERR_NOT_FOUND) : -1;
    }
    return fd;
}
