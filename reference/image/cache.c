/* image/cache.c - what was built before: an image of the same parent by the same step.
 *
 * A step is known by the config of its container (image_recipe.container_config): what was to run, the digest of what was copied,
 * and all that was set before. */
#include "image/internal.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

/* Is `id` the image `ancestor`, or was it made of it, in any number of steps? */
static bool descends(struct image_store *s, const char *id, const char *ancestor)
{
    scoped(image_unref) struct image *image = NULL;
    char at[DIGEST_LENGTH + 1];

    snprintf(at, sizeof(at), "%s", id);
    for (unsigned depth = 0; *at && depth < LAYERS_MAX * 64; depth++) {
        if (str_eq(at, ancestor))
            return true;
        image_unref(image);
        image = NULL;
        if (image_store_hold(s, at, &image, NULL) < 0)
            return false;
        image_parent(s, image, at);
    }
    return false;
}

static bool is_on_the_way(struct image_store *s, const struct image *image, const struct strv *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        if (descends(s, sources->items[i], image->id))
            return true;
    return sources->count == 0;
}

int image_find_made(struct image_store *s, const char *parent, const json_t *container_config,
                    const struct strv *sources, struct image **ret)
{
    struct image **all = store_images(s), *found = NULL;

    for (struct image **i = all; *i; i++) {
        char of[DIGEST_LENGTH + 1];

        image_parent(s, *i, of);
        if (!str_eq(of, parent) || (found && found->created >= (*i)->created) ||
            !json_equal(json_object_get((*i)->config, "container_config"), container_config) ||
            !is_on_the_way(s, *i, sources))
            continue;
        image_unref(found);
        found = image_ref(*i);
    }
    images_free(&all);
    *ret = found;
    return found ? 0 : -1;
}
