/* What strangers send in headers and short answers; the client itself is tried by the suite and by ci/tests/registry_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "registry/challenge.h"
#include "registry/client.h"

static void a_challenge_is_taken_apart(void **state)
{
    struct challenge c = { 0 };

    (void)state;
    challenge_parse("Negotiate, bearer realm=\"https://a/t\" , service=b,scope=\"repository:a/b:pull,push\", "
                    "Basic realm=\"x\"",
                    &c);
    assert_int_equal(c.kind, CHALLENGE_BEARER);
    assert_string_equal(c.realm, "https://a/t");
    assert_string_equal(c.service, "b");
    assert_string_equal(c.scope, "repository:a/b:pull,push");
    challenge_clear(&c);
    challenge_parse("Basic realm=\"a \\\"b\\\"\"", &c);
    assert_int_equal(c.kind, CHALLENGE_BASIC);
    assert_string_equal(c.realm, "a \"b\"");
    challenge_clear(&c);
    challenge_parse("Digest realm=\"a\"", &c);
    assert_int_equal(c.kind, CHALLENGE_NONE);
    challenge_clear(&c);
}

static void credentials_are_read(void **state)
{
    scoped(credentials_free) struct credentials *c = NULL;
    scoped(secret_free) char *basic = NULL;

    (void)state;
    /* {"username":"hold","password":"pw?>"} */
    assert_int_equal(credentials_parse("eyJ1c2VybmFtZSI6ImhvbGQiLCJwYXNzd29yZCI6InB3Pz4ifQ==", &c, NULL), 0);
    assert_string_equal(c->username, "hold");
    assert_null(c->identity_token);
    basic = credentials_basic(c);
    assert_string_equal(basic, "aG9sZDpwdz8+");
}

static void what_cannot_be_read_is_refused_and_not_quoted(void **state)
{
    static const char *const bad[] = { "!!!",  "eyJ1", "eyJ1c2VybmFtZSI6",
                                       "WzFd", "====", "eyJ1c2VybmFtZSI6MX0=" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct credentials *c = NULL;
        struct error err = { 0 };

        assert_int_equal(credentials_parse(bad[i], &c, &err), -1);
        assert_string_equal(err.text, "invalid X-Registry-Auth header");
    }
}

static void which_registries_may_speak_plainly(void **state)
{
    struct strv more = { 0 };

    (void)state;
    strv_add(&more, "r.example:5000");
    strv_add(&more, "10.1.0.0/16");
    assert_true(registry_is_insecure("127.0.0.1:5000", NULL));
    assert_true(registry_is_insecure("localhost", NULL));
    assert_true(registry_is_insecure("[::1]:5000", NULL));
    assert_false(registry_is_insecure("r.example:5000", NULL));
    assert_true(registry_is_insecure("r.example:5000", &more));
    assert_false(registry_is_insecure("r.example", &more));
    assert_true(registry_is_insecure("10.1.2.3:80", &more));
    assert_false(registry_is_insecure("10.2.2.3:80", &more));
    assert_false(registry_is_insecure("127.0.0.1.example", &more));
    strv_free(&more);
}

static void refusals_are_worded(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *text;
    } rows[] = {
        {"{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"none\"}]}", 404,
         "manifest unknown: none"                                                                                           },
        { "{\"errors\":[{\"code\":\"DENIED\"}]}",                               403, "denied: denied"                       },
        { "{\"errors\":5}",                                                     500, "received unexpected HTTP status: 500" },
        { "",                                                                   401, "unauthorized: authentication required"},
        { "{\"details\":\"who are you\"}",                                      401, "unauthorized: who are you"            },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str text = { 0 };

        registry_error_text(rows[i].body, strlen(rows[i].body), rows[i].status, &text);
        assert_string_equal(str_text(&text), rows[i].text);
        str_free(&text);
    }
}

static void a_token_must_fit_into_a_header(void **state)
{
    const char good[] = "{\"access_token\":\"a.b\",\"refresh_token\":\"r\"}",
               bad[] = "{\"token\":\"a\\r\\nb\"}";
    char *identity = NULL, *token = token_of_answer(good, strlen(good), &identity);

    (void)state;
    assert_string_equal(token, "a.b");
    assert_string_equal(identity, "r");
    secret_free(token);
    secret_free(identity);
    assert_null(token_of_answer(bad, strlen(bad), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_is_taken_apart),
        cmocka_unit_test(credentials_are_read),
        cmocka_unit_test(what_cannot_be_read_is_refused_and_not_quoted),
        cmocka_unit_test(which_registries_may_speak_plainly),
        cmocka_unit_test(refusals_are_worded),
        cmocka_unit_test(a_token_must_fit_into_a_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
