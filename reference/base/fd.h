/* base/fd.h - descriptors and whole files. Every descriptor made here is close-on-exec. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

/* Writes all of it, over short writes and EINTR; ERR_CLOSED when the reader is gone (EPIPE, ECONNRESET). */
int fd_write_all(int fd, const void *bytes, size_t n, struct error *err);
/* Reads until `n` bytes are there or the end; returns how many. */
ssize_t fd_read_full(int fd, void *bytes, size_t n, struct error *err);
/* Reads to the end into `ret`; ERR_TOO_LARGE past `max` bytes. */
int fd_read_all(int fd, size_t max, struct str *ret, struct error *err);
int fd_nonblock(int fd, bool on, struct error *err);
/* A TCP socket sends what is written at once: else a small write waits until the peer has acknowledged the one before (40 ms). */
void fd_nodelay(int fd);
/* Waits until `fd` is readable: 1, or 0 after `ms` milliseconds (-1: no limit). POLLHUP counts as readable.
 */
int fd_wait_readable(int fd, int ms, struct error *err);

/* A whole file; ERR_NOT_FOUND when it does not exist, ERR_TOO_LARGE past `max` bytes. */
int file_read(const char *path, size_t max, struct str *ret, struct error *err);
/* Writes to a temporary file beside it, syncs, renames: a reader sees the old or the new bytes, also after a
 * power cut. */
int file_write_atomic(const char *path, const void *bytes, size_t n, mode_t mode, struct error *err);
/* The same without the sync, for what is worth nothing after a power cut: a reader sees the old or the new bytes. */
int file_replace(const char *path, const void *bytes, size_t n, mode_t mode, struct error *err);
/* Removes the temporary files that a crash in the middle of file_write_atomic() left in the folder `dir`: for a
 * start, while nobody writes there. */
int files_drop_unfinished(const char *dir, struct error *err);
/* Writes into a file that exists already, such as one of /proc or /sys; one write(2). */
int file_poke(const char *path, const char *text, struct error *err);

#endif
