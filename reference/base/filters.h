/* base/filters.h - the filters= parameter: {"label":{"a=b":true}} or, older, {"label":["a=b"]}.
 * (OpenAPI: "filters" of ContainerList and others.) Several values of one key are alternatives, except of "label". */
#ifndef BASE_FILTERS_H
#define BASE_FILTERS_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"
#include "base/scope.h"

struct filters; /* key -> values */

/* `text` may be NULL or "": no filter. ERR_INVALID: not JSON of either form, or a key that is not in `known` (ended by NULL). */
int filters_parse(const char *text, const char *const *known, struct filters **ret, struct error *err);
bool filters_has(const struct filters *f, const char *key);
/* True when `key` is not filtered by, or one of its values equals `value`. */
bool filters_match(const struct filters *f, const char *key, const char *value);
/* As filters_match(), by prefix / as a substring or POSIX extended regular expression (what dockerd does for name). */
bool filters_match_prefix(const struct filters *f, const char *key, const char *value);
bool filters_match_regex(const struct filters *f, const char *key, const char *value);
/* Every value ("KEY" or "KEY=VALUE") fits `labels` (an object of strings, or NULL); for "label!" none may. */
bool filters_match_labels(const struct filters *f, const char *key, const json_t *labels);
size_t filters_count(const struct filters *f, const char *key);
const char *filters_value(const struct filters *f, const char *key, size_t n);
/* A boolean filter ("dangling": true/1/false/0). ERR_INVALID when it is none; `otherwise` when it is not there. */
int filters_bool(const struct filters *f, const char *key, bool otherwise, bool *ret, struct error *err);
struct filters *filters_free(struct filters *f);
DEFINE_SCOPED(struct filters *, filters_free)

#endif
