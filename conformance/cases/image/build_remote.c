/* cases/image/build_remote.c - POST /build that takes files, or all of its context, from a server: the case's own registry, which has texts under
 * the name of a manifest and archives as blobs. */
#include "harness/scene/build.h"
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#include <string.h>

struct served {
    struct registry *g;
    const char *path;
};

static struct served given_server(struct scene *s)
{
    struct registry *g = given_registry(s);

    return (struct served){ g, strchr(scene_unique_repository(s, "f"), '/') + 1 };
}

/* Puts a text there; its URL. */
static const char *given_text(struct scene *s, struct served at, const char *name, const char *type,
                              const char *text)
{
    given_manifest_text(at.g, at.path, name, type, text);
    return scene_printf(s, "http://%s/v2/%s/manifests/%s", registry_host(at.g), at.path, name);
}

static const struct place {
    const char *label, *words, *rest, *to, *path, *owner; /* words before the URL, what stands behind it */
} places[] = {
    {"below a folder",    "",             "",       "/d/",    "/d/file.txt", "\"uid\":0,\"gid\":0"},
    { "a query behind",   "",             "?a=b/c", "/d/",    "/d/file.txt", "\"uid\":0,\"gid\":0"},
    { "by another name",  "",             "",       "/d/new", "/d/new",      "\"uid\":0,\"gid\":0"},
    { "of another owner", "--chown=3:4 ", "",       "/d/",    "/d/file.txt", "\"uid\":3,\"gid\":4"},
};

static void a_file_from_a_url_is_added(void **state)
{
    struct scene *s = *state;
    const struct place *row = s->row;
    const char *url = given_text(s, given_server(s), "file.txt", "text/plain", "from the server");

    struct exchange *x = when_build(s, "",
                                    dockerfile_of(s, "ADD %s%s%s %s\nRUN read %s\nRUN stat %s\n", row->words,
                                                  url, row->rest, row->to, row->path, row->path));
    const char *text = build_text(s, x);

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_mentions(s, "the stream", text, "from the server");
    then_mentions(s, "the stream", text, "\"mode\":\"0600\"");
    then_mentions(s, "the stream", text, row->owner);
    then_mentions(s, "the stream", text, "\"mtime\":0");
}

static void a_redirect_is_followed(void **state)
{
    struct scene *s = *state;
    struct served at = given_server(s);
    const char *url = given_text(s, at, "file.txt", "text/plain", "from elsewhere");
    given_fault(at.g, "GET /v2/%s/manifests/file.txt 1 elsewhere", at.path);

    struct exchange *x = when_build(s, "", dockerfile_of(s, "ADD %s /d/\nRUN read /d/file.txt\n", url));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "from elsewhere");
    then_true(s, registry_requests(at.g, "GET /elsewhere/v2/%s/manifests/file.txt", at.path) > 0,
              "it was asked elsewhere");
}

static const char *blob_url(struct scene *s, struct registry *g, const struct held *held)
{
    return scene_printf(s, "http://%s/v2/%s/blobs/%s", registry_host(g), held->path, held->layer);
}

static void an_archive_from_a_url_stays_one(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1", .compression = "" });

    struct exchange *x =
        when_build(s, "", dockerfile_of(s, "ADD %s /d/a.tar\nRUN stat /d/a.tar\n", blob_url(s, g, held)));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x),
                  scene_printf(s, "\"type\":\"file\",\"mode\":\"0600\",\"uid\":0,\"gid\":0,\"size\":%zu",
                               held->layer_size));
}

static void the_content_is_what_counts(void **state)
{
    struct scene *s = *state;
    struct served at = given_server(s);
    const char *url = given_text(s, at, "file.txt", "text/plain", "the same");
    const char *dockerfile = dockerfile_of(s, "ADD %s /d/\n", url);
    given_built(s, "", dockerfile, NULL);

    struct exchange *again = when_build(s, "", dockerfile);
    given_text(s, at, "file.txt", "text/plain", "another");
    struct exchange *changed = when_build(s, "", dockerfile);

    then_int(s, "steps from before", build_hits(s, again), DOCKERFILE_OF_STEPS);
    then_int(s, "steps from before, of another file", build_hits(s, changed), DOCKERFILE_OF_STEPS - 1);
}

