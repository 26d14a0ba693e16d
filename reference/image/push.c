/* image/push.c - ImagePush: from the store to a registry.
 *
 *     layers (there already? mounted from elsewhere? else gzip into ROOT/tmp/push-x and up) -> config -> manifest
 *
 * A registry takes a manifest only when all that it names is there, so that comes last, and with it the name. The manifest has the form and
 * the spacing of Docker Engine's: the same image pushed by either has the same digest, as long as the layers are the same blobs. */
#include "image/exchange.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/stream.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "image/internal.h"
#include "image/progress.h"
#include "registry/client.h"

DEFINE_SCOPED(struct digest *, digest_free)
DEFINE_SCOPED(struct deflater *, deflater_free)

struct push {
    struct image_store *store;
    struct registry *registry;
    const struct exchange *with;
    const struct reference *repository;
    char *dir; /* below ROOT/tmp */
};

static int say(struct push *p, json_t *message, struct error *err)
{
    return p->with->say(p->with->user, message, err);
}

static int say_of(struct push *p, const char *status, const struct layer *l, struct error *err)
{
    char id[ID_SHORT_LENGTH + 1];

    snprintf(id, sizeof(id), "%s", digest_hex(l->diff_id));
    return say(p, json_pack("{s:s, s:{}, s:s}", "status", status, "progressDetail", "id", id), err);
}

/* -- a layer that is there already -- */

static json_t *descriptor(const char *type, int64_t size, const char *digest)
{
    return json_pack("{s:s, s:I, s:s}", "mediaType", type, "size", (json_int_t)size, "digest", digest);
}

static json_t *descriptor_of(const json_t *blob)
{
    return descriptor(json_str_at(blob, "Type", TYPE_DOCKER_LAYER), json_int_at(blob, "Size", 0),
                      json_str_at(blob, "Digest", ""));
}

static json_t *find_there(struct push *p, const struct layer *l, const json_t *blobs, struct error *err)
{
    for (size_t i = json_array_size(blobs); i-- > 0;) {
        const json_t *blob = json_array_get(blobs, i);
        bool there = false;

        if (!digest_is_valid(json_str_at(blob, "Digest", "")))
            continue;
        if (registry_has_blob(p->registry, json_str_at(blob, "Digest", ""), &there, err) < 0)
            return NULL;
        if (there)
            return say_of(p, "Layer already exists", l, err) < 0 ? NULL : descriptor_of(blob);
    }
    return NULL;
}

/* "host/a/one" of the same host: "a/one". */
static const char *path_on_same_host(const struct push *p, const char *full)
{
    size_t n = strlen(p->repository->domain);

    return strncmp(full, p->repository->domain, n) == 0 && full[n] == '/' &&
                   !str_eq(full + n + 1, p->repository->path)
               ? full + n + 1
               : NULL;
}

static json_t *mount_there(struct push *p, const struct layer *l, const json_t *blobs, struct error *err)
{
    for (size_t i = json_array_size(blobs); i-- > 0;) {
        const json_t *blob = json_array_get(blobs, i);
        const char *from = path_on_same_host(p, json_str_at(blob, "Repository", ""));
        scoped_free char *status = from ? xasprintf("Mounted from %s", from) : NULL;
        bool mounted = false;

        if (!from || !digest_is_valid(json_str_at(blob, "Digest", "")))
            continue;
        if (registry_mount(p->registry, json_str_at(blob, "Digest", ""), from, &mounted, NULL) == 0 &&
            mounted)
            return say_of(p, status, l, err) < 0 ? NULL : descriptor_of(blob);
    }
    return NULL;
}

/* -- a layer that is not -- */

struct packing {
    int fd;
    struct digest *digest;
    int64_t size;
};

static int take_packed(void *user, const void *bytes, size_t n, struct error *err)
{
    struct packing *packing = user;

    digest_add(packing->digest, bytes, n);
    packing->size += (int64_t)n;
    return fd_write_all(packing->fd, bytes, n, err);
}

static int pack_layer(struct push *p, const struct layer *l, int fd, char digest[DIGEST_LENGTH + 1],
                      int64_t *size, struct error *err)
{
    scoped(digest_free) struct digest *d = digest_new();
    struct packing packing = { .fd = fd, .digest = d };
    scoped(deflater_free) struct deflater *gzip = deflater_new_gzip(take_packed, &packing);

    if (layer_read_tar(p->store, l, deflater_write, gzip, err) < 0 || deflater_end(gzip, err) < 0)
        return -1;
    digest_end(d, digest);
    *size = packing.size;
    return 0;
}

