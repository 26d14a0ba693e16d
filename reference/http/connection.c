/* http/connection.c - the life of one connection: a head is due, a handler runs, what it left of the body is
 * drained, again.
 *
 * Between requests the thread sleeps in poll(2) on the socket and on the server's stop descriptor, so that
 * stopping wakes all idle connections at once and a busy one ends after its answer. */
#include "http/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"

int connection_fill(struct connection *c, struct error *err)
{
    ssize_t got;

    if (c->in_at < c->in_end)
        return 1;
    got = stream_read(&c->stream, c->in, sizeof(c->in), err);
    if (got < 0)
        return -1;
    c->in_at = 0;
    c->in_end = (size_t)got;
    return got > 0;
}

int connection_parse(struct connection *c, struct error *err)
{
    ssize_t took = parser_feed(c->parser, c->in + c->in_at, c->in_end - c->in_at, err);

    if (took < 0)
        return -1;
    c->in_at += (size_t)took;
    if (parser_at(c->parser) == PARSER_IN_HEAD)
        c->request->head_bytes += (size_t)took;
    return 0;
}

/* 1: bytes are there; 0: the server stops, or the head did not come in time. */
static int wait_for_input(struct connection *c, nanos deadline)
{
    struct pollfd fds[2] = {
        {.fd = c->stream.fd,               .events = POLLIN},
        { .fd = server_stop_fd(c->server), .events = POLLIN}
    };

    if (c->in_at < c->in_end || stream_pending(&c->stream))
        return 1;
    for (;;) {
        int64_t ms = deadline ? (deadline - clock_monotonic()) / 1000000 : -1;

        if (deadline && ms <= 0)
            return 0;
        if (poll(fds, 2, (int)ms) < 0 && errno != EINTR)
            return 0;
        if (fds[0].revents)
            return 1;
        if (fds[1].revents)
            return 0;
    }
}

/* 1: a head is complete; 0: none came, nothing to answer; -1: refused already. */
static int read_head(struct connection *c)
{
    nanos deadline = 0;
    struct error err;

    while (parser_at(c->parser) == PARSER_IN_HEAD) {
        if (!wait_for_input(c, deadline) || connection_fill(c, &err) <= 0)
            return 0;
        if (!deadline)
            deadline = clock_monotonic() + (nanos)HEAD_TIMEOUT_MS * 1000000;
        if (connection_parse(c, &err) < 0 || c->request->head_bytes > HEAD_MAX) {
            bool large = c->request->too_large || c->request->head_bytes > HEAD_MAX;

            reply_refuse(c, large ? 431 : 400, NULL);
            return -1;
        }
    }
    return 1;
}

/* What the head must have before a handler sees it. */
static bool head_is_good(struct connection *c)
{
    struct request *r = c->request;
    const char *expect;

    if (!request_header(r, "host") && !parser_is_http_1_0(c->parser)) {
        reply_refuse(c, 400, "missing required Host header");
        return false;
    }
    r->path = url_path(str_text(&r->target));
    if (!r->path) {
        reply_refuse(c, 400, NULL);
        return false;
    }
    query_parse(str_text(&r->target), &r->query);
    expect = request_header(r, "expect");
    r->expects_continue = expect && strcasecmp(expect, "100-continue") == 0 && parser_has_body(c->parser);
    return true;
}

static int answer(struct connection *c)
{
    const struct http_server_config *config = server_config(c->server);
    struct error err = { .kind = ERR_NONE };
    struct reply *reply = &c->reply;
    int failed;

    reply_init(reply, c);
    failed = config->handler(c->request, reply, &err);
    if (c->request->hijacked)
        return -1;
    if (failed < 0 && reply_begun(reply))
        return -1;
    if (failed < 0 && err.kind == ERR_CLOSED)
        return -1;
    if (failed < 0)
        config->fail(c->request, reply, &err);
    return reply_end(reply);
}

/* The rest of a body that the handler did not want, so that the next request is found behind it. */
static int drain_body(struct connection *c)
{
    size_t total = 0;
    char sink[4096];
    struct error err;

    while (!request_body_done(c->request)) {
        ssize_t got = request_read(c->request, sink, sizeof(sink), &err);

        if (got < 0)
            return -1;
        total += (size_t)got;
        if (total > DRAIN_MAX)
            return -1;
    }
    return 0;
}

/* The peer may still send: closing now would reset the connection and lose our answer. So say that we are
 * done and read for a moment. */
static void linger(struct connection *c)
{
    nanos deadline = clock_monotonic() + NANOS_PER_SECOND;
    struct pollfd p = { .fd = c->stream.fd, .events = POLLIN };
    char sink[4096];

    stream_shutdown_write(&c->stream);
    while (clock_monotonic() < deadline && poll(&p, 1, 500) > 0)
        if (recv(c->stream.fd, sink, sizeof(sink), MSG_DONTWAIT) <= 0)
            break;
}

/* One request; true when another may follow. */
static bool serve_one(struct connection *c)
{
    bool again = false;
    int head;

    c->request = request_new(c);
    parser_reset(c->parser);
    str_cut(&c->body, 0);
    c->body_at = 0;
    head = read_head(c);
    if (head > 0 && head_is_good(c)) {
        struct error err;
        bool keep = parser_keep_alive(c->parser);

        if (!parser_has_body(c->parser))
            connection_parse(c, &err); /* the head's last byte */
        again = answer(c) == 0 && keep && !c->reply.close && drain_body(c) == 0;
        if (!again && !c->request->hijacked)
            linger(c);
    } else if (head != 0) {
        linger(c);
    }
    str_free(&c->reply.headers);
    c->request = request_free(c->request);
    return again;
}

void *connection_main(void *arg)
{
    struct connection *c = arg;
    struct pollfd stop = { .fd = server_stop_fd(c->server), .events = POLLIN };

    c->parser = parser_new(PARSER_REQUEST, &request_events, c);
    if (stream_open(&c->stream, c->accepted, c->tls, HEAD_TIMEOUT_MS, NULL) == 0)
        while (poll(&stop, 1, 0) == 0 && serve_one(c))
            ;
    server_forget(c); /* before the descriptor's number can be another's: stopping shuts it down by number */
    stream_close(&c->stream);
    c->parser = parser_free(c->parser);
    str_free(&c->body);
    free(c);
    return NULL;
}
