/* shim/session.c - stdio.
 *
 * What the container writes is read once, logged, and then given to each reader. A reader that is slow has 1 MiB of room;
 * when that is full nothing is read from the container until there is room again, so the container waits, as it does for
 * a slow client of dockerd. A reader that is gone is forgotten.
 *
 * The end: when the process has ended, its output usually ends too. A grandchild may keep it open; then we wait for two
 * seconds, as dockerd does, and go without the rest.
 *
 * The end of a client's stdin closes the container's only with StdinOnce (execs: always) and without a terminal;
 * otherwise it ends the attachment, output included. dockerd 20.10 and 28.5 were seen to do so. */
#include "shim/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

#define CHUNK         32768
#define GRACE_SECONDS 2
#define DONE_MAX      256 /* ended execs whose codes are kept */
#define FRAME_HEADER  8

struct session *session_new(const char *id)
{
    struct session *s = new_zeroed(struct session), **end = &shim.sessions;

    s->id = xstrdup(id);
    s->input.fd = s->console.fd = s->grace.fd = -1;
    for (int i = 0; i < 2; i++)
        s->outputs[i] = (struct output){ .source = { .fd = -1 }, .session = s, .is_stderr = i == 1 };
    while (*end)
        end = &(*end)->next;
    *end = s;
    return s;
}

struct session *session_find(const char *id)
{
    for (struct session *s = shim.sessions; s; s = s->next)
        if (str_eq(s->id, id))
            return s;
    return NULL;
}

struct session *session_by_pid(pid_t pid)
{
    for (struct session *s = shim.sessions; s; s = s->next)
        if (s->pid == pid || s->starter == pid)
            return s;
    return NULL;
}

void session_free(struct session *s)
{
    struct session **at = &shim.sessions;

    while (*at && *at != s)
        at = &(*at)->next;
    if (*at)
        *at = s->next;
    session_close_all(s);
    free(s->id);
    free(s);
}

void session_close_all(struct session *s)
{
    source_close(&s->outputs[0].source);
    source_close(&s->outputs[1].source);
    source_close(&s->input);
    source_close(&s->console);
    source_close(&s->grace);
}

static size_t unsent(const struct connection *c)
{
    return c->output.len;
}

static bool reader_is_full(const struct session *s)
{
    for (struct connection *c = shim.connections; c; c = c->next)
        if (c->session == s && c->state == CONN_STREAM && unsent(c) >= OUTPUT_BOUND)
            return true;
    return false;
}

/* An exec's output waits in its pipes until the connection that asked for it carries streams: what a short process
 * writes while the runtime still starts it would reach nobody. */
void session_update_outputs(struct session *s)
{
    bool early = s->id && s->state == SESSION_STARTING;
    uint32_t events = early || reader_is_full(s) ? 0 : EPOLLIN;

    for (int i = 0; i < 2; i++)
        if (s->outputs[i].source.fd >= 0)
            source_set(&s->outputs[i].source, events);
}

/* STREAM, 0, 0, 0, length: what http/frame.h describes, which a shim may not include. */
static void add_frame(struct connection *c, bool is_stderr, const char *bytes, size_t n)
{
    const unsigned char header[FRAME_HEADER] = { is_stderr ? 2 : 1,
                                                 0,
                                                 0,
                                                 0,
                                                 (unsigned char)(n >> 24),
                                                 (unsigned char)(n >> 16),
                                                 (unsigned char)(n >> 8),
                                                 (unsigned char)n };

    str_add_bytes(&c->output, header, sizeof(header));
    str_add_bytes(&c->output, bytes, n);
}

static void deliver(struct session *s, bool is_stderr, const char *bytes, size_t n)
{
    struct connection *next;

    for (struct connection *c = shim.connections; c; c = next) {
        next = c->next;
        if (c->session != s || c->state != CONN_STREAM ||
            !(is_stderr ? c->err : c->out || (s->tty && c->err)))
            continue;
        if (s->tty)
            str_add_bytes(&c->output, bytes, n);
        else
            add_frame(c, is_stderr, bytes, n);
        connection_flush(c);
    }
}

static bool output_is_open(const struct session *s)
{
    return s->outputs[0].source.fd >= 0 || s->outputs[1].source.fd >= 0;
}

static void end_readers(struct session *s)
{
    struct connection *next;

    for (struct connection *c = shim.connections; c; c = next) {
        next = c->next;
        if (c->session == s && c->state == CONN_STREAM)
            connection_end(c);
    }
}

static void forget_oldest_done(void)
{
    size_t done = 0;
    struct session *oldest = NULL;

    for (struct session *s = shim.sessions; s; s = s->next)
        if (s->id && s->state == SESSION_DONE && done++ == 0)
            oldest = s;
    if (done > DONE_MAX)
        session_free(oldest);
}

