/* cases/image/list.c - GET /images/json
 *
 * The list holds everybody's images, so each case looks only for its own, or filters by its label. */
#include "harness/then/then.h"

static const char *label_filter(struct scene *s)
{
    return query_json(s, "{'label': ['%s']}", scene_label(s));
}

static void an_image_is_in_the_list(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", json_of("{'Labels': {'mark': 'here'}}"));

    struct exchange *x = when_get(s, "/images/json");

    then_status(x, 200);
    then_json_has(x, "",
                  "{'Id': '%s', 'RepoTags': ['%s:1'], 'Labels': {'mark': 'here'}, 'Created': 1000000000}", id,
                  repository);
}

static void a_line_has_what_command_lines_print(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);
    const json_t *image = given_get(s, "/images/%s/json", id);

    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json_digest(x, "[0].Id");
    then_json_is_string(x, "[0].ParentId");
    then_json_int(x, "[0].Size", json_integer_value(json_at(image, "Size")));
    then_json_int(x, "[0].SharedSize", -1);
}

/* The same members under other names, and `Created` in seconds. */
static void a_line_says_what_the_inspect_says(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_own_image(s, scene_unique_repository(s, "a"), "1", json_of("{'Labels': {'mark': 'x'}}"));
    const json_t *image = given_get(s, "/images/%s/json", id);

    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_same(s, "Id", answer_json(x, "[0].Id"), json_at(image, "Id"), NULL);
    then_same(s, "Labels", answer_json(x, "[0].Labels"), json_at(image, "Config.Labels"), NULL);
    then_same(s, "RepoTags", answer_json(x, "[0].RepoTags"), json_at(image, "RepoTags"), NULL);
    then_same(s, "RepoDigests", answer_json(x, "[0].RepoDigests"), json_at(image, "RepoDigests"), NULL);
    then_same(s, "Size", answer_json(x, "[0].Size"), json_at(image, "Size"), NULL);
    if (json_at(image, "Parent"))
        then_same(s, "ParentId", answer_json(x, "[0].ParentId"), json_at(image, "Parent"), NULL);
}

static void all_names_of_an_image_are_in_one_line(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, other);

    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_status(tagged, 201);
    then_json_length(x, "", 1);
    then_json_length(x, "[0].RepoTags", 2);
    then_json_contains(x, "[0].RepoTags", scene_printf(s, "%s:1", repository));
    then_json_contains(x, "[0].RepoTags", scene_printf(s, "%s:2", other));
}

static void an_image_without_a_name_has_an_empty_list(void **state)
{
    struct scene *s = *state;
    const char *id = given_untagged_image(s, NULL);

    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_json_length(x, "", 1);
    then_json(x, "[0].Id", id);
    then_json_equals(x, "[0].RepoTags", "[]");
    then_json_equals(x, "[0].RepoDigests", "[]");
}

static void an_image_without_a_name_was_named_none(void **state)
{
    struct scene *s = *state;
    const char *id = given_untagged_image(s, NULL);

    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_json_length(x, "", 1);
    then_json(x, "[0].Id", id);
    then_json_equals(x, "[0].RepoTags", "['<none>:<none>']");
    then_json_equals(x, "[0].RepoDigests", "['<none>@<none>']");
}

static const struct by_label {
    const char *label, *first, *second; /* label filters beside the scene's */
    bool one, two;                      /* which of the images are left */
} by_labels[] = {
    {"key",                     "kind",     NULL,   true,  true },
    { "key and value",          "kind=one", NULL,   true,  false},
    { "another value",          "kind=six", NULL,   false, false},
    { "a part of a value",      "kind=on",  NULL,   false, false},
    { "an empty value is none", "kind=",    NULL,   false, false},
    { "both must hold",         "kind=two", "only", false, true },
    { "both do not hold",       "kind=one", "only", false, false},
};

static void labels_choose_images(void **state)
{
    struct scene *s = *state;
    const struct by_label *row = s->row;
    const char *one =
        given_own_image(s, scene_unique_repository(s, "a"), "1", json_of("{'Labels': {'kind': 'one'}}"));
    const char *two = given_own_image(s, scene_unique_repository(s, "b"), "1",
                                      json_of("{'Labels': {'kind': 'two', 'only': ''}}"));

    struct exchange *x = when_get(
        s, "/images/json?filters=%s",
        row->second ? query_json(s, "{'label': ['%s', '%s', '%s']}", scene_label(s), row->first, row->second)
                    : query_json(s, "{'label': ['%s', '%s']}", scene_label(s), row->first));

    then_status(x, 200);
    then_json_length(x, "", (size_t)row->one + (size_t)row->two);
    if (row->one)
        then_json_has(x, "", "{'Id': '%s'}", one);
    if (row->two)
        then_json_has(x, "", "{'Id': '%s'}", two);
}

/* How clients wrote filters before 1.22, and docker-py's and Go's still may: {"label": {"a=b": true}}. */
static void filters_may_be_written_as_maps(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'label': {'%s': true}}", scene_label(s)));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json(x, "[0].Id", id);
}

static void a_reference_chooses_the_names_too(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository);

    struct exchange *one =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'reference': ['%s:2']}", repository));
    struct exchange *both =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'reference': ['%s']}", repository));
    struct exchange *pattern =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'reference': ['%s:?']}", repository));
    struct exchange *none =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'reference': ['%s:3']}", repository));

    then_status(tagged, 201);
    then_json_equals(one, "[0].RepoTags", "['%s:2']", repository);
    then_json_length(one, "", 1);
    then_json_length(both, "", 1);
    then_json_length(both, "[0].RepoTags", 2);
    then_json_length(pattern, "[0].RepoTags", 2);
    then_json_length(none, "", 0);
}

