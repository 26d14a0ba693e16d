/* cases/image/get.c - GET /images/{name}/get and GET /images/get
 *
 * What is in the archive differs from release to release; that it can be loaded again does not. */
#include "harness/then/then.h"

#include <string.h>

/* Loads what was saved. */
static struct exchange *loaded_again(struct scene *s, const struct exchange *saved)
{
    return when_sent(s, NULL,
                     &(struct wire_request){ .method = "POST",
                                             .path = "/images/load",
                                             .content_type = "application/x-tar",
                                             .body = saved->body,
                                             .body_size = saved->size },
                     NULL);
}

/* "ustar" stands at a fixed place of every header. */
static void then_is_an_archive(struct scene *s, const struct exchange *x)
{
    then_status(x, 200);
    then_true(s, x->size > 1024 && memcmp(x->body + 257, "ustar", 5) == 0, "a tar archive");
}

static void a_saved_image_can_be_loaded_again(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", json_of("{'Env': ['MARK=saved']}"));

    struct exchange *x = when_get(s, "/images/%s:1/get", repository);
    struct exchange *deleted = when_delete(s, "/images/%s:1", repository);
    struct exchange *loaded = loaded_again(s, x);
    struct exchange *image = when_get(s, "/images/%s:1/json", repository);

    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(loaded, 200);
    then_status(image, 200);
    then_json(image, "Id", id);
    then_json_equals(image, "Config.Env", "['MARK=saved']");
}

static void the_answer_says_that_it_is_an_archive(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    given_own_image(s, repository, "1", NULL);
    struct exchange *x = when_get(s, "/images/%s:1/get", repository);
    struct exchange *several = when_get(s, "/images/get?names=%s:1", repository);

    then_status(x, 200);
    then_content_type(x, "application/x-tar");
    then_content_type(several, "application/x-tar");
}

static void saving_one_name_saves_no_other(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository);

    struct exchange *x = when_get(s, "/images/%s:2/get", repository);
    struct exchange *deleted = when_delete(s, "/images/%s?force=1", id);
    struct exchange *loaded = loaded_again(s, x);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_status(tagged, 201);
    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(loaded, 200);
    then_json_equals(image, "RepoTags", "['%s:2']", repository);
}

static void a_repository_is_saved_with_all_its_tags(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=latest", id, repository);

    struct exchange *x = when_get(s, "/images/%s/get", repository);
    struct exchange *deleted = when_delete(s, "/images/%s?force=1", id);
    struct exchange *loaded = loaded_again(s, x);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_status(tagged, 201);
    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(loaded, 200);
    then_json_length(image, "RepoTags", 2);
    then_json_contains(image, "RepoTags", scene_printf(s, "%s:1", repository));
    then_json_contains(image, "RepoTags", scene_printf(s, "%s:latest", repository));
}

static void by_its_id_an_image_is_saved_without_a_name(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x = when_get(s, "/images/%s/get", id);
    struct exchange *deleted = when_delete(s, "/images/%s", id);
    struct exchange *loaded = loaded_again(s, x);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(loaded, 200);
    then_status(image, 200);
    then_json_length(image, "RepoTags", 0);
}

static void an_image_of_many_layers_runs_after_it_was_saved(void **state)
{
    struct scene *s = *state;
    const char *shared = given_image(s, "layers"), *repository = scene_unique_repository(s, "a");
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=1", shared, repository);

    struct exchange *x = when_get(s, "/images/%s:1/get", repository);
    struct exchange *deleted = when_delete(s, "/images/%s:1", repository);
    struct exchange *loaded = loaded_again(s, x);

    then_status(tagged, 201);
    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(loaded, 200);
    then_string(s, "a file that layers changed",
                probe_output(s, with(a_probe("['read', '/data/changed']"), "Image", "'%s:1'", repository)),
                "second, and longer\n");
}

static void what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/plimsoll-none/get");

    then_refused(x, 404);
    then_error_mentions(x, "No such image: plimsoll-none");
}

static void several_images_are_saved_in_one_archive(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *other_id = given_own_image(s, other, "2", NULL);

    struct exchange *x = when_get(s, "/images/get?names=%s:1&names=%s:2", repository, other);
    struct exchange *deleted = when_delete(s, "/images/%s", id);
    struct exchange *other_deleted = when_delete(s, "/images/%s", other_id);
    struct exchange *loaded = loaded_again(s, x);
    struct exchange *image = when_get(s, "/images/%s:1/json", repository);
    struct exchange *other_image = when_get(s, "/images/%s:2/json", other);

    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(other_deleted, 200);
    then_body_mentions(loaded, scene_printf(s, "%s:1", repository));
    then_body_mentions(loaded, scene_printf(s, "%s:2", other));
    then_json(image, "Id", id);
    then_json(other_image, "Id", other_id);
}

static void two_names_of_one_image_are_saved_together(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository);

    struct exchange *x = when_get(s, "/images/get?names=%s:1&names=%s:2", repository, repository);
    struct exchange *deleted = when_delete(s, "/images/%s?force=1", id);
    struct exchange *loaded = loaded_again(s, x);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_status(tagged, 201);
    then_is_an_archive(s, x);
    then_status(deleted, 200);
    then_status(loaded, 200);
    then_json_length(image, "RepoTags", 2);
}

static void one_that_is_not_there_spoils_the_rest(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    given_own_image(s, repository, "1", NULL);
    struct exchange *x = when_get(s, "/images/get?names=%s:1&names=plimsoll-none", repository);

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
}

CASES(image_get) = {
    CASE("ImageGet.loads-again", a_saved_image_can_be_loaded_again),
    CASE("ImageGet.content-type", the_answer_says_that_it_is_an_archive),
    CASE("ImageGet.one-name", saving_one_name_saves_no_other),
    CASE("ImageGet.repository", a_repository_is_saved_with_all_its_tags),
    CASE("ImageGet.by-id", by_its_id_an_image_is_saved_without_a_name),
    CASE("ImageGet.layers", an_image_of_many_layers_runs_after_it_was_saved),
    CASE("ImageGet.not-found", what_is_not_there_is_not_found),
    CASE("ImageGetAll.several", several_images_are_saved_in_one_archive),
    CASE("ImageGetAll.names", two_names_of_one_image_are_saved_together),
    CASE("ImageGetAll.not-found", one_that_is_not_there_spoils_the_rest),
    CASE_END,
};
