/* then/then_test.c - that each then_* can fail, and what a case's process makes of it.
 *
 * No cmocka on the outside: case_run() is a cmocka group of its own, and two cannot be nested. There is no engine; the exchanges
 * are made up. */
#include "harness/then/then.h"
#include "harness/case_run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char type_name[] = "Content-Type", json_text[] = "application/json", method[] = "GET", path[] = "/x",
            reason[] = "R";
static struct wire_header headers[] = {
    {type_name, json_text},
};

/* An answer with that JSON body; one at a time. */
static struct exchange *answer(int status, const char *text)
{
    static struct exchange x;
    static char body[1024];

    json_decref(x.json);
    snprintf(body, sizeof body, "%s", text);
    x = (struct exchange){
        .method = method, .path = path, .status = status, .reason = reason, .body = body, .index = -1
    };
    x.size = strlen(body);
    x.headers = (struct wire_headers){ headers, 1 };
    x.json = json_loads(body, JSON_DECODE_ANY, NULL);
    return &x;
}

static struct exchange *silence(void)
{
    static char error[] = "no whole answer within 5 ms";
    struct exchange *x = answer(0, "");

    x->error = error;
    return x;
}

#define BODY                                                                                                 \
    "{'a': 'text', 'n': 7, 'b': true, 'z': null, 'l': ['one', 'two'], 'o': {'k': 1}, 'd': "                  \
    "'2026-01-02T03:04:05.6Z'}"

static struct exchange *good(void)
{
    json_t *json = json_of(BODY);
    char *text = json_dumps(json, JSON_COMPACT);
    struct exchange *x = answer(200, text);

    json_decref(json);
    free(text);
    return x;
}

static struct exchange *answer_of(const char *operation, const char *text)
{
    static char name[32];
    struct exchange *x = answer(200, text);

    snprintf(name, sizeof name, "%s", operation);
    x->operation = name;
    return x;
}

static void all_hold(void **state)
{
    struct scene *s = *state;
    struct exchange *x = good();

    then_status(x, 200);
    then_status_in(x, 204, 200);
    then_content_type(x, "application/json");
    then_header(x, "content-type", "application/json");
    then_header_absent(x, "X-None");
    then_json_string(x, "a", "text");
    then_json_int(x, "n", 7);
    then_json_bool(x, "b", true);
    then_json_null(x, "z");
    then_json_present(x, "z");
    then_json_absent(x, "none");
    then_json_equals(x, "l", "['one', 'two']");
    then_json_length(x, "l", 2);
    then_json_not_empty(x, "o");
    then_json_empty(x, "none");
    then_json_empty(x, "z");
    then_json_is_object(x, "o");
    then_json_between(x, "n", 1, 7);
    then_json_date(x, "d");
    then_json_contains(x, "l", "two");
    then_json_contains(x, "a", "ex");
    then_json_lacks(x, "l", "three");
    then_true(s, true, "all is well");
    json_t *one = json_of("{'a': {'b': [1]}, 'n': null, 'e': 1}"),
           *other = json_of("{'a': {'b': [1]}, 'e': 2}");
    then_same(s, "two", one, other, "x e");
    json_decref(one);
    json_decref(other);
    then_body_holds(answer_of("NetworkPrune", "{\"NetworksDeleted\": null}"), "Bodies.members");
    then_body_holds(answer_of("NetworkPrune", "{}"), "Bodies.types");
    then_error_mentions(answer(404, "{\"message\": \"No such THING\"}"), "no such thing");
    then_no_body(answer(204, ""));
}

#define FAILS(name, ...)                                                                                     \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        struct scene *s = *state;                                                                            \
        struct exchange *x = good();                                                                         \
        (void)s;                                                                                             \
        (void)x;                                                                                             \
        __VA_ARGS__;                                                                                         \
    }

