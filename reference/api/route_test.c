/* Unit tests of api/route.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "api/route.h"
#include "base/mem.h"
#include "base/str.h"

static const struct {
    const char *pattern, *path, *value; /* NULL: does not fit */
    /* clang-format off */
} rows[] = {
    { "/info", "/info", "" },
    { "/info", "/info/", NULL },
    { "/containers/{id}/json", "/containers/web/json", "web" },
    { "/containers/{id}/json", "/containers//json", NULL },
    { "/containers/{id}/json", "/containers/a/b/json", NULL },
    { "/containers/{id...}/json", "/containers/a/b/json", "a/b" },
    { "/containers/{id}", "/containers/json/json", NULL },
    { "/images/{name...}/json", "/images/plimsoll/probe:1/json", "plimsoll/probe:1" },
    { "/images/{name...}/json", "/images/json/json", "json" },
    { "/images/{name...}/json", "/images/a/json/json", "a/json" },
    { "/images/{name...}", "/images/reg:5000/a/b@sha256:00", "reg:5000/a/b@sha256:00" },
    { "/images/{name...}/tag", "/images/x/json", NULL },
};
/* clang-format on */

static void a_pattern_fits_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct route_match m;
        bool fits = route_fits(rows[i].pattern, rows[i].path, &m);

        assert_int_equal(fits, rows[i].value != NULL);
        if (fits && rows[i].value[0]) {
            scoped_free char *value = xstrndup(m.params[0].at, m.params[0].length);

            assert_string_equal(value, rows[i].value);
        }
    }
}

static void two_values_are_found(void **state)
{
    struct route_match m;

    (void)state;
    assert_true(route_fits("/a/{id}/b/{name...}", "/a/1/b/2/3", &m));
    assert_int_equal(m.count, 2);
    assert_string_equal(m.params[0].name, "id");
    assert_string_equal(m.params[1].name, "name");
    assert_string_equal(m.params[1].at, "2/3");
}

static void a_path_is_cleaned(void **state)
{
    /* clang-format off */
    static const char *const paths[][2] = {
        { "/info", "/info" },
        { "//v1.40/info", "/v1.40/info" },
        { "/v1.40/../info", "/info" },
        { "/a/", "/a/" },
        { "/", "/" },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        scoped_free char *clean = route_clean(paths[i][0]);

        assert_string_equal(clean, paths[i][1]);
    }
}

static void every_kind_of_failure_has_a_status(void **state)
{
    (void)state;
    assert_int_equal(status_of(ERR_INVALID), 400);
    assert_int_equal(status_of(ERR_NOT_FOUND), 404);
    assert_int_equal(status_of(ERR_NOT_MODIFIED), 304);
    for (int kind = ERR_NONE; kind <= ERR_CLOSED; kind++)
        assert_true(status_of((enum error_kind)kind) >= 304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_fits_or_not),
        cmocka_unit_test(two_values_are_found),
        cmocka_unit_test(a_path_is_cleaned),
        cmocka_unit_test(every_kind_of_failure_has_a_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
