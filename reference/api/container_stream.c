/* api/container_stream.c - logs, stats, wait, attach: answers that last. */
#include "api/container.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "http/websocket.h"

#define RAW         "application/vnd.docker.raw-stream"
#define MULTIPLEXED "application/vnd.docker.multiplexed-stream"

bool wants_upgrade(struct request *req)
{
    const char *upgrade = request_header(req, "Upgrade");

    return !str_empty(upgrade);
}

const char *stream_type(struct request *req, bool tty, bool upgraded)
{
    return !tty && upgraded && request_version(req) >= 42 ? MULTIPLEXED : RAW;
}

static ssize_t stream_read(void *user, void *bytes, size_t n, struct error *err)
{
    return hijack_read(user, bytes, n, err);
}

static int stream_write(void *user, const void *bytes, size_t n, struct error *err)
{
    return hijack_write(user, bytes, n, err);
}

static void stream_shutdown(void *user)
{
    hijack_shutdown(user);
}

static int stream_fd(void *user)
{
    return hijack_fd(user);
}

static bool stream_pending(void *user)
{
    return hijack_pending(user);
}

struct byte_stream hijacked_stream(struct request *req)
{
    return (struct byte_stream){ req, stream_read, stream_write, stream_shutdown, stream_fd, stream_pending };
}

/* -- attach -- */

static struct container_attach attach_query(struct request *req)
{
    return (struct container_attach){
        .logs = request_query_bool(req, "logs", false),
        .stream = request_query_bool(req, "stream", false),
        .in = request_query_bool(req, "stdin", false),
        .out = request_query_bool(req, "stdout", false),
        .err = request_query_bool(req, "stderr", false),
        .detach_keys = request_query(req, "detachKeys"),
    };
}

int container_attach_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped(container_attach_end) struct attachment *a = NULL;
    struct container_attach how = attach_query(req);
    struct byte_stream client;

    if (find_container(req, &c, err) < 0 || container_attach_begin(c, &how, &a, err) < 0 ||
        reply_hijack(req, reply, stream_type(req, container_has_tty(c), wants_upgrade(req)), err) < 0)
        return -1;
    client = hijacked_stream(req);
    return container_attach_serve(a, &client, err);
}

/* -- attach by WebSocket -- */

static ssize_t frames_read(void *user, void *bytes, size_t n, struct error *err)
{
    return websocket_read(user, bytes, n, err);
}

static int frames_write(void *user, const void *bytes, size_t n, struct error *err)
{
    return websocket_write(user, bytes, n, err);
}

static void frames_shutdown(void *user)
{
    (void)user; /* a WebSocket has no half of an end; its close tells the whole */
}

static int frames_fd(void *user)
{
    return websocket_fd(user);
}

static bool frames_pending(void *user)
{
    (void)user; /* poll(2) knows of all */
    return false;
}

int container_attach_websocket_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped(container_attach_end) struct attachment *a = NULL;
    struct container_attach how = attach_query(req);
    struct websocket *ws = NULL;
    struct byte_stream client;
    int rc;

    how.bare = true;
    if (request_version(req) < 42)
        how.in = how.out = how.err = true;
    if (find_container(req, &c, err) < 0 || container_attach_begin(c, &how, &a, err) < 0 ||
        websocket_accept(req, reply, request_version(req) < 28, &ws, err) < 0)
        return -1;
    client =
        (struct byte_stream){ ws, frames_read, frames_write, frames_shutdown, frames_fd, frames_pending };
    rc = container_attach_serve(a, &client, err);
    websocket_close(ws);
    return rc;
}

/* -- logs -- */

struct log_reply {
    struct request *req;
    struct reply *reply;
};

static int log_sink(void *user, const void *bytes, size_t n, struct error *err)
{
    struct log_reply *r = user;

    if (reply_write(r->reply, bytes, n, err) < 0)
        return -1;
    return reply_flush(r->reply, err);
}

static bool log_gone(void *user)
{
    return request_peer_gone(((struct log_reply *)user)->req);
}

static int log_time(struct request *req, const char *name, nanos *ret, struct error *err)
{
    const char *text = request_query(req, name);

    *ret = 0;
    if (str_empty(text) || str_eq(text, "0") || clock_parse_query(text, clock_now(), ret))
        return 0;
    return error_set(err, ERR_SYSTEM, "strconv.ParseInt: parsing \"%s\": invalid syntax", text);
}