FAILS(status, then_status(x, 204))
FAILS(status_of_silence, then_status(silence(), 200))
FAILS(status_in, then_status_in(x, 201, 204))
FAILS(no_body, then_no_body(x))
FAILS(no_body_of_silence, then_no_body(silence()))
FAILS(error_form, then_error_form(answer(404, "{}")))
FAILS(error_status, then_error_form(answer(200, "{\"message\": \"fine\"}")))
FAILS(error_mentions, then_error_mentions(answer(404, "{\"message\": \"other\"}"), "thing"))
FAILS(refused, then_refused(answer(500, "{\"message\": \"m\"}"), 409))
FAILS(header, then_header(x, "Content-Type", "text/plain"))
FAILS(header_missing, then_header(x, "X-None", NULL))
FAILS(header_there, then_header_absent(x, "Content-Type"))
FAILS(content_type, then_content_type(x, "application"))
FAILS(body, then_body(x, "OK"))
FAILS(body_mentions, then_body_mentions(x, "absent"))
FAILS(body_lacks, then_body_lacks(x, "text"))
FAILS(body_holds, then_body_holds(answer_of("NetworkPrune", "{}"), "Bodies.members"))
FAILS(body_holds_without_json, then_body_holds(answer_of("NetworkPrune", "none"), "Bodies.types"))
FAILS(member_string, then_json_string(x, "a", "other"))
FAILS(member_string_type, then_json_string(x, "n", "7"))
FAILS(member_int, then_json_int(x, "n", 8))
FAILS(member_int_type, then_json_int(x, "a", 0))
FAILS(member_bool, then_json_bool(x, "b", false))
FAILS(member_bool_missing, then_json_bool(x, "none", false))
FAILS(member_null, then_json_null(x, "none"))
FAILS(member_present, then_json_present(x, "none"))
FAILS(member_absent, then_json_absent(x, "z"))
FAILS(member_absent_without_json, then_json_absent(answer(200, "no json"), "a"))
FAILS(member_equals, then_json_equals(x, "l", "['two', 'one']"))
FAILS(member_length, then_json_length(x, "l", 1))
FAILS(member_not_empty, then_json_not_empty(x, "z"))
FAILS(member_empty, then_json_empty(x, "l"))
FAILS(member_type, then_json_is_string(x, "n"))
FAILS(member_between, then_json_between(x, "n", 8, 9))
FAILS(member_date, then_json_date(x, "a"))
FAILS(member_hex_id, then_json_hex_id(x, "a"))
FAILS(member_digest, then_json_digest(x, "a"))
FAILS(member_contains, then_json_contains(x, "l", "on"))
FAILS(member_lacks, then_json_lacks(x, "l", "one"))
FAILS(member_lacks_missing, then_json_lacks(x, "none", "one"))
FAILS(member_has, then_json_has(answer(200, "[{\"a\": 1}]"), "", "{'a': 2}"))
FAILS(member_has_none, then_json_has_none(answer(200, "[{\"a\": 1, \"b\": 2}]"), "", "{'a': 1}"))
FAILS(member_has_none_of_no_array, then_json_has_none(x, "", "{'a': 1}"))
FAILS(truth, then_true(s, false, "that %d is 2", 1))
FAILS(integer, then_int(s, "count", 1, 2))
FAILS(string, then_string(s, "name", NULL, "x"))
FAILS(part, then_mentions(s, "text", "abc", "d"))
FAILS(same, then_same(s, "two", json_at(x->json, "l"), json_at(x->json, "o"), NULL))
FAILS(same_lacks, then_same(s, "two", json_at(x->json, "z"), json_at(x->json, "o"), NULL))
FAILS(same_member, then_same(s, "two", json_at(x->json, "o"), x->json, "a"))
FAILS(same_nothing, then_same(s, "two", NULL, NULL, NULL))

static void nothing_is_asserted(void **state)
{
    (void)state;
}

static void a_crash(void **state)
{
    (void)state;
    raise(SIGSEGV);
}

static void blocked(void **state)
{
    case_blocked(*state, "there is no %s", "moon");
}

static void not_a_template(void **state)
{
    (void)state;
    json_decref(json_of("{a"));
}

static int wrong;

static void expect(CMUnitTestFunction run, const char *name, enum verdict verdict, const char *mentions)
{
    const struct suite_case suite_case = { "Section.clause", name, run, 0, 0, NULL, 0, 0 };
    const struct engine_facts facts = { 0 };
    const struct case_context context = { .facts = &facts,
                                          .run_id = "test",
                                          .api_version = "1.41",
                                          .fixtures_dir = "/nowhere",
                                          .keep = true,
                                          .outcome_fd = -1 };
    struct outcome outcome;

    case_run(&suite_case, 0, &context, &outcome);
    if (outcome.verdict != verdict || (mentions && (!outcome.reason || !strstr(outcome.reason, mentions))) ||
        (verdict == VERDICT_FAIL && (!outcome.failed || outcome.failed->line == 0))) {
        fprintf(stderr, "*** %s: wanted %s, got %s: %s\n", name, verdict_name(verdict),
                verdict_name(outcome.verdict), outcome.reason ? outcome.reason : "");
        wrong++;
    }
    outcome_clear(&outcome);
}

#define EXPECT_FAIL(function, text)                                                                          \
    {                                                                                                        \
        function, #function, text                                                                            \
    }

