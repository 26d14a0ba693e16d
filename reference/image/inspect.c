/* image/inspect.c - ImageInspect and ImageHistory: the config document in the words of the API, which changed with its versions:
 *
 *     -1.43 VirtualSize   -1.44 ContainerConfig   -1.43 a zero Created   -1.49 the fields of a container in Config
 *     -1.51 what is empty, beside it and in it */
#include "image/internal.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

static json_t *strings(const struct strv *v)
{
    return v->count ? json_from_strv(v) : json_array();
}

/* The fields of a container's config that an image never has, and still were shown. */
static json_t *container_fields(void)
{
    return json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:s}", "Hostname", "", "Domainname", "",
                     "AttachStdin", 0, "AttachStdout", 0, "AttachStderr", 0, "Tty", 0, "OpenStdin", 0,
                     "StdinOnce", 0, "Image", "");
}

static void put_default(json_t *config, const char *key, json_t *value)
{
    if (json_object_get(config, key))
        json_decref(value);
    else
        json_object_set_new(config, key, value);
}

static bool is_empty(const json_t *value)
{
    return (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* An image's config as it is shown: what is known is there; what is not set is null or "" up to 1.51, and since then nothing. */
static json_t *shown_config(const json_t *config, int version)
{
    static const char *const lists[] = { "Env", "Cmd", "Entrypoint", "OnBuild", "Labels", "Volumes" };
    static const char *const shown[] = { "Env",     "Cmd",        "Entrypoint", "OnBuild",      "Labels",
                                         "Volumes", "User",       "WorkingDir", "ExposedPorts", "Healthcheck",
                                         "Shell",   "StopSignal", "ArgsEscaped" };
    json_t *ret = version < 50 ? container_fields() : json_object();

    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        json_t *value = json_object_get(config, shown[i]);

        if (value && !json_is_null(value) && !is_empty(value))
            json_object_set_new(ret, shown[i], json_deep_copy(value));
    }
    if (version >= 52) {
        if (!json_str_at(ret, "User", "")[0])
            json_object_del(ret, "User");
        if (!json_str_at(ret, "WorkingDir", "")[0])
            json_object_del(ret, "WorkingDir");
        return ret;
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        put_default(ret, lists[i], json_null());
    put_default(ret, "User", json_string(""));
    put_default(ret, "WorkingDir", json_string(""));
    return ret;
}

static json_t *graph_driver(const struct image *image)
{
    scoped_strv lower = { 0 };
    scoped_free char *below = NULL, *top = NULL;
    json_t *data = json_object();

    image_lower_dirs(image, &lower);
    if (lower.count == 0) {
        json_decref(data);
        data = json_null();
    } else {
        top = xstrndup(lower.items[0], strlen(lower.items[0]) - strlen("/diff"));
        json_object_set_new(data, "MergedDir", json_sprintf("%s/merged", top));
        json_object_set_new(data, "UpperDir", json_string(lower.items[0]));
        json_object_set_new(data, "WorkDir", json_sprintf("%s/work", top));
        strv_remove(&lower, 0);
    }
    if (lower.count) {
        below = strv_join(&lower, ":");
        json_object_set_new(data, "LowerDir", json_string(below));
    }
    return json_pack("{s:o, s:s}", "Data", data, "Name", "overlay2");
}

static json_t *root_fs(const struct image *image)
{
    json_t *ret = json_pack("{s:s}", "Type", "layers"), *layers;

    if (image->layer_count == 0)
        return ret;
    layers = json_array();
    for (size_t i = 0; i < image->layer_count; i++)
        json_array_append_new(layers, json_string(image->layers[i]->diff_id));
    json_object_set_new(ret, "Layers", layers);
    return ret;
}

static const char *comment_of(const json_t *config)
{
    const char *comment = json_str_at(config, "comment", "");
    const json_t *history = json_at(config, "history");

    if (!*comment && json_array_size(history))
        comment = json_str_at(json_array_get(history, json_array_size(history) - 1), "comment", "");
    return comment;
}

static void put_time(json_t *ret, const char *key, nanos t)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(t, text);
    json_object_set_new(ret, key, json_string(text));
}

static void put_if_set(json_t *ret, const char *key, const json_t *config, const char *member)
{
    const char *value = json_str_at(config, member, "");

    if (*value)
        json_object_set_new(ret, key, json_string(value));
}

/* Its name has a dot, which json_at() would take for a path. */
static void put_os_version(json_t *ret, const json_t *config)
{
    json_t *version = json_object_get(config, "os.version");

    if (json_is_string(version))
        json_object_set(ret, "OsVersion", version);
}

static void put_sizes(json_t *ret, const struct image *image, int version)
{
    json_object_set_new(ret, "Size", json_integer(image->size));
    if (version < 44 && image->size)
        json_object_set_new(ret, "VirtualSize", json_integer(image->size));
}

static void put_text(json_t *ret, const char *key, const char *text, int version)
{
    if (version < 52 || text[0])
        json_object_set_new(ret, key, json_string(text));
}

static json_t *inspected(struct image_store *s, struct image *image, int version)
{
    const json_t *config = image->config;
    json_t *ret = json_object(), *metadata = json_object();
    scoped_strv tags = { 0 };
    char parent[DIGEST_LENGTH + 1];

    image_parent(s, image, parent);
    tags_of(s, image->id, &tags);
    json_object_set_new(ret, "Id", json_string(image->id));
    json_object_set_new(ret, "RepoTags", strings(&tags));
    json_object_set_new(ret, "RepoDigests", json_array()); /* only pulled and pushed images have some */
    put_text(ret, "Parent", parent, version);
    put_text(ret, "Comment", comment_of(config), version);
    if (image->created || version < 44)
        put_time(ret, "Created", image->created);
    if (version < 45)
        json_object_set_new(ret, "ContainerConfig",
                            shown_config(json_at(config, "container_config"), version));
    put_text(ret, "DockerVersion", json_str_at(config, "docker_version", ""), version);
    put_text(ret, "Author", json_str_at(config, "author", ""), version);
    json_object_set_new(ret, "Architecture", json_string(json_str_at(config, "architecture", "")));
    put_if_set(ret, "Variant", config, "variant");
    json_object_set_new(ret, "Os", json_string(json_str_at(config, "os", "linux")));
    put_os_version(ret, config);
    put_sizes(ret, image, version);
    json_object_set_new(ret, "GraphDriver", graph_driver(image));
    json_object_set_new(ret, "RootFS", root_fs(image));
    put_time(metadata, "LastTagTime", image->last_tagged);
    json_object_set_new(ret, "Metadata", metadata);
    json_object_set_new(ret, "Config", shown_config(json_at(config, "config"), version));
    return ret;
}

int image_inspect(struct image_store *s, const char *ref, int version, json_t **ret, struct error *err)
{
    scoped(image_unref) struct image *image = NULL;

    if (image_store_find(s, ref, &image, err) < 0)
        return -1;
    *ret = inspected(s, image, version);
    return 0;
}

/* -- history -- */

static json_t *history_item(const json_t *step, int64_t size)
{
    nanos created = 0;

    if (!clock_parse(json_str_at(step, "created", ""), &created))
        created = 0;
    return json_pack("{s:s, s:I, s:s, s:s, s:I, s:n}", "Comment", json_str_at(step, "comment", ""), "Created",
                     (json_int_t)(created / NANOS_PER_SECOND), "CreatedBy",
                     json_str_at(step, "created_by", ""), "Id", "<missing>", "Size", (json_int_t)size,
                     "Tags");
}

/* The newest step is the image's own, the next one its parent's, as long as parents are known. */
static void name_steps(struct image_store *s, const struct image *image, json_t *items)
{
    char id[DIGEST_LENGTH + 1];
    json_t *item;
    size_t i;

    memcpy(id, image->id, sizeof(id));
    json_array_foreach (items, i, item) {
        scoped(image_unref) struct image *at = NULL;
        scoped_strv tags = { 0 };

        if (!*id || image_store_hold(s, id, &at, NULL) < 0)
            return;
        tags_of(s, id, &tags);
        json_object_set_new(item, "Id", json_string(id));
        if (tags.count)
            json_object_set_new(item, "Tags", json_from_strv(&tags));
        image_parent(s, at, id);
    }
}

int image_history(struct image_store *s, const char *ref, json_t **ret, struct error *err)
{
    scoped(image_unref) struct image *image = NULL;
    scoped(json_decref) json_t *items = json_array();
    size_t i, layer = 0;
    json_t *step;

    if (image_store_find(s, ref, &image, err) < 0)
        return -1;
    json_array_foreach (json_at(image->config, "history"), i, step) {
        bool empty = json_bool_at(step, "empty_layer", false);

        if (!empty && layer >= image->layer_count)
            return error_set(err, ERR_SYSTEM, "too many non-empty layers in History section");
        json_array_insert_new(items, 0, history_item(step, empty ? 0 : image->layers[layer]->size));
        layer += !empty;
    }
    name_steps(s, image, items);
    *ret = take_ptr(&items);
    return 0;
}
