/* build/build.c - the course of one build, and the builder's directory. See build.h. */
#include "build/internal.h"

#include <dirent.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>

#include "base/id.h"

#define AUX_SINCE 30
#define KEPT_MAX  (1u << 20) /* of a quiet build's output; what comes later is dropped */

/* -- the stream -- */

int build_say_bytes(struct build *b, const char *bytes, size_t n, struct error *err)
{
    json_t *message;

    b->kept_bytes += n;
    if (b->request->quiet && b->kept_bytes > KEPT_MAX)
        return 0;
    message = json_pack("{s:o}", "stream", json_string_lossy(bytes, n));
    if (!b->request->quiet)
        return b->request->say(b->request->user, message, err);
    json_array_append_new(b->kept, message);
    return 0;
}

int build_say(struct build *b, struct error *err, const char *format, ...)
{
    char text[256];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return build_say_bytes(b, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1, err);
}

static int say_text(struct build *b, const char *text, struct error *err)
{
    return build_say_bytes(b, text, strlen(text), err);
}

const char *build_image_id(const struct build *b)
{
    return b->image ? image_id(b->image) : "";
}

static int say_image(struct build *b, struct error *err)
{
    return build_say(b, err, " ---> %.*s\n", ID_SHORT_LENGTH, b->image ? digest_hex(image_id(b->image)) : "");
}

static int say_step(struct build *b, const char *text, struct error *err)
{
    scoped_free char *line = xasprintf("Step %u/%u : %s", ++b->step, b->steps, text);

    return say_text(b, line, err) < 0 || say_text(b, "\n", err) < 0 ? -1 : 0;
}

static int say_id(struct build *b, struct error *err)
{
    if (!b->image || b->request->quiet || b->request->api_version < AUX_SINCE)
        return 0;
    return b->request->say(b->request->user, json_pack("{s:{s:s}}", "aux", "ID", image_id(b->image)), err);
}

/* -- steps -- */

static int run_step(struct build *b, const struct instruction *i, struct error *err)
{
    int r;

    if (b->request->gone(b->request->user))
        return error_set(err, ERR_CLOSED, "Build cancelled");
    if (say_step(b, i->text, err) < 0)
        return -1;
    r = step_dispatch(b, i, err);
    if (b->request->force_remove || (b->request->remove && r == 0) ||
        (r < 0 && err && err->kind == ERR_CLOSED))
        containers_drop(b);    /* also when nobody is left to look at it */
    strv_free(&b->containers); /* these stay */
    return r < 0 ? -1 : say_image(b, err);
}

static int add_label(struct build *b, const char *name, const json_t *value, struct error *err)
{
    scoped_free char *text = xasprintf("LABEL %s=%s", name, json_string_value(value));
    json_t *labels = json_object_get(b->config, "Labels");

    if (!json_is_object(labels)) {
        labels = json_object();
        json_object_set_new(b->config, "Labels", labels);
    }
    if (say_step(b, text, err) < 0)
        return -1;
    json_object_set(labels, name, (json_t *)value);
    return step_metadata(b, text, err) < 0 ? -1 : say_image(b, err);
}

/* Those of the request go to the last stage, in order of their names. */
static int add_labels(struct build *b, struct error *err)
{
    scoped_strv names = { 0 };
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)b->request->labels, name, value)
        strv_add(&names, name);
    strv_sort(&names);
    for (size_t k = 0; k < names.count; k++)
        if (add_label(b, names.items[k], json_object_get(b->request->labels, names.items[k]), err) < 0)
            return -1;
    return 0;
}

static int run_stage(struct build *b, struct error *err)
{
    const struct stage *stage = &b->stages->items[b->stage];

    if (stage->name[0] && stages_find(b->stages, stage->name, b->stage) >= 0)
        return error_set(err, ERR_INVALID, "%s stage name already used", stage->name);
    if (say_step(b, stage->from->text, err) < 0)
        return -1;
    if (stage_begin(b, stage, err) < 0 || say_image(b, err) < 0)
        return -1;
    for (size_t k = 0; k < stage->count; k++)
        if (run_step(b, &b->file->items[stage->first + k], err) < 0)
            return -1;
    if (b->stage == b->last_stage && add_labels(b, err) < 0)
        return -1;
    b->made[b->stage] = b->image ? image_ref(b->image) : NULL;
    return say_id(b, err);
}

/* -- before and after -- */

static int find_target(struct build *b, struct error *err)
{
    const char *target = b->request->target;
    long index;

    b->last_stage = b->stages->count - 1;
    if (str_empty(target))
        return 0;
    index = stages_find(b->stages, target, b->stages->count);
    if (index < 0)
        return error_set(err, ERR_INVALID, "target stage \"%s\" could not be found", target);
    b->last_stage = (size_t)index;
    return 0;
}

static void count_steps(struct build *b)
{
    b->steps = (unsigned)(b->stages->metas + json_object_size(b->request->labels));
    for (size_t k = 0; k <= b->last_stage; k++)
        b->steps += (unsigned)b->stages->items[k].count + 1;
}

/* Images that are not there serve for nothing. */
static void find_sources(struct build *b)
{
    const struct strv *names = b->request->cache_from;

    b->has_sources = names && names->count;
    for (size_t k = 0; names && k < names->count; k++) {
        scoped(image_unref) struct image *image = NULL;

        if (image_store_find(b->builder->images, names->items[k], &image, NULL) == 0)
            strv_add(&b->sources, image_id(image));
    }
}

