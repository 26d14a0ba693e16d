/* store/index.c - see index.h. A map finds ids and names; a prefix is looked for one by one, which for the thousands of objects
 * that one machine holds costs less than keeping another structure right. */
#include "store/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

struct entry {
    char *id, *name;
    void *value;
};

struct index {
    struct map *by_id, *by_name; /* of struct entry, owned by by_id */
};

struct index *index_new(void)
{
    struct index *x = new_zeroed(struct index);

    x->by_id = map_new();
    x->by_name = map_new();
    return x;
}

static void entry_free(struct entry *e)
{
    free(e->id);
    free(e->name);
    free(e);
}

struct index *index_free(struct index *x)
{
    size_t at = 0;
    void *e;

    if (!x)
        return NULL;
    while (map_next(x->by_id, &at, NULL, &e))
        entry_free(e);
    map_free(x->by_id);
    map_free(x->by_name);
    free(x);
    return NULL;
}

static int taken(struct error *err, const char *name, const struct entry *by)
{
    return error_set(err, ERR_CONFLICT, "the name \"%s\" is in use by \"%s\"", name, by->id);
}

int index_add(struct index *x, const char *id, const char *name, void *value, struct error *err)
{
    const struct entry *other = name ? map_get(x->by_name, name) : NULL;
    struct entry *e;

    if (other)
        return taken(err, name, other);
    if (map_get(x->by_id, id))
        return error_set(err, ERR_CONFLICT, "the id \"%s\" is in use", id);
    e = new_zeroed(struct entry);
    *e = (struct entry){ xstrdup(id), xstrdup(name), value };
    map_set(x->by_id, id, e);
    if (name)
        map_set(x->by_name, name, e);
    return 0;
}

void index_remove(struct index *x, const char *id)
{
    struct entry *e = map_remove(x->by_id, id);

    if (!e)
        return;
    if (e->name)
        map_remove(x->by_name, e->name);
    entry_free(e);
}

int index_rename(struct index *x, const char *id, const char *name, struct error *err)
{
    struct entry *e = map_get(x->by_id, id);
    const struct entry *other = name ? map_get(x->by_name, name) : NULL;

    if (!e)
        return error_set(err, ERR_NOT_FOUND, "no such object: %s", id);
    if (other && other != e)
        return taken(err, name, other);
    if (e->name)
        map_remove(x->by_name, e->name);
    free(e->name);
    e->name = xstrdup(name);
    if (name)
        map_set(x->by_name, name, e);
    return 0;
}

void *index_by_id(const struct index *x, const char *id)
{
    const struct entry *e = map_get(x->by_id, id);

    return e ? e->value : NULL;
}

void *index_by_name(const struct index *x, const char *name)
{
    const struct entry *e = map_get(x->by_name, name);

    return e ? e->value : NULL;
}

static int by_prefix(const struct index *x, const char *ref, void **ret, struct error *err)
{
    const struct entry *found = NULL;
    size_t at = 0;
    void *value;

    while (map_next(x->by_id, &at, NULL, &value)) {
        const struct entry *e = value;

        if (!str_starts(e->id, ref))
            continue;
        if (found)
            return error_set(err, ERR_AMBIGUOUS, "multiple IDs found with provided prefix: %s", ref);
        found = e;
    }
    if (!found)
        return error_set(err, ERR_NOT_FOUND, "no such object: %s", ref);
    *ret = found->value;
    return 0;
}

int index_find(const struct index *x, const char *ref, void **ret, struct error *err)
{
    void *value = index_by_id(x, ref);

    if (!value)
        value = index_by_name(x, ref);
    if (value) {
        *ret = value;
        return 0;
    }
    if (!id_is_prefix(ref))
        return error_set(err, ERR_NOT_FOUND, "no such object: %s", ref);
    return by_prefix(x, ref, ret, err);
}

size_t index_count(const struct index *x)
{
    return map_count(x->by_id);
}

bool index_next(const struct index *x, size_t *at, void **value)
{
    void *e;

    if (!map_next(x->by_id, at, NULL, &e))
        return false;
    *value = ((struct entry *)e)->value;
    return true;
}
