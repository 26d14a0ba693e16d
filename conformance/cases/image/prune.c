/* cases/image/prune.c - POST /images/prune
 *
 * Always with the label of this case's images: nobody else's may go. What the answer tells besides is not looked at: layers
 * that a refused archive has left are taken away, and told, by whichever prune comes next. */
#include "harness/then/then.h"

static void images_without_a_name_are_pruned(void **state)
{
    struct scene *s = *state;
    const char *named = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);
    const char *unnamed = given_untagged_image(s, NULL);

    struct exchange *x =
        when_post(s, "/images/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_json_between(x, "SpaceReclaimed", 0, 1ll << 50);
    then_not_found(s, "/images/%s/json", unnamed);
    then_found(s, "/images/%s/json", named);
}

static void what_goes_is_told(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *named = given_own_image(s, repository, "1", NULL);
    const char *unnamed = given_untagged_image(s, NULL);

    struct exchange *x = when_post(s, "/images/prune?filters=%s",
                                   query_json(s, "{'label': ['%s'], 'dangling': ['false']}", scene_label(s)));

    then_status(x, 200);
    then_json_has(x, "ImagesDeleted", "{'Untagged': '%s:1'}", repository);
    then_json_has(x, "ImagesDeleted", "{'Deleted': '%s'}", named);
    then_json_has(x, "ImagesDeleted", "{'Deleted': '%s'}", unnamed);
    then_json_between(x, "SpaceReclaimed", 0, 1ll << 50);
}

static void all_unused_images_are_pruned_when_asked_for(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *named = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/prune?filters=%s",
                                   query_json(s, "{'label': ['%s'], 'dangling': ['false']}", scene_label(s)));

    then_status(x, 200);
    then_not_found(s, "/images/%s/json", named);
}

/* The layers of this image are those of the fixture, which stays. */
static void layers_that_stay_are_not_reclaimed(void **state)
{
    struct scene *s = *state;
    enum {
        TRIES = 3
    }; /* engines prune images without a configuration too, whoever made them, and then it is asked again */
    struct exchange *x = NULL;

    given_container(s, "sleeper");
    for (int i = 0; i < TRIES && (!x || json_array_size(answer_json(x, "ImagesDeleted")) > 1); i++) {
        given_untagged_image(s, json_of("{'Env': ['TRY=%d']}", i));
        x = when_post(s, "/images/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));
    }

    then_status(x, 200);
    then_json_length(x, "ImagesDeleted", 1);
    then_json_int(x, "SpaceReclaimed", 0);
}

static void images_of_containers_are_kept(void **state)
{
    struct scene *s = *state;
    const char *unnamed = given_untagged_image(s, NULL);

    given_created(s, with(a_container("sleeper"), "Image", "'%s'", unnamed));
    struct exchange *x =
        when_post(s, "/images/prune?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(x, 200);
    then_json_between(x, "SpaceReclaimed", 0, 1ll << 50);
    then_found(s, "/images/%s/json", unnamed);
}

static void another_label_keeps_an_image(void **state)
{
    struct scene *s = *state;
    const char *one = given_untagged_image(s, json_of("{'Labels': {'kind': 'one'}}"));
    const char *two = given_untagged_image(s, json_of("{'Labels': {'kind': 'two'}}"));

    struct exchange *x = when_post(s, "/images/prune?filters=%s",
                                   query_json(s, "{'label': ['%s', 'kind=one']}", scene_label(s)));

    then_status(x, 200);
    then_not_found(s, "/images/%s/json", one);
    then_found(s, "/images/%s/json", two);
}

static void a_label_can_keep_an_image(void **state)
{
    struct scene *s = *state;
    const char *one = given_untagged_image(s, json_of("{'Labels': {'kind': 'one'}}"));
    const char *two = given_untagged_image(s, json_of("{'Labels': {'kind': 'two'}}"));

    struct exchange *x =
        when_post(s, "/images/prune?filters=%s",
                  query_json(s, "{'label': ['%s'], 'label!': ['kind=two']}", scene_label(s)));

    then_status(x, 200);
    then_not_found(s, "/images/%s/json", one);
    then_found(s, "/images/%s/json", two);
}

static void only_older_images_are_pruned(void **state)
{
    struct scene *s = *state;
    const char *unnamed = given_untagged_image(s, NULL);

    struct exchange *earlier =
        when_post(s, "/images/prune?filters=%s",
                  query_json(s, "{'label': ['%s'], 'until': ['999999999']}", scene_label(s)));
    struct exchange *still = when_get(s, "/images/%s/json", unnamed);
    struct exchange *x =
        when_post(s, "/images/prune?filters=%s",
                  query_json(s, "{'label': ['%s'], 'until': ['1000000001']}", scene_label(s)));

    then_status(earlier, 200);
    then_status(still, 200);
    then_status(x, 200);
    then_not_found(s, "/images/%s/json", unnamed);
}

static const struct bad_filter {
    const char *label, *key, *value;
} bad_filters[] = {
    {"an unknown key",        "plimsoll-none", "x"      },
    { "a dangling of a text", "dangling",      "perhaps"},
};

static void a_bad_filter_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_filter *row = s->row;
    const char *unnamed = given_untagged_image(s, NULL);

    struct exchange *x =
        when_post(s, "/images/prune?filters=%s",
                  query_json(s, "{'label': ['%s'], '%s': ['%s']}", scene_label(s), row->key, row->value));

    then_refused(x, 400);
    then_error_mentions(x, row->key);
    then_found(s, "/images/%s/json", unnamed);
}

CASES(image_prune) = {
    CASE("ImagePrune.dangling", images_without_a_name_are_pruned),
    CASE("ImagePrune.told", what_goes_is_told),
    CASE("ImagePrune.space", layers_that_stay_are_not_reclaimed),
    CASE("ImagePrune.all", all_unused_images_are_pruned_when_asked_for),
    CASE("ImagePrune.in-use", images_of_containers_are_kept),
    CASE("ImagePrune.label", another_label_keeps_an_image),
    CASE("ImagePrune.not-label", a_label_can_keep_an_image),
    CASE("ImagePrune.until", only_older_images_are_pruned),
    CASE_ROWS("ImagePrune.bad-filter", a_bad_filter_is_refused, bad_filters),
    CASE_END,
};
