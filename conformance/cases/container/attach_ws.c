/* cases/container/attach_ws.c - GET /containers/{id}/attach/ws
 *
 * As in attach.c most cases attach to a created container and start it then, so that no output can be missed. A WebSocket does not say
 * which of the two streams a byte is of; so cases look at the lines, which the talker begins with the stream's name. */
#include "harness/then/then.h"

#include <stdio.h>
#include <string.h>

#define ALL    "stream=1&stdin=1&stdout=1&stderr=1"
#define TEXT   1
#define BINARY 2
#define CLOSE  8
#define PING   9

static struct stream *attached(struct scene *s, const char *id, const char *query)
{
    struct stream *st = when_attach_websocket(s, id, query);

    then_status(stream_answer(st), 101);
    return st;
}

static void started(struct scene *s, const char *id)
{
    then_status(when_post(s, "/containers/%s/start", id), 204);
}

/* The key of RFC 6455, 1.3, and another. */
static const struct handshake {
    const char *label, *key, *accept;
} handshakes[] = {
    {"of the RFC",  "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    { "of letters", "YWJjZGVmZ2hpamtsbW5vcA==", "en5EY9fYIrPHGucGLD6Dk/EXON4="},
};

static void a_handshake_is_answered(void **state)
{
    struct scene *s = *state;
    const struct handshake *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const char *headers[] = { "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                              scene_printf(s, "Sec-WebSocket-Key: %s", row->key), NULL };

    struct stream *st = when_attach_websocket_with(s, id, "stream=1&stdout=1", headers);

    then_status(stream_answer(st), 101);
    then_header(stream_answer(st), "Upgrade", "websocket");
    then_header(stream_answer(st), "Connection", "Upgrade");
    then_header(stream_answer(st), "Sec-WebSocket-Accept", row->accept);
    then_header_absent(stream_answer(st), "Sec-WebSocket-Protocol");
}

static void the_protocol_is_the_one_offered(void **state)
{
    static const char *const headers[] = {
        "Connection: Upgrade",          "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: chat", NULL
    };
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct stream *st = when_attach_websocket_with(s, id, "stream=1&stdout=1", headers);

    then_status(stream_answer(st), 101);
    then_header(stream_answer(st), "Sec-WebSocket-Protocol", "chat");
}

#define UPGRADE "Connection: Upgrade"
#define SOCKET  "Upgrade: websocket"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
#define VERSION "Sec-WebSocket-Version: 13"

static const struct bad_handshake {
    const char *label, *headers[5];
} bad_handshakes[] = {
    {"no upgrade",        { NULL }                                            },
    { "another protocol", { UPGRADE, "Upgrade: tcp", KEY, VERSION }           },
    { "no key",           { UPGRADE, SOCKET, VERSION }                        },
    { "no version",       { UPGRADE, SOCKET, KEY }                            },
    { "another version",  { UPGRADE, SOCKET, KEY, "Sec-WebSocket-Version: 7" }},
};

static void what_is_no_handshake_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_handshake *row = s->row;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct stream *st = when_attach_websocket_with(s, id, "stream=1&stdout=1", row->headers);

    then_status(stream_answer(st), 400);
    then_header_absent(stream_answer(st), "Sec-WebSocket-Accept");
    then_unchanged(s, id, before);
}

/* The lines that begin so, in their order. */
static const char *lines(struct scene *s, const char *text, const char *begin)
{
    const char *ret = "";

    for (; *text; text += strcspn(text, "\n") + 1) {
        if (strncmp(text, begin, strlen(begin)) == 0)
            ret = scene_printf(s, "%s%.*s\n", ret, (int)strcspn(text, "\n"), text);
        if (!strchr(text, '\n'))
            break;
    }
    return ret;
}

static void then_lines(struct stream *st, const char *out, const char *err)
{
    struct scene *s = stream_scene(st);
    const char *text;

    then_stream_ends(st);
    text = stream_stdout(st);
    then_true(s, !stream_broken(st), "whole frames: %s", stream_broken(st) ? stream_broken(st) : "");
    then_true(s, strcmp(lines(s, text, "out"), out) == 0, "of stdout '%s', not '%s'", out,
              lines(s, text, "out"));
    then_true(s, strcmp(lines(s, text, "err"), err) == 0, "of stderr '%s', not '%s'", err,
              lines(s, text, "err"));
    then_int(s, "bytes", (long long)stream_stdout_size(st), (long long)(strlen(out) + strlen(err)));
}

#define OUT "out 1\nout 2\nout 3\n"
#define ERR "err 1\nerr 2\nerr 3\n"

static const struct selection {
    const char *label, *query, *out, *err;
} selections[] = {
    {"stdout",   "stdout=1",          OUT, "" },
    { "stderr",  "stderr=1",          "",  ERR},
    { "both",    "stdout=1&stderr=1", OUT, ERR},
    { "neither", "stdin=0",           "",  "" },
};

static void the_chosen_streams_are_sent(void **state)
{
    struct scene *s = *state;
    const struct selection *row = s->row;
    const char *id = given_container(s, "talker");
    struct stream *st = attached(s, id, scene_printf(s, "stream=1&%s", row->query));

    started(s, id);

    then_lines(st, row->out, row->err);
}

static void all_streams_are_sent(void **state)
{
    struct scene *s = *state;
    const struct selection *row = s->row;
    const char *id = given_container(s, "talker");
    struct stream *st = attached(s, id, scene_printf(s, "stream=1&%s", row->query));

    started(s, id);

    then_lines(st, OUT, ERR);
}

static void the_logs_of_the_chosen_streams_are_sent(void **state)
{
    struct scene *s = *state;
    const struct selection *row = s->row;
    const char *id = given_exited_container(s, "talker");

    struct stream *st = attached(s, id, scene_printf(s, "logs=1&%s", row->query));

    then_lines(st, row->out, row->err);
}

static void without_logs_nothing_is_sent_of_before(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "ticker");
    struct stream *st;

    wait_for_log(s, id, "tick 2\n");
    st = attached(s, id, "stream=1&stdout=1");
    then_stream_says(st, "tick ");

    then_true(s, !strstr(stream_stdout(st), "tick 1\n"), "nothing from before: %s", stream_stdout(st));
}

