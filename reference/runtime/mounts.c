/* runtime/mounts.c - /proc, /dev, /sys and the rest, as docker-20.10 and 28.5 were seen to ask for them; then the init,
 * tmpfs, and the caller's own, each after those that it lies in. A mount with the same target replaces a default one. */
#include "runtime/mounts.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#define SHM_SIZE (INT64_C(64) << 20)

static void add(json_t *to, const char *target, const char *type, const char *source, const char *options)
{
    scoped_strv list = { 0 };

    strv_split(&list, options, ',');
    json_array_append_new(to, json_pack("{s:s, s:s, s:s, s:o}", "destination", target, "type", type, "source",
                                        source, "options", json_from_strv(&list)));
}

static bool taken(const struct spec *spec, const char *target)
{
    for (size_t i = 0; i < spec->mount_count; i++)
        if (str_eq(spec->mounts[i].target, target))
            return true;
    return json_object_get(json_at(spec->host_config, "Tmpfs"), target) != NULL;
}

static void add_default(const struct spec *spec, json_t *to, const char *target, const char *type,
                        const char *source, const char *options)
{
    if (!taken(spec, target))
        add(to, target, type, source, options);
}

static void add_shm(const struct spec *spec, json_t *to)
{
    int64_t size = json_int_at(spec->host_config, "ShmSize", 0);
    scoped_free char *options =
        xasprintf("nosuid,noexec,nodev,mode=1777,size=%lld", (long long)(size > 0 ? size : SHM_SIZE));

    if (str_eq(json_str_at(spec->host_config, "IpcMode", ""), "none"))
        return;
    if (str_eq(spec->ipcns, "host"))
        add_default(spec, to, "/dev/shm", "bind", "/dev/shm", "rbind,rprivate");
    else
        add_default(spec, to, "/dev/shm", "tmpfs", "shm", options);
}

static void add_defaults(const struct spec *spec, json_t *to)
{
    bool writable = spec->privileged;

    add_default(spec, to, "/proc", "proc", "proc", "nosuid,noexec,nodev");
    add_default(spec, to, "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
    add_default(spec, to, "/dev/pts", "devpts", "devpts",
                "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
    add_default(spec, to, "/sys", "sysfs", "sysfs",
                writable ? "nosuid,noexec,nodev" : "nosuid,noexec,nodev,ro");
    add_default(spec, to, "/sys/fs/cgroup", "cgroup", "cgroup",
                writable ? "nosuid,noexec,nodev" : "ro,nosuid,noexec,nodev");
    add_default(spec, to, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
    add_shm(spec, to);
}

static int add_init(json_t *to, struct error *err)
{
    static const char *const places[] = { "/usr/bin/docker-init",       "/usr/bin/tini-static",
                                          "/usr/local/bin/tini-static", "/usr/libexec/docker/docker-init",
                                          "/sbin/tini-static",          "/usr/bin/tini" };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (path_exists(places[i])) {
            add(to, INIT_TARGET, "bind", places[i], "bind,ro");
            return 0;
        }
    return error_set(err, ERR_SYSTEM, "no init program (docker-init, tini-static) is installed on this host");
}

static bool tmpfs_option_is_known(const char *option)
{
    static const char *const flags[] = {
        "ro",       "rw",         "exec",        "noexec",        "suid",       "nosuid",
        "dev",      "nodev",      "sync",        "async",         "dirsync",    "remount",
        "mand",     "nomand",     "atime",       "noatime",       "diratime",   "nodiratime",
        "relatime", "norelatime", "strictatime", "nostrictatime", "private",    "rprivate",
        "shared",   "rshared",    "slave",       "rslave",        "unbindable", "runbindable",
        "defaults"
    };
    static const char *const values[] = { "size=",      "mode=",      "uid=", "gid=",
                                          "nr_inodes=", "nr_blocks=", "mpol=" };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (str_eq(option, flags[i]))
            return true;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (str_starts(option, values[i]))
            return true;
    return false;
}

/* The opposite of a default option takes its place. */
static void tmpfs_defaults(const struct strv *asked, struct str *ret)
{
    static const char *const pairs[][2] = {
        {"noexec",  "exec"},
        { "nosuid", "suid"},
        { "nodev",  "dev" }
    };

    for (size_t i = 0; i < 3; i++)
        if (!strv_has(asked, pairs[i][1]))
            str_addf(ret, "%s,", pairs[i][0]);
    str_add(ret, "rprivate");
}

static int add_tmpfs(json_t *to, const char *target, const char *options, struct error *err)
{
    scoped_strv asked = { 0 };
    scoped_str all = { 0 };

    if (*options)
        strv_split(&asked, options, ',');
    tmpfs_defaults(&asked, &all);
    for (size_t i = 0; i < asked.count; i++) {
        if (!tmpfs_option_is_known(asked.items[i]))
            return error_set(err, ERR_SYSTEM, "invalid tmpfs option \"%.*s\"",
                             (int)strcspn(asked.items[i], "="), asked.items[i]);
        str_addf(&all, ",%s", asked.items[i]);
    }
    add(to, target, "tmpfs", "tmpfs", str_text(&all));
    return 0;
}

static size_t depth(const char *path)
{
    size_t n = 0;

    for (; *path; path++)
        n += *path == '/' && path[1] && path[1] != '/';
    return n;
}

/* A mount must come after the one that it lies in; equals keep their order. */
static void add_by_depth(json_t *to, const json_t *mounts)
{
    size_t left = json_array_size(mounts), i;
    json_t *one;

    for (size_t level = 0; left > 0; level++)
        json_array_foreach (mounts, i, one)
            if (depth(json_str_at(one, "destination", "")) == level) {
                json_array_append(to, one);
                left--;
            }
}

int mounts_make(const struct spec *spec, const struct host *host, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *made = json_array(), *own = json_array();
    const char *target;
    json_t *options;

    (void)host;
    add_defaults(spec, made);
    if (spec->init && add_init(made, err) < 0)
        return -1;
    json_object_foreach (json_at(spec->host_config, "Tmpfs"), target, options)
        if (add_tmpfs(own, target, json_is_string(options) ? json_string_value(options) : "", err) < 0)
            return -1;
    for (size_t i = 0; i < spec->mount_count; i++)
        add(own, spec->mounts[i].target, spec->mounts[i].type, spec->mounts[i].source,
            spec->mounts[i].options);
    add_by_depth(made, own);
    *ret = take_ptr(&made);
    return 0;
}
