/* image/load.c - ImageLoad: from what `docker save` wrote, any of its forms, to images.
 *
 *     archive -> ROOT/tmp/load-x/archive -> per layer ROOT/tmp/load-x/layer-n -> sync -> ROOT/layers -> config -> tags
 *
 * manifest.json, which says what the other files are, may come last; so the archive is unpacked to disk first and memory does
 * not grow with it. Everything is named by ROOT/tmp until all layers of an image are whole and synced. Then the layers take their
 * places, then the config, by which the image exists, then the names. A crash in between leaves layers that the next open drops. */
#include "image/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/resolve.h"
#include "base/str.h"
#include "image/progress.h"

#define ENTRIES_MAX    100000       /* of an archive: four for each layer of some thousand images */
#define PROGRESS_BYTES (512 * 1024) /* between two messages */

struct load {
    struct image_store *store;
    char *dir;               /* below ROOT/tmp */
    int root;                /* the unpacked archive; all its paths are resolved inside */
    const json_t *platforms; /* of the images that are wanted; NULL: all */
    unsigned staged;
    int (*progress)(void *user, json_t *message, struct error *err);
    void *progress_user;
};

static int say(struct load *load, json_t *message, struct error *err)
{
    if (load->progress)
        return load->progress(load->progress_user, message, err);
    json_decref(message);
    return 0;
}

static int say_stream(struct load *load, struct error *err, const char *lead, const char *what)
{
    scoped_free char *text = xasprintf("%s%s\n", lead, what);

    return say(load, json_pack("{s:s}", "stream", text), err);
}

/* -- files of the archive -- */

/* A regular file: what else could lie there (a device, a pipe) is never opened for reading. */
static int open_member(struct load *load, const char *path, int64_t *size, struct error *err)
{
    scoped_close int fd = open_in_root(load->root, path, O_RDONLY | O_NONBLOCK, 0, err);
    struct stat st;

    if (fd < 0)
        return error_as(err, ERR_INVALID);
    if (fstat(fd, &st) < 0)
        return error_errno(err, "stat '%s'", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "'%s' is not a file", path);
    *size = st.st_size;
    return take_fd(&fd);
}

static int read_member(void *user, const char *path, struct str *ret, struct error *err)
{
    struct load *load = user;
    int64_t size;
    scoped_close int fd = open_member(load, path, &size, err);

    return fd < 0 ? -1 : fd_read_all(fd, JSON_MAX_BYTES, ret, err);
}

