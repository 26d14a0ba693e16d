/* cases/orchestration/session.c - POST /session: what has no protocol that the engine speaks. */
#include "harness/then/then.h"

static void without_an_upgrade_there_is_no_session(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/session");

    then_refused(x, 400);
}

static void a_protocol_that_nobody_speaks_is_refused(void **state)
{
    struct scene *s = *state;
    const char *const headers[] = { "Connection: Upgrade", "Upgrade: plimsoll-none", NULL };

    struct exchange *x = when_sent(
        s, NULL, &(struct wire_request){ .method = "POST", .path = "/session", .headers = headers }, NULL);

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll-none");
}

CASES(orchestration_session) = {
    CASE("Session.no-upgrade", without_an_upgrade_there_is_no_session),
    CASE("Session.protocol", a_protocol_that_nobody_speaks_is_refused),
    CASE_END,
};
