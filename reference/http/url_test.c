/* Unit tests of http/url.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/scope.h"
#include "http/url.h"

static const struct path_row {
    const char *target, *path;
    /* clang-format off */
} paths[] = {
    { "/info", "/info" },
    { "/images/a%2Fb:1/json?x=%zz", "/images/a/b:1/json" },
    { "/a+b", "/a+b" },
    { "http://d/v1.41/info", "/v1.41/info" },
    { "http://d", "/" },
    { "/a%00b", "/a\xef\xbf\xbd"
                "b" },
    { "/%zz", NULL },
    { "/%2", NULL },
    { "info", NULL },
    { "", NULL },
};
/* clang-format on */

static void a_path_is_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        scoped_free char *path = url_path(paths[i].target);

        if (paths[i].path)
            assert_string_equal(path, paths[i].path);
        else
            assert_null(path);
    }
}

static void a_query_is_taken_apart(void **state)
{
    struct query q;

    (void)state;
    query_parse("/x?a=1&b&c=%7B%22x%22%7D&a=2+3&&=v#frag", &q);
    assert_int_equal(q.count, 5);
    assert_string_equal(q.names[0], "a");
    assert_string_equal(q.values[0], "1");
    assert_string_equal(q.values[1], "");
    assert_string_equal(q.values[2], "{\"x\"}");
    assert_string_equal(q.values[3], "2 3");
    assert_string_equal(q.names[4], "");
    assert_null(q.wrong);
    query_free(&q);
}

static void a_wrong_escape_is_named(void **state)
{
    struct query q;

    (void)state;
    query_parse("/x?a=1&all=%zz", &q);
    assert_int_equal(q.count, 1);
    assert_string_equal(q.wrong, "%zz");
    query_free(&q);
    query_parse("/x?a=%4", &q);
    assert_int_equal(q.count, 0);
    assert_string_equal(q.wrong, "%4");
    query_free(&q);
}

static void pairs_are_bounded(void **state)
{
    char target[4 * QUERY_PAIRS_MAX];
    struct query q;

    (void)state;
    memset(target, '&', sizeof(target));
    target[0] = '?';
    for (size_t i = 1; i < sizeof(target); i += 2)
        target[i] = 'a';
    target[sizeof(target) - 1] = '\0';
    query_parse(target, &q);
    assert_int_equal(q.count, QUERY_PAIRS_MAX);
    query_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_decoded),
        cmocka_unit_test(a_query_is_taken_apart),
        cmocka_unit_test(a_wrong_escape_is_named),
        cmocka_unit_test(pairs_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
