/* wire/frames_test.c */
#include "harness/wire/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const char two[] = "\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\4err!\1\0\0\0\0\0\0\0";

static void frames_may_come_in_any_pieces(void **state)
{
    size_t size = sizeof two - 1;

    (void)state;
    for (size_t cut = 0; cut <= size; cut++) {
        struct frames frames = { 0 };
        frames_feed(&frames, two, cut);
        frames_feed(&frames, two + cut, size - cut);
        frames_end(&frames);
        assert_string_equal(buffer_string(&frames.out), "out");
        assert_string_equal(buffer_string(&frames.err), "err!");
        assert_string_equal(frames.broken, "");
        assert_int_equal(frames.count, 3);
        frames_clear(&frames);
    }
}

static void frames_may_come_byte_by_byte(void **state)
{
    struct frames frames = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof two - 1; i++)
        frames_feed(&frames, two + i, 1);
    frames_end(&frames);
    assert_string_equal(buffer_string(&frames.out), "out");
    assert_int_equal(frames.count, 3);
    frames_clear(&frames);
}

static void assert_broken(const char *data, size_t size)
{
    struct frames frames = { 0 };

    frames_feed(&frames, data, size);
    frames_end(&frames);
    assert_true(frames.broken[0] != '\0');
    frames_clear(&frames);
}

static void what_is_no_frame_is_told(void **state)
{
    (void)state;
    assert_broken("plain text\n", 11);
    assert_broken("\3\0\0\0\0\0\0\1x", 9);
    assert_broken("\1\0\1\0\0\0\0\1x", 9);
    assert_broken("\1\0\0\0\177\377\377\377x", 9);
    assert_broken("\1\0\0\0\0\0\0\5x", 9);
    assert_broken("\1\0\0", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_may_come_in_any_pieces),
        cmocka_unit_test(frames_may_come_byte_by_byte),
        cmocka_unit_test(what_is_no_frame_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
