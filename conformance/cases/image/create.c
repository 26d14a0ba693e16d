/* cases/image/create.c - POST /images/create with fromImage: an image from a registry */
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#include <string.h>

static void then_not_there(struct scene *s, const struct held *image)
{
    then_not_found(s, "/images/%s:%s/json", image->name, image->tag);
    then_not_found(s, "/images/%s/json", image->id);
}

static void an_image_is_pulled(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held =
        given_held(g, (struct holding){ .config = json_of("{'Env': ['MARK=%s']}", s->run) });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=%s", held->name, held->tag);
    struct exchange *image = when_get(s, "/images/%s:%s/json", held->name, held->tag);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_status(image, 200);
    then_json(image, "Id", held->id);
    then_json_equals(image, "RepoTags", "['%s:%s']", held->name, held->tag);
    then_json_equals(image, "RepoDigests", "['%s@%s']", held->name, held->digest);
    then_json_equals(image, "Config.Env", "['MARK=%s']", s->run);
    then_json_equals(image, "RootFS.Layers", "['%s']", held->diff_id);
}

static const struct way {
    const char *label, *query; /* NAME, TAG, DIGEST stand for those of the image */
    bool by_digest;
} ways[] = {
    {"tag in the name",     "fromImage=NAME:TAG",            false},
    { "tag beside another", "fromImage=NAME:other&tag=TAG",  false},
    { "digest as tag",      "fromImage=NAME&tag=DIGEST",     true },
    { "digest in the name", "fromImage=NAME@DIGEST",         true },
    { "tag and digest",     "fromImage=NAME:TAG&tag=DIGEST", true },
};

static const char *filled(struct scene *s, const char *query, const struct held *held)
{
    const char *words[][2] = {
        {"NAME",    held->name  },
        { "TAG",    held->tag   },
        { "DIGEST", held->digest}
    };
    const char *ret = "";

    while (*query) {
        size_t i = 0;

        while (i < 3 && strncmp(query, words[i][0], strlen(words[i][0])) != 0)
            i++;
        ret = i < 3 ? scene_printf(s, "%s%s", ret, words[i][1]) : scene_printf(s, "%s%c", ret, *query);
        query += i < 3 ? strlen(words[i][0]) : 1;
    }
    return ret;
}

static void an_image_is_named_in_several_ways(void **state)
{
    struct scene *s = *state;
    const struct way *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });

    struct exchange *x = when_pull(s, NULL, "%s", filled(s, row->query, held));
    struct exchange *image = when_get(s, "/images/%s/json", held->id);

    then_status(x, 200);
    then_status(image, 200);
    then_json_equals(image, "RepoDigests", "['%s@%s']", held->name, held->digest);
    if (row->by_digest)
        then_json_length(image, "RepoTags", 0);
    else
        then_json_equals(image, "RepoTags", "['%s:1']", held->name);
    if (row->by_digest)
        then_found(s, "/images/%s@%s/json", held->name, held->digest);
}

static void the_stream_tells_what_happens(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "v1" });
    const char *layer = short_digest(s, held->layer);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=v1", held->name);

    then_status(x, 200);
    then_true(s, message_of(x, "{'status': 'Pulling from %s', 'id': 'v1'}", held->path),
              "\"Pulling from PATH\" with the tag as id");
    then_true(s, message_of(x, "{'status': 'Pulling fs layer', 'id': '%s', 'progressDetail': {}}", layer),
              "\"Pulling fs layer\" of %s", layer);
    then_true(s, message_of(x, "{'status': 'Pull complete', 'id': '%s', 'progressDetail': {}}", layer),
              "\"Pull complete\" of %s", layer);
    then_true(s, message_of(x, "{'status': 'Digest: %s'}", held->digest), "\"Digest: %s\"", held->digest);
    then_string(s, "the last message's status", json_string_value(json_object_get(last_message(x), "status")),
                scene_printf(s, "Status: Downloaded newer image for %s:v1", held->name));
}

