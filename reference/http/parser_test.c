/* Unit tests of http/parser.h: the stops that everything above relies on, whichever library is below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "http/parser.h"

static int collect(void *user, const char *bytes, size_t n)
{
    str_add_bytes(user, bytes, n);
    return 0;
}

static int ignore(void *user, const char *bytes, size_t n)
{
    (void)user;
    (void)bytes;
    (void)n;
    return 0;
}

static const struct parser_events events = { ignore, ignore, ignore, collect };

/* Feeds in pieces of `step` until the message is done; returns how much was taken. */
static size_t feed_all(struct parser *p, const char *bytes, size_t step)
{
    size_t at = 0, n = strlen(bytes);

    for (int turns = 0; parser_at(p) != PARSER_MESSAGE_DONE && turns < 1000; turns++) {
        size_t piece = n - at < step ? n - at : step;
        struct error err;
        ssize_t took = parser_feed(p, bytes + at, piece, &err);

        assert_true(took >= 0);
        at += (size_t)took;
    }
    return at;
}

static const struct {
    const char *message, *body, *rest;
    /* clang-format off */
} requests[] = {
    { "GET / HTTP/1.1\r\nHost: d\r\n\r\n", "", "GET /" },
    { "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\n\r\nabc", "abc", "GET /" },
    { "POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc",
      "x" },
    { "POST / HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}",
      "{}", "raw\n" },
    { "POST / HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", "", "raw\n" },
};
/* clang-format on */

static void a_request_ends_where_it_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        for (size_t step = 1; step < 200; step += 7) {
            scoped_str body = { 0 };
            scoped_str text = { 0 };
            struct parser *p = parser_new(PARSER_REQUEST, &events, &body);

            str_addf(&text, "%s%s", requests[i].message, requests[i].rest);
            assert_int_equal(feed_all(p, text.data, step), strlen(requests[i].message));
            assert_string_equal(str_text(&body), requests[i].body);
            parser_free(p);
        }
    }
}

static void it_stops_behind_the_head(void **state)
{
    static const char text[] = "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\n\r\nabc";
    scoped_str body = { 0 };
    struct parser *p = parser_new(PARSER_REQUEST, &events, &body);
    struct error err;

    (void)state;
    assert_true(parser_feed(p, text, sizeof(text) - 1, &err) > 0);
    assert_int_equal(parser_at(p), PARSER_HEAD_DONE);
    assert_true(parser_has_body(p));
    assert_string_equal(parser_method(p), "POST");
    assert_true(parser_keep_alive(p));
    assert_int_equal(body.len, 0);
    parser_free(p);
}

static void an_answer_without_a_length_ends_with_the_connection(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\nabc";
    scoped_str body = { 0 };
    struct parser *p = parser_new(PARSER_RESPONSE, &events, &body);
    struct error err;
    size_t at = 0;

    (void)state;
    while (at < sizeof(text) - 1)
        at += (size_t)parser_feed(p, text + at, sizeof(text) - 1 - at, &err);
    assert_int_equal(parser_status(p), 200);
    assert_int_equal(parser_finish(p, &err), 0);
    assert_string_equal(str_text(&body), "abc");
    parser_free(p);
}

static void a_cut_message_is_told(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc";
    scoped_str body = { 0 };
    struct parser *p = parser_new(PARSER_RESPONSE, &events, &body);
    struct error err = { .kind = ERR_NONE };
    size_t at = 0;

    (void)state;
    while (at < sizeof(text) - 1)
        at += (size_t)parser_feed(p, text + at, sizeof(text) - 1 - at, &err);
    assert_int_equal(parser_finish(p, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    parser_free(p);
}

static void garbage_is_refused(void **state)
{
    struct parser *p = parser_new(PARSER_REQUEST, &events, NULL);
    struct error err = { .kind = ERR_NONE };

    (void)state;
    assert_int_equal(parser_feed(p, "GARBAGE\r\n\r\n", 11, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    parser_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_ends_where_it_ends),
        cmocka_unit_test(it_stops_behind_the_head),
        cmocka_unit_test(an_answer_without_a_length_ends_with_the_connection),
        cmocka_unit_test(a_cut_message_is_told),
        cmocka_unit_test(garbage_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
