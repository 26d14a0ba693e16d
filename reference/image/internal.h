/* image/internal.h - what the files of image/ share: the objects of the store and who may touch them.
 *
 * Two locks. `change` is held by whoever moves tags or adds or removes images, also while it asks the container domain who uses
 * an image. `lock` guards the maps and counts below for moments, and nothing is called while it is held. So the container domain
 * may find, hold and release images under locks of its own. Layers come and go under both.
 *
 * Nothing on disk is removed when the last holder of an image releases it: a deleted image that somebody still uses moves to
 * ROOT/gone and is swept later (store_sweep), by when the containers are asked again. */
#ifndef IMAGE_INTERNAL_H
#define IMAGE_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "archive/digest.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/scope.h"
#include "base/str.h"
#include "image/store.h"
#include "registry/reference.h"

#define LAYERS_MAX 512 /* of one image; overlayfs takes 500 lower directories */

DEFINE_SCOPED(struct image *, image_unref)

struct layer {
    char chain[DIGEST_LENGTH + 1]; /* OCI image-spec, config.md "Layer ChainID" */
    char diff_id[DIGEST_LENGTH + 1];
    int64_t size;     /* of the files */
    int64_t tar_size; /* of the tar */
    unsigned refs;    /* images, and loads under way */
    char *staged;     /* directory below ROOT/tmp while it is not committed; else NULL */
};

struct image {
    struct image_store *store;
    char id[DIGEST_LENGTH + 1];
    json_t *config;
    struct layer **layers; /* bottom first */
    size_t layer_count;
    int64_t size;
    nanos created, last_tagged;
    unsigned refs;
    bool gone; /* deleted while it was used */
    bool idle; /* gone, and no container used it then: goes for good as soon as nobody holds it */
    char *
        parent; /* id of the image that it was made of; NULL: it was not made here, or its parent is deleted */
};

struct image_store {
    char *root;
    struct events *events;
    pthread_mutex_t change, lock;
    pthread_mutex_t blobs; /* one writer of blobs.json at a time */
    struct map *images;    /* id -> struct image, one reference each */
    struct map *gone;      /* the same, of those that were deleted */
    struct map *layers;    /* chain id -> struct layer */
    json_t *tags;          /* full reference -> image id */
    void (*users)(void *user, const char *image_id, bool running_only, struct strv *ret);
    void *users_user;
};

/* A mutex for as long as the variable's scope lasts. */
static inline __attribute__((unused)) void mutex_release(pthread_mutex_t **m)
{
    pthread_mutex_unlock(*m);
}
static inline __attribute__((unused)) pthread_mutex_t *mutex_take(pthread_mutex_t *m)
{
    pthread_mutex_lock(m);
    return m;
}
#define SCOPED_LOCK_NAME(line) locked_at_##line
#define SCOPED_LOCK(m, line)                                                                                 \
    __attribute__((cleanup(mutex_release), unused)) pthread_mutex_t *SCOPED_LOCK_NAME(line) = mutex_take(m)
#define SCOPED_LOCK_AT(m, line) SCOPED_LOCK(m, line)
#define scoped_lock(m)          SCOPED_LOCK_AT(m, __LINE__)

/* -- store.c -- */
char *blob_path(const struct image_store *s, const char *id);
/* Its parent's id, "" when none is known. */
void image_parent(struct image_store *s, const struct image *image, char ret[DIGEST_LENGTH + 1]);
/* Does an image know this one as its parent? */
bool image_has_children(struct image_store *s, const struct image *image);
/* A struct image of this config whose layers are held already and passed over. */
struct image *image_new(struct image_store *s, const char *id, json_t *config, struct layer **layers,
                        size_t count);
/* All images, each with a reference of the caller's; ended by NULL. Release with images_free(). */
struct image **store_images(struct image_store *s);
void images_free(struct image ***images);
/* Puts images that were deleted while somebody used them to rest, if nobody does any longer. `change` is held. */
void store_sweep(struct image_store *s);
/* Takes an image out of the store. `change` is held. */
int image_drop(struct image_store *s, struct image *image, struct error *err);
void image_event(struct image_store *s, const char *action, const char *id, const char *name,
                 const json_t *config);

