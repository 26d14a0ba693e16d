/* report/view_test.c - every view tells the same counts, and none lets an engine's bytes break its form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/diff.h"
#include "report/memory.h"
#include "report/result.h"
#include "report/view.h"

#define HOSTILE "]]> <b> & \" # SKIP | \x1b[2J \n ok 7"

static json_t *a_case(const char *id, enum verdict verdict, bool expected)
{
    json_t *one = json_pack("{s:s, s:s, s:s, s:f, s:[{s:s}], s:[{s:s, s:s, s:i, s:s, s:s}]}", "id", id,
                            "verdict", verdict_name(verdict), "reason", HOSTILE, "seconds", 0.5, "clauses",
                            "name", "A.one", "exchanges", "method", "GET", "path", "/x", "status", 200,
                            "body", HOSTILE, "curl", "curl x");

    assert_non_null(one);
    if (expected)
        json_object_set_new(one, "expected", json_pack("{s:s}", "reason", HOSTILE));
    return one;
}

/* 3 pass, 2 fail and 1 expected, 1 of each of the rest; the total is 10. */
static json_t *a_result(bool strict)
{
    static const enum verdict verdicts[] = { VERDICT_PASS,           VERDICT_PASS,        VERDICT_PASS,
                                             VERDICT_FAIL,           VERDICT_FAIL,        VERDICT_FAIL,
                                             VERDICT_NOT_APPLICABLE, VERDICT_UNSUPPORTED, VERDICT_BLOCKED,
                                             VERDICT_FAULT };
    json_t *result =
        json_pack("{s:i, s:{s:b}, s:[]}", "schema", RESULT_SCHEMA, "run", "strict", strict, "cases");
    char id[64];

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        snprintf(id, sizeof(id), "A.one case_%zu[" HOSTILE "]", i);
        json_array_append_new(json_object_get(result, "cases"), a_case(id, verdicts[i], i == 5));
    }
    return result;
}

static char *view_text(const char *format, const json_t *result)
{
    char *text;
    size_t size;
    FILE *out = must_stream(&text, &size);

    view_write(format, result, out);
    must_close(out);
    return text;
}

static unsigned count(const char *text, const char *what)
{
    unsigned ret = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        ret++;
    return ret;
}

static void the_tally_counts_each_case_once(void **state)
{
    json_t *result = a_result(false);
    struct tally tally;

    (void)state;
    result_tally(result, &tally);
    assert_int_equal(tally.of[VERDICT_PASS], 3);
    assert_int_equal(tally.of[VERDICT_FAIL], 3);
    assert_int_equal(tally.expected, 1);
    assert_int_equal(tally.red, 3); /* two fails and the fault */
    assert_int_equal(tally.total, 10);
    json_decref(result);
}

static void check_views(bool strict, unsigned red, unsigned skipped)
{
    json_t *result = a_result(strict);
    char *tap = view_text("tap", result), *junit = view_text("junit", result);
    char *html = view_text("html", result), *markdown = view_text("markdown", result);

    assert_int_equal(count(tap, "\nok "), 3 + skipped - 1);
    assert_int_equal(count(tap, "\nnot ok "), red + 1); /* the expected one is a TODO */
    assert_int_equal(count(tap, "] # SKIP "), skipped - 1);
    assert_int_equal(count(tap, "] # TODO "), 1);
    assert_int_equal(count(junit, "<testcase "), 10);
    assert_int_equal(count(junit, "<failure "), red - 1);
    assert_int_equal(count(junit, "<error "), 1);
    assert_int_equal(count(junit, "<skipped "), skipped);
    assert_int_equal(count(junit, strict ? "failures=\"4\" errors=\"1\" skipped=\"2\""
                                         : "failures=\"2\" errors=\"1\" skipped=\"4\""),
                     2);
    assert_int_equal(count(html, "class=\"pass\""), 3);
    assert_int_equal(count(html, "class=\"fail\""), 3);
    assert_int_equal(count(html, "<b>"), 10); /* none of the engine's */
    assert_int_equal(count(markdown, "\n- **"), 7);
    assert_int_equal(count(junit, "\x1b"), 0);
    assert_int_equal(count(tap, "\x1b"), 0);
    assert_int_equal(count(html, "\x1b"), 0);
    assert_int_equal(count(junit, "]]>"), 0);
    free(tap);
    free(junit);
    free(html);
    free(markdown);
    json_decref(result);
}

static void har_has_a_page_for_each_case(void **state)
{
    json_t *result = a_result(false);
    char *text = view_text("har", result);
    json_t *har = json_loads(text, 0, NULL);

    (void)state;
    assert_int_equal(json_array_size(value_at(har, "log.pages")), 10);
    assert_int_equal(json_array_size(value_at(har, "log.entries")), 10);
    assert_string_equal(text_at(json_array_get(value_at(har, "log.entries"), 9), "pageref"), "case_10");
    assert_string_equal(text_at(json_array_get(value_at(har, "log.entries"), 0), "response.content.text"),
                        HOSTILE);
    json_decref(har);
    free(text);
    json_decref(result);
}

