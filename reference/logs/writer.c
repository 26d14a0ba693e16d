/* logs/writer.c - output as it comes, to lines of JSON.
 *
 * Each stream has one unfinished line, at most LOG_CHUNK bytes; what exceeds that becomes an entry without a
 * newline (dockerd does so, and clients join such entries). Finished entries gather in one buffer, so that a
 * flood costs one write(2) for about a hundred kilobytes, and a lone line is in the file when
 * json_log_write() returns.
 *
 * The file is rotated before an entry when it has reached max_size, as dockerd does: the limit may be
 * exceeded by one entry. A write that fails (a full disk) loses that output and is reported once; the
 * container must not hang for it. */
#include "logs/json_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "logs/encode.h"

#define OUT_SIZE (LOG_ENTRY + 65536)

struct partial {
    char bytes[LOG_CHUNK];
    size_t length;
    nanos time; /* of the line's first byte; the pieces of one line share it */
};

struct json_log_writer {
    char *path;
    int fd;
    struct json_log_options options;
    int64_t size;
    struct partial streams[2];
    char out[OUT_SIZE];
    size_t out_length;
};

static int open_current(struct json_log_writer *w, int flags, struct error *err)
{
    struct stat st;
    int fd = open(w->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0640);

    if (fd < 0)
        return error_errno(err, "open log '%s'", w->path);
    if (w->fd >= 0)
        close(w->fd);
    w->fd = fd;
    w->size = fstat(fd, &st) == 0 ? st.st_size : 0;
    return 0;
}

/* A crash may have left half a line; ending it keeps the next entry readable. */
static void end_torn_line(struct json_log_writer *w)
{
    scoped_close int fd = open(w->path, O_RDONLY | O_CLOEXEC);
    char last = '\n';

    if (w->size > 0 && fd >= 0 && pread(fd, &last, 1, w->size - 1) == 1 && last != '\n' &&
        write(w->fd, "\n", 1) == 1)
        w->size++;
}

int json_log_open(const char *path, const struct json_log_options *options, struct json_log_writer **ret,
                  struct error *err)
{
    struct json_log_writer *w = new_zeroed(struct json_log_writer);

    w->path = xstrdup(path);
    w->options = *options;
    w->fd = -1;
    if (open_current(w, 0, err) < 0) {
        json_log_close(w);
        return -1;
    }
    end_torn_line(w);
    *ret = w;
    return 0;
}

static int write_out(struct json_log_writer *w, struct error *err)
{
    size_t n = w->out_length;

    w->out_length = 0;
    if (n == 0)
        return 0;
    if (fd_write_all(w->fd, w->out, n, err) < 0)
        return error_wrap(err, "log '%s'", w->path);
    w->size += (int64_t)n;
    return 0;
}

static void rename_number(const char *path, unsigned from, unsigned to)
{
    scoped_free char *source = from ? xasprintf("%s.%u", path, from) : xstrdup(path);
    scoped_free char *target = xasprintf("%s.%u", path, to);

    rename(source, target); /* there may be fewer files yet */
}

static int rotate(struct json_log_writer *w, struct error *err)
{
    if (w->options.max_file < 2)
        return open_current(w, O_TRUNC, err);
    for (unsigned i = w->options.max_file - 1; i > 0; i--)
        rename_number(w->path, i - 1, i);
    return open_current(w, 0, err);
}

static int add_entry(struct json_log_writer *w, bool is_stderr, nanos time, const char *text, size_t n,
                     bool newline, struct error *err)
{
    char when[CLOCK_TEXT_MAX];
    bool full = w->options.max_size > 0 && w->size + (int64_t)w->out_length >= w->options.max_size;

    if ((full || w->out_length + LOG_ENTRY > OUT_SIZE) && write_out(w, err) < 0)
        return -1;
    if (full && rotate(w, err) < 0)
        return -1;
    clock_format(time, when);
    w->out_length += entry_encode(w->out + w->out_length, is_stderr, when, text, n, newline);
    return 0;
}

/* Takes one line, or what there is of it, off the input; returns how much was taken. */
static size_t take_line(struct json_log_writer *w, bool is_stderr, nanos now, const char *p, size_t n,
                        int *failed, struct error *err)
{
    struct partial *s = &w->streams[is_stderr];
    size_t room = LOG_CHUNK - s->length, look = n < room ? n : room;
    const char *newline = look ? memchr(p, '\n', look) : NULL;
    size_t taken = newline ? (size_t)(newline - p) : look;

    if (s->length == 0)
        s->time = s->time ? s->time : now;
    if (s->length == 0 &&
        (newline || taken == LOG_CHUNK)) { /* the common case: nothing to join, nothing to copy */
        *failed |= add_entry(w, is_stderr, s->time, p, taken, newline, err);
    } else {
        memcpy(s->bytes + s->length, p, taken);
        s->length += taken;
        if (newline || s->length == LOG_CHUNK) {
            *failed |= add_entry(w, is_stderr, s->time, s->bytes, s->length, newline, err);
            s->length = 0;
        }
    }
    if (newline)
        s->time = 0;
    return taken + (newline ? 1 : 0);
}

int json_log_write(struct json_log_writer *w, bool is_stderr, const void *bytes, size_t n, struct error *err)
{
    const char *p = bytes, *end = p + n;
    nanos now = clock_now();
    int failed = 0;

    while (p < end)
        p += take_line(w, is_stderr, now, p, (size_t)(end - p), &failed, err);
    return write_out(w, err) < 0 || failed ? -1 : 0;
}

int json_log_flush(struct json_log_writer *w, struct error *err)
{
    int failed = 0;

    for (int i = 0; i < 2; i++) {
        struct partial *s = &w->streams[i];

        if (s->length)
            failed |= add_entry(w, i == 1, s->time, s->bytes, s->length, false, err);
        s->length = 0;
        s->time = 0;
    }
    return write_out(w, err) < 0 || failed ? -1 : 0;
}

struct json_log_writer *json_log_close(struct json_log_writer *w)
{
    if (!w)
        return NULL;
    if (w->fd >= 0)
        close(w->fd);
    free(w->path);
    free(w);
    return NULL;
}
