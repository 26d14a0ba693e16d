/* image/store.c - the objects of the store: opened, found, held, removed. See store.h for the layout. */
#include "image/internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"

char *blob_path(const struct image_store *s, const char *id)
{
    return xasprintf("%s/blobs/sha256/%s", s->root, digest_hex(id));
}

static char *gone_path(const struct image_store *s, const char *id)
{
    return xasprintf("%s/gone/%s", s->root, digest_hex(id));
}

/* -- one image -- */

struct image *image_new(struct image_store *s, const char *id, json_t *config, struct layer **layers,
                        size_t count)
{
    struct image *image = new_zeroed(struct image);

    image->store = s;
    image->refs = 1;
    memcpy(image->id, id, DIGEST_LENGTH + 1);
    image->config = json_incref(config);
    image->layers = layers;
    image->layer_count = count;
    for (size_t i = 0; i < count; i++)
        image->size += layers[i]->size;
    if (!clock_parse(json_str_at(config, "created", ""), &image->created))
        image->created = 0;
    return image;
}

static void image_free(struct image *image)
{
    json_decref(image->config);
    free(image->layers);
    free(image->parent);
    free(image);
}

struct image *image_ref(struct image *image)
{
    scoped_lock(&image->store->lock);
    image->refs++;
    return image;
}

struct image *image_unref(struct image *image)
{
    if (!image)
        return NULL;
    scoped_lock(&image->store->lock);
    image->refs--; /* the store's own is the last: see store_sweep() */
    return NULL;
}

const char *image_id(const struct image *image)
{
    return image->id;
}

const json_t *image_config(const struct image *image)
{
    return image->config;
}

int64_t image_size(const struct image *image)
{
    return image->size;
}

void image_parent(struct image_store *s, const struct image *image, char ret[DIGEST_LENGTH + 1])
{
    scoped_lock(&s->lock);
    snprintf(ret, DIGEST_LENGTH + 1, "%s", image->parent ? image->parent : "");
}

bool image_has_children(struct image_store *s, const struct image *image)
{
    size_t at = 0;
    void *value;

    scoped_lock(&s->lock);
    while (map_next(s->images, &at, NULL, &value))
        if (str_eq(((struct image *)value)->parent, image->id))
            return true;
    return false;
}

void image_lower_dirs(const struct image *image, struct strv *ret)
{
    for (size_t i = image->layer_count; i-- > 0;)
        strv_addf(ret, "%s/layers/%s/diff", image->store->root, digest_hex(image->layers[i]->chain));
}

void image_event(struct image_store *s, const char *action, const char *id, const char *name,
                 const json_t *config)
{
    const json_t *labels = json_at(config, "config.Labels");
    json_t *attributes = json_is_object(labels) ? json_copy((json_t *)labels) : json_object();

    if (!s->events) {
        json_decref(attributes);
        return;
    }
    json_object_set_new(attributes, "name", json_string(name));
    events_publish(s->events, "image", action, id, attributes);
}

/* -- open and close -- */

static int hold_layers(struct image_store *s, const json_t *config, struct layer ***ret, size_t *count,
                       struct error *err)
{
    scoped_strv diff_ids = { 0 };
    char chain[DIGEST_LENGTH + 1] = "";
    scoped_free struct layer **layers = NULL;

    json_strv_at(config, "rootfs.diff_ids", &diff_ids);
    layers = xcalloc(diff_ids.count + 1, sizeof(struct layer *));
    for (size_t i = 0; i < diff_ids.count; i++) {
        if (!digest_is_valid(diff_ids.items[i]))
            return error_set(err, ERR_INVALID, "'%s' is no digest", diff_ids.items[i]);
        chain_id(chain, diff_ids.items[i], chain);
        layers[i] = map_get(s->layers, chain);
        if (!layers[i] && layer_read(s, chain, &layers[i], err) < 0)
            return -1;
        map_set(s->layers, chain, layers[i]);
    }
    for (size_t i = 0; i < diff_ids.count; i++) /* only now that all are there */
        layers[i]->refs++;
    *count = diff_ids.count;
    *ret = take_ptr(&layers);
    return 0;
}