static void views_have_equal_counts(void **state)
{
    (void)state;
    check_views(false, 3, 4);
}

static void strict_views_have_equal_counts(void **state)
{
    (void)state;
    check_views(true, 5, 2);
}

static void a_file_is_whole_or_not_there(void **state)
{
    char folder[] = "/tmp/plimsoll-view-XXXXXX", *why = NULL;
    json_t *result = a_result(false);

    (void)state;
    assert_non_null(mkdtemp(folder));
    char *path = must_format("%s/result.json", folder), *nowhere = must_format("%s/none/result.json", folder);
    assert_int_equal(view_write_file("json", result, path, &why), 0);
    json_t *again = result_load(path, &why);
    assert_true(json_equal(result, again));
    assert_int_equal(view_write_file("json", result, nowhere, &why), -1);
    free(why);
    assert_int_equal(view_write_file("json", result, "/dev/full", &why), -1);
    free(why);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* no temporary file is left either */
    free(path);
    free(nowhere);
    json_decref(again);
    json_decref(result);
}

static void a_diff_says_what_got_worse(void **state)
{
    json_t *a = json_pack("{s:[o, o, o, o]}", "cases", a_case("w", VERDICT_PASS, false),
                          a_case("f", VERDICT_FAIL, false), a_case("g", VERDICT_PASS, false),
                          a_case("n", VERDICT_PASS, false));
    json_t *b = json_pack("{s:[o, o, o, o]}", "cases", a_case("w", VERDICT_FAIL, false),
                          a_case("f", VERDICT_PASS, false), a_case("+", VERDICT_FAIL, false),
                          a_case("n", VERDICT_NOT_APPLICABLE, false));
    json_t *diff = result_diff(a, b);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(diff, "regressions")), 1);
    assert_string_equal(text_at(json_array_get(json_object_get(diff, "regressions"), 0), "id"), "w");
    assert_int_equal(json_array_size(json_object_get(diff, "fixed")), 1);
    assert_int_equal(json_array_size(json_object_get(diff, "new")), 1);
    assert_int_equal(json_array_size(json_object_get(diff, "gone")), 1);
    assert_int_equal(json_array_size(json_object_get(diff, "changed")), 1);
    json_decref(diff);
    json_decref(a);
    json_decref(b);
}

static void a_run_that_ended_early_has_got_worse(void **state)
{
    json_t *a =
        json_pack("{s:[o, o]}", "cases", a_case("p", VERDICT_PASS, false), a_case("f", VERDICT_FAIL, false));
    json_t *b = json_pack("{s:s, s:[o, o]}", "stopped", "the engine died", "cases",
                          a_case("1", VERDICT_PASS, false), a_case("2", VERDICT_FAIL, false));
    json_t *diff = result_diff(a, b);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(diff, "regressions")), 1);
    assert_string_equal(text_at(json_array_get(json_object_get(diff, "regressions"), 0), "id"), "p");
    assert_int_equal(json_array_size(json_object_get(diff, "gone")), 1);
    assert_string_equal(text_at(json_array_get(json_object_get(diff, "new"), 0), "id"), "2");
    assert_non_null(strstr(text_at(diff, "after"), "the engine died"));
    json_decref(diff);
    json_decref(a);
    json_decref(b);
}

/* 10 cases of one clause, of which a fail is the worst; nothing in it is the run's own. */
static void a_ledger_has_a_line_per_clause(void **state)
{
    json_t *result = a_result(false);
    json_object_set_new(json_object_get(result, "run"), "id", json_string("lp0r00i6j0tp2pah"));
    json_t *one = json_array_get(json_object_get(result, "cases"), 3);
    json_object_set_new(one, "name", json_string("a_name"));
    json_object_set_new(one, "row", json_string("r"));
    json_object_set_new(one, "reason", json_string("got plimsoll-lp0r00i6j0tp2pah-1-2-c"));
    char *text = view_text("ledger", result);
    json_t *ledger = json_loads(text, 0, NULL), *clause = json_object_get(ledger, "clauses");

    (void)state;
    assert_non_null(ledger);
    assert_int_equal(json_object_size(clause), 1);
    clause = json_object_get(clause, "A.one");
    assert_string_equal(text_at(clause, "verdict"), "fail");
    assert_int_equal(number_at(clause, "cases"), 10);
    assert_int_equal(json_array_size(json_object_get(clause, "why")), 7);
    assert_string_equal(json_string_value(json_array_get(json_object_get(clause, "why"), 0)),
                        "a_name[r]: got plimsoll-RUN-c");
    assert_int_equal(count(text, "\n  \""), 1);
    json_decref(ledger);
    json_decref(result);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tally_counts_each_case_once),
        cmocka_unit_test(har_has_a_page_for_each_case),
        cmocka_unit_test(views_have_equal_counts),
        cmocka_unit_test(strict_views_have_equal_counts),
        cmocka_unit_test(a_file_is_whole_or_not_there),
        cmocka_unit_test(a_diff_says_what_got_worse),
        cmocka_unit_test(a_run_that_ended_early_has_got_worse),
        cmocka_unit_test(a_ledger_has_a_line_per_clause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
