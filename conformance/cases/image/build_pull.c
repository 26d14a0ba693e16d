/* cases/image/build_pull.c - POST /build whose FROM names an image of a registry that wants to know who asks. */
#include "harness/scene/build.h"
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#include <string.h>

#define SECRET "canary-of-plimsoll"
#define KNOWN  "{\"username\": \"hold\", \"password\": \"" SECRET "\"}"

static const struct asking {
    const char *label, *config; /* %s: the registry */
    bool known;
} askings[] = {
    {"as it is called",   "{\"%s\": " KNOWN "}",                                                          true },
    { "by an address",    "{\"http://%s/v1/\": " KNOWN "}",                                               true },
    { "beside another",   "{\"other:1\": {\"username\": \"x\", \"password\": \"y\"}, \"%s\": " KNOWN "}",
     true                                                                                                      },
    { "another alone",    "{\"%s1\": " KNOWN "}",                                                         false},
    { "a wrong password", "{\"%s\": {\"username\": \"hold\", \"password\": \"" SECRET "-not\"}}",         false},
    { "nobody",           "{}",                                                                           false},
    { "no object at all", NULL,                                                                           false},
};

static void the_header_tells_who_pulls(void **state)
{
    struct scene *s = *state;
    const struct asking *row = s->row;
    struct registry *g = given_registry(s);
    const struct held *held = given_held(g, (struct holding){ .tag = "1" });
    const char *host = registry_host(g), *at = row->config ? strstr(row->config, "%s") : NULL;
    const char *config =
        at ? scene_printf(s, "%.*s%s%s", (int)(at - row->config), row->config, host, at + 2) : row->config;
    given_auth(g, "basic hold " SECRET " id tok");

    struct exchange *x =
        when_build_as(s, "application/x-tar",
                      scene_printf(s, "X-Registry-Config: %s", config ? base64_url(s, config) : "no-base64!"),
                      scene_printf(s, "FROM %s:1\nENV A=b\n", held->name));

    if (row->known) {
        then_status(x, 200);
        then_json_contains(when_get(s, "/images/%s/json", build_id(s, x)), "Config.Env", "A=b");
    } else {
        then_true(s, x->status >= 400 || *build_error(s, x), "an error, by the status or in the stream");
        then_not_found(s, "/images/%s:1/json", held->name);
    }
    then_body_lacks(x, SECRET);
}

CASES(image_build_pull) = {
    CASE_ROWS("ImageBuild.registry-config", the_header_tells_who_pulls, askings),
    CASE_END,
};
