/* cases/image/delete.c - DELETE /images/{name}
 *
 * A name is taken away first; with the last name goes the image, and with the image its layers. What is in the way is
 * told before anything is done. */
#include "harness/then/then.h"

static void with_its_last_name_an_image_goes(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_delete(s, "/images/%s:1", repository);

    then_status(x, 200);
    then_json_has(x, "", "{'Untagged': '%s:1'}", repository);
    then_json_has(x, "", "{'Deleted': '%s'}", id);
    then_not_found(s, "/images/%s:1/json", repository);
    then_not_found(s, "/images/%s/json", id);
}

static void one_name_of_several_is_taken_away(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository);

    struct exchange *x = when_delete(s, "/images/%s:2", repository);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_status(tagged, 201);
    then_status(x, 200);
    then_json_equals(x, "", "[{'Untagged': '%s:2'}]", repository);
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
}

static void without_a_tag_it_is_latest(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=latest", id, repository);

    struct exchange *x = when_delete(s, "/images/%s", repository);

    then_status(tagged, 201);
    then_status(x, 200);
    then_json_equals(x, "", "[{'Untagged': '%s:latest'}]", repository);
    then_found(s, "/images/%s:1/json", repository);
}

static const struct form {
    const char *label;
    int digits; /* of "sha256:..." */
    int skip;
} forms[] = {
    {"the whole id",        71, 0},
    { "without the prefix", 71, 7},
    { "twelve digits",      19, 7},
};

static void an_id_does_as_well_as_a_name(void **state)
{
    struct scene *s = *state;
    const struct form *row = s->row;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_delete(s, "/images/%s", scene_printf(s, "%.*s", row->digits, id) + row->skip);

    then_status(x, 200);
    then_json_has(x, "", "{'Untagged': '%s:1'}", repository);
    then_not_found(s, "/images/%s/json", id);
}

static void an_image_without_a_name_goes_by_its_id(void **state)
{
    struct scene *s = *state;
    const char *id = given_untagged_image(s, NULL);

    struct exchange *x = when_delete(s, "/images/%s", id);

    then_status(x, 200);
    then_not_found(s, "/images/%s/json", id);
}

static void an_image_of_several_names_does_not_go_by_its_id(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, other);

    struct exchange *x = when_delete(s, "/images/%s", id);
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_status(tagged, 201);
    then_refused(x, 409);
    then_error_mentions(x, "must be forced");
    then_status(image, 200);
    then_json_length(image, "RepoTags", 2);
}

static void by_force_all_its_names_go(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, other);

    struct exchange *x = when_delete(s, "/images/%s?force=1", id);

    then_status(tagged, 201);
    then_status(x, 200);
    then_json_has(x, "", "{'Untagged': '%s:1'}", repository);
    then_json_has(x, "", "{'Untagged': '%s:2'}", other);
    then_not_found(s, "/images/%s/json", id);
}

static const char *a_container_of(struct scene *s, const char *repository, bool running)
{
    json_t *body = with(a_container("sleeper"), "Image", "'%s:1'", repository);

    return running ? given_running(s, body) : given_created(s, body);
}

static const struct use {
    const char *label;
    bool running, by_id;
} uses[] = {
    {"created, by name",  false, false},
    { "created, by id",   false, true },
    { "running, by name", true,  false},
    { "running, by id",   true,  true },
};

static void an_image_in_use_is_kept(void **state)
{
    struct scene *s = *state;
    const struct use *row = s->row;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *container = a_container_of(s, repository, row->running);

    struct exchange *x = when_delete(s, "/images/%s", row->by_id ? id : scene_printf(s, "%s:1", repository));
    struct exchange *image = when_get(s, "/images/%s/json", id);

    then_refused(x, 409);
    then_error_mentions(x, scene_printf(s, "%.12s", container));
    then_status(image, 200);
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
}

static void by_force_the_image_of_a_stopped_container_goes(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *container = a_container_of(s, repository, false);

    struct exchange *x = when_delete(s, "/images/%s:1?force=1", repository);
    struct exchange *left = when_get(s, "/containers/%s/json", container);

    then_status(x, 200);
    then_not_found(s, "/images/%s/json", id);
    then_status(left, 200);
    then_json(left, "Image", id);
}

static void the_image_of_a_running_container_goes_not_even_by_force(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *container = a_container_of(s, repository, true);

    struct exchange *x = when_delete(s, "/images/%s?force=1", id);

    then_refused(x, 409);
    then_error_mentions(x, "cannot be forced");
    then_found(s, "/images/%s/json", id);
    then_container_is(s, container, "running");
}

static void by_force_the_name_of_a_running_containers_image_goes(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *container = a_container_of(s, repository, true);

    struct exchange *x = when_delete(s, "/images/%s:1?force=1", repository);

    then_status(x, 200);
    then_json_equals(x, "", "[{'Untagged': '%s:1'}]", repository);
    then_not_found(s, "/images/%s:1/json", repository);
    then_found(s, "/images/%s/json", id);
    then_container_is(s, container, "running");
}

static void a_name_goes_when_another_is_left_for_the_container(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository);
    const char *container = a_container_of(s, repository, true);

    struct exchange *x = when_delete(s, "/images/%s:1", repository);

    then_status(tagged, 201);
    then_status(x, 200);
    then_json_equals(x, "", "[{'Untagged': '%s:1'}]", repository);
    then_found(s, "/images/%s:2/json", repository);
    then_container_is(s, container, "running");
}

