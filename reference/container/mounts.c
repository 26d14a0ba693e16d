/* container/mounts.c - from Binds, Mounts, Volumes and VolumesFrom to one list of mount points.
 *
 * A mount of an image is read-only and keeps the image's layers on disk as long as the container is there.
 *
 * The order decides who wins: what comes from another container gives way to an own mount at the same place, and an
 * anonymous volume (of the image, mostly) to everything. Two own mounts at one place are an error. */
#include "container/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/resolve.h"
#include "base/proc.h"
#include "volume/volume.h"

struct resolve {
    struct containers *all;
    const char *id;
    const json_t *config, *host_config;
    json_t *mounts;   /* the result; what holds a volume is in here before anything else can fail */
    size_t inherited; /* the first ones are of VolumesFrom */
};

static json_t *find_mount(const json_t *mounts, const char *target, size_t from, size_t *index)
{
    for (size_t i = from; i < json_array_size(mounts); i++) {
        json_t *m = json_array_get(mounts, i);

        if (str_eq(json_str_at(m, "Destination", ""), target)) {
            if (index)
                *index = i;
            return m;
        }
    }
    return NULL;
}

/* An own mount: nothing of our own may be there, and what was inherited goes. */
static int claim(struct resolve *r, const char *target, struct error *err)
{
    size_t i;
    json_t *m;

    if (find_mount(r->mounts, target, r->inherited, NULL) ||
        json_object_get(json_object_get(r->host_config, "Tmpfs"), target))
        return error_set(err, ERR_INVALID, "Duplicate mount point: %s", target);
    m = find_mount(r->mounts, target, 0, &i);
    if (m) {
        const char *name = json_str_at(m, "Name", NULL);

        if (name)
            volume_release(r->all->volumes, name, r->id);
        json_array_remove(r->mounts, i);
        r->inherited--;
    }
    return 0;
}

static json_t *mount_new(const char *type, const char *source, const char *target, const char *mode, bool rw,
                         const char *propagation)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "Type", type, "Source", source, "Destination", target,
                     "Mode", mode, "RW", (int)rw, "Propagation", propagation);
}

/* Holds a volume and adds its mount point. `name` may be NULL: an anonymous one. */
static int add_volume(struct resolve *r, const char *name, const char *target, const char *mode, bool rw,
                      bool copy, const json_t *options, struct error *err)
{
    scoped(json_decref) json_t *labels = NULL;
    scoped_free char *path = NULL;
    char made[ID_LENGTH + 1];
    bool fresh;
    json_t *m;

    if (!name) {
        id_make(made);
        name = made;
        labels = json_pack("{s:s}", "com.docker.volume.anonymous", "");
        if (json_is_object(json_at(options, "Labels")))
            json_object_update(labels, json_at(options, "Labels"));
    } else {
        labels = json_incref(json_at(options, "Labels"));
    }
    if (volume_hold(r->all->volumes, name, json_at(options, "DriverConfig.Options"), labels, r->id, &path,
                    &fresh, err) < 0)
        return -1;
    m = mount_new("volume", path, target, mode, rw, "");
    json_object_set_new(m, "Name", json_string(name));
    json_object_set_new(m, "Driver", json_string("local"));
    json_object_set_new(m, "Copy", json_boolean(copy));
    if (json_str_at(options, "Subpath", "")[0])
        json_object_set_new(m, "Subpath", json_string(json_str_at(options, "Subpath", "")));
    json_array_append_new(r->mounts, m);
    return 0;
}

static int driver_check(const char *volume, const char *driver, struct error *err)
{
    if (!driver[0] || str_eq(driver, "local"))
        return 0;
    return error_set(err, ERR_NOT_FOUND,
                     "create %s: error looking up volume plugin %s: plugin \"%s\" not found",
                     volume ? volume : "", driver, driver);
}

/* -- VolumesFrom -- */

static int inherit(struct resolve *r, struct container *from, bool rw, struct error *err)
{
    json_t *m;
    size_t i;

    json_array_foreach (from->mounts, i, m) {
        const char *name = json_str_at(m, "Name", NULL), *target = json_str_at(m, "Destination", "");
        scoped_free char *path = NULL;
        bool fresh;
        json_t *copy;

        if (find_mount(r->mounts, target, 0, NULL))
            continue;
        if (name && volume_hold(r->all->volumes, name, NULL, NULL, r->id, &path, &fresh, err) < 0)
            return -1;
        copy = json_deep_copy(m);
        if (!rw)
            json_object_set_new(copy, "RW", json_false());
        json_object_set_new(copy, "Copy", json_false());
        json_array_append_new(r->mounts, copy);
    }
    return 0;
}

