/* api/version.h - the version in a path: "/v1.45/info". Internal to api/. */
#ifndef API_VERSION_H
#define API_VERSION_H

#include "base/error.h"

/* Finds the prefix "/v" DIGITS-AND-DOTS "/" of `path`. Returns what follows, '/' included, and the version in `ret` (at most
 * `room` bytes, cut); `path` itself and "" when there is none. */
const char *version_split(const char *path, char *ret, unsigned long room);
/* Number by number, as dockerd compares; what is missing is 0. Below 0, 0, above 0. */
int version_compare(const char *a, const char *b);
/* 51 for "1.51"; a third number does not count. */
int version_minor(const char *version);
/* ERR_INVALID when it is above API_VERSION_MAX or below API_VERSION_MIN. */
int version_check(const char *version, struct error *err);

#endif
