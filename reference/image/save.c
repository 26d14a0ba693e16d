/* image/save.c - ImageGet, ImageGetAll: what Docker Engine 25 and later writes, an OCI layout that is also in the older form by its
 * manifest.json and repositories. All digests and sizes are known before the first byte, so that everything streams. */
#include "image/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

#define LAYER_TYPE    "application/vnd.oci.image.layer.v1.tar"
#define CONFIG_TYPE   "application/vnd.oci.image.config.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define INDEX_TYPE    "application/vnd.oci.image.index.v1+json"

DEFINE_SCOPED(struct tar_writer *, tar_writer_free)

struct item {
    struct image *image;
    struct strv tags; /* full references */
};

struct blob {
    char digest[DIGEST_LENGTH + 1];
    int64_t size;
    struct str bytes;          /* a config or a manifest */
    const struct layer *layer; /* or a layer */
};

struct save {
    struct image_store *store;
    struct item *items;
    size_t item_count;
    struct map *blobs; /* by digest */
    json_t *manifests, *index, *repositories;
};

/* -- what is asked for -- */

static struct item *item_of(struct save *save, struct image *image)
{
    for (size_t i = 0; i < save->item_count; i++) {
        if (save->items[i].image == image) {
            image_unref(image);
            return &save->items[i];
        }
    }
    save->items = xreallocarray(save->items, save->item_count + 1, sizeof(struct item));
    save->items[save->item_count] = (struct item){ .image = image };
    return &save->items[save->item_count++];
}

static void add_tag(struct save *save, const char *full)
{
    scoped(reference_free) struct reference *r = NULL;
    char id[DIGEST_LENGTH + 1];
    struct image *image = NULL;
    struct item *item;

    if (reference_parse(full, &r, NULL) < 0)
        return;
    tag_lookup(save->store, r, id);
    if (!*id || image_store_find(save->store, id, &image, NULL) < 0)
        return;
    item = item_of(save, image);
    if (!strv_has(&item->tags, full))
        strv_add(&item->tags, full);
}

/* A repository without a tag stands for all its tags; an id for the image without a name. */
static int add_ref(struct save *save, const char *ref, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;
    scoped_free char *name = NULL, *full = NULL;
    scoped_strv tags = { 0 };
    struct image *image = NULL;
    char id[DIGEST_LENGTH + 1] = "";

    if (reference_parse(ref, &r, err) == 0 && !r->digest) {
        name = reference_full_name(r);
        full = reference_full(r);
        tag_lookup(save->store, r, id);
        if (r->tag && *id)
            strv_add(&tags, full);
        else if (!r->tag)
            tags_full_of(save->store, NULL, name, &tags);
    }
    for (size_t i = 0; i < tags.count; i++)
        add_tag(save, tags.items[i]);
    if (tags.count)
        return 0;
    if (image_store_find(save->store, ref, &image, err) < 0)
        return err && err->kind == ERR_NOT_FOUND ? error_set(err, ERR_NOT_FOUND, "No such image: %s", ref)
                                                 : error_as(err, ERR_SYSTEM); /* so a Docker Engine answers */
    item_of(save, image);
    return 0;
}

/* -- what will be written -- */

static struct blob *add_blob(struct save *save, const char *digest, int64_t size)
{
    struct blob *b = new_zeroed(struct blob);

    memcpy(b->digest, digest, DIGEST_LENGTH + 1);
    b->size = size;
    map_set(save->blobs, digest, b);
    return b;
}

static int add_config(struct save *save, const struct image *image, struct error *err)
{
    scoped_free char *path = blob_path(save->store, image->id);
    scoped_str bytes = { 0 };
    struct blob *b;

    if (map_get(save->blobs, image->id))
        return 0;
    if (file_read(path, JSON_MAX_BYTES, &bytes, err) < 0)
        return -1;
    b = add_blob(save, image->id, (int64_t)bytes.len);
    b->bytes = bytes;
    bytes = (struct str){ 0 };
    return 0;
}