static int add_volumes_from(struct resolve *r, struct error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(r->host_config, "VolumesFrom"), i, item) {
        const char *text = json_string_value(item), *mode = strchr(text, ':');
        scoped_free char *ref = xstrndup(text, strcspn(text, ":"));
        scoped(container_unref) struct container *from = NULL;

        if (!text[0])
            return error_set(err, ERR_INVALID, "volumes-from specification cannot be an empty string");
        if (mode && !str_eq(mode, ":ro") && !str_eq(mode, ":rw") && !str_eq(mode, ":z") &&
            !str_eq(mode, ":Z"))
            return error_set(err, ERR_INVALID, "invalid mode: %s", mode + 1);
        if (container_find(r->all, ref, &from, err) < 0)
            return error_as(err, ERR_INVALID);
        if (inherit(r, from, !str_eq(mode, ":ro"), err) < 0)
            return -1;
    }
    r->inherited = json_array_size(r->mounts);
    return 0;
}

/* -- Binds -- */

static int add_bind(struct resolve *r, const struct bind_spec *b, struct error *err)
{
    scoped_free char *target = path_clean(b->target);
    scoped_free char *source = NULL;
    json_t *m;

    if (claim(r, target, err) < 0)
        return -1;
    if (b->is_volume) {
        if (driver_check(b->source, json_str_at(r->host_config, "VolumeDriver", ""), err) < 0)
            return -1;
        return add_volume(r, b->source, target, b->mode[0] || !b->source ? b->mode : "z", !b->read_only,
                          !b->no_copy, NULL, err);
    }
    source = path_clean(b->source);
    m = mount_new("bind", source, target, b->mode, !b->read_only,
                  b->propagation[0] ? b->propagation : "rprivate");
    json_object_set_new(m, "Create", json_true());
    json_array_append_new(r->mounts, m);
    return 0;
}

static int add_binds(struct resolve *r, struct error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(r->host_config, "Binds"), i, item) {
        struct bind_spec b;
        int rc;

        if (bind_parse(json_string_value(item), &b, err) < 0)
            return -1;
        rc = add_bind(r, &b, err);
        bind_free(&b);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* -- Mounts -- */

static int config_error(struct error *err, const char *type, const char *format, const char *what)
{
    char text[512];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), format, what);
#pragma GCC diagnostic pop
    return error_set(err, ERR_INVALID, "invalid mount config for type \"%s\": %s", type, text);
}

static int check_target(const char *type, const char *target, struct error *err)
{
    if (!target[0])
        return config_error(err, type, "field %s must not be empty", "Target");
    if (target[0] != '/')
        return config_error(err, type, "invalid mount path: '%s' mount path must be absolute", target);
    if (strspn(target, "/") == strlen(target))
        return config_error(err, type, "invalid specification: destination can't be '%s'", "/");
    return 0;
}

static int check_bind(const json_t *m, struct error *err)
{
    static const char *const modes[] = { "", "private", "rprivate", "slave", "rslave", "shared", "rshared" };
    const char *source = json_str_at(m, "Source", ""), *mode = json_str_at(m, "BindOptions.Propagation", "");
    bool known = false;

    if (!source[0])
        return config_error(err, "bind", "field %s must not be empty", "Source");
    for (size_t i = 0; i < 7; i++)
        known = known || str_eq(mode, modes[i]);
    if (!known)
        return config_error(err, "bind", "invalid propagation mode: %s", mode);
    if (source[0] != '/')
        return config_error(err, "bind", "invalid mount path: '%s' mount path must be absolute", source);
    if (!json_bool_at(m, "BindOptions.CreateMountpoint", false) && !path_exists(source))
        return config_error(err, "bind", "bind source path does not exist: %s", source);
    return 0;
}

