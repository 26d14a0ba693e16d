/* image/pull.c - ImageCreate of a name: from a registry into the store.
 *
 *     manifest (of an index: the one for the platform) -> config -> per layer ROOT/tmp/pull-x/blob -> ROOT/tmp/pull-x/layer-n -> sync -> store
 *
 * A blob is whole and verified on disk before a byte of it is unpacked. Layers that the store has, which the config tells, are not asked
 * for. The image is named last, by its tag and by the digest of what the tag stands for. */
#include "image/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "image/internal.h"
#include "image/progress.h"
#include "registry/client.h"

#define CONFIG_MAX JSON_MAX_BYTES

struct pull {
    struct image_store *store;
    struct registry *registry;
    const struct exchange *with;
    char *dir;         /* below ROOT/tmp */
    json_t *platforms; /* one */
    bool any_platform; /* none was asked for: of an image that is no index whatever there is */
    bool newer;
    unsigned staged;
};

static int say(struct pull *p, json_t *message, struct error *err)
{
    return p->with->say(p->with->user, message, err);
}

static int say_status(struct pull *p, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int say_status(struct pull *p, struct error *err, const char *format, ...)
{
    scoped_str text = { 0 };
    char line[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    str_add(&text, line);
    return say(p, json_pack("{s:s}", "status", str_text(&text)), err);
}

static int say_of(struct pull *p, const char *status, const char *id, struct error *err)
{
    return say(p, json_pack("{s:s, s:{}, s:s}", "status", status, "progressDetail", "id", id), err);
}

static void short_digest(const char *digest, char ret[ID_SHORT_LENGTH + 1])
{
    snprintf(ret, ID_SHORT_LENGTH + 1, "%s", digest_hex(digest));
}

/* -- one layer -- */

struct download {
    struct pull *pull;
    char id[ID_SHORT_LENGTH + 1];
    int64_t total;
};

static int on_progress(void *user, int64_t done, int wait, struct error *err)
{
    struct download *d = user;
    char text[64];

    if (!wait)
        return say(d->pull, progress_message("Downloading", d->id, done, d->total), err);
    snprintf(text, sizeof(text), "Retrying in %d second%s", wait, wait == 1 ? "" : "s");
    return say_of(d->pull, text, d->id, err);
}

static ssize_t read_blob(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    while ((got = read(*(int *)user, bytes, n)) < 0 && errno == EINTR)
        ;
    return got < 0 ? error_errno(err, "read") : got;
}

static int unpack(struct pull *p, int fd, const char *chain, const char *diff_id, struct layer **ret,
                  struct error *err)
{
    scoped_free char *dir = xasprintf("%s/layer-%u", p->dir, p->staged++);
    struct layer *l = NULL;

    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_errno(err, "seek");
    if (layer_stage(dir, chain, read_blob, &fd, &l, err) < 0)
        return error_wrap(err, "failed to register layer");
    if (!str_eq(l->diff_id, diff_id)) {
        error_set(err, ERR_INVALID, "layer %s has the content %s", diff_id, l->diff_id);
        layer_free(l);
        return -1;
    }
    *ret = l;
    return 0;
}

static int pull_layer(struct pull *p, const json_t *blob, const char *chain, const char *diff_id,
                      struct layer **ret, struct error *err)
{
    const char *digest = json_str_at(blob, "digest", "");
    struct download d = { .pull = p, .total = json_int_at(blob, "size", 0) };
    scoped_free char *path = path_join(p->dir, "blob");
    scoped_close int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_errno(err, "create '%s'", path);
    short_digest(digest, d.id);
    if (registry_fetch(p->registry, digest, d.total, fd, on_progress, &d, err) < 0 ||
        say_of(p, "Verifying Checksum", d.id, err) < 0 || say_of(p, "Download complete", d.id, err) < 0 ||
        say(p, progress_message("Extracting", d.id, d.total, d.total), err) < 0 ||
        unpack(p, fd, chain, diff_id, ret, err) < 0)
        return -1;
    return say_of(p, "Pull complete", d.id, err);
}

/* -- the layers of a config -- */

/* Which are there already; all of them are told before the first one is asked for. */
static int find_layers(struct pull *p, const json_t *blobs, const json_t *diff_ids, struct candidate *c,
                       char (*chains)[DIGEST_LENGTH + 1], struct error *err)
{
    char id[ID_SHORT_LENGTH + 1];

    for (size_t i = 0; i < c->count; i++) {
        chain_id(i ? chains[i - 1] : "", json_string_value(json_array_get(diff_ids, i)), chains[i]);
        c->layers[i] = layer_existing(p->store, chains[i]);
        short_digest(json_str_at(json_array_get(blobs, i), "digest", ""), id);
        if (say_of(p, c->layers[i] ? "Already exists" : "Pulling fs layer", id, err) < 0)
            return -1;
    }
    return 0;
}

/* candidate_clear() takes the first `count` layers, so those that are missing are closed up after a failure. */
static int give_up(struct candidate *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++)
        if (c->layers[i])
            c->layers[kept++] = c->layers[i];
    c->count = kept;
    return -1;
}

static int pull_layers(struct pull *p, const json_t *manifest, struct candidate *c, struct error *err)
{
    const json_t *blobs = json_at(manifest, "layers"), *diff_ids = json_at(c->config, "rootfs.diff_ids");
    scoped_free char(*chains)[DIGEST_LENGTH + 1] = NULL;

    if (manifest_check_layers(blobs, diff_ids, err) < 0)
        return -1;
    c->count = json_array_size(diff_ids);
    c->layers = xcalloc(c->count + 1, sizeof(struct layer *));
    chains = xcalloc(c->count + 1, sizeof(*chains));
    if (find_layers(p, blobs, diff_ids, c, chains, err) < 0)
        return give_up(c);
    for (size_t i = 0; i < c->count; i++)
        if (!c->layers[i] &&
            pull_layer(p, json_array_get(blobs, i), chains[i], json_string_value(json_array_get(diff_ids, i)),
                       &c->layers[i], err) < 0)
            return give_up(c);
    return 0;
}

/* -- config and image -- */

static int pull_config(struct pull *p, const json_t *manifest, struct candidate *c, struct error *err)
{
    const char *digest = json_str_at(manifest, "config.digest", ""), *os;

    if (!digest_is_valid(digest))
        return error_set(err, ERR_INVALID, "the manifest names no config");
    if (registry_fetch_text(p->registry, digest, CONFIG_MAX, &c->bytes, err) < 0)
        return error_wrap(err, "error pulling image configuration");
    if (json_parse(c->bytes.data, c->bytes.len, &c->config, err) < 0 ||
        !json_is_object(json_at(c->config, "rootfs")))
        return error_set(err, ERR_INVALID, "invalid image configuration");
    os = json_str_at(c->config, "os", "linux");
    if (*os && !str_eq(os, "linux"))
        return error_set(err, ERR_INVALID, "image operating system \"%s\" cannot be used on this platform",
                         os);
    memcpy(c->id, digest, DIGEST_LENGTH + 1);
    return 0;
}

static int sync_dir(const char *dir, struct error *err)
{
    scoped_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 || syncfs(fd) < 0 ? error_errno(err, "sync '%s'", dir) : 0;
}

static void learn_blobs(struct pull *p, const struct image *image, const json_t *manifest,
                        const struct reference *r)
{
    scoped_free char *name = reference_full_name(r);

    for (size_t i = 0; i < image->layer_count; i++) {
        const json_t *blob = json_array_get(json_at(manifest, "layers"), i);

        layer_blob_found(p->store, image->layers[i], name, json_str_at(blob, "digest", ""),
                         json_int_at(blob, "size", 0), json_str_at(blob, "mediaType", TYPE_DOCKER_LAYER));
    }
}

/* The image of a manifest: the store's, or a new one; *ret is a new reference. */
static int pull_image(struct pull *p, const json_t *manifest, const struct reference *r, struct image **ret,
                      struct error *err)
{
    struct candidate c = { 0 };
    int result = -1;

    if (image_store_find(p->store, json_str_at(manifest, "config.digest", ""), ret, NULL) == 0)
        return 0;
    if (pull_config(p, manifest, &c, err) == 0 && pull_layers(p, manifest, &c, err) == 0 &&
        (p->staged == 0 || sync_dir(p->dir, err) == 0)) {
        scoped_lock(&p->store->change);
        result = candidate_commit(p->store, &c, ret, err);
        if (result == 0)
            learn_blobs(p, *ret, manifest, r);
    }
    candidate_clear(p->store, &c);
    return result;
}

/* -- manifests -- */

static int choose(struct pull *p, const json_t *index, json_t **ret, struct error *err)
{
    const char *digest = manifest_for(index, p->platforms);
    const json_t *wanted = json_array_get(p->platforms, 0);
    const char *variant = json_str_at(wanted, "variant", "");
    struct manifest m = { .type = NULL };
    int result;

    if (!digest)
        return error_set(err, ERR_NOT_FOUND,
                         "no matching manifest for %s/%s%s%s in the manifest list entries",
                         json_str_at(wanted, "os", ""), json_str_at(wanted, "architecture", ""),
                         *variant ? "/" : "", variant);
    if (registry_manifest(p->registry, digest, &m, err) < 0)
        return -1;
    result = manifest_parse(str_text(&m.bytes), m.bytes.len, ret, err);
    manifest_clear(&m);
    return result;
}

/* -- names -- */

/* As a Docker Engine words it. */
static int name_failure(const struct reference *r, struct error *err)
{
    scoped_free char *familiar = reference_familiar(r), *name = reference_familiar_name(r);
    struct error cause;

    if (!err)
        return -1;
    cause = *err;
    if (cause.kind == ERR_FORBIDDEN)
        return error_set(
            err, ERR_NOT_FOUND,
            "pull access denied for %s, repository does not exist or may require 'docker login': %.1000s",
            name, cause.text);
    if (cause.kind == ERR_NOT_FOUND && str_starts(cause.text, "name unknown"))
        return error_set(err, ERR_NOT_FOUND, "repository %s not found: %.1000s", name, cause.text);
    if (cause.kind == ERR_NOT_FOUND)
        return error_set(err, ERR_NOT_FOUND, "manifest for %s not found: %.1000s", familiar, cause.text);
    return -1;
}

/* Gives the image a name; a digest that stands for another image already stays with that. `change` is held. */
static int give_name(struct pull *p, const struct reference *r, struct image *image, struct error *err)
{
    char before[DIGEST_LENGTH + 1];

    tag_lookup(p->store, r, before);
    if (str_eq(before, image->id) || (r->digest && *before))
        return 0;
    p->newer = true;
    return tag_set(p->store, r, image, false, err);
}

static int give_names(struct pull *p, const struct reference *r, char *digest, struct image *image,
                      struct error *err)
{
    struct reference by_digest = { r->domain, r->path, NULL, digest };
    struct reference by_tag = { r->domain, r->path, r->tag, NULL };
    bool newer = p->newer;

    scoped_lock(&p->store->change);
    if (image->gone)
        return error_set(err, ERR_NOT_FOUND, "the image was removed meanwhile");
    if (give_name(p, &by_digest, image, err) < 0)
        return -1;
    if (!r->digest)
        p->newer = newer; /* the tag alone decides */
    return r->digest ? 0 : give_name(p, &by_tag, image, err);
}

static int warn_platform(struct pull *p, const struct reference *r, const struct image *image,
                         struct error *err)
{
    scoped_free char *familiar = reference_familiar(r);
    const json_t *wanted = json_array_get(p->platforms, 0);

    if (p->any_platform || platforms_fit(image->config, p->platforms))
        return 0;
    return say_status(
        p, err,
        "WARNING: image with reference %s was found but its platform (%s/%s) does not match the "
        "specified platform (%s/%s)",
        familiar, json_str_at(image->config, "os", ""), json_str_at(image->config, "architecture", ""),
        json_str_at(wanted, "os", ""), json_str_at(wanted, "architecture", ""));
}

/* -- one reference -- */

static int pull_manifest(struct pull *p, const struct reference *r, struct manifest *m, struct image **ret,
                         struct error *err)
{
    scoped_free char *familiar = reference_familiar(r);
    scoped(json_decref) json_t *manifest = NULL, *chosen = NULL;
    bool index;

    if (manifest_parse(str_text(&m->bytes), m->bytes.len, &manifest, err) < 0)
        return -1;
    if (say(p,
            json_pack("{s:o, s:s}", "status", json_sprintf("Pulling from %s", r->path), "id",
                      r->digest ? familiar : r->tag),
            err) < 0)
        return -1;
    index = json_is_array(json_object_get(manifest, "manifests"));
    if (index && choose(p, manifest, &chosen, err) < 0)
        return -1;
    return pull_image(p, index ? chosen : manifest, r, ret, err);
}

static int pull_reference(struct pull *p, const struct reference *r, struct image **ret, struct error *err)
{
    struct manifest m = { .type = NULL };
    int result;

    if (registry_manifest(p->registry, r->digest ? r->digest : r->tag, &m, err) < 0)
        return name_failure(r, err);
    result = pull_manifest(p, r, &m, ret, err);
    if (result == 0)
        result = give_names(p, r, m.digest, *ret, err);
    if (result == 0)
        result = say_status(p, err, "Digest: %s", m.digest);
    manifest_clear(&m);
    return result;
}

static int pull_all_tags(struct pull *p, const struct reference *r, struct error *err)
{
    scoped_strv tags = { 0 };

    if (registry_tags(p->registry, &tags, err) < 0)
        return name_failure(r, err);
    for (size_t i = 0; i < tags.count; i++) {
        struct reference one = { r->domain, r->path, tags.items[i], NULL };
        scoped(image_unref) struct image *image = NULL;

        if (!reference_tag_is_valid(tags.items[i]))
            return error_set(err, ERR_INVALID, "the registry names a tag that is none");
        if (pull_reference(p, &one, &image, err) < 0)
            return -1;
    }
    return 0;
}

static int finish(struct pull *p, const struct reference *r, const struct image *image, struct error *err)
{
    scoped_free char *familiar = reference_familiar(r), *name = reference_familiar_name(r);

    if (say_status(p, err, "Status: %s for %s", p->newer ? "Downloaded newer image" : "Image is up to date",
                   familiar) < 0)
        return -1;
    if (image && warn_platform(p, r, image, err) < 0)
        return -1;
    image_event(p->store, "pull", familiar, name, image ? image->config : NULL);
    return 0;
}

static int pull_wanted(struct pull *p, const struct reference *r, struct error *err)
{
    scoped(image_unref) struct image *image = NULL;
    int result;

    if (registry_open(r, "pull", p->with->who, p->with->insecure, &p->registry, err) < 0 ||
        dir_make(p->dir, 0700, err) < 0)
        return -1;
    result = r->tag || r->digest ? pull_reference(p, r, &image, err) : pull_all_tags(p, r, err);
    return result < 0 ? -1 : finish(p, r, image, err);
}

/* fromImage and tag as one reference. */
static int wanted_reference(const char *name, const char *tag, struct reference **ret, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;

    if (str_empty(name))
        return error_set(err, ERR_INVALID, "invalid reference format");
    if (reference_parse(name, &r, err) < 0)
        return -1;
    if (!str_empty(tag) && digest_is_valid(tag)) {
        free(r->digest);
        r->digest = xstrdup(tag);
    } else if (!str_empty(tag) && !reference_tag_is_valid(tag)) {
        return error_set(err, ERR_INVALID, "invalid tag format");
    } else if (!str_empty(tag)) {
        reference_set_tag(r, tag);
    }
    if (r->digest) {
        free(r->tag);
        r->tag = NULL;
    }
    if (str_eq(r->domain, "docker.io") && str_eq(r->path, "library/scratch"))
        return error_set(err, ERR_FORBIDDEN, "'scratch' is a reserved name");
    *ret = take_ptr(&r);
    return 0;
}

int image_pull(struct image_store *s, const char *name, const char *tag, const char *platform,
               const struct exchange *with, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;
    scoped(json_decref) json_t *wanted = NULL;
    struct pull p = { .store = s, .with = with, .any_platform = str_empty(platform) };
    char id[ID_LENGTH + 1];
    int result;

    if (image_platform_specified(platform, &wanted, err) < 0 || wanted_reference(name, tag, &r, err) < 0)
        return -1;
    id_make(id);
    p.platforms = json_pack("[O]", wanted);
    p.dir = xasprintf("%s/tmp/pull-%.12s", s->root, id);
    result = pull_wanted(&p, r, err);
    registry_close(p.registry);
    tree_remove(p.dir, NULL);
    json_decref(p.platforms);
    free(p.dir);
    scoped_lock(&s->change);
    store_sweep(s);
    return result;
}
