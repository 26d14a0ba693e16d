/* cases/cross/names.c - how objects are found. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

/* What a case of a kind works with: its id (of a volume its name) and its name. */
struct subject {
    const char *id, *name;
};

static struct subject a_container_subject(struct scene *s)
{
    const char *id = given_container(s, "sleeper");

    return (struct subject){ id, given_name_of(s, id) };
}

static struct subject a_network_subject(struct scene *s)
{
    const char *id = given_network(s, NULL);

    return (struct subject){ id, given_network_name(s, id) };
}

static struct subject an_image_subject(struct scene *s)
{
    const char *repository = scene_unique_repository(s, "named");
    const char *id = given_own_image(s, repository, "first", NULL);

    if (strncmp(id, "sha256:", 7) == 0)
        id += 7;
    return (struct subject){ id, scene_printf(s, "%s:first", repository) };
}

static const struct kind {
    const char *label, *before, *after;
    struct subject (*given)(struct scene *s);
} kinds[] = {
    {"container", "/containers/", "/json", a_container_subject},
    { "image",    "/images/",     "/json", an_image_subject   },
    { "network",  "/networks/",   "",      a_network_subject  },
};

static void then_is_found_by(struct scene *s, const struct kind *kind, const char *name, const char *id)
{
    struct exchange *x = when_get(s, "%s%s%s", kind->before, name, kind->after);

    then_status(x, 200);
    then_json_contains(x, "Id", id);
}

static void it_is_found_by_its_name(void **state)
{
    struct scene *s = *state;
    struct subject subject = ((const struct kind *)s->row)->given(s);

    then_is_found_by(s, s->row, subject.name, subject.id);
}

static void it_is_found_by_its_id(void **state)
{
    struct scene *s = *state;
    struct subject subject = ((const struct kind *)s->row)->given(s);

    then_is_found_by(s, s->row, subject.id, subject.id);
}

/* What command lines print and people type: the first twelve digits. */
static void it_is_found_by_the_beginning_of_its_id(void **state)
{
    struct scene *s = *state;
    struct subject subject = ((const struct kind *)s->row)->given(s);

    then_is_found_by(s, s->row, scene_printf(s, "%.12s", subject.id), subject.id);
}

static void an_image_is_found_by_its_digest(void **state)
{
    struct scene *s = *state;
    struct subject subject = an_image_subject(s);

    then_is_found_by(s, &kinds[1], scene_printf(s, "sha256:%s", subject.id), subject.id);
}

static void a_volume_has_its_name_alone(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);

    struct exchange *x = when_get(s, "/volumes/%s", name);
    struct exchange *shorter = when_get(s, "/volumes/%.*s", (int)strlen(name) - 1, name);

    then_status(x, 200);
    then_json(x, "Name", name);
    then_refused(shorter, 404);
}

/* Names are no prefixes: less than the whole of one finds nothing. */
static void a_part_of_a_name_finds_nothing(void **state)
{
    struct scene *s = *state;
    const struct kind *kind = s->row;
    struct subject subject = kind->given(s);

    struct exchange *x =
        when_get(s, "%s%.*s%s", kind->before, (int)strlen(subject.name) - 1, subject.name, kind->after);

    then_refused(x, 404);
}

static void a_name_goes_before_the_beginning_of_an_id(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper");
    const char *name = scene_printf(s, "%.20s", other);
    struct exchange *made = when_create(s, name, a_container("sleeper"));

    struct exchange *x = when_get(s, "/containers/%s/json", name);

    then_status(made, 201);
    then_status(x, 200);
    then_json(x, "Id", answer_string(made, "Id"));
}

/* Containers until two of them begin with the same digit, about six. */
static const char *given_two_with_one_prefix(struct scene *s)
{
    bool seen[256] = { false };

    for (int i = 0; i < 17; i++) {
        const char *id = given_container(s, "sleeper");
        if (seen[(unsigned char)id[0]])
            return scene_printf(s, "%c", id[0]);
        seen[(unsigned char)id[0]] = true;
    }
    case_fault(s, "seventeen ids begin with seventeen digits");
}

static void an_ambiguous_prefix_of_a_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *prefix = given_two_with_one_prefix(s);

    struct exchange *x = when_post(s, "/containers/%s/start", prefix);
    struct exchange *all =
        when_get(s, "/containers/json?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_refused(x, 400);
    then_error_mentions(x, "multiple IDs found");
    then_json_length(all, "", 0);
}

static const char *const missing_id = "00000000000000000000000000000000000000000000000000000000deadbeef";

static const struct missing {
    const char *label, *before, *name, *after;
} missing[] = {
    {"container by name", "/containers/", "plimsoll-none",   "/json"},
    { "container by id",  "/containers/", NULL,              "/json"},
    { "image by name",    "/images/",     "plimsoll-none",   "/json"},
    { "image by tag",     "/images/",     "plimsoll/none:1", "/json"},
    { "image by id",      "/images/",     NULL,              "/json"},
    { "network by name",  "/networks/",   "plimsoll-none",   ""     },
    { "network by id",    "/networks/",   NULL,              ""     },
    { "volume by name",   "/volumes/",    "plimsoll-none",   ""     },
    { "exec by id",       "/exec/",       NULL,              "/json"},
};

static void what_is_not_there_is_not_found_and_named(void **state)
{
    struct scene *s = *state;
    const struct missing *row = s->row;
    const char *name = row->name ? row->name : missing_id;

    struct exchange *x = when_get(s, "%s%s%s", row->before, name, row->after);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

CASES(cross_names) = {
    CASE_ROWS("Names.by-name", it_is_found_by_its_name, kinds),
    CASE_ROWS("Names.by-id", it_is_found_by_its_id, kinds),
    CASE_ROWS("Names.by-prefix", it_is_found_by_the_beginning_of_its_id, kinds),
    CASE("Names.image-digest", an_image_is_found_by_its_digest),
    CASE("Names.volume", a_volume_has_its_name_alone),
    CASE_ROWS("Names.whole-name", a_part_of_a_name_finds_nothing, kinds),
    CASE("Names.name-first", a_name_goes_before_the_beginning_of_an_id),
    CASE("Names.ambiguous", an_ambiguous_prefix_of_a_container_is_refused),
    CASE_ROWS("Names.missing", what_is_not_there_is_not_found_and_named, missing),
    CASE_END,
};