static void a_second_pull_takes_nothing(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    struct exchange *first = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);
    int before = registry_requests(g, "GET /v2/%s/blobs/", held->path);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);

    then_status(first, 200);
    then_status(x, 200);
    then_true(s, message_of(x, "{'status': 'Digest: %s'}", held->digest), "\"Digest: %s\"", held->digest);
    then_string(s, "the last message's status", json_string_value(json_object_get(last_message(x), "status")),
                scene_printf(s, "Status: Image is up to date for %s:1", held->name));
    then_true(s, before > 0, "the first pull asked for blobs");
    then_int(s, "blobs asked for by then", registry_requests(g, "GET /v2/%s/blobs/", held->path), before);
}

static void a_name_that_moved_moves_here(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *old = given_held(g, (struct holding){ .tag = "1" });
    struct exchange *first = when_pull(s, NULL, "fromImage=%s&tag=1", old->name);
    const struct held *new = given_held(g, (struct holding){ .path = old->path, .tag = "1" });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", old->name);
    struct exchange *by_name = when_get(s, "/images/%s:1/json", old->name);
    struct exchange *by_id = when_get(s, "/images/%s/json", old->id);

    then_status(first, 200);
    then_status(x, 200);
    then_true(s, says_status(x, "Status: Downloaded newer image for "), "it is newer");
    then_json(by_name, "Id", new->id);
    then_status(by_id, 200);
    then_json_length(by_id, "RepoTags", 0);
}

static void all_tags_are_pulled(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *one = given_held(g, (struct holding){ .tag = "one" });
    const struct held *two = given_held(g, (struct holding){ .path = one->path, .tag = "two" });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s", one->name);
    struct exchange *first = when_get(s, "/images/%s:one/json", one->name);
    struct exchange *second = when_get(s, "/images/%s:two/json", one->name);

    then_status(x, 200);
    then_json(first, "Id", one->id);
    then_json(second, "Id", two->id);
    then_true(s, message_of(x, "{'status': 'Pulling from %s', 'id': 'one'}", one->path), "tag one is told");
    then_true(s, message_of(x, "{'status': 'Pulling from %s', 'id': 'two'}", one->path), "tag two is told");
    then_string(s, "the last message's status", json_string_value(json_object_get(last_message(x), "status")),
                scene_printf(s, "Status: Downloaded newer image for %s", one->name));
}

/* --- indexes and platforms --- */

static const char *own_platform(struct scene *s)
{
    const char *arch = json_string_value(json_object_get(given_get(s, "/version"), "Arch"));

    return scene_printf(s, "{\"os\": \"linux\", \"architecture\": \"%s\"}", arch ? arch : "amd64");
}

struct choice {
    const struct held *own, *other;
    const char *digest, *name;
};

/* An index with an image for this machine and one for a machine that nobody has, the latter first. */
static struct choice given_choice(struct registry *g, struct scene *s, const char *type)
{
    struct choice ret;

    ret.own = given_held(g, (struct holding){ .tag = "own" });
    ret.other = given_held(g, (struct holding){ .path = ret.own->path,
                                                .tag = "other",
                                                .config = json_of("{'/architecture': 'mips64le'}") });
    ret.name = ret.own->name;
    ret.digest =
        given_manifest(g, ret.own->path, "both", type,
                       json_pack("{s:i, s:s, s:[o, o]}", "schemaVersion", 2, "mediaType", type, "manifests",
                                 entry_of(ret.other, "{\"os\": \"linux\", \"architecture\": \"mips64le\"}"),
                                 entry_of(ret.own, own_platform(s))));
    return ret;
}

static const struct index_type {
    const char *label, *type;
} index_types[] = {
    {"manifest list", DOCKER_LIST},
    { "OCI index",    OCI_INDEX  },
};

