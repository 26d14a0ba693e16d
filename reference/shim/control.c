/* shim/control.c - connections: one request each, an answer, perhaps a stream.
 *
 * Requests come from the daemon alone (the socket's folder is 0700), still their size is bounded. A connection that
 * breaks takes nothing with it: the container's life does not hang on who listens. */
#include "shim/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"

static void connection_event(struct source *source, uint32_t events);

static void connection_free(struct connection *c)
{
    struct connection **at = &shim.connections;
    struct session *s = c->session;
    char rest[4096];

    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
    for (struct session *each = shim.sessions; each; each = each->next)
        if (each->asker == c)
            each->asker = NULL;
    while (recv(c->source.fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
        ; /* else the peer would see a reset in place of the end */
    source_close(&c->source);
    shim_request_free(&c->request);
    str_free(&c->input);
    str_free(&c->output);
    free(c);
    if (s)
        session_update_outputs(s);
}

/* Reads while there is room for it, writes while there is something. */
void connection_update(struct connection *c)
{
    bool reading = !c->eof && (c->state == CONN_HEADER || c->state == CONN_WAITING ||
                               (c->state == CONN_STREAM && c->input.len < INPUT_BOUND));

    uint32_t events = (reading ? (uint32_t)EPOLLIN : 0) | (c->output.len ? (uint32_t)EPOLLOUT : 0);

    /* EPOLLHUP alone tells that it is gone; said once, it would be said without end */
    source_set(&c->source, events || c->parked ? events : (uint32_t)EPOLLHUP);
}

void connection_flush(struct connection *c)
{
    size_t sent = 0;

    while (sent < c->output.len) {
        ssize_t n =
            send(c->source.fd, c->output.data + sent, c->output.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        sent = n < 0 ? c->output.len : sent + (size_t)n; /* gone: nobody is left to take it */
    }
    if (sent == c->output.len)
        str_free(&c->output);
    else
        str_drop_front(&c->output, sent);
    connection_update(c);
}

void connection_end(struct connection *c)
{
    c->state = CONN_CLOSING;
    connection_flush(c);
    if (c->output.len == 0)
        connection_free(c);
}

static void send_line(struct connection *c, json_t *answer)
{
    scoped_free char *text = json_text(answer);

    json_decref(answer);
    str_add(&c->output, text);
    str_add_char(&c->output, '\n');
}

void connection_answer(struct connection *c, json_t *answer)
{
    send_line(c, answer);
    connection_end(c);
}

void connection_fail(struct connection *c, enum error_kind kind, const char *text)
{
    json_t *answer = json_object();

    json_put_str(answer, "error", text);
    json_put_str(answer, "kind", shim_kind_name(kind));
    connection_answer(c, answer);
}

static json_t *ok(void)
{
    return json_pack("{s:b}", "ok", 1);
}

static json_t *started(const struct session *s)
{
    return json_pack("{s:b, s:i, s:I}", "ok", 1, "pid", (int)s->pid, "started", (json_int_t)s->started);
}

static json_t *exec_code(const struct session *s)
{
    return json_pack("{s:b, s:i}", "ok", 1, "code", s->code);
}

/* From here the connection carries streams. */
static void become_stream(struct connection *c, struct session *s, json_t *answer)
{
    c->session = s;
    c->in = c->request.in && s->wants_stdin;
    c->out = c->request.out;
    c->err = c->request.err;
    c->state = CONN_STREAM;
    send_line(c, answer);
    if (s->state == SESSION_ENDED || s->state == SESSION_DONE) {
        connection_end(c);
        return;
    }
    connection_flush(c);
    session_pump_input(s);
}

static void do_run(struct connection *c)
{
    struct session *s = shim.sessions;

    if (s->state != SESSION_NEW) {
        connection_fail(c, ERR_CONFLICT, "it was run already");
        return;
    }
    c->state = CONN_STARTING;
    s->asker = c;
    connection_update(c);
    start_session(s, NULL);
}

static void do_exec(struct connection *c)
{
    struct session *s = session_find(c->request.exec);

    if (s || shim.sessions->state != SESSION_RUNNING) {
        connection_fail(c, ERR_CONFLICT,
                        s ? "this exec was started already" : "the container is not running");
        return;
    }
    s = session_new(c->request.exec);
    s->tty = c->request.tty;
    s->wants_stdin = c->request.in;
    s->want_out = c->request.out;
    s->want_err = c->request.err;
    s->eof_closes_stdin = true;
    s->rows = c->request.rows;
    s->cols = c->request.cols;
    s->asker = c;
    c->state = CONN_STARTING;
    connection_update(c);
    start_session(s, c->request.process);
}

static void do_attach(struct connection *c)
{
    struct session *s = session_find(c->request.exec);

    if (!s)
        connection_fail(c, ERR_NOT_FOUND, "no such exec");
    else
        become_stream(c, s, ok());
}

static void do_exec_wait(struct connection *c)
{
    struct session *s = session_find(c->request.exec);

    if (!s) {
        connection_fail(c, ERR_NOT_FOUND, "no such exec");
    } else if (s->state == SESSION_DONE) {
        connection_answer(c, exec_code(s));
    } else {
        c->session = s;
        c->state = CONN_WAITING;
        connection_update(c);
    }
}

static void do_resize(struct connection *c)
{
    struct session *s = session_find(c->request.exec);

    if (!s || s->state == SESSION_DONE) {
        connection_fail(c, ERR_NOT_FOUND, "no such exec");
        return;
    }
    s->rows = c->request.rows;
    s->cols = c->request.cols;
    session_resize(s);
    connection_answer(c, ok());
}

static void do_wait(struct connection *c)
{
    if (shim.finished) { /* it connected before the end and asks after it: nothing would ever answer it */
        connection_fail(c, ERR_NOT_FOUND, "the container has ended; see exit.json");
        return;
    }
    c->state = CONN_WAITING;
    connection_update(c);
}

static void do_request(struct connection *c)
{
    switch (c->request.op) {
    case OP_RUN:
        do_run(c);
        break;
    case OP_WAIT:
        do_wait(c);
        break;
    case OP_ATTACH:
        do_attach(c);
        break;
    case OP_EXEC:
        do_exec(c);
        break;
    case OP_EXEC_WAIT:
        do_exec_wait(c);
        break;
    case OP_RESIZE:
        do_resize(c);
        break;
    case OP_CLOSE_STDIN:
        source_close(&shim.sessions->input);
        connection_answer(c, ok());
        break;
    case OP_PING:
        connection_answer(c, ok());
        break;
    case OP_ABANDON:
        if (shim.sessions->state == SESSION_NEW)
            shim.over = true;
        connection_answer(c, ok());
        break;
    }
}

/* The line is complete: what follows it is stdin already. */
static void header_complete(struct connection *c, size_t n)
{
    struct error err;

    if (shim_request_parse(c->input.data, n, &c->request, &err) < 0) {
        connection_fail(c, ERR_INVALID, err.text);
        return;
    }
    str_drop_front(&c->input, n + 1);
    if (c->input.len == 0)
        str_free(&c->input);
    do_request(c);
}

static void read_header(struct connection *c)
{
    const char *newline = c->input.len ? memchr(c->input.data, '\n', c->input.len) : NULL;

    if (newline)
        header_complete(c, (size_t)(newline - c->input.data));
    else if (c->eof || c->input.len > PROTOCOL_LINE_MAX)
        connection_free(c);
}

/* Takes what came; a stream's input waits in c->input for the container. */
static void connection_readable(struct connection *c)
{
    static char chunk[16384];
    ssize_t n = recv(c->source.fd, chunk, sizeof(chunk), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        c->eof = true;
    else if (c->state == CONN_HEADER || (c->state == CONN_STREAM && c->in))
        str_add_bytes(&c->input, chunk, (size_t)n);
    if (c->state == CONN_HEADER) {
        read_header(c);
    } else if (c->state == CONN_STREAM && c->session) {
        connection_update(c);
        if (c->in)
            session_pump_input(c->session);
    } else if (c->eof && c->state == CONN_WAITING) {
        connection_free(c);
    }
}

/* Both directions are closed. What it sent last is still for the container. */
static void connection_gone(struct connection *c)
{
    struct session *s = c->session;
    bool feeds = c->state == CONN_STREAM && c->in && s && s->state == SESSION_RUNNING;

    if (feeds && c->input.len) {
        c->parked = true;
        source_set(&c->source, 0);
        session_pump_input(s);
        return;
    }
    if (feeds && s->eof_closes_stdin && !s->tty)
        source_close(&s->input);
    connection_free(c);
}

static void connection_event(struct source *source, uint32_t events)
{
    struct connection *c = source_owner(source, struct connection, source);
    struct session *s = c->session;

    if (events & EPOLLOUT) {
        connection_flush(c);
        if (c->state == CONN_CLOSING && c->output.len == 0) {
            connection_free(c);
            return;
        }
        if (s)
            session_update_outputs(s);
    }
    if (events & EPOLLIN) {
        connection_readable(c);
        return;
    }
    if (events & (EPOLLHUP | EPOLLERR))
        connection_gone(c);
}

void control_listen_event(struct source *s, uint32_t events)
{
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct connection *c, **end = &shim.connections;

    (void)events;
    if (fd < 0)
        return;
    c = new_zeroed(struct connection);
    while (*end)
        end = &(*end)->next;
    *end = c;
    source_add(&c->source, fd, EPOLLIN, connection_event);
}

void control_started(struct session *s)
{
    struct connection *c = s->asker;

    s->asker = NULL;
    session_pump_input(s);
    if (!c) {
        session_update_outputs(s);
        return;
    }
    if (c->request.op == OP_EXEC && (c->request.in || c->request.out || c->request.err))
        become_stream(c, s, started(s));
    else
        connection_answer(c, started(s));
    session_update_outputs(s);
}

void control_start_failed(struct session *s, enum error_kind kind, const char *text)
{
    struct connection *c = s->asker;

    s->asker = NULL;
    if (c)
        connection_fail(c, kind, text);
}

void control_exec_ended(struct session *s)
{
    struct connection *next;

    for (struct connection *c = shim.connections; c; c = next) {
        next = c->next;
        if (c->session == s && c->state == CONN_WAITING)
            connection_answer(c, exec_code(s));
    }
}

void control_container_ending(void)
{
    for (struct connection *c = shim.connections; c; c = c->next)
        if (c->state == CONN_WAITING && !c->session) {
            send_line(c, json_pack("{s:b}", "ending", 1));
            connection_flush(c);
        }
}

void control_container_ended(const json_t *exit)
{
    struct connection *next;

    for (struct connection *c = shim.connections; c; c = next) {
        next = c->next;
        if (c->state == CONN_WAITING && !c->session)
            connection_answer(c, json_deep_copy(exit));
    }
}
