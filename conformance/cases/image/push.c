/* cases/image/push.c - POST /images/{name}/push */
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#include <string.h>

struct own {
    const char *id, *path, *name;
};

/* An image of this case's own under a name of the registry's. */
static struct own given_to_push(struct registry *g, struct scene *s, const char *tag)
{
    struct own ret = { .path = strchr(scene_unique_repository(s, "p"), '/') + 1 };

    ret.name = scene_printf(s, "%s/%s", registry_host(g), ret.path);
    ret.id = given_own_image(s, ret.name, tag, NULL);
    return ret;
}

/* With a layer that nobody else has: where a layer was pushed to Docker Engine forgets again when the same one is pushed elsewhere at that
 * moment, as other cases do. */
static struct own given_layer_to_push(struct registry *g, struct scene *s)
{
    struct own ret = { .path = strchr(scene_unique_repository(s, "p"), '/') + 1 };

    ret.name = scene_printf(s, "%s/%s", registry_host(g), ret.path);
    ret.id = given_imported(s, ret.name, "1", json_of("[{'name': 'own', 'content': '%s'}]", ret.path));
    return ret;
}

static const char *first_layer(const json_t *manifest)
{
    const char *digest = json_string_value(json_at(manifest, "layers[0].digest"));

    return digest ? digest : "none";
}

static void an_image_is_pushed(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");

    struct exchange *x = when_push(s, NULL, own.name, "tag=1");
    const json_t *manifest = registry_shown(g, own.path, "1");

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_true(s, manifest, "the registry has a manifest");
    then_int(s, "schemaVersion", json_integer_value(json_at(manifest, "schemaVersion")), 2);
    then_string(s, "config.digest", json_string_value(json_at(manifest, "config.digest")), own.id);
    then_int(s, "layers", (long long)json_array_size(json_at(manifest, "layers")), 1);
    then_true(s, registry_shown(g, own.path, own.id), "the registry has the configuration");
}

static void the_stream_of_a_push_tells_what_happens(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "v1");
    const char *diff_id =
        json_string_value(json_at(given_get(s, "/images/%s/json", own.id), "RootFS.Layers[0]"));

    struct exchange *x = when_push(s, NULL, own.name, "tag=v1");
    const json_t *image = given_get(s, "/images/%s/json", own.id);
    const char *digest = json_string_value(json_at(image, "RepoDigests[0]"));

    then_status(x, 200);
    then_true(s, message_of(x, "{'status': 'The push refers to repository [%s]'}", own.name),
              "\"The push refers to repository [%s]\"", own.name);
    then_true(
        s,
        message_of(x, "{'status': 'Preparing', 'id': '%s', 'progressDetail': {}}", short_digest(s, diff_id)),
        "\"Preparing\" of %s", diff_id);
    then_true(
        s, message_of(x, "{'status': 'Pushed', 'id': '%s', 'progressDetail': {}}", short_digest(s, diff_id)),
        "\"Pushed\" of %s", diff_id);
    then_true(s, digest && strchr(digest, '@'), "the image has a digest afterwards");
    digest = strchr(digest, '@') + 1;
    then_true(s, registry_shown(g, own.path, digest), "the registry knows it by that digest");
    then_true(s, says_status(x, scene_printf(s, "v1: digest: %s size: ", digest)),
              "\"v1: digest: %s size: ...\"", digest);
    then_true(s, message_of(x, "{'progressDetail': {}, 'aux': {'Tag': 'v1', 'Digest': '%s'}}", digest),
              "aux with tag and digest");
    then_true(s, json_integer_value(json_at(last_message(x), "aux.Size")) > 100,
              "the last message's aux.Size is the manifest's size");
    then_true(
        s,
        says_status(x, scene_printf(s, " size: %lld",
                                    (long long)json_integer_value(json_at(last_message(x), "aux.Size")))),
        "both sizes are the same");
}

static const struct way {
    const char *label, *name, *query;
} ways[] = {
    {"tag",              "",     "tag=one"},
    { "tag in the name", ":one", ""       },
    { "tag before that", ":two", "tag=one"},
};

