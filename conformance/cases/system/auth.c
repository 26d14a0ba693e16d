/* cases/system/auth.c - POST /auth */
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#define SECRET "canary-of-plimsoll"

static const struct login {
    const char *label, *auth, *server; /* of the server: HOST stands for the registry */
    bool by_token;
    const char *identity; /* that comes back */
} logins[] = {
    {"name and password",         "basic hold " SECRET " id tok",  "%s",            false, ""    },
    { "with a scheme and path",   "basic hold " SECRET " id tok",  "http://%s/v1/", false, ""    },
    { "a registry for everybody", "none",                          "%s",            false, ""    },
    { "a token server",           "bearer hold " SECRET " id tok", "%s",            false, "id"  },
    { "an identity token",        "bearer hold pw " SECRET " tok", "%s",            true,  SECRET},
};

static const char *server_of(struct registry *g, struct scene *s, const char *form)
{
    return form[0] == '%' ? registry_host(g) : scene_printf(s, "http://%s/v1/", registry_host(g));
}

static void who_is_known_logs_in(void **state)
{
    struct scene *s = *state;
    const struct login *row = s->row;
    struct registry *g = given_registry(s);
    const char *server = server_of(g, s, row->server);
    json_t *body = row->by_token ? json_of("{'serveraddress': '%s', 'identitytoken': '%s'}", server, SECRET)
                                 : json_of("{'serveraddress': '%s', 'username': 'hold', 'password': '%s'}",
                                           server, SECRET);
    given_auth(g, "%s", row->auth);
    if (row->by_token)
        scene_sends_unknown(s); /* the documentation leaves it out */

    struct exchange *x = when_post_json(s, body, "/auth");

    then_status(x, 200);
    then_json(x, "Status", "Login Succeeded");
    then_json(x, "IdentityToken", row->identity);
    then_true(s, registry_requests(g, "GET /v2/ ") >= 1, "the registry was asked");
}

static const struct login wrong[] = {
    {"wrong password",        "basic hold right id tok",  "%s", false, NULL},
    { "wrong, for a token",   "bearer hold right id tok", "%s", false, NULL},
    { "wrong identity token", "bearer hold pw id tok",    "%s", true,  NULL},
};

static void who_is_not_known_is_refused(void **state)
{
    struct scene *s = *state;
    const struct login *row = s->row;
    struct registry *g = given_registry(s);
    json_t *body = row->by_token
                       ? json_of("{'serveraddress': '%s', 'identitytoken': '%s'}", registry_host(g), SECRET)
                       : json_of("{'serveraddress': '%s', 'username': 'hold', 'password': '%s'}",
                                 registry_host(g), SECRET);
    given_auth(g, "%s", row->auth);
    if (row->by_token)
        scene_sends_unknown(s); /* the documentation leaves it out */

    struct exchange *x = when_post_json(s, body, "/auth");

    then_true(s, x->status == 401 || x->status == 500, "401 or 500");
    then_error_form(x);
    then_body_lacks(x, SECRET);
}

static void a_registry_that_is_not_there_is_an_error(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(
        s, json_of("{'serveraddress': '127.0.0.1:1', 'username': 'hold', 'password': '%s'}", SECRET),
        "/auth");

    then_status(x, 500);
    then_error_form(x);
    then_error_mentions(x, "127.0.0.1:1");
    then_body_lacks(x, SECRET);
}

static const struct broken {
    const char *label, *body;
} broken[] = {
    {"cut short", "{\"username\": \"" SECRET                            },
    { "a number", "{\"serveraddress\": 5, \"password\": \"" SECRET "\"}"},
    { "an array", "[\"" SECRET "\"]"                                    },
};

static void what_cannot_be_read_is_refused(void **state)
{
    struct scene *s = *state;
    const struct broken *row = s->row;

    scene_sends_unknown(s);
    struct exchange *x = when_post_text(s, "application/json", row->body, "/auth");

    then_true(s, x->status == 400 || x->status == 500, "400 or 500");
    then_error_form(x);
    then_body_lacks(x, SECRET);
}

CASES(system_auth) = {
    CASE_ROWS("SystemAuth.succeeds", who_is_known_logs_in, logins),
    CASE_ROWS("SystemAuth.unauthorized", who_is_not_known_is_refused, wrong),
    CASE("SystemAuth.unreachable", a_registry_that_is_not_there_is_an_error),
    CASE_ROWS("SystemAuth.broken", what_cannot_be_read_is_refused, broken),
    CASE_END,
};