static const struct bad {
    const char *label, *step, *mentions; /* %s: the server */
} bads[] = {
    {"nothing there",  "ADD http://%s/v2/plimsoll/none/manifests/x /d/",  "status 404"                    },
    { "no server",     "ADD http://127.0.0.1:1/x /d/",                    "127.0.0.1:1"                   },
    { "no name",       "ADD http://%s/v2/.. /d/",                         ""                              },
    { "COPY of a URL", "COPY http://%s/v2/plimsoll/none/manifests/x /d/", "source can't be a URL for COPY"},
};

static const char *at_server(struct scene *s, struct registry *g, const char *text)
{
    const char *at = strstr(text, "%s");

    return at ? scene_printf(s, "%.*s%s%s", (int)(at - text), text, registry_host(g), at + 2) : text;
}

static void a_url_of_nothing_ends_the_build(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;
    struct registry *g = given_registry(s);

    struct exchange *x = when_build(s, "", dockerfile_of(s, "%s\n", at_server(s, g, row->step)));

    then_status(x, 200);
    then_true(s, *build_error(s, x), "an error in the stream");
    then_mentions(s, "the error", build_error(s, x), row->mentions);
}

/* --- the context --- */

static struct exchange *when_build_from(struct scene *s, const char *url, const char *query)
{
    return when_post(s, "/build?remote=%s%s", url_encoded(s, url), query);
}

static void a_text_is_the_dockerfile(void **state)
{
    struct scene *s = *state;
    const char *url =
        given_text(s, given_server(s), "Any", "text/plain", dockerfile_of(s, "ENV A=b\nRUN ls /\n"));

    struct exchange *x = when_build_from(s, url, "");
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_json_contains(image, "Config.Env", "A=b");
}

static void an_archive_is_the_context(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(
        g, (struct holding){ .tag = "1",
                             .compression = "gzip",
                             .content = dockerfile_of(s, "COPY mark /copied\nENV A=b\nRUN read /copied\n") });

    struct exchange *x = when_build_from(s, blob_url(s, g, held), "&dockerfile=mark");
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_mentions(s, "the stream", build_text(s, x), "COPY mark /copied\nENV A=b");
    then_json_contains(image, "Config.Env", "A=b");
}

static const struct wrong {
    const char *label, *url; /* NULL: something of another type */
} wrongs[] = {
    {"nothing there", "http://%s/v2/plimsoll/none/manifests/x"},
    { "no server",    "http://127.0.0.1:1/x"                  },
    { "another type", NULL                                    },
};

static void a_context_that_cannot_be_had_is_refused(void **state)
{
    struct scene *s = *state;
    const struct wrong *row = s->row;
    struct served at = given_server(s);
    const char *url = row->url ? at_server(s, at.g, row->url)
                               : given_text(s, at, "x", "application/json", dockerfile_of(s, "ENV A=b\n"));
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x = when_build_from(s, url, scene_printf(s, "&t=%s:1", name));

    then_status_in(x, 400, 404, 500);
    then_error_form(x);
    then_error_mentions(x, url);
    then_not_found(s, "/images/%s:1/json", name);
}

CASES(image_build_remote) = {
    CASE_ROWS("ImageBuild.add-url", a_file_from_a_url_is_added, places),
    CASE("ImageBuild.add-url-redirect", a_redirect_is_followed),
    CASE("ImageBuild.add-url-archive", an_archive_from_a_url_stays_one),
    CASE("ImageBuild.add-url-cache", the_content_is_what_counts),
    CASE_ROWS("ImageBuild.add-url-error", a_url_of_nothing_ends_the_build, bads),
    CASE("ImageBuild.remote", a_text_is_the_dockerfile),
    CASE("ImageBuild.remote", an_archive_is_the_context),
    CASE_ROWS("ImageBuild.remote-error", a_context_that_cannot_be_had_is_refused, wrongs),
    CASE_END,
};
