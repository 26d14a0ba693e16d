/* volume/volume.c - volumes and who holds them.
 *
 *     ROOT/<name>/_data       what containers see
 *     ROOT/.records/<name>    the record; a name never begins with a dot
 *
 * A volume is there when its record is: the directory is made before the record and removed after it, so a crash in between leaves at
 * most a directory that nobody lists, which the next create of that name takes over and volumes_open() sweeps.
 *
 * Holding (a container was created with it) and mounting (a container runs with it) are books of container ids, rebuilt by the container
 * domain when the daemon starts. Whether the options' mount is there is asked of the kernel, never remembered: containers that
 * outlived the daemon keep using the mount that they began with. */
#include "volume/volume.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/filters.h"
#include "base/id.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#include "store/store.h"
#include "volume/options.h"

#define ANONYMOUS_LABEL "com.docker.volume.anonymous"

struct volume {
    char *name, *data;    /* data: ROOT/<name>/_data */
    json_t *record;       /* {Name, CreatedAt, Labels, Options} */
    struct strv holders;  /* containers that were created with it */
    struct strv mounters; /* containers that run with it */
};

struct volumes {
    pthread_mutex_t lock; /* around everything below */
    char *root;
    struct store *store;
    struct events *events;
    struct map *by_name;
};

/* -- one volume -- */

static struct volume *volume_free(struct volume *vol)
{
    if (!vol)
        return NULL;
    free(vol->name);
    free(vol->data);
    json_decref(vol->record);
    strv_free(&vol->holders);
    strv_free(&vol->mounters);
    free(vol);
    return NULL;
}

static struct volume *volume_new(const struct volumes *v, const char *name, json_t *record)
{
    struct volume *vol = new_zeroed(struct volume);

    vol->name = xstrdup(name);
    vol->data = xasprintf("%s/%s/_data", v->root, name);
    vol->record = json_incref(record);
    return vol;
}

static const json_t *volume_labels(const struct volume *vol)
{
    return json_object_get(vol->record, "Labels");
}

static const json_t *volume_options(const struct volume *vol)
{
    return json_object_get(vol->record, "Options");
}

/* The API's Volume; copies, since it is read without the lock. */
static json_t *volume_json(const struct volume *vol)
{
    scoped(json_decref) json_t *record = json_deep_copy(vol->record);

    return json_pack("{s:O, s:s, s:O, s:s, s:s, s:O, s:s}", "CreatedAt", json_object_get(record, "CreatedAt"),
                     "Driver", "local", "Labels", json_object_get(record, "Labels"), "Mountpoint", vol->data,
                     "Name", vol->name, "Options", json_object_get(record, "Options"), "Scope", "local");
}

