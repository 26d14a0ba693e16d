/* http/url.h - the request target: a path, percent-decoded, and the query's pairs. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define QUERY_PAIRS_MAX 1024

struct query {
    char **names, **values;
    size_t count;
    char *wrong; /* the first escape that is none ("%zz"), or NULL; its pair is left out */
};

/* Decodes %XX (and '+' as a space when `plus`); NULL when an escape is wrong. A decoded NUL becomes U+FFFD,
 * so that no name is cut short by one. The caller frees it. */
char *url_decode(const char *s, size_t n, bool plus);
/* The path of "/a%2Fb?x=y" or "http://host/a": NULL when it is malformed or not absolute. The caller frees
 * it. */
char *url_path(const char *target);
/* Everything behind '?'; a pair that cannot be decoded is left out and named in `wrong`, one past
 * QUERY_PAIRS_MAX is dropped. */
void query_parse(const char *target, struct query *ret);
void query_free(struct query *q);

#endif
