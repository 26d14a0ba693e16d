/* image/blobs.c - layers/<chain id>/blobs.json: as which blobs registries have a layer.
 *
 * A layer's own digest is of its plain tar; a registry knows it by that of the compressed one, which is not the same for every compressor.
 * What a pull or a push has found out is kept, so that the next push finds the layer there instead of sending it again. Only a hint: it
 * is asked for at the registry before it is believed. The last one found stands last, and is tried first. */
#include "image/internal.h"

#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"

#define BLOBS_MAX 64

static char *blobs_path(const struct image_store *s, const struct layer *l)
{
    scoped_free char *dir = layer_dir(s, l);

    return path_join(dir, "blobs.json");
}

json_t *layer_blobs(const struct image_store *s, const struct layer *l)
{
    scoped_free char *path = blobs_path(s, l);
    json_t *ret = NULL;

    if (json_read_file(path, &ret, NULL) < 0 || !json_is_array(ret)) {
        json_decref(ret);
        ret = json_array();
    }
    return ret;
}

void layer_blob_found(struct image_store *s, const struct layer *l, const char *repository,
                      const char *digest, int64_t size, const char *type)
{
    scoped_free char *path = blobs_path(s, l);
    scoped_lock(&s->blobs);
    scoped(json_decref) json_t *all = layer_blobs(s, l);
    json_t *blob;
    size_t i;

    json_array_foreach (all, i, blob)
        if (str_eq(json_str_at(blob, "Digest", ""), digest) &&
            str_eq(json_str_at(blob, "Repository", ""), repository))
            break;
    if (i < json_array_size(all) || i >= BLOBS_MAX)
        json_array_remove(all, i < BLOBS_MAX ? i : 0);
    json_array_append_new(all, json_pack("{s:s, s:s, s:I, s:s}", "Repository", repository, "Digest", digest,
                                         "Size", (json_int_t)size, "Type", type));
    json_write_file(path, all, NULL);
}
