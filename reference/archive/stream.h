/* archive/stream.h - compressed bytes to plain ones and back, by libarchive's filters; both stream. */
#ifndef ARCHIVE_STREAM_H
#define ARCHIVE_STREAM_H

#include "archive/tar.h"

struct inflater; /* gzip, bzip2, xz, zstd, lzma or nothing at all to plain bytes */

/* `source` must outlive it. */
struct inflater *inflater_new(tar_source source, void *user);
/* A tar_source; `user` is the inflater. ERR_INVALID when the bytes are damaged. */
ssize_t inflater_read(void *user, void *bytes, size_t n, struct error *err);
struct inflater *inflater_free(struct inflater *i);

struct deflater; /* plain bytes to zstd at its quickest level */

struct deflater *deflater_new(tar_sink sink, void *user);
/* To gzip, which every registry's clients read; the same bytes give the same bytes. */
struct deflater *deflater_new_gzip(tar_sink sink, void *user);
/* A tar_sink; `user` is the deflater. */
int deflater_write(void *user, const void *bytes, size_t n, struct error *err);
int deflater_end(struct deflater *d, struct error *err); /* what is still held back goes out */
struct deflater *deflater_free(struct deflater *d);

#endif
