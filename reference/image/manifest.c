/* image/manifest.c - what a registry says an image is made of (OCI image-spec, manifest.md and image-index.md; Docker's manifest version 2,
 * schema 2, which has the same members). It is a stranger's text: nothing of it is used before it was looked at here. */
#include "image/internal.h"

#include "base/json.h"
#include "base/str.h"

#define BLOB_MAX (64ll << 30)

int manifest_parse(const char *bytes, size_t n, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *manifest = NULL;

    if (json_parse(bytes, n, &manifest, NULL) < 0 || !json_is_object(manifest))
        return error_set(err, ERR_SYSTEM, "the manifest is no JSON object");
    if (json_int_at(manifest, "schemaVersion", 0) != 2)
        return error_set(
            err, ERR_SYSTEM,
            "Docker Image manifest version 2, schema 1 is not supported: the image must be pushed "
            "again in a newer form");
    if (!json_is_array(json_object_get(manifest, "manifests")) &&
        !json_is_object(json_object_get(manifest, "config")))
        return error_set(err, ERR_SYSTEM, "the manifest is neither an image's nor an index");
    *ret = take_ptr(&manifest);
    return 0;
}

const char *manifest_for(const json_t *index, const json_t *platforms)
{
    json_t *entry;
    size_t i;

    json_array_foreach (json_at(index, "manifests"), i, entry)
        if (platforms_fit(json_at(entry, "platform"), platforms) &&
            digest_is_valid(json_str_at(entry, "digest", "")))
            return json_str_at(entry, "digest", "");
    return NULL;
}

int manifest_check_layers(const json_t *blobs, const json_t *diff_ids, struct error *err)
{
    size_t count = json_array_size(diff_ids);

    if (count > LAYERS_MAX)
        return error_set(err, ERR_TOO_LARGE, "an image has at most %d layers", LAYERS_MAX);
    if (json_array_size(blobs) != count)
        return error_set(err, ERR_INVALID, "the manifest has %zu layers, and the config %zu",
                         json_array_size(blobs), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *blob = json_array_get(blobs, i);
        int64_t size = json_int_at(blob, "size", -1);

        if (!digest_is_valid(json_str_at(blob, "digest", "")) || size < 0 || size > BLOB_MAX ||
            !digest_is_valid(json_string_value(json_array_get(diff_ids, i))))
            return error_set(err, ERR_INVALID, "layer %zu has no valid digest or size", i);
    }
    return 0;
}
