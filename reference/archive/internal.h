/* archive/internal.h - what unpack.c, pack.c and stream.c share: callbacks of libarchive over ours. */
#ifndef ARCHIVE_INTERNAL_H
#define ARCHIVE_INTERNAL_H

#include <locale.h>
#include <archive.h>

#include "archive/tar.h"

#define FEED_BYTES 65536

/* A tar_source as libarchive reads it. What the source said when it failed is kept: libarchive knows errnos only. */
struct feed {
    tar_source source;
    void *user;
    struct error failure; /* ERR_NONE: the source did not fail */
    char bytes[FEED_BYTES];
};

/* archive_read_open() with `feed`. */
int feed_open(struct archive *a, struct feed *feed, struct error *err);
/* What libarchive says as an error: the source's own, or ERR_INVALID. */
int feed_error(struct archive *a, const struct feed *feed, struct error *err);

struct drain {
    tar_sink sink;
    void *user;
    struct error failure;
};

int drain_open(struct archive *a, struct drain *drain, struct error *err);
int drain_error(struct archive *a, const struct drain *drain, struct error *err);
/* Frees a writer. One that was not closed gives nothing more to the sink. */
void drain_free(struct archive *a, struct drain *drain);

/* Names in tar are bytes; libarchive takes pax names for UTF-8 and loses them in the C locale. So its work is done in C.UTF-8,
 * of this thread alone. */
locale_t locale_enter(void);
void locale_leave(locale_t old);

#endif
