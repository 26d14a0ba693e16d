/* cases/container/attach.c - POST /containers/{id}/attach
 *
 * Two races are kept out. What a client sends before the head of the answer is there may be lost, on real engines too; so every
 * case waits for the head before it speaks. And the head says little about the moment from which output is passed on when the
 * container runs already; so most cases attach to a created container and start it then, as `docker run` does. */
#include "harness/then/then.h"

#include <stdio.h>
#include <string.h>

#define ALL "stream=1&stdin=1&stdout=1&stderr=1"

/* Attached to, with the head of the answer there; and running. */
static struct stream *attached(struct scene *s, const char *id, const char *query)
{
    struct stream *st = when_attach(s, id, query);

    then_status(stream_answer(st), 101);
    return st;
}

static void started(struct scene *s, const char *id)
{
    then_status(when_post(s, "/containers/%s/start", id), 204);
}

static void an_upgrade_is_answered(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_status(stream_answer(st), 101);
    then_header(stream_answer(st), "Upgrade", "tcp");
    then_header(stream_answer(st), "Connection", "Upgrade");
}

static void without_an_upgrade_it_is_plain(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "talker");
    struct stream *st = when_attach_plain(s, id, "stream=1&stdout=1&stderr=1");

    then_status(stream_answer(st), 200);
    started(s, id);

    then_header_absent(stream_answer(st), "Upgrade");
    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
    then_stdout(st, "out 1\nout 2\nout 3\n");
    then_stderr(st, "err 1\nerr 2\nerr 3\n");
}

static void frames_are_announced(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_content_type(stream_answer(st), "application/vnd.docker.multiplexed-stream");
}

static void frames_are_not_announced_by_name(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
}

static void a_terminal_is_announced(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "terminal");

    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_content_type(stream_answer(st), "application/vnd.docker.raw-stream");
}

static const struct selection {
    const char *label, *query, *out, *err;
} selections[] = {
    {"stdout",  "stream=1&stdout=1",          "out 1\nout 2\nout 3\n", ""                     },
    { "stderr", "stream=1&stderr=1",          "",                      "err 1\nerr 2\nerr 3\n"},
    { "both",   "stream=1&stdout=1&stderr=1", "out 1\nout 2\nout 3\n", "err 1\nerr 2\nerr 3\n"},
};

static void the_chosen_streams_are_sent(void **state)
{
    struct scene *s = *state;
    const struct selection *row = s->row;
    const char *id = given_container(s, "talker");
    struct stream *st = attached(s, id, row->query);

    started(s, id);

    then_stdout(st, row->out);
    then_stderr(st, row->err);
}

static void no_byte_is_lost_before_the_start(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, a_probe("['flood', '128k']"));
    struct stream *st = attached(s, id, "stream=1&stdout=1");

    started(s, id);

    then_stream_ends(st);
    then_int(s, "bytes of stdout", (long long)stream_stdout_size(st), 128 * 1024);
}

static void it_is_an_event(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    attached(s, id, "stream=1&stdout=1");

    then_event(
        events,
        "{'Type': 'container', 'Action': 'attach', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s'}}}", id,
        given_name_of(s, id));
    started(s, id);
    then_events(events, "attach start");
}

static void input_reaches_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_say(st, "hello\n");

    then_stream_says(st, "hello\n");
}

static void a_half_close_ends_the_input(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "echoer");
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\n");
    stream_half_close(st);

    then_stdout(st, "hello\n");
    then_container_becomes(s, id, "exited");
}

/* All that was sent arrives, and the output that comes after the half-close too. */
/* the hash: FNV-1a of "hello\n" */
static void output_goes_on_after_a_half_close(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_created(s, with(with(a_probe("['hash']"), "OpenStdin", "true"), "StdinOnce", "true"));
    struct stream *st = attached(s, id, ALL);

    started(s, id);
    stream_say(st, "hello\n");
    stream_half_close(st);

    then_stdout(st, "a9bc80cca21f28b3 6\n");
}

