/* wire/websocket_test.c */
#include "harness/wire/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const char talk[] = "\x82\3out\x01\2er\x8a\2pp\x80\2r!\x88\2\x03\xe8";

static void frames_may_come_in_any_pieces(void **state)
{
    size_t size = sizeof talk - 1;

    (void)state;
    for (size_t cut = 0; cut <= size; cut++) {
        struct websocket ws = { 0 };
        websocket_feed(&ws, talk, cut);
        websocket_feed(&ws, talk + cut, size - cut);
        websocket_end(&ws);
        assert_string_equal(ws.broken, "");
        assert_string_equal(buffer_string(&ws.data), "outerr!");
        assert_string_equal(buffer_string(&ws.pongs), "pp");
        assert_int_equal(ws.texts, 1);
        assert_int_equal(ws.binaries, 1);
        assert_true(ws.closed);
        assert_int_equal(ws.close_code, 1000);
        websocket_clear(&ws);
    }
}

static void a_long_frame_tells_its_length_in_two_bytes(void **state)
{
    struct websocket ws = { 0 };
    char payload[300];

    (void)state;
    memset(payload, 'x', sizeof payload);
    websocket_feed(&ws, "\x82\x7e\x01\x2c", 4);
    websocket_feed(&ws, payload, sizeof payload);
    websocket_end(&ws);
    assert_string_equal(ws.broken, "");
    assert_int_equal(ws.data.size, 300);
    websocket_clear(&ws);
}

static void assert_broken(const char *bytes, size_t size, const char *why)
{
    struct websocket ws = { 0 };

    websocket_feed(&ws, bytes, size);
    websocket_end(&ws);
    assert_non_null(strstr(ws.broken, why));
    websocket_clear(&ws);
}

static void what_no_server_sends_is_broken(void **state)
{
    (void)state;
    assert_broken("\x82\x81", 2, "mask");
    assert_broken("\xc2\1", 2, "reserved");
    assert_broken("\x83\1", 2, "opcode");
    assert_broken("\x8b\1", 2, "opcode");
    assert_broken("\x80\1", 2, "nothing");
    assert_broken("\x02\0\x82\0", 4, "within another");
    assert_broken("\x09\0", 2, "control");
    assert_broken("\x89\x7e\0\x7e", 4, "control");
    assert_broken("\x88\0\x82\0", 4, "after the close");
    assert_broken("\x82\x7f\x7f\0\0\0\0\0\0\0", 10, "too long");
    assert_broken("\x82\3ou", 4, "within a frame");
}

static void a_client_masks_its_frames(void **state)
{
    struct buffer out = { 0 };

    (void)state; /* RFC 6455, 5.7 */
    websocket_add_frame(&out, WEBSOCKET_TEXT, true, "Hello", 5);
    assert_int_equal(out.size, 11);
    assert_memory_equal(out.data, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
    buffer_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_may_come_in_any_pieces),
        cmocka_unit_test(a_long_frame_tells_its_length_in_two_bytes),
        cmocka_unit_test(what_no_server_sends_is_broken),
        cmocka_unit_test(a_client_masks_its_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
