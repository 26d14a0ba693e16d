/* archive/unpack.c - from a tar to a tree that the archive cannot leave.
 *
 * Names are cleaned first: one that climbs above the root is refused. The directory that an entry goes to is opened by openat2(2),
 * which keeps all links that lie on the way inside the root: in a layer one that leads out is an error (RESOLVE_BENEATH), in a
 * container's tree "/" means the root (RESOLVE_IN_ROOT). The entry itself is made in that directory by its last name alone and
 * never through a link. What it is set to afterwards (owner, mode, times, attributes) is set by descriptor.
 *
 * Whiteouts are in the form of overlayfs: "Overlay Filesystem", whiteouts and opaque directories, in the kernel's documentation. */
#include "archive/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <archive_entry.h>

#include "archive/internal.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/resolve.h"
#include "base/scope.h"
#include "base/str.h"

#define DEFAULT_MAX_BYTES   (UINT64_C(64) << 30)
#define DEFAULT_MAX_ENTRIES 4000000
#define IMPLIED_DIR_MODE    0755 /* of directories that the archive does not name */
#define WHITEOUT            ".wh."
#define WHITEOUT_META       ".wh..wh."
#define WHITEOUT_OPAQUE     ".wh..wh..opq"
#define LINK_PATH_MAX       40

struct unpack {
    const struct tar_unpack *how;
    struct archive *archive;
    int root;
    uint64_t bytes, entries, max_bytes, max_entries;
    int64_t size;
    FILE *dirs; /* paths and times of directories: their times are set last, and kept on disk meanwhile */
    /* The directory of the last entry: neighbours are frequent. */
    char *parent_path;
    int parent;
};

static int open_below(const struct unpack *u, const char *path, int flags)
{
    return resolve_open(u->root, path, flags, 0, u->how->layer ? RESOLVE_INSIDE : RESOLVE_AS_ROOT);
}

static int path_error(struct error *err, const char *path)
{
    int sys = errno;

    if (sys == EXDEV || sys == ELOOP)
        return error_set(err, ERR_INVALID, "'%s': path escapes from its root", path);
    error_errno(err, "'%s'", path);
    if (sys == ENOTDIR || sys == ENOENT || sys == EEXIST || sys == ENAMETOOLONG)
        error_as(err, ERR_INVALID);
    return -1;
}

/* Opens the directory `path`, making what is missing of it. */
static int open_dir(const struct unpack *u, const char *path, struct error *err)
{
    int fd = open_below(u, path, O_PATH | O_DIRECTORY);
    scoped_free char *above = NULL;
    scoped_close int above_fd = -1;
    const char *name = path_base(path);

    if (fd >= 0)
        return fd;
    if (errno != ENOENT || !*path)
        return path_error(err, path);
    above = name == path ? xstrdup("") : xstrndup(path, (size_t)(name - path - 1));
    above_fd = open_dir(u, above, err);
    if (above_fd < 0)
        return -1;
    if (mkdirat(above_fd, name, IMPLIED_DIR_MODE) == 0) {
        if (!u->how->keep_owner &&
            fchownat(above_fd, name, u->how->uid, u->how->gid, AT_SYMLINK_NOFOLLOW) < 0)
            return path_error(err, path);
    } else if (errno != EEXIST) {
        return path_error(err, path);
    }
    fd = open_below(u, path, O_PATH | O_DIRECTORY);
    return fd < 0 ? path_error(err, path) : fd;
}

static void forget_parent(struct unpack *u)
{
    if (u->parent >= 0)
        close(u->parent);
    u->parent = -1;
    free(u->parent_path);
    u->parent_path = NULL;
}

/* The directory that `path` lies in; it stays ours. */
static int parent_of(struct unpack *u, const char *path, struct error *err)
{
    const char *name = path_base(path);
    scoped_free char *dir = name == path ? xstrdup("") : xstrndup(path, (size_t)(name - path - 1));

    if (u->parent >= 0 && str_eq(u->parent_path, dir))
        return u->parent;
    forget_parent(u);
    u->parent = open_dir(u, dir, err);
    u->parent_path = take_ptr(&dir);
    return u->parent;
}

/* "/a/./b/" to "a/b"; "" is the root itself. */
static int clean_name(const char *path, char **ret, struct error *err)
{
    scoped_free char *clean = NULL;

    if (!path || strlen(path) >= PATH_MAX)
        return error_set(err, ERR_INVALID, "an entry's name is too long or cannot be read");
    while (*path == '/')
        path++;
    clean = path_clean(path);
    if (str_eq(clean, "..") || str_starts(clean, "../"))
        return error_set(err, ERR_INVALID, "'%s': path escapes from its root", path);
    *ret = str_eq(clean, ".") ? xstrdup("") : take_ptr(&clean);
    return 0;
}

