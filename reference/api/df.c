/* api/df.c - SystemDataUsage: the lists of three domains with what they take on disk. HAVE_X as in info.c; a domain that the daemon
 * did not open has nothing.
 *
 * From API 1.42 `type` chooses, and what was not asked for is null; before, it is ignored. From 1.52 there is a summary of each kind,
 * with its objects if `verbose` asks for them; the lists of before are then left out. Containers are listed for the others' sake too:
 * they tell which images and volumes are in use. */
#include "api/system.h"

#include "api/api.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#ifdef HAVE_CONTAINER
#include "container/container.h"
#endif
#ifdef HAVE_IMAGE
#include "image/store.h"
#endif
#ifdef HAVE_VOLUME
#include "volume/volume.h"
#endif

struct wanted {
    bool containers, images, volumes, build_cache;
};

static int read_types(struct request *req, struct wanted *w, struct error *err)
{
    size_t count = request_version(req) >= 42 ? request_query_count(req, "type") : 0;

    if (count == 0) {
        *w = (struct wanted){ true, true, true, true };
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        const char *type = request_query_nth(req, "type", i);

        if (str_eq(type, "container"))
            w->containers = true;
        else if (str_eq(type, "image"))
            w->images = true;
        else if (str_eq(type, "volume"))
            w->volumes = true;
        else if (str_eq(type, "build-cache"))
            w->build_cache = true;
        else
            return error_set(err, ERR_INVALID, "unknown object type: %s", type);
    }
    return 0;
}

static int list_containers(struct request *req, bool size, json_t **ret, struct error *err)
{
#ifdef HAVE_CONTAINER
    if (request_engine(req)->containers) {
        struct container_list_query query = { .all = true,
                                              .size = size,
                                              .api_version = request_version(req) };

        return container_list(request_engine(req)->containers, &query, ret, err);
    }
#endif
    (void)req;
    (void)size;
    (void)err;
    *ret = json_array();
    return 0;
}

#ifdef HAVE_IMAGE
static int64_t containers_of_image(const json_t *containers, const char *id)
{
    int64_t count = 0;
    size_t i;
    json_t *c;

    json_array_foreach (containers, i, c)
        count += str_eq(json_str_at(c, "ImageID", NULL), id);
    return count;
}

/* Adds the image's layers that `seen` does not have yet. */
static int64_t new_layers(struct image_store *store, const char *id, struct strv *seen)
{
    struct image *image;
    scoped_strv dirs = { 0 };
    int64_t total = 0, size;

    if (image_store_find(store, id, &image, NULL) < 0)
        return 0; /* removed meanwhile */
    image_lower_dirs(image, &dirs);
    for (size_t i = 0; i < dirs.count; i++) {
        if (strv_has(seen, dirs.items[i]))
            continue;
        strv_add(seen, dirs.items[i]);
        if (tree_size(dirs.items[i], &size, NULL) == 0)
            total += size;
    }
    image_unref(image);
    return total;
}
#endif

static int put_images(json_t *o, struct request *req, const json_t *containers, struct error *err)
{
    int64_t layers = 0;
    json_t *images = json_array();

#ifdef HAVE_IMAGE
    struct image_store *store = request_engine(req)->images;
    struct image_list_query query = { .shared_size = true, .api_version = request_version(req) };
    scoped_strv seen = { 0 };
    size_t i;
    json_t *image;

    if (store) {
        json_decref(images);
        if (image_list(store, &query, &images, err) < 0)
            return -1;
    }
    json_array_foreach (images, i, image) {
        const char *id = json_str_at(image, "Id", "");

        layers += new_layers(store, id, &seen);
        json_put(image, "Containers", json_integer(containers_of_image(containers, id)));
    }
#else
    (void)req;
    (void)containers;
    (void)err;
#endif
    json_put(o, "LayersSize", json_integer(layers));
    json_put(o, "Images", images);
    return 0;
}

#ifdef HAVE_VOLUME
static int64_t containers_of_volume(const json_t *containers, const char *name)
{
    int64_t count = 0;
    size_t i, k;
    json_t *c, *mount;

    json_array_foreach (containers, i, c)
        json_array_foreach (json_object_get(c, "Mounts"), k, mount)
            count += str_eq(json_str_at(mount, "Name", NULL), name);
    return count;
}
#endif

