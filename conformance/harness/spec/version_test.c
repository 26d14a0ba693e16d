/* spec/version_test.c */
#include "harness/spec/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void versions_are_compared_by_number(void **state)
{
    (void)state;
    assert_true(version_compare("1.9", "1.10") < 0);
    assert_true(version_compare("1.41", "1.41") == 0);
    assert_true(version_compare("2.0", "1.99") > 0);
    assert_true(version_within("1.41", "1.24", ""));
    assert_true(version_within("1.41", "1.41", "1.41"));
    assert_false(version_within("1.41", "1.42", ""));
    assert_false(version_within("1.41", "1.24", "1.40"));
}

static void what_is_no_version_is_told(void **state)
{
    (void)state;
    assert_true(version_is_valid("1.24"));
    assert_false(version_is_valid("1"));
    assert_false(version_is_valid("1."));
    assert_false(version_is_valid("v1.24"));
    assert_false(version_is_valid("1.24 "));
    assert_false(version_is_valid("1.24.1"));
    assert_false(version_is_valid(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_compared_by_number),
        cmocka_unit_test(what_is_no_version_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
