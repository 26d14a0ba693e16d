/* fuzz/manifest_fuzz.c - manifests and indexes, and the layers that they name. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "image/exchange.h"
#include "image/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped(json_decref) json_t *manifest = NULL, *platform = NULL, *platforms = json_array();
    const char *digest;

    if (image_platform_specified("linux/amd64", &platform, NULL) < 0)
        abort();
    json_array_append(platforms, platform);
    if (manifest_parse((const char *)data, size, &manifest, NULL) < 0)
        return 0;
    digest = manifest_for(manifest, platforms);
    if (digest && !digest_is_valid(digest))
        abort();
    manifest_check_layers(json_at(manifest, "layers"), json_at(manifest, "rootfs.diff_ids"), NULL);
    return 0;
}
