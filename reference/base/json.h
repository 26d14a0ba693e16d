/* base/json.h - jansson, with the questions that we ask of records and requests.
 *
 * A "path" names members with dots: "HostConfig.Memory". A getter gives its default for what is missing, null
 * or of another type; request bodies are checked with json_check() before, so that a wrong type is refused
 * and not ignored. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/error.h"
#include "base/scope.h"
#include "base/strv.h"

#define JSON_MAX_BYTES (16u << 20) /* of a record or a request body */

/* Borrowed; NULL when it is not there. A JSON null is returned as such. */
json_t *json_at(const json_t *root, const char *path);
const char *json_str_at(const json_t *root, const char *path, const char *otherwise); /* borrowed */
int64_t json_int_at(const json_t *root, const char *path, int64_t otherwise);         /* a real is cut */
bool json_bool_at(const json_t *root, const char *path, bool otherwise);
void json_strv_at(const json_t *root, const char *path,
                  struct strv *ret); /* appends the strings of an array */

/* Sets root.a.b = value and makes the objects on the way. Takes over the reference to `value`. */
void json_put(json_t *root, const char *path, json_t *value);
void json_put_str(json_t *root, const char *path,
                  const char *value); /* NULL puts null; invalid UTF-8 is replaced by U+FFFD */
json_t *json_string_lossy(const char *bytes,
                          size_t n); /* a new reference; invalid UTF-8 becomes U+FFFD, as Go does */
json_t *json_from_strv(const struct strv *v);

/* Whole documents. Depth and size are bounded; ERR_INVALID names line and column. NULs are refused. */
int json_parse(const char *bytes, size_t n, json_t **ret, struct error *err);
int json_read_file(const char *path, json_t **ret, struct error *err); /* ERR_NOT_FOUND */
int json_write_file(const char *path, const json_t *value,
                    struct error *err); /* file_write_atomic(), mode 0600 */
char *json_text(const json_t *value);   /* compact, keys in insertion order; the caller frees it */

/* The types of a request body's members, so that a wrong one is refused in one place. */
struct json_field {
    const char *path; /* "HostConfig.Memory" */
    const char *type; /* "string", "int", "bool", "object", "array", "strings" (array), "map" (object of
                         strings), "number" */
};

/* ERR_INVALID names the first member of another type; null and missing are always fine. `fields` ends with {
 * NULL, NULL }. */
int json_check(const json_t *root, const struct json_field *fields, struct error *err);

#endif
