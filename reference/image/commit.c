/* image/commit.c - an image made of another one: what changed upon it becomes a layer, and the config says what is meant to run.
 *
 *     upper directory -> tar -> ROOT/tmp/commit-x/layer (tar and tree) -> sync -> ROOT/layers -> config -> name
 *
 * The tree is read while nobody changes it, which is the caller's care (a running container is paused). A layer in which nothing
 * changed is none: the image then has its parent's layers, and its history says so. */
#include "image/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

/* The digest of 1024 zero bytes: a tar that holds nothing. */
#define EMPTY_TAR "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

static const char *chain_of(const struct image *parent)
{
    return parent && parent->layer_count ? parent->layers[parent->layer_count - 1]->chain : "";
}

/* The parent's layers, each with a reference, and room for one more. */
static void inherit_layers(struct image_store *s, const struct image *parent, struct candidate *c)
{
    size_t count = parent ? parent->layer_count : 0;

    c->layers = xcalloc(count + 2, sizeof(struct layer *));
    scoped_lock(&s->lock);
    for (size_t i = 0; i < count; i++) {
        c->layers[c->count] = parent->layers[i];
        c->layers[c->count++]->refs++;
    }
}

static int add_layer(struct image_store *s, const struct image_recipe *recipe, const char *dir,
                     struct candidate *c, struct error *err)
{
    scoped_free char *staging = path_join(dir, "layer");
    scoped_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct layer *l = NULL, *theirs;

    if (fd < 0)
        return error_errno(err, "open '%s'", dir);
    if (layer_stage_tree(staging, chain_of(recipe->parent), recipe->upper, &l, err) < 0)
        return -1;
    theirs = layer_existing(s, l->chain);
    if (theirs || str_eq(l->diff_id, EMPTY_TAR)) {
        layer_free(l);
        l = theirs;
    }
    if (!l)
        return 0;
    c->layers[c->count++] = l;
    if (c->count > LAYERS_MAX)
        return error_set(err, ERR_SYSTEM, "max depth exceeded");
    return l->staged && syncfs(fd) < 0 ? error_errno(err, "sync") : 0;
}

static void put_if_said(json_t *to, const char *key, const char *text)
{
    if (!str_empty(text))
        json_put_str(to, key, text);
}

static void put_platform(json_t *config, const json_t *parent)
{
    static const char *const members[] = { "architecture", "variant", "os", "os.version", "os.features" };
    struct utsname host;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (json_object_get(parent, members[i]))
            json_object_set(config, members[i], json_object_get(parent, members[i]));
    uname(&host);
    if (!json_object_get(config, "architecture"))
        json_put_str(config, "architecture",
                     str_eq(host.machine, "x86_64")    ? "amd64"
                     : str_eq(host.machine, "aarch64") ? "arm64"
                                                       : host.machine);
    if (!json_object_get(config, "os"))
        json_put_str(config, "os", "linux");
}

static json_t *history_of(const struct image_recipe *recipe, const char *created, bool empty)
{
    const json_t *before = recipe->parent ? json_object_get(recipe->parent->config, "history") : NULL;
    json_t *history = json_is_array(before) ? json_deep_copy(before) : json_array(), *step = json_object();

    json_put_str(step, "created", created);
    put_if_said(step, "author", recipe->author);
    put_if_said(step, "created_by", recipe->created_by);
    put_if_said(step, "comment", recipe->comment);
    if (empty)
        json_object_set_new(step, "empty_layer", json_true());
    json_array_append_new(history, step);
    return history;
}

static json_t *root_fs_of(const struct candidate *c)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < c->count; i++)
        json_array_append_new(ids, json_string(c->layers[i]->diff_id));
    return json_pack("{s:s, s:o}", "type", "layers", "diff_ids", ids);
}

static int write_config(const struct image_recipe *recipe, struct candidate *c, struct error *err)
{
    size_t inherited = recipe->parent ? recipe->parent->layer_count : 0;
    json_t *doc = c->config = json_object();
    char created[CLOCK_TEXT_MAX];
    scoped_free char *text = NULL;

    clock_format(recipe->created ? recipe->created : clock_now(), created);
    put_platform(doc, recipe->parent ? recipe->parent->config : NULL);
    put_if_said(doc, "author", recipe->author);
    put_if_said(doc, "comment", recipe->comment);
    json_object_set_new(doc, "config", json_deep_copy(recipe->config));
    put_if_said(doc, "container", recipe->container);
    if (recipe->container_config)
        json_object_set_new(doc, "container_config", json_deep_copy(recipe->container_config));
    json_put_str(doc, "created", created);
    put_if_said(doc, "docker_version", recipe->engine_version);
    json_object_set_new(doc, "history", history_of(recipe, created, c->count == inherited));
    json_object_set_new(doc, "rootfs", root_fs_of(c));
    text = json_text(doc);
    str_add(&c->bytes, text);
    if (c->bytes.len > JSON_MAX_BYTES)
        return error_set(err, ERR_TOO_LARGE, "the config of the image is too large");
    digest_of(c->bytes.data, c->bytes.len, c->id);
    return 0;
}

static int make(struct image_store *s, const struct image_recipe *recipe, const char *dir,
                struct candidate *c, struct image **ret, struct error *err)
{
    inherit_layers(s, recipe->parent, c);
    if (recipe->upper && add_layer(s, recipe, dir, c, err) < 0)
        return -1;
    if (write_config(recipe, c, err) < 0)
        return -1;
    scoped_lock(&s->change);
    if (recipe->parent && !recipe->parent->gone)
        c->parent = xstrdup(recipe->parent->id);
    return candidate_commit(s, c, ret, err);
}

int image_make(struct image_store *s, const struct image_recipe *recipe, struct image **ret,
               struct error *err)
{
    struct candidate c = { 0 };
    char id[ID_LENGTH + 1];
    scoped_free char *dir = NULL;
    int r = -1;

    id_make(id);
    dir = xasprintf("%s/tmp/commit-%.12s", s->root, id);
    if (dir_make(dir, 0700, err) == 0)
        r = make(s, recipe, dir, &c, ret, err);
    candidate_clear(s, &c);
    tree_remove(dir, NULL);
    if (r == 0)
        image_event(s, "create", (*ret)->id, (*ret)->id, (*ret)->config);
    return r;
}
