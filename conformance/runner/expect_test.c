/* runner/expect_test.c - the expectations file: what it says, and when it is stale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/result.h"
#include "runner/expect.h"

/* Of a run at all versions: the case ran at 1.41. */
static json_t *a_result(const char *verdict)
{
    return json_pack("{s:{s:s, s:s}, s:{s:s}, s:[{s:s, s:s, s:s}]}", "engine", "product", "Podman Engine",
                     "version", "5.8.6", "run", "api_version", "all", "cases", "id", "A.one a_case[a b]@1.41",
                     "api_version", "1.41", "verdict", verdict);
}

static const char *const ids[] = { "A.one a_case[a b]", "B.two not_selected" };

/* How many sentences say that the file is stale; *expected: whether the case is known to fail. */
static size_t apply(const char *text, const char *verdict, bool *expected)
{
    struct expectations expectations;
    json_t *result = a_result(verdict);
    char *why = NULL;

    assert_int_equal(expectations_parse(text, &expectations, &why), 0);
    expectations_mark(&expectations, result, json_array_get(json_object_get(result, "cases"), 0));
    expectations_judge(&expectations, result, ids, 2, "2026-11-23");
    *expected = case_is_expected(json_array_get(json_object_get(result, "cases"), 0));
    size_t ret = json_array_size(json_object_get(result, "stale"));
    expectations_clear(&expectations);
    json_decref(result);
    return ret;
}

static const struct row {
    const char *label, *text, *verdict;
    size_t stale;
    bool expected;
} rows[] = {
    {"fails as expected", "A.one : known\n",                                   "fail",    0, true },
    { "passes",           "A.one : known\n",                                   "pass",    1, false},
    { "is blocked",       "A.one : known\n",                                   "blocked", 0, false},
    { "no such case",     "A.none : known",                                    "fail",    1, false},
    { "not selected",     "B.two : known",                                     "fail",    0, false},
    { "another engine",   "A.one engine=Docker* : known",                      "fail",    0, false},
    { "this engine",      "A.one engine=Podman* version=5.* api=1.41 : known", "fail",    0, true },
    { "this version",     "A.one@1.41 : known",                                "fail",    0, true },
    { "another version",  "A.one@1.24 : known",                                "fail",    0, false},
    { "another api",      "A.one api=1.24 : known",                            "pass",    0, false},
    { "the last day",     "A.one until=2026-11-23 : known",                    "fail",    0, true },
    { "expired",          "A.one until=2026-11-22 : known",                    "fail",    1, true },
    { "a row",            "# comment\n\n  \"a_case[a b]\" : known\r\n",        "fail",    0, true },
    { "not UTF-8",        "A.one : \xff",                                      "fail",    0, true },
};

static void an_entry_is_applied(void **state)
{
    const struct row *row = *state;
    bool expected;

    assert_int_equal(apply(row->text, row->verdict, &expected), row->stale);
    assert_int_equal(expected, row->expected);
}

static void a_wrong_line_is_named(void **state)
{
    static const char *const wrong[] = {
        "A.one",       "A.one :",           "A.one known",          "A.one until=soon : known",
        "\"A.one : x", "A.one engine= : x", "A.one api=1 api=2 : x"
    };
    char line[64], *why;
    struct expectations expectations;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(line, sizeof(line), "# x\n%s\n", wrong[i]);
        why = NULL;
        assert_int_equal(expectations_parse(line, &expectations, &why), -1);
        assert_int_equal(strncmp(why, "line 2: ", 8), 0);
        free(why);
    }
}

int main(void)
{
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
    struct CMUnitTest tests[ROWS + 1];

    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){ rows[i].label, an_entry_is_applied, NULL, NULL, (void *)&rows[i] };
    tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(a_wrong_line_is_named);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
