/* Unit tests of api/version.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "api/api.h"
#include "api/version.h"

static void a_prefix_is_split_off(void **state)
{
    static const struct {
        const char *path, *rest, *version;
        /* clang-format off */
    } rows[] = {
        { "/v1.41/info", "/info", "1.41" },
        { "/info", "/info", "" },
        { "/vx/info", "/vx/info", "" },
        { "/v/_ping", "/v/_ping", "" },
        { "/v1.41", "/v1.41", "" },
        { "/version", "/version", "" },
        { "/v1./_ping", "/_ping", "1." },
        { "/v1.40.1/_ping", "/_ping", "1.40.1" },
        { "/volumes/v1.2/x", "/volumes/v1.2/x", "" },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char version[32];

        assert_string_equal(version_split(rows[i].path, version, sizeof(version)), rows[i].rest);
        assert_string_equal(version, rows[i].version);
    }
}

static void versions_compare_by_number(void **state)
{
    (void)state;
    assert_true(version_compare("1.9", "1.24") < 0);
    assert_true(version_compare("1.100", "1.99") > 0);
    assert_int_equal(version_compare("01.051", "1.51"), 0);
    assert_true(version_compare("1.51.2", "1.51") > 0);
    assert_int_equal(version_compare("1", "1.0"), 0);
    assert_int_equal(version_minor("1.40.1"), 40);
}

static void what_is_out_of_range_is_refused(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(version_check(API_VERSION_MAX, &err), 0);
    assert_int_equal(version_check(API_VERSION_MIN, &err), 0);
    assert_int_equal(version_check("1.99", &err), -1);
    assert_string_equal(err.text,
                        "client version 1.99 is too new. Maximum supported API version is " API_VERSION_MAX);
    assert_int_equal(version_check("1.0", &err), -1);
    assert_non_null(
        strstr(err.text, "client version 1.0 is too old. Minimum supported API version is " API_VERSION_MIN));
    assert_int_equal(version_check("2.0", &err), -1);
    assert_int_equal(version_check("999999999999999999999.1", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_is_split_off),
        cmocka_unit_test(versions_compare_by_number),
        cmocka_unit_test(what_is_out_of_range_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
