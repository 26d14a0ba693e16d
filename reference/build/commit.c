/* build/commit.c - a step's image: the one that was made before, or a new one. */
#include "build/internal.h"

json_t *shell_of(const struct build *b)
{
    json_t *shell = json_object_get(b->config, "Shell");

    return json_array_size(shell) ? json_copy(shell) : json_pack("[s, s]", "/bin/sh", "-c");
}

json_t *step_config(struct build *b, json_t *cmd)
{
    json_t *ret = json_deep_copy(b->config);

    json_object_set_new(ret, "Cmd", cmd);
    return ret;
}

json_t *step_nop(struct build *b, const char *text)
{
    json_t *cmd = shell_of(b);
    scoped_free char *nop = xasprintf("#(nop) %s", text);

    json_array_append_new(cmd, json_string_lossy(nop, strlen(nop)));
    return cmd;
}

static void take_image(struct build *b, struct image *image)
{
    const json_t *config = json_object_get(image_config(image), "config");

    image_unref(b->image);
    b->image = image;
    json_decref(b->config);
    b->config = json_is_object(config) ? json_deep_copy(config) : json_object();
}

int step_probe(struct build *b, json_t *container_config, struct error *err)
{
    struct image *image = NULL;

    if (b->missed || b->request->no_cache)
        return 0;
    if (image_find_made(b->builder->images, build_image_id(b), container_config, &b->sources, &image) < 0 ||
        (b->has_sources && b->sources.count == 0)) {
        image_unref(image);
        b->missed = true;
        return 0;
    }
    take_image(b, image);
    return build_say(b, err, " ---> Using cache\n") < 0 ? -1 : 1;
}

static char *created_by(const json_t *container_config)
{
    scoped_strv words = { 0 };

    json_strv_at(container_config, "Cmd", &words);
    return strv_join(&words, " ");
}

int step_commit(struct build *b, const json_t *container_config, const char *upper, const char *container,
                struct error *err)
{
    scoped_free char *by = created_by(container_config);
    struct image_recipe recipe = { .parent = b->image,
                                   .upper = upper,
                                   .config = b->config,
                                   .author = b->author,
                                   .created_by = by,
                                   .container = container,
                                   .container_config = container_config,
                                   .engine_version = b->builder->engine_version };
    struct image *image = NULL;

    if (image_make(b->builder->images, &recipe, &image, err) < 0)
        return -1;
    take_image(b, image);
    return 0;
}

int step_metadata(struct build *b, const char *text, struct error *err)
{
    scoped_free char *spaced = xasprintf(" %s", text);
    scoped(json_decref) json_t *config = NULL;
    int r;

    if (b->config_only)
        return 0;
    config = step_config(b, step_nop(b, spaced));
    r = step_probe(b, config, err);
    return r ? (r < 0 ? -1 : 0) : step_commit(b, config, NULL, NULL, err);
}