/* Two images with the same layers: the layer is not among what is deleted, and the other image still runs. */
static void layers_that_another_image_has_stay(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_own_image(s, repository, "1", NULL);

    given_own_image(s, other, "1", NULL);
    struct exchange *x = when_delete(s, "/images/%s:1", repository);

    then_status(x, 200);
    then_json_equals(x, "", "[{'Untagged': '%s:1'}, {'Deleted': '%s'}]", repository, id);
    then_string(s, "the output of a container of the other image",
                probe_output(s, with(a_probe("['echo', 'here']"), "Image", "'%s:1'", other)), "here\n");
}

static void deleting_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_delete(s, "/images/%s:2", repository);

    then_refused(x, 404);
    then_error_mentions(x, scene_printf(s, "No such image: %s:2", repository));
    then_found(s, "/images/%s/json", id);
}

/* -- images that others were made of -- */

static const char *given_committed(struct scene *s, const char *image, const char *query)
{
    const char *id = given_created(s, with(a_probe("['true']"), "Image", "'%s'", image));
    struct exchange *x = when_post(s, "/commit?container=%s%s", id, query);

    if (x->status != 201)
        case_blocked(s, "no image can be made of a container: status %d", x->status);
    given_removed(s, id);
    return answer_string(x, "Id");
}

struct family {
    const char *base, *middle,
        *top; /* names of the first and the last, id of what is between them and has no name */
};

static struct family given_family(struct scene *s)
{
    struct family f = { scene_unique_repository(s, "base"), NULL, scene_unique_repository(s, "top") };

    given_own_image(s, f.base, "latest", NULL);
    f.middle = given_committed(s, f.base, "");
    given_committed(s, f.middle, scene_printf(s, "&comment=top&repo=%s", f.top));
    return f;
}

static void an_image_that_others_were_made_of_is_kept(void **state)
{
    struct scene *s = *state;
    struct family f = given_family(s);

    struct exchange *x = when_delete(s, "/images/%s", f.middle);
    struct exchange *force = when_delete(s, "/images/%s?force=1", f.middle);

    then_refused(x, 409);
    then_error_mentions(x, "cannot be forced");
    then_error_mentions(x, "dependent child images");
    then_refused(force, 409);
    then_found(s, "/images/%s/json", f.middle);
    then_found(s, "/images/%s/json", f.top);
}

static void its_last_name_is_taken_away(void **state)
{
    struct scene *s = *state;
    struct family f = given_family(s);
    const char *id = answer_string(when_get(s, "/images/%s/json", f.base), "Id");

    struct exchange *x = when_delete(s, "/images/%s", f.base);

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json_has(x, "", "{'Untagged': '%s:latest'}", f.base);
    then_found(s, "/images/%s/json", id);
    then_not_found(s, "/images/%s/json", f.base);
}

static void a_parent_without_a_name_goes_with_its_child(void **state)
{
    struct scene *s = *state;
    struct family f = given_family(s);

    struct exchange *x = when_delete(s, "/images/%s", f.top);

    then_status(x, 200);
    then_json_has(x, "", "{'Deleted': '%s'}", f.middle);
    then_not_found(s, "/images/%s/json", f.middle);
    then_found(s, "/images/%s/json", f.base);
}

static void it_stays_when_told_so(void **state)
{
    struct scene *s = *state;
    struct family f = given_family(s);

    struct exchange *x = when_delete(s, "/images/%s?noprune=1", f.top);

    then_status(x, 200);
    then_json_has_none(x, "", "{'Deleted': '%s'}", f.middle);
    then_found(s, "/images/%s/json", f.middle);
    then_not_found(s, "/images/%s/json", f.top);
}

static void a_parent_without_a_name_is_listed_with_all(void **state)
{
    struct scene *s = *state;
    struct family f = given_family(s);

    struct exchange *few =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));
    struct exchange *all =
        when_get(s, "/images/json?all=1&filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(few, 200);
    then_json_length(few, "", 2);
    then_json_has_none(few, "", "{'Id': '%s'}", f.middle);
    then_json_length(all, "", 3);
    then_json_has(all, "", "{'Id': '%s'}", f.middle);
}

CASES(image_delete) = {
    CASE("ImageDelete.children", an_image_that_others_were_made_of_is_kept),
    CASE("ImageDelete.children-name", its_last_name_is_taken_away),
    CASE("ImageDelete.parent", a_parent_without_a_name_goes_with_its_child),
    CASE("ImageDelete.noprune", it_stays_when_told_so),
    CASE("ImageList.steps", a_parent_without_a_name_is_listed_with_all),
    CASE("ImageDelete.last-name", with_its_last_name_an_image_goes),
    CASE("ImageDelete.untags", one_name_of_several_is_taken_away),
    CASE("ImageDelete.latest", without_a_tag_it_is_latest),
    CASE_ROWS("ImageDelete.by-id", an_id_does_as_well_as_a_name, forms),
    CASE("ImageDelete.untagged", an_image_without_a_name_goes_by_its_id),
    CASE("ImageDelete.several-names", an_image_of_several_names_does_not_go_by_its_id),
    CASE("ImageDelete.force-names", by_force_all_its_names_go),
    CASE_ROWS("ImageDelete.in-use", an_image_in_use_is_kept, uses),
    CASE("ImageDelete.force-stopped", by_force_the_image_of_a_stopped_container_goes),
    CASE("ImageDelete.force-running", the_image_of_a_running_container_goes_not_even_by_force),
    CASE("ImageDelete.force-running-name", by_force_the_name_of_a_running_containers_image_goes),
    CASE("ImageDelete.in-use-other-name", a_name_goes_when_another_is_left_for_the_container),
    CASE("ImageDelete.shared-layers", layers_that_another_image_has_stay),
    CASE("ImageDelete.not-found", deleting_what_is_not_there_is_not_found),
    CASE_END,
};