static json_t *descriptor(const char *type, const char *digest, int64_t size)
{
    return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", digest, "size", (json_int_t)size);
}

static void add_layers(struct save *save, const struct image *image)
{
    for (size_t i = 0; i < image->layer_count; i++) {
        const struct layer *l = image->layers[i];

        if (!map_get(save->blobs, l->diff_id))
            add_blob(save, l->diff_id, l->tar_size)->layer = l;
    }
}

/* The OCI manifest; its digest and size come back as a descriptor. */
static json_t *add_manifest(struct save *save, const struct image *image)
{
    const struct blob *config = map_get(save->blobs, image->id);
    json_t *layers = json_array();
    scoped(json_decref) json_t *manifest = NULL;
    char digest[DIGEST_LENGTH + 1];
    char *text;
    size_t n;

    for (size_t i = 0; i < image->layer_count; i++)
        json_array_append_new(layers,
                              descriptor(LAYER_TYPE, image->layers[i]->diff_id, image->layers[i]->tar_size));
    manifest = json_pack("{s:i, s:s, s:o, s:o}", "schemaVersion", 2, "mediaType", MANIFEST_TYPE, "config",
                         descriptor(CONFIG_TYPE, image->id, config->size), "layers", layers);
    text = json_text(manifest);
    n = strlen(text);
    digest_of(text, n, digest);
    if (!map_get(save->blobs, digest))
        str_add_bytes(&add_blob(save, digest, (int64_t)n)->bytes, text, n);
    free(text);
    return descriptor(MANIFEST_TYPE, digest, (int64_t)n);
}

static void add_to_index(struct save *save, const struct item *item, json_t *manifest)
{
    for (size_t i = 0; i < item->tags.count; i++) {
        const char *full = item->tags.items[i];
        json_t *entry = json_copy(manifest);

        json_object_set_new(entry, "annotations",
                            json_pack("{s:s, s:s}", "io.containerd.image.name", full,
                                      "org.opencontainers.image.ref.name", strrchr(full, ':') + 1));
        json_array_append_new(save->index, entry);
    }
    if (item->tags.count == 0)
        json_array_append(save->index, manifest);
    json_decref(manifest);
}

static char *blob_name(const char *digest)
{
    return xasprintf("blobs/sha256/%s", digest_hex(digest));
}

static void add_to_repositories(struct save *save, const struct reference *r, const struct image *image)
{
    scoped_free char *name = reference_familiar_name(r);
    json_t *repository = json_object_get(save->repositories, name);

    if (image->layer_count == 0)
        return;
    if (!repository) {
        repository = json_object();
        json_object_set_new(save->repositories, name, repository);
    }
    json_object_set_new(repository, r->tag,
                        json_string(digest_hex(image->layers[image->layer_count - 1]->diff_id)));
}

/* The entry of manifest.json. */
static void add_to_manifests(struct save *save, const struct item *item)
{
    scoped_free char *config = blob_name(item->image->id);
    json_t *tags = item->tags.count ? json_array() : json_null(), *layers = json_array(),
           *sources = json_object();

    for (size_t i = 0; i < item->tags.count; i++) {
        scoped(reference_free) struct reference *r = NULL;
        scoped_free char *familiar = NULL;

        if (reference_parse(item->tags.items[i], &r, NULL) < 0)
            continue;
        familiar = reference_familiar(r);
        json_array_append_new(tags, json_string(familiar));
        add_to_repositories(save, r, item->image);
    }
    for (size_t i = 0; i < item->image->layer_count; i++) {
        const struct layer *l = item->image->layers[i];
        scoped_free char *name = blob_name(l->diff_id);

        json_array_append_new(layers, json_string(name));
        json_object_set_new(sources, l->diff_id, descriptor(LAYER_TYPE, l->diff_id, l->tar_size));
    }
    json_array_append_new(save->manifests, json_pack("{s:s, s:o, s:o, s:o}", "Config", config, "RepoTags",
                                                     tags, "Layers", layers, "LayerSources", sources));
}