static int declare_metas(struct build *b, struct error *err)
{
    for (size_t k = 0; k < b->stages->metas; k++) {
        const struct instruction *i = &b->file->items[k];

        if (say_step(b, i->text, err) < 0)
            return -1;
        if (args_declare_words(b, i, b->args.metas, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int warn(struct build *b, struct error *err)
{
    scoped(json_decref) json_t *unused = args_unused(&b->args);
    scoped_strv names = { 0 };
    scoped_free char *list = NULL, *text = NULL;

    for (size_t k = 0; k < b->file->warnings.count; k++)
        if (say_text(b, b->file->warnings.items[k], err) < 0 || say_text(b, "\n", err) < 0)
            return -1;
    if (json_array_size(unused) == 0)
        return 0;
    for (size_t k = 0; k < json_array_size(unused); k++)
        strv_add(&names, json_string_value(json_array_get(unused, k)));
    strv_sort(&names);
    list = strv_join(&names, " ");
    text = xasprintf("[Warning] One or more build-args [%s] were not consumed\n", list);
    return say_text(b, text, err);
}

static int name_image(struct build *b, struct error *err)
{
    const struct strv *tags = b->request->tags;

    for (size_t k = 0; k < tags->count; k++) {
        scoped_free char *familiar = NULL, *line = NULL;

        if (image_name(b->builder->images, b->image, tags->items[k], NULL, &familiar, err) < 0)
            return -1;
        line = xasprintf("Successfully tagged %s\n", familiar);
        if (say_text(b, line, err) < 0)
            return -1;
    }
    return 0;
}

static int finish(struct build *b, struct error *err)
{
    if (warn(b, err) < 0)
        return -1;
    if (!b->image)
        return error_set(err, ERR_INVALID, "No image was generated. Is your Dockerfile empty?");
    if (b->request->quiet) {
        scoped_free char *line = xasprintf("%s\n", image_id(b->image));

        if (b->request->say(b->request->user, json_pack("{s:s}", "stream", line), err) < 0)
            return -1;
    } else if (build_say(b, err, "Successfully built %.*s\n", ID_SHORT_LENGTH,
                         digest_hex(image_id(b->image))) < 0) {
        return -1;
    }
    return name_image(b, err);
}

static int run(struct build *b, struct error *err)
{
    if (context_read(b, err) < 0 || stages_make(b->file, &b->stages, err) < 0 || find_target(b, err) < 0)
        return -1;
    count_steps(b);
    find_sources(b);
    b->made = xcalloc(b->stages->count, sizeof(*b->made));
    if (declare_metas(b, err) < 0)
        return -1;
    for (b->stage = 0; b->stage <= b->last_stage; b->stage++)
        if (run_stage(b, err) < 0)
            return -1;
    return finish(b, err);
}

static void build_clear(struct build *b)
{
    for (size_t k = 0; b->made && k < b->stages->count; k++)
        image_unref(b->made[k]);
    free(b->made);
    image_unref(b->image);
    json_decref(b->config);
    args_clear(&b->args);
    strv_free(&b->containers);
    strv_free(&b->sources);
    stages_free(b->stages);
    dockerfile_free(b->file);
    json_decref(b->kept);
    tree_remove(b->dir, NULL);
    free(b->dir);
    free(b->tree);
    free(b->author);
}

/* A quiet build that failed says all that it kept to itself. */
static void say_kept(struct build *b)
{
    json_t *message;
    size_t i;

    json_array_foreach (b->kept, i, message)
        if (b->request->say(b->request->user, json_incref(message), NULL) < 0)
            return;
}

static int check_tags(const struct build_request *r, struct error *err)
{
    for (size_t k = 0; k < r->tags->count; k++) {
        if (strchr(r->tags->items[k], '@'))
            return error_set(err, ERR_SYSTEM, "build tag cannot contain a digest");
        if (image_name_check(r->tags->items[k], NULL, err) < 0)
            return error_as(err, ERR_SYSTEM);
    }
    return 0;
}

int builder_build(struct builder *builder, const struct build_request *request, int64_t *code,
                  struct error *err)
{
    struct build b = {
        .builder = builder,
        .request = request,
        .config = json_object(),
        .kept = json_array(),
        .args = {request->args, json_object(), json_object(), json_object()}
    };
    char id[ID_LENGTH + 1];
    int r;

    id_make(id);
    b.dir = xasprintf("%s/%.12s", builder->root, id);
    b.tree = path_join(b.dir, "context");
    r = check_tags(request, err) < 0 || dir_make(b.dir, 0711, err) < 0 ? -1 : run(&b, err);
    if (r < 0)
        say_kept(&b);
    *code = b.code;
    build_clear(&b);
    return r;
}

/* -- the builder -- */

/* What a crash left: trees that are mounted, and all else. */
static void drop_leftovers(const char *root)
{
    scoped(closedir) DIR *dir = opendir(root);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        scoped_free char *path = path_join(root, entry->d_name);
        scoped(closedir) DIR *build = entry->d_name[0] == '.' ? NULL : opendir(path);
        struct dirent *view;

        while (build && (view = readdir(build))) {
            scoped_free char *merged = xasprintf("%s/%s/merged", path, view->d_name);

            if (str_starts(view->d_name, "view-"))
                while (umount2(merged, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
                    ;
        }
    }
}

int builder_open(const char *root, struct image_store *images, struct containers *containers,
                 const char *engine_version, struct builder **ret, struct error *err)
{
    struct builder *b;

    drop_leftovers(root);
    if (tree_remove(root, err) < 0 || dir_make(root, 0711, err) < 0)
        return -1;
    b = new_zeroed(struct builder);
    b->root = xstrdup(root);
    b->engine_version = xstrdup(engine_version);
    b->images = images;
    b->containers = containers;
    *ret = b;
    return 0;
}

struct builder *builder_close(struct builder *b)
{
    if (!b)
        return NULL;
    free(b->root);
    free(b->engine_version);
    free(b);
    return NULL;
}
