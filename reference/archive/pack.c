/* archive/pack.c - from a tree to a tar, the same tree always to the same bytes: names sorted, owners as numbers.
 *
 * The walk goes by descriptors from directory to directory and follows no link, so that a container that changes its tree
 * meanwhile may spoil its own archive but cannot show another part of the host. */
#include "archive/tar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <archive_entry.h>

#include "archive/internal.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/resolve.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"

#define XATTR_BYTES_MAX 65536
#define DEPTH_MAX                                                                                            \
    1024 /* of directories: each is a few kilobytes of our stack, and a container may make as many as it likes */

struct pack {
    const struct tar_pack *what;
    struct archive *archive;
    struct drain drain;
    struct map *linked; /* "dev:ino" of files with several names -> the first name */
    unsigned depth;
};

static int add_xattrs(struct archive_entry *entry, int node, const struct tar_pack *what, bool *opaque)
{
    char link[40], names[XATTR_BYTES_MAX];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", node);
    n = listxattr(link, names, sizeof(names));
    for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
        static _Thread_local char value[XATTR_BYTES_MAX];
        ssize_t size = getxattr(link, name, value, sizeof(value));

        if (size < 0)
            continue;
        if (str_eq(name, "trusted.overlay.opaque"))
            *opaque = what->layer && size == 1 && value[0] == 'y';
        else if (!str_starts(name, "trusted.") && !str_starts(name, "system."))
            archive_entry_xattr_add_entry(entry, name, value, (size_t)size);
    }
    return 0;
}

static int write_header(struct pack *p, struct archive_entry *entry, struct error *err)
{
    return archive_write_header(p->archive, entry) < ARCHIVE_WARN ? drain_error(p->archive, &p->drain, err)
                                                                  : 0;
}

/* A marker is an empty file (OCI image-spec, layer.md "Whiteouts"). */
static int write_marker(struct pack *p, const char *dir, const char *name, struct error *err)
{
    scoped_free char *path = *dir ? path_join(dir, name) : xstrdup(name);
    struct archive_entry *entry = archive_entry_new();
    int r;

    archive_entry_set_pathname(entry, path);
    archive_entry_set_mode(entry, AE_IFREG);
    archive_entry_set_size(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
    r = write_header(p, entry, err);
    archive_entry_free(entry);
    return r;
}

/* The header told the size: a file that shrank meanwhile is filled up by libarchive, one that grew is cut. */
static int write_content(struct pack *p, int dir, const char *name, int64_t size, struct error *err)
{
    scoped_close int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char bytes[32768];

    if (fd < 0)
        return error_errno(err, "open '%s'", name);
    while (size > 0) {
        ssize_t n = read(fd, bytes, size < (int64_t)sizeof(bytes) ? (size_t)size : sizeof(bytes));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, "read '%s'", name);
        if (n == 0)
            break;
        if (archive_write_data(p->archive, bytes, (size_t)n) < 0)
            return drain_error(p->archive, &p->drain, err);
        size -= n;
    }
    return 0;
}

/* Sets the link's target if `path` is a further name of a file that was written already. */
static bool is_further_name(struct pack *p, const struct stat *st, const char *path,
                            struct archive_entry *entry)
{
    char key[64];
    char *first;

    if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
        return false;
    snprintf(key, sizeof(key), "%llu:%llu", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
    first = map_get(p->linked, key);
    if (!first) {
        map_set(p->linked, key, xstrdup(path));
        return false;
    }
    archive_entry_set_hardlink(entry, first);
    archive_entry_set_size(entry, 0);
    return true;
}

static void fill_header(struct archive_entry *entry, const struct stat *st, const char *path)
{
    bool is_bare = S_ISDIR(st->st_mode) && !str_ends(path, "/");
    scoped_free char *with_slash = is_bare ? xasprintf("%s/", path) : NULL;

    archive_entry_set_pathname(entry, with_slash ? with_slash : path);
    archive_entry_set_mode(entry, st->st_mode);
    archive_entry_set_uid(entry, st->st_uid);
    archive_entry_set_gid(entry, st->st_gid);
    archive_entry_set_mtime(entry, st->st_mtim.tv_sec, 0);
    archive_entry_set_size(entry, S_ISREG(st->st_mode) ? st->st_size : 0);
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
        archive_entry_set_rdevmajor(entry, major(st->st_rdev));
        archive_entry_set_rdevminor(entry, minor(st->st_rdev));
    }
}

static int pack_at(struct pack *p, int dir, const char *name, const char *path, struct error *err);

static int names_of(int fd, struct strv *ret, struct error *err)
{
    scoped(closedir) DIR *dir = fdopendir(fd);
    struct dirent *entry;

    if (!dir) {
        close(fd);
        return error_errno(err, "read directory");
    }
    while ((entry = readdir(dir)))
        if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
            strv_add(ret, entry->d_name);
    strv_sort(ret);
    return 0;
}

