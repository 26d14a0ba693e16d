/* cases/cross/streams.c - what holds for the streams of attach, exec and logs alike
 *
 * stdout and stderr of a command are two pipes, and no engine knows which of them was written first: only the order within
 * each is looked at. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

/* The output of the probe with these words, got in one of the ways that there are. */
enum way { EXEC, EXEC_PLAIN, ATTACH, ATTACH_PLAIN, LOGS, LOGS_FOLLOWED };

static struct stream *output_of_exec(struct scene *s, enum way way, json_t *probe)
{
    json_t *body = json_of("{'AttachStdout': true, 'AttachStderr': true}");
    const char *exec;

    json_object_set(body, "Cmd", json_object_get(probe, "Cmd"));
    json_decref(probe);
    exec = given_exec(s, given_running_container(s, "sleeper"), body);
    return way == EXEC ? when_exec_start(s, exec, NULL) : when_exec_start_plain(s, exec, NULL);
}

static struct stream *output_by(struct scene *s, enum way way, json_t *probe)
{
    struct stream *st;
    const char *id;

    if (way == EXEC || way == EXEC_PLAIN)
        return output_of_exec(s, way, probe);
    if (way == LOGS)
        return when_follow(s, "/containers/%s/logs?stdout=1&stderr=1", given_exited(s, probe));
    id = given_created(s, probe);
    if (way == LOGS_FOLLOWED) {
        when_post(s, "/containers/%s/start", id);
        return when_follow(s, "/containers/%s/logs?stdout=1&stderr=1&follow=1", id);
    }
    st = way == ATTACH ? when_attach(s, id, "stream=1&stdout=1&stderr=1")
                       : when_attach_plain(s, id, "stream=1&stdout=1&stderr=1");
    stream_answer(st);
    when_post(s, "/containers/%s/start", id);
    return st;
}

static const struct path {
    const char *label;
    enum way way;
} paths[] = {
    {"exec",                       EXEC         },
    { "exec without an upgrade",   EXEC_PLAIN   },
    { "attach",                    ATTACH       },
    { "attach without an upgrade", ATTACH_PLAIN },
    { "logs",                      LOGS         },
    { "logs that follow",          LOGS_FOLLOWED},
};

static const struct form {
    const char *label, *word, *frame;
} forms[] = {
    {"stdout",  "echo", "\1\0\0\0\0\0\0\5hello"},
    { "stderr", "err",  "\2\0\0\0\0\0\0\5hello"},
};

/* "hello" in one write, so that it is in one frame. */
static void then_frame(struct scene *s, const struct exchange *x, const char *frame)
{
    then_status(x, 200);
    then_int(s, "bytes of the answer", (long long)x->size, 13);
    for (int i = 0; i < 13; i++)
        then_int(s, scene_printf(s, "byte %d of the answer", i), (unsigned char)x->body[i],
                 (unsigned char)frame[i]);
}

static void a_frame_of_exec_has_the_form(void **state)
{
    struct scene *s = *state;
    const struct form *row = s->row;
    const char *exec =
        given_exec(s, given_running_container(s, "sleeper"),
                   json_of("{'Cmd': ['/bin/probe', '%s', '-n', 'hello'], 'AttachStdout': true, "
                           "'AttachStderr': true}",
                           row->word));

    struct exchange *x = when_post_json(s, json_of("{}"), "/exec/%s/start", exec);

    then_frame(s, x, row->frame);
}

static void a_frame_of_logs_has_the_form(void **state)
{
    struct scene *s = *state;
    const struct form *row = s->row;
    const char *id = given_exited(s, a_probe("['%s', '-n', 'hello']", row->word));

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1&stderr=1", id);

    then_frame(s, x, row->frame);
}

static const char *numbered(struct scene *s, const char *prefix, int count)
{
    size_t size = (strlen(prefix) + 8) * (size_t)count, at = 0;
    char *text = calloc(1, size + 1);
    const char *ret;

    if (!text)
        abort();
    for (int i = 1; i <= count; i++)
        at += (size_t)sprintf(text + at, "%s%d\n", prefix, i);
    ret = scene_printf(s, "%s", text);
    free(text);
    return ret;
}

static void each_stream_keeps_its_order(void **state)
{
    struct scene *s = *state;
    const struct path *row = s->row;

    struct stream *st = output_by(s, row->way, a_probe("['alternate', '500']"));

    then_stdout(st, numbered(s, "out ", 500));
    then_stderr(st, numbered(s, "err ", 500));
}

