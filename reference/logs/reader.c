/* logs/reader.c - entries in the order in which they were written, across rotated files.
 *
 *     PATH.2 -> PATH.1 -> PATH        a reader walks to the right and stays at PATH
 *
 * The writer renames under a reader's feet. An open file keeps its inode, so the reader reads that to its
 * end, and only then looks where the file is now (by inode): what came after PATH.K is PATH.(K-1); a file
 * that is gone was the oldest, so the oldest that is left follows. A file that shrank was truncated (max_file
 * = 1): start again at 0.
 *
 * `tail` counts newlines backwards in blocks, newest file first, and so costs what it gives and not what is
 * there. */
#include "logs/json_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/scope.h"
#include "logs/encode.h"

#define BUFFER   (LOG_LINE + 65536)
#define BLOCK    65536
#define MAX_FILE 1000 /* rotated files that are looked at */

struct json_log_reader {
    char *path;
    struct log_query query;
    int fd; /* -1: nothing is there yet */
    struct stat file;
    int64_t position; /* in the file, of what is read next */
    char *buffer;     /* [start, end) is read and not yet given */
    size_t start, end;
    bool skipping; /* within a line that is too long */
    bool done;
    int inotify, watch;
};

static int open_number(const struct json_log_reader *r, unsigned number)
{
    scoped_free char *name = number ? xasprintf("%s.%u", r->path, number) : xstrdup(r->path);

    return open(name, O_RDONLY | O_CLOEXEC);
}

/* The oldest file's number: 0 when only PATH is there or nothing at all. */
static unsigned oldest(const struct json_log_reader *r)
{
    unsigned number = 0;

    while (number < MAX_FILE) {
        scoped_close int fd = open_number(r, number + 1);

        if (fd < 0)
            break;
        number++;
    }
    return number;
}

static void watch_file(struct json_log_reader *r)
{
    char name[64];

    if (r->inotify < 0 || r->fd < 0)
        return;
    if (r->watch >= 0)
        inotify_rm_watch(r->inotify, r->watch);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", r->fd);
    r->watch = inotify_add_watch(r->inotify, name, IN_MODIFY);
}

/* Makes `fd` the file that is read; an unfinished last line of the former one is dropped. */
static void switch_to(struct json_log_reader *r, int fd)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = fd;
    r->position = 0;
    r->start = r->end = 0;
    r->skipping = false;
    if (fd < 0 || fstat(fd, &r->file) < 0)
        r->file = (struct stat){ 0 };
    watch_file(r);
}

