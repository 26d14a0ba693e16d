/* volume/options.c - "o" is split into the flags that mount(2) knows and the rest, which goes to the file system as its data. */
#include "volume/options.h"

#include <sys/mount.h>

#include "base/json.h"
#include "base/str.h"

static const struct mount_flag {
    const char *name;
    unsigned long set, clear;
} mount_flags[] = {
    {"bind",      MS_BIND,          0             },
    { "rbind",    MS_BIND | MS_REC, 0             },
    { "ro",       MS_RDONLY,        0             },
    { "rw",       0,                MS_RDONLY     },
    { "nosuid",   MS_NOSUID,        0             },
    { "suid",     0,                MS_NOSUID     },
    { "nodev",    MS_NODEV,         0             },
    { "dev",      0,                MS_NODEV      },
    { "noexec",   MS_NOEXEC,        0             },
    { "exec",     0,                MS_NOEXEC     },
    { "noatime",  MS_NOATIME,       0             },
    { "atime",    0,                MS_NOATIME    },
    { "relatime", MS_RELATIME,      0             },
    { "sync",     MS_SYNCHRONOUS,   0             },
    { "async",    0,                MS_SYNCHRONOUS},
    { "defaults", 0,                0             },
};

static bool take_flag(const char *name, unsigned long *flags)
{
    for (size_t i = 0; i < sizeof(mount_flags) / sizeof(mount_flags[0]); i++) {
        if (!str_eq(mount_flags[i].name, name))
            continue;
        *flags = (*flags | mount_flags[i].set) & ~mount_flags[i].clear;
        return true;
    }
    return false;
}

int volume_options_check(const json_t *options, struct error *err)
{
    static const char *const required[] = { "device", "type" };
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)options, name, value)
        if (!str_eq(name, "type") && !str_eq(name, "o") && !str_eq(name, "device") && !str_eq(name, "size"))
            return error_set(err, ERR_INVALID, "invalid option: \"%s\"", name);
    if (json_object_get(options, "size"))
        return error_set(err, ERR_INVALID, "quota size requested but no quota support");
    if (!json_object_size(options))
        return 0;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
        if (str_empty(json_str_at(options, required[i], NULL)))
            return error_set(err, ERR_INVALID, "missing required option: \"%s\"", required[i]);
    return 0;
}

bool volume_options_mount(const json_t *options)
{
    return json_object_size(options) > 0;
}

int volume_options_apply(const json_t *options, const char *target, struct error *err)
{
    const char *device = json_str_at(options, "device", ""), *type = json_str_at(options, "type", "");
    scoped_strv words = { 0 };
    scoped_strv rest = { 0 };
    scoped_free char *data = NULL;
    unsigned long flags = 0;

    strv_split(&words, json_str_at(options, "o", ""), ',');
    for (size_t i = 0; i < words.count; i++)
        if (*words.items[i] && !take_flag(words.items[i], &flags))
            strv_add(&rest, words.items[i]);
    data = strv_join(&rest, ",");
    if (mount(device, target, type, flags, *data ? data : NULL) < 0)
        return error_errno(err, "failed to mount local volume: mount %s:%s, flags: 0x%lx, data: %s", device,
                           target, flags, data);
    if ((flags & MS_BIND) && (flags & MS_RDONLY) &&
        mount("none", target, "none", MS_REMOUNT | flags, NULL) < 0) {
        error_errno(err, "remount %s read-only",
                    target); /* a bind mount takes "ro" only by a second call, see mount(2) */
        umount2(target, MNT_DETACH);
        return -1;
    }
    return 0;
}