/* Process and output have both ended. */
static void session_done(struct session *s)
{
    session_close_all(s);
    s->state = SESSION_DONE;
    if (s->id) {
        control_exec_ended(s);
        end_readers(s);
        forget_oldest_done();
    } else {
        main_finish();
        end_readers(s);
    }
}

static void grace_is_over(struct source *source, uint32_t events)
{
    (void)events;
    session_done(source_owner(source, struct session, grace));
}

static void check_end(struct session *s)
{
    struct itimerspec when = { .it_value = { .tv_sec = GRACE_SECONDS } };
    int timer;

    if (s->state == SESSION_RUNNING && !output_is_open(s))
        end_readers(s); /* the process lives on and has closed its output */
    if (s->state != SESSION_ENDED)
        return;
    if (!output_is_open(s)) {
        session_done(s);
        return;
    }
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->grace.fd >= 0 || timer < 0) {
        if (timer >= 0)
            close(timer);
        return;
    }
    timerfd_settime(timer, 0, &when, NULL);
    source_add(&s->grace, timer, EPOLLIN, grace_is_over);
}

static void output_event(struct source *source, uint32_t events)
{
    struct output *o = source_owner(source, struct output, source);
    struct session *s = o->session;
    static char chunk[CHUNK];
    ssize_t n = read(source->fd, chunk, sizeof(chunk));

    if (n < 0 && (errno == EINTR || errno == EAGAIN) && !(events & EPOLLHUP && errno == EAGAIN))
        return;
    if (n <= 0) { /* a terminal nobody holds any more says EIO */
        source_close(source);
        check_end(s);
        return;
    }
    if (!s->id && shim.log)
        json_log_write(shim.log, o->is_stderr, chunk, (size_t)n,
                       NULL); /* a full disk must not stop the container */
    deliver(s, o->is_stderr, chunk, (size_t)n);
    session_update_outputs(s);
}

void session_attach_output(struct session *s, int fd, bool is_stderr)
{
    fd_nonblock(fd, true, NULL);
    source_add(&s->outputs[is_stderr].source, fd, EPOLLIN, output_event);
    session_update_outputs(s);
}

static void input_event(struct source *source, uint32_t events)
{
    struct session *s = source_owner(source, struct session, input);

    if (events & (EPOLLERR | EPOLLHUP) && !s->tty)
        source_close(source); /* the container closed its end */
    session_pump_input(s);
}

void session_attach_input(struct session *s, int fd)
{
    fd_nonblock(fd, true, NULL);
    source_add(&s->input, fd, 0, input_event);
}

void session_attach_terminal(struct session *s, int fd)
{
    session_attach_input(s, dup(fd));
    session_attach_output(s, fd, false);
    session_resize(s);
}

void session_resize(struct session *s)
{
    struct winsize size = { .ws_row = s->rows, .ws_col = s->cols };

    if (s->input.fd >= 0 && s->tty && s->rows && s->cols)
        ioctl(s->input.fd, TIOCSWINSZ, &size);
}

/* What this connection sent, into the container. False: it does not take more now. */
static bool pump_connection(struct session *s, struct connection *c)
{
    while (c->input.len) {
        ssize_t n;

        if (s->input.fd < 0) { /* closed, or never open: nobody wants it */
            str_free(&c->input);
            break;
        }
        n = write(s->input.fd, c->input.data, c->input.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n < 0)
            source_close(&s->input);
        else
            str_drop_front(&c->input, (size_t)n);
    }
    return true;
}

static void input_ended(struct session *s, struct connection *c)
{
    c->in = false;
    if (s->eof_closes_stdin && !s->tty)
        source_close(&s->input);
    else
        connection_end(c);
}

void session_pump_input(struct session *s)
{
    struct connection *next;
    bool blocked = false;

    if (s->state == SESSION_NEW || s->state == SESSION_STARTING)
        return; /* kept until there is somebody to give it to */
    for (struct connection *c = shim.connections; c && !blocked; c = next) {
        next = c->next;
        if (c->session != s || c->state != CONN_STREAM || !c->in)
            continue;
        blocked = !pump_connection(s, c);
        if (!blocked && c->eof)
            input_ended(s, c);
        else
            connection_update(c);
    }
    if (s->input.fd >= 0)
        source_set(&s->input, blocked ? EPOLLOUT : 0);
}

void session_exited(struct session *s, int code)
{
    s->code = code;
    s->time = clock_now();
    s->state = SESSION_ENDED;
    s->traced = 0;
    source_close(&s->input);
    check_end(s);
}