static void logs_and_stream_send_both(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "ticker");
    struct stream *st;

    wait_for_log(s, id, "tick 2\n");
    st = attached(s, id, "logs=1&stream=1&stdout=1");

    then_stream_says(st, "tick 1\n");
    then_stream_says(st, "tick 20\n");
}

static void without_stream_it_ends_at_once(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct stream *st = attached(s, id, "stdout=1&stderr=1");

    then_stdout(st, "");
    then_int(s, "the code of the close frame", stream_messages(st).close_code, 1000);
}

static void data_comes_in(struct scene *s, bool binary)
{
    const char *id = given_container(s, "talker");
    struct stream *st = attached(s, id, "stream=1&stdout=1");
    struct messages got;

    started(s, id);

    then_stream_ends(st);
    got = stream_messages(st);
    then_true(s, (binary ? got.binaries : got.texts) > 0, "%s messages", binary ? "binary" : "text");
    then_int(s, "messages of the other kind", binary ? got.texts : got.binaries, 0);
}

static void data_comes_in_binary_messages(void **state)
{
    data_comes_in(*state, true);
}

static void data_comes_in_texts(void **state)
{
    data_comes_in(*state, false);
}

static void the_end_is_a_close_frame(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "talker");
    struct stream *st = attached(s, id, "stream=1&stdout=1&stderr=1");

    then_true(s, stream_is_open(st, 200), "it is open before the start");
    started(s, id);

    then_stream_ends(st);
    then_int(s, "the code of the close frame", stream_messages(st).close_code, 1000);
}

static void no_byte_is_lost(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, a_probe("['flood', '128k']"));
    struct stream *st = attached(s, id, "stream=1&stdout=1");

    started(s, id);

    then_stream_ends(st);
    then_int(s, "bytes", (long long)stream_stdout_size(st), 128 * 1024);
}

static void input_reaches_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_send_frame(st, BINARY, true, "one\n", 4);
    stream_send_frame(st, TEXT, true, "two\n", 4);
    stream_send_frame(st, TEXT, false, "thr", 3);
    stream_send_frame(st, 0, true, "ee\n", 3);

    then_stream_says(st, "one\ntwo\nthree\n");
}

static void a_long_message_reaches_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);
    static char text[30001];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 2] = '\n';
    started(s, id);
    stream_say(st, text);

    then_stream_says(st, text);
}

static void without_stdin_nothing_reaches_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_probe("['cat']"), "OpenStdin", "true"));
    struct stream *mute = attached(s, id, "stream=1&stdout=1"), *st = attached(s, id, ALL);

    started(s, id);
    stream_say(mute, "one\n");
    stream_say(st, "two\n");

    then_stream_says(st, "two\n");
    then_stream_says(mute, "two\n");
    then_true(s, !strstr(stream_stdout(mute), "one"), "no input of the first: %s", stream_stdout(mute));
}

static void without_stdin_it_reaches_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, "stream=1");

    started(s, id);
    stream_say(st, "hello\n");

    then_stream_says(st, "hello\n");
}

static void a_ping_is_answered(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_send_frame(st, PING, true, "are you there", 13);

    then_true(s, stream_wait_for_pong(st, "are you there"), "a pong with what the ping held");
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\n");
}

static void a_close_ends_the_input(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\n");
    stream_send_frame(st, CLOSE, true, "\x03\xe8", 2);

    then_stream_ends(st);
    then_int(s, "the code of the close frame", stream_messages(st).close_code, 1000);
    then_container_becomes(s, id, "exited");
}