static int send_layer(struct push *p, const struct layer *l, json_t **ret, struct error *err)
{
    scoped_free char *path = path_join(p->dir, "blob");
    scoped_close int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char digest[DIGEST_LENGTH + 1], id[ID_SHORT_LENGTH + 1];
    int64_t size = 0;
    bool there = false;

    if (fd < 0)
        return error_errno(err, "create '%s'", path);
    snprintf(id, sizeof(id), "%s", digest_hex(l->diff_id));
    if (pack_layer(p, l, fd, digest, &size, err) < 0 ||
        registry_has_blob(p->registry, digest, &there, err) < 0)
        return -1;
    if (!there && (say(p, progress_message("Pushing", id, 0, size), err) < 0 ||
                   registry_upload(p->registry, digest, fd, size, err) < 0 ||
                   say(p, progress_message("Pushing", id, size, size), err) < 0))
        return -1;
    if (say_of(p, there ? "Layer already exists" : "Pushed", l, err) < 0)
        return -1;
    *ret = descriptor(TYPE_DOCKER_LAYER, size, digest);
    return 0;
}

static int push_layer(struct push *p, const struct layer *l, json_t **ret, struct error *err)
{
    scoped_free char *name = reference_full_name(p->repository);
    scoped(json_decref) json_t *blobs = layer_blobs(p->store, l), *found = NULL;
    struct error failure = { 0 };

    found = find_there(p, l, blobs, &failure);
    if (!found && failure.kind == ERR_NONE)
        found = mount_there(p, l, blobs, &failure);
    if (failure.kind != ERR_NONE) {
        if (err)
            *err = failure;
        return -1;
    }
    if (!found && send_layer(p, l, &found, err) < 0)
        return -1;
    layer_blob_found(p->store, l, name, json_str_at(found, "digest", ""), json_int_at(found, "size", 0),
                     json_str_at(found, "mediaType", TYPE_DOCKER_LAYER));
    *ret = take_ptr(&found);
    return 0;
}

static int push_layers(struct push *p, const struct image *image, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *layers = json_array();

    for (size_t i = image->layer_count; i-- > 0;)
        if (say_of(p, "Preparing", image->layers[i], err) < 0)
            return -1;
    for (size_t i = 0; i < image->layer_count; i++) {
        json_t *layer = NULL;

        if (push_layer(p, image->layers[i], &layer, err) < 0)
            return -1;
        json_array_append_new(layers, layer);
    }
    *ret = take_ptr(&layers);
    return 0;
}

/* -- config, manifest, name -- */

static int push_config(struct push *p, const struct image *image, json_t **ret, struct error *err)
{
    scoped_free char *path = blob_path(p->store, image->id);
    scoped_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool there = false;

    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, "open '%s'", path);
    if (registry_has_blob(p->registry, image->id, &there, err) < 0 ||
        (!there && registry_upload(p->registry, image->id, fd, st.st_size, err) < 0))
        return -1;
    *ret = descriptor(TYPE_DOCKER_CONFIG, st.st_size, image->id);
    return 0;
}

static int push_manifest(struct push *p, struct image *image, const char *tag, json_t *config, json_t *layers,
                         char digest[DIGEST_LENGTH + 1], size_t *size, struct error *err)
{
    scoped(json_decref) json_t *manifest =
        json_pack("{s:i, s:s, s:O, s:O}", "schemaVersion", 2, "mediaType", TYPE_DOCKER_MANIFEST, "config",
                  config, "layers", layers);
    scoped_free char *text = json_dumps(manifest, JSON_INDENT(3));
    struct reference by_digest = { p->repository->domain, p->repository->path, NULL, digest };
    char before[DIGEST_LENGTH + 1];

    *size = strlen(text);
    digest_of(text, *size, digest);
    if (registry_put_manifest(p->registry, tag, TYPE_DOCKER_MANIFEST, text, *size, err) < 0)
        return -1;
    scoped_lock(&p->store->change);
    tag_lookup(p->store, &by_digest, before);
    return *before || image->gone ? 0 : tag_set(p->store, &by_digest, image, false, err);
}