static void one_tag_is_pushed(void **state)
{
    struct scene *s = *state;
    const struct way *row = s->row;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "one");
    given_own_image(s, own.name, "two", NULL);

    struct exchange *x = when_push(s, NULL, scene_printf(s, "%s%s", own.name, row->name), row->query);

    then_status(x, 200);
    then_string(s, "what the registry has",
                json_string_value(json_at(registry_shown(g, own.path, "one"), "config.digest")), own.id);
    then_true(s, !registry_shown(g, own.path, "two"), "the other tag is not pushed");
}

static void without_a_tag_all_are_pushed(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "one");
    const char *other = given_own_image(s, own.name, "two", NULL);

    struct exchange *x = when_push(s, NULL, own.name, "");

    then_status(x, 200);
    then_string(s, "tag one", json_string_value(json_at(registry_shown(g, own.path, "one"), "config.digest")),
                own.id);
    then_string(s, "tag two", json_string_value(json_at(registry_shown(g, own.path, "two"), "config.digest")),
                other);
    then_true(s, message_of(x, "{'aux': {'Tag': 'one'}}"), "tag one is told");
    then_true(s, message_of(x, "{'aux': {'Tag': 'two'}}"), "tag two is told");
}

static void what_is_there_is_not_sent_again(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_layer_to_push(g, s);
    struct exchange *first = when_push(s, NULL, own.name, "tag=1");
    int before = registry_requests(g, "POST /v2/%s/blobs/uploads/", own.path);

    struct exchange *x = when_push(s, NULL, own.name, "tag=1");

    then_status(first, 200);
    then_status(x, 200);
    then_true(s, says_status(x, "Layer already exists"), "\"Layer already exists\"");
    then_true(s, before >= 2, "the first push sent layer and configuration");
    then_int(s, "uploads by then", registry_requests(g, "POST /v2/%s/blobs/uploads/", own.path), before);
}

static void a_layer_is_mounted_from_another_repository(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_layer_to_push(g, s);
    struct exchange *first = when_push(s, NULL, own.name, "tag=1");
    const char *path = strchr(scene_unique_repository(s, "q"), '/') + 1;
    struct exchange *tag = when_post(s, "/images/%s/tag?repo=%s/%s&tag=1", own.id, registry_host(g), path);
    const char *layer = first_layer(registry_shown(g, own.path, "1"));

    struct exchange *x = when_push(s, NULL, scene_printf(s, "%s/%s", registry_host(g), path), "tag=1");

    then_status(first, 200);
    then_status(tag, 201);
    then_status(x, 200);
    then_true(s, says_status(x, scene_printf(s, "Mounted from %s", own.path)), "\"Mounted from %s\"",
              own.path);
    then_string(s, "the layer there", first_layer(registry_shown(g, path, "1")), layer);
}

static void what_was_pushed_is_pulled(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");
    struct exchange *pushed = when_push(s, NULL, own.name, "tag=1");
    struct exchange *gone = when_delete(s, "/images/%s?force=1", own.id);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", own.name);
    struct exchange *image = when_get(s, "/images/%s:1/json", own.name);

    then_status(pushed, 200);
    then_status(gone, 200);
    then_status(x, 200);
    then_json(image, "Id", own.id);
}

static void what_is_not_here_is_an_error(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_push(s, NULL, "127.0.0.1:1/plimsoll/none", "tag=1");

    then_status(x, 200);
    then_true(s, says_error(x, "An image does not exist locally with the tag: 127.0.0.1:1/plimsoll/none"),
              "an error in the stream");
}

static void a_digest_is_not_pushed(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    struct exchange *pulled = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);

    struct exchange *x = when_push(s, NULL, scene_printf(s, "%s@%s", held->name, held->digest), "");

    then_status(pulled, 200);
    then_status(x, 200);
    then_true(s, says_error(x, "cannot push a digest reference"), "an error in the stream");
}

static void a_name_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_push(s, NULL, "127.0.0.1:1/Bad", "tag=1");

    then_refused(x, 400);
    then_error_mentions(x, "invalid reference format");
}

