/* spec/version.h - API versions: "1.41". Text everywhere, so that what is read in SPEC.md is what is
 * compared. */
#ifndef PLIMSOLL_SPEC_VERSION_H
#define PLIMSOLL_SPEC_VERSION_H

#include <stdbool.h>

/* Two numbers with a point between, nothing else. */
bool version_is_valid(const char *text);

/* <0, 0, >0, by number and not by text: 1.9 is before 1.10. */
int version_compare(const char *a, const char *b);

/* Is it within first and last, both included? NULL or "": no bound. */
bool version_within(const char *version, const char *first, const char *last);

#endif
