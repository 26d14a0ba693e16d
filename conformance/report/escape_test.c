/* report/escape_test.c - hostile bytes: none may break a format, none may vanish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"

#define BAD "\xEF\xBF\xBD"

typedef void (*escape)(FILE *out, const char *text, size_t length);

static void check(escape function, const char *text, size_t length, const char *wanted)
{
    size_t size;
    char *got;
    FILE *out = must_stream(&got, &size);

    function(out, text, length);
    must_close(out);
    assert_string_equal(got, wanted);
    free(got);
}

#define CHECK(function, text, wanted) check(function, text, sizeof(text) - 1, wanted)

static void xml_is_valid_whatever_comes(void **state)
{
    (void)state;
    CHECK(escape_xml, "a<b>&\"]]>", "a&lt;b&gt;&amp;&quot;]]&gt;");
    CHECK(escape_xml, "\0\x01\x1b[2J\x7f", BAD BAD BAD "[2J" BAD);
    CHECK(escape_xml, "1\t2\n3\r", "1&#9;2&#10;3&#13;");
    CHECK(escape_xml, "\xff\xc0\x80", BAD BAD BAD);
    CHECK(escape_xml, "\xed\xa0\x80", BAD BAD BAD); /* a surrogate */
    CHECK(escape_xml, "\xef\xbf\xbe", BAD);         /* U+FFFE, which XML forbids */
    CHECK(escape_xml, "\xc3\xa4\xf0\x9f\x9a\xa2", "\xc3\xa4\xf0\x9f\x9a\xa2");
    CHECK(escape_xml, "cut\xf0\x9f", "cut" BAD BAD);
    CHECK(escape_xml, "\xf4\x90\x80\x80", BAD BAD BAD BAD); /* beyond U+10FFFF */
    CHECK(escape_xml, "\xc2\x85", BAD);                     /* a C1 control */
}

static void yaml_stays_in_one_line(void **state)
{
    (void)state;
    CHECK(escape_yaml, "a\"b\\\n\t\r\x1b", "\"a\\\"b\\\\\\n\\t\\u000D\\u001B\"");
    CHECK(escape_yaml, "\xe2\x80\xa8\xff", "\"\\u2028" BAD "\"");
}

static void tap_descriptions_hold_no_directive(void **state)
{
    (void)state;
    CHECK(escape_tap, "a # SKIP b\nok 2", "a \\# SKIP b" BAD "ok 2");
}

static void markdown_holds_no_markup(void **state)
{
    (void)state;
    CHECK(escape_markdown, "<b>|*x*\n# t", "&lt;b&gt;\\|\\*x\\* \\# t");
}

static void print_for_terminal(FILE *out, const char *text, size_t length)
{
    escape_terminal(out, text, length, "  ");
}

static void a_terminal_gets_no_control_characters(void **state)
{
    (void)state;
    CHECK(print_for_terminal, "a\x1b[2J\r\nb\tc\xff", "a\\x1b[2J\n  b\tc\\xff");
}

static void utf8_is_bounded(void **state)
{
    char *text = escape_utf8("a\0b\xff", 4, 4);

    (void)state;
    assert_string_equal(text, "a" BAD "b" BAD);
    free(text);
    text = escape_utf8("\xc3\xa4\xc3\xa4", 4, 2);
    assert_string_equal(text, "\xc3\xa4");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_is_valid_whatever_comes),           cmocka_unit_test(yaml_stays_in_one_line),
        cmocka_unit_test(tap_descriptions_hold_no_directive),    cmocka_unit_test(markdown_holds_no_markup),
        cmocka_unit_test(a_terminal_gets_no_control_characters), cmocka_unit_test(utf8_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