static void a_tag_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_push(s, NULL, "127.0.0.1:1/a", "tag=b@d");

    then_refused(x, 400);
    then_error_mentions(x, "invalid tag format");
}

static void a_registry_that_is_not_there_is_an_error(void **state)
{
    struct scene *s = *state;
    const char *name = scene_printf(s, "127.0.0.1:1/%s", strchr(scene_unique_repository(s, "p"), '/') + 1);
    given_own_image(s, name, "1", NULL);

    struct exchange *x = when_push(s, NULL, name, "tag=1");

    then_true(s, x->status == 500 || (x->status == 200 && says_error(x, "127.0.0.1:1")),
              "an error that names it");
}

static const struct denied {
    const char *label, *method, *message;
} denied[] = {
    {"the first upload", "POST", "no way"},
    { "the manifest",    "PUT",  "no way"},
};

static void what_is_denied_is_an_error(void **state)
{
    struct scene *s = *state;
    const struct denied *row = s->row;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");
    given_fault(g, "%s /v2/%s/%s 99 status 403 {\"errors\":[{\"code\":\"DENIED\",\"message\":\"no way\"}]}",
                row->method, own.path, *row->method == 'P' && row->method[1] == 'U' ? "manifests/" : "");

    struct exchange *x = when_push(s, NULL, own.name, "tag=1");

    then_status(x, 200);
    then_true(s, says_error(x, scene_printf(s, "denied: %s", row->message)),
              "an error in the stream: denied");
    then_true(s, !message_of(x, "{'aux': {'Tag': '1'}}"), "it is not told as pushed");
    then_true(s, !registry_shown(g, own.path, "1"), "the registry has no manifest");
}

#define SECRET "canary-of-plimsoll"

static const struct known {
    const char *label, *auth, *header;
} known[] = {
    {"name and password",         "basic hold " SECRET " id tok",
     "{\"username\":\"hold\",\"password\":\"" SECRET "\"}"                                                          },
    { "a token for a password",   "bearer hold " SECRET " id " SECRET "-token",
     "{\"username\":\"hold\",\"password\":\"" SECRET "\"}"                                                          },
    { "an identity token",        "bearer hold pw " SECRET " tok",              "{\"identitytoken\":\"" SECRET "\"}"},
    { "the registry's own token", "bearer hold pw id " SECRET,                  "{\"registrytoken\":\"" SECRET "\"}"},
};

static void who_is_known_pushes(void **state)
{
    struct scene *s = *state;
    const struct known *row = s->row;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");
    given_auth(g, "%s", row->auth);

    struct exchange *x = when_push(s, base64_url(s, row->header), own.name, "tag=1");

    then_status(x, 200);
    then_string(s, "what the registry has",
                json_string_value(json_at(registry_shown(g, own.path, "1"), "config.digest")), own.id);
    then_body_lacks(x, SECRET);
}

static const struct known unknown[] = {
    {"nobody, basic",       "basic hold " SECRET " id tok",  "{}"},
    { "nobody, token",      "bearer hold " SECRET " id tok", "{}"},
    { "wrong password",     "basic hold " SECRET " id tok",
     "{\"username\":\"hold\",\"password\":\"no-" SECRET "\"}"    },
    { "wrong, for a token", "bearer hold " SECRET " id tok",
     "{\"username\":\"hold\",\"password\":\"no-" SECRET "\"}"    },
};

static void who_is_not_known_does_not_push(void **state)
{
    struct scene *s = *state;
    const struct known *row = s->row;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");
    given_auth(g, "%s", row->auth);

    struct exchange *x = when_push(s, base64_url(s, row->header), own.name, "tag=1");

    then_status(x, 200);
    then_true(s, says_error(x, ""), "an error in the stream");
    then_true(s, !registry_shown(g, own.path, "1"), "the registry has no manifest");
    then_body_lacks(x, SECRET);
}

