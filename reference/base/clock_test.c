/* base/clock_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"

static void a_time_is_formatted_as_go_does(void **state)
{
    char text[CLOCK_TEXT_MAX];

    (void)state;
    clock_format(0, text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
    clock_format(1500000000 * NANOS_PER_SECOND + 120000000, text);
    assert_string_equal(text, "2017-07-14T02:40:00.12Z");
    clock_format_fixed(1500000000 * NANOS_PER_SECOND, text);
    assert_string_equal(text, "2017-07-14T02:40:00.000000000Z");
}

static void what_was_formatted_is_parsed_back(void **state)
{
    static const nanos times[] = { 0, 1, 1700000000123456789, 1700000000000000000, -5000000000 };
    char text[CLOCK_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        nanos back = -1;

        clock_format(times[i], text);
        assert_true(clock_parse(text, &back));
        assert_true(back == times[i]);
    }
}

static void query_times_come_in_three_forms(void **state)
{
    nanos t;

    (void)state;
    assert_true(clock_parse_query("1500000000.5", 0, &t) && t == 1500000000500000000);
    assert_true(clock_parse_query("2017-07-14T02:40:00+01:00", 0, &t) && t == 1499996400000000000);
    assert_true(clock_parse_query("1m30s", 100 * NANOS_PER_SECOND, &t) && t == 10 * NANOS_PER_SECOND);
    assert_false(clock_parse_query("yesterday", 0, &t));
    assert_false(clock_parse_query("", 0, &t));
}

static void durations_need_units(void **state)
{
    nanos t;

    (void)state;
    assert_true(clock_parse_duration("1.5h", &t) && t == 5400 * NANOS_PER_SECOND);
    assert_true(clock_parse_duration("-300ms", &t) && t == -300000000);
    assert_false(clock_parse_duration("5", &t));
    assert_false(clock_parse_duration("1e3s", &t));
    assert_false(clock_parse_duration("0x1s", &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_formatted_as_go_does),
        cmocka_unit_test(what_was_formatted_is_parsed_back),
        cmocka_unit_test(query_times_come_in_three_forms),
        cmocka_unit_test(durations_need_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
