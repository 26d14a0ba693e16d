/* image/delete.c - ImageDelete and ImagePrune: names first, then the image, then the layers that nobody else has.
 *
 * What forbids it is either soft (a name in another repository, a stopped container), which force overrules, or hard (a running
 * container), which nothing does. A name given takes that name alone, as long as others are left. */
#include "image/internal.h"

#include <string.h>

#include "base/filters.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "events/events.h"

enum { HARD = 1, SOFT_NAMES = 2, SOFT_STOPPED = 4 };

static void add_step(json_t *ret, const char *what, const char *name)
{
    json_array_append_new(ret, json_pack("{s:s}", what, name));
}

static char *first_user(struct image_store *s, const struct image *image, bool running_only)
{
    scoped_strv ids = { 0 };

    if (s->users)
        s->users(s->users_user, image->id, running_only, &ids);
    return ids.count ? xstrndup(ids.items[0], ID_SHORT_LENGTH) : NULL;
}

static void short_id(const struct image *image, char ret[ID_SHORT_LENGTH + 1])
{
    snprintf(ret, ID_SHORT_LENGTH + 1, "%s", digest_hex(image->id));
}

/* All names in one repository, and one tag at most. */
static bool is_single(const struct strv *full)
{
    return full->count == 1;
}

static bool is_id_of(const char *ref, const struct image *image)
{
    size_t n = strlen(ref);

    return strncmp(image->id, ref, n) == 0 || strncmp(digest_hex(image->id), ref, n) == 0;
}

/* *used: a container is the reason. */
static int check_conflicts(struct image_store *s, const struct image *image, int mask, bool *used,
                           struct error *err)
{
    scoped_free char *running = first_user(s, image, true), *any = NULL;
    scoped_strv names = { 0 };
    char id[ID_SHORT_LENGTH + 1];

    short_id(image, id);
    *used = false;
    if ((mask & HARD) && image_has_children(s, image))
        return error_set(
            err, ERR_CONFLICT,
            "conflict: unable to delete %s (cannot be forced) - image has dependent child images", id);
    *used = true;
    if (running && (mask & HARD))
        return error_set(err, ERR_CONFLICT,
                         "conflict: unable to delete %s (cannot be forced) - image is being used by running "
                         "container %s",
                         id, running);
    *used = false;
    tags_full_of(s, image->id, NULL, &names);
    if (names.count && (mask & SOFT_NAMES))
        return error_set(
            err, ERR_CONFLICT,
            "conflict: unable to delete %s (must be forced) - image is referenced in multiple repositories",
            id);
    any = first_user(s, image, false);
    *used = true;
    if (any && (mask & SOFT_STOPPED))
        return error_set(
            err, ERR_CONFLICT,
            "conflict: unable to delete %s (must be forced) - image is being used by stopped container %s",
            id, any);
    return 0;
}

/* No name, and no image was made of it. */
static bool is_dangling(struct image_store *s, const struct image *image)
{
    scoped_strv names = { 0 };

    tags_full_of(s, image->id, NULL, &names);
    return names.count == 0 && !image_has_children(s, image);
}

static int untag(struct image_store *s, const struct image *image, const struct reference *r, json_t *ret,
                 struct error *err)
{
    scoped_free char *familiar = reference_familiar(r);

    if (tag_remove(s, r, err) < 0)
        return -1;
    add_step(ret, "Untagged", familiar);
    image_event(s, "untag", image->id, image->id, image->config);
    return 0;
}

static int untag_all(struct image_store *s, const struct image *image, json_t *ret, struct error *err)
{
    scoped_strv names = { 0 };

    tags_full_of(s, image->id, NULL, &names);
    for (size_t i = 0; i < names.count; i++) {
        scoped(reference_free) struct reference *r = NULL;

        if (reference_parse(names.items[i], &r, err) < 0 || untag(s, image, r, ret, err) < 0)
            return -1;
    }
    return 0;
}

/* How many images hold a layer only until they are put to rest. Under s->lock. */
static unsigned idle_holders(struct image_store *s, const struct layer *l)
{
    unsigned n = 0;
    size_t at = 0;
    void *value;

    while (map_next(s->gone, &at, NULL, &value)) {
        const struct image *image = value;

        for (size_t i = 0; i < image->layer_count && image->idle; i++)
            n += image->layers[i] == l;
    }
    return n;
}