static int plan(struct save *save, struct error *err)
{
    for (size_t i = 0; i < save->item_count; i++) {
        const struct item *item = &save->items[i];

        if (add_config(save, item->image, err) < 0)
            return -1;
        add_layers(save, item->image);
        add_to_index(save, item, add_manifest(save, item->image));
        add_to_manifests(save, item);
    }
    return 0;
}

/* -- writing -- */

static int write_blob(struct save *save, const struct blob *b, struct tar_writer *w, struct error *err)
{
    scoped_free char *name = blob_name(b->digest);

    if (tar_writer_file(w, name, b->size, err) < 0)
        return -1;
    if (b->layer)
        return layer_read_tar(save->store, b->layer, tar_writer_add, w, err);
    return tar_writer_add(w, str_text(&b->bytes), b->bytes.len, err);
}

static int write_json(struct tar_writer *w, const char *name, const json_t *value, struct error *err)
{
    scoped_free char *text = json_text(value);

    return tar_writer_file(w, name, (int64_t)strlen(text), err) < 0
               ? -1
               : tar_writer_add(w, text, strlen(text), err);
}

static int write_blobs(struct save *save, struct tar_writer *w, struct error *err)
{
    scoped_strv digests = { 0 };
    const char *digest;
    size_t at = 0;

    while (map_next(save->blobs, &at, &digest, NULL))
        strv_add(&digests, digest);
    strv_sort(&digests);
    if (digests.count &&
        (tar_writer_dir(w, "blobs/", err) < 0 || tar_writer_dir(w, "blobs/sha256/", err) < 0))
        return -1;
    for (size_t i = 0; i < digests.count; i++)
        if (write_blob(save, map_get(save->blobs, digests.items[i]), w, err) < 0)
            return -1;
    return 0;
}

static int write_all(struct save *save, tar_sink sink, void *user, struct error *err)
{
    scoped(tar_writer_free) struct tar_writer *w = tar_writer_new(sink, user);
    scoped(json_decref) json_t *index =
        json_pack("{s:i, s:s, s:O}", "schemaVersion", 2, "mediaType", INDEX_TYPE, "manifests", save->index);
    scoped(json_decref) json_t *layout = json_pack("{s:s}", "imageLayoutVersion", "1.0.0");

    if (write_blobs(save, w, err) < 0 || write_json(w, "index.json", index, err) < 0 ||
        write_json(w, "manifest.json", save->manifests, err) < 0 ||
        write_json(w, "oci-layout", layout, err) < 0)
        return -1;
    if (json_object_size(save->repositories) && write_json(w, "repositories", save->repositories, err) < 0)
        return -1;
    return tar_writer_end(w, err);
}

static void save_clear(struct save *save)
{
    size_t at = 0;
    void *value;

    while (map_next(save->blobs, &at, NULL, &value)) {
        struct blob *b = value;

        str_free(&b->bytes);
        free(b);
    }
    map_free(save->blobs);
    for (size_t i = 0; i < save->item_count; i++) {
        strv_free(&save->items[i].tags);
        image_unref(save->items[i].image);
    }
    free(save->items);
    json_decref(save->manifests);
    json_decref(save->index);
    json_decref(save->repositories);
}

int image_save(struct image_store *s, const struct strv *refs, tar_sink sink, void *user, struct error *err)
{
    struct save save = { .store = s,
                         .blobs = map_new(),
                         .manifests = json_array(),
                         .index = json_array(),
                         .repositories = json_object() };
    int r = 0;

    for (size_t i = 0; r == 0 && i < refs->count; i++)
        r = add_ref(&save, refs->items[i], err);
    if (r == 0 && plan(&save, err) == 0 && write_all(&save, sink, user, err) == 0) {
        for (size_t i = 0; i < save.item_count; i++)
            image_event(s, "save", save.items[i].image->id, save.items[i].image->id,
                        save.items[i].image->config);
    } else {
        r = -1;
    }
    save_clear(&save);
    return r;
}
