/* archive/stream.c - see stream.h and internal.h. The "raw" format of libarchive is one entry that holds all bytes, so that
 * only its filters are at work. */
#include "archive/stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <archive_entry.h>

#include "archive/internal.h"
#include "base/mem.h"
#include "base/scope.h"

static ssize_t feed_read(struct archive *a, void *user, const void **ret)
{
    struct feed *feed = user;
    ssize_t n = feed->source(feed->user, feed->bytes, sizeof(feed->bytes), &feed->failure);

    if (n < 0) {
        archive_set_error(a, EIO, "read");
        return ARCHIVE_FATAL;
    }
    *ret = feed->bytes;
    return n;
}

int feed_open(struct archive *a, struct feed *feed, struct error *err)
{
    if (archive_read_open(a, feed, NULL, feed_read, NULL) != ARCHIVE_OK)
        return feed_error(a, feed, err);
    return 0;
}

int feed_error(struct archive *a, const struct feed *feed, struct error *err)
{
    const char *text = archive_error_string(a);

    if (feed->failure.kind != ERR_NONE) {
        if (err)
            *err = feed->failure;
        return -1;
    }
    return error_set(err, ERR_INVALID, "%s", text ? text : "damaged archive");
}

static ssize_t drain_write(struct archive *a, void *user, const void *bytes, size_t n)
{
    struct drain *drain = user;

    if (drain->sink(drain->user, bytes, n, &drain->failure) == 0)
        return (ssize_t)n;
    archive_set_error(a, EIO, "write");
    return -1;
}

int drain_open(struct archive *a, struct drain *drain, struct error *err)
{
    archive_write_set_bytes_per_block(a, FEED_BYTES);
    archive_write_set_bytes_in_last_block(a, 1);
    if (archive_write_open(a, drain, NULL, drain_write, NULL) != ARCHIVE_OK)
        return drain_error(a, drain, err);
    return 0;
}

int drain_error(struct archive *a, const struct drain *drain, struct error *err)
{
    const char *text = archive_error_string(a);

    if (drain->failure.kind != ERR_NONE) {
        if (err)
            *err = drain->failure;
        return -1;
    }
    return error_set(err, ERR_SYSTEM, "write archive: %s", text ? text : "unknown failure");
}

static int refuse(void *user, const void *bytes, size_t n, struct error *err)
{
    (void)user;
    (void)bytes;
    (void)n;
    return error_set(err, ERR_CLOSED, "given up");
}

/* Only closing frees all of libarchive's buffers, and closing writes; to a sink that refuses, so that it ends at once. */
void drain_free(struct archive *a, struct drain *drain)
{
    drain->sink = refuse;
    archive_write_close(a);
    archive_write_free(a);
}

static locale_t utf8;
static pthread_once_t utf8_once = PTHREAD_ONCE_INIT;

/* Kept for good: loading it again for each archive would cost more than the archive. */
static void make_utf8(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

locale_t locale_enter(void)
{
    pthread_once(&utf8_once, make_utf8);
    return utf8 ? uselocale(utf8) : (locale_t)0;
}

void locale_leave(locale_t old)
{
    if (old)
        uselocale(old);
}

struct inflater {
    struct archive *archive;
    struct feed feed;
    bool opened, ended;
};

struct inflater *inflater_new(tar_source source, void *user)
{
    struct inflater *i = new_zeroed(struct inflater);

    i->feed.source = source;
    i->feed.user = user;
    i->archive = archive_read_new();
    if (!i->archive)
        abort();
    archive_read_support_filter_gzip(i->archive);
    archive_read_support_filter_bzip2(i->archive);
    archive_read_support_filter_xz(i->archive);
    archive_read_support_filter_zstd(i->archive);
    archive_read_support_format_raw(i->archive);
    archive_read_support_format_empty(i->archive);
    return i;
}

static int inflater_open(struct inflater *i, struct error *err)
{
    struct archive_entry *entry;
    int r;

    i->opened = true;
    if (feed_open(i->archive, &i->feed, err) < 0)
        return -1;
    r = archive_read_next_header(i->archive, &entry);
    if (r == ARCHIVE_EOF)
        i->ended = true;
    else if (r < ARCHIVE_WARN)
        return feed_error(i->archive, &i->feed, err);
    return 0;
}

ssize_t inflater_read(void *user, void *bytes, size_t n, struct error *err)
{
    struct inflater *i = user;
    ssize_t got;

    if (!i->opened && inflater_open(i, err) < 0)
        return -1;
    if (i->ended)
        return 0;
    got = archive_read_data(i->archive, bytes, n);
    if (got < 0)
        return feed_error(i->archive, &i->feed, err);
    i->ended = got == 0;
    return got;
}

struct inflater *inflater_free(struct inflater *i)
{
    if (i)
        archive_read_free(i->archive);
    free(i);
    return NULL;
}

struct deflater {
    struct archive *archive;
    struct drain drain;
    bool opened;
};

struct deflater *deflater_new(tar_sink sink, void *user)
{
    struct deflater *d = new_zeroed(struct deflater);

    d->drain.sink = sink;
    d->drain.user = user;
    d->archive = archive_write_new();
    if (!d->archive)
        abort();
    archive_write_add_filter_zstd(d->archive);
    archive_write_set_filter_option(d->archive, "zstd", "compression-level", "1");
    archive_write_set_format_raw(d->archive);
    return d;
}

struct deflater *deflater_new_gzip(tar_sink sink, void *user)
{
    struct deflater *d = new_zeroed(struct deflater);

    d->drain.sink = sink;
    d->drain.user = user;
    d->archive = archive_write_new();
    if (!d->archive)
        abort();
    archive_write_add_filter_gzip(d->archive);
    archive_write_set_filter_option(d->archive, "gzip", "timestamp", NULL);
    archive_write_set_format_raw(d->archive);
    return d;
}

static int deflater_open(struct deflater *d, struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    int r;

    d->opened = true;
    archive_entry_set_filetype(entry, AE_IFREG);
    r = drain_open(d->archive, &d->drain, err);
    if (r == 0 && archive_write_header(d->archive, entry) != ARCHIVE_OK)
        r = drain_error(d->archive, &d->drain, err);
    archive_entry_free(entry);
    return r;
}

int deflater_write(void *user, const void *bytes, size_t n, struct error *err)
{
    struct deflater *d = user;

    if (!d->opened && deflater_open(d, err) < 0)
        return -1;
    if (archive_write_data(d->archive, bytes, n) != (ssize_t)n)
        return drain_error(d->archive, &d->drain, err);
    return 0;
}

int deflater_end(struct deflater *d, struct error *err)
{
    if (!d->opened && deflater_open(d, err) < 0)
        return -1;
    if (archive_write_close(d->archive) != ARCHIVE_OK)
        return drain_error(d->archive, &d->drain, err);
    return 0;
}

struct deflater *deflater_free(struct deflater *d)
{
    if (d)
        drain_free(d->archive, &d->drain);
    free(d);
    return NULL;
}
