/* store/index.h - objects by id, by name, by a prefix of the id, in this order of preference.
 *
 * Holds no lock: the owner of the objects has one around it. Values belong to the owner. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct index;

struct index *index_new(void);
/* `name` may be NULL. ERR_CONFLICT when the name is taken; nothing changes then. */
int index_add(struct index *x, const char *id, const char *name, void *value, struct error *err);
void index_remove(struct index *x, const char *id);
int index_rename(struct index *x, const char *id, const char *name, struct error *err); /* ERR_CONFLICT */
void *index_by_id(const struct index *x, const char *id);                               /* NULL */
void *index_by_name(const struct index *x, const char *name);                           /* NULL */
/* ERR_NOT_FOUND "no such object: REF" (the caller words it), ERR_AMBIGUOUS. */
int index_find(const struct index *x, const char *ref, void **ret, struct error *err);
size_t index_count(const struct index *x);
bool index_next(const struct index *x, size_t *at, void **value); /* in order of addition */
struct index *index_free(struct index *x);

#endif
