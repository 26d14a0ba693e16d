/* api/route.h - a path against the route tables. Internal to api/. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include <stdbool.h>

#include "api/api.h"

/* Where the values of {name} lie in the path. */
#define ROUTE_PARAMS_MAX 2

struct route_match {
    struct {
        char name[16];
        const char *at;
        unsigned long length;
    } params[ROUTE_PARAMS_MAX];
    unsigned count;
};

/* Does `path` fit "/containers/{id}/json"? {name} takes one or more bytes without a slash, {name...} also slashes, as many as let
 * the rest fit. */
bool route_fits(const char *pattern, const char *path, struct route_match *ret);
/* The first route of `tables` (ended by NULL) for this method and path; NULL when there is none. */
const struct route *route_find(const struct route *const *tables, const char *method, const char *path,
                               struct route_match *ret);
/* "/a//b/../c" to "/a/c"; a slash at the end stays. The caller frees it. */
char *route_clean(const char *path);

#endif
