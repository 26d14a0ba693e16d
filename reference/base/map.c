/* base/map.c - open addressing over an array of entries that keeps the order of insertion.
 *
 * `slots` holds indices into `entries` plus one; 0 is empty. A removed entry stays in `entries` with a NULL
 * key until the next growth sweeps it out, and its slot keeps pointing at it, which is what keeps probe
 * chains whole. */
#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct entry {
    char *key;
    void *value;
    uint64_t hash;
};

struct map {
    struct entry *entries;
    size_t used, live, room; /* entries in use, of which not removed, allocated */
    size_t *slots;
    size_t slot_count; /* a power of two, at least 2 * room */
};

/* FNV-1a */
static uint64_t hash_of(const char *key)
{
    uint64_t h = 14695981039346656037u;

    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 1099511628211u;
    return h;
}

struct map *map_new(void)
{
    return new_zeroed(struct map);
}

static void place(struct map *m, size_t index)
{
    size_t at = m->entries[index].hash & (m->slot_count - 1);

    while (m->slots[at])
        at = (at + 1) & (m->slot_count - 1);
    m->slots[at] = index + 1;
}

static void grow(struct map *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->used; i++)
        if (m->entries[i].key)
            m->entries[kept++] = m->entries[i];
    m->used = kept;
    m->room = kept < 8 ? 16 : 2 * kept;
    m->entries = xreallocarray(m->entries, m->room, sizeof(*m->entries));
    for (m->slot_count = 32; m->slot_count < 2 * m->room;)
        m->slot_count *= 2;
    free(m->slots);
    m->slots = xcalloc(m->slot_count, sizeof(*m->slots));
    for (size_t i = 0; i < m->used; i++)
        place(m, i);
}

static struct entry *find(const struct map *m, const char *key, uint64_t hash)
{
    if (!m->slot_count)
        return NULL;
    for (size_t at = hash & (m->slot_count - 1); m->slots[at]; at = (at + 1) & (m->slot_count - 1)) {
        struct entry *e = &m->entries[m->slots[at] - 1];

        if (e->key && e->hash == hash && strcmp(e->key, key) == 0)
            return e;
    }
    return NULL;
}

void *map_get(const struct map *m, const char *key)
{
    struct entry *e = find(m, key, hash_of(key));

    return e ? e->value : NULL;
}

void *map_set(struct map *m, const char *key, void *value)
{
    uint64_t hash = hash_of(key);
    struct entry *e = find(m, key, hash);

    if (e) {
        void *old = e->value;

        e->value = value;
        return old;
    }
    if (m->used == m->room)
        grow(m);
    m->entries[m->used++] = (struct entry){ xstrdup(key), value, hash };
    m->live++;
    place(m, m->used - 1);
    return NULL;
}

void *map_remove(struct map *m, const char *key)
{
    struct entry *e = find(m, key, hash_of(key));
    void *old;

    if (!e)
        return NULL;
    old = e->value;
    free(e->key);
    e->key = NULL;
    e->value = NULL;
    m->live--;
    return old;
}

size_t map_count(const struct map *m)
{
    return m->live;
}

bool map_next(const struct map *m, size_t *at, const char **key, void **value)
{
    while (*at < m->used) {
        const struct entry *e = &m->entries[(*at)++];

        if (!e->key)
            continue;
        if (key)
            *key = e->key;
        if (value)
            *value = e->value;
        return true;
    }
    return false;
}

struct map *map_free(struct map *m)
{
    if (!m)
        return NULL;
    for (size_t i = 0; i < m->used; i++)
        free(m->entries[i].key);
    free(m->entries);
    free(m->slots);
    free(m);
    return NULL;
}
