/* image/platform.c - a platform as the image operations take it: JSON of the form that the OCI gives it in an index, {"os": "linux",
 * "architecture": "amd64", "variant": "v8"}. The store keeps one platform of each image, so it fits or it does not. */
#include "image/internal.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/json.h"
#include "base/str.h"
#include "image/exchange.h"

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

const char *architecture(const char *name)
{
    static const char *const aliases[][2] = {
        {"x86_64",   "amd64"},
        { "x86-64",  "amd64"},
        { "aarch64", "arm64"},
        { "i386",    "386"  },
        { "i686",    "386"  },
        { "armhf",   "arm"  },
        { "armel",   "arm"  },
    };

    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (str_eq(name, aliases[i][0]))
            return aliases[i][1];
    return name;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (str_eq(word, *words))
            return true;
    return false;
}

static int specifier_split(const char *text, struct strv *ret, struct error *err)
{
    strv_split(ret, text, '/');
    if (ret->count > 3)
        return error_set(err, ERR_INVALID, "\"%s\": cannot parse platform specifier: invalid argument", text);
    for (size_t i = 0; i < ret->count; i++)
        for (const char *p = ret->items[i]; p == ret->items[i] || *p; p++)
            if (!isalnum((unsigned char)*p) && (!*p || !strchr("_-.", *p)))
                return error_set(err, ERR_INVALID,
                                 "\"%s\" is an invalid component of \"%s\": invalid argument", ret->items[i],
                                 text);
    return 0;
}

int image_platform_specified(const char *text, json_t **ret, struct error *err)
{
    static const char *const systems[] = { "linux", "windows", "freebsd", "darwin", NULL };
    static const char *const machines[] = { "amd64",   "arm64", "arm",    "386",  "ppc64le", "ppc64", "s390x",
                                            "riscv64", "mips",  "mips64", "wasm", "loong64", NULL };
    scoped_strv parts = { 0 };
    struct utsname host;
    const char *os = "linux", *machine = (uname(&host), architecture(host.machine)), *variant = "";

    if (!str_empty(text) && specifier_split(text, &parts, err) < 0)
        return -1;
    if (parts.count >= 2) {
        os = parts.items[0];
        machine = architecture(parts.items[1]);
        variant = parts.count > 2 ? parts.items[2] : "";
    } else if (parts.count == 1 && is_one_of(parts.items[0], systems)) {
        os = parts.items[0];
    } else if (parts.count == 1 && is_one_of(architecture(parts.items[0]), machines)) {
        machine = architecture(parts.items[0]);
    } else if (parts.count == 1) {
        return error_set(err, ERR_INVALID,
                         "\"%s\": unknown operating system or architecture: invalid argument", text);
    }
    *ret = json_pack("{s:s, s:s}", "os", os, "architecture", machine);
    if (*variant)
        json_object_set_new(*ret, "variant", json_string(variant));
    return 0;
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
