/* cases/container/logs.c - GET /containers/{id}/logs
 *
 * stdout and stderr of a container reach the log by two pipes: their lines keep their order each, and not between the
 * two. So no case looks at the order of "out 1" and "err 1". Logs come as frames, which only a stream takes apart; hence
 * when_follow() also where nothing is followed. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *given_lines(struct scene *s, int count)
{
    return given_exited(s, a_probe("['lines', '%d']", count));
}

static const struct selection {
    const char *label, *query, *out, *err;
} selections[] = {
    {"stdout",       "stdout=1",          "out 1\nout 2\nout 3\n", ""                     },
    { "stderr",      "stderr=1",          "",                      "err 1\nerr 2\nerr 3\n"},
    { "both",        "stdout=1&stderr=1", "out 1\nout 2\nout 3\n", "err 1\nerr 2\nerr 3\n"},
    { "true",        "stdout=true",       "out 1\nout 2\nout 3\n", ""                     },
    { "one refused", "stdout=1&stderr=0", "out 1\nout 2\nout 3\n", ""                     },
};

static void the_chosen_streams_are_sent(void **state)
{
    struct scene *s = *state;
    const struct selection *row = s->row;
    const char *id = given_exited_container(s, "talker");

    struct stream *logs = when_follow(s, "/containers/%s/logs?%s", id, row->query);

    then_status(stream_answer(logs), 200);
    then_stdout(logs, row->out);
    then_stderr(logs, row->err);
}

static const struct no_stream {
    const char *label, *query;
} no_streams[] = {
    {"no query",      ""                  },
    { "both refused", "?stdout=0&stderr=0"},
    { "only tail",    "?tail=1"           },
};

static void without_a_chosen_stream_it_is_refused(void **state)
{
    struct scene *s = *state;
    const struct no_stream *row = s->row;
    const char *id = given_exited_container(s, "talker");

    struct exchange *x = when_get(s, "/containers/%s/logs%s", id, row->query);

    then_refused(x, 400);
    then_error_mentions(x, "choose at least one stream");
}

static const struct tail {
    const char *label, *tail, *wanted;
} tails[] = {
    {"two",                  "2",   "line 4\nline 5\n"                        },
    { "none",                "0",   ""                                        },
    { "more than there are", "9",   "line 1\nline 2\nline 3\nline 4\nline 5\n"},
    { "all",                 "all", "line 1\nline 2\nline 3\nline 4\nline 5\n"},
    { "negative",            "-1",  "line 1\nline 2\nline 3\nline 4\nline 5\n"},
    { "no number",           "abc", "line 1\nline 2\nline 3\nline 4\nline 5\n"},
};

static void tail_sends_the_last_lines(void **state)
{
    struct scene *s = *state;
    const struct tail *row = s->row;
    const char *id = given_lines(s, 5);

    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&tail=%s", id, row->tail);

    then_status(stream_answer(logs), 200);
    then_stdout(logs, row->wanted);
}

/* "2026-11-23T23:22:00.903364182Z line 1": where the time ends, or NULL. */
static const char *after_time(const char *line)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddddddddZ ";

    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? line[i] < '0' || line[i] > '9' : line[i] != form[i])
            return NULL;
    return line + strlen(form);
}

static void timestamps_lead_each_line(void **state)
{
    struct scene *s = *state;
    const char *id = given_lines(s, 2), *text;

    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&timestamps=1", id);

    then_stream_ends(logs);
    text = after_time(stream_stdout(logs));
    then_true(s, text && strncmp(text, "line 1\n", 7) == 0,
              "a time of nine decimals in UTC, then \"line 1\": %s", stream_stdout(logs));
    text = after_time(text + 7);
    then_true(s, text && strcmp(text, "line 2\n") == 0, "a time of nine decimals in UTC, then \"line 2\": %s",
              stream_stdout(logs));
}

/* A container that writes what it is told, and the way to tell it. */
static const char *given_talking(struct scene *s, json_t *body, struct stream **in)
{
    const char *id = given_running(s, with(body, "OpenStdin", "true"));

    *in = when_attach(s, id, "stream=1&stdin=1&stdout=1");
    if (stream_answer(*in)->status != 101) /* what is sent before may be lost */
        case_blocked(s, "a way to a container's stdin: %d", stream_answer(*in)->status);
    return id;
}

static void given_said(struct scene *s, const char *id, struct stream *in, const char *text)
{
    stream_say(in, text);
    if (!wait_for_log(s, id, text))
        case_blocked(s, "a line in the log: it does not come");
}

/* Two lines with an input between them that lets the second come later: the time of the second line, as the engine
 * itself tells it, is the bound of since and until. */
