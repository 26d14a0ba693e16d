/* container/pump.c - see stream.h. */
#include "container/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define PIECE 32768

struct pump {
    const struct byte_stream *client;
    int fd;
    struct detach *detach;
    bool in;  /* the client may still send */
    bool eof; /* its end must still be told to the process */
    unsigned char input[PIECE + DETACH_KEYS_MAX];
    size_t at, have;
    bool detached;
};

static void tell_eof(struct pump *p)
{
    if (p->eof && p->at == p->have) {
        shutdown(p->fd, SHUT_WR);
        p->eof = false;
    }
}

/* Writes what it takes now. */
static void write_input(struct pump *p)
{
    ssize_t n = send(p->fd, p->input + p->at, p->have - p->at, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n >= 0)
        p->at += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        p->at = p->have; /* nobody reads it: what the client sends is lost, as with a closed stdin */
    if (p->at == p->have)
        p->at = p->have = 0;
    tell_eof(p);
}

/* False: the client is gone. */
static bool read_input(struct pump *p)
{
    struct error err;
    ssize_t n = p->client->read(p->client->user, p->input, PIECE, &err);
    size_t count, held = 0;

    if (n < 0)
        return false;
    if (n == 0) {
        p->in = false;
        p->eof = true;
        tell_eof(p);
        return true;
    }
    count = (size_t)n;
    if (p->detach) {
        unsigned char rest[DETACH_KEYS_MAX];

        p->detached = detach_filter(p->detach, p->input, &count, rest, &held);
        memcpy(p->input + count, rest, held);
    }
    p->at = 0;
    p->have = count + held;
    if (p->have)
        write_input(p);
    return true;
}

/* 1: more to come, 0: the end, -1: the client is gone. */
static int carry_output(struct pump *p)
{
    char bytes[PIECE];
    ssize_t n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : 0;
    if (n == 0)
        return 0;
    return p->client->write(p->client->user, bytes, (size_t)n, NULL) < 0 ? -1 : 1;
}

static void fill_polls(struct pump *p, struct pollfd polls[2])
{
    bool wants_input = p->in && p->have == 0;

    polls[0] = (struct pollfd){ .fd = p->fd, .events = (short)(POLLIN | (p->have ? POLLOUT : 0)) };
    /* without POLLIN a hang-up is still told */
    polls[1] =
        (struct pollfd){ .fd = p->client->fd(p->client->user), .events = (short)(wants_input ? POLLIN : 0) };
    if (!p->in)
        polls[1].events = 0;
}

enum pump_end pump(const struct byte_stream *client, int fd, bool in, struct detach *detach)
{
    struct pump *p = new_zeroed(struct pump);
    enum pump_end end = PUMP_ENDED;
    int more = 1;

    p->client = client;
    p->fd = fd;
    p->in = in;
    p->detach = detach && detach->count ? detach : NULL;
    while (more > 0) {
        struct pollfd polls[2];
        bool pending = p->in && p->have == 0 && client->pending(client->user);

        fill_polls(p, polls);
        if (poll(polls, 2, pending ? 0 : -1) < 0 && errno != EINTR)
            break;
        if (polls[0].revents & POLLOUT)
            write_input(p);
        if (p->in && p->have == 0 && (pending || (polls[1].revents & POLLIN)) && !read_input(p))
            more = -1;
        else if (!(polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
                 (polls[1].revents & (POLLHUP | POLLERR)) && !(polls[1].revents & POLLIN))
            more = -1;
        if (p->detached)
            break;
        if (more > 0 && (polls[0].revents & (POLLIN | POLLHUP | POLLERR)))
            more = carry_output(p);
    }
    end = p->detached ? PUMP_DETACHED : more < 0 ? PUMP_LEFT : PUMP_ENDED;
    free(p);
    return end;
}

void stream_header(int stream, size_t n, uint8_t ret[STREAM_HEADER_SIZE])
{
    memset(ret, 0, STREAM_HEADER_SIZE);
    ret[0] = (uint8_t)stream;
    for (int i = 0; i < 4; i++)
        ret[4 + i] = (uint8_t)(n >> (24 - 8 * i));
}

void unframe_add(struct unframe *u, const uint8_t *bytes, size_t n, struct str *ret, size_t most)
{
    while (n > 0) {
        if (u->left == 0) {
            u->header[u->have++] = *bytes++;
            n--;
            if (u->have == STREAM_HEADER_SIZE) {
                u->have = 0;
                for (int i = 0; i < 4; i++)
                    u->left = u->left << 8 | u->header[4 + i];
            }
        } else {
            size_t take = n < u->left ? n : u->left, room = ret->len < most ? most - ret->len : 0;

            str_add_bytes(ret, bytes, take < room ? take : room);
            bytes += take;
            n -= take;
            u->left -= take;
        }
    }
}

int stream_text(const struct byte_stream *client, bool tty, int stream, const char *text, size_t n,
                struct error *err)
{
    uint8_t header[STREAM_HEADER_SIZE];

    if (!tty) {
        stream_header(stream, n, header);
        if (client->write(client->user, header, sizeof(header), err) < 0)
            return -1;
    }
    return client->write(client->user, text, n, err);
}

/* -- another form -- */

static ssize_t reframe_read(void *user, void *bytes, size_t n, struct error *err)
{
    const struct byte_stream *client = ((struct reframe *)user)->client;

    return client->read(client->user, bytes, n, err);
}

static int reframe_write(void *user, const void *bytes, size_t n, struct error *err)
{
    struct reframe *r = user;
    struct str payload = { 0 };
    int rc;

    if (r->frames)
        return stream_text(r->client, false, STREAM_STDOUT, bytes, n, err);
    unframe_add(&r->unframe, bytes, n, &payload, n);
    rc = payload.len ? r->client->write(r->client->user, payload.data, payload.len, err) : 0;
    str_free(&payload);
    return rc;
}

static void reframe_shutdown(void *user)
{
    const struct byte_stream *client = ((struct reframe *)user)->client;

    client->shutdown(client->user);
}

static int reframe_fd(void *user)
{
    const struct byte_stream *client = ((struct reframe *)user)->client;

    return client->fd(client->user);
}

static bool reframe_pending(void *user)
{
    const struct byte_stream *client = ((struct reframe *)user)->client;

    return client->pending(client->user);
}

struct byte_stream reframed(struct reframe *r)
{
    return (
        struct byte_stream){ r, reframe_read, reframe_write, reframe_shutdown, reframe_fd, reframe_pending };
}
