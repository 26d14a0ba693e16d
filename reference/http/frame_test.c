/* Unit tests of http/frame.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "http/frame.h"

static int collect(void *user, enum frame_stream stream, const void *bytes, size_t n, struct error *err)
{
    (void)err;
    str_addf(user, "%d:%.*s;", (int)stream, (int)n, (const char *)bytes);
    return 0;
}

static void a_header_is_big_endian(void **state)
{
    uint8_t header[FRAME_HEADER_SIZE];

    (void)state;
    frame_header(FRAME_STDERR, 0x01020304, header);
    assert_memory_equal(header, "\2\0\0\0\1\2\3\4", 8);
}

static void frames_are_found_however_they_are_cut(void **state)
{
    static const char bytes[] = "\1\0\0\0\0\0\0\2ab\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\1c";

    (void)state;
    for (size_t cut = 0; cut < sizeof(bytes) - 1; cut++) {
        struct frame_reader r = { 0 };
        struct error err;
        scoped_str got = { 0 };

        assert_int_equal(frame_reader_feed(&r, bytes, cut, collect, &got, &err), 0);
        assert_int_equal(frame_reader_feed(&r, bytes + cut, sizeof(bytes) - 1 - cut, collect, &got, &err), 0);
        assert_string_equal(str_text(&got), cut == 9 ? "1:a;1:b;2:c;" : "1:ab;2:c;");
    }
}

static void what_is_no_frame_is_refused(void **state)
{
    static const char *wrong[] = { "\4\0\0\0\0\0\0\1", "\1\1\0\0\0\0\0\1", "\1\0\0\0\0\x20\0\0" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct frame_reader r = { 0 };
        struct error err = { .kind = ERR_NONE };

        assert_int_equal(frame_reader_feed(&r, wrong[i], 8, collect, NULL, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_big_endian),
        cmocka_unit_test(frames_are_found_however_they_are_cut),
        cmocka_unit_test(what_is_no_frame_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