static void one_client_is_all_the_input(void **state)
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

static void input_goes_on_with_another_client(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_probe("['cat']"), "OpenStdin", "true"));
    struct stream *first = attached(s, id, ALL), *second;

    started(s, id);
    stream_say(first, "one\n");
    then_stream_says(first, "one\n");
    stream_close(first);
    second = attached(s, id, ALL);
    stream_say(second, "two\n");

    then_true(s, wait_for_log(s, id, "two\n"), "the second client's input in the log");
    then_container_is(s, id, "running");
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

static const struct logged {
    const char *label, *query, *out, *err;
} loggeds[] = {
    {"stdout",   "logs=1&stdout=1",          "out 1\nout 2\nout 3\n", ""                     },
    { "stderr",  "logs=1&stderr=1",          "",                      "err 1\nerr 2\nerr 3\n"},
    { "both",    "logs=1&stdout=1&stderr=1", "out 1\nout 2\nout 3\n", "err 1\nerr 2\nerr 3\n"},
    { "neither", "logs=1",                   "",                      ""                     },
};

static void logs_send_what_was(void **state)
{
    struct scene *s = *state;
    const struct logged *row = s->row;
    const char *id = given_exited_container(s, "talker");

    struct stream *st = attached(s, id, row->query);

    then_stdout(st, row->out);
    then_stderr(st, row->err);
}

static int last_tick(struct scene *s, const char *id)
{
    const struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1&tail=1", id);
    int ret = -1;

    if (x->size > 8)
        sscanf(x->body + 8, "tick %d", &ret); /* behind the frame's head */
    then_true(s, ret >= 0, "the log ends with a tick");
    return ret;
}

/* Ticks are counted up, so each line is greater than the one before. */
static void then_nothing_comes_twice(struct scene *s, struct stream *st)
{
    const char *text = stream_stdout(st);
    int last = -1, tick;

    for (; sscanf(text, "tick %d", &tick) == 1; text += strcspn(text, "\n") + 1) {
        then_true(s, tick > last, "a tick after tick %d, and not tick %d", last, tick);
        last = tick;
    }
}

/* What is written between the logs and the stream may be lost, by Docker Engine too: so it is a later tick that must come. */
static void logs_and_stream_send_both(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "ticker");
    struct stream *st;

    wait_for_log(s, id, "tick 2\n");
    st = attached(s, id, "logs=1&stream=1&stdout=1");

    then_stream_says(st, "tick 1\n");
    then_stream_says(st, scene_printf(s, "tick %d\n", last_tick(s, id) + 10));
    then_nothing_comes_twice(s, st);
}

static void without_logs_only_what_comes_is_sent(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "ticker");
    struct stream *st;

    wait_for_log(s, id, "tick 2\n");
    st = attached(s, id, "stream=1&stdout=1");
    then_stream_says(st, "tick ");

    then_true(s, !strstr(stream_stdout(st), "tick 1\n"), "nothing from before: %s", stream_stdout(st));
}

static void without_stream_and_logs_it_ends_at_once(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct stream *st = attached(s, id, "stdout=1&stderr=1");

    then_stdout(st, "");
}

static void all_clients_get_all(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "talker");
    struct stream *st[4];

    for (int i = 0; i < 4; i++)
        st[i] = attached(s, id, "stream=1&stdout=1&stderr=1");
    started(s, id);

    for (int i = 0; i < 4; i++) {
        then_stdout(st[i], "out 1\nout 2\nout 3\n");
        then_stderr(st[i], "err 1\nerr 2\nerr 3\n");
    }
}

