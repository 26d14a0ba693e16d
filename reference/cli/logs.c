/* cli/logs.c - logs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "cli/commands.h"
#include "http/frame.h"

static int sink(void *user, enum frame_stream stream, const void *bytes, size_t n, struct error *err)
{
    (void)user;
    if (stream == FRAME_SYSTEM_ERROR)
        return error_set(err, ERR_SYSTEM, "error from daemon in stream: %.*s", (int)(n < 1024 ? n : 1024),
                         (const char *)bytes);
    return fd_write_all(stream == FRAME_STDERR ? STDERR_FILENO : STDOUT_FILENO, bytes, n, err);
}

static int copy(struct http_call *call, bool raw, struct error *err)
{
    struct frame_reader frames = { .have = 0 };
    char bytes[32u << 10];
    ssize_t n;

    while ((n = http_call_read(call, bytes, sizeof(bytes), err)) > 0) {
        if (raw ? fd_write_all(STDOUT_FILENO, bytes, (size_t)n, err) < 0
                : frame_reader_feed(&frames, bytes, (size_t)n, sink, NULL, err) < 0)
            return -1;
    }
    return n < 0 ? -1 : 0;
}

/* A span before now ("10m") becomes an instant here: our clock is what the user means. */
static void add_time(struct str *path, const char *name, const char *given)
{
    nanos span;

    if (given && clock_parse_duration(given, &span)) {
        char text[64];
        nanos at = clock_now() - span;

        snprintf(text, sizeof(text), "%lld.%09lld", (long long)(at / NANOS_PER_SECOND),
                 (long long)(at % NANOS_PER_SECOND));
        query_add(path, name, text);
    } else if (given) {
        nanos at;

        if (clock_parse_query(given, clock_now(), &at)) {
            char text[64];

            snprintf(text, sizeof(text), "%lld.%09lld", (long long)(at / NANOS_PER_SECOND),
                     (long long)(at % NANOS_PER_SECOND));
            query_add(path, name, text);
        } else {
            query_add(path, name, given); /* the engine says what is wrong with it */
        }
    }
}

static int logs_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *inspect = cli_path("/containers/", args->rest[0], "/json");
    scoped(json_decref) json_t *container = NULL;
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_free char *plain = NULL;
    scoped_str path = { 0 };

    if (cli_get(cli, inspect, &container, err) < 0)
        return -1;
    plain = cli_path("/containers/", json_str_at(container, "Id", args->rest[0]), "/logs");
    str_add(&path, plain);
    query_add(&path, "stdout", "1");
    query_add(&path, "stderr", "1");
    query_add_bool(&path, "follow", args_bool(args, "follow", false));
    query_add_bool(&path, "timestamps", args_bool(args, "timestamps", false));
    query_add_bool(&path, "details", args_bool(args, "details", false));
    query_add(&path, "tail", args_value(args, "tail", "all"));
    add_time(&path, "since", args_value(args, "since", NULL));
    add_time(&path, "until", args_value(args, "until", NULL));
    if (cli_open_get(cli, str_text(&path), &call, err) < 0)
        return -1;
    fflush(stdout);
    return copy(call, json_bool_at(container, "Config.Tty", false), err);
}

static const struct flag logs_flags[] = {
    {0,    "details",    FLAG_BOOL,  NULL,     "Show the attributes given to the log driver"   },
    { 'f', "follow",     FLAG_BOOL,  NULL,     "Go on with what is written from now on"        },
    { 0,   "since",      FLAG_VALUE, "string",
     "Only what was written since then (2026-01-02T13:23:37Z, or 42m ago)"                     },
    { 'n', "tail",       FLAG_VALUE, "string", "Number of lines from the end (default \"all\")"},
    { 't', "timestamps", FLAG_BOOL,  NULL,     "Show the time of each line"                    },
    { 0,   "until",      FLAG_VALUE, "string", "Only what was written before then"             },
    FLAGS_END,
};

const struct command logs_command = { .name = "logs",
                                      .group = "container",
                                      .in_group = "logs",
                                      .usage = "[OPTIONS] CONTAINER",
                                      .summary = "Fetch the logs of a container",
                                      .flags = logs_flags,
                                      .min = 1,
                                      .max = 1,
                                      .run = logs_run };