/* The layers that go with the image, which is gone already, top first. */
static void layers_that_go(struct image_store *s, const struct image *image, json_t *ret)
{
    scoped_lock(&s->lock);
    for (size_t i = image->layer_count; i-- > 0 && image->idle;)
        if (image->layers[i]->refs == idle_holders(s, image->layers[i]))
            add_step(ret, "Deleted", image->layers[i]->chain);
}

static int delete_image(struct image_store *s, struct image *image, bool force, bool quiet, bool prune,
                        json_t *ret, struct error *err);

/* A parent was there for its child: without a name it goes as well, if nothing else keeps it. */
static int prune_parent(struct image_store *s, const char *id, json_t *ret, struct error *err)
{
    struct image *parent = NULL;
    int r;

    if (!*id || image_store_find(s, id, &parent, NULL) < 0)
        return 0;
    r = delete_image(s, parent, false, true, true, ret, err);
    image_unref(parent);
    return r;
}

static int delete_image(struct image_store *s, struct image *image, bool force, bool quiet, bool prune,
                        json_t *ret, struct error *err)
{
    char parent[DIGEST_LENGTH + 1];
    struct error conflict = { 0 };
    scoped_free char *user = NULL;
    bool used;
    int mask = force ? HARD : HARD | SOFT_NAMES | SOFT_STOPPED;

    if (check_conflicts(s, image, mask, &used, &conflict) < 0) {
        if (quiet && (used || !is_dangling(s, image))) /* the name went, which was asked for */
            return 0;
        if (err)
            *err = conflict;
        return -1;
    }
    if (untag_all(s, image, ret, err) < 0)
        return -1;
    user = first_user(s, image, false);
    image_parent(s, image, parent);
    if (image_drop(s, image, err) < 0)
        return -1;
    image->idle = user == NULL;
    add_step(ret, "Deleted", image->id);
    layers_that_go(s, image, ret);
    image_event(s, "delete", image->id, image->id, NULL);
    return prune ? prune_parent(s, parent, ret, err) : 0;
}

static int delete_by_name(struct image_store *s, struct image *image, const char *ref, bool force, bool prune,
                          json_t *ret, struct error *err)
{
    scoped(reference_free) struct reference *r = NULL;
    scoped_strv names = { 0 };
    scoped_free char *user = NULL;
    char id[ID_SHORT_LENGTH + 1];

    tags_full_of(s, image->id, NULL, &names);
    user = first_user(s, image, false);
    short_id(image, id);
    if (!force && is_single(&names) && user)
        return error_set(
            err, ERR_CONFLICT,
            "conflict: unable to remove repository reference \"%s\" (must force) - container %s is using "
            "its referenced image %s",
            ref, user, id);
    if (reference_parse(ref, &r, err) < 0)
        return -1;
    if (!r->tag && !r->digest)
        reference_set_tag(r, "latest");
    if (untag(s, image, r, ret, err) < 0)
        return -1;
    return names.count > 1 ? 0 : delete_image(s, image, force, true, prune, ret, err);
}

static int delete_by_id(struct image_store *s, struct image *image, bool force, bool prune, json_t *ret,
                        struct error *err)
{
    scoped_strv names = { 0 };
    bool used;

    tags_full_of(s, image->id, NULL, &names);
    if (is_single(&names)) {
        if (check_conflicts(s, image, force ? HARD : HARD | SOFT_STOPPED, &used, err) < 0 ||
            untag_all(s, image, ret, err) < 0)
            return -1;
    }
    return delete_image(s, image, force, false, prune, ret, err);
}

/* `change` is held. */
static int delete_ref(struct image_store *s, const char *ref, bool force, bool prune, json_t *ret,
                      struct error *err)
{
    struct image *image = NULL;
    int r;

    if (image_store_find(s, ref, &image, err) < 0)
        return -1;
    r = is_id_of(ref, image) ? delete_by_id(s, image, force, prune, ret, err)
                             : delete_by_name(s, image, ref, force, prune, ret, err);
    image_unref(image);
    store_sweep(s);
    return r;
}

