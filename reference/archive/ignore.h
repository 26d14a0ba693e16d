/* archive/ignore.h - a .dockerignore: patterns of what is left out of a tree, one a line.
 *
 *     # a comment      *.o      tmp?      !tmp1
 *
 * The last line that fits a path, or a directory that it lies in, decides. */
#ifndef ARCHIVE_IGNORE_H
#define ARCHIVE_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/scope.h"

#define IGNORE_MAX (1u << 20) /* bytes of the file */

struct ignore;

struct ignore *ignore_parse(const char *text);              /* a pattern that is none is passed over */
bool ignore_fits(const struct ignore *i, const char *path); /* `path` without a slash before it */
/* May something below the directory `path`, which is left out itself, be kept? */
bool ignore_keeps_below(const struct ignore *i, const char *path);
struct ignore *ignore_free(struct ignore *i);
DEFINE_SCOPED(struct ignore *, ignore_free)

#endif
