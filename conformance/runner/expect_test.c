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
    { "one with a link",  "A.one link=https://bugs/1 : known",                 "fail",    0, true },
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
    static const char *const wrong[] = { "A.one",
                                         "A.one :",
                                         "A.one known",
                                         "A.one until=soon : known",
                                         "\"A.one : x",
                                         "A.one engine= : x",
                                         "A.one api=1 api=2 : x",
                                         "A.one until=2027-13-01 : x",
                                         "A.one until=2027-12-00 : x",
                                         "A.one link= : x" };
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

/* --- writing the file anew --- */

#define RUN_ID "lp0r00i6j0tp2pah"

static const char *const written_ids[] = { "A.one B.two first", "A.one second[x]",   "A.one second[y \"z\"]",
                                           "C.three third",     "C.four fourth",     "D.five fifth[x]",
                                           "D.five fifth[y]",   "E.six not_selected" };

enum { WRITTEN = sizeof(written_ids) / sizeof(written_ids[0]) };

/* The clauses of an id: its words but the last. */
static json_t *clauses_of(const char *id)
{
    json_t *ret = json_array();

    for (const char *space; (space = strchr(id, ' ')) != NULL && strcspn(id, "[") > (size_t)(space - id);
         id = space + 1)
        json_array_append_new(ret, json_pack("{s:s%}", "name", id, (size_t)(space - id)));
    return ret;
}

/* `verdicts`: p, f or b for each id, as far as they ran. */
static json_t *run_of(const char *verdicts)
{
    json_t *cases = json_array();

    for (size_t i = 0; verdicts[i] != '\0'; i++) {
        const char *verdict = verdicts[i] == 'p' ? "pass" : verdicts[i] == 'f' ? "fail" : "blocked";
        json_array_append_new(cases, json_pack("{s:s, s:s, s:s, s:o}", "id", written_ids[i], "verdict",
                                               verdict, "reason", "status:\n got plimsoll-" RUN_ID "-1-2-x",
                                               "clauses", clauses_of(written_ids[i])));
    }
    return json_pack("{s:{s:s, s:s}, s:{s:s, s:s}, s:o}", "engine", "product", "Podman Engine", "version",
                     "5.8.6", "run", "api_version", "1.41", "id", RUN_ID, "cases", cases);
}

#define NEW " : status:  got plimsoll-RUN-x\n"

static const struct written_row {
    const char *label, *old, *verdicts, *wanted;
} written_rows[] = {
    {"nothing fails",         "",                                                 "ppppppp", ""                       },
    { "a clause",             "",                                                 "ppppfpp", "C.four" NEW             },
    { "a clause of two",      "",                                                 "fppfppp", "B.two" NEW "C.three" NEW},
    { "a case of a clause",   "",                                                 "pffpppp", "second" NEW             },
    { "a row",                "",                                                 "pppppfp", "fifth[x]" NEW           },
    { "a row with spaces",    "",                                                 "ppfpppp", "\"second[y ?z?]\"" NEW  },
    { "rows not run",         "",                                                 "pppppf",  "fifth[x]" NEW           },
    { "kept, with a comment", "# why\n\nC.four until=2020-01-01 link=l : ours\n", "ppppfpp",
     "# why\n\nC.four until=2020-01-01 link=l : ours\n"                                                               },
    { "passes now",           "C.four : ours\nC.three : mine",                    "pppfppp", "C.three : mine\n"       },
    { "is blocked",           "C.four : ours",                                    "ppppbpp", "C.four : ours\n"        },
    { "did not run",          "E.six : ours",                                     "ppppppp", "E.six : ours\n"         },
    { "names no case",        "F : ours",                                         "ppppppp", ""                       },
    { "another engine",       "C.four engine=Docker* : ours",                     "pppppfp",
     "C.four engine=Docker* : ours\nfifth[x]" NEW                                                                     },
    { "fails there and here", "C.four engine=Docker* : ours",                     "ppppfpp",
     "C.four engine=Docker* : ours\nC.four" NEW                                                                       },
    { "split",                "A version=5.* until=2027-01-01 : ours\n",          "pffpppp",
     "second version=5.* until=2027-01-01 : ours\n"                                                                   },
};

/* Two cases, each at two versions. */
static void versions_are_told_where_they_differ(void **state)
{
    static const char *const plain_ids[] = { "A.one first", "B.two second" };
    struct expectations none = { 0 }, again = { 0 };
    json_t *result = json_pack("{s:{s:s}, s:[]}", "run", "api_version", "all", "cases"), *one;
    const char *verdicts[] = { "fail", "fail", "pass", "fail" };
    char id[64], *why = NULL;
    size_t index;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const char *version = i % 2 == 0 ? "1.24" : "1.51";
        snprintf(id, sizeof(id), "%s@%s", plain_ids[i / 2], version);
        json_array_append_new(json_object_get(result, "cases"),
                              json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", id, "api_version", version,
                                        "verdict", verdicts[i], "reason", "r", "clauses", clauses_of(id)));
    }
    char *text = expectations_text(&none, result, plain_ids, 2);
    assert_string_equal(text, "A.one : r\nB.two@1.51 : r\n");
    assert_int_equal(expectations_parse(text, &again, &why), 0);
    json_array_foreach (json_object_get(result, "cases"), index, one) {
        expectations_mark(&again, result, one);
        assert_int_equal(case_is_expected(one), strcmp(verdicts[index], "fail") == 0);
    }
    expectations_judge(&again, result, plain_ids, 2, "2020-01-01");
    assert_int_equal(json_array_size(json_object_get(result, "stale")), 0);
    expectations_clear(&again);
    json_decref(result);
    free(text);
}

static void a_file_is_written_anew(void **state)
{
    const struct written_row *row = *state;
    struct expectations old = { 0 }, again = { 0 };
    json_t *result = run_of(row->verdicts);
    char *why = NULL;

    assert_int_equal(expectations_parse(row->old, &old, &why), 0);
    char *text = expectations_text(&old, result, written_ids, WRITTEN);
    assert_string_equal(text, row->wanted);
    assert_int_equal(expectations_parse(text, &again, &why), 0);
    json_t *one;
    size_t index;
    json_array_foreach (json_object_get(result, "cases"), index, one) {
        expectations_mark(&again, result, one);
        assert_int_equal(case_is_expected(one), row->verdicts[index] == 'f');
    }
    expectations_judge(&again, result, written_ids, WRITTEN, "2020-01-01");
    assert_int_equal(json_array_size(json_object_get(result, "stale")), 0);
    expectations_clear(&old);
    expectations_clear(&again);
    json_decref(result);
    free(text);
}

int main(void)
{
    enum { ROWS = sizeof(rows) / sizeof(rows[0]), MORE = sizeof(written_rows) / sizeof(written_rows[0]) };
    struct CMUnitTest tests[ROWS + MORE + 2];

    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){ rows[i].label, an_entry_is_applied, NULL, NULL, (void *)&rows[i] };
    for (size_t i = 0; i < MORE; i++)
        tests[ROWS + i] = (struct CMUnitTest){ written_rows[i].label, a_file_is_written_anew, NULL, NULL,
                                               (void *)&written_rows[i] };
    tests[ROWS + MORE] = (struct CMUnitTest)cmocka_unit_test(a_wrong_line_is_named);
    tests[ROWS + MORE + 1] = (struct CMUnitTest)cmocka_unit_test(versions_are_told_where_they_differ);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
