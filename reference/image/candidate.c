/* image/candidate.c - the last step of everything that makes images: layers take their places, then the config, by which the image
 * exists. A crash in between leaves layers that the next open drops. */
#include "image/internal.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

struct layer *layer_existing(struct image_store *s, const char *chain)
{
    struct layer *l;

    scoped_lock(&s->lock);
    l = map_get(s->layers, chain);
    if (l)
        l->refs++;
    return l;
}

/* Somebody else may have brought the same layer meanwhile: theirs is taken then. `change` is held. */
static int commit_layers(struct image_store *s, struct candidate *c, struct error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        struct layer *l = c->layers[i], *theirs;

        if (!l->staged)
            continue;
        theirs = layer_existing(s, l->chain);
        if (theirs) {
            c->layers[i] = theirs;
            layer_free(l);
            continue;
        }
        if (layer_commit(s, l, err) < 0)
            return -1;
        pthread_mutex_lock(&s->lock);
        map_set(s->layers, l->chain, l);
        pthread_mutex_unlock(&s->lock);
    }
    return 0;
}

/* One that was deleted while it was used, and is not at rest yet, comes back as it is. */
static struct image *take_back(struct image_store *s, const char *id)
{
    scoped_free char *gone = xasprintf("%s/gone/%s", s->root, digest_hex(id));
    struct image *image;

    scoped_lock(&s->lock);
    image = map_remove(s->gone, id);
    if (image) {
        image->gone = image->idle = false;
        map_set(s->images, id, image);
        unlink(gone);
    }
    return image;
}

/* Who was its parent is no part of the image, but of this store: in tags.json. */
static int keep_parent(struct image_store *s, struct image *image, const char *parent, struct error *err)
{
    scoped_lock(&s->lock);
    free(image->parent);
    image->parent = xstrdup(parent);
    return tags_save(s, err);
}

int candidate_commit(struct image_store *s, struct candidate *c, struct image **ret, struct error *err)
{
    scoped_free char *path = blob_path(s, c->id);
    struct image *image = NULL;

    if (image_store_find(s, c->id, ret, NULL) == 0)
        return 0;
    if (commit_layers(s, c, err) < 0 || file_write_atomic(path, c->bytes.data, c->bytes.len, 0600, err) < 0)
        return -1;
    image = take_back(s, c->id);
    if (!image) {
        image = image_new(s, c->id, c->config, c->layers, c->count);
        c->layers = NULL; /* the image has them from here */
        c->count = 0;
        pthread_mutex_lock(&s->lock);
        map_set(s->images, image->id, image);
        pthread_mutex_unlock(&s->lock);
    }
    if (c->parent && keep_parent(s, image, c->parent, err) < 0)
        return -1;
    *ret = image_ref(image);
    return 0;
}

void candidate_clear(struct image_store *s, struct candidate *c)
{
    pthread_mutex_lock(&s->change);
    pthread_mutex_lock(&s->lock);
    for (size_t i = c->count; i-- > 0;)
        layer_release(s, c->layers[i]);
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_unlock(&s->change);
    free(c->layers);
    free(c->parent);
    json_decref(c->config);
    str_free(&c->bytes);
}
