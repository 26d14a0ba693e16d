/* archive/ignore_test.c - patterns, and what a tree leaves out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "archive/glob.h"
#include "archive/ignore.h"

static const struct fit {
    const char *pattern, *path;
    bool deep, fits;
} fits[] = {
    {"a",        "a",       false, true },
    { "a",       "ab",      false, false},
    { "*",       "abc",     false, true },
    { "*",       "a/b",     false, false},
    { "a?c",     "abc",     false, true },
    { "[a-c]x",  "bx",      false, true },
    { "[^a-c]x", "bx",      false, false},
    { "\\*",     "*",       false, true },
    { "\\*",     "a",       false, false},
    { "**/a",    "a",       true,  true },
    { "**/a",    "x/y/a",   true,  true },
    { "**/a",    "x/ya",    true,  false},
    { "d/**",    "d/x/y",   true,  true },
    { "**",      "x/y",     true,  true },
    { "a/**/b",  "a/b",     true,  true },
    { "a/**/b",  "a/x/y/b", true,  true },
    { "*.go",    "x/a.go",  true,  false},
};

static void patterns_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
        assert_int_equal(glob_fits(fits[i].pattern, fits[i].path, fits[i].deep), fits[i].fits);
}

static void bad_patterns_are_told(void **state)
{
    (void)state;
    assert_true(glob_is_valid("a[b]c"));
    assert_false(glob_is_valid("a[b"));
    assert_false(glob_is_valid("a\\"));
    assert_false(glob_is_valid("[]a]"));
}

static void the_last_line_decides(void **state)
{
    scoped(ignore_free) struct ignore *i = ignore_parse("# comment\n\n *.o \n/d\n!d/keep\n./e/\n[\n**/tmp\n");

    (void)state;
    assert_true(ignore_fits(i, "a.o"));
    assert_false(ignore_fits(i, "x/a.o"));
    assert_true(ignore_fits(i, "d"));
    assert_true(ignore_fits(i, "d/x"));
    assert_false(ignore_fits(i, "d/keep"));
    assert_true(ignore_keeps_below(i, "d"));
    assert_false(ignore_keeps_below(i, "e"));
    assert_true(ignore_fits(i, "e/f"));
    assert_true(ignore_fits(i, "x/tmp/y"));
    assert_false(ignore_fits(i, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_fit),
        cmocka_unit_test(bad_patterns_are_told),
        cmocka_unit_test(the_last_line_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