/* The probe's flood: 64 bytes, again and again. */
static void then_flooded(struct scene *s, struct stream *st, size_t size)
{
    static const char pattern[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n";
    const char *text;
    size_t i;

    then_stream_ends(st);
    then_true(s, !stream_broken(st), "whole frames: %s", stream_broken(st));
    then_int(s, "bytes of stdout", (long long)stream_stdout_size(st), (long long)size);
    text = stream_stdout(st);
    for (i = 0; i < size && text[i] == pattern[i % 64]; i++)
        ;
    then_int(s, "bytes as they were written", (long long)i, (long long)size);
}

static void big_output_is_whole(void **state)
{
    struct scene *s = *state;
    const struct path *row = s->row;

    struct stream *st = output_by(s, row->way, a_probe("['flood', '1m']"));

    then_flooded(s, st, 1 << 20);
}

static void the_stream_ends_with_the_command(void **state)
{
    struct scene *s = *state;
    const struct path *row = s->row;

    /* docker 20.10 may forget a last line without a newline in a log that is followed */
    const char *end = row->way == LOGS_FOLLOWED ? "\n" : "";

    struct stream *st = output_by(s, row->way, a_probe("['echo', '-n', 'last words%s']", end));

    then_stdout(st, scene_printf(s, "last words%s", end));
}

static void nothing_is_an_empty_stream(void **state)
{
    struct scene *s = *state;
    const struct path *row = s->row;

    struct stream *st = output_by(s, row->way, a_probe("['true']"));

    then_stdout(st, "");
    then_stderr(st, "");
}

/* All byte values, some times over, and back by `cat`. */
#define BINARY_SIZE 4096

static void then_echoed(struct scene *s, struct stream *st)
{
    unsigned char sent[BINARY_SIZE];
    const char *text;
    size_t i;

    then_status(stream_answer(st), 101);
    for (i = 0; i < BINARY_SIZE; i++)
        sent[i] = (unsigned char)(i * 7 + i / 256);
    stream_write(st, sent, sizeof sent);
    stream_half_close(st);
    then_stream_ends(st);
    then_int(s, "bytes that came back", (long long)stream_stdout_size(st), BINARY_SIZE);
    text = stream_stdout(st);
    for (i = 0; i < BINARY_SIZE && (unsigned char)text[i] == sent[i]; i++)
        ;
    then_int(s, "bytes as they were sent", (long long)i, BINARY_SIZE);
}

static void exec_changes_no_byte(void **state)
{
    struct scene *s = *state;
    const char *exec =
        given_exec(s, given_running_container(s, "sleeper"),
                   json_of("{'Cmd': ['/bin/probe', 'cat'], 'AttachStdin': true, 'AttachStdout': true}"));

    struct stream *st = when_exec_start(s, exec, NULL);

    then_echoed(s, st);
}

static void attach_changes_no_byte(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = when_attach(s, id, "stream=1&stdin=1&stdout=1&stderr=1");

    stream_answer(st);
    when_post(s, "/containers/%s/start", id);

    then_echoed(s, st);
}

/* More than all buffers on the way hold: input and output must flow at once. */
static void big_input_comes_back_whole(void **state)
{
    struct scene *s = *state;
    const char *exec =
        given_exec(s, given_running_container(s, "sleeper"),
                   json_of("{'Cmd': ['/bin/probe', 'cat'], 'AttachStdin': true, 'AttachStdout': true}"));
    struct stream *st = when_exec_start(s, exec, NULL);
    static const char line[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n";
    char *big = malloc(1 << 20);

    then_status(stream_answer(st), 101);
    if (!big)
        abort();
    for (size_t i = 0; i < 1 << 20; i += 64)
        memcpy(big + i, line, 64);
    stream_write(st, big, 1 << 20);
    free(big);
    stream_half_close(st);

    then_flooded(s, st, 1 << 20);
}

static void two_at_once_do_not_mix(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *one =
        given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'lines', '300', 'one '], 'AttachStdout': true}"));
    const char *two =
        given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'lines', '300', 'two '], 'AttachStdout': true}"));

    struct stream *first = when_exec_start(s, one, NULL), *second = when_exec_start(s, two, NULL);

    then_stdout(first, numbered(s, "one ", 300));
    then_stdout(second, numbered(s, "two ", 300));
}

CASES(cross_streams) = {
    CASE_ROWS("Streams.frame", a_frame_of_exec_has_the_form, forms),
    CASE_ROWS("Streams.frame", a_frame_of_logs_has_the_form, forms),
    CASE_ROWS("Streams.order", each_stream_keeps_its_order, paths),
    CASE_ROWS("Streams.whole", big_output_is_whole, paths),
    CASE_ROWS("Streams.end", the_stream_ends_with_the_command, paths),
    CASE_ROWS("Streams.empty", nothing_is_an_empty_stream, paths),
    CASE("Streams.binary", exec_changes_no_byte),
    CASE("Streams.binary", attach_changes_no_byte),
    CASE("Streams.both-ways", big_input_comes_back_whole),
    CASE("Streams.apart", two_at_once_do_not_mix),
    CASE_END,
};