static const char *given_two_lines(struct scene *s, const char **first, const char **second)
{
    struct stream *in;
    const char *text, *id = given_talking(s, a_probe("['cat']"), &in);

    given_said(s, id, in, "one\n");
    given_said(s, id, in, "two\n");
    in = when_follow(s, "/containers/%s/logs?stdout=1&timestamps=1", id);
    then_stream_ends(in);
    text = stream_stdout(in);
    if (!after_time(text) || strlen(text) < 66 || !after_time(text + 35))
        case_blocked(s, "two lines with times: %s", text);
    *first = scene_printf(s, "%.30s", text);
    *second = scene_printf(s, "%.30s", text + 35);
    return id;
}

static long long nanoseconds_of(const char *rfc3339)
{
    struct tm tm = { 0 };
    const char *rest = strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm);

    return (long long)timegm(&tm) * 1000000000 + atoll(rest + 1);
}

/* "1795476846.441374195": in the middle between two times as above. Milliseconds lie between them, and no case asks how fine
 * the engine counts. */
static const char *between(struct scene *s, const char *first, const char *second)
{
    long long time = nanoseconds_of(first) / 2 + nanoseconds_of(second) / 2;

    return scene_printf(s, "%lld.%09lld", time / 1000000000, time % 1000000000);
}

static void since_leaves_out_what_was_before(void **state)
{
    struct scene *s = *state;
    const char *first, *second, *id = given_two_lines(s, &first, &second);

    struct stream *logs =
        when_follow(s, "/containers/%s/logs?stdout=1&since=%s", id, between(s, first, second));

    then_status(stream_answer(logs), 200);
    then_stdout(logs, "two\n");
}

static void until_leaves_out_what_came_after(void **state)
{
    struct scene *s = *state;
    const char *first, *second, *id = given_two_lines(s, &first, &second);

    struct stream *logs =
        when_follow(s, "/containers/%s/logs?stdout=1&until=%s", id, between(s, first, second));

    then_status(stream_answer(logs), 200);
    then_stdout(logs, "one\n");
}

static const struct bound {
    const char *label, *query, *wanted;
} bounds[] = {
    {"since the future",  "since=4000000000", ""        },
    { "since long ago",   "since=1",          "line 1\n"},
    { "until long ago",   "until=1",          ""        },
    { "until the future", "until=4000000000", "line 1\n"},
    { "zero is no bound", "since=0&until=0",  "line 1\n"},
};

static void bounds_are_seconds_since_1970(void **state)
{
    struct scene *s = *state;
    const struct bound *row = s->row;
    const char *id = given_lines(s, 1);

    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&%s", id, row->query);

    then_status(stream_answer(logs), 200);
    then_stdout(logs, row->wanted);
}

static void details_are_those_that_the_log_was_told_to_keep(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_probe("['lines', '1']"), "Env", "['COLOR=red', 'SIZE=big']");
    const char *id;

    with(body, "HostConfig.LogConfig", "{'Type': 'json-file', 'Config': {'env': 'COLOR'}}");
    id = given_exited(s, body);

    scene_sends_unknown(s); /* no document names `details` */
    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&details=1", id);

    then_status(stream_answer(logs), 200);
    then_stdout(logs, "COLOR=red line 1\n");
}

static void following_sends_what_was_and_what_comes(void **state)
{
    struct scene *s = *state;
    struct stream *in, *logs;
    const char *id = given_talking(s, a_probe("['cat']"), &in);

    given_said(s, id, in, "before\n");
    logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1", id);
    then_stream_says(logs, "before\n");
    stream_say(in, "after\n");

    then_stream_says(logs, "before\nafter\n");
    then_true(s, stream_is_open(logs, 0), "the stream goes on while the container runs");
}

static void following_from_the_end_sends_only_what_comes(void **state)
{
    struct scene *s = *state;
    struct stream *in, *logs;
    const char *id = given_talking(s, with(a_probe("['cat']"), "StdinOnce", "true"), &in);

    given_said(s, id, in, "one\n");
    given_said(s, id, in, "two\n");
    logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1&tail=1", id);
    then_stream_says(logs, "two\n");
    stream_say(in, "three\n");
    then_stream_says(logs, "three\n");
    stream_half_close(in);

    then_stdout(logs, "two\nthree\n");
}

/* Engines keep long lines in pieces of 16 KiB. */
static void a_long_line_is_one(void **state)
{
    struct scene *s = *state;
    const char *id =
                   given_exited(s, a_probe("['sh', '-c', 'fill /tmp/long 40000; cat /tmp/long; echo end']")),
               *text;

    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1", id);

    then_stream_ends(logs);
    then_int(s, "bytes of the log", (long long)stream_stdout_size(logs), 40004);
    text = stream_stdout(logs);
    for (int i = 0; i < 40000; i++)
        if (text[i])
            then_int(s, "byte of a line of zeros", text[i], 0);
    then_string(s, "after the line", text + 40000, "end\n");
}

static void following_ends_with_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, a_probe("['signals', 'TERM=3']"));
    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1", id);

    then_stream_says(logs, "ready\n");
    when_post(s, "/containers/%s/kill?signal=TERM", id);

    then_stdout(logs, "ready\nTERM\n");
}

