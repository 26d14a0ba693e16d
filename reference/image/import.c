/* image/import.c - ImageCreate of a tar: a file system becomes an image of one layer. */
#include "image/exchange.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "image/internal.h"

/* The lowest layer: its chain id is its own digest, which nobody knows before. */
static int import_layer(struct image_store *s, const char *dir, tar_source source, void *user,
                        struct candidate *c, struct error *err)
{
    scoped_free char *staging = path_join(dir, "layer");
    scoped_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char unknown[DIGEST_LENGTH + 1] = "";
    struct layer *l = NULL, *theirs;

    if (fd < 0)
        return error_errno(err, "open '%s'", dir);
    c->layers = xcalloc(2, sizeof(struct layer *));
    if (layer_stage(staging, unknown, source, user, &l, err) < 0)
        return error_as(err, ERR_SYSTEM); /* so a Docker Engine answers */
    chain_id("", l->diff_id, l->chain);
    theirs = layer_existing(s, l->chain);
    if (theirs)
        layer_free(l);
    c->layers[c->count++] = theirs ? theirs : l;
    return !theirs && syncfs(fd) < 0 ? error_errno(err, "sync") : 0;
}

static void write_config(const struct import *what, const json_t *platform, const char *comment,
                         struct candidate *c)
{
    json_t *doc = c->config = json_deep_copy(platform);
    json_t *empty = json_object();
    char created[CLOCK_TEXT_MAX];
    scoped_free char *text = NULL;

    clock_format(clock_now(), created);
    json_put_str(doc, "comment", comment);
    json_object_set_new(doc, "config", json_deep_copy(what->config ? what->config : empty));
    json_put_str(doc, "created", created);
    if (what->engine_version)
        json_put_str(doc, "docker_version", what->engine_version);
    json_object_set_new(
        doc, "history",
        json_pack("[{s:s, s:O}]", "created", created, "comment", json_object_get(doc, "comment")));
    json_object_set_new(doc, "rootfs",
                        json_pack("{s:s, s:[s]}", "type", "layers", "diff_ids", c->layers[0]->diff_id));
    text = json_text(doc);
    str_add(&c->bytes, text);
    digest_of(c->bytes.data, c->bytes.len, c->id);
    json_decref(empty);
}

static int import(struct image_store *s, const struct import *what, const json_t *platform, const char *dir,
                  tar_source source, void *user, struct image **ret, struct error *err)
{
    scoped_str comment = { 0 };
    struct candidate c = { 0 };
    int result = import_layer(s, dir, source, user, &c, err);

    if (str_empty(what->message))
        str_addf(&comment, "Imported from %s", what->source);
    else
        str_add(&comment, what->message);
    if (result == 0) {
        write_config(what, platform, str_text(&comment), &c);
        scoped_lock(&s->change);
        result = candidate_commit(s, &c, ret, err);
    }
    candidate_clear(s, &c);
    return result;
}

int image_import(struct image_store *s, const struct import *what, tar_source source, void *user, char id[72],
                 struct error *err)
{
    scoped(json_decref) json_t *platform = NULL;
    scoped(image_unref) struct image *image = NULL;
    char name[ID_LENGTH + 1];
    scoped_free char *dir = NULL;
    int result;

    if (image_name_check(what->repo, what->tag, err) < 0 ||
        image_platform_specified(what->platform, &platform, err) < 0)
        return -1;
    if (!str_eq(json_str_at(platform, "os", ""), "linux"))
        return error_set(err, ERR_INVALID, "operating system is not supported");
    id_make(name);
    dir = xasprintf("%s/tmp/import-%.12s", s->root, name);
    result = dir_make(dir, 0700, err);
    if (result == 0)
        result = import(s, what, platform, dir, source, user, &image, err);
    tree_remove(dir, NULL);
    if (result == 0 && !str_empty(what->repo))
        result = image_name(s, image, what->repo, what->tag, NULL, err);
    if (result < 0)
        return -1;
    image_event(s, "import", image->id, image->id, image->config);
    memcpy(id, image->id, DIGEST_LENGTH + 1);
    return 0;
}