int image_delete(struct image_store *s, const char *ref, bool force, bool no_prune, json_t **ret,
                 struct error *err)
{
    scoped(json_decref) json_t *steps = json_array();

    scoped_lock(&s->change);
    if (delete_ref(s, ref, force, !no_prune, steps, err) < 0)
        return -1;
    *ret = take_ptr(&steps);
    return 0;
}

/* -- prune -- */

struct prune {
    struct image_store *store;
    const struct filters *filters;
    bool dangling_only;
    nanos until; /* 0: none */
    json_t *deleted;
    int64_t freed;
};

static bool is_pruned(const struct prune *p, const struct image *image)
{
    const json_t *config = json_at(image->config, "config");
    const json_t *labels = json_at(image->config, "config.Labels");

    if (p->until && image->created > p->until)
        return false;
    if (!json_is_object(config)) /* so does a Docker Engine: what has no labels passes */
        return true;
    return filters_match_labels(p->filters, "label", labels) &&
           filters_match_labels(p->filters, "label!", labels);
}

/* A conflict means that the image stays; it is no failure of the pruning. */
static void prune_ref(struct prune *p, const char *ref)
{
    scoped(json_decref) json_t *steps = json_array();

    if (delete_ref(p->store, ref, false, true, steps, NULL) == 0)
        json_array_extend(p->deleted, steps);
}

static int64_t bytes_of(const struct prune *p, const struct image *image)
{
    int64_t sum = 0;

    scoped_lock(&p->store->lock);
    for (size_t i = 0; i < image->layer_count; i++)
        if (image->layers[i]->refs == 1)
            sum += image->layers[i]->size;
    return sum;
}

static void prune_image(struct prune *p, struct image *image)
{
    scoped_strv names = { 0 };
    int64_t bytes = bytes_of(p, image);
    char id[DIGEST_LENGTH + 1];
    scoped(image_unref) struct image *left = NULL;
    bool has_children;

    memcpy(id, image->id, sizeof(id));
    tags_full_of(p->store, id, NULL, &names);
    has_children = image_has_children(p->store, image);
    image_unref(image); /* while it is held, it would not be put to rest */
    if (names.count ? p->dangling_only : has_children)
        return;
    for (size_t i = 0; i < names.count; i++)
        prune_ref(p, names.items[i]);
    if (names.count == 0)
        prune_ref(p, digest_hex(id));
    if (image_store_hold(p->store, id, &left, NULL) < 0)
        p->freed += bytes;
}

static int read_filters(struct prune *p, struct error *err)
{
    if (filters_bool(p->filters, "dangling", true, &p->dangling_only, err) < 0)
        return -1;
    if (filters_count(p->filters, "until") > 1)
        return error_set(err, ERR_SYSTEM, "more than one until filter specified");
    if (filters_count(p->filters, "until") &&
        !clock_parse_query(filters_value(p->filters, "until", 0), clock_now(), &p->until))
        return error_set(err, ERR_SYSTEM, "failed to parse value as time or duration: \"%s\"",
                         filters_value(p->filters, "until", 0));
    return 0;
}

int image_prune(struct image_store *s, const struct filters *filters, json_t **ret, struct error *err)
{
    struct prune p = { .store = s, .filters = filters };
    struct image **all;
    scoped_free char *reclaimed = NULL;

    if (read_filters(&p, err) < 0)
        return -1;
    p.deleted = json_array();
    pthread_mutex_lock(&s->change);
    all = store_images(s);
    for (struct image **i = all; *i; i++) {
        if (is_pruned(&p, *i))
            prune_image(&p, *i);
        else
            image_unref(*i);
    }
    store_sweep(s); /* parents that went with their children were held by `all` */
    pthread_mutex_unlock(&s->change);
    free(all);
    reclaimed = xasprintf("%lld", (long long)p.freed);
    if (s->events)
        events_publish(s->events, "image", "prune", "", json_pack("{s:s}", "reclaimed", reclaimed));
    if (json_array_size(p.deleted) == 0) {
        json_decref(p.deleted);
        p.deleted = json_null();
    }
    *ret = json_pack("{s:o, s:I}", "ImagesDeleted", p.deleted, "SpaceReclaimed", (json_int_t)p.freed);
    return 0;
}