static int push_image(struct push *p, struct image *image, const char *tag, struct error *err)
{
    scoped(json_decref) json_t *layers = NULL, *config = NULL;
    char digest[DIGEST_LENGTH + 1];
    size_t size = 0;

    if (push_layers(p, image, &layers, err) < 0 || push_config(p, image, &config, err) < 0 ||
        push_manifest(p, image, tag, config, layers, digest, &size, err) < 0)
        return -1;
    if (say(p, json_pack("{s:o}", "status", json_sprintf("%s: digest: %s size: %zu", tag, digest, size)),
            err) < 0)
        return -1;
    return say(p,
               json_pack("{s:{}, s:{s:s, s:s, s:I}}", "progressDetail", "aux", "Tag", tag, "Digest", digest,
                         "Size", (json_int_t)size),
               err);
}

/* -- which -- */

static int find_tags(struct push *p, struct strv *ret, struct error *err)
{
    scoped_free char *full = reference_full_name(p->repository),
                     *familiar = reference_familiar_name(p->repository);
    scoped_strv all = { 0 };

    tags_full_of(p->store, NULL, full, &all);
    for (size_t i = 0; i < all.count; i++) {
        scoped(reference_free) struct reference *r = NULL;

        if (reference_parse(all.items[i], &r, NULL) == 0 && r->tag && !r->digest &&
            (!p->repository->tag || str_eq(r->tag, p->repository->tag)))
            strv_add(ret, r->tag);
    }
    if (ret->count)
        return 0;
    if (all.count && !p->repository->tag)
        return error_set(err, ERR_NOT_FOUND, "no tags to push for %s", familiar);
    return error_set(err, ERR_NOT_FOUND, "An image does not exist locally with the tag: %s", familiar);
}

static int push_tag(struct push *p, const char *tag, struct image **ret, struct error *err)
{
    char *name = xstrdup(tag), id[DIGEST_LENGTH + 1];
    struct reference r = { p->repository->domain, p->repository->path, name, NULL };

    tag_lookup(p->store, &r, id);
    free(name);
    if (image_store_find(p->store, id, ret, err) < 0)
        return -1;
    return push_image(p, *ret, tag, err);
}

static int push_all(struct push *p, struct error *err)
{
    scoped_free char *familiar = reference_familiar(p->repository),
                     *name = reference_familiar_name(p->repository);
    scoped_strv tags = { 0 };
    scoped(json_decref) json_t *config = NULL;

    if (say(p, json_pack("{s:o}", "status", json_sprintf("The push refers to repository [%s]", name)), err) <
        0)
        return -1;
    if (p->repository->digest)
        return error_set(err, ERR_INVALID, "cannot push a digest reference");
    if (find_tags(p, &tags, err) < 0 ||
        registry_open(p->repository, "push,pull", p->with->who, p->with->insecure, &p->registry, err) < 0 ||
        dir_make(p->dir, 0700, err) < 0)
        return -1;
    for (size_t i = 0; i < tags.count; i++) {
        scoped(image_unref) struct image *image = NULL;

        if (push_tag(p, tags.items[i], &image, err) < 0)
            return -1;
        if (p->repository->tag)
            config = json_incref(image->config);
    }
    image_event(p->store, "push", familiar, name, config);
    return 0;
}

static int wanted_repository(const char *name, const char *tag, struct reference **ret, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;

    if (reference_parse(name, &r, err) < 0)
        return -1;
    if (!str_empty(tag) && !reference_tag_is_valid(tag))
        return error_set(err, ERR_INVALID, "invalid tag format");
    if (!str_empty(tag))
        reference_set_tag(r, tag);
    *ret = take_ptr(&r);
    return 0;
}

int image_push(struct image_store *s, const char *name, const char *tag, const json_t *platforms,
               const struct exchange *with, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;
    scoped_free char *familiar = NULL;
    struct push p = { .store = s, .with = with };
    struct error failure = { 0 };
    char id[ID_LENGTH + 1];
    int result;

    if (wanted_repository(name, tag, &r, err) < 0)
        return -1;
    familiar = reference_familiar(r);
    if (image_platform_check(s, familiar, platforms, &failure) < 0 && failure.kind == ERR_NOT_FOUND &&
        strstr(failure.text, "platform")) {
        if (err)
            *err = failure;
        return -1;
    }
    id_make(id);
    p.repository = r;
    p.dir = xasprintf("%s/tmp/push-%.12s", s->root, id);
    result = push_all(&p, err);
    registry_close(p.registry);
    tree_remove(p.dir, NULL);
    free(p.dir);
    return result;
}