int container_logs_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    struct container_logs how = {
        .follow = request_query_bool(req, "follow", false),
        .out = request_query_bool(req, "stdout", false),
        .err = request_query_bool(req, "stderr", false),
        .timestamps = request_query_bool(req, "timestamps", false),
        .details = request_query_bool(req, "details", false),
        .tail = -1,
    };
    struct log_reply target = { req, reply };
    const char *tail = request_query(req, "tail");

    if (!how.out && !how.err)
        return error_set(err, ERR_INVALID, "Bad parameters: you must choose at least one stream");
    if (find_container(req, &c, err) < 0 || log_time(req, "since", &how.since, err) < 0 ||
        log_time(req, "until", &how.until, err) < 0 || container_logs_check(c, err) < 0)
        return -1;
    if (!str_empty(tail) && (!str_to_int64(tail, &how.tail) || how.tail < 0))
        how.tail = -1; /* "all", and whatever is no number */
    reply_begin(reply, 200, stream_type(req, container_has_tty(c), true));
    if (reply_flush(reply, err) < 0)
        return -1;
    return container_logs(c, &how, log_sink, log_gone, &target, err);
}

/* -- wait -- */

/* The head goes out at once, so that a client knows that its wait is registered before it starts the container. */
int container_wait_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped_free char *why = NULL;
    struct container_wait *w = NULL;
    const char *condition = request_version(req) >= 30 ? request_query(req, "condition") : NULL;
    int64_t code = 0;
    json_t *body;
    int rc = 0;

    if (container_wait_check(condition, err) < 0 || find_container(req, &c, err) < 0 ||
        container_wait_begin(c, condition, &w, err) < 0)
        return -1;
    reply_begin(reply, 200, "application/json");
    if (request_version(req) >= 30)
        rc = reply_flush(reply, err);
    while (rc == 0 && container_wait_poll(w, 1000, &code, &why) == 0)
        if (request_peer_gone(req))
            rc = error_set(err, ERR_CLOSED, "the client is gone");
    container_wait_end(w);
    if (rc < 0)
        return -1;
    body = json_pack("{s:I}", "StatusCode", (json_int_t)code);
    if (why)
        json_object_set_new(body, "Error", json_pack("{s:s}", "Message", why));
    return reply_write_json(reply, body, err);
}

/* -- stats -- */

static int read_stats(struct request *req, struct container *c, json_t **last, json_t **ret,
                      struct error *err)
{
    json_t *now = NULL;

    if (container_stats(c, &now, err) < 0)
        return -1;
    if (request_version(req) >= 52)
        json_object_set_new(now, "os_type", json_string("linux"));
    if (*last) {
        json_object_set(now, "preread", json_object_get(*last, "read"));
        json_object_set(now, "precpu_stats", json_object_get(*last, "cpu_stats"));
    }
    json_decref(*last);
    *last = json_incref(now);
    *ret = now;
    return 0;
}

/* Waits a second, or until the client is gone. */
static bool next_second(struct request *req)
{
    struct pollfd p = { .fd = request_fd(req), .events = 0 };

    poll(&p, 1, 1000);
    return !request_peer_gone(req);
}

static int one_stats(struct request *req, struct reply *reply, struct container *c, bool one_shot,
                     struct error *err)
{
    json_t *last = NULL, *now = NULL;
    int rc = read_stats(req, c, &last, &now, err);
    bool up = rc == 0 && !str_eq(json_str_at(now, "read", ""), "0001-01-01T00:00:00Z");

    if (rc == 0 && !one_shot && up) { /* two readings, so that there is something to compare */
        json_decref(now);
        now = NULL;
        rc = next_second(req) ? read_stats(req, c, &last, &now, err)
                              : error_set(err, ERR_CLOSED, "the client is gone");
    }
    json_decref(last);
    return rc < 0 ? -1 : reply_json(reply, 200, now);
}

int container_stats_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    bool one_shot = request_version(req) >= 41 && request_query_bool(req, "one-shot", false);
    json_t *last = NULL, *now;
    int rc = 0;

    if (find_container(req, &c, err) < 0)
        return -1;
    if (!request_query_bool(req, "stream", true))
        return one_stats(req, reply, c, one_shot, err);
    reply_begin(reply, 200, "application/json");
    while (rc == 0) {
        rc = read_stats(req, c, &last, &now, err);
        if (rc == 0)
            rc = reply_write_json(reply, now, err);
        if (rc < 0 || !next_second(req))
            break;
    }
    json_decref(last);
    return rc;
}
