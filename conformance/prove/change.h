/* prove/change.h - inside prove/: the small changes that deviations are made of, and looks at requests. */
#ifndef PLIMSOLL_PROVE_CHANGE_H
#define PLIMSOLL_PROVE_CHANGE_H

#include "harness/wire/exchange.h"

#include <jansson.h>
#include <stdbool.h>

/* A json_path_change (json_path.h); `user` is the struct deviation. */
json_t *change_member(void *user, json_t *value);
void change_drop_header(struct wire_headers *headers, const char *name);

/* The value of `filters` in a path's query; NULL: none, or no JSON. The caller unrefs it. */
json_t *request_filters(const char *path);
bool request_has_parameter(const char *path, const char *name);

#endif
