/* base/map.h - strings to pointers, in the order of insertion.
 *
 * Keys are copied, values belong to the caller. Not for use from several threads without a lock of the
 * caller's. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct map *map_new(void);
void *map_get(const struct map *m, const char *key);        /* NULL when it is not there */
void *map_set(struct map *m, const char *key, void *value); /* returns the value that it replaces, or NULL */
void *map_remove(struct map *m, const char *key);           /* returns the value, or NULL */
size_t map_count(const struct map *m);
/* Walks in insertion order: `size_t at = 0; while (map_next(m, &at, &key, &value))`. Removing the entry just
 * given is allowed. `key` and `value` may be NULL. */
bool map_next(const struct map *m, size_t *at, const char **key, void **value);
struct map *map_free(struct map *m); /* not the values; takes NULL, returns NULL */

#endif
