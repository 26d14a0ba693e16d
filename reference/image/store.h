/* image/store.h - images by digest, tag or id prefix; their layers on disk and mounted.
 *
 *     ROOT/blobs/sha256/<hex>   configs as loaded, byte for byte (an image's id is the digest of its config)
 *     ROOT/layers/<chain id>/   diff/ (an overlayfs lower directory), layer.tar.zst (the layer's own bytes, so that a save gives
 *                               what was loaded), layer.json
 *     ROOT/tags.json            reference -> image id; image id -> id of the image that it was made of
 *     ROOT/gone/<hex>           configs of images that were deleted while somebody used them
 *
 * A blob is named by the digest of its bytes and never changes; tags are the only part that moves. What is
 * half made lies in ROOT/tmp and is removed at open. Whoever holds a struct image keeps its layers on disk.
 * From any thread. */
#ifndef IMAGE_STORE_H
#define IMAGE_STORE_H

#include <stdbool.h>
#include <jansson.h>

#include "archive/tar.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strv.h"

struct events;
struct image_store;
struct image;

/* Opens the store below `root`, an empty one if there is none. `events` gets "image" events. */
int image_store_open(const char *root, struct events *events, struct image_store **ret, struct error *err);
struct image_store *image_store_close(struct image_store *store);
size_t image_store_count(struct image_store *store);

/* Finds "name", "name:tag", "name@digest", a full id ("sha256:..." or hex) or an id prefix. *ret is a new
 * reference. ERR_NOT_FOUND "No such image: REF"; ERR_INVALID when `ref` is no reference; ERR_AMBIGUOUS. */
int image_store_find(struct image_store *store, const char *ref, struct image **ret, struct error *err);
/* By its full id, also one that was deleted while containers used it: for the container domain, which finds its images again
 * after a restart by this. ERR_NOT_FOUND. */
int image_store_hold(struct image_store *store, const char *id, struct image **ret, struct error *err);
struct image *image_ref(struct image *image);
struct image *image_unref(struct image *image); /* takes NULL, returns NULL */

const char *image_id(const struct image *image);       /* "sha256:..." */
const json_t *image_config(const struct image *image); /* the whole config document; borrowed */
int64_t image_size(const struct image *image);         /* bytes of all layers' files */

/* The lower directories for overlayfs, top layer first. The image must be held while they are mounted. */
void image_lower_dirs(const struct image *image, struct strv *ret);

/* -- commit.c: images made here -- */
struct image_recipe {
    struct image *parent; /* whose layers and history come first; NULL: an image from nothing */
    const char
        *upper; /* an overlayfs upper directory (whiteouts as character devices 0/0): what it holds becomes a
                            * layer. Empty or NULL: no layer, and a step of the history that says so */
    const json_t *config;                      /* what the document says as "config" */
    const char *author, *comment, *created_by; /* of the last step of the history; NULL: not said */
    const char *container;                     /* id of the container that it comes from; NULL */
    const json_t *container_config;            /* that container's; NULL */
    const char *engine_version;                /* "docker_version"; NULL */
    nanos created;                             /* 0: now */
};
/* *ret is a new reference. The image has no name yet: image_name(). Nobody may change `upper` meanwhile. Publishes image "create". */
int image_make(struct image_store *store, const struct image_recipe *recipe, struct image **ret,
               struct error *err);
/* The newest image that was made of `parent` ("" for none) with this container_config; with `sources` (ids), one alone that these were made
 * of. -1 when there is none. */
int image_find_made(struct image_store *store, const char *parent, const json_t *container_config,
                    const struct strv *sources, struct image **ret);
/* Checks a name before work is done for it. ERR_INVALID as image_tag() has it; `repo` NULL or "" is none, and fine. */
int image_name_check(const char *repo, const char *tag, struct error *err);
/* Gives it the name `repo`:`tag` ("latest" without one), as image_tag() does. *familiar: the name, the caller frees it; may be NULL. */
int image_name(struct image_store *store, struct image *image, const char *repo, const char *tag,
               char **familiar, struct error *err);

/* A container's use of an image: ImageDelete refuses without force while there is any, and says which. The
 * container domain sets this once: it appends to `ret` the ids of containers that use the image ("running"
 * ones only if asked). */
void image_store_set_users(struct image_store *store,
                           void (*users)(void *user, const char *image_id, bool running_only,
                                         struct strv *ret),
                           void *user);

/* -- what the handlers of api/image.c call; each fills `err` as a Docker Engine words it -- */

/* ImageLoad. `progress` is called with one JSON object per step (taken over), in the form of the API's
 * stream; quiet when NULL. */
int image_load(struct image_store *store, tar_source source, void *source_user,
               int (*progress)(void *user, json_t *message, struct error *err), void *progress_user,
               struct error *err);
/* The same of the images alone that are for one of `platforms`, an array as below; NULL or empty: all. */
int image_load_for(struct image_store *store, const json_t *platforms, tar_source source, void *source_user,
                   int (*progress)(void *user, json_t *message, struct error *err), void *progress_user,
                   struct error *err);
/* A platform of a query, JSON. ERR_INVALID. */
int image_platform_parse(const char *text, json_t **ret, struct error *err);
/* ERR_NOT_FOUND when the image is for none of the array `platforms`; NULL or empty: any will do. */
int image_platform_check(struct image_store *store, const char *ref, const json_t *platforms,
                         struct error *err);
/* ImageGet, ImageGetAll: docker save form that is an OCI layout too; the same image always gives the same
 * bytes. */
int image_save(struct image_store *store, const struct strv *refs, tar_sink sink, void *user,
               struct error *err);
int image_tag(struct image_store *store, const char *ref, const char *repo, const char *tag,
              struct error *err);
/* ImageDelete. *ret: array of {"Untagged":..} and {"Deleted":..}. ERR_CONFLICT as dockerd words it. */
int image_delete(struct image_store *store, const char *ref, bool force, bool no_prune, json_t **ret,
                 struct error *err);
int image_inspect(struct image_store *store, const char *ref, int api_version, json_t **ret,
                  struct error *err);
int image_history(struct image_store *store, const char *ref, json_t **ret, struct error *err);
struct filters;
struct image_list_query {
    bool all, digests, shared_size, manifests;
    const struct filters *filters;
    int api_version;
};
int image_list(struct image_store *store, const struct image_list_query *query, json_t **ret,
               struct error *err);
/* ImagePrune. *ret: {"ImagesDeleted": [...], "SpaceReclaimed": n}. */
int image_prune(struct image_store *store, const struct filters *filters, json_t **ret, struct error *err);

#endif
