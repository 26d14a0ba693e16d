/* scene/json.h - JSON as cases write it. */
#ifndef PLIMSOLL_SCENE_JSON_H
#define PLIMSOLL_SCENE_JSON_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>

/* A new value from a template with single quotes, see scene.h. NULL: it is no JSON. */
json_t *json_from_template(const char *template, va_list args);

/* The value at a path such as "State.Status", "Ports[0].PrivatePort", "Mounts[-1].Name" (from the end),
 * "a\\.b" (a dot in a name), "" (the value itself). NULL: not there. Borrowed. */
const json_t *json_at(const json_t *value, const char *path);

/* Do the members of `wanted` stand in `value` too, with equal values? Of arrays each element of `wanted` must
 * be matched by one of `value`; anything else must be equal. */
bool json_covers(const json_t *value, const json_t *wanted);

/* Equal as JSON, where 1 and 1.0 are the same number. */
bool json_same(const json_t *a, const json_t *b);

/* Sets (takes value) or removes (value NULL) a member by its path of names. False: something on the way is no
 * object. */
bool json_set_at(json_t *object, const char *path, json_t *value);

#endif
