/* cases/image/gates.c - what an image's operations do at an API version and what they did at the one before.
 *
 * As cases/container/gates.c: both sides of a gate on one engine. */
#include "harness/then/then.h"

static const char *given_name(struct scene *s, const char **id)
{
    const char *repository = scene_unique_repository(s, "a");

    *id = given_own_image(s, repository, "1", NULL);
    return scene_printf(s, "%s:1", repository);
}

/* The case's image in the list, at that version. */
static struct exchange *listed_at(struct scene *s, const char *version, const char *more)
{
    return when_get_at(s, version, "/images/json?%sfilters=%s", more,
                       query_json(s, "{'label': ['%s']}", scene_label(s)));
}

static void the_shared_size_is_told_when_asked_for(void **state)
{
    struct scene *s = *state;
    const char *id;

    given_name(s, &id);
    struct exchange *before = listed_at(s, "1.41", "shared-size=1&");
    struct exchange *x = listed_at(s, "1.42", "shared-size=1&");

    then_json(x, "[0].Id", id);
    then_json_between(x, "[0].SharedSize", 0, 1LL << 40);
    then_json_int(before, "[0].SharedSize", -1);
}

static void the_virtual_size_is_gone_from_the_list(void **state)
{
    struct scene *s = *state;
    const char *id;

    given_name(s, &id);
    struct exchange *before = listed_at(s, "1.43", "");
    struct exchange *x = listed_at(s, "1.44", "");

    then_json(x, "[0].Id", id);
    then_json_absent(x, "[0].VirtualSize");
    then_json_int(before, "[0].VirtualSize", json_integer_value(answer_json(x, "[0].Size")));
}

static void an_image_without_a_name_has_none(void **state)
{
    struct scene *s = *state;

    given_untagged_image(s, NULL);
    struct exchange *before = listed_at(s, "1.42", "");
    struct exchange *x = listed_at(s, "1.43", "");

    then_json_equals(x, "[0].RepoTags", "[]");
    then_json_equals(x, "[0].RepoDigests", "[]");
    then_json_equals(before, "[0].RepoTags", "['<none>:<none>']");
    then_json_equals(before, "[0].RepoDigests", "['<none>@<none>']");
}

static void containers_are_counted(void **state)
{
    struct scene *s = *state;
    const char *id, *name = given_name(s, &id);

    given_created(s, with(a_container("sleeper"), "Image", "'%s'", name));
    struct exchange *before = listed_at(s, "1.50", "");
    struct exchange *x = listed_at(s, "1.51", "");

    then_json_int(x, "[0].Containers", 1);
    then_json_int(before, "[0].Containers", -1);
}

/* A platform is JSON, so "amd64" is none; where it is not heard, nobody notices. */
static const struct heard {
    const char *label, *head, *tail, *before, *after; /* the name stands between head and tail of the path */
} saved[] = {
    {"platform", "/images/", "/get?platform=amd64", "1.47", "1.48"},
};
static const struct heard all_saved[] = {
    {"platform", "/images/get?platform=amd64&names=", "", "1.47", "1.48"},
};
static const struct heard history[] = {
    {"platform", "/images/", "/history?platform=amd64", "1.47", "1.48"},
};
static const struct heard inspected[] = {
    {"with manifests", "/images/",
     "/json?manifests=1&platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22amd64%22%7D", "1.48",
     "1.49"},
};

static void a_platform_is_heard(void **state)
{
    struct scene *s = *state;
    const struct heard *row = s->row;
    const char *id, *name = given_name(s, &id);
    const char *path = scene_printf(s, "%s%s%s", row->head, name, row->tail);

    struct exchange *before = when_get_at(s, row->before, "%s", path);
    struct exchange *x = when_get_at(s, row->after, "%s", path);

    then_refused(x, 400);
    then_error_mentions(x, "platform");
    then_status(before, 200);
}

static struct exchange *loaded_at(struct scene *s, const char *version, const char *archive)
{
    struct wire_request request = { .method = "POST",
                                    .path = "/images/load?platform=amd64",
                                    .content_type = "application/x-tar",
                                    .body_file = archive };

    return when_sent(s, version, &request, NULL);
}

static void a_platform_is_heard_when_loading(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"),
               *archive = own_image_archive(s, repository, "1", NULL);

    struct exchange *x = loaded_at(s, "1.48", archive);
    then_refused(x, 400);
    then_error_mentions(x, "platform");
    then_not_found(s, "/images/%s:1/json", repository);

    struct exchange *before = loaded_at(s, "1.47", archive);
    then_status(before, 200);
    then_found(s, "/images/%s:1/json", repository);
}

static void platforms_are_heard_when_removing(void **state)
{
    struct scene *s = *state;
    const char *id, *name = given_name(s, &id);
    const char *path = scene_printf(s, "/images/%s?platforms=amd64", name);

    scene_at_version(s, "1.50");
    struct exchange *x = when_delete(s, "%s", path);
    then_refused(x, 400);
    then_error_mentions(x, "platform");
    then_found(s, "/images/%s/json", name);

    scene_at_version(s, "1.49");
    struct exchange *before = when_delete(s, "%s", path);
    then_status(before, 200);
    then_not_found(s, "/images/%s/json", name);
}

CASES(image_gates) = {
    CASE("ImageList.shared-size-ignored ImageList.shared-size", the_shared_size_is_told_when_asked_for),
    CASE("ImageList.virtual-size ImageList.no-virtual-size", the_virtual_size_is_gone_from_the_list),
    CASE("ImageList.none-name ImageList.no-name", an_image_without_a_name_has_none),
    CASE("ImageList.containers-unknown ImageList.containers", containers_are_counted),
    CASE_ROWS("ImageGet.platform-ignored ImageGet.bad-platform", a_platform_is_heard, saved),
    CASE_ROWS("ImageGetAll.platform-ignored ImageGetAll.bad-platform", a_platform_is_heard, all_saved),
    CASE_ROWS("ImageHistory.platform-ignored ImageHistory.bad-platform", a_platform_is_heard, history),
    CASE_ROWS("ImageInspect.platform-ignored ImageInspect.platform-or-manifests", a_platform_is_heard,
              inspected),
    CASE("ImageLoad.platform-ignored ImageLoad.bad-platform", a_platform_is_heard_when_loading),
    CASE("ImageDelete.platforms-ignored ImageDelete.bad-platforms", platforms_are_heard_when_removing),
    CASE_END,
};
