/* base/path.h - names of files, and trees of them. Every char* returned is the caller's to free. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

char *path_join(const char *a, const char *b); /* one '/' between them */
/* Lexical: no "." and "..", no doubled '/'; "/.." is "/". An absolute path stays one. */
char *path_clean(const char *path);
const char *path_base(const char *path); /* what follows the last '/'; points into `path` */
bool path_exists(const char *path);
bool path_is_dir(const char *path);

/* Makes `path` and its parents with `mode`; it may exist already. */
int dir_make(const char *path, mode_t mode, struct error *err);
/* Removes a file or a whole tree without following links; what does not exist is removed already. Does not
 * cross into other file systems (EBUSY from a mount point is an error). */
int tree_remove(const char *path, struct error *err);
/* Bytes of the regular files below `path`, hard links once (what du(1) calls apparent size). */
int tree_size(const char *path, int64_t *ret, struct error *err);

#endif
