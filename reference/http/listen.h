/* http/listen.h - a URL to a listening socket. Internal to http/. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>

#include "base/error.h"

/* Returns a listening, non-blocking descriptor. *path is the file of a Unix socket (the caller frees it),
 * else NULL. ERR_CONFLICT when somebody answers there already; ERR_FORBIDDEN for TCP beyond loopback without
 * `tls`. */
int listen_on(const char *url, const char *group, bool tls, char **path, struct error *err);

#endif
