/* cases/distribution/inspect.c - GET /distribution/{name}/json */
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

static struct exchange *when_asked(struct scene *s, const char *auth, const char *name)
{
    const char *headers[] = { auth ? scene_printf(s, "X-Registry-Auth: %s", auth) : NULL, NULL };
    struct wire_request request = { .method = "GET",
                                    .path = scene_printf(s, "/distribution/%s/json", name),
                                    .headers = headers };

    return when_sent(s, NULL, &request, NULL);
}

static const char *own_machine(struct scene *s)
{
    const char *arch = json_string_value(json_object_get(given_get(s, "/version"), "Arch"));

    return arch ? arch : "amd64";
}

static const struct way {
    const char *label, *tag, *rest; /* "@": the digest */
} ways[] = {
    {"by tag",     "v1",     ":v1"},
    { "latest",    "latest", ""   },
    { "by digest", "v1",     "@"  },
};

static void an_image_is_described(void **state)
{
    struct scene *s = *state;
    const struct way *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = row->tag });

    struct exchange *x = when_asked(
        s, NULL, scene_printf(s, "%s%s%s", held->name, row->rest, *row->rest == '@' ? held->digest : ""));

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json(x, "Descriptor.mediaType", DOCKER_MANIFEST);
    then_json(x, "Descriptor.digest", held->digest);
    then_json_int(x, "Descriptor.size", (long long)held->size);
    then_json_equals(x, "Platforms", "[{'os': 'linux', 'architecture': '%s'}]", own_machine(s));
}

static const struct index_type {
    const char *label, *type;
} index_types[] = {
    {"manifest list", DOCKER_LIST},
    { "OCI index",    OCI_INDEX  },
};

static void an_index_is_described(void **state)
{
    struct scene *s = *state;
    const struct index_type *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *one = given_held(g, (struct holding){ .tag = "one" });
    const struct held *two = given_held(g, (struct holding){ .path = one->path, .tag = "two" });
    json_t *index =
        json_pack("{s:i, s:s, s:[o, o]}", "schemaVersion", 2, "mediaType", row->type, "manifests",
                  entry_of(one, "{\"os\": \"linux\", \"architecture\": \"arm64\", \"variant\": \"v8\"}"),
                  entry_of(two, "{\"os\": \"linux\", \"architecture\": \"s390x\", \"os.version\": \"7\", "
                                "\"os.features\": [\"f\"]}"));
    char *text = json_dumps(index, JSON_COMPACT);
    const char *body = scene_printf(s, "%s", text);
    const char *digest = given_manifest_text(g, one->path, "both", row->type, body);

    free(text);
    json_decref(index);
    struct exchange *x = when_asked(s, NULL, scene_printf(s, "%s:both", one->name));

    then_status(x, 200);
    then_json(x, "Descriptor.mediaType", row->type);
    then_json(x, "Descriptor.digest", digest);
    then_json_int(x, "Descriptor.size", (long long)strlen(body));
    then_json_length(x, "Platforms", 2);
    then_json_has(x, "Platforms", "{'os': 'linux', 'architecture': 'arm64', 'variant': 'v8'}");
    then_json_has(x, "Platforms",
                  "{'os': 'linux', 'architecture': 's390x', 'os.version': '7', 'os.features': ['f']}");
}

static void nothing_is_taken(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });

    struct exchange *x = when_asked(s, NULL, scene_printf(s, "%s:1", held->name));

    then_status(x, 200);
    then_int(s, "times that the layer was asked for",
             registry_requests(g, "GET /v2/%s/blobs/%s", held->path, held->layer), 0);
    then_not_found(s, "/images/%s:1/json", held->name);
}

static void what_a_registry_has_not_is_not_found(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });

    struct exchange *x = when_asked(s, NULL, scene_printf(s, "%s:none", held->name));

    then_refused(x, 404);
    then_error_mentions(x, "manifest unknown");
}

static void what_a_registry_denies_is_forbidden(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_fault(g, "* /v2/%s/ 9 status 403 {\"errors\":[{\"code\":\"DENIED\",\"message\":\"no way\"}]}",
                held->path);

    struct exchange *x = when_asked(s, NULL, scene_printf(s, "%s:1", held->name));

    then_refused(x, 403);
    then_error_mentions(x, "denied: no way");
}

static void a_name_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_asked(s, NULL, "127.0.0.1:1/Bad");

    then_refused(x, 400);
    then_error_mentions(x, "invalid reference format");
}

static void an_id_names_nothing(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_asked(s, NULL, "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");

    then_status(x, 500);
    then_error_form(x);
    then_error_mentions(x, "no manifest found for full image ID");
}

static void a_registry_that_is_not_there_is_an_error(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_asked(s, NULL, "127.0.0.1:1/a:1");

    then_status(x, 500);
    then_error_form(x);
    then_error_mentions(x, "127.0.0.1:1");
}

#define SECRET "canary-of-plimsoll"

static const struct asked {
    const char *label, *auth, *header;
} known[] = {
    {"name and password",       "basic hold " SECRET " id tok",               "{\"username\":\"hold\",\"password\":\"" SECRET "\"}"},
    { "a token for a password", "bearer hold " SECRET " id " SECRET "-token", "{\"username\":\"hold\",\"password\":\"" SECRET "\"}"},
    { "an identity token",      "bearer hold pw " SECRET " tok",              "{\"identitytoken\":\"" SECRET "\"}"                 },
}, unknown[] = {
    {"nobody, basic",      "basic hold " SECRET " id tok",  "{}"                                                                    },
    { "nobody, token",     "bearer hold " SECRET " id tok", "{}"                                                                    },
    { "wrong password",    "basic hold " SECRET " id tok",  "{\"username\":\"hold\",\"password\":\"no-" SECRET "\"}"                },
};

static void who_is_known_is_answered(void **state)
{
    struct scene *s = *state;
    const struct asked *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_auth(g, "%s", row->auth);

    struct exchange *x = when_asked(s, base64_url(s, row->header), scene_printf(s, "%s:1", held->name));

    then_status(x, 200);
    then_json(x, "Descriptor.digest", held->digest);
    then_body_lacks(x, SECRET);
}

static void who_is_not_known_is_refused(void **state)
{
    struct scene *s = *state;
    const struct asked *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_auth(g, "%s", row->auth);

    struct exchange *x = when_asked(s, base64_url(s, row->header), scene_printf(s, "%s:1", held->name));

    then_true(s, x->status == 401 || x->status == 500, "401 or 500");
    then_error_form(x);
    then_body_lacks(x, SECRET);
    then_body_lacks(x, held->digest);
}

CASES(distribution_inspect) = {
    CASE_ROWS("DistributionInspect.describes", an_image_is_described, ways),
    CASE_ROWS("DistributionInspect.index", an_index_is_described, index_types),
    CASE("DistributionInspect.takes-nothing", nothing_is_taken),
    CASE("DistributionInspect.not-found", what_a_registry_has_not_is_not_found),
    CASE("DistributionInspect.denied", what_a_registry_denies_is_forbidden),
    CASE("DistributionInspect.bad-name", a_name_that_is_none_is_refused),
    CASE("DistributionInspect.id", an_id_names_nothing),
    CASE("DistributionInspect.unreachable", a_registry_that_is_not_there_is_an_error),
    CASE_ROWS("DistributionInspect.auth", who_is_known_is_answered, known),
    CASE_ROWS("DistributionInspect.unauthorized", who_is_not_known_is_refused, unknown),
    CASE_END,
};