static bool has_member(const struct load *load, const char *name)
{
    return faccessat(load->root, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int read_manifest(struct load *load, json_t **ret, struct error *err)
{
    scoped_str bytes = { 0 };
    scoped(json_decref) json_t *manifest = NULL;

    if (!has_member(load, "manifest.json") && has_member(load, "index.json"))
        return layout_items(read_member, load, load->platforms, ret, err);
    if (!has_member(load, "manifest.json"))
        return error_set(err, ERR_INVALID, "no manifest.json: not an archive of images");
    if (read_member(load, "manifest.json", &bytes, err) < 0 ||
        json_parse(str_text(&bytes), bytes.len, &manifest, err) < 0)
        return error_wrap(err, "manifest.json");
    if (!json_is_array(manifest))
        return error_set(err, ERR_INVALID, "manifest.json is not a list");
    *ret = take_ptr(&manifest);
    return 0;
}

/* -- layers -- */

struct layer_source {
    struct load *load;
    int fd;
    int64_t current, total, said;
    const char *name;
};

static int say_progress(struct layer_source *s, struct error *err)
{
    s->said = s->current;
    return s->load->progress
               ? say(s->load, progress_message("Loading layer", s->name, s->current, s->total), err)
               : 0;
}

static ssize_t layer_source_read(void *user, void *bytes, size_t n, struct error *err)
{
    struct layer_source *s = user;
    ssize_t got;

    do
        got = read(s->fd, bytes, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_errno(err, "read layer");
    s->current += got;
    if (got > 0 && (s->current - s->said >= PROGRESS_BYTES || (s->said == 0 && s->current < s->total)) &&
        say_progress(s, err) < 0)
        return -1;
    return got;
}

static int load_layer(struct load *load, const char *path, const char *chain, const char *diff_id,
                      size_t index, struct layer **ret, struct error *err)
{
    scoped_free char *dir = xasprintf("%s/layer-%u", load->dir, load->staged++);
    char name[ID_SHORT_LENGTH + 1];
    struct layer_source source = { .load = load, .name = name };
    scoped_close int fd = -1;
    struct layer *l = NULL;

    snprintf(name, sizeof(name), "%s", digest_hex(diff_id));
    fd = source.fd = open_member(load, path, &source.total, err);
    if (fd < 0)
        return -1;
    if (layer_stage(dir, chain, layer_source_read, &source, &l, err) < 0)
        return -1;
    if (!str_eq(l->diff_id, diff_id)) {
        error_set(err, ERR_INVALID, "invalid diffID for layer %zu: expected \"%s\", got \"%s\"", index,
                  diff_id, l->diff_id);
        layer_free(l);
        return -1;
    }
    *ret = l; /* before anything else can fail: the caller releases it */
    return say_progress(&source, err);
}

static int load_layers(struct load *load, const json_t *item, struct candidate *c, struct error *err)
{
    const json_t *diff_ids = json_at(c->config, "rootfs.diff_ids"), *paths = json_at(item, "Layers");
    size_t count = json_array_size(diff_ids);
    char chain[DIGEST_LENGTH + 1] = "";

    if (json_array_size(paths) != count)
        return error_set(err, ERR_INVALID, "invalid manifest, layers length mismatch: expected %zu, got %zu",
                         json_array_size(paths), count);
    if (count > LAYERS_MAX)
        return error_set(err, ERR_TOO_LARGE, "an image has at most %d layers", LAYERS_MAX);
    c->layers = xcalloc(count + 1, sizeof(struct layer *));
    for (size_t i = 0; i < count; i++) {
        const char *diff_id = json_string_value(json_array_get(diff_ids, i));
        const char *path = json_string_value(json_array_get(paths, i));
        int r = 0;

        if (!digest_is_valid(diff_id) || !path)
            return error_set(err, ERR_INVALID, "layer %zu has no valid digest or no path", i);
        chain_id(chain, diff_id, chain);
        c->layers[i] = layer_existing(load->store, chain);
        if (!c->layers[i])
            r = load_layer(load, path, chain, diff_id, i, &c->layers[i], err);
        c->count += c->layers[i] != NULL;
        if (r < 0)
            return -1;
    }
    return 0;
}

/* -- one image -- */

static int load_config(struct load *load, const json_t *item, struct candidate *c, struct error *err)
{
    const char *path = json_str_at(item, "Config", NULL), *os;

    if (!path)
        return error_set(err, ERR_INVALID, "manifest.json names no config");
    if (read_member(load, path, &c->bytes, err) < 0 ||
        json_parse(str_text(&c->bytes), c->bytes.len, &c->config, err) < 0)
        return -1;
    if (!json_is_object(json_at(c->config, "rootfs")))
        return error_set(err, ERR_INVALID, "invalid image JSON, no RootFS key");
    os = json_str_at(c->config, "os", "linux");
    if (*os && !str_eq(os, "linux"))
        return error_set(err, ERR_INVALID, "cannot load %s image on linux", os);
    digest_of(c->bytes.data, c->bytes.len, c->id);
    return 0;
}

static int sync_all(struct load *load, struct error *err)
{
    bool staged = load->staged > 0;

    return staged && syncfs(load->root) < 0 ? error_errno(err, "sync") : 0;
}

/* A name that another image had moves; what Docker Engine says then. */
static int say_moved(struct load *load, const struct reference *r, const struct image *image,
                     struct error *err)
{
    scoped_free char *familiar = reference_familiar(r), *text = NULL;
    char before[DIGEST_LENGTH + 1];

    tag_lookup(load->store, r, before);
    if (!*before || str_eq(before, image->id))
        return 0;
    text = xasprintf("The image %s already exists, renaming the old one with ID %s to empty string\n",
                     familiar, before);
    return say(load, json_pack("{s:s}", "stream", text), err);
}

static int load_tag(struct load *load, const char *text, struct image *image, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;
    scoped_free char *familiar = NULL;
    int result;

    if (reference_parse(text, &r, err) < 0)
        return -1;
    if (!r->tag || r->digest)
        return error_set(err, ERR_INVALID, "invalid tag \"%s\"", text);
    if (say_moved(load, r, image, err) < 0)
        return -1;
    pthread_mutex_lock(&load->store->change);
    result = tag_set(load->store, r, image, false, err);
    pthread_mutex_unlock(&load->store->change);
    if (result < 0)
        return -1;
    familiar = reference_familiar(r);
    return say_stream(load, err, "Loaded image: ", familiar);
}

static int load_tags(struct load *load, const json_t *item, struct image *image, struct error *err)
{
    const json_t *tags = json_at(item, "RepoTags");
    size_t i;
    json_t *tag;

    json_array_foreach (tags, i, tag) {
        if (!json_is_string(tag))
            return error_set(err, ERR_INVALID, "manifest.json: a tag is not a text");
        if (load_tag(load, json_string_value(tag), image, err) < 0)
            return -1;
    }
    return json_array_size(tags) ? 0 : say_stream(load, err, "Loaded image ID: ", image->id);
}

static int load_image(struct load *load, const json_t *item, struct error *err)
{
    struct candidate c = { 0 };
    scoped(image_unref) struct image *image = NULL;
    bool wanted = true;
    int r = -1;

    if (load_config(load, item, &c, err) == 0 && (wanted = platforms_fit(c.config, load->platforms)) &&
        load_layers(load, item, &c, err) == 0 && sync_all(load, err) == 0) {
        pthread_mutex_lock(&load->store->change);
        r = candidate_commit(load->store, &c, &image, err);
        pthread_mutex_unlock(&load->store->change);
    }
    candidate_clear(load->store, &c);
    if (!wanted)
        return 0;
    if (r < 0 || load_tags(load, item, image, err) < 0)
        return -1;
    image_event(load->store, "load", image->id, image->id, image->config);
    return 0;
}

/* -- the whole -- */

static int load_all(struct load *load, tar_source source, void *user, struct error *err)
{
    scoped_free char *archive = path_join(load->dir, "archive");
    struct tar_unpack how = { .root = archive, .max_entries = ENTRIES_MAX };
    scoped(json_decref) json_t *manifest = NULL;
    size_t i;
    json_t *item;

    if (dir_make(archive, 0700, err) < 0 || tar_unpack(&how, source, user, NULL, err) < 0)
        return -1;
    load->root = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (load->root < 0)
        return error_errno(err, "open '%s'", archive);
    if (read_manifest(load, &manifest, err) < 0)
        return -1;
    json_array_foreach (manifest, i, item)
        if (load_image(load, item, err) < 0)
            return -1;
    return 0;
}

int image_load_for(struct image_store *s, const json_t *platforms, tar_source source, void *source_user,
                   int (*progress)(void *user, json_t *message, struct error *err), void *progress_user,
                   struct error *err)
{
    char id[ID_LENGTH + 1];
    struct load load = {
        .store = s, .root = -1, .platforms = platforms, .progress = progress, .progress_user = progress_user
    };
    int r;

    id_make(id);
    load.dir = xasprintf("%s/tmp/load-%.12s", s->root, id);
    r = load_all(&load, source, source_user, err);
    if (load.root >= 0)
        close(load.root);
    tree_remove(load.dir, NULL);
    free(load.dir);
    pthread_mutex_lock(&s->change);
    store_sweep(s);
    pthread_mutex_unlock(&s->change);
    return r;
}

int image_load(struct image_store *s, tar_source source, void *source_user,
               int (*progress)(void *user, json_t *message, struct error *err), void *progress_user,
               struct error *err)
{
    return image_load_for(s, NULL, source, source_user, progress, progress_user, err);
}
