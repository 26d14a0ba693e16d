/* runner/pattern.h - how --select, --skip and the expectations file name cases. */
#ifndef PLIMSOLL_RUNNER_PATTERN_H
#define PLIMSOLL_RUNNER_PATTERN_H

#include <stdbool.h>

/* Whether all of `text` fits: '*' any text, '?' any one byte, every other byte itself. Brackets are no
 * special characters, because ids hold them. */
bool pattern_fits(const char *pattern, const char *text);

/* Whether the pattern names a case: by its id ("A.x B.y name[label]"), its name, name[label], one of its
 * clauses ("A.x") or the part of a clause before the dot, the operation ("A"). An id may end in a version ("...@1.24"), and then the
 * pattern may, or it names the case at every version. */
bool pattern_names(const char *pattern, const char *id);

/* Whether it names the case of an id without a version, at whatever version. */
bool pattern_names_at_some_version(const char *pattern, const char *id);

#endif