static void of_an_index_the_own_platform_is_taken(void **state)
{
    struct scene *s = *state;
    const struct index_type *row = s->row;
    struct registry *g = given_registry(s);
    struct choice choice = given_choice(g, s, row->type);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=both", choice.name);
    struct exchange *image = when_get(s, "/images/%s:both/json", choice.name);

    then_status(x, 200);
    then_json(image, "Id", choice.own->id);
    then_json_equals(image, "RepoDigests", "['%s@%s']", choice.name, choice.digest);
    then_true(s, message_of(x, "{'status': 'Digest: %s'}", choice.digest), "the digest is the index's");
    then_not_found(s, "/images/%s/json", choice.other->id);
}

static void of_an_index_the_platform_asked_for_is_taken(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct choice choice = given_choice(g, s, DOCKER_LIST);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=both&platform=linux/mips64le", choice.name);
    struct exchange *image = when_get(s, "/images/%s:both/json", choice.name);

    then_status(x, 200);
    then_json(image, "Id", choice.other->id);
    then_json(image, "Architecture", "mips64le");
}

static void before_there_was_a_platform_it_is_ignored(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct choice choice = given_choice(g, s, DOCKER_LIST);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=both&platform=linux/mips64le", choice.name);
    struct exchange *image = when_get(s, "/images/%s:both/json", choice.name);

    then_status(x, 200);
    then_json(image, "Id", choice.own->id);
}

static struct exchange *pulled_at(struct scene *s, const char *version, const char *name)
{
    return when_post_at(s, version, NULL, "/images/create?fromImage=%s&tag=both&platform=linux/mips64le",
                        name);
}

static void since_a_version_the_platform_is_heard(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct choice choice = given_choice(g, s, DOCKER_LIST);

    struct exchange *before = pulled_at(s, "1.31", choice.name);
    const char *taken =
        json_string_value(json_object_get(given_get(s, "/images/%s:both/json", choice.name), "Id"));
    struct exchange *x = pulled_at(s, "1.32", choice.name);
    struct exchange *image = when_get(s, "/images/%s:both/json", choice.name);

    then_status(before, 200);
    then_string(s, "the image pulled at 1.31", taken, choice.own->id);
    then_status(x, 200);
    then_json(image, "Id", choice.other->id);
}

static void a_platform_that_an_index_lacks_is_an_error(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    struct choice choice = given_choice(g, s, DOCKER_LIST);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=both&platform=linux/s390x", choice.name);

    then_status(x, 200);
    then_true(s, says_error(x, "no matching manifest for linux/s390x"),
              "an error: no matching manifest for linux/s390x");
    then_not_found(s, "/images/%s:both/json", choice.name);
}

static const struct bad {
    const char *label, *value;
} bad_platforms[] = {
    {"no system and no machine", "foo"            },
    { "four parts",              "linux/amd64/a/b"},
    { "JSON",                    "%7B%7D"         },
};

static void a_platform_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1&platform=%s", held->name, row->value);

    then_refused(x, 400);
    then_not_there(s, held);
}

/* --- layers --- */

static const struct kind {
    const char *label, *compression;
    bool oci;
} kinds[] = {
    {"gzip, Docker's types", "gzip", false},
    { "gzip, OCI's types",   "gzip", true },
    { "plain, OCI's types",  "",     true },
};

static void layers_of_several_kinds_are_taken(void **state)
{
    struct scene *s = *state;
    const struct kind *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held =
        given_held(g, (struct holding){ .oci = row->oci, .compression = row->compression });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);
    struct exchange *image = when_get(s, "/images/%s:1/json", held->name);

    then_status(x, 200);
    then_json(image, "Id", held->id);
    then_json_equals(image, "RootFS.Layers", "['%s']", held->diff_id);
}

static void a_layer_of_zstd_is_taken(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .oci = true, .compression = "zstd" });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);
    struct exchange *image = when_get(s, "/images/%s:1/json", held->name);

    then_status(x, 200);
    then_json(image, "Id", held->id);
}

