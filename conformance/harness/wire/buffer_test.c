/* wire/buffer_test.c */
#include "harness/wire/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void assert_word(const char *word, const char *wanted)
{
    struct buffer text = { 0 };

    buffer_shell_word(&text, word);
    assert_string_equal(buffer_string(&text), wanted);
    buffer_clear(&text);
}

static void shell_words_are_quoted_when_they_must_be(void **state)
{
    (void)state;
    assert_word("/var/run/docker.sock", "/var/run/docker.sock");
    assert_word("", "''");
    assert_word("a b", "'a b'");
    assert_word("it's", "'it'\\''s'");
    assert_word("$HOME;rm", "'$HOME;rm'");
    assert_word("{\"a\":1}", "'{\"a\":1}'");
    assert_word("a&b?c", "'a&b?c'");
    assert_word("new\nline", "'new\nline'");
}

static void a_buffer_does_not_outgrow_its_bound(void **state)
{
    struct buffer text = { .max = 4 };

    (void)state;
    assert_true(buffer_text(&text, "abc"));
    assert_false(buffer_text(&text, "def"));
    assert_true(text.full);
    assert_string_equal(buffer_string(&text), "abcd");
    buffer_clear(&text);
}

static void assert_utf8(const char *data, size_t size, const char *wanted)
{
    struct buffer text = { 0 };

    buffer_utf8(&text, data, size);
    assert_string_equal(buffer_string(&text), wanted);
    buffer_clear(&text);
}

static void bytes_that_are_no_text_are_spelled(void **state)
{
    (void)state;
    assert_utf8("gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f");
    assert_utf8("a\xff", 2, "a\\xff");
    assert_utf8("a\0b", 3, "a\\x00b");
    assert_utf8("\xc0\xaf", 2, "\\xc0\\xaf");
    assert_utf8("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
    assert_utf8("\xe2\x82", 2, "\\xe2\\x82");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shell_words_are_quoted_when_they_must_be),
        cmocka_unit_test(a_buffer_does_not_outgrow_its_bound),
        cmocka_unit_test(bytes_that_are_no_text_are_spelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
