/* scene/json_test.c */
#include "harness/scene/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static json_t *from(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = json_from_template(template, args);
    va_end(args);
    return ret;
}

static void assert_json(json_t *got, const char *wanted)
{
    char *text = got ? json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    assert_non_null(text);
    assert_string_equal(text, wanted);
    free(text);
    json_decref(got);
}

static void templates_are_json_with_single_quotes(void **state)
{
    (void)state;
    assert_json(from("{'a': '%s', 'b': %d, 'c': [%lld, %zu]}", "x\"y'z\n", -1, 5LL, (size_t)7),
                "{\"a\":\"x\\\"y'z\\n\",\"b\":-1,\"c\":[5,7]}");
    assert_json(from("'it''s 100%%'"), "\"it's 100%\"");
    assert_json(from("{'a': '', 'b': ['']}"), "{\"a\":\"\",\"b\":[\"\"]}");
    assert_json(from("true"), "true");
    assert_null(from("{a: 1}"));
    assert_null(from("%f", 1.0));
}

static void paths_find_members(void **state)
{
    json_t *json = from("{'a': {'b': [1, {'c': 2}], 'd.e': 3}, '/x': 4}");

    (void)state;
    assert_int_equal(json_integer_value(json_at(json, "a.b[0]")), 1);
    assert_int_equal(json_integer_value(json_at(json, "a.b[1].c")), 2);
    assert_int_equal(json_integer_value(json_at(json, "a.b[-1].c")), 2);
    assert_int_equal(json_integer_value(json_at(json, "a.d\\.e")), 3);
    assert_int_equal(json_integer_value(json_at(json, "/x")), 4);
    assert_ptr_equal(json_at(json, ""), json);
    assert_null(json_at(json, "a.b[2]"));
    assert_null(json_at(json, "a.b[-3]"));
    assert_null(json_at(json, "a.b[x]"));
    assert_null(json_at(json, "a.x.y"));
    assert_null(json_at(NULL, "a"));
    json_decref(json);
}

static void members_are_set_and_removed_by_path(void **state)
{
    json_t *json = json_object();

    (void)state;
    assert_true(json_set_at(json, "HostConfig.Memory", json_integer(1)));
    assert_true(json_set_at(json, "Labels.a\\.b", json_true()));
    assert_true(json_set_at(json, "HostConfig.Memory", NULL));
    assert_false(json_set_at(json, "Labels.a\\.b.c", json_true()));
    assert_json(json, "{\"HostConfig\":{},\"Labels\":{\"a.b\":true}}");
}

static bool covers(const char *value, const char *wanted)
{
    json_t *a = from(value), *b = from(wanted);
    bool ret = json_covers(a, b);

    json_decref(a);
    json_decref(b);
    return ret;
}

static void a_value_covers_what_is_named_of_it(void **state)
{
    (void)state;
    assert_true(covers("{'a': 1, 'b': {'c': 2, 'd': 3}}", "{'b': {'c': 2}}"));
    assert_false(covers("{'a': 1}", "{'a': 2}"));
    assert_false(covers("{'a': 1}", "{'b': null}"));
    assert_true(covers("[{'a': 1}, {'b': 2}]", "[{'b': 2}]"));
    assert_true(covers("1", "1.0"));
    assert_false(covers("'1'", "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_json_with_single_quotes),
        cmocka_unit_test(paths_find_members),
        cmocka_unit_test(members_are_set_and_removed_by_path),
        cmocka_unit_test(a_value_covers_what_is_named_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
