/* cases/system/ping.c - GET and HEAD /_ping */
#include "harness/then/then.h"

#include <string.h>

static void ping_answers_ok(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/_ping");

    then_status(x, 200);
    then_content_type(x, "text/plain");
    then_body(x, "OK");
}

/* Clients negotiate by this header before they know any version, so it must come without a prefix too. */
static void ping_tells_the_newest_version(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get_at(s, "", "/_ping");

    then_status(x, 200);
    then_header(x, "Api-Version", s->facts->api_version);
}

static void ping_must_not_be_cached(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/_ping");

    then_status(x, 200);
    then_header(x, "Cache-Control", "no-cache, no-store, must-revalidate");
    then_header(x, "Pragma", "no-cache");
}

static void ping_tells_the_system_of_the_containers(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/_ping");

    then_status(x, 200);
    then_header(x, "Ostype", s->facts->os);
}

static void ping_tells_whether_the_engine_is_experimental(void **state)
{
    struct scene *s = *state;
    const json_t *info = given_get(s, "/info");

    struct exchange *x = when_get(s, "/_ping");

    then_status(x, 200);
    then_header(x, "Docker-Experimental",
                json_is_true(json_at(info, "ExperimentalBuild")) ? "true" : "false");
}

static void ping_tells_the_builder(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/_ping");
    const char *builder = exchange_header(x, "Builder-Version");

    then_status(x, 200);
    then_true(s, builder && (strcmp(builder, "1") == 0 || strcmp(builder, "2") == 0),
              "Builder-Version is 1 or 2");
}

static void ping_by_head_tells_as_much(void **state)
{
    struct scene *s = *state;
    struct exchange *get = when_get(s, "/_ping");

    struct exchange *x = when_head(s, "/_ping");

    then_status(x, 200);
    then_header(x, "Ostype", exchange_header(get, "Ostype"));
    then_header(x, "Docker-Experimental", exchange_header(get, "Docker-Experimental"));
    then_header(x, "Cache-Control", exchange_header(get, "Cache-Control"));
    then_header(x, "Pragma", exchange_header(get, "Pragma"));
    if (exchange_header(get, "Builder-Version"))
        then_header(x, "Builder-Version", exchange_header(get, "Builder-Version"));
    if (exchange_header(get, "Swarm"))
        then_header(x, "Swarm", exchange_header(get, "Swarm"));
}

/* "inactive", or, for a node of a swarm, "active/manager" and the like. */
static void ping_tells_the_state_in_a_swarm(void **state)
{
    struct scene *s = *state;
    const json_t *info = given_get(s, "/info");
    const char *local = json_string_value(json_at(info, "Swarm.LocalNodeState"));

    struct exchange *x = when_get(s, "/_ping");
    const char *told = exchange_header(x, "Swarm");

    then_status(x, 200);
    then_string(s, "the header Swarm up to a slash",
                told ? scene_printf(s, "%.*s", (int)strcspn(told, "/"), told) : NULL,
                local ? local : "inactive");
}

static void ping_by_head_has_the_headers_and_no_body(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_head_at(s, "", "/_ping");

    then_status(x, 200);
    then_no_body(x);
    then_header(x, "Api-Version", s->facts->api_version);
}

CASES(system_ping) = {
    CASE("SystemPing.ok", ping_answers_ok),
    CASE("SystemPing.api-version", ping_tells_the_newest_version),
    CASE("SystemPing.no-cache", ping_must_not_be_cached),
    CASE("SystemPing.os", ping_tells_the_system_of_the_containers),
    CASE("SystemPing.experimental", ping_tells_whether_the_engine_is_experimental),
    CASE("SystemPing.builder", ping_tells_the_builder),
    CASE("SystemPing.swarm", ping_tells_the_state_in_a_swarm),
    CASE("SystemPingHead.all-headers", ping_by_head_tells_as_much),
    CASE("SystemPingHead.headers", ping_by_head_has_the_headers_and_no_body),
    CASE_END,
};
