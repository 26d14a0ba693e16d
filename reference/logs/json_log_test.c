/* logs/json_log_test.c - the escapes are what dockerd 20.10 and 28.5 wrote for the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "logs/encode.h"

static char dir[] = "/tmp/json_log_test.XXXXXX";
static char *path;

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    assert_non_null(mkdtemp(dir));
    free(path);
    path = path_join(dir, "c-json.log");
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    return tree_remove(dir, NULL);
}

static void encodes_as(const char *text, size_t n, const char *wanted)
{
    static char line[LOG_ENTRY];
    scoped_free char *whole = xasprintf("{\"log\":\"%s\\n\",\"stream\":\"stdout\",\"time\":\"T\"}\n", wanted);
    size_t length = entry_encode(line, false, "T", text, n, true);

    line[length] = '\0';
    assert_string_equal(line, whole);
}

static void escapes_are_those_of_dockerd(void **state)
{
    (void)state;
    encodes_as("\0\1\2\3\4\5\6\a\b\t", 10,
               "\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\u0008\\u0009");
    encodes_as("\v\f\r\x1b\x1f\"\\/<>&\x7f", 12,
               "\\u000b\\u000c\\r\\u001b\\u001f\\\"\\\\/\\u003c\\u003e\\u0026\x7f");
    encodes_as("é€😀\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf", 18, "é€😀\\u2028\\u2029\xef\xbb\xbf");
    encodes_as("\xff\xfe\xc3(\xe2\x82 \xed\xa0\x80 \xf4\x90\x80\x80\xc0\x80", 17,
               "\\ufffd\\ufffd\\ufffd(\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd "
               "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd");
}

static void decodes(const char *line, bool wanted, const char *text, bool is_stderr, nanos time)
{
    scoped_free char *copy = xstrdup(line);
    struct log_entry e;

    assert_int_equal(entry_decode(copy, strlen(copy), &e), wanted);
    if (!wanted)
        return;
    assert_int_equal(e.length, strlen(text));
    assert_memory_equal(e.text, text, e.length);
    assert_int_equal(e.is_stderr, is_stderr);
    assert_true(e.time == time);
}

static void lines_are_decoded(void **state)
{
    (void)state;
    decodes("{\"log\":\"a\\n\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:01.5Z\"}", true, "a\n", true,
            1500000000);
    decodes("{\"time\":\"1970-01-01T00:00:01Z\", "
            "\"attrs\":{\"x\":[1,\"}\"]},\"n\":null,\"log\":\"\\u00e9\\ud83d\\ude00\"}",
            true, "é😀", false, NANOS_PER_SECOND);
    decodes("{\"log\":\"\\ud800x\",\"time\":\"1970-01-01T00:00:01Z\"}", true, "\xef\xbf\xbdx", false,
            NANOS_PER_SECOND);
    decodes("{\"log\":\"a\",\"time\":\"never\"}", false, NULL, false, 0);
    decodes("{\"log\":\"a\\", false, NULL, false, 0);
    decodes("{\"log\":\"\\u12", false, NULL, false, 0);
    decodes("{\"x\":[,\"log\":\"a\"}", false, NULL, false, 0);
    decodes("", false, NULL, false, 0);
}

static struct json_log_writer *writer(int64_t max_size, unsigned max_file)
{
    struct json_log_options options = { max_size, max_file };
    struct json_log_writer *w = NULL;

    assert_int_equal(json_log_open(path, &options, &w, NULL), 0);
    return w;
}

static struct json_log_reader *reader(int64_t tail)
{
    struct log_query query = { .want_stdout = true, .want_stderr = true, .tail = tail };
    struct json_log_reader *r = NULL;

    assert_int_equal(json_log_read(path, &query, &r, NULL), 0);
    return r;
}

static void put(struct json_log_writer *w, const char *text)
{
    assert_int_equal(json_log_write(w, false, text, strlen(text), NULL), 0);
}

static void next_is(struct json_log_reader *r, const char *text)
{
    struct log_entry e;
    int got = json_log_next(r, &e, NULL);

    assert_int_equal(got, text != NULL);
    if (!text)
        return;
    assert_int_equal(e.length, strlen(text));
    assert_memory_equal(e.text, text, e.length);
}

static void lines_come_back_and_a_rest_comes_at_the_flush(void **state)
{
    struct json_log_writer *w = writer(0, 0);
    struct json_log_reader *r = reader(-1);

    (void)state;
    put(w, "one\ntw");
    next_is(r, "one\n");
    next_is(r, NULL);
    assert_int_equal(json_log_write(w, true, "err\n", 4, NULL), 0);
    put(w, "o\n\nrest");
    next_is(r, "err\n");
    next_is(r, "two\n");
    next_is(r, "\n");
    next_is(r, NULL);
    assert_int_equal(json_log_flush(w, NULL), 0);
    next_is(r, "rest");
    next_is(r, NULL);
    json_log_reader_close(r);
    json_log_close(w);
}

static size_t next_length(struct json_log_reader *r)
{
    struct log_entry e;

    assert_int_equal(json_log_next(r, &e, NULL), 1);
    return e.length;
}

/* dockerd writes "bbb...\n" of 16384 b as two entries, the second a newline alone. */
static void long_lines_are_cut_as_dockerd_cuts_them(void **state)
{
    struct json_log_writer *w = writer(0, 0);
    struct json_log_reader *r = reader(-1);
    scoped_free char *text = xmalloc(40001);

    (void)state;
    memset(text, 'c', 40000);
    text[40000] = '\n';
    for (int i = 0; i < 40001; i += 1000)
        assert_int_equal(json_log_write(w, false, text + i, i + 1000 > 40001 ? 1 : 1000, NULL), 0);
    assert_int_equal(next_length(r), 16384);
    assert_int_equal(next_length(r), 16384);
    assert_int_equal(next_length(r), 40001 - 32768);
    assert_int_equal(json_log_write(w, false, text, 16384, NULL), 0);
    assert_int_equal(json_log_write(w, false, "\n", 1, NULL), 0);
    assert_int_equal(next_length(r), 16384);
    assert_int_equal(next_length(r), 1);
    memset(text, 1, 40000); /* the longest encoding */
    assert_int_equal(json_log_write(w, false, text, 40001, NULL), 0);
    assert_int_equal(next_length(r), 16384);
    assert_int_equal(next_length(r), 16384);
    assert_int_equal(next_length(r), 40001 - 32768);
    next_is(r, NULL);
    json_log_reader_close(r);
    json_log_close(w);
}

