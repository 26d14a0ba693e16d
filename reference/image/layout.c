/* image/layout.c - the images of an OCI image layout (OCI image-spec, image-layout.md) that has no manifest.json beside it, told in the form
 * of that file: so all that is known of loading holds for them too.
 *
 *     index.json -> manifest                 an image
 *                -> index -> manifest        one of several platforms, of which the store keeps one
 *
 * Names stand in annotations. Docker Engine's classic store refuses such an archive; its newer one loads it, as this does. */
#include "image/internal.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/exchange.h"

#define IMAGES_MAX 1000
#define DEPTH_MAX  4 /* of indexes in indexes */

struct layout {
    layout_read read;
    void *user;
    json_t *platforms;
    json_t *items;
};

static int read_blob(const struct layout *l, const char *digest, struct str *ret, struct error *err)
{
    scoped_free char *path = NULL;
    char found[DIGEST_LENGTH + 1];

    if (!digest_is_valid(digest))
        return error_set(err, ERR_INVALID, "a blob has no valid digest");
    path = xasprintf("blobs/sha256/%s", digest_hex(digest));
    if (l->read(l->user, path, ret, err) < 0)
        return -1;
    digest_of(ret->data, ret->len, found);
    return str_eq(found, digest)
               ? 0
               : error_set(err, ERR_INVALID, "the blob %s has the digest %s", digest, found);
}

/* "name:tag" of a descriptor; NULL: it has none. A mere tag, as some tools write it, names nothing. */
static const char *name_of(const json_t *descriptor)
{
    const json_t *annotations = json_object_get(descriptor, "annotations");
    const char *name = json_string_value(json_object_get(annotations, "io.containerd.image.name"));
    scoped(reference_free) struct reference *r = NULL;

    if (str_empty(name))
        name = json_string_value(json_object_get(annotations, "org.opencontainers.image.ref.name"));
    if (str_empty(name) || reference_parse(name, &r, NULL) < 0 || !r->tag || r->digest)
        return NULL;
    return name;
}

static int add_image(struct layout *l, const json_t *manifest, const char *name, struct error *err)
{
    const char *config = json_str_at(manifest, "config.digest", "");
    scoped(json_decref) json_t *item = json_object();
    json_t *paths = json_array(), *names = json_array(), *blob;
    scoped_str bytes = { 0 };
    size_t i;

    json_object_set_new(item, "Layers", paths);
    json_object_set_new(item, "RepoTags", names);
    if (read_blob(l, config, &bytes, err) < 0)
        return -1;
    json_object_set_new(item, "Config", json_sprintf("blobs/sha256/%s", digest_hex(config)));
    json_array_foreach (json_at(manifest, "layers"), i, blob) {
        const char *digest = json_str_at(blob, "digest", "");

        if (i == LAYERS_MAX)
            return error_set(err, ERR_TOO_LARGE, "an image has at most %d layers", LAYERS_MAX);
        if (!digest_is_valid(digest))
            return error_set(err, ERR_INVALID, "layer %zu has no valid digest", i);
        json_array_append_new(paths, json_sprintf("blobs/sha256/%s", digest_hex(digest)));
    }
    if (name)
        json_array_append_new(names, json_string(name));
    if (json_array_size(l->items) == IMAGES_MAX)
        return error_set(err, ERR_TOO_LARGE, "a layout has at most %d images", IMAGES_MAX);
    json_array_append(l->items, item);
    return 0;
}

static int add(struct layout *l, const char *digest, const char *name, unsigned depth, struct error *err)
{
    scoped(json_decref) json_t *manifest = NULL;
    scoped_str bytes = { 0 };
    const char *chosen;

    if (read_blob(l, digest, &bytes, err) < 0)
        return -1;
    if (manifest_parse(str_text(&bytes), bytes.len, &manifest, err) < 0)
        return error_as(err, ERR_INVALID);
    if (!json_is_array(json_object_get(manifest, "manifests")))
        return add_image(l, manifest, name, err);
    chosen = manifest_for(manifest, l->platforms);
    if (!chosen)
        return 0;
    return depth == DEPTH_MAX ? error_set(err, ERR_INVALID, "the layout has an index in an index in an index")
                              : add(l, chosen, name, depth + 1, err);
}

static int add_all(struct layout *l, const json_t *index, struct error *err)
{
    json_t *descriptor;
    size_t i;

    json_array_foreach (json_at(index, "manifests"), i, descriptor) {
        if (str_eq(json_str_at(descriptor, "platform.os", ""), "unknown")) /* an attestation */
            continue;
        if (add(l, json_str_at(descriptor, "digest", ""), name_of(descriptor), 0, err) < 0)
            return -1;
    }
    return json_array_size(l->items)
               ? 0
               : error_set(err, ERR_NOT_FOUND, "the layout has no image for this platform");
}

int layout_items(layout_read read, void *user, const json_t *platforms, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *index = NULL, *host = NULL, *wanted = json_array(), *items = json_array();
    scoped_str bytes = { 0 };
    struct layout l = { .read = read, .user = user, .items = items, .platforms = wanted };

    if (json_array_size(platforms)) {
        json_array_extend(wanted, (json_t *)platforms);
    } else {
        if (image_platform_specified("", &host, err) < 0)
            return -1;
        json_array_append(wanted, host);
    }
    if (read(user, "index.json", &bytes, err) < 0)
        return -1;
    if (manifest_parse(str_text(&bytes), bytes.len, &index, err) < 0 || add_all(&l, index, err) < 0)
        return error_wrap(err, "index.json");
    *ret = take_ptr(&items);
    return 0;
}
