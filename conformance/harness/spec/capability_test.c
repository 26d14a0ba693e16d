/* spec/capability_test.c */
#include "harness/spec/capability.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void capabilities_are_what_info_says(void **state)
{
    json_t *info = json_pack("{s:b, s:b, s:s, s:{s:[s], s:[s]}}", "MemoryLimit", 1, "PidsLimit", 0, "OSType",
                             "linux", "Plugins", "Network", "bridge", "Volume", "local");
    unsigned got = capabilities_of(info, NULL);

    (void)state;
    assert_true(got & NEEDS_MEMORY_LIMIT);
    assert_false(got & NEEDS_PIDS_LIMIT);
    assert_true(got & NEEDS_BRIDGE_NETWORK);
    assert_true(got & NEEDS_FREEZER);
    assert_false(got & (NEEDS_SAME_HOST | NEEDS_EXCLUSIVE));
    assert_int_equal(capabilities_of(NULL, NULL), 0);
    json_decref(info);
}

static void what_is_missing_is_named(void **state)
{
    char text[64];

    (void)state;
    assert_int_equal(needs_missing(NEEDS_MEMORY_LIMIT | NEEDS_FREEZER, NEEDS_FREEZER, text, sizeof text), 1);
    assert_string_equal(text, "memory limit");
    assert_int_equal(needs_missing(NEEDS_FREEZER, NEEDS_FREEZER, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(needs_missing(NEEDS_MEMORY_LIMIT | NEEDS_IPV6, 0, text, sizeof text), 2);
    assert_string_equal(text, "memory limit, IPv6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities_are_what_info_says),
        cmocka_unit_test(what_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