static void tail_reads_from_the_end(void **state)
{
    struct json_log_writer *w = writer(0, 0);
    struct json_log_reader *r;
    char line[32];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(line, sizeof(line), "line %d\n", i);
        put(w, line);
    }
    r = reader(2);
    next_is(r, "line 4998\n");
    next_is(r, "line 4999\n");
    next_is(r, NULL);
    json_log_reader_close(r);
    r = reader(3000);
    next_is(r, "line 2000\n");
    json_log_reader_close(r);
    r = reader(5000);
    next_is(r, "line 0\n");
    json_log_reader_close(r);
    r = reader(9999);
    next_is(r, "line 0\n");
    json_log_reader_close(r);
    r = reader(0);
    next_is(r, NULL);
    put(w, "new\n");
    next_is(r, "new\n");
    json_log_reader_close(r);
    json_log_close(w);
}

/* About 90 bytes a line: a limit of 1000 rotates every dozen. */
static void followers_pass_through_rotation(void **state)
{
    struct json_log_writer *w = writer(1000, 4);
    struct json_log_reader *follower = reader(-1), *slow = reader(-1), *late;
    char line[32];
    struct log_entry e;
    int first = -1, count = 0;

    (void)state;
    next_is(follower, NULL);
    put(w, "begin\n");
    next_is(slow, "begin\n");
    next_is(follower, "begin\n");
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof(line), "line %d\n", i);
        put(w, line);
        next_is(follower, line);
        if (i == 20)
            next_is(slow, "line 0\n");
    }
    next_is(slow, "line 1\n"); /* its file was renamed, later removed, and still is read to its end */
    late = reader(-1);
    while (json_log_next(late, &e, NULL) == 1) {
        int number = atoi(e.text + 5);

        if (first < 0)
            first = number;
        assert_int_equal(number, first + count++);
    }
    assert_int_equal(first + count, 100);
    assert_true(first > 0 && count > 30);
    json_log_reader_close(late);
    late = reader(30);
    next_is(late, "line 70\n");
    json_log_reader_close(late);
    assert_true(path_exists(path));
    {
        scoped_free char *third = xasprintf("%s.3", path), *fourth = xasprintf("%s.4", path);

        assert_true(path_exists(third));
        assert_false(path_exists(fourth));
    }
    json_log_reader_close(slow);
    json_log_reader_close(follower);
    json_log_close(w);
}