static void a_push_is_told(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['image'], 'image': ['%s']}", own.name));

    struct exchange *x = when_push(s, NULL, own.name, "tag=1");

    then_status(x, 200);
    then_event(events,
               "{'Type': 'image', 'Action': 'push', 'Actor': {'ID': '%s:1', 'Attributes': {'name': '%s', "
               "'plimsoll.run': '%s'}}}",
               own.name, own.name, s->run);
    then_status(when_post(s, "/images/%s:1/tag?repo=%s&tag=2", own.name, own.name), 201);
    then_events(events, "push tag");
}

static void a_platform_that_is_no_json_is_refused(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");

    struct exchange *x = when_push(s, NULL, own.name, "tag=1&platform=nope");

    then_refused(x, 400);
    then_true(s, !registry_shown(g, own.path, "1"), "the registry has no manifest");
}

static void a_platform_that_the_image_has_not_is_not_found(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");

    struct exchange *x = when_push(
        s, NULL, own.name,
        scene_printf(s, "tag=1&platform=%s", query_json(s, "{'os': 'linux', 'architecture': 'mips64le'}")));

    then_refused(x, 404);
    then_true(s, !registry_shown(g, own.path, "1"), "the registry has no manifest");
}

static void before_there_was_a_platform_it_is_ignored(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");

    struct exchange *x = when_push(s, NULL, own.name, "tag=1&platform=nope");

    then_status(x, 200);
    then_true(s, registry_shown(g, own.path, "1"), "the registry has a manifest");
}

static struct exchange *pushed_at(struct scene *s, const char *version, const char *name)
{
    const char *headers[] = { "X-Registry-Auth: e30=", NULL };
    struct wire_request request = { .method = "POST",
                                    .path = scene_printf(s, "/images/%s/push?tag=1&platform=nope", name),
                                    .headers = headers };

    return when_sent(s, version, &request, NULL);
}

static void since_a_version_the_platform_is_heard(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct own own = given_to_push(g, s, "1");

    struct exchange *x = pushed_at(s, "1.46", own.name);
    const json_t *after = registry_shown(g, own.path, "1");
    struct exchange *before = pushed_at(s, "1.45", own.name);

    then_refused(x, 400);
    then_true(s, !after, "nothing is pushed at 1.46");
    then_status(before, 200);
    then_true(s, registry_shown(g, own.path, "1"), "it is pushed at 1.45");
}

CASES(image_push) = {
    CASE("ImagePush.pushes", an_image_is_pushed),
    CASE("ImagePush.stream ImagePush.digest", the_stream_of_a_push_tells_what_happens),
    CASE_ROWS("ImagePush.one-tag", one_tag_is_pushed, ways),
    CASE("ImagePush.all-tags", without_a_tag_all_are_pushed),
    CASE("ImagePush.again", what_is_there_is_not_sent_again),
    CASE("ImagePush.mounts", a_layer_is_mounted_from_another_repository),
    CASE("ImagePush.pulls-again", what_was_pushed_is_pulled),
    CASE("ImagePush.not-here", what_is_not_here_is_an_error),
    CASE("ImagePush.by-digest", a_digest_is_not_pushed),
    CASE("ImagePush.bad-name", a_name_that_is_none_is_refused),
    CASE("ImagePush.bad-tag", a_tag_that_is_none_is_refused),
    CASE("ImagePush.unreachable", a_registry_that_is_not_there_is_an_error),
    CASE_ROWS("ImagePush.denied", what_is_denied_is_an_error, denied),
    CASE_ROWS("ImagePush.auth ImagePush.secret", who_is_known_pushes, known),
    CASE_ROWS("ImagePush.unauthorized ImagePush.secret", who_is_not_known_does_not_push, unknown),
    CASE("ImagePush.event", a_push_is_told),
    CASE("ImagePush.bad-platform", a_platform_that_is_no_json_is_refused),
    CASE("ImagePush.other-platform", a_platform_that_the_image_has_not_is_not_found),
    CASE("ImagePush.platform-ignored ImagePush.bad-platform", since_a_version_the_platform_is_heard),
    CASE("ImagePush.platform-ignored", before_there_was_a_platform_it_is_ignored),
    CASE_END,
};
