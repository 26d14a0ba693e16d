/* image/list.c - ImageList: filtered, newest first, as each version of the API shows it. */
#include "image/internal.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/filters.h"
#include "base/json.h"
#include "base/str.h"

struct list {
    struct image_store *store;
    const struct image_list_query *query;
    bool has_dangling, dangling;
    nanos before, since; /* INT64_MAX, INT64_MIN: not asked for */
    struct map *shares;  /* chain id -> how many images have it, as a pointer's value */
};

/* -- filters -- */

/* Go's path.Match: what it calls a syntax error, where fnmatch(3) would match literally. */
static bool pattern_is_valid(const char *p)
{
    for (; *p; p++) {
        if (*p == '\\' && !*++p)
            return false;
        if (*p != '[')
            continue;
        if (*++p == '^')
            p++;
        if (*p == ']' || !*p)
            return false;
        for (; *p != ']'; p++)
            if (!*p || (*p == '\\' && !*++p))
                return false;
    }
    return true;
}

static bool fits_pattern(const char *pattern, const struct reference *r)
{
    scoped_free char *familiar = reference_familiar(r), *name = reference_familiar_name(r);

    return fnmatch(pattern, familiar, FNM_PATHNAME) == 0 || fnmatch(pattern, name, FNM_PATHNAME) == 0;
}

static bool fits_reference(const struct list *l, const struct reference *r)
{
    size_t n = filters_count(l->query->filters, "reference");

    for (size_t i = 0; i < n; i++)
        if (fits_pattern(filters_value(l->query->filters, "reference", i), r))
            return true;
    return n == 0;
}

static int read_times(struct list *l, struct error *err)
{
    const struct filters *f = l->query->filters;

    for (size_t i = 0; i < filters_count(f, "before"); i++) {
        scoped(image_unref) struct image *image = NULL;

        if (image_store_find(l->store, filters_value(f, "before", i), &image, err) < 0)
            return -1;
        if (image->created < l->before)
            l->before = image->created;
    }
    for (size_t i = 0; i < filters_count(f, "since"); i++) {
        scoped(image_unref) struct image *image = NULL;

        if (image_store_find(l->store, filters_value(f, "since", i), &image, err) < 0)
            return -1;
        if (image->created > l->since)
            l->since = image->created;
    }
    for (size_t i = 0; i < filters_count(f, "until"); i++) {
        nanos until;

        if (!clock_parse_query(filters_value(f, "until", i), clock_now(), &until))
            return error_set(err, ERR_SYSTEM, "failed to parse value as time or duration: \"%s\"",
                             filters_value(f, "until", i));
        if (until < l->before)
            l->before = until;
    }
    return 0;
}

static int read_filters(struct list *l, struct error *err)
{
    const struct filters *f = l->query->filters;

    for (size_t i = 0; i < filters_count(f, "reference"); i++)
        if (!pattern_is_valid(filters_value(f, "reference", i)))
            return error_set(err, ERR_SYSTEM, "syntax error in pattern");
    l->has_dangling = filters_has(f, "dangling");
    if (filters_bool(f, "dangling", false, &l->dangling, err) < 0)
        return -1;
    return read_times(l, err);
}

static bool fits_image(const struct list *l, const struct image *image)
{
    if (image->created >= l->before || image->created <= l->since)
        return false;
    return filters_match_labels(l->query->filters, "label", json_at(image->config, "config.Labels"));
}

/* -- one image -- */

static int64_t shared_size(const struct list *l, const struct image *image)
{
    int64_t sum = 0;

    for (size_t i = 0; l->shares && i < image->layer_count; i++)
        if ((size_t)map_get(l->shares, image->layers[i]->chain) > 1)
            sum += image->layers[i]->size;
    return l->shares ? sum : -1;
}

static int64_t users_of(const struct list *l, const struct image *image)
{
    scoped_strv ids = { 0 };

    if (l->query->api_version < 51)
        return -1;
    if (l->store->users)
        l->store->users(l->store->users_user, image->id, false, &ids);
    return (int64_t)ids.count;
}

