/* cases/cross/versioning.c - the version prefix of a path.
 *
 * Clients negotiate: they ask /_ping or /version without a prefix and put the lower of both versions before every path
 * from then on. So each route must be there with any version that the engine speaks, and without one. */
#include "harness/then/then.h"

#include <stdio.h>

static const struct route {
    const char *label, *path;
    int status;
} routes[] = {
    {"ping",               "/_ping",                                  200},
    { "version",           "/version",                                200},
    { "info",              "/info",                                   200},
    { "data usage",        "/system/df",                              200},
    { "events",            "/events?since=1&until=2",                 200},
    { "images",            "/images/json",                            200},
    { "containers",        "/containers/json",                        200},
    { "networks",          "/networks",                               200},
    { "volumes",           "/volumes",                                200},
    { "no such image",     "/images/plimsoll-none/json",              404},
    { "no such container", "/containers/plimsoll-none/json",          404},
    { "no such exec",      "/exec/plimsoll-none/json",                404},
    { "no such network",   "/networks/plimsoll-none",                 404},
    { "no such volume",    "/volumes/plimsoll-none",                  404},
    { "no such log",       "/containers/plimsoll-none/logs?stdout=1", 404},
    { "no such history",   "/images/plimsoll-none/history",           404},
};

static void a_route_is_there_with_and_without_a_version(void **state)
{
    struct scene *s = *state;
    const struct route *row = s->row;

    struct exchange *oldest = when_get_at(s, s->facts->min_api_version, "%s", row->path);
    struct exchange *newest = when_get_at(s, s->facts->api_version, "%s", row->path);
    struct exchange *none = when_get_at(s, "", "%s", row->path);

    then_status(oldest, row->status);
    then_status(newest, row->status);
    then_status(none, row->status);
}

/* An image's inspect has changed at many versions; without a prefix it is that of the newest. */
static void without_a_version_the_newest_is_spoken(void **state)
{
    struct scene *s = *state;
    const char *image = given_image(s, "probe");
    struct exchange *newest = when_get_at(s, s->facts->api_version, "/images/%s/json", image);

    struct exchange *x = when_get_at(s, "", "/images/%s/json", image);

    then_status(x, 200);
    then_status(newest, 200);
    then_true(s, json_same(x->json, newest->json), "the same answer as at version %s", s->facts->api_version);
}

static const struct new_version {
    const char *label, *version;
} new_versions[] = {
    {"one minor number", "1.999"},
    { "the next major",  "2.0"  },
};

static void a_version_that_is_too_new_is_refused(void **state)
{
    struct scene *s = *state;
    const struct new_version *row = s->row;

    struct exchange *x = when_get_at(s, row->version, "/info");

    then_refused(x, 400);
    then_error_mentions(x, "too new");
    then_error_mentions(x, row->version);
    then_error_mentions(x, s->facts->api_version);
}

static void nothing_is_done_for_a_version_that_is_too_new(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "v");

    struct exchange *x = when_post_at(s, "1.999", json_of("{'Name': '%s'}", name), "/volumes/create");

    then_refused(x, 400);
    then_not_found(s, "/volumes/%s", name);
}

/* The body is JSON on some releases and plain text on others, for the clients of that time. */
static void a_version_that_is_too_old_is_refused(void **state)
{
    struct scene *s = *state;
    unsigned major = 0, minor = 0;
    const char *name = scene_unique_name(s, "v");

    if (sscanf(s->facts->min_api_version, "%u.%u", &major, &minor) != 2 || minor == 0)
        case_not_applicable(s, "the oldest version is %s", s->facts->min_api_version);

    struct exchange *x = when_post_at(s, scene_printf(s, "%u.%u", major, minor - 1),
                                      json_of("{'Name': '%s'}", name), "/volumes/create");

    then_status(x, 400);
    then_body_mentions(x, "too old");
    then_body_mentions(x, s->facts->min_api_version);
    then_not_found(s, "/volumes/%s", name);
}

static const struct malformed {
    const char *label, *path;
} malformed[] = {
    {"no number",       "/vX/version"         },
    { "half a number",  "/v1.x/version"       },
    { "nothing behind", "/v/version"          },
    { "no v",           "/1.41/version"       },
    { "twice",          "/v1.41/v1.41/version"},
};

static void a_malformed_version_is_an_unknown_path(void **state)
{
    struct scene *s = *state;
    const struct malformed *row = s->row;

    struct exchange *x = when_get_at(s, "", "%s", row->path);

    then_status(x, 404);
}

static const struct answer {
    const char *label, *version, *path;
    int status;
} answers[] = {
    {"an answer",          NULL,    "/version",                       200},
    { "nothing found",     NULL,    "/containers/plimsoll-none/json", 404},
    { "a version too new", "1.999", "/version",                       400},
};

static void every_answer_names_the_newest_version(void **state)
{
    struct scene *s = *state;
    const struct answer *row = s->row;

    struct exchange *x = when_get_at(s, row->version, "%s", row->path);

    then_status(x, row->status);
    then_header(x, "Api-Version", s->facts->api_version);
}

CASES(cross_versioning) = {
    CASE_ROWS("Versioning.routes", a_route_is_there_with_and_without_a_version, routes),
    CASE("Versioning.none", without_a_version_the_newest_is_spoken),
    CASE_ROWS("Versioning.too-new", a_version_that_is_too_new_is_refused, new_versions),
    CASE("Versioning.too-new", nothing_is_done_for_a_version_that_is_too_new),
    CASE("Versioning.too-old", a_version_that_is_too_old_is_refused),
    CASE_ROWS("Versioning.malformed", a_malformed_version_is_an_unknown_path, malformed),
    CASE_ROWS("Versioning.header", every_answer_names_the_newest_version, answers),
    CASE_END,
};