static bool is_mounted(const struct volume *vol)
{
    struct statx st;

    return statx(AT_FDCWD, vol->data, AT_SYMLINK_NOFOLLOW, 0, &st) == 0 &&
           (st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) && (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static void publish(struct volumes *v, const char *action, const struct volume *vol)
{
    events_publish(v->events, "volume", action, vol->name, json_pack("{s:s}", "driver", "local"));
}

/* -- opening -- */

static int load(void *user, const char *id, json_t *record, struct error *err)
{
    struct volumes *v = user;
    struct volume *vol = volume_new(v, id, record);

    (void)err;
    map_set(v->by_name, vol->name, vol);
    return 0;
}

/* Directories without a record: what a crash between the two left. */
static int sweep(struct volumes *v, struct error *err)
{
    scoped(closedir) DIR *dir = opendir(v->root);
    struct dirent *entry;

    if (!dir)
        return error_errno(err, "open '%s'", v->root);
    while ((entry = readdir(dir))) {
        scoped_free char *path = xasprintf("%s/%s", v->root, entry->d_name);

        if (entry->d_name[0] != '.' && !map_get(v->by_name, entry->d_name) && tree_remove(path, err) < 0)
            return -1;
    }
    return 0;
}

int volumes_open(const char *root, struct events *events, struct volumes **ret, struct error *err)
{
    struct volumes *v = new_zeroed(struct volumes);
    scoped_free char *records = xasprintf("%s/.records", root);

    pthread_mutex_init(&v->lock, NULL);
    v->root = xstrdup(root);
    v->events = events;
    v->by_name = map_new();
    if (dir_make(root, 0711, err) < 0 || store_open(records, &v->store, err) < 0 ||
        store_each(v->store, load, v, err) < 0 || sweep(v, err) < 0) {
        volumes_close(v);
        return error_wrap(err, "volumes");
    }
    *ret = v;
    return 0;
}

struct volumes *volumes_close(struct volumes *v)
{
    void *vol;

    if (!v)
        return NULL;
    for (size_t at = 0; map_next(v->by_name, &at, NULL, &vol);)
        volume_free(vol);
    map_free(v->by_name);
    store_close(v->store);
    pthread_mutex_destroy(&v->lock);
    free(v->root);
    free(v);
    return NULL;
}

/* -- making; the lock is held -- */

static int check_name(const char *name, struct error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    if (strlen(name) < 2)
        return error_set(err, ERR_INVALID,
                         "volume name is too short, names should be at least two alphanumeric characters");
    if (!isalnum((unsigned char)name[0]) || strspn(name, allowed) != strlen(name))
        return error_set(err, ERR_INVALID,
                         "\"%s\" includes invalid characters for a local volume name, only "
                         "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. "
                         "If you intended to pass a host directory, use absolute path",
                         name);
    if (strlen(name) > 255)
        return error_set(err, ERR_INVALID, "volume name is longer than 255 bytes");
    return 0;
}

static int make_on_disk(struct volumes *v, struct volume *vol, struct error *err)
{
    if (dir_make(vol->data, 0755, err) < 0 || store_put(v->store, vol->name, vol->record, err) < 0) {
        scoped_free char *dir = xasprintf("%s/%s", v->root, vol->name);

        tree_remove(dir, NULL);
        return -1;
    }
    return 0;
}

static int create(struct volumes *v, const char *name, const json_t *options, const json_t *labels,
                  struct volume **ret, struct error *err)
{
    char now[CLOCK_TEXT_MAX];
    scoped(json_decref) json_t *record = NULL;
    struct volume *vol;

    if (check_name(name, err) < 0 || volume_options_check(options, err) < 0)
        return -1;
    clock_format(clock_now() / NANOS_PER_SECOND * NANOS_PER_SECOND, now);
    record = json_pack("{s:s, s:s, s:O, s:O}", "Name", name, "CreatedAt", now, "Labels",
                       json_is_object(labels) ? labels : json_null(), "Options",
                       json_is_object(options) ? options : json_null());
    vol = volume_new(v, name, record);
    if (make_on_disk(v, vol, err) < 0) {
        volume_free(vol);
        return -1;
    }
    map_set(v->by_name, name, vol);
    publish(v, "create", vol);
    *ret = vol;
    return 0;
}

static json_t *anonymous_labels(const json_t *labels)
{
    json_t *all = json_is_object(labels) ? json_copy((json_t *)labels) : json_object();

    json_object_set_new(all, ANONYMOUS_LABEL, json_string(""));
    return all;
}

/* The volume of that name, or a new one. `name` NULL or "": an anonymous one. */
static int find_or_create(struct volumes *v, const char *name, const json_t *options, const json_t *labels,
                          struct volume **ret, bool *fresh, struct error *err)
{
    char id[ID_LENGTH + 1];
    scoped(json_decref) json_t *own = NULL;
    struct volume *vol = str_empty(name) ? NULL : map_get(v->by_name, name);

    *fresh = false;
    if (vol) {
        *ret = vol;
        return 0;
    }
    if (str_empty(name)) {
        id_make(id);
        labels = own = anonymous_labels(labels);
        name = id;
    }
    if (create(v, name, options, labels, ret, err) < 0)
        return error_wrap(err, "create %s", name);
    *fresh = true;
    return 0;
}

static const struct json_field request_fields[] = {
    {"Name",        "string"},
    { "Driver",     "string"},
    { "DriverOpts", "map"   },
    { "Labels",     "map"   },
    { NULL,         NULL    },
};

int volume_create(struct volumes *v, const json_t *request, json_t **ret, struct error *err)
{
    const char *driver = json_str_at(request, "Driver", "local"), *name = json_str_at(request, "Name", "");
    struct volume *vol;
    bool fresh;
    int result;

    if (json_check(request, request_fields, err) < 0)
        return -1;
    if (json_object_get(request, "ClusterVolumeSpec") &&
        !json_is_null(json_object_get(request, "ClusterVolumeSpec")))
        return error_set(
            err, ERR_UNAVAILABLE,
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
            "connect this node to swarm and try again.");
    if (*driver && !str_eq(driver, "local"))
        return error_set(err, ERR_NOT_FOUND,
                         "create %s: error looking up volume plugin %s: plugin \"%s\" not found", name,
                         driver, driver);
    pthread_mutex_lock(&v->lock);
    result = find_or_create(v, name, json_object_get(request, "DriverOpts"),
                            json_object_get(request, "Labels"), &vol, &fresh, err);
    if (result == 0)
        *ret = volume_json(vol);
    pthread_mutex_unlock(&v->lock);
    return result;
}

/* -- looking -- */

static struct volume *find(struct volumes *v, const char *name, struct error *err)
{
    struct volume *vol = map_get(v->by_name, name);

    if (!vol)
        error_set(err, ERR_NOT_FOUND, "get %s: no such volume", name);
    return vol;
}

int volume_inspect(struct volumes *v, const char *name, json_t **ret, struct error *err)
{
    struct volume *vol;

    pthread_mutex_lock(&v->lock);
    vol = find(v, name, err);
    if (vol)
        *ret = volume_json(vol);
    pthread_mutex_unlock(&v->lock);
    return vol ? 0 : -1;
}

static bool wanted(const struct volume *vol, const struct filters *f, bool dangling)
{
    if (filters_has(f, "dangling") && dangling != (vol->holders.count == 0))
        return false;
    return filters_match(f, "driver", "local") && filters_match_regex(f, "name", vol->name) &&
           filters_match_labels(f, "label", volume_labels(vol)) &&
           filters_match_labels(f, "label!", volume_labels(vol));
}

int volume_list(struct volumes *v, const struct filters *filters, json_t **ret, struct error *err)
{
    json_t *list;
    void *vol;
    bool dangling;

    if (filters_bool(filters, "dangling", false, &dangling, err) < 0)
        return -1;
    list = json_array();
    pthread_mutex_lock(&v->lock);
    for (size_t at = 0; map_next(v->by_name, &at, NULL, &vol);)
        if (wanted(vol, filters, dangling))
            json_array_append_new(list, volume_json(vol));
    pthread_mutex_unlock(&v->lock);
    *ret = json_pack("{s:o, s:n}", "Volumes", list, "Warnings");
    return 0;
}

/* -- removing -- */

/* Kernel, record, event; the lock is held and nobody holds the volume. */
static int destroy(struct volumes *v, struct volume *vol, struct error *err)
{
    scoped_free char *dir = xasprintf("%s/%s", v->root, vol->name);

    if (is_mounted(vol) && umount2(vol->data, MNT_DETACH) < 0)
        return error_errno(err, "unmount '%s'", vol->data);
    if (store_remove(v->store, vol->name, err) < 0 || tree_remove(dir, err) < 0)
        return -1;
    map_remove(v->by_name, vol->name);
    publish(v, "destroy", vol);
    volume_free(vol);
    return 0;
}

int volume_remove(struct volumes *v, const char *name, bool force, struct error *err)
{
    struct volume *vol;
    int result = -1;

    pthread_mutex_lock(&v->lock);
    vol = find(v, name, err);
    if (!vol) {
        result = force ? 0 : -1;
    } else if (vol->holders.count) {
        scoped_free char *ids = strv_join(&vol->holders, ", ");

        error_set(err, ERR_CONFLICT, "remove %s: volume is in use - [%s]", name, ids);
    } else {
        result = destroy(v, vol, err);
    }
    pthread_mutex_unlock(&v->lock);
    return result;
}

static bool prunable(const struct volume *vol, const struct filters *f, bool all)
{
    if (vol->holders.count || (!all && !json_object_get(volume_labels(vol), ANONYMOUS_LABEL)))
        return false;
    return filters_match_labels(f, "label", volume_labels(vol)) &&
           filters_match_labels(f, "label!", volume_labels(vol));
}

int volume_prune(struct volumes *v, const struct filters *filters, int api_version, json_t **ret,
                 struct error *err)
{
    json_t *deleted;
    int64_t reclaimed = 0;
    void *vol;
    bool all;
    scoped_free char *total = NULL;

    /* SPEC.md, VolumePrune: before 1.42 every unused volume goes, since then only anonymous ones unless all=true */
    if (filters_bool(filters, "all", api_version < 42, &all, err) < 0)
        return -1;
    deleted = json_array();
    pthread_mutex_lock(&v->lock);
    for (size_t at = 0; map_next(v->by_name, &at, NULL, &vol);) {
        scoped_free char *name = NULL;
        int64_t size = 0;

        if (!prunable(vol, filters, all))
            continue;
        name = xstrdup(((struct volume *)vol)->name);
        tree_size(((struct volume *)vol)->data, &size, NULL);
        if (destroy(v, vol, err) < 0)
            continue; /* what cannot be removed stays listed; the others go */
        reclaimed += size;
        json_array_append_new(deleted, json_string(name));
    }
    pthread_mutex_unlock(&v->lock);
    total = xasprintf("%lld", (long long)reclaimed);
    events_publish(v->events, "volume", "prune", "", json_pack("{s:s}", "reclaimed", total));
    *ret = json_pack("{s:o, s:I}", "VolumesDeleted", deleted, "SpaceReclaimed", (json_int_t)reclaimed);
    return 0;
}

/* -- a container's side -- */

static void book_add(struct strv *book, const char *id)
{
    if (!strv_has(book, id))
        strv_add(book, id);
}

static void book_remove(struct strv *book, const char *id)
{
    for (size_t i = book->count; i-- > 0;)
        if (str_eq(book->items[i], id))
            strv_remove(book, i);
}

int volume_hold(struct volumes *v, const char *name, const json_t *driver_options, const json_t *labels,
                const char *container_id, char **path, bool *fresh, struct error *err)
{
    struct volume *vol;
    int result;

    pthread_mutex_lock(&v->lock);
    result = find_or_create(v, name, driver_options, labels, &vol, fresh, err);
    if (result == 0) {
        book_add(&vol->holders, container_id);
        *path = xstrdup(vol->data);
    }
    pthread_mutex_unlock(&v->lock);
    return result;
}

void volume_release(struct volumes *v, const char *name, const char *container_id)
{
    struct volume *vol;

    pthread_mutex_lock(&v->lock);
    vol = map_get(v->by_name, name);
    if (vol)
        book_remove(&vol->holders, container_id);
    pthread_mutex_unlock(&v->lock);
}

int volume_mount(struct volumes *v, const char *name, const char *container_id, struct error *err)
{
    struct volume *vol;
    int result = -1;

    pthread_mutex_lock(&v->lock);
    vol = find(v, name, err);
    if (vol && (!volume_options_mount(volume_options(vol)) || is_mounted(vol) ||
                volume_options_apply(volume_options(vol), vol->data, err) == 0)) {
        book_add(&vol->mounters, container_id);
        result = 0;
    }
    pthread_mutex_unlock(&v->lock);
    return result;
}

void volume_unmount(struct volumes *v, const char *name, const char *container_id)
{
    struct volume *vol;

    pthread_mutex_lock(&v->lock);
    vol = map_get(v->by_name, name);
    if (vol) {
        book_remove(&vol->mounters, container_id);
        if (!vol->mounters.count && is_mounted(vol))
            umount2(vol->data, MNT_DETACH);
    }
    pthread_mutex_unlock(&v->lock);
}

bool volume_is_anonymous(struct volumes *v, const char *name)
{
    struct volume *vol;
    bool anonymous;

    pthread_mutex_lock(&v->lock);
    vol = map_get(v->by_name, name);
    anonymous = vol && json_object_get(volume_labels(vol), ANONYMOUS_LABEL);
    pthread_mutex_unlock(&v->lock);
    return anonymous;
}