static int open_image(struct image_store *s, const char *path, bool gone, struct error *err)
{
    scoped_str bytes = { 0 };
    scoped(json_decref) json_t *config = NULL;
    struct layer **layers = NULL;
    size_t count = 0;
    char id[DIGEST_LENGTH + 1];
    struct image *image;

    if (file_read(path, JSON_MAX_BYTES, &bytes, err) < 0 ||
        json_parse(str_text(&bytes), bytes.len, &config, err) < 0)
        return -1;
    digest_of(bytes.data, bytes.len, id);
    if (!str_eq(digest_hex(id), path_base(path)))
        return error_set(err, ERR_INVALID, "it has the digest %s", id);
    if (hold_layers(s, config, &layers, &count, err) < 0)
        return -1;
    image = image_new(s, id, config, layers, count);
    image->gone = gone;
    map_set(gone ? s->gone : s->images, id, image);
    return 0;
}

/* A config that cannot be used is set aside, and said so; never removed. */
static int open_images(struct image_store *s, const char *below, bool gone, struct error *err)
{
    scoped_free char *path = path_join(s->root, below);
    scoped(closedir) DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return error_errno(err, "open '%s'", path);
    if (files_drop_unfinished(path, err) < 0)
        return -1;
    while ((entry = readdir(dir))) {
        scoped_free char *file = path_join(path, entry->d_name), *bad = xasprintf("%s.bad", file);
        struct error failure = { 0 };

        if (strlen(entry->d_name) != 64 || !str_is_hex(entry->d_name))
            continue;
        if (open_image(s, file, gone, &failure) == 0)
            continue;
        log_warn("image %s is set aside: %s", entry->d_name, failure.text);
        if (rename(file, bad) < 0)
            return error_errno(err, "rename '%s'", file);
    }
    return 0;
}

/* Layers that no image has are what a crash left between layers and record, or between record and layers. */
static int drop_unused_layers(struct image_store *s, struct error *err)
{
    scoped_free char *path = path_join(s->root, "layers");
    scoped(closedir) DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return error_errno(err, "open '%s'", path);
    while ((entry = readdir(dir))) {
        scoped_free char *chain = xasprintf("sha256:%s", entry->d_name),
                         *layer = path_join(path, entry->d_name);
        const struct layer *l = map_get(s->layers, chain);

        if (digest_is_valid(chain) && (!l || l->refs == 0) && tree_remove(layer, err) < 0)
            return -1;
        if (l && l->refs == 0)
            layer_free(map_remove(s->layers, chain));
        else if (l && files_drop_unfinished(layer, err) < 0)
            return -1;
    }
    return 0;
}

static int open_tags(struct image_store *s, struct error *err)
{
    scoped_free char *path = path_join(s->root, "tags.json");
    scoped(json_decref) json_t *document = NULL;
    struct error failure = { 0 };
    const char *key;
    json_t *value;
    struct image *image;

    if (files_drop_unfinished(s->root, err) < 0)
        return -1;
    if (json_read_file(path, &document, &failure) < 0 && failure.kind != ERR_NOT_FOUND) {
        if (err)
            *err = failure;
        return -1;
    }
    json_object_foreach (json_at(document, "Tags"), key, value)
        if (json_is_string(value) && map_get(s->images, json_string_value(value)))
            json_object_set(s->tags, key, value);
    json_object_foreach (json_at(document, "LastTagged"), key, value) {
        image = map_get(s->images, key);
        if (image)
            image->last_tagged = json_integer_value(value);
    }
    json_object_foreach (json_at(document, "Parents"), key, value) {
        image = map_get(s->images, key);
        if (image && json_is_string(value) && map_get(s->images, json_string_value(value)))
            image->parent = xstrdup(json_string_value(value));
    }
    return 0;
}