/* -- what an entry is set to -- */

static void link_path(int fd, char ret[LINK_PATH_MAX])
{
    snprintf(ret, LINK_PATH_MAX, "/proc/self/fd/%d", fd);
}

static int set_xattrs(int node, struct archive_entry *entry, const char *path, struct error *err)
{
    char link[LINK_PATH_MAX];
    const char *name;
    const void *value;
    size_t size;

    link_path(node, link);
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        if (!name || str_starts(name, "trusted.overlay.") || str_starts(name, "user.overlay."))
            continue; /* these would tell overlayfs to show other files than the layer's */
        if (setxattr(link, name, value, size, 0) < 0 && errno != ENOTSUP && errno != EPERM)
            return error_errno(err, "set attribute '%s' of '%s'", name, path);
    }
    return 0;
}

static void times_of(struct archive_entry *entry, struct timespec ret[2])
{
    ret[1].tv_sec = archive_entry_mtime_is_set(entry) ? archive_entry_mtime(entry) : 0;
    ret[1].tv_nsec = archive_entry_mtime_is_set(entry) ? archive_entry_mtime_nsec(entry) : 0;
    ret[0] = ret[1];
}

/* Owner first, since it takes away setuid and capabilities; times last, since all else changes them. */
static int set_facts(struct unpack *u, int node, struct archive_entry *entry, const char *path,
                     struct error *err)
{
    bool keep = u->how->keep_owner;
    uid_t uid = keep ? (uid_t)archive_entry_uid(entry) : u->how->uid;
    gid_t gid = keep ? (gid_t)archive_entry_gid(entry) : u->how->gid;
    mode_t type = archive_entry_filetype(entry);
    char link[LINK_PATH_MAX];
    struct timespec times[2];