static void following_an_exited_container_ends_at_once(void **state)
{
    struct scene *s = *state;
    const char *id = given_lines(s, 2);

    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1", id);

    then_status(stream_answer(logs), 200);
    then_stdout(logs, "line 1\nline 2\n");
}

static void a_created_container_has_an_empty_log(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "talker");

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1&stderr=1", id);

    then_status(x, 200);
    then_no_body(x);
}

static void the_log_goes_on_after_a_second_start(void **state)
{
    struct scene *s = *state;
    const char *id = given_lines(s, 1);

    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_container_becomes(s, id, "exited");
    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1", id);

    then_stdout(logs, "line 1\nline 1\n");
}

static void a_terminal_sends_no_frames(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, with(a_probe("['lines', '2']"), "Tty", "true"));

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1", id);

    then_status(x, 200);
    then_body(x, "line 1\r\nline 2\r\n");
}

static void a_line_without_an_end_stays_so(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['echo', '-n', 'half']"));

    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1", id);

    then_stdout(logs, "half");
}

static void frames_are_announced(void **state)
{
    struct scene *s = *state;
    const char *id = given_lines(s, 1);

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1", id);

    then_status(x, 200);
    then_content_type(x, "application/vnd.docker.multiplexed-stream");
}

static void a_raw_stream_is_announced(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, with(a_probe("['lines', '1']"), "Tty", "true"));

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1", id);

    then_status(x, 200);
    then_content_type(x, "application/vnd.docker.raw-stream");
}

static void frames_are_not_announced_by_name(void **state)
{
    struct scene *s = *state;
    const char *id = given_lines(s, 1), *type;
    struct exchange *x;

    x = when_get(s, "/containers/%s/logs?stdout=1", id);

    then_status(x, 200);
    type = exchange_header(x, "Content-Type");
    then_true(s, !type || strcmp(type, "application/vnd.docker.raw-stream") == 0,
              "no Content-Type, or application/vnd.docker.raw-stream, and not %s", type ? type : "");
}

static void without_a_log_there_is_nothing_to_read(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_exited(s, with(a_probe("['lines', '1']"), "HostConfig.LogConfig", "{'Type': 'none'}"));

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1", id);

    then_refused(x, 501);
    then_error_mentions(x, "does not support reading");
}

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_get(s, "/containers/%s/logs?stdout=1", name);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

static void a_local_log_is_told_as_any_other(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, with(a_container("talker"), "HostConfig.LogConfig.Type", "'local'"));

    struct stream *st = when_follow(s, "/containers/%s/logs?stdout=1&stderr=1", id);

    then_stdout(st, "out 1\nout 2\nout 3\n");
    then_stderr(st, "err 1\nerr 2\nerr 3\n");
}

CASES(container_logs) = {
    CASE("ContainerLogs.local", a_local_log_is_told_as_any_other),
    CASE_ROWS("ContainerLogs.streams", the_chosen_streams_are_sent, selections),
    CASE_ROWS("ContainerLogs.no-stream", without_a_chosen_stream_it_is_refused, no_streams),
    CASE_ROWS("ContainerLogs.tail", tail_sends_the_last_lines, tails),
    CASE("ContainerLogs.timestamps", timestamps_lead_each_line),
    CASE("ContainerLogs.since", since_leaves_out_what_was_before),
    CASE("ContainerLogs.until", until_leaves_out_what_came_after),
    CASE_ROWS("ContainerLogs.since ContainerLogs.until", bounds_are_seconds_since_1970, bounds),
    CASE("ContainerLogs.details", details_are_those_that_the_log_was_told_to_keep),
    CASE("ContainerLogs.follow", following_sends_what_was_and_what_comes),
    CASE("ContainerLogs.follow-tail", following_from_the_end_sends_only_what_comes),
    CASE("ContainerLogs.follow-ends", following_ends_with_the_container),
    CASE("ContainerLogs.follow-ends", following_an_exited_container_ends_at_once),
    CASE("ContainerLogs.created", a_created_container_has_an_empty_log),
    CASE("ContainerLogs.restarted", the_log_goes_on_after_a_second_start),
    CASE("ContainerLogs.tty", a_terminal_sends_no_frames),
    CASE("ContainerLogs.no-newline", a_line_without_an_end_stays_so),
    CASE("ContainerLogs.long-line", a_long_line_is_one),
    CASE("ContainerLogs.type", frames_are_announced),
    CASE("ContainerLogs.type-tty", a_raw_stream_is_announced),
    CASE("ContainerLogs.type-before", frames_are_not_announced_by_name),
    CASE("ContainerLogs.driver-none", without_a_log_there_is_nothing_to_read),
    CASE("ContainerLogs.not-found", a_missing_container_is_not_found),
    CASE_END,
};
