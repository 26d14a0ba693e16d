/* wire/answer_test.c */
#include "harness/wire/answer.h"
#include "harness/wire/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void fed(struct answer *answer, const char *text, size_t cut)
{
    answer_init(answer);
    answer_feed(answer, text, cut);
    answer_feed(answer, text + cut, strlen(text) - cut);
    answer_end(answer);
}

static void assert_answer(const char *text, int status, const char *body)
{
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        struct answer answer;
        fed(&answer, text, cut);
        assert_string_equal(answer.error, "");
        assert_int_equal(answer.status, status);
        assert_string_equal(buffer_string(&answer.body), body);
        assert_true(answer.complete);
        answer_clear(&answer);
    }
}

static void answers_may_come_in_any_pieces(void **state)
{
    (void)state;
    assert_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc");
    assert_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                  200, "abcde");
    assert_answer("HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\nuntil the end", 200, "until the end");
    assert_answer("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw\r\nbytes", 101,
                  "raw\r\nbytes");
    assert_answer("HTTP/1.1 101 UPGRADED\r\n\r\nno headers", 101, "no headers");
    assert_answer("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
    assert_answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404,
                  "");
}

static void what_is_no_whole_answer_is_told(void **state)
{
    static const char *const texts[] = { "", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort" };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct answer answer;
        fed(&answer, texts[i], 0);
        assert_true(answer.error[0] != '\0');
        answer_clear(&answer);
    }
}

static void headers_that_do_not_end_are_told(void **state)
{
    struct answer answer;

    (void)state;
    answer_init(&answer);
    answer_feed(&answer, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; i < 100000 && !answer.error[0]; i++)
        answer_feed(&answer, "X: yyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 30);
    assert_true(answer.error[0] != '\0');
    answer_clear(&answer);
}

static void headers_are_kept(void **state)
{
    struct answer answer;

    (void)state;
    fed(&answer, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n", 20);
    assert_string_equal(headers_find(&answer.headers, "a"), "b");
    assert_int_equal(answer.headers.count, 2);
    answer_clear(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_may_come_in_any_pieces),
        cmocka_unit_test(what_is_no_whole_answer_is_told),
        cmocka_unit_test(headers_that_do_not_end_are_told),
        cmocka_unit_test(headers_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