static int pack_children(struct pack *p, int dir, const char *path, struct error *err)
{
    scoped_strv names = { 0 };
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    if (names_of(fd, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        scoped_free char *below = *path ? path_join(path, names.items[i]) : xstrdup(names.items[i]);

        if (pack_at(p, dir, names.items[i], below, err) < 0)
            return -1;
    }
    return 0;
}

static int pack_dir(struct pack *p, int node, const char *path, bool opaque, struct error *err)
{
    int r;

    if (opaque && write_marker(p, path, ".wh..wh..opq", err) < 0)
        return -1;
    if (++p->depth > DEPTH_MAX)
        return error_set(err, ERR_SYSTEM, "'%.200s...': directories are nested too deeply", path);
    r = pack_children(p, node, path, err);
    p->depth--;
    return r;
}

static int set_target(struct archive_entry *entry, int node, const char *path, struct error *err)
{
    char target[PATH_MAX + 1];
    ssize_t n = readlinkat(node, "", target, sizeof(target) - 1);

    if (n < 0)
        return error_errno(err, "read link '%s'", path);
    target[n] = '\0';
    archive_entry_set_symlink(entry, target);
    return 0;
}

static int pack_node(struct pack *p, int dir, const char *name, int node, const struct stat *st,
                     const char *path, struct archive_entry *entry, struct error *err)
{
    bool opaque = false;

    fill_header(entry, st, path);
    if (is_further_name(p, st, path, entry))
        return write_header(p, entry, err);
    if (S_ISLNK(st->st_mode) && set_target(entry, node, path, err) < 0)
        return -1;
    add_xattrs(entry, node, p->what, &opaque);
    if (*path && write_header(p, entry, err) < 0)
        return -1;
    if (S_ISREG(st->st_mode))
        return write_content(p, dir, name, st->st_size, err);
    return S_ISDIR(st->st_mode) ? pack_dir(p, node, path, opaque, err) : 0;
}

/* `path` is the name in the archive; "" for a root that is not named itself. */
static int pack_at(struct pack *p, int dir, const char *name, const char *path, struct error *err)
{
    scoped_close int node = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct archive_entry *entry;
    struct stat st;
    int r;

    if (node < 0)
        return errno == ENOENT ? 0 : error_errno(err, "open '%s'", path); /* removed meanwhile */
    if (fstat(node, &st) < 0)
        return error_errno(err, "stat '%s'", path);
    if (S_ISSOCK(st.st_mode))
        return 0; /* tar has none */
    if (*path && p->what->leave_out && p->what->leave_out(p->what->leave_out_user, path, S_ISDIR(st.st_mode)))
        return 0;
    if (p->what->layer && S_ISCHR(st.st_mode) && st.st_rdev == 0) {
        scoped_free char *above = xstrndup(path, (size_t)(path_base(path) - path));
        scoped_free char *mark = xasprintf(".wh.%s", path_base(path));

        return write_marker(p, above, mark, err);
    }
    entry = archive_entry_new();
    r = pack_node(p, dir, name, node, &st, path, entry, err);
    archive_entry_free(entry);
    return r;
}

static struct archive *writer_new(void)
{
    struct archive *a = archive_write_new();

    if (!a)
        abort();
    archive_write_set_format_pax_restricted(a);
    archive_write_set_options(a, "xattrheader=SCHILY");
    return a;
}

static int pack_all(struct pack *p, struct error *err)
{
    scoped_close int root = open(p->what->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    scoped_free char *clean = path_clean(p->what->path);
    scoped_free char *above = xstrndup(clean, (size_t)(path_base(clean) - clean));
    const char *name = path_base(clean), *top;
    scoped_close int dir = -1;

    if (root < 0)
        return error_errno(err, "open '%s'", p->what->root);
    dir = open_in_root(root, *above ? above : "/", O_PATH | O_DIRECTORY, 0, err);
    if (dir < 0)
        return -1;
    top = p->what->rename ? p->what->rename : name;
    if (*name && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
        error_errno(err, "'%s'", clean);
        return error_as(err, ERR_NOT_FOUND);
    }
    if (drain_open(p->archive, &p->drain, err) < 0 || pack_at(p, dir, *name ? name : ".", top, err) < 0)
        return -1;
    return archive_write_close(p->archive) != ARCHIVE_OK ? drain_error(p->archive, &p->drain, err) : 0;
}

int tar_pack(const struct tar_pack *what, tar_sink sink, void *user, struct error *err)
{
    struct pack p = {
        .what = what, .linked = map_new(), .drain = {.sink = sink, .user = user}
    };
    locale_t old = locale_enter();
    size_t at = 0;
    void *first;
    int r;

    p.archive = writer_new();
    r = pack_all(&p, err);
    drain_free(p.archive, &p.drain);
    locale_leave(old);
    while (map_next(p.linked, &at, NULL, &first))
        free(first);
    map_free(p.linked);
    return r;
}