static int check_mount(const json_t *m, struct error *err)
{
    const char *type = json_str_at(m, "Type", ""), *source = json_str_at(m, "Source", "");

    if (!str_eq(type, "bind") && !str_eq(type, "volume") && !str_eq(type, "tmpfs") && !str_eq(type, "image"))
        return config_error(err, type, "mount type unknown%s", "");
    if (check_target(type, json_str_at(m, "Target", ""), err) < 0)
        return -1;
    if (str_eq(type, "bind"))
        return check_bind(m, err);
    if (json_is_object(json_object_get(m, "BindOptions")))
        return config_error(err, type, "field %s must not be specified", "BindOptions");
    if (str_eq(type, "image") && !source[0])
        return config_error(err, type, "field %s must not be empty", "Source");
    if (str_eq(type, "tmpfs") && source[0])
        return config_error(err, type, "field %s must not be specified", "Source");
    if (str_eq(type, "volume") && !source[0] && json_bool_at(m, "ReadOnly", false))
        return config_error(err, type, "must not set ReadOnly mode when using %s volumes", "anonymous");
    return 0;
}

/* By id, since its name may move to another image. */
static int add_image(struct resolve *r, const json_t *spec, const char *target, struct error *err)
{
    const char *ref = json_str_at(spec, "Source", "");
    scoped(image_unref) struct image *image = NULL;
    scoped_strv dirs = { 0 };
    json_t *m;

    if (image_store_find(r->all->images, ref, &image, err) < 0)
        return -1;
    image_lower_dirs(image, &dirs);
    m = mount_new("image", dirs.count ? dirs.items[0] : "", target, "", false, "rprivate");
    json_object_set_new(m, "ImageName", json_string(ref));
    json_object_set_new(m, "ImageID", json_string(image_id(image)));
    json_object_set_new(m, "Subpath", json_string(json_str_at(spec, "ImageOptions.Subpath", "")));
    json_array_append_new(r->mounts, m);
    return 0;
}

void mounts_hold_images(struct container *c)
{
    json_t *m;
    size_t i;

    json_array_foreach (c->mounts, i, m) {
        struct image *image = NULL;

        if (!str_eq(json_str_at(m, "Type", ""), "image") ||
            image_store_hold(c->all->images, json_str_at(m, "ImageID", ""), &image, NULL) < 0)
            continue;
        c->mounted_images =
            xreallocarray(c->mounted_images, c->mounted_image_count + 1, sizeof(*c->mounted_images));
        c->mounted_images[c->mounted_image_count++] = image;
    }
}

void mounts_drop_images(struct container *c)
{
    for (size_t i = 0; i < c->mounted_image_count; i++)
        image_unref(c->mounted_images[i]);
    free(c->mounted_images);
    c->mounted_images = NULL;
    c->mounted_image_count = 0;
}

static int add_mount(struct resolve *r, const json_t *spec, struct error *err)
{
    const char *type = json_str_at(spec, "Type", ""), *source = json_str_at(spec, "Source", "");
    bool rw = !json_bool_at(spec, "ReadOnly", false);
    scoped_free char *target = NULL, *clean = NULL;
    const json_t *options = json_object_get(spec, "VolumeOptions");
    json_t *m;

    if (check_mount(spec, err) < 0)
        return -1;
    target = path_clean(json_str_at(spec, "Target", ""));
    if (claim(r, target, err) < 0)
        return -1;
    if (str_eq(type, "image"))
        return add_image(r, spec, target, err);
    if (str_eq(type, "volume")) {
        const char *name = source[0] ? source : NULL;

        if (driver_check(name, json_str_at(options, "DriverConfig.Name", ""), err) < 0)
            return -1;
        return add_volume(r, name, target, "z", rw, !json_bool_at(options, "NoCopy", false), options, err);
    }
    clean = source[0] ? path_clean(source) : xstrdup("");
    m = mount_new(type, clean, target, "", rw,
                  str_eq(type, "bind") ? json_str_at(spec, "BindOptions.Propagation", "rprivate") : "");
    json_object_set_new(m, "Options", json_deep_copy(spec));
    if (json_bool_at(spec, "BindOptions.CreateMountpoint", false))
        json_object_set_new(m, "Create", json_true());
    json_array_append_new(r->mounts, m);
    return 0;
}

/* -- Volumes and Tmpfs -- */

