/* cases/image/history.c - GET /images/{name}/history */
#include "harness/then/then.h"

/* fixtures/images/layers has nine entries, and layers for six of them. */
static const struct entry {
    const char *label, *comment; /* the label is how it was created */
    long long created;
    bool has_size;
} entries[] = {
    {"CMD [\"/bin/probe\" \"sleep\" \"forever\"]", "",                1000000005, false},
    { "layer 6: holds no entry",                   "",                1000000005, false},
    { "layer 5: links and names",                  "",                1000000004, true },
    { "LABEL nothing",                             "",                1000000004, false},
    { "layer 4: opaque and replaced",              "with a comment",  1000000003, true },
    { "layer 3: deleted",                          "",                1000000002, true },
    { "layer 2: added and changed",                "",                1000000001, true },
    { "ENV PATH",                                  "changes no file", 1000000001, false},
    { "layer 1: the ground",                       "",                1000000000, true },
};

static void the_newest_entry_comes_first(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/%s/history", given_image(s, "layers"));

    then_status(x, 200);
    then_json_length(x, "", sizeof entries / sizeof *entries);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        then_json(x, scene_printf(s, "[%zu].CreatedBy", i), entries[i].label);
        then_json(x, scene_printf(s, "[%zu].Comment", i), entries[i].comment);
        then_json_int(x, scene_printf(s, "[%zu].Created", i), entries[i].created);
    }
}

static void an_entry_has_the_size_of_its_layer(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/%s/history", given_image(s, "layers"));

    then_json_length(x, "", sizeof entries / sizeof *entries);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        then_json_between(x, scene_printf(s, "[%zu].Size", i), entries[i].has_size ? 1 : 0,
                          entries[i].has_size ? 10000000 : 0);
}

/* Of the others no image is there. */
static void the_first_entry_is_the_image(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_get(s, "/images/%s/history", id);

    then_status(x, 200);
    then_json_length(x, "", 2);
    then_json(x, "[0].Id", id);
    then_json_equals(x, "[0].Tags", "['%s:1']", repository);
    then_json(x, "[1].Id", "<missing>");
    then_json_null(x, "[1].Tags");
}

static void the_history_of_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/plimsoll-none/history");

    then_refused(x, 404);
    then_error_mentions(x, "No such image: plimsoll-none");
}

CASES(image_history) = {
    CASE("ImageHistory.order", the_newest_entry_comes_first),
    CASE("ImageHistory.sizes", an_entry_has_the_size_of_its_layer),
    CASE("ImageHistory.ids", the_first_entry_is_the_image),
    CASE("ImageHistory.not-found", the_history_of_what_is_not_there_is_not_found),
    CASE_END,
};
