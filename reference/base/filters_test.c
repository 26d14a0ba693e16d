/* Unit tests of base/filters.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/filters.h"

static const char *const known[] = { "label", "label!", "name", "id", "dangling", NULL };

static struct filters *parsed(const char *text)
{
    struct filters *f = NULL;
    struct error err;

    assert_int_equal(filters_parse(text, known, &f, &err), 0);
    return f;
}

static void both_forms_are_the_same(void **state)
{
    static const char *const forms[] = { "{\"name\":[\"a\",\"b\"]}", "{\"name\":{\"a\":true,\"b\":true}}" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct filters *f = parsed(forms[i]);

        assert_int_equal(filters_count(f, "name"), 2);
        assert_string_equal(filters_value(f, "name", 1), "b");
        assert_true(filters_match(f, "name", "b"));
        assert_false(filters_match(f, "name", "c"));
        assert_true(filters_match(f, "id", "anything"));
        filters_free(f);
    }
}

static void no_filter_lets_all_pass(void **state)
{
    static const char *const none[] = { NULL, "", "null", "{}", "{\"name\":[]}", "{\"name\":{}}" };

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct filters *f = parsed(none[i]);

        assert_false(filters_has(f, "name"));
        assert_true(filters_match(f, "name", "x"));
        filters_free(f);
    }
}

static void what_is_no_filter_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
        /* clang-format off */
    } wrong[] = {
        { "x", "invalid filter" },
        { "[]", "invalid filter" },
        { "{} x", "invalid filter" },
        { "{\"label\":\"a\"}", "invalid filter" },
        { "{\"label\":{\"a\":1}}", "invalid filter" },
        { "{\"label\":[1]}", "invalid filter" },
        { "{\"name\":{\"b\":true},\"id\":[\"d\"]}", "invalid filter" },
        { "{\"bad\":[\"x\"]}", "invalid filter 'bad'" },
        { "{\"bad\":[]}", "invalid filter 'bad'" },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct filters *f = NULL;
        struct error err;

        assert_int_equal(filters_parse(wrong[i].text, known, &f, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
        assert_string_equal(err.text, wrong[i].why);
        assert_null(f);
    }
}

static void labels_must_all_fit(void **state)
{
    json_t *labels = json_pack("{s:s, s:s}", "a", "1", "b.c", "");
    struct filters *f = parsed("{\"label\":[\"a=1\",\"b.c\"],\"label!\":[\"d\"]}");

    (void)state;
    assert_true(filters_match_labels(f, "label", labels));
    assert_true(filters_match_labels(f, "label!", labels));
    assert_false(filters_match_labels(f, "label", NULL));
    json_object_set_new(labels, "d", json_string("x"));
    assert_false(filters_match_labels(f, "label!", labels));
    json_object_set_new(labels, "a", json_string("2"));
    assert_false(filters_match_labels(f, "label", labels));
    filters_free(f);
    json_decref(labels);
}

static void names_match_as_text_and_as_expression(void **state)
{
    struct filters *f = parsed("{\"name\":[\"^/we\",\"a+(\"],\"id\":[\"abc\"]}");

    (void)state;
    assert_true(filters_match_regex(f, "name", "/web"));
    assert_false(filters_match_regex(f, "name", "/my/web"));
    assert_true(filters_match_regex(f, "name", "xa+(y"));
    assert_true(filters_match_prefix(f, "id", "abcdef"));
    assert_false(filters_match_prefix(f, "id", "ab"));
    filters_free(f);
}

static void a_costly_expression_is_only_text(void **state)
{
    struct filters *f = parsed("{\"name\":[\"((a{999}){999}){999}\",\"^b{2}$\"]}");

    (void)state;
    assert_false(filters_match_regex(f, "name", "a"));
    assert_true(filters_match_regex(f, "name", "bb"));
    filters_free(f);
}

static void booleans_are_read(void **state)
{
    static const struct {
        const char *text;
        int result;
        bool value;
        /* clang-format off */
    } rows[] = {
        { "{\"dangling\":[\"true\"]}", 0, true },
        { "{\"dangling\":[\"0\"]}", 0, false },
        { "{\"dangling\":[\"maybe\"]}", -1, false },
        { "{\"dangling\":[\"maybe\",\"true\"]}", 0, true },
        { "{}", 0, true },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct filters *f = parsed(rows[i].text);
        struct error err;
        bool value = false;

        assert_int_equal(filters_bool(f, "dangling", true, &value, &err), rows[i].result);
        if (rows[i].result == 0)
            assert_int_equal(value, rows[i].value);
        else
            assert_string_equal(err.text, "invalid filter 'dangling=[maybe]'");
        filters_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_the_same),
        cmocka_unit_test(no_filter_lets_all_pass),
        cmocka_unit_test(what_is_no_filter_is_refused),
        cmocka_unit_test(labels_must_all_fit),
        cmocka_unit_test(names_match_as_text_and_as_expression),
        cmocka_unit_test(a_costly_expression_is_only_text),
        cmocka_unit_test(booleans_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