static void put_names(json_t *item, const struct strv *tags, int version)
{
    bool dangling = tags->count == 0;

    if (version >= 43) {
        json_object_set_new(item, "RepoTags", dangling ? json_array() : json_from_strv(tags));
        json_object_set_new(item, "RepoDigests", json_array());
        return;
    }
    json_object_set_new(item, "RepoTags",
                        dangling ? json_pack("[s]", "<none>:<none>") : json_from_strv(tags));
    json_object_set_new(item, "RepoDigests", dangling ? json_pack("[s]", "<none>@<none>") : json_null());
}

static json_t *summary(const struct list *l, const struct image *image, const struct strv *tags)
{
    const json_t *labels = json_at(image->config, "config.Labels");
    int version = l->query->api_version;
    /* Go's zero time is what an image without a time had before 1.44. */
    int64_t created =
        image->created || version >= 44 ? image->created / NANOS_PER_SECOND : INT64_C(-62135596800);
    char parent[DIGEST_LENGTH + 1];
    json_t *item;

    image_parent(l->store, image, parent);
    item = json_pack("{s:I, s:I, s:s, s:o, s:s}", "Containers", (json_int_t)users_of(l, image), "Created",
                     (json_int_t)created, "Id", image->id, "Labels",
                     json_is_object(labels) ? json_deep_copy(labels) : json_null(), "ParentId", parent);

    put_names(item, tags, version);
    json_object_set_new(item, "SharedSize", json_integer(shared_size(l, image)));
    json_object_set_new(item, "Size", json_integer(image->size));
    if (version < 44)
        json_object_set_new(item, "VirtualSize", json_integer(image->size));
    return item;
}

static json_t *listed(const struct list *l, const struct image *image)
{
    scoped_strv full = { 0 }, tags = { 0 };

    if (!fits_image(l, image))
        return NULL;
    tags_full_of(l->store, image->id, NULL, &full);
    for (size_t i = 0; i < full.count; i++) {
        scoped(reference_free) struct reference *r = NULL;
        scoped_free char *familiar = NULL;

        if (reference_parse(full.items[i], &r, NULL) < 0 || !fits_reference(l, r))
            continue;
        familiar = reference_familiar(r);
        strv_add(&tags, familiar);
    }
    if (tags.count ? l->dangling : l->has_dangling && !l->dangling)
        return NULL;
    if (tags.count == 0 && filters_has(l->query->filters, "reference"))
        return NULL;
    if (full.count == 0 && !l->query->all && image_has_children(l->store, image))
        return NULL; /* a step on the way to another image */
    strv_sort(&tags);
    return summary(l, image, &tags);
}

/* -- all of them -- */

static struct map *count_shares(struct image **all)
{
    struct map *shares = map_new();

    for (struct image **i = all; *i; i++) {
        for (size_t k = 0; k < (*i)->layer_count; k++) {
            const char *chain = (*i)->layers[k]->chain;

            map_set(shares, chain, (void *)((size_t)map_get(shares, chain) + 1));
        }
    }
    return shares;
}

static int by_time(const void *a, const void *b)
{
    const struct image *x = *(struct image *const *)a, *y = *(struct image *const *)b;

    if (x->created != y->created)
        return x->created < y->created ? 1 : -1;
    return strcmp(x->id, y->id);
}

int image_list(struct image_store *s, const struct image_list_query *query, json_t **ret, struct error *err)
{
    struct list l = { .store = s, .query = query, .before = INT64_MAX, .since = INT64_MIN };
    struct image **all;
    size_t n = 0;

    if (read_filters(&l, err) < 0)
        return -1;
    all = store_images(s);
    while (all[n])
        n++;
    qsort(all, n, sizeof(all[0]), by_time);
    if (query->shared_size)
        l.shares = count_shares(all);
    *ret = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *item = listed(&l, all[i]);

        if (item)
            json_array_append_new(*ret, item);
    }
    map_free(l.shares);
    images_free(&all);
    return 0;
}