    link_path(node, link);
    if (fchownat(node, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, "change the owner of '%s'", path);
    if (type != AE_IFLNK && chmod(link, archive_entry_perm(entry) & 07777) < 0)
        return error_errno(err, "change the mode of '%s'", path);
    if (set_xattrs(node, entry, path, err) < 0)
        return -1;
    times_of(entry, times);
    if (type == AE_IFDIR) {
        if (fwrite(path, strlen(path) + 1, 1, u->dirs) != 1 || fwrite(times, sizeof(times), 1, u->dirs) != 1)
            return error_errno(err, "write temporary file");
        return 0;
    }
    if (utimensat(AT_FDCWD, link, times, 0) < 0)
        return error_errno(err, "change the time of '%s'", path);
    return 0;
}

/* A directory that was replaced later is left alone. */
static int set_dir_times(struct unpack *u, struct error *err)
{
    scoped_free char *path = NULL;
    size_t room = 0;
    struct timespec times[2];

    rewind(u->dirs);
    while (getdelim(&path, &room, '\0', u->dirs) > 0 && fread(times, sizeof(times), 1, u->dirs) == 1) {
        scoped_close int fd = open_below(u, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        char link[LINK_PATH_MAX];

        if (fd < 0)
            continue;
        link_path(fd, link);
        if (utimensat(AT_FDCWD, link, times, 0) < 0)
            return error_errno(err, "change the time of '%s'", path);
    }
    return ferror(u->dirs) ? error_errno(err, "read temporary file") : 0;
}

/* -- one kind of entry each; they make `name` in the directory `dir` -- */

static int write_data(struct unpack *u, int fd, int64_t size, const char *path, struct error *err)
{
    const void *bytes;
    size_t n;
    la_int64_t at;
    int r;

    while ((r = archive_read_data_block(u->archive, &bytes, &n, &at)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
        u->bytes += n;
        if (u->bytes > u->max_bytes)
            return error_set(err, ERR_TOO_LARGE, "archive is larger than %llu bytes",
                             (unsigned long long)u->max_bytes);
        for (size_t done = 0; done < n;) {
            ssize_t w = pwrite(fd, (const char *)bytes + done, n - done, (off_t)at + (off_t)done);

            if (w > 0)
                done += (size_t)w;
            else if (w == 0 || errno != EINTR)
                return error_errno(err, "write '%s'", path);
        }
    }
    if (r != ARCHIVE_EOF)
        return -1;               /* what libarchive says is read by the caller */
    if (ftruncate(fd, size) < 0) /* a sparse file may end in a hole */
        return error_errno(err, "set the size of '%s'", path);
    return 0;
}

static int make_file(struct unpack *u, int dir, const char *name, const char *path,
                     struct archive_entry *entry, struct feed *feed, struct error *err)
{
    int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
    scoped_close int fd = -1;
    struct error failure = { 0 };

    if (size < 0 || (uint64_t)size > u->max_bytes)
        return error_set(err, ERR_TOO_LARGE, "'%s' is larger than %llu bytes", path,
                         (unsigned long long)u->max_bytes);
    fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return path_error(err, path);
    if (write_data(u, fd, size, path, &failure) < 0) {
        if (failure.kind == ERR_NONE)
            return feed_error(u->archive, feed, err);
        if (err)
            *err = failure;
        return -1;
    }
    u->size += size;
    return set_facts(u, fd, entry, path, err);
}

static int make_hardlink(struct unpack *u, int dir, const char *name, const char *path, const char *to,
                         struct error *err)
{
    scoped_free char *target = NULL;
    scoped_close int above = -1;
    const char *last;

    if (clean_name(to, &target, err) < 0)
        return error_wrap(err, "invalid hardlink target");
    last = path_base(target);
    above = last == target ? dup(u->root) : -1;
    if (last != target) {
        scoped_free char *dir_path = xstrndup(target, (size_t)(last - target - 1));

        above = open_below(u, dir_path, O_PATH | O_DIRECTORY);
    }
    if (above < 0 || linkat(above, *last ? last : ".", dir, name, 0) < 0) {
        path_error(err, path);
        return error_wrap(err, "link to '%s'", to);
    }
    return 0;
}

static int make_symlink(struct unpack *u, int dir, const char *name, const char *path, const char *to,
                        struct error *err)
{
    if (!to || !*to)
        return error_set(err, ERR_INVALID, "'%s' is a link to nothing", path);
    u->size += (int64_t)strlen(to);
    return symlinkat(to, dir, name) < 0 ? path_error(err, path) : 0;
}

static int make_node(int dir, const char *name, const char *path, struct archive_entry *entry,
                     struct error *err)
{
    mode_t type = archive_entry_filetype(entry);
    dev_t dev = 0;

    if (type == AE_IFBLK || type == AE_IFCHR)
        dev = makedev((unsigned)archive_entry_rdevmajor(entry), (unsigned)archive_entry_rdevminor(entry));
    return mknodat(dir, name, type | 0600, dev) < 0 ? path_error(err, path) : 0;
}

/* Makes way for the entry. Two directories become one. Returns 1 when the directory is there already. */
static int make_way(struct unpack *u, int dir, const char *name, const char *path, bool is_dir,
                    struct error *err)
{
    struct stat st;
    scoped_free char *whole = NULL;
    char link[LINK_PATH_MAX];

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : path_error(err, path);
    if (is_dir && S_ISDIR(st.st_mode))
        return 1;
    if (u->how->no_overwrite_dir_nondir && is_dir != S_ISDIR(st.st_mode))
        return error_set(err, ERR_INVALID,
                         is_dir ? "cannot overwrite non-directory \"%s\" with directory \"%s\""
                                : "cannot overwrite directory \"%s\" with non-directory \"%s\"",
                         path, u->how->shown_root ? u->how->shown_root : u->how->root);
    link_path(dir, link);
    whole = path_join(link, name);
    if (S_ISDIR(st.st_mode) && u->parent_path)
        forget_parent(u); /* it may be the one that goes; the caller opens it again */
    return tree_remove(whole, err);
}

static int make_entry(struct unpack *u, const char *path, struct archive_entry *entry, struct feed *feed,
                      struct error *err)
{
    mode_t type = archive_entry_filetype(entry);
    const char *name = path_base(path), *hardlink = archive_entry_hardlink(entry);
    int dir = parent_of(u, path, err), r;
    scoped_close int own = dir < 0 ? -1 : dup(dir), node = -1;

    if (own < 0)
        return dir < 0 ? -1 : error_errno(err, "dup");
    r = make_way(u, own, name, path, type == AE_IFDIR && !hardlink, err);
    if (r < 0)
        return -1;
    if (hardlink)
        return make_hardlink(u, own, name, path, hardlink, err);
    if (type == AE_IFREG)
        return make_file(u, own, name, path, entry, feed, err);
    if (type == AE_IFDIR)
        r = r == 1 || mkdirat(own, name, 0700) == 0 ? 0 : path_error(err, path);
    else if (type == AE_IFLNK)
        r = make_symlink(u, own, name, path, archive_entry_symlink(entry), err);
    else if (type == AE_IFIFO || type == AE_IFCHR || type == AE_IFBLK)
        r = make_node(own, name, path, entry, err);
    else
        return error_set(err, ERR_INVALID, "'%s' is of an unknown kind", path);
    if (r < 0)
        return -1;
    node = openat(own, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return node < 0 ? path_error(err, path) : set_facts(u, node, entry, path, err);
}

/* A whiteout hides what lies below, not what this layer has (OCI image-spec, layer.md "Whiteouts"). */
static int make_whiteout(struct unpack *u, const char *path, struct error *err)
{
    const char *name = path_base(path);
    int dir = parent_of(u, path, err);
    char link[LINK_PATH_MAX];

    if (dir < 0)
        return -1;
    link_path(dir, link);
    if (str_eq(name, WHITEOUT_OPAQUE))
        return setxattr(link, "trusted.overlay.opaque", "y", 1, 0) < 0 ? error_errno(err, "'%s'", path) : 0;
    if (str_starts(name, WHITEOUT_META))
        return 0; /* aufs kept its own affairs under such names */
    name += strlen(WHITEOUT);
    if (!*name || str_eq(name, ".") || str_eq(name, ".."))
        return error_set(err, ERR_INVALID, "'%s': no name is deleted", path);
    if (mknodat(dir, name, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
        return path_error(err, path);
    return 0;
}

static int unpack_entry(struct unpack *u, struct archive_entry *entry, struct feed *feed, struct error *err)
{
    scoped_free char *path = NULL;

    if (++u->entries > u->max_entries)
        return error_set(err, ERR_TOO_LARGE, "archive has more than %llu entries",
                         (unsigned long long)u->max_entries);
    if (clean_name(archive_entry_pathname(entry), &path, err) < 0)
        return -1;
    if (!*path) {
        if (archive_entry_filetype(entry) != AE_IFDIR)
            return error_set(err, ERR_INVALID, "the root is not a directory");
        if (!u->how->layer)
            return 0; /* it was there before, and is no part of what is brought */
        return set_facts(u, u->root, entry, "", err);
    }
    if (u->how->layer && str_starts(path_base(path), WHITEOUT))
        return make_whiteout(u, path, err);
    return make_entry(u, path, entry, feed, err);
}

static int unpack_all(struct unpack *u, struct feed *feed, struct error *err)
{
    struct archive_entry *entry;
    int r;

    if (feed_open(u->archive, feed, err) < 0)
        return -1;
    while ((r = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN)
        if (unpack_entry(u, entry, feed, err) < 0)
            return -1;
    if (r != ARCHIVE_EOF)
        return feed_error(u->archive, feed, err);
    return set_dir_times(u, err);
}

/* A file without a name, beside what is unpacked: the system's own place for such is often memory. */
static FILE *spill_file(int root)
{
    int fd = openat(root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? tmpfile() : fdopen(fd, "w+");

    if (!file && fd >= 0)
        close(fd);
    return file;
}

static struct archive *reader_new(void)
{
    struct archive *a = archive_read_new();

    if (!a)
        abort();
    archive_read_support_filter_gzip(a); /* not "all": some of those run programs */
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_empty(a);
    return a;
}

int tar_unpack(const struct tar_unpack *how, tar_source source, void *user, int64_t *size, struct error *err)
{
    struct unpack u = {
        .how = how,
        .root = open(how->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .parent = -1,
        .max_bytes = how->max_bytes ? how->max_bytes : DEFAULT_MAX_BYTES,
        .max_entries = how->max_entries ? how->max_entries : DEFAULT_MAX_ENTRIES,
    };
    struct feed *feed;
    locale_t old;
    int r = -1;

    if (u.root < 0)
        return error_errno(err, "open '%s'", how->root);
    u.dirs = spill_file(u.root);
    if (!u.dirs) {
        error_errno(err, "temporary file");
        goto close_root;
    }
    feed = new_zeroed(struct feed);
    feed->source = source;
    feed->user = user;
    old = locale_enter();
    u.archive = reader_new();
    r = unpack_all(&u, feed, err);
    archive_read_free(u.archive);
    locale_leave(old);
    free(feed);
    forget_parent(&u);
    fclose(u.dirs);
    if (r == 0 && size)
        *size = u.size;
close_root:
    close(u.root);
    return r;
}