static int make_dirs(struct image_store *s, struct error *err)
{
    static const char *const below[] = { "blobs/sha256", "layers", "gone", "tmp" };
    scoped_free char *tmp = path_join(s->root, "tmp");

    if (tree_remove(tmp, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        scoped_free char *path = path_join(s->root, below[i]);

        if (dir_make(path, 0711, err) < 0)
            return -1;
    }
    return 0;
}

int image_store_open(const char *root, struct events *events, struct image_store **ret, struct error *err)
{
    struct image_store *s = new_zeroed(struct image_store);

    s->root = path_clean(root);
    s->events = events;
    s->images = map_new();
    s->gone = map_new();
    s->layers = map_new();
    s->tags = json_object();
    pthread_mutex_init(&s->change, NULL);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->blobs, NULL);
    if (make_dirs(s, err) < 0 || open_images(s, "blobs/sha256", false, err) < 0 ||
        open_images(s, "gone", true, err) < 0 || drop_unused_layers(s, err) < 0 || open_tags(s, err) < 0) {
        image_store_close(s);
        return error_wrap(err, "image store '%s'", root);
    }
    *ret = s;
    return 0;
}

struct image_store *image_store_close(struct image_store *s)
{
    size_t at;
    void *value;

    if (!s)
        return NULL;
    for (at = 0; map_next(s->images, &at, NULL, &value);)
        image_free(value);
    for (at = 0; map_next(s->gone, &at, NULL, &value);)
        image_free(value);
    for (at = 0; map_next(s->layers, &at, NULL, &value);)
        layer_free(value);
    map_free(s->images);
    map_free(s->gone);
    map_free(s->layers);
    json_decref(s->tags);
    pthread_mutex_destroy(&s->change);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->blobs);
    free(s->root);
    free(s);
    return NULL;
}

size_t image_store_count(struct image_store *s)
{
    scoped_lock(&s->lock);
    return map_count(s->images);
}

void image_store_set_users(struct image_store *s,
                           void (*users)(void *user, const char *image_id, bool running_only,
                                         struct strv *ret),
                           void *user)
{
    scoped_lock(&s->change);
    s->users = users;
    s->users_user = user;
    if (users) /* only now one can tell: a crash may have come between an image's delete and its rest */
        store_sweep(s);
}

struct image **store_images(struct image_store *s)
{
    struct image **all;
    size_t at = 0, n = 0;
    void *value;

    scoped_lock(&s->lock);
    all = xcalloc(map_count(s->images) + 1, sizeof(struct image *));
    while (map_next(s->images, &at, NULL, &value)) {
        all[n] = value;
        all[n++]->refs++;
    }
    return all;
}

void images_free(struct image ***images)
{
    for (struct image **i = *images; i && *i; i++)
        image_unref(*i);
    free(*images);
}

/* -- find -- */

static struct image *by_id(struct image_store *s, const char *id)
{
    struct image *image;

    scoped_lock(&s->lock);
    image = map_get(s->images, id);
    if (image)
        image->refs++;
    return image;
}

/* 1 when one image has this prefix, 2 when several do. */
static int by_prefix(struct image_store *s, const char *prefix, struct image **ret)
{
    struct image *found = NULL;
    size_t at = 0, n = strlen(prefix);
    const char *id;
    void *value;
    int count = 0;

    if (n > 64 || !str_is_hex(prefix))
        return 0;
    scoped_lock(&s->lock);
    while (map_next(s->images, &at, &id, &value)) {
        if (strncmp(digest_hex(id), prefix, n) != 0)
            continue;
        found = value;
        count++;
    }
    if (count == 1) {
        found->refs++;
        *ret = found;
    }
    return count > 1 ? 2 : count;
}

static int not_found(const struct reference *r, struct error *err)
{
    scoped_free char *familiar = reference_familiar(r);

    return error_set(err, ERR_NOT_FOUND, "No such image: %s%s", familiar,
                     r->tag || r->digest ? "" : ":latest");
}

