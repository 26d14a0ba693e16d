/* cases/image/build_prune.c - POST /build/prune. What it removes is BuildKit's; a filter that fits nothing keeps what others have. */
#include "harness/scene/build.h"
#include "harness/then/then.h"

#define NOTHING query_json(s, "{'id': ['plimsoll-not-there']}")

static void nothing_that_fits_nothing_freed(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/build/prune?filters=%s", NOTHING);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json_int(x, "SpaceReclaimed", 0);
    then_json_empty(x, "CachesDeleted");
    then_json_present(x, "CachesDeleted");
}

static void images_are_no_cache_of_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_built(s, "", dockerfile_of(s, "ENV A=b\n"), NULL);

    struct exchange *x = when_post(s, "/build/prune?all=1&filters=%s", NOTHING);

    then_status(x, 200);
    then_found(s, "/images/%s/json", id);
}

static void an_unknown_filter_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/build/prune?filters=%s",
                                   query_json(s, "{'foo': ['1'], 'id': ['plimsoll-not-there']}"));

    then_refused(x, 400);
    then_error_mentions(x, "foo");
}

static const struct key {
    const char *label, *other; /* which fits nothing, should the first be lost */
} keys[] = {
    {"id",           "parent"},
    { "parent",      "id"    },
    { "type",        "id"    },
    { "description", "id"    },
    { "inuse",       "id"    },
    { "shared",      "id"    },
    { "private",     "id"    },
    { "until",       "id"    },
};

static void two_values_of_a_filter_are_refused(void **state)
{
    struct scene *s = *state;
    const struct key *row = s->row;

    struct exchange *x = when_post(
        s, "/build/prune?filters=%s",
        query_json(s, "{'%s': ['1h', '2h'], '%s': ['plimsoll-not-there']}", row->label, row->other));

    then_refused(x, 400);
    then_error_mentions(x, "only one value");
}

static const struct bad {
    const char *label, *query, *mentions;
} bad[] = {
    {"filters that are no JSON", "filters=x",                                                               ""            },
    { "a time that is none",     "filters=%7B%22until%22%3A%5B%22x%22%5D%2C%22id%22%3A%5B%22none%22%5D%7D",
     "until"                                                                                                              },
    { "a size that is none",     "keep-storage=x&filters=%7B%22id%22%3A%5B%22none%22%5D%7D",                "keep-storage"},
};

static void a_bad_question_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;

    struct exchange *x = when_post(s, "/build/prune?%s", row->query);

    then_status_in(x, 400, 500);
    then_error_mentions(x, row->mentions);
}

static const struct space {
    const char *label;
} spaces[] = { { "reserved-space" }, { "max-used-space" }, { "min-free-space" } };

static void a_bad_space_is_refused_since_1_48(void **state)
{
    struct scene *s = *state;
    const struct space *row = s->row;

    scene_sends_unknown(s); /* no number, on purpose */
    struct exchange *before =
        when_post_at(s, "1.47", NULL, "/build/prune?%s=x&filters=%s", row->label, NOTHING);
    struct exchange *x = when_post_at(s, "1.48", NULL, "/build/prune?%s=x&filters=%s", row->label, NOTHING);

    then_status(before, 200);
    then_refused(x, 400);
    then_error_mentions(x, row->label);
}

CASES(image_build_prune) = {
    CASE("BuildPrune.nothing", nothing_that_fits_nothing_freed),
    CASE("BuildPrune.images", images_are_no_cache_of_it),
    CASE("BuildPrune.unknown-filter", an_unknown_filter_is_refused),
    CASE_ROWS("BuildPrune.one-value", two_values_of_a_filter_are_refused, keys),
    CASE_ROWS("BuildPrune.bad", a_bad_question_is_refused, bad),
    CASE_ROWS("BuildPrune.space-ignored BuildPrune.bad-space", a_bad_space_is_refused_since_1_48, spaces),
    CASE_END,
};
