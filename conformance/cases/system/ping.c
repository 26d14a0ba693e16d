/* cases/system/ping.c - GET and HEAD /_ping */
#include "harness/then/then.h"

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
    CASE("SystemPingHead.headers", ping_by_head_has_the_headers_and_no_body),
    CASE_END,
};
