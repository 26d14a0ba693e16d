/* container/platform.c - "linux/amd64": does an image fit what the client asked for? */
#include "container/internal.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>

static const char *architecture_name(const char *s)
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
        if (str_eq(s, aliases[i][0]))
            return aliases[i][1];
    return s;
}

static int part_check(const char *text, const char *part, struct error *err)
{
    if (!part[0])
        return error_set(err, ERR_INVALID, "\"%s\": invalid platform: empty component", text);
    for (const char *p = part; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-.", *p))
            return error_set(
                err, ERR_INVALID,
                "\"%s\" is an invalid component of \"%s\": platform specifier component must match "
                "\"^[A-Za-z0-9_.-]+$\": invalid argument",
                part, text);
    return 0;
}

int platform_check(const char *platform, const char *ref, const json_t *image, struct error *err)
{
    const char *os = json_str_at(image, "os", "linux"), *arch = json_str_at(image, "architecture", "");
    const char *variant = json_str_at(image, "variant", "");
    scoped_strv parts = { 0 };
    struct utsname host;
    const char *want_os = "linux", *want_arch;

    if (str_empty(platform))
        return 0;
    strv_split(&parts, platform, '/');
    if (parts.count > 3)
        return error_set(err, ERR_INVALID, "\"%s\": cannot parse platform specifier: invalid argument",
                         platform);
    for (size_t i = 0; i < parts.count; i++)
        if (part_check(platform, parts.items[i], err) < 0)
            return -1;
    uname(&host);
    want_arch = architecture_name(host.machine);
    if (parts.count >= 2) {
        want_os = parts.items[0];
        want_arch = architecture_name(parts.items[1]);
    } else if (str_eq(parts.items[0], "linux") || str_eq(parts.items[0], "windows")) {
        want_os = parts.items[0];
    } else {
        want_arch = architecture_name(parts.items[0]);
    }
    if (str_eq(os, want_os) && str_eq(architecture_name(arch), want_arch))
        return 0;
    return error_set(
        err, ERR_NOT_FOUND,
        "image with reference %s was found but its platform (%s/%s%s%s) does not match the specified "
        "platform (%s)",
        ref, os, arch, variant[0] ? "/" : "", variant, platform);
}