static const struct failing {
    CMUnitTestFunction run;
    const char *name, *mentions;
} failing[] = {
    EXPECT_FAIL(status, "status: wanted 204, got 200"),
    EXPECT_FAIL(status_of_silence, "no answer (no whole answer within 5 ms)"),
    EXPECT_FAIL(status_in, "wanted 201 or 204, got 200"),
    EXPECT_FAIL(no_body, "body: wanted none"),
    EXPECT_FAIL(no_body_of_silence, "body: wanted none"),
    EXPECT_FAIL(error_form, "wanted {\"message\""),
    EXPECT_FAIL(error_status, "an error"),
    EXPECT_FAIL(error_mentions, "\"thing\" in it, got \"other\""),
    EXPECT_FAIL(refused, "wanted 409, got 500 (m)"),
    EXPECT_FAIL(header, "header Content-Type"),
    EXPECT_FAIL(header_missing, "header X-None"),
    EXPECT_FAIL(header_there, "wanted none"),
    EXPECT_FAIL(content_type, "Content-Type"),
    EXPECT_FAIL(body, "wanted \"OK\""),
    EXPECT_FAIL(body_mentions, "\"absent\" in it"),
    EXPECT_FAIL(body_lacks, "no \"text\" in it"),
    EXPECT_FAIL(body_holds, "Bodies.members: NetworkPrune: NetworksDeleted is missing"),
    EXPECT_FAIL(body_holds_without_json, "no JSON"),
    EXPECT_FAIL(member_string, "a: wanted \"other\", got \"text\""),
    EXPECT_FAIL(member_string_type, "n: wanted \"7\", got 7"),
    EXPECT_FAIL(member_int, "n: wanted 8, got 7"),
    EXPECT_FAIL(member_int_type, "a: wanted 0"),
    EXPECT_FAIL(member_bool, "b: wanted false, got true"),
    EXPECT_FAIL(member_bool_missing, "got nothing"),
    EXPECT_FAIL(member_null, "wanted null, got nothing"),
    EXPECT_FAIL(member_present, "wanted some value"),
    EXPECT_FAIL(member_absent, "wanted nothing there, got null"),
    EXPECT_FAIL(member_absent_without_json, "no JSON body"),
    EXPECT_FAIL(member_equals, "l: wanted [\"two\",\"one\"]"),
    EXPECT_FAIL(member_length, "1 elements"),
    EXPECT_FAIL(member_not_empty, "not empty"),
    EXPECT_FAIL(member_empty, "something empty"),
    EXPECT_FAIL(member_type, "of type string, got 7"),
    EXPECT_FAIL(member_between, "8 to 9, got 7"),
    EXPECT_FAIL(member_date, "RFC 3339"),
    EXPECT_FAIL(member_hex_id, "64 hexadecimal"),
    EXPECT_FAIL(member_digest, "sha256:"),
    EXPECT_FAIL(member_contains, "\"on\" in it"),
    EXPECT_FAIL(member_lacks, "no \"one\" in it"),
    EXPECT_FAIL(member_lacks_missing, "no \"one\" in it"),
    EXPECT_FAIL(member_has, "an element with"),
    EXPECT_FAIL(member_has_none, "no element with"),
    EXPECT_FAIL(member_has_none_of_no_array, "no element with"),
    EXPECT_FAIL(truth, "wanted: that 1 is 2"),
    EXPECT_FAIL(integer, "count: wanted 2, got 1"),
    EXPECT_FAIL(string, "name: wanted \"x\", got nothing"),
    EXPECT_FAIL(part, "\"d\" in it"),
    EXPECT_FAIL(same, "two: wanted {\"k\":1}, got [\"one\",\"two\"]"),
    EXPECT_FAIL(same_lacks, "two: wanted {\"k\":1}, got null"),
    EXPECT_FAIL(same_member, "two: k: wanted nothing, got 1"),
    EXPECT_FAIL(same_nothing, "two: wanted nothing, got nothing"),
};

int main(void)
{
    expect(all_hold, "all_hold", VERDICT_PASS, NULL);
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
        expect(failing[i].run, failing[i].name, VERDICT_FAIL, failing[i].mentions);
    expect(nothing_is_asserted, "nothing_is_asserted", VERDICT_FAULT, "no assertion");
    expect(a_crash, "a_crash", VERDICT_FAULT, "without a verdict");
    expect(blocked, "blocked", VERDICT_BLOCKED, "there is no moon");
    expect(not_a_template, "not_a_template", VERDICT_FAULT, "not JSON");
    return wrong ? 1 : 0;
}
