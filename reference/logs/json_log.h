/* logs/json_log.h - the json-file log: {"log":"...\n","stream":"stdout","time":"RFC3339Nano"}, one object a
 * line; and its reader.
 *
 * The writer belongs to engine-shim (one thread), readers to the daemon; they meet only in the file. A line
 * is at most 16 KiB of output; longer ones are written as several entries without the newline, as dockerd
 * does. A reader tolerates a last line that is cut short (a crash, or a writer at work). Bytes that are not
 * UTF-8 become U+FFFD, as with dockerd. */
#ifndef LOGS_JSON_LOG_H
#define LOGS_JSON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

struct json_log_writer;

struct json_log_options {
    int64_t max_size;  /* bytes before rotation; <= 0: never */
    unsigned max_file; /* files kept, the current one included; 0 counts as 1 */
};

int json_log_open(const char *path, const struct json_log_options *options, struct json_log_writer **ret,
                  struct error *err);
/* Output as it comes; complete lines are written at once, with one write(2) for what came together. */
int json_log_write(struct json_log_writer *w, bool is_stderr, const void *bytes, size_t n, struct error *err);
int json_log_flush(struct json_log_writer *w,
                   struct error *err); /* the parts of lines without a newline; at the stream's end */
struct json_log_writer *json_log_close(struct json_log_writer *w); /* does not flush */

struct log_entry {
    bool is_stderr;
    nanos time;
    const char *text; /* borrowed until the next call */
    size_t length;
};

struct log_query {
    bool want_stdout, want_stderr;
    nanos since, until; /* 0: none */
    int64_t tail; /* last entries only, of both streams and before since and until are looked at; < 0: all */
};

struct json_log_reader;

/* `path` need not exist yet. Rotated files (PATH.1 older than PATH) are read in order. */
int json_log_read(const char *path, const struct log_query *query, struct json_log_reader **ret,
                  struct error *err);
/* The next entry: 1, or 0 at the present end (call again later: what has been written since is given then).
 */
int json_log_next(struct json_log_reader *r, struct log_entry *ret, struct error *err);
/* True once an entry later than `until` was met: no more will come. */
bool json_log_done(const struct json_log_reader *r);
/* An inotify descriptor that becomes readable when there may be more; drained by json_log_next(). The first
 * call makes it, so read to the end once more before waiting on it. -1 when the host gives no more of them:
 * poll by time. */
int json_log_fd(struct json_log_reader *r);
struct json_log_reader *json_log_reader_close(struct json_log_reader *r);

#endif