static void a_pulled_image_runs(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(
        g, (struct holding){ .probe = true,
                             .config =
                                 json_of("{'Env': ['MARK=here'], 'Cmd': ['/bin/probe', 'env', 'MARK']}") });

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);

    then_status(x, 200);
    then_string(s, "what its own command writes", probe_output(s, json_of("{'Image': '%s:1'}", held->name)),
                "here\n");
}

static void a_layer_that_is_there_is_not_asked_for(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const char *content = scene_printf(s, "shared by %s %s", s->run, s->case_name);
    const struct held *one = given_held(g, (struct holding){ .tag = "one", .content = content });
    const struct held *two =
        given_held(g, (struct holding){ .path = one->path, .tag = "two", .below = content });
    struct exchange *first = when_pull(s, NULL, "fromImage=%s&tag=one", one->name);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=two", one->name);

    then_status(first, 200);
    then_status(x, 200);
    then_true(s, message_of(x, "{'status': 'Already exists', 'id': '%s'}", short_digest(s, one->layer)),
              "\"Already exists\" of %s", one->layer);
    then_true(s, message_of(x, "{'status': 'Pull complete', 'id': '%s'}", short_digest(s, two->layer)),
              "\"Pull complete\" of %s", two->layer);
    then_int(s, "times that the shared layer was asked for",
             registry_requests(g, "GET /v2/%s/blobs/%s", one->path, one->layer), 1);
}

/* --- what is not there, or not given --- */

static const struct missing {
    const char *label, *query, *message;
} missing[] = {
    {"tag",         "fromImage=NAME&tag=none",                                                                    "manifest for NAME:none not found"},
    { "digest",     "fromImage=NAME&tag=sha256:0000000000000000000000000000000000000000000000000000000000000000",
     "manifest for NAME@sha256:0000000000000000000000000000000000000000000000000000000000000000 not found"                                          },
    { "repository", "fromImage=NAME/none",                                                                        "repository NAME/none not found"  },
};

static void what_a_registry_has_not_is_not_found(void **state)
{
    struct scene *s = *state;
    const struct missing *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });

    struct exchange *x = when_pull(s, NULL, "%s", filled(s, row->query, held));

    then_refused(x, 404);
    then_error_mentions(x, filled(s, row->message, held));
    then_not_there(s, held);
}

static void what_a_registry_denies_is_not_found(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_fault(g, "* /v2/%s/ 9 status 403 {\"errors\":[{\"code\":\"DENIED\",\"message\":\"no way\"}]}",
                held->path);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);

    then_refused(x, 404);
    then_error_mentions(
        x,
        scene_printf(s, "pull access denied for %s, repository does not exist or may require 'docker login'",
                     held->name));
    then_not_there(s, held);
}

static const struct bad bad_references[] = {
    {"capital letters",  "fromImage=127.0.0.1:1/Bad&tag=1"      },
    { "a space",         "fromImage=127.0.0.1:1/a%20b&tag=1"    },
    { "a bad digest",    "fromImage=127.0.0.1:1/a@sha256:12"    },
    { "tag: an at sign", "fromImage=127.0.0.1:1/a&tag=b@d"      },
    { "tag: a digest",   "fromImage=127.0.0.1:1/a&tag=sha256:12"},
};

static void a_name_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;

    struct exchange *x = when_pull(s, NULL, "%s", row->value);

    then_refused(x, 400);
    then_error_mentions(x, "invalid");
}

static void the_name_of_nothing_is_reserved(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_pull(s, NULL, "fromImage=scratch&tag=1");

    then_status(x, 403);
    then_error_form(x);
    then_error_mentions(x, "'scratch' is a reserved name");
}

static void a_registry_that_is_not_there_is_an_error(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_pull(s, NULL, "fromImage=127.0.0.1:1/a&tag=1");

    then_status(x, 500);
    then_error_form(x);
    then_error_mentions(x, "127.0.0.1:1");
}

/* --- who asks --- */

#define SECRET "canary-of-plimsoll"

