/* base/base64_test.c - the examples of RFC 4648, section 10, both ways; and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

static void the_examples_of_the_standard(void **state)
{
    static const char *const pairs[][2] = {
        {"",        ""        },
        { "f",      "Zg=="    },
        { "fo",     "Zm8="    },
        { "foo",    "Zm9v"    },
        { "foob",   "Zm9vYg=="},
        { "fooba",  "Zm9vYmE="},
        { "foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        scoped_free char *coded = base64_encode(pairs[i][0], strlen(pairs[i][0]));
        scoped_str plain = { 0 };

        assert_string_equal(coded, pairs[i][1]);
        assert_true(base64_decode(pairs[i][1], &plain));
        assert_int_equal(plain.len, strlen(pairs[i][0]));
        assert_memory_equal(str_text(&plain), pairs[i][0], plain.len);
    }
}

static void what_is_none_is_told(void **state)
{
    static const char *const wrong[] = { "Z",      "Zg",   "Zg=", "Zg===",    "Z===",
                                         "Zm9v\n", "Zm 9", "=",   "Zg==Zg==", "Zm-_" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        scoped_str plain = { 0 };

        assert_false(base64_decode(wrong[i], &plain));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(what_is_none_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
