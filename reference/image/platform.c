/* image/platform.c - a platform as the image operations take it: JSON of the form that the OCI gives it in an index, {"os": "linux",
 * "architecture": "amd64", "variant": "v8"}. The store keeps one platform of each image, so it fits or it does not. */
#include "image/internal.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

int image_platform_parse(const char *text, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *platform = NULL;

    if (json_parse(text, strlen(text), &platform, err) < 0)
        return error_wrap(err, "failed to parse platform");
    if (!json_is_object(platform))
        return error_set(err, ERR_INVALID, "failed to parse platform: it is no JSON object");
    if (!json_str_at(platform, "os", "")[0] || !json_str_at(platform, "architecture", "")[0])
        return error_set(err, ERR_INVALID, "both OS and Architecture must be provided");
    *ret = take_ptr(&platform);
    return 0;
}

static const char *architecture(const char *name)
{
    return str_eq(name, "x86_64") ? "amd64" : str_eq(name, "aarch64") ? "arm64" : name;
}

static bool fits(const json_t *config, const json_t *platform)
{
    const char *variant = json_str_at(config, "variant", ""), *wanted = json_str_at(platform, "variant", "");

    return str_eq(json_str_at(config, "os", "linux"), json_str_at(platform, "os", "")) &&
           str_eq(architecture(json_str_at(config, "architecture", "")),
                  architecture(json_str_at(platform, "architecture", ""))) &&
           (!variant[0] || !wanted[0] || str_eq(variant, wanted));
}

bool platforms_fit(const json_t *config, const json_t *platforms)
{
    json_t *platform;
    size_t i;

    json_array_foreach (platforms, i, platform)
        if (fits(config, platform))
            return true;
    return json_array_size(platforms) == 0;
}

int image_platform_check(struct image_store *s, const char *ref, const json_t *platforms, struct error *err)
{
    scoped(image_unref) struct image *image = NULL;
    const json_t *first = json_array_get(platforms, 0);

    if (!first)
        return 0;
    if (image_store_find(s, ref, &image, err) < 0)
        return -1;
    if (platforms_fit(image->config, platforms))
        return 0;
    return error_set(
        err, ERR_NOT_FOUND,
        "image with reference %s was found but its platform (%s/%s) does not match the specified platform "
        "(%s/%s)",
        ref, json_str_at(image->config, "os", "linux"), json_str_at(image->config, "architecture", ""),
        json_str_at(first, "os", ""), json_str_at(first, "architecture", ""));
}