static void a_client_that_is_gone_ends_the_input(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\n");
    stream_close(st);

    then_container_becomes(s, id, "exited");
}

static void a_client_that_leaves_ends_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "ticker");
    struct stream *st = attached(s, id, "stream=1&stdout=1");

    started(s, id);
    then_stream_says(st, "tick 1\n");
    stream_close(st);

    st = attached(s, id, "stream=1&stdout=1");
    then_stream_says(st, "tick ");
    then_container_is(s, id, "running");
}

static void a_terminal_is_attached(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "terminal");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\r\nhello\r\n");
    stream_say(st, "\x04"); /* a terminal's end of input, at the beginning of a line */

    then_stdout(st, "hello\r\nhello\r\n");
    then_container_becomes(s, id, "exited");
}

static const struct detach {
    const char *label, *query, *keys;
} detaches[] = {
    {"the default", "",                          "\x10\x11"},
    { "one letter", "&detachKeys=x",             "x"       },
    { "a sequence", "&detachKeys=ctrl-b,ctrl-c", "\x02\x03"},
};

static void detach_keys_end_the_stream_alone(void **state)
{
    struct scene *s = *state;
    const struct detach *row = s->row;
    const char *id = given_container(s, "terminal");
    struct stream *st = attached(s, id, scene_printf(s, ALL "%s", row->query));

    started(s, id);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\r\nhello\r\n");
    stream_say(st, row->keys);

    then_stream_ends(st);
    then_int(s, "the code of the close frame", stream_messages(st).close_code, 1000);
    then_container_is(s, id, "running");
}

static void bad_detach_keys_are_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct stream *st = when_attach_websocket(s, id, "stream=1&stdout=1&detachKeys=ctrl-%26");

    then_status(stream_answer(st), 400);
    then_error_mentions(stream_answer(st), "ctrl-&");
    then_unchanged(s, id, before);
}

static void a_paused_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct stream *st = when_attach_websocket(s, id, "stream=1&stdout=1");

    then_status(stream_answer(st), 409);
    then_error_mentions(stream_answer(st), "paused");
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct stream *st = when_attach_websocket(s, name, "stream=1&stdout=1");

    then_status(stream_answer(st), 404);
    then_error_mentions(stream_answer(st), name);
}

CASES(container_attach_ws) = {
    CASE_ROWS("ContainerAttachWebsocket.handshake", a_handshake_is_answered, handshakes),
    CASE("ContainerAttachWebsocket.protocol", the_protocol_is_the_one_offered),
    CASE_ROWS("ContainerAttachWebsocket.bad-handshake", what_is_no_handshake_is_refused, bad_handshakes),
    CASE_ROWS("ContainerAttachWebsocket.streams", the_chosen_streams_are_sent, selections),
    CASE_ROWS("ContainerAttachWebsocket.streams-before", all_streams_are_sent, selections),
    CASE("ContainerAttachWebsocket.before-start", no_byte_is_lost),
    CASE_ROWS("ContainerAttachWebsocket.logs", the_logs_of_the_chosen_streams_are_sent, selections),
    CASE("ContainerAttachWebsocket.no-logs", without_logs_nothing_is_sent_of_before),
    CASE("ContainerAttachWebsocket.logs-stream", logs_and_stream_send_both),
    CASE("ContainerAttachWebsocket.no-stream", without_stream_it_ends_at_once),
    CASE("ContainerAttachWebsocket.binary", data_comes_in_binary_messages),
    CASE("ContainerAttachWebsocket.text", data_comes_in_texts),
    CASE("ContainerAttachWebsocket.end", the_end_is_a_close_frame),
    CASE("ContainerAttachWebsocket.stdin", input_reaches_the_container),
    CASE("ContainerAttachWebsocket.stdin", a_long_message_reaches_the_container),
    CASE("ContainerAttachWebsocket.no-stdin", without_stdin_nothing_reaches_the_container),
    CASE("ContainerAttachWebsocket.no-stdin-before", without_stdin_it_reaches_the_container),
    CASE("ContainerAttachWebsocket.ping", a_ping_is_answered),
    CASE("ContainerAttachWebsocket.stdin-once", a_close_ends_the_input),
    CASE("ContainerAttachWebsocket.stdin-once", a_client_that_is_gone_ends_the_input),
    CASE("ContainerAttachWebsocket.leave", a_client_that_leaves_ends_nothing),
    CASE("ContainerAttachWebsocket.tty", a_terminal_is_attached),
    CASE_ROWS("ContainerAttachWebsocket.detach-keys", detach_keys_end_the_stream_alone, detaches),
    CASE("ContainerAttachWebsocket.bad-detach-keys", bad_detach_keys_are_refused),
    CASE_NEEDS("ContainerAttachWebsocket.paused", a_paused_container_is_refused, NEEDS_FREEZER),
    CASE("ContainerAttachWebsocket.not-found", a_missing_container_is_not_found),
    CASE_END,
};