static void a_terminal_sends_no_frames(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "terminal");
    struct stream *st = attached(s, id, ALL);

    stream_is_raw(st);
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
    {"the default",   "",                          "\x10\x11"},
    { "one letter",   "&detachKeys=x",             "x"       },
    { "a sequence",   "&detachKeys=ctrl-a,d",
     "\x01"
      "d"                                                    },
    { "two controls", "&detachKeys=ctrl-b,ctrl-c", "\x02\x03"},
};

static void detach_keys_end_the_stream_alone(void **state)
{
    struct scene *s = *state;
    const struct detach *row = s->row;
    const char *id = given_container(s, "terminal");
    struct stream *st = attached(s, id, scene_printf(s, ALL "%s", row->query));

    stream_is_raw(st);
    started(s, id);
    stream_say(st, "hello\n");
    then_stream_says(st, "hello\r\nhello\r\n");
    stream_say(st, row->keys);

    then_stream_ends(st);
    then_container_is(s, id, "running");
}

static void bad_detach_keys_are_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct stream *st = when_attach(s, id, "stream=1&stdout=1&detachKeys=ctrl-%26");

    then_status(stream_answer(st), 400);
    then_body_mentions(stream_answer(st), "ctrl-&");
    then_unchanged(s, id, before);
}

static void an_ended_container_is_attached_for_its_next_start(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "talker");
    struct stream *st = attached(s, id, "stream=1&stdout=1&stderr=1");

    started(s, id);

    then_stdout(st, "out 1\nout 2\nout 3\n");
    then_stderr(st, "err 1\nerr 2\nerr 3\n");
}

static void a_paused_container_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_status(stream_answer(st), 409);
    then_body_mentions(stream_answer(st), "paused");
    then_unchanged(s, id, before);
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct stream *st = when_attach(s, name, "stream=1&stdout=1");

    then_status(stream_answer(st), 404);
    then_body_mentions(stream_answer(st), name);
}

CASES(container_attach) = {
    CASE("ContainerAttach.upgrade", an_upgrade_is_answered),
    CASE("ContainerAttach.plain", without_an_upgrade_it_is_plain),
    CASE("ContainerAttach.type", frames_are_announced),
    CASE("ContainerAttach.type-before", frames_are_not_announced_by_name),
    CASE("ContainerAttach.type-tty", a_terminal_is_announced),
    CASE_ROWS("ContainerAttach.streams", the_chosen_streams_are_sent, selections),
    CASE("ContainerAttach.before-start", no_byte_is_lost_before_the_start),
    CASE("ContainerAttach.event", it_is_an_event),
    CASE("ContainerAttach.stdin", input_reaches_the_container),
    CASE("ContainerAttach.half-close", a_half_close_ends_the_input),
    CASE("ContainerAttach.half-close", output_goes_on_after_a_half_close),
    CASE("ContainerAttach.stdin-once", one_client_is_all_the_input),
    CASE("ContainerAttach.stdin-again", input_goes_on_with_another_client),
    CASE("ContainerAttach.leave", a_client_that_leaves_ends_nothing),
    CASE_ROWS("ContainerAttach.logs", logs_send_what_was, loggeds),
    CASE("ContainerAttach.logs-stream", logs_and_stream_send_both),
    CASE("ContainerAttach.no-logs", without_logs_only_what_comes_is_sent),
    CASE("ContainerAttach.no-stream", without_stream_and_logs_it_ends_at_once),
    CASE("ContainerAttach.many", all_clients_get_all),
    CASE("ContainerAttach.tty", a_terminal_sends_no_frames),
    CASE_ROWS("ContainerAttach.detach-keys", detach_keys_end_the_stream_alone, detaches),
    CASE("ContainerAttach.bad-detach-keys", bad_detach_keys_are_refused),
    CASE("ContainerAttach.exited", an_ended_container_is_attached_for_its_next_start),
    CASE_NEEDS("ContainerAttach.paused", a_paused_container_is_refused, NEEDS_FREEZER),
    CASE("ContainerAttach.not-found", a_missing_container_is_not_found),
    CASE_END,
};