static const struct known {
    const char *label, *auth, *header; /* of the header: JSON */
} known[] = {
    {"name and password",         "basic hold " SECRET " id tok",
     "{\"username\": \"hold\", \"password\": \"" SECRET "\"}"                                                        },
    { "a token for a password",   "bearer hold " SECRET " id " SECRET "-token",
     "{\"username\": \"hold\", \"password\": \"" SECRET "\"}"                                                        },
    { "an identity token",        "bearer hold pw " SECRET " tok",              "{\"identitytoken\": \"" SECRET "\"}"},
    { "the registry's own token", "bearer hold pw id " SECRET,                  "{\"registrytoken\": \"" SECRET "\"}"},
    { "a token for everybody",    "bearer - - - " SECRET,                       "{}"                                 },
    { "another server is named",  "basic hold " SECRET " id tok",
     "{\"username\": \"hold\", \"password\": \"" SECRET "\", \"serveraddress\": \"other:1\"}"                        },
};

static void who_is_known_pulls(void **state)
{
    struct scene *s = *state;
    const struct known *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    struct stream *events =
        when_events_follow(s, query_json(s, "{\"type\": [\"image\"], \"event\": [\"pull\"]}"));
    given_auth(g, "%s", row->auth);

    struct exchange *x = when_pull(s, base64_url(s, row->header), "fromImage=%s&tag=1", held->name);
    struct exchange *image = when_get(s, "/images/%s:1/json", held->name);

    then_status(x, 200);
    then_json(image, "Id", held->id);
    then_event(events, "{\"Action\": \"pull\", \"Actor\": {\"ID\": \"%s:1\"}}", held->name);
    then_body_lacks(x, SECRET);
    then_body_lacks(image, SECRET);
    then_true(s, !strstr(stream_stdout(events), SECRET), "no event holds the secret");
}

static const struct unknown {
    const char *label, *auth, *header; /* of the header: itself; JSON when it begins with a brace */
} unknown[] = {
    {"nobody, basic",         "basic hold " SECRET " id tok",  NULL                                 },
    { "nobody, token",        "bearer hold " SECRET " id tok", NULL                                 },
    { "empty",                "basic hold " SECRET " id tok",  "{}"                                 },
    { "wrong password",       "basic hold " SECRET " id tok",
     "{\"username\": \"hold\", \"password\": \"no-" SECRET "\"}"                                    },
    { "wrong, for a token",   "bearer hold " SECRET " id tok",
     "{\"username\": \"hold\", \"password\": \"no-" SECRET "\"}"                                    },
    { "wrong identity token", "bearer hold pw id tok",         "{\"identitytoken\": \"" SECRET "\"}"},
    { "wrong registry token", "bearer hold pw id tok",         "{\"registrytoken\": \"" SECRET "\"}"},
    { "no base64",            "basic hold " SECRET " id tok",  "!!!" SECRET                         },
    { "no JSON",              "basic hold " SECRET " id tok",  "eyJ1c2VybmFtZSI6"                   },
};

static void who_is_not_known_is_refused(void **state)
{
    struct scene *s = *state;
    const struct unknown *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    const char *header = row->header && *row->header == '{' ? base64_url(s, row->header) : row->header;
    given_auth(g, "%s", row->auth);

    struct exchange *x = when_pull(s, header, "fromImage=%s&tag=1", held->name);

    then_true(s, x->status == 401 || x->status == 500, "401 or 500");
    then_error_form(x);
    then_body_lacks(x, SECRET);
    then_not_there(s, held);
}

static void a_header_that_cannot_be_read_is_nobody(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });

    struct exchange *x = when_pull(s, "!!!", "fromImage=%s&tag=1", held->name);

    then_status(x, 200);
    then_found(s, "/images/%s:1/json", held->name);
}

/* --- what goes wrong on the way --- */

