/* base/json_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"

static void paths_lead_to_members(void **state)
{
    scoped(json_decref) json_t *root = json_object();

    (void)state;
    json_put(root, "a.b.c", json_integer(7));
    json_put_str(root, "a.s", "x");
    assert_int_equal(json_int_at(root, "a.b.c", 0), 7);
    assert_string_equal(json_str_at(root, "a.s", ""), "x");
    assert_string_equal(json_str_at(root, "a.b", "none"), "none");
    assert_null(json_at(root, "a.b.c.d"));
}

static void bad_bytes_become_replacement_characters(void **state)
{
    scoped(json_decref) json_t *v = json_string_lossy("a\xff\xc3z", 4);

    (void)state;
    assert_string_equal(json_string_value(v), "a\xef\xbf\xbd\xef\xbf\xbdz");
}

static void a_wrong_type_is_named(void **state)
{
    static const struct json_field fields[] = {
        {"HostConfig.Memory", "int"    },
        { "Cmd",              "strings"},
        { NULL,               NULL     }
    };
    static const char text[] = "{\"HostConfig\":{\"Memory\":\"much\"},\"Cmd\":null}";
    struct error err = { 0 };
    scoped(json_decref) json_t *root = NULL;

    (void)state;
    assert_int_equal(json_parse(text, strlen(text), &root, &err), 0);
    assert_int_equal(json_check(root, fields, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    assert_non_null(strstr(err.text, "HostConfig.Memory"));
}

static void what_is_not_json_is_refused(void **state)
{
    struct error err = { 0 };
    json_t *root = NULL;

    (void)state;
    assert_int_equal(json_parse("{", 1, &root, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    assert_null(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_members),
        cmocka_unit_test(bad_bytes_become_replacement_characters),
        cmocka_unit_test(a_wrong_type_is_named),
        cmocka_unit_test(what_is_not_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