static int put_volumes(json_t *o, struct request *req, const json_t *containers, struct error *err)
{
    json_t *volumes = json_array();

#ifdef HAVE_VOLUME
    scoped(json_decref) json_t *answer = NULL;
    size_t i;
    json_t *volume;

    if (request_engine(req)->volumes) {
        json_decref(volumes);
        if (volume_list(request_engine(req)->volumes, NULL, &answer, err) < 0)
            return -1;
        volumes = json_incref(json_object_get(answer, "Volumes"));
    }
    json_array_foreach (volumes, i, volume) {
        int64_t size = -1; /* not known */

        tree_size(json_str_at(volume, "Mountpoint", ""), &size, NULL);
        json_put(volume, "UsageData",
                 json_pack("{s:I, s:I}", "RefCount",
                           (json_int_t)containers_of_volume(containers, json_str_at(volume, "Name", "")),
                           "Size", (json_int_t)size));
    }
#else
    (void)req;
    (void)containers;
    (void)err;
#endif
    json_put(o, "Volumes", volumes);
    return 0;
}

static int64_t sum(const json_t *items, const char *member, bool unused_only, bool (*used)(const json_t *))
{
    int64_t total = 0;
    json_t *item;
    size_t i;

    json_array_foreach (items, i, item)
        if ((!unused_only || !used(item)) && json_int_at(item, member, 0) > 0)
            total += json_int_at(item, member, 0);
    return total;
}

/* The summary of one kind; `size` < 0: the sum of its objects' sizes. */
static void put_usage(json_t *o, const char *name, json_t *items, const char *member, int64_t size,
                      bool (*used)(const json_t *), bool verbose)
{
    json_int_t active = 0;
    json_t *item, *usage;
    size_t i;

    json_array_foreach (items, i, item)
        active += used(item);
    usage = json_pack("{s:I, s:I, s:I, s:I}", "ActiveCount", active, "TotalCount",
                      (json_int_t)json_array_size(items), "Reclaimable",
                      (json_int_t)sum(items, member, true, used), "TotalSize",
                      (json_int_t)(size < 0 ? sum(items, member, false, used) : size));
    if (verbose && json_array_size(items))
        json_object_set(usage, "Items", items);
    json_put(o, name, usage);
}

static bool image_is_used(const json_t *image)
{
    return json_int_at(image, "Containers", 0) > 0;
}

static bool container_is_used(const json_t *container)
{
    return !str_eq(json_str_at(container, "State", ""), "created") &&
           !str_eq(json_str_at(container, "State", ""), "exited") &&
           !str_eq(json_str_at(container, "State", ""), "dead");
}

static bool volume_is_used(const json_t *volume)
{
    return json_int_at(volume, "UsageData.RefCount", 0) > 0;
}

static bool record_is_used(const json_t *item)
{
    (void)item;
    return true;
}

/* API 1.52: summaries beside the lists, or in their place. */
static void summarize(json_t *o, const struct wanted *w, bool verbose)
{
    static const char *const lists[] = { "LayersSize", "Images", "Containers", "Volumes", "BuildCache" };

    if (w->images)
        put_usage(o, "ImageUsage", json_object_get(o, "Images"), "Size", json_int_at(o, "LayersSize", 0),
                  image_is_used, verbose);
    if (w->containers)
        put_usage(o, "ContainerUsage", json_object_get(o, "Containers"), "SizeRw", -1, container_is_used,
                  verbose);
    if (w->volumes)
        put_usage(o, "VolumeUsage", json_object_get(o, "Volumes"), "UsageData.Size", -1, volume_is_used,
                  verbose);
    if (w->build_cache)
        put_usage(o, "BuildCacheUsage", json_object_get(o, "BuildCache"), "Size", -1, record_is_used,
                  verbose);
    for (size_t i = 0; verbose && i < sizeof(lists) / sizeof(lists[0]); i++)
        json_object_del(o, lists[i]);
}

int system_data_usage_handler(struct request *req, struct reply *reply, struct error *err)
{
    struct wanted w = { .images = false };
    scoped(json_decref) json_t *containers = NULL;
    scoped(json_decref) json_t *o = json_pack("{s:i, s:n, s:n, s:n, s:n}", "LayersSize", 0, "Images",
                                              "Containers", "Volumes", "BuildCache");

    if (read_types(req, &w, err) < 0 || list_containers(req, w.containers, &containers, err) < 0)
        return -1;
    if (w.images && put_images(o, req, containers, err) < 0)
        return -1;
    if (w.volumes && put_volumes(o, req, containers, err) < 0)
        return -1;
    if (w.containers)
        json_put(o, "Containers", json_incref(containers));
    if (w.build_cache)
        json_put(o, "BuildCache", json_array()); /* there is no builder */
    if (request_version(req) >= 52)
        summarize(o, &w, request_query_bool(req, "verbose", false));
    return reply_json(reply, 200, take_ptr(&o));
}