static const struct damage {
    const char *label, *fault; /* of the layer, or of the config */
    bool config;
} damages[] = {
    {"a layer of other bytes",   "flip",                                                                    false},
    { "a layer cut short",       "short 20",                                                                false},
    { "a config of other bytes", "flip",                                                                    true },
    { "a layer that is gone",    "status 404 {\"errors\":[{\"code\":\"BLOB_UNKNOWN\",\"message\":\"x\"}]}",
     false                                                                                                       },
    { "a config that is gone",   "status 404 {\"errors\":[{\"code\":\"BLOB_UNKNOWN\",\"message\":\"x\"}]}",
     true                                                                                                        },
};

static void what_is_damaged_is_not_taken(void **state)
{
    struct scene *s = *state;
    const struct damage *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_fault(g, "GET /v2/%s/blobs/%s 99 %s", held->path, row->config ? held->id : held->layer, row->fault);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);

    then_status(x, 200);
    then_true(s, says_error(x, ""), "an error in the stream");
    then_true(s, !says_status(x, "Status: "), "no status at its end");
    then_not_there(s, held);
}

static const struct bad_manifest {
    const char *label, *type, *text;
} bad_manifests[] = {
    {"schema 1",         "application/vnd.docker.distribution.manifest.v1+prettyjws",
     "{\"schemaVersion\":1,\"name\":\"a\",\"tag\":\"1\",\"architecture\":\"amd64\",\"fsLayers\":[],"
      "\"history\":[],\"signatures\":[]}"                                                                    },
    { "no JSON",         DOCKER_MANIFEST,                                             "this is no JSON"      },
    { "neither of both", "application/x-odd",                                         "{\"schemaVersion\":2}"},
};

static void a_manifest_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_manifest *row = s->row;
    struct registry *g = given_registry(s);
    const char *path = strchr(scene_unique_repository(s, "p"), '/') + 1;
    given_manifest_text(g, path, "1", row->type, row->text);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s/%s&tag=1", registry_host(g), path);

    then_status(x, 500);
    then_error_form(x);
    then_not_found(s, "/images/%s/%s:1/json", registry_host(g), path);
}

static const struct mishap {
    const char *label, *fault;
} mishaps[] = {
    {"429 and Retry-After", "1 later 429 1"},
    { "503",                "1 status 503" },
    { "no answer",          "1 drop"       },
    { "two mishaps",        "2 status 503" },
};

static void a_mishap_is_made_good(void **state)
{
    struct scene *s = *state;
    const struct mishap *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_fault(g, "GET /v2/%s/blobs/%s %s", held->path, held->layer, row->fault);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);
    struct exchange *image = when_get(s, "/images/%s:1/json", held->name);

    then_status(x, 200);
    then_json(image, "Id", held->id);
    then_true(s, registry_requests(g, "GET /v2/%s/blobs/%s", held->path, held->layer) >= 2,
              "the layer is asked for again");
}

static void what_breaks_off_goes_on(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_fault(g, "GET /v2/%s/blobs/%s 1 cut 30", held->path, held->layer);

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);
    struct exchange *image = when_get(s, "/images/%s:1/json", held->name);

    then_status(x, 200);
    then_json(image, "Id", held->id);
    then_true(s, says_status(x, "Retrying in "), "\"Retrying in ...\"");
    then_int(s, "requests for the rest",
             registry_requests(g, "GET /v2/%s/blobs/%s 206 bytes=30-", held->path, held->layer), 1);
}

static void a_redirect_is_followed_without_the_secret(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    given_auth(g, "basic hold %s id tok", SECRET);
    given_fault(g, "GET /v2/%s/blobs/%s 1 elsewhere", held->path, held->layer);

    struct exchange *x = when_pull(s, registry_auth(s, "{'username': 'hold', 'password': '" SECRET "'}"),
                                   "fromImage=%s&tag=1", held->name);
    struct exchange *image = when_get(s, "/images/%s:1/json", held->name);

    then_status(x, 200);
    then_json(image, "Id", held->id);
    then_int(s, "requests at the other host, without authorization",
             registry_requests(g, "GET /elsewhere/v2/%s/blobs/%s 200 - -\n", held->path, held->layer), 1);
}

/* --- events --- */

