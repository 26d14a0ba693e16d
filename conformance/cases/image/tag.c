/* cases/image/tag.c - POST /images/{name}/tag */
#include "harness/then/then.h"

#include <string.h>

static void then_names_the_image(struct scene *s, const char *name, const char *id)
{
    struct exchange *image = when_get(s, "/images/%s/json", name);

    then_status(image, 200);
    then_json(image, "Id", id);
    then_json_contains(image, "RepoTags", name);
}

static void an_image_gets_one_more_name(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s&tag=2", repository, other);

    then_status(x, 201);
    then_no_body(x);
    then_names_the_image(s, scene_printf(s, "%s:2", other), id);
    then_names_the_image(s, scene_printf(s, "%s:1", repository), id);
}

static const struct way {
    const char *label, *behind, *tag; /* behind the repository: of the query, of the name */
} ways[] = {
    {"no tag is latest",          "",         ":latest"},
    { "the tag within the name",  ":3",       ":3"     },
    { "the parameter goes first", ":3&tag=4", ":4"     },
};

static void a_tag_can_be_given_in_several_ways(void **state)
{
    struct scene *s = *state;
    const struct way *row = s->row;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s%s", repository, other, row->behind);

    then_status(x, 201);
    then_names_the_image(s, scene_printf(s, "%s%s", other, row->tag), id);
}

static void tagging_again_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s&tag=1", repository, repository);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_status(x, 201);
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
}

static void a_name_moves_to_another_image(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *old = given_own_image(s, repository, "1", NULL);
    const char *id = given_own_image(s, repository, "2", NULL);

    struct exchange *x = when_post(s, "/images/%s:2/tag?repo=%s&tag=1", repository, repository);
    struct exchange *left = when_get(s, "/images/%s/json", old);

    then_status(x, 201);
    then_names_the_image(s, scene_printf(s, "%s:1", repository), id);
    then_status(left, 200);
    then_json_length(left, "RepoTags", 0);
}

static void an_image_is_tagged_by_its_id(void **state)
{
    struct scene *s = *state;
    const char *id = given_untagged_image(s, NULL);
    const char *repository = scene_unique_repository(s, "a");

    struct exchange *x = when_post(s, "/images/%s/tag?repo=%s&tag=1", id, repository);

    then_status(x, 201);
    then_names_the_image(s, scene_printf(s, "%s:1", repository), id);
}

/* A name as people type it, without the registry that scene_unique_repository() puts before it. */
static const char *plain_repository(struct scene *s, const char *stem)
{
    return scene_unique_repository(s, stem) + strlen("localhost/");
}

/* A name's first part is a registry when it has a dot or a port. */
static void a_name_may_begin_with_a_registry(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *other = scene_printf(s, "localhost:5000/%s", plain_repository(s, "b"));

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s&tag=1", repository, other);

    then_status(x, 201);
    then_names_the_image(s, scene_printf(s, "%s:1", other), id);
}

static void the_default_registry_is_left_out_of_names(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = plain_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=docker.io/%s&tag=1", repository, other);

    then_status(x, 201);
    then_names_the_image(s, scene_printf(s, "%s:1", other), id);
}

static void tagging_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    struct exchange *x = when_post(s, "/images/plimsoll-none/tag?repo=%s&tag=1", repository);

    then_refused(x, 404);
    then_error_mentions(x, "No such image: plimsoll-none");
    then_not_found(s, "/images/%s:1/json", repository);
}

static void a_digest_is_no_tag(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s@%s", repository, repository, id);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_refused(x, 400);
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
}

static const struct bad_tag {
    const char *label, *query;
} bad_tags[] = {
    {"a space",         "tag=a%20b"                                                                     },
    { "a slash",        "tag=a%2Fb"                                                                     },
    { "a leading dash", "tag=-a"                                                                        },
    { "a colon",        "tag=a%3Ab"                                                                     },
    { "129 bytes",      "tag=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
};

static void a_bad_tag_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_tag *row = s->row;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s&%s", repository, repository, row->query);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_refused(x, 400);
    then_error_mentions(x, "invalid");
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
}

/* It could not be told from an id. */
static void a_repository_cannot_look_like_an_id(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_post(s, "/images/%s:1/tag?repo=%s&tag=1", repository,
                                   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_refused(x, 400);
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
}

CASES(image_tag) = {
    CASE("ImageTag.tags", an_image_gets_one_more_name),
    CASE_ROWS("ImageTag.ways", a_tag_can_be_given_in_several_ways, ways),
    CASE("ImageTag.again", tagging_again_changes_nothing),
    CASE("ImageTag.moves", a_name_moves_to_another_image),
    CASE("ImageTag.by-id", an_image_is_tagged_by_its_id),
    CASE("ImageTag.registry", a_name_may_begin_with_a_registry),
    CASE("ImageTag.default-registry", the_default_registry_is_left_out_of_names),
    CASE("ImageTag.not-found", tagging_what_is_not_there_is_not_found),
    CASE("ImageTag.digest", a_digest_is_no_tag),
    CASE_ROWS("ImageTag.bad-tag", a_bad_tag_is_refused, bad_tags),
    CASE("ImageTag.like-an-id", a_repository_cannot_look_like_an_id),
    CASE_END,
};
