/* build/text_test.c - the form of Dockerfiles, and what their words become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "build/dockerfile.h"
#include "build/stages.h"
#include "build/words.h"

static struct dockerfile *parsed(const char *text)
{
    struct dockerfile *d = NULL;
    struct error err = { 0 };

    assert_int_equal(dockerfile_parse(text, strlen(text), &d, &err), 0);
    return d;
}

static void lines_go_together(void **state)
{
    scoped(dockerfile_free) struct dockerfile *d =
        parsed("# c\n\nFROM a\n  RUN echo one \\\n# between\n\n  two\nCMD [\"x\", \"y z\"]\n");

    (void)state;
    assert_int_equal(d->count, 3);
    assert_string_equal(d->items[1].text, "RUN echo one   two");
    assert_int_equal(d->items[1].line, 4);
    assert_true(d->items[2].json);
    assert_string_equal(d->items[2].words.items[1], "y z");
    assert_int_equal(d->warnings.count, 1);
}

static void flags_come_first(void **state)
{
    scoped(dockerfile_free) struct dockerfile *d = parsed("FROM a\nCOPY --from=b --link x --y /z\n");

    (void)state;
    assert_string_equal(instruction_flag(&d->items[1], "from"), "b");
    assert_string_equal(instruction_flag(&d->items[1], "link"), "");
    assert_null(instruction_flag(&d->items[1], "y"));
    assert_int_equal(d->items[1].words.count, 3);
}

static void what_is_too_large_is_refused(void **state)
{
    struct dockerfile *d = NULL;
    struct error err = { 0 };
    scoped_free char *line = xcalloc(1, DOCKERFILE_MAX + 2);

    (void)state;
    memset(line, 'a', DOCKERFILE_LINE_MAX + 1);
    assert_int_equal(dockerfile_parse(line, DOCKERFILE_LINE_MAX + 1, &d, &err), -1);
    memset(line, '\n', DOCKERFILE_MAX + 1);
    assert_int_equal(dockerfile_parse(line, DOCKERFILE_MAX + 1, &d, &err), -1);
    assert_int_equal(dockerfile_parse("FROM a\0b", 8, &d, &err), -1);
}

static void a_file_is_put_into_stages(void **state)
{
    scoped(dockerfile_free) struct dockerfile *d =
        parsed("ARG A\nFROM a AS One\nRUN b\nRUN c\nFROM one\nRUN d\n");
    scoped(stages_free) struct stages *s = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(stages_make(d, &s, &err), 0);
    assert_int_equal(s->metas, 1);
    assert_int_equal(s->count, 2);
    assert_int_equal(s->items[0].count, 2);
    assert_int_equal(stages_find(s, "ONE", 2), 0);
    assert_int_equal(stages_find(s, "one", 0), -1);
}

static const struct expansion {
    const char *word, *wanted; /* NULL: an error */
} expansions[] = {
    {"plain",                 "plain"},
    { "$A",                   "x y"  },
    { "'$A'",                 "$A"   },
    { "\"$A\\\"\"",           "x y\""},
    { "\\$A",                 "$A"   },
    { "${A}z",                "x yz" },
    { "${N:-d}",              "d"    },
    { "${E:-d}${E-d}",        "d"    },
    { "${A:+s}${E:+s}${E+s}", "ss"   },
    { "${N:-${A}}",           "x y"  },
    { "${P#*/}",              "b/c"  },
    { "${P##*/}",             "c"    },
    { "${P%/*}",              "a/b"  },
    { "${P%%/*}",             "a"    },
    { "${P/b/x}",             "a/x/c"},
    { "${P//\\//-}",          "a-b-c"},
    { "$",                    "$"    },
    { "a$1b",                 "ab"   },
    { "${N:?no}",             NULL   },
    { "${A",                  NULL   },
    { "${A:x}",               NULL   },
    { "${}",                  NULL   },
    { "\"open",               NULL   },
    { "'open",                NULL   },
};

static void words_are_expanded(void **state)
{
    scoped_strv env = { 0 };

    (void)state;
    strv_add(&env, "A=x y");
    strv_add(&env, "E=");
    strv_add(&env, "P=a/b/c");
    for (size_t i = 0; i < sizeof(expansions) / sizeof(expansions[0]); i++) {
        scoped_free char *got = NULL;
        struct error err = { 0 };
        int r = word_expand(expansions[i].word, '\\', &env, &got, &err);

        assert_int_equal(r, expansions[i].wanted ? 0 : -1);
        if (expansions[i].wanted)
            assert_string_equal(got, expansions[i].wanted);
    }
}

static void what_variables_bring_is_split(void **state)
{
    scoped_strv env = { 0 }, words = { 0 };
    struct error err = { 0 };

    (void)state;
    strv_add(&env, "A=x y");
    assert_int_equal(word_expand_split("a$A\"$A\"", '\\', &env, &words, &err), 0);
    assert_int_equal(words.count, 2);
    assert_string_equal(words.items[0], "ax");
    assert_string_equal(words.items[1], "yx y");
}

static void nesting_has_an_end(void **state)
{
    scoped_str word = { 0 };
    scoped_strv env = { 0 };
    scoped_free char *got = NULL;
    struct error err = { 0 };

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        str_add(&word, "${A:-");
    assert_int_equal(word_expand(str_text(&word), '\\', &env, &got, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_together),
        cmocka_unit_test(flags_come_first),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(a_file_is_put_into_stages),
        cmocka_unit_test(words_are_expanded),
        cmocka_unit_test(what_variables_bring_is_split),
        cmocka_unit_test(nesting_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