static const struct by_dangling {
    const char *label, *value;
    bool named, unnamed;
} by_danglings[] = {
    {"true",   "true",  false, true },
    { "false", "false", true,  false},
};

static void dangling_chooses_images_without_a_name(void **state)
{
    struct scene *s = *state;
    const struct by_dangling *row = s->row;
    const char *named = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);
    const char *unnamed = given_untagged_image(s, NULL);

    struct exchange *x =
        when_get(s, "/images/json?filters=%s",
                 query_json(s, "{'label': ['%s'], 'dangling': ['%s']}", scene_label(s), row->value));

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json(x, "[0].Id", row->named ? named : unnamed);
}

/* The images of the fixture "layers" are five seconds younger than those made of the probe. */
static void before_and_since_compare_the_creation(void **state)
{
    struct scene *s = *state;
    const char *younger = given_image(s, "layers"), *repository = scene_unique_repository(s, "a");
    const char *younger_id = json_string_value(json_at(given_get(s, "/images/%s/json", younger), "Id"));
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *before =
        when_get(s, "/images/json?filters=%s",
                 query_json(s, "{'label': ['%s'], 'before': ['%s']}", scene_label(s), younger));
    struct exchange *since =
        when_get(s, "/images/json?filters=%s",
                 query_json(s, "{'label': ['%s'], 'since': ['%s:1']}", scene_run_label(s), repository));
    struct exchange *itself =
        when_get(s, "/images/json?filters=%s",
                 query_json(s, "{'label': ['%s'], 'since': ['%s']}", scene_label(s), younger));

    then_json_length(before, "", 1);
    then_json(before, "[0].Id", id);
    then_json_has(since, "", "{'Id': '%s'}", younger_id);
    then_json_has_none(since, "", "{'Id': '%s'}", id);
    then_json_length(itself, "", 0);
}

static void before_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *before =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'before': ['plimsoll-none']}"));
    struct exchange *since =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'since': ['plimsoll-none']}"));

    then_refused(before, 404);
    then_error_mentions(before, "plimsoll-none");
    then_refused(since, 404);
}

static void until_compares_the_creation_with_a_time(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x =
        when_get(s, "/images/json?filters=%s",
                 query_json(s, "{'label': ['%s'], 'until': ['1000000001']}", scene_label(s)));
    struct exchange *earlier =
        when_get(s, "/images/json?filters=%s",
                 query_json(s, "{'label': ['%s'], 'until': ['999999999']}", scene_label(s)));
    struct exchange *ago = when_get(s, "/images/json?filters=%s",
                                    query_json(s, "{'label': ['%s'], 'until': ['24h']}", scene_label(s)));

    then_json_length(x, "", 1);
    then_json(x, "[0].Id", id);
    then_json_length(earlier, "", 0);
    then_json_length(ago, "", 1);
}

static void dangling_is_a_boolean(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/json?filters=%s", query_json(s, "{'dangling': ['perhaps']}"));

    then_refused(x, 400);
    then_error_mentions(x, "dangling");
}

static void shared_sizes_are_told_when_asked_for(void **state)
{
    struct scene *s = *state;
    const json_t *image =
        given_get(s, "/images/%s/json", given_own_image(s, scene_unique_repository(s, "a"), "1", NULL));

    given_own_image(s, scene_unique_repository(s, "b"), "1", NULL); /* with the same layers */
    struct exchange *x = when_get(s, "/images/json?shared-size=1&filters=%s", label_filter(s));

    then_status(x, 200);
    then_json_length(x, "", 2);
    then_json_int(x, "[0].SharedSize", json_integer_value(json_at(image, "Size")));
    then_json_int(x, "[1].SharedSize", json_integer_value(json_at(image, "Size")));
}

static void containers_of_an_image_are_counted(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    given_own_image(s, repository, "1", NULL);
    given_created(s, with(a_container("sleeper"), "Image", "'%s:1'", repository));
    given_running(s, with(a_container("sleeper"), "Image", "'%s:1'", repository));
    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_status(x, 200);
    then_json_int(x, "[0].Containers", 2);
}

static void containers_of_an_image_were_not_counted(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    given_own_image(s, repository, "1", NULL);
    given_created(s, with(a_container("sleeper"), "Image", "'%s:1'", repository));
    struct exchange *x = when_get(s, "/images/json?filters=%s", label_filter(s));

    then_status(x, 200);
    then_json_int(x, "[0].Containers", -1);
}

CASES(image_list) = {
    CASE("ImageList.lists", an_image_is_in_the_list),
    CASE("ImageList.members", a_line_has_what_command_lines_print),
    CASE("ImageList.as-inspected", a_line_says_what_the_inspect_says),
    CASE("ImageList.names", all_names_of_an_image_are_in_one_line),
    CASE("ImageList.no-name", an_image_without_a_name_has_an_empty_list),
    CASE("ImageList.none-name", an_image_without_a_name_was_named_none),
    CASE_ROWS("ImageList.label", labels_choose_images, by_labels),
    CASE("ImageList.filters-as-maps", filters_may_be_written_as_maps),
    CASE("ImageList.reference", a_reference_chooses_the_names_too),
    CASE_ROWS("ImageList.dangling", dangling_chooses_images_without_a_name, by_danglings),
    CASE("ImageList.bad-dangling", dangling_is_a_boolean),
    CASE("ImageList.before-since", before_and_since_compare_the_creation),
    CASE("ImageList.before-not-found", before_what_is_not_there_is_not_found),
    CASE("ImageList.until", until_compares_the_creation_with_a_time),
    CASE("ImageList.shared-size", shared_sizes_are_told_when_asked_for),
    CASE("ImageList.containers", containers_of_an_image_are_counted),
    CASE("ImageList.containers-unknown", containers_of_an_image_were_not_counted),
    CASE_END,
};
