/* harness/outcome_test.c */
#include "harness/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t n;

    while ((n = read(fd, text + used, size - used)) > 0)
        used += (size_t)n;
    return used;
}

static size_t written(char *text, size_t size)
{
    struct outcome outcome;
    json_t *exchange = json_pack("{s:s}", "method", "GET");
    int fds[2];
    size_t ret;

    assert_int_equal(pipe(fds), 0);
    outcome_init(&outcome);
    outcome.verdict = VERDICT_FAIL;
    outcome.reason = strdup("status: wanted 304, got 204 \xff");
    outcome.assertions = 2;
    outcome.failed = calloc(1, sizeof *outcome.failed);
    outcome.failed->file = strdup("cases/x.c");
    outcome.failed->line = 7;
    outcome.failed->clause = strdup("Bodies.members");
    assert_int_equal(outcome_write_exchange(fds[1], exchange), 0);
    assert_int_equal(outcome_write(fds[1], &outcome), 0);
    close(fds[1]);
    ret = read_all(fds[0], text, size);
    close(fds[0]);
    outcome_clear(&outcome);
    json_decref(exchange);
    return ret;
}

static void what_is_written_is_read(void **state)
{
    char text[4096];
    size_t size = written(text, sizeof text);
    struct outcome got;

    (void)state;
    assert_int_equal(outcome_read(text, size, &got), 1);
    assert_int_equal(got.verdict, VERDICT_FAIL);
    assert_string_equal(got.reason, "status: wanted 304, got 204 \\xff");
    assert_int_equal(got.assertions, 2);
    assert_int_equal(got.failed->line, 7);
    assert_string_equal(got.failed->clause, "Bodies.members");
    assert_int_equal(json_array_size(got.journal), 1);
    outcome_clear(&got);
}

static void a_story_cut_off_anywhere_has_no_verdict(void **state)
{
    char text[4096];
    size_t size = written(text, sizeof text);

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        struct outcome got;
        assert_int_equal(outcome_read(text, cut, &got), 0);
        assert_int_equal(got.verdict, VERDICT_FAULT);
        outcome_clear(&got);
    }
}

static void another_language_is_told_apart(void **state)
{
    struct outcome got;

    (void)state;
    assert_int_equal(outcome_read("hello\n", 6, &got), -1);
    outcome_clear(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_story_cut_off_anywhere_has_no_verdict),
        cmocka_unit_test(another_language_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
