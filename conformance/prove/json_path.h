/* prove/json_path.h - places in a JSON value, by a path as the inventory writes it: "Mounts[].Name", "Networks.{*}.IPAddress",
 * "a\.b", "$" for the value itself. A path may fit several places: every element, every value of a map. */
#ifndef PLIMSOLL_PROVE_JSON_PATH_H
#define PLIMSOLL_PROVE_JSON_PATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What is to become of the value at a place: a new value to stand there instead, `value` itself (borrowed) to leave it as
 * it is, NULL to take it away. */
typedef json_t *(*json_path_change)(void *user, json_t *value);

/* Changes every place that the path fits; *root too, for "$". Returns how many there were. */
size_t json_path_each(json_t **root, const char *path, json_path_change change, void *user);

/* A change that leaves everything as it is: to count. */
json_t *json_path_look(void *user, json_t *value);

#endif
