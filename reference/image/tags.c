/* image/tags.c - ROOT/tags.json: which reference names which image, the only part of the store that moves; and of which image one
 * was made. */
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
    scoped(json_decref) json_t *parents = json_object();
    size_t at = 0;
    void *value;

    while (map_next(s->images, &at, NULL, &value)) {
        const struct image *image = value;

        if (image->last_tagged)
            json_object_set_new(times, image->id, json_integer(image->last_tagged));
        if (image->parent)
            json_object_set_new(parents, image->id, json_string(image->parent));
    }
    json_object_set(document, "Tags", s->tags);
    json_object_set(document, "LastTagged", times);
    json_object_set(document, "Parents", parents);
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

void tags_full_of(struct image_store *s, const char *id, const char *full_name, struct strv *ret)
{
    const char *full;
    json_t *value;

    pthread_mutex_lock(&s->lock);
    json_object_foreach (s->tags, full, value) {
        struct reference *r = NULL;

        if (reference_parse(full, &r, NULL) == 0) {
            scoped_free char *name = reference_full_name(r);

            if (id ? str_eq(json_string_value(value), id) : str_eq(name, full_name))
                strv_add(ret, full);
        }
        reference_free(r);
    }
    pthread_mutex_unlock(&s->lock);
    strv_sort(ret);
}

/* Puts or removes (image NULL) one entry, in memory only once it is on disk. */
static int tag_put(struct image_store *s, const struct reference *ref, struct image *image, nanos touched,
                   struct error *err)
{
    scoped_free char *full = reference_full(ref);
    nanos touched_before = image ? image->last_tagged : 0;
    json_t *before, *now;
    int r;

    pthread_mutex_lock(&s->lock);
    before = s->tags;
    s->tags = now = json_copy(before);
    if (image)
        json_object_set_new(now, full, json_string(image->id));
    else
        json_object_del(now, full);
    if (image && touched)
        image->last_tagged = touched;
    r = tags_save(s, err);
    if (r < 0) {
        s->tags = before;
        if (image)
            image->last_tagged = touched_before;
    }
    pthread_mutex_unlock(&s->lock);
    json_decref(r < 0 ? now : before);
    return r;
}

int tag_set(struct image_store *s, const struct reference *ref, struct image *image, bool touch,
            struct error *err)
{
    return tag_put(s, ref, image, touch ? clock_now() : 0, err);
}

int tag_remove(struct image_store *s, const struct reference *ref, struct error *err)
{
    return tag_put(s, ref, NULL, 0, err);
}

void tag_lookup(struct image_store *s, const struct reference *ref, char ret[DIGEST_LENGTH + 1])
{
    scoped_free char *full = reference_full(ref);
    const char *id;

    scoped_lock(&s->lock);
    id = json_string_value(json_object_get(s->tags, full));
    snprintf(ret, DIGEST_LENGTH + 1, "%s", id ? id : "");
}

/* ImageTag's repo= and tag= as one reference. */
static int wanted_tag(const char *repo, const char *tag, struct reference **ret, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;

    if (str_empty(repo))
        return error_set(err, ERR_INVALID, "invalid reference format");
    if (reference_parse(repo, &r, err) < 0)
        return -1;
    if (r->digest)
        return error_set(err, ERR_INVALID, "cannot import digest reference");
    if (!str_empty(tag) && !reference_tag_is_valid(tag))
        return error_set(err, ERR_INVALID, "invalid tag format");
    if (str_eq(r->path, "library/sha256") && str_eq(r->domain, "docker.io"))
        return error_set(err, ERR_INVALID,
                         "refusing to create an ambiguous tag using digest algorithm as name");
    if (!str_empty(tag) || !r->tag)
        reference_set_tag(r, str_empty(tag) ? "latest" : tag);
    *ret = take_ptr(&r);
    return 0;
}

int image_name_check(const char *repo, const char *tag, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;

    return str_empty(repo) ? 0 : wanted_tag(repo, tag, &r, err);
}

/* `change` is held. */
static int name_image(struct image_store *s, struct image *image, const struct reference *r, char **familiar,
                      struct error *err)
{
    scoped_free char *name = reference_familiar(r);

    if (tag_set(s, r, image, true, err) < 0)
        return -1;
    image_event(s, "tag", image->id, name, image->config);
    if (familiar)
        *familiar = take_ptr(&name);
    return 0;
}

int image_name(struct image_store *s, struct image *image, const char *repo, const char *tag, char **familiar,
               struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;

    if (wanted_tag(repo, tag, &r, err) < 0)
        return -1;
    scoped_lock(&s->change);
    if (image->gone)
        return error_set(err, ERR_NOT_FOUND, "No such image: %s", image->id);
    return name_image(s, image, r, familiar, err);
}

int image_tag(struct image_store *s, const char *ref, const char *repo, const char *tag, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;
    scoped(image_unref) struct image *image = NULL;

    if (wanted_tag(repo, tag, &r, err) < 0)
        return -1;
    scoped_lock(&s->change);
    return image_store_find(s, ref, &image, err) < 0 ? -1 : name_image(s, image, r, NULL, err);
}