static void one_file_is_truncated(void **state)
{
    struct json_log_writer *w = writer(500, 1);
    struct json_log_reader *r = reader(-1);
    char line[32];

    (void)state;
    for (int i = 0; i < 50; i++) {
        snprintf(line, sizeof(line), "line %d\n", i);
        put(w, line);
        next_is(r, line);
    }
    json_log_reader_close(r);
    json_log_close(w);
}

static void since_until_and_streams_select(void **state)
{
    static const char text[] = "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:01Z\"}\n"
                               "{\"log\":\"b\\n\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:02Z\"}\n"
                               "not an entry\n"
                               "{\"log\":\"c\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:03Z\"}\n"
                               "{\"log\":\"d\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:04Z\"}\n"
                               "{\"log\":\"cut sh";
    struct log_query query = { .want_stdout = true, .tail = -1, .until = 3 * NANOS_PER_SECOND };
    struct json_log_reader *r;

    (void)state;
    assert_int_equal(file_write_atomic(path, text, sizeof(text) - 1, 0600, NULL), 0);
    assert_int_equal(json_log_read(path, &query, &r, NULL), 0);
    next_is(r, "a\n");
    next_is(r, "c\n");
    next_is(r, NULL);
    assert_true(json_log_done(r));
    json_log_reader_close(r);
    query = (struct log_query){
        .want_stderr = true, .want_stdout = true, .tail = 4, .since = 2 * NANOS_PER_SECOND
    };
    assert_int_equal(json_log_read(path, &query, &r, NULL), 0);
    next_is(r, "c\n");
    next_is(r, "d\n");
    next_is(r, NULL);
    assert_false(json_log_done(r));
    json_log_reader_close(r);
}

static void a_writer_ends_the_line_that_a_crash_left(void **state)
{
    struct json_log_writer *w;
    struct json_log_reader *r;

    (void)state;
    assert_int_equal(file_write_atomic(path, "{\"log\":\"cu", 10, 0600, NULL), 0);
    w = writer(0, 0);
    put(w, "whole\n");
    r = reader(-1);
    next_is(r, "whole\n");
    json_log_reader_close(r);
    json_log_close(w);
}

static void the_descriptor_tells_of_more(void **state)
{
    struct json_log_reader *r = reader(-1);
    int fd = json_log_fd(r);
    struct json_log_writer *w;

    (void)state;
    assert_true(fd >= 0);
    next_is(r, NULL);
    assert_int_equal(fd_wait_readable(fd, 0, NULL), 0);
    w = writer(200, 3);
    for (int i = 0; i < 20; i++) {
        put(w, "x\n");
        assert_int_equal(fd_wait_readable(fd, 1000, NULL), 1);
        next_is(r, "x\n");
        next_is(r, NULL);
        assert_int_equal(fd_wait_readable(fd, 0, NULL), 0);
    }
    json_log_reader_close(r);
    json_log_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_those_of_dockerd),
        cmocka_unit_test(lines_are_decoded),
        cmocka_unit_test_setup_teardown(lines_come_back_and_a_rest_comes_at_the_flush, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(long_lines_are_cut_as_dockerd_cuts_them, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(tail_reads_from_the_end, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(followers_pass_through_rotation, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(one_file_is_truncated, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(since_until_and_streams_select, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_writer_ends_the_line_that_a_crash_left, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(the_descriptor_tells_of_more, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
