/* store/store.h - records: JSON files in one directory, one for each object, named by its id.
 *
 * A record is written whole to a temporary file, synced and renamed: after a crash it is the old one or the new one. A record that
 * cannot be read at start is set aside as NAME.bad and named in the log, never deleted. From any thread. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <jansson.h>

#include "base/error.h"

struct store;

int store_open(const char *dir, struct store **ret,
               struct error *err); /* makes `dir`; removes temporary files of a crash */
int store_put(struct store *s, const char *id, const json_t *record, struct error *err);
int store_remove(struct store *s, const char *id,
                 struct error *err); /* what is not there is removed already */
/* Calls `each` for every record in order of name; it keeps what it wants by json_incref(). Ends at the first failure. */
int store_each(struct store *s, int (*each)(void *user, const char *id, json_t *record, struct error *err),
               void *user, struct error *err);
struct store *store_close(struct store *s);

#endif