static int by_name(struct image_store *s, const struct reference *r, struct image **ret)
{
    struct reference wanted = { r->domain, r->path, r->digest ? NULL : r->tag, r->digest };
    char id[DIGEST_LENGTH + 1], latest[] = "latest";

    if (!wanted.tag && !wanted.digest)
        wanted.tag = latest;
    tag_lookup(s, &wanted, id);
    if (!*id && r->digest && r->tag) /* "name:tag@digest" of an image that never had a repository digest */
        tag_lookup(s, r, id);
    *ret = *id ? by_id(s, id) : NULL;
    return *ret ? 0 : -1;
}

int image_store_find(struct image_store *s, const char *ref, struct image **ret, struct error *err)
{
    scoped_free char *as_digest =
        strlen(ref) == 64 && str_is_hex(ref) ? xasprintf("sha256:%s", ref) : xstrdup(ref);
    scoped(reference_free) struct reference *r = NULL;
    struct image *found = NULL;

    if (digest_is_valid(as_digest)) {
        found = by_id(s, as_digest);
        if (!found)
            return error_set(err, ERR_NOT_FOUND, "No such image: %s", as_digest);
        *ret = found;
        return 0;
    }
    if (reference_parse(ref, &r, err) < 0)
        return -1;
    if (by_name(s, r, &found) < 0) {
        int n = by_prefix(s, str_starts(ref, "sha256:") ? ref + 7 : ref, &found);

        if (n != 1) /* several: a Docker Engine knows no image then either */
            return not_found(r, err);
    }
    *ret = found;
    return 0;
}

int image_store_hold(struct image_store *s, const char *id, struct image **ret, struct error *err)
{
    struct image *image;

    scoped_lock(&s->lock);
    image = map_get(s->images, id);
    if (!image)
        image = map_get(s->gone, id);
    if (!image)
        return error_set(err, ERR_NOT_FOUND, "No such image: %s", id);
    image->refs++;
    *ret = image;
    return 0;
}

/* -- remove -- */

static bool is_used(struct image_store *s, const struct image *image)
{
    scoped_strv ids = { 0 };
    unsigned refs;

    pthread_mutex_lock(&s->lock);
    refs = image->refs;
    pthread_mutex_unlock(&s->lock);
    if (refs > 1)
        return true;
    if (s->users)
        s->users(s->users_user, image->id, false, &ids);
    return ids.count > 0;
}

static void bury(struct image_store *s, struct image *image)
{
    scoped_free char *path = gone_path(s, image->id);

    scoped_lock(&s->lock);
    map_remove(s->gone, image->id);
    unlink(path); /* the record first: a crash in between leaves layers that open drops */
    for (size_t i = image->layer_count; i-- > 0;)
        layer_release(s, image->layers[i]);
    image_free(image);
}

void store_sweep(struct image_store *s)
{
    scoped_strv ids = { 0 };
    const char *id;
    size_t at = 0;

    pthread_mutex_lock(&s->lock);
    while (map_next(s->gone, &at, &id, NULL))
        strv_add(&ids, id);
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < ids.count; i++) {
        struct image *image = map_get(s->gone, ids.items[i]);

        if (!is_used(s, image))
            bury(s, image);
    }
}

/* Under s->lock. */
static void forget_parent(struct image_store *s, const struct image *parent)
{
    size_t at = 0;
    void *value;

    while (map_next(s->images, &at, NULL, &value)) {
        struct image *child = value;

        if (!str_eq(child->parent, parent->id))
            continue;
        free(child->parent);
        child->parent = NULL;
    }
}

int image_drop(struct image_store *s, struct image *image, struct error *err)
{
    scoped_free char *from = blob_path(s, image->id), *to = gone_path(s, image->id);

    if (rename(from, to) < 0)
        return error_errno(err, "rename '%s'", from);
    scoped_lock(&s->lock);
    map_remove(s->images, image->id);
    map_set(s->gone, image->id, image);
    image->gone = true;
    forget_parent(s, image);
    return 0;
}