/* -- layer.c -- */
/* The chain id of a layer with `diff_id` upon `parent` ("" for the lowest). */
void chain_id(const char *parent, const char *diff_id, char ret[DIGEST_LENGTH + 1]);
char *layer_dir(const struct image_store *s, const struct layer *l);
int layer_read(struct image_store *s, const char *chain, struct layer **ret, struct error *err);
/* Unpacks `source` into the directory `dir` (made here): diff/, layer.tar.zst, layer.json. */
int layer_stage(const char *dir, const char *chain, tar_source source, void *user, struct layer **ret,
                struct error *err);
/* Moves a staged layer to its place. */
int layer_commit(struct image_store *s, struct layer *l, struct error *err);
/* Drops a reference; the last one removes a committed layer from disk. `change` and `lock` are held. */
void layer_release(struct image_store *s, struct layer *l);
struct layer *layer_free(struct layer *l);
/* The layer's tar, as it came. */
int layer_read_tar(const struct image_store *s, const struct layer *l, tar_sink sink, void *user,
                   struct error *err);

/* The same of an overlayfs upper directory: its tar is made, and the layer is what that unpacks to. `below` is the chain id of what
 * it lies upon ("" for nothing). */
int layer_stage_tree(const char *dir, const char *below, const char *upper, struct layer **ret,
                     struct error *err);
/* The layer that the store has already, with a reference of the caller's; NULL. */
struct layer *layer_existing(struct image_store *s, const char *chain);

/* -- blobs.c -- */
/* [{"Repository": full name, "Digest", "Size", "Type"}...], the newest last; a new reference. */
json_t *layer_blobs(const struct image_store *s, const struct layer *l);
void layer_blob_found(struct image_store *s, const struct layer *l, const char *repository,
                      const char *digest, int64_t size, const char *type);

/* -- manifest.c -- */
/* An image's manifest or an index. ERR_SYSTEM: neither. */
int manifest_parse(const char *bytes, size_t n, json_t **ret, struct error *err);
/* The digest of the first manifest in an index that is for one of `platforms`; NULL: there is none. Borrowed. */
const char *manifest_for(const json_t *index, const json_t *platforms);
/* "layers" of a manifest and "diff_ids" of its config go together, and all of their digests and sizes are some. */
int manifest_check_layers(const json_t *blobs, const json_t *diff_ids, struct error *err);

/* -- layout.c -- */
/* Reads a file of an archive, bounded. */
typedef int (*layout_read)(void *user, const char *path, struct str *ret, struct error *err);
/* The images of an OCI image layout, as manifest.json would have them: [{"Config", "RepoTags", "Layers"}...], files of the archive. Of
 * several platforms one of `platforms` is taken; NULL or empty: this host's. ERR_NOT_FOUND: there is none. */
int layout_items(layout_read read, void *user, const json_t *platforms, json_t **ret, struct error *err);

/* -- candidate.c -- */
/* An image on its way into the store. */
struct candidate {
    char id[DIGEST_LENGTH + 1];
    struct str bytes; /* of the config */
    json_t *config;
    struct layer *
        *layers; /* a reference each, room for LAYERS_MAX or what the config says; staged or the store's */
    size_t count;
    char *parent; /* see struct image; NULL */
};

/* The image, with a reference of the caller's. What was staged must be synced. `change` is held. */
int candidate_commit(struct image_store *s, struct candidate *c, struct image **ret, struct error *err);
/* Whether it was committed or not; `change` is not held. */
void candidate_clear(struct image_store *s, struct candidate *c);

/* -- tags.c -- */
int tags_save(struct image_store *s, struct error *err);
/* Familiar names of an image, sorted: with a tag; and with the digest that a registry knows it by. */
void tags_of(struct image_store *s, const char *id, struct strv *ret);
void digests_of(struct image_store *s, const char *id, struct strv *ret);
/* `touch` sets Metadata.LastTagTime: ImageTag does, ImageLoad does not. */
int tag_set(struct image_store *s, const struct reference *ref, struct image *image, bool touch,
            struct error *err);
/* Full references of an image, or (id NULL) of a repository, sorted. */
void tags_full_of(struct image_store *s, const char *id, const char *full_name, struct strv *ret);
int tag_remove(struct image_store *s, const struct reference *ref, struct error *err);
/* The id that a reference names, copied; "" when none does. */
void tag_lookup(struct image_store *s, const struct reference *ref, char ret[DIGEST_LENGTH + 1]);

/* -- platform.c -- */
/* Is an image of that config document for one of the array? NULL or empty: for any. */
bool platforms_fit(const json_t *config, const json_t *platforms);
/* "amd64" for "x86_64" and its like. */
const char *architecture(const char *name);

#endif