static ssize_t read_at(int fd, char *into, size_t n, int64_t position)
{
    ssize_t got;

    do
        got = pread(fd, into, n, position);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Walks back from the end of `fd`; *left counts down the lines that are still wanted. Returns where to start.
 */
static int64_t walk_back(int fd, int64_t *left, char *block)
{
    struct stat st;
    int64_t end;
    bool last = true;

    if (fstat(fd, &st) < 0)
        return 0;
    for (end = st.st_size; end > 0;) {
        size_t n = end < BLOCK ? (size_t)end : BLOCK;
        ssize_t got = read_at(fd, block, n, end - (int64_t)n);

        if (got != (ssize_t)n)
            return 0;
        for (size_t i = n; i-- > 0;) {
            if (block[i] == '\n' && !last && --*left == 0)
                return end - (int64_t)n + (int64_t)i + 1;
            last = false;
        }
        end -= (int64_t)n;
    }
    if (st.st_size > 0)
        --*left; /* the first line has no newline before it */
    return 0;
}

static void start_at_tail(struct json_log_reader *r)
{
    int64_t left = r->query.tail;
    scoped_free char *block = xmalloc(BLOCK);
    unsigned newest = 0;
    int64_t position = 0;
    int fd;

    for (;; newest++) {
        scoped_close int next = open_number(r, newest);

        if (next < 0)
            break;
        position = walk_back(next, &left, block);
        if (left <= 0 || newest == MAX_FILE)
            break;
    }
    fd = open_number(r, newest);
    if (fd < 0 && newest)
        fd = open_number(r, newest - 1); /* fewer lines than wanted: all of the oldest file */
    switch_to(r, fd);
    r->position = position;
}

static void start_at_end(struct json_log_reader *r)
{
    switch_to(r, open_number(r, 0));
    if (r->fd >= 0)
        r->position = r->file.st_size;
}

int json_log_read(const char *path, const struct log_query *query, struct json_log_reader **ret,
                  struct error *err)
{
    struct json_log_reader *r = new_zeroed(struct json_log_reader);

    (void)err; /* a log that cannot be opened is one that is not there yet */
    r->path = xstrdup(path);
    r->query = *query;
    r->fd = r->inotify = r->watch = -1;
    r->buffer = xmalloc(BUFFER);
    if (query->tail == 0)
        start_at_end(r);
    else if (query->tail > 0)
        start_at_tail(r);
    else
        switch_to(r, open_number(r, oldest(r)));
    *ret = r;
    return 0;
}

/* Reads on in the present file: how much, 0 at its end. */
static ssize_t fill(struct json_log_reader *r)
{
    ssize_t got;

    if (r->start > 0) {
        memmove(r->buffer, r->buffer + r->start, r->end - r->start);
        r->end -= r->start;
        r->start = 0;
    }
    if (r->end >= LOG_LINE) {
        r->skipping = true;
        r->end = 0;
    }
    got = read_at(r->fd, r->buffer + r->end, BUFFER - r->end, r->position);
    if (got > 0) {
        r->end += (size_t)got;
        r->position += got;
    }
    return got;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Where the present file has been renamed to; -1 when it is gone. */
static int present_number(const struct json_log_reader *r)
{
    for (unsigned number = 0; number <= MAX_FILE; number++) {
        scoped_close int fd = open_number(r, number);
        struct stat st;

        if (fd < 0 && number > 0)
            return -1;
        if (fd >= 0 && fstat(fd, &st) == 0 && same_file(&st, &r->file))
            return (int)number;
    }
    return -1;
}

/* At the end of a file: true when there is another place to read on. */
static bool move_on(struct json_log_reader *r)
{
    struct stat now;
    int number, fd;

    if (r->fd < 0) {
        switch_to(r, open_number(r, oldest(r)));
        return r->fd >= 0;
    }
    if (fstat(r->fd, &now) == 0 && now.st_size < r->position) {
        r->position = 0;
        r->start = r->end = 0;
        return now.st_size > 0;
    }
    number = present_number(r);
    if (number == 0)
        return false;
    if (fill(r) > 0)
        return true; /* written between our last read and the rename */
    fd = open_number(r, number > 0 ? (unsigned)number - 1 : oldest(r));
    if (fd < 0)
        return false;
    switch_to(r, fd);
    return true;
}

/* The next whole line in the buffer, without its newline. */
static bool buffered_line(struct json_log_reader *r, char **line, size_t *n)
{
    char *from = r->buffer + r->start,
         *newline = r->end > r->start ? memchr(from, '\n', r->end - r->start) : NULL;

    if (!newline)
        return false;
    *line = from;
    *n = (size_t)(newline - from);
    r->start += *n + 1;
    return true;
}

static bool next_line(struct json_log_reader *r, char **line, size_t *n)
{
    for (;;) {
        while (!buffered_line(r, line, n))
            if ((r->fd < 0 || fill(r) <= 0) && !move_on(r))
                return false;
        if (!r->skipping)
            return true;
        r->skipping = false; /* that was the end of a line too long to keep */
    }
}

static void drain_inotify(struct json_log_reader *r)
{
    char events[4096];

    while (r->inotify >= 0 && read(r->inotify, events, sizeof(events)) > 0)
        ;
}

int json_log_next(struct json_log_reader *r, struct log_entry *ret, struct error *err)
{
    struct log_entry entry;
    bool drained = false;
    char *line;
    size_t n;

    (void)err;
    while (!r->done) {
        if (!next_line(r, &line, &n)) {
            if (drained || r->inotify < 0)
                return 0;
            drain_inotify(r); /* then look once more: an event we dropped may have stood for a line */
            drained = true;
            continue;
        }
        if (!entry_decode(line, n, &entry) || (r->query.since && entry.time < r->query.since))
            continue;
        if (r->query.until && entry.time > r->query.until) {
            r->done = true;
            break;
        }
        if (entry.is_stderr ? !r->query.want_stderr : !r->query.want_stdout)
            continue;
        *ret = entry;
        return 1;
    }
    return 0;
}

bool json_log_done(const struct json_log_reader *r)
{
    return r->done;
}

int json_log_fd(struct json_log_reader *r)
{
    scoped_free char *dir = NULL;
    char *slash;

    if (r->inotify >= 0)
        return r->inotify;
    r->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (r->inotify < 0)
        return -1;
    dir = xstrdup(r->path);
    slash = strrchr(dir, '/');
    if (slash)
        *slash = '\0';
    inotify_add_watch(r->inotify, slash ? (*dir ? dir : "/") : ".", IN_CREATE | IN_MOVED_TO);
    watch_file(r);
    return r->inotify;
}

struct json_log_reader *json_log_reader_close(struct json_log_reader *r)
{
    if (!r)
        return NULL;
    if (r->fd >= 0)
        close(r->fd);
    if (r->inotify >= 0)
        close(r->inotify);
    free(r->buffer);
    free(r->path);
    free(r);
    return NULL;
}
