/* base/fd.c - see fd.h. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#define UNFINISHED ".tmp"

int fd_write_all(int fd, const void *bytes, size_t n, struct error *err)
{
    const char *p = bytes;

    while (n) {
        ssize_t wrote = write(fd, p, n);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            bool gone = errno == EPIPE || errno == ECONNRESET;

            error_errno(err, "write");
            return gone ? error_as(err, ERR_CLOSED) : -1;
        }
        p += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}

ssize_t fd_read_full(int fd, void *bytes, size_t n, struct error *err)
{
    size_t got = 0;

    while (got < n) {
        ssize_t r = read(fd, (char *)bytes + got, n - got);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return error_errno(err, "read");
        if (r == 0)
            break;
        got += (size_t)r;
    }
    return (ssize_t)got;
}

int fd_read_all(int fd, size_t max, struct str *ret, struct error *err)
{
    char chunk[16384];

    for (;;) {
        ssize_t r = read(fd, chunk, sizeof(chunk));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return error_errno(err, "read");
        if (r == 0)
            return 0;
        if (ret->len + (size_t)r > max)
            return error_set(err, ERR_TOO_LARGE, "more than %zu bytes", max);
        str_add_bytes(ret, chunk, (size_t)r);
    }
}

int fd_nonblock(int fd, bool on, struct error *err)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
        return error_errno(err, "set O_NONBLOCK");
    return 0;
}

void fd_nodelay(int fd)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

int fd_wait_readable(int fd, int ms, struct error *err)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int n;

    do
        n = poll(&p, 1, ms);
    while (n < 0 && errno == EINTR);
    return n < 0 ? error_errno(err, "poll") : n > 0;
}

int file_read(const char *path, size_t max, struct str *ret, struct error *err)
{
    scoped_close int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        bool missing = errno == ENOENT;

        error_errno(err, "open '%s'", path);
        return missing ? error_as(err, ERR_NOT_FOUND) : -1;
    }
    if (fd_read_all(fd, max, ret, err) < 0)
        return error_wrap(err, "'%s'", path);
    return 0;
}

static int write_new(const char *path, const void *bytes, size_t n, mode_t mode, bool sync, struct error *err)
{
    scoped_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd < 0)
        return error_errno(err, "create '%s'", path);
    if (fd_write_all(fd, bytes, n, err) < 0)
        return error_wrap(err, "'%s'", path);
    if (sync && fdatasync(fd) < 0)
        return error_errno(err, "sync '%s'", path);
    return 0;
}

static int write_and_rename(const char *path, const void *bytes, size_t n, mode_t mode, bool sync,
                            struct error *err)
{
    char id[ID_LENGTH + 1];
    scoped_free char *temporary = NULL;

    id_make(id);
    temporary = xasprintf("%s.%.12s" UNFINISHED, path, id);
    if (write_new(temporary, bytes, n, mode, sync, err) < 0) {
        unlink(temporary);
        return -1;
    }
    if (rename(temporary, path) < 0) {
        error_errno(err, "rename '%s' to '%s'", temporary, path);
        unlink(temporary);
        return -1;
    }
    return 0;
}

int file_write_atomic(const char *path, const void *bytes, size_t n, mode_t mode, struct error *err)
{
    return write_and_rename(path, bytes, n, mode, true, err);
}

int file_replace(const char *path, const void *bytes, size_t n, mode_t mode, struct error *err)
{
    return write_and_rename(path, bytes, n, mode, false, err);
}

int files_drop_unfinished(const char *dir, struct error *err)
{
    scoped(closedir) DIR *d = opendir(dir);
    struct dirent *entry;

    if (!d)
        return error_errno(err, "open '%s'", dir);
    while ((entry = readdir(d)))
        if (str_ends(entry->d_name, UNFINISHED) && unlinkat(dirfd(d), entry->d_name, 0) < 0 &&
            errno != ENOENT)
            return error_errno(err, "remove '%s/%s'", dir, entry->d_name);
    return 0;
}

int file_poke(const char *path, const char *text, struct error *err)
{
    scoped_close int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t n = 0;

    while (text[n])
        n++;
    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    if (write(fd, text, n) < 0)
        return error_errno(err, "write '%s' to '%s'", text, path);
    return 0;
}
