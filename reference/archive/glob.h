/* archive/glob.h - patterns of paths: * and ? within one name, [a-z], ** over any number of names (where wanted), \ before a sign
 * that stands for itself. */
#ifndef ARCHIVE_GLOB_H
#define ARCHIVE_GLOB_H

#include <stdbool.h>

bool glob_is_valid(const char *pattern);
bool glob_has_wildcard(const char *path);
/* The whole of `path`. The time that it takes grows with the product of both lengths, whatever the pattern. */
bool glob_fits(const char *pattern, const char *path, bool deep);

#endif
