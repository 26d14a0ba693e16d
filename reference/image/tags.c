/* image/tags.c - ROOT/tags.json: which reference names which image, the only part of the store that moves. */
#include "image/internal.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

int tags_save(struct image_store *s, struct error *err)
{
    scoped_free char *path = path_join(s->root, "tags.json");
    scoped(json_decref) json_t *document = json_object(), *times = json_object();
    size_t at = 0;
    void *value;

    while (map_next(s->images, &at, NULL, &value)) {
        const struct image *image = value;

        if (image->last_tagged)
            json_object_set_new(times, image->id, json_integer(image->last_tagged));
    }
    json_object_set(document, "Tags", s->tags);
    json_object_set(document, "LastTagged", times);
    return json_write_file(path, document, err);
}

void tags_of(struct image_store *s, const char *id, struct strv *ret)
{
    const char *full;
    json_t *value;

    pthread_mutex_lock(&s->lock);
    json_object_foreach (s->tags, full, value) {
        struct reference *r = NULL;

        if (str_eq(json_string_value(value), id) && reference_parse(full, &r, NULL) == 0) {
            scoped_free char *familiar = reference_familiar(r);

            strv_add(ret, familiar);
        }
        reference_free(r);
    }
    pthread_mutex_unlock(&s->lock);
    strv_sort(ret);
}

/* Puts or removes (id NULL) one entry, in memory only once it is on disk. */
static int tag_put(struct image_store *s, const struct reference *ref, struct image *image, struct error *err)
{
    scoped_free char *full = reference_full(ref);
    json_t *before, *now;
    int r;

    pthread_mutex_lock(&s->lock);
    before = s->tags;
    now = json_copy(before);
    if (image)
        json_object_set_new(now, full, json_string(image->id));
    else
        json_object_del(now, full);
    s->tags = now;
    if (image)
        image->last_tagged = clock_now();
    r = tags_save(s, err);
    if (r < 0)
        s->tags = before;
    pthread_mutex_unlock(&s->lock);
    json_decref(r < 0 ? now : before);
    return r;
}

int tag_set(struct image_store *s, const struct reference *ref, struct image *image, struct error *err)
{
    return tag_put(s, ref, image, err);
}

int tag_remove(struct image_store *s, const struct reference *ref, struct error *err)
{
    return tag_put(s, ref, NULL, err);
}

void tag_lookup(struct image_store *s, const struct reference *ref, char ret[DIGEST_LENGTH + 1])
{
    scoped_free char *full = reference_full(ref);
    const char *id;

    scoped_lock(&s->lock);
    id = json_string_value(json_object_get(s->tags, full));
    snprintf(ret, DIGEST_LENGTH + 1, "%s", id ? id : "");
}