static void a_pull_is_told(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1", .config = NULL });
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['image'], 'image': ['%s']}", held->name));

    struct exchange *x = when_pull(s, NULL, "fromImage=%s&tag=1", held->name);
    struct exchange *named = when_post(s, "/images/%s:1/tag?repo=%s&tag=2", held->name, held->name);

    then_status(x, 200);
    then_status(named, 201);
    then_events(events, "pull tag");
    then_event(events,
               "{'Type': 'image', 'Action': 'pull', 'Actor': {'ID': '%s:1', 'Attributes': {'name': '%s', "
               "'plimsoll.run': '%s'}}}",
               held->name, held->name, s->run);
    then_status(when_pull(s, NULL, "fromImage=%s&tag=%s", held->name, held->digest), 200);
    then_event(events,
               "{'Type': 'image', 'Action': 'pull', 'Actor': {'ID': '%s@%s', 'Attributes': {'name': '%s'}}}",
               held->name, held->digest, held->name);
}

CASES(image_create) = {
    CASE("ImageCreate.pulls", an_image_is_pulled),
    CASE_ROWS("ImageCreate.pull-ways", an_image_is_named_in_several_ways, ways),
    CASE("ImageCreate.pull-stream", the_stream_tells_what_happens),
    CASE("ImageCreate.pull-again", a_second_pull_takes_nothing),
    CASE("ImageCreate.pull-moves", a_name_that_moved_moves_here),
    CASE("ImageCreate.pull-all-tags", all_tags_are_pulled),
    CASE_ROWS("ImageCreate.pull-index", of_an_index_the_own_platform_is_taken, index_types),
    CASE("ImageCreate.pull-platform", of_an_index_the_platform_asked_for_is_taken),
    CASE("ImageCreate.platform-ignored", before_there_was_a_platform_it_is_ignored),
    CASE("ImageCreate.platform-ignored ImageCreate.pull-platform", since_a_version_the_platform_is_heard),
    CASE("ImageCreate.pull-no-platform", a_platform_that_an_index_lacks_is_an_error),
    CASE_ROWS("ImageCreate.bad-platform", a_platform_that_is_none_is_refused, bad_platforms),
    CASE_ROWS("ImageCreate.pull-layers", layers_of_several_kinds_are_taken, kinds),
    CASE("ImageCreate.pull-zstd", a_layer_of_zstd_is_taken),
    CASE("ImageCreate.pull-runs", a_pulled_image_runs),
    CASE("ImageCreate.pull-shared", a_layer_that_is_there_is_not_asked_for),
    CASE_ROWS("ImageCreate.pull-not-found", what_a_registry_has_not_is_not_found, missing),
    CASE("ImageCreate.pull-denied", what_a_registry_denies_is_not_found),
    CASE_ROWS("ImageCreate.bad-name", a_name_that_is_none_is_refused, bad_references),
    CASE("ImageCreate.scratch", the_name_of_nothing_is_reserved),
    CASE("ImageCreate.unreachable", a_registry_that_is_not_there_is_an_error),
    CASE_ROWS("ImageCreate.pull-auth ImageCreate.pull-secret", who_is_known_pulls, known),
    CASE_ROWS("ImageCreate.pull-unauthorized ImageCreate.pull-secret", who_is_not_known_is_refused, unknown),
    CASE("ImageCreate.pull-bad-header", a_header_that_cannot_be_read_is_nobody),
    CASE_ROWS("ImageCreate.pull-damaged", what_is_damaged_is_not_taken, damages),
    CASE_ROWS("ImageCreate.pull-bad-manifest", a_manifest_that_is_none_is_refused, bad_manifests),
    CASE_ROWS("ImageCreate.pull-retried", a_mishap_is_made_good, mishaps),
    CASE("ImageCreate.pull-resumed", what_breaks_off_goes_on),
    CASE("ImageCreate.pull-redirect", a_redirect_is_followed_without_the_secret),
    CASE("ImageCreate.pull-event", a_pull_is_told),
    CASE_END,
};