static int add_anonymous(struct resolve *r, struct error *err)
{
    const char *path;
    json_t *value;

    json_object_foreach (json_object_get(r->config, "Volumes"), path, value) {
        scoped_free char *slashed = path[0] == '/' ? xstrdup(path) : xasprintf("/%s", path);
        scoped_free char *target = path_clean(slashed);

        if (find_mount(r->mounts, target, 0, NULL) ||
            json_object_get(json_object_get(r->host_config, "Tmpfs"), target) || str_eq(target, "/"))
            continue;
        if (driver_check(NULL, json_str_at(r->host_config, "VolumeDriver", ""), err) < 0 ||
            add_volume(r, NULL, target, "", true, true, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int check_tmpfs(const json_t *host_config, struct error *err)
{
    const char *path;
    json_t *value;

    json_object_foreach (json_object_get(host_config, "Tmpfs"), path, value)
        if (path[0] != '/')
            return error_set(err, ERR_INVALID, "invalid mount path: '%s' mount path must be absolute", path);
    return 0;
}

int mounts_resolve(struct containers *all, const char *id, const json_t *config, const json_t *host_config,
                   json_t *mounts, struct error *err)
{
    struct resolve r = { all, id, config, host_config, mounts, 0 };
    json_t *spec;
    size_t i;

    if (check_tmpfs(host_config, err) < 0 || add_volumes_from(&r, err) < 0 || add_binds(&r, err) < 0)
        return -1;
    json_array_foreach (json_object_get(host_config, "Mounts"), i, spec)
        if (add_mount(&r, spec, err) < 0)
            return -1;
    return add_anonymous(&r, err);
}

void mounts_release(struct containers *all, const char *id, const json_t *mounts)
{
    json_t *m;
    size_t i;

    json_array_foreach (mounts, i, m)
        if (json_str_at(m, "Name", NULL))
            volume_release(all->volumes, json_str_at(m, "Name", ""), id);
}

json_t *mounts_public(const json_t *mounts)
{
    static const char *const members[] = { "Type",   "Name", "Source", "Destination",
                                           "Driver", "Mode", "RW",     "Propagation" };
    json_t *out = json_array(), *m;
    size_t i;

    json_array_foreach (mounts, i, m) {
        json_t *copy = json_object();

        for (size_t n = 0; n < sizeof(members) / sizeof(members[0]); n++)
            if (json_object_get(m, members[n]))
                json_object_set_new(copy, members[n], json_deep_copy(json_object_get(m, members[n])));
        if (json_object_get(m, "ImageName"))
            json_object_set(copy, "Name", json_object_get(m, "ImageName"));
        json_array_append_new(out, copy);
    }
    return out;
}

/* -- what the image has at a volume's place is copied into it, once, while it is empty -- */

static bool dir_is_empty(const char *path)
{
    scoped(closedir) DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
            return false;
    return dir != NULL;
}

/* cp(1) keeps what a layer can hold: owners, times, links, sparse files, extended attributes. */
static int copy_tree(int from, const char *to, struct error *err)
{
    static const char source[] = "/proc/self/fd/3/.";
    const char *const argv[] = { "cp", "--archive", "--no-target-directory", source, to, NULL };
    struct proc_spec spec = { .argv = argv, .in = -1, .out = -1, .err = -1, .keep = &from, .keep_count = 1 };
    pid_t pid;
    int status;

    if (proc_spawn(&spec, &pid, err) < 0 || proc_wait(pid, &status, err) < 0)
        return -1;
    return status == 0 ? 0 : error_set(err, ERR_SYSTEM, "copying an image's files to '%s': cp failed", to);
}

static int copy_one(int root, const json_t *m, struct error *err)
{
    scoped_close int from = -1;
    struct stat st;

    if (!json_bool_at(m, "Copy", false) || !dir_is_empty(json_str_at(m, "Source", "")))
        return 0;
    from = open_in_root(root, json_str_at(m, "Destination", ""), O_RDONLY | O_CLOEXEC, 0, NULL);
    if (from < 0)
        return 0; /* the image has nothing there */
    if (fstat(from, &st) < 0)
        return error_errno(err, "stat '%s'", json_str_at(m, "Destination", ""));
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERR_SYSTEM, "cannot mount volume over existing file, file exists %s",
                         json_str_at(m, "Destination", ""));
    return copy_tree(from, json_str_at(m, "Source", ""), err);
}

int mounts_copy_up(struct container *c, struct error *err)
{
    scoped_free char *merged = container_dir(c, "merged");
    scoped_close int root = -1;
    bool wanted = false;
    int rc = 0;
    json_t *m;
    size_t i;

    json_array_foreach (c->mounts, i, m)
        wanted = wanted || json_bool_at(m, "Copy", false);
    if (!wanted)
        return 0;
    if (rootfs_mount(c, err) < 0)
        return -1;
    root = open(merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        rc = error_errno(err, "open '%s'", merged);
    json_array_foreach (c->mounts, i, m)
        if (rc == 0)
            rc = copy_one(root, m, err);
    if (root >= 0)
        close(take_fd(&root));
    rootfs_unmount(c);
    return rc;
}
