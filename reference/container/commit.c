/* container/commit.c - the container's side of ImageCommit: what the new image runs is what the request says, completed by what the
 * container says; what it holds is the container's own layer, read while the container stands still. */
#include "container/internal.h"

#include "base/path.h"
#include "container/shape.h"

/* "sleep forever": how the history tells what made the layer. */
static char *command_text(const json_t *config)
{
    scoped_strv words = { 0 };

    json_strv_at(config, "Cmd", &words);
    return strv_join(&words, " ");
}

/* What the request says of it; nothing, when it says nothing of a container's config. */
static int asked_config(const json_t *body, json_t **ret, struct error *err)
{
    *ret = NULL;
    for (const struct shape *member = config_shape; body && member->name; member++)
        if (shape_member(body, member->name))
            return shape_fill(body, config_shape, "", ret, err);
    return 0;
}

static int make_image(struct container *c, const struct container_commit *how, struct image **ret,
                      struct error *err)
{
    scoped(json_decref) json_t *own = container_config(c, NULL);
    scoped(json_decref) json_t *config = NULL;
    scoped_free char *upper = container_dir(c, "upper"), *command = command_text(own);
    struct image_recipe recipe = { .parent = c->image,
                                   .upper = path_is_dir(upper) ? upper : NULL,
                                   .author = how->author,
                                   .comment = how->comment,
                                   .created_by = command,
                                   .container = c->id,
                                   .container_config = own,
                                   .engine_version = how->engine_version };

    if (!c->image && c->image_id[0])
        return error_set(err, ERR_SYSTEM, "the image %s of container %s is gone", c->image_id, c->id);
    if (asked_config(how->config, &config, err) < 0)
        return -1;
    if (!config)
        config = json_deep_copy(own);
    if (how->change && how->change(how->user, config, err) < 0)
        return -1;
    config_merge(config, own);
    recipe.config = config;
    return image_make(c->all->images, &recipe, ret, err);
}

static int commit_moving(struct container *c, const struct container_commit *how, char **id,
                         struct error *err)
{
    scoped(image_unref) struct image *image = NULL;
    scoped_free char *name = NULL;

    if (make_image(c, how, &image, err) < 0 ||
        (!str_empty(how->repo) && image_name(c->all->images, image, how->repo, how->tag, &name, err) < 0))
        return -1;
    *id = xstrdup(image_id(image));
    container_event(c, "commit",
                    json_pack("{s:s, s:s, s:s}", "comment", how->comment ? how->comment : "", "imageID", *id,
                              "imageRef", name ? name : ""));
    return 0;
}

int container_commit_check(const struct container_commit *how, struct error *err)
{
    return image_name_check(how->repo, how->tag, err);
}

int container_commit(struct container *c, const struct container_commit *how, char **id, struct error *err)
{
    struct state s;
    bool paused = false;
    int rc = -1;

    if (move_begin(c, err) < 0)
        return -1;
    s = container_state(c);
    if (s.dead || s.removing)
        error_set(err, ERR_CONFLICT, "You cannot commit container %s which is %s", c->id,
                  s.dead ? "Dead" : "being removed");
    else if (!how->pause || !s.running || s.paused || pause_moving(c, err) == 0) {
        paused = how->pause && s.running && !s.paused;
        rc = commit_moving(c, how, id, err);
    }
    if (paused)
        unpause_moving(c, NULL);
    move_end(c);
    return rc;
}
