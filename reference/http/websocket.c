/* http/websocket.c - see websocket.h. Frames are made and taken apart by wslay; which of them may come when is ours to say, since
 * its frame interface leaves that to the caller. Its other interface would, but keeps whole messages.
 *
 *     peer --frames--> thread --bytes--> pair[1] | pair[0] --> websocket_read()
 *     peer <--pongs--- thread
 *     peer <--frames-- websocket_write()
 */
#include "http/websocket.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <wslay/wslay.h>

#include "base/base64.h"
#include "base/mem.h"
#include "http/internal.h"

#define GUID        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define CONTROL_MAX 125

#define CLOSE_NORMAL   1000
#define CLOSE_PROTOCOL 1002

/* -- frames that come -- */

struct reader {
    const struct websocket_peer *peer;
    enum websocket_end end;
    uint64_t seen; /* bytes of the frame so far */
    bool within;   /* a message whose last frame is still to come */
    uint8_t control[CONTROL_MAX];
};

static ssize_t receive(uint8_t *bytes, size_t n, int flags, void *user)
{
    struct reader *r = user;
    ssize_t got = r->peer->read(r->peer->user, bytes, n);

    (void)flags;
    if (got <= 0)
        r->end = got == 0 ? WEBSOCKET_EOF : WEBSOCKET_LOST;
    return got;
}

static enum websocket_end take_control(struct reader *r, const struct wslay_frame_iocb *f)
{
    memcpy(r->control + r->seen, f->data, f->data_length); /* wslay refuses a longer one */
    if (r->seen + f->data_length < f->payload_length)
        return WEBSOCKET_OPEN;
    if (f->opcode == WSLAY_CONNECTION_CLOSE)
        return WEBSOCKET_CLOSED;
    if (f->opcode == WSLAY_PING && r->peer->ping(r->peer->user, r->control, (size_t)f->payload_length) < 0)
        return WEBSOCKET_LOST;
    return WEBSOCKET_OPEN;
}

static bool is_good(const struct reader *r, const struct wslay_frame_iocb *f)
{
    bool control = wslay_is_ctrl_frame(f->opcode);

    if (!f->mask || f->rsv || f->opcode > WSLAY_PONG ||
        (f->opcode > WSLAY_BINARY_FRAME && f->opcode < WSLAY_CONNECTION_CLOSE))
        return false;
    if (control)
        return f->payload_length <= CONTROL_MAX;
    return r->seen > 0 || r->within == (f->opcode == WSLAY_CONTINUATION_FRAME);
}

static enum websocket_end take(struct reader *r, const struct wslay_frame_iocb *f)
{
    enum websocket_end end = WEBSOCKET_OPEN;
    bool control = wslay_is_ctrl_frame(f->opcode);

    if (!is_good(r, f))
        return WEBSOCKET_BROKEN;
    if (control)
        end = take_control(r, f);
    else if (f->data_length && r->peer->data(r->peer->user, f->data, f->data_length) < 0)
        end = WEBSOCKET_LOST;
    r->seen += f->data_length;
    if (r->seen < f->payload_length)
        return end;
    r->seen = 0;
    if (!control)
        r->within = !f->fin;
    return end;
}

enum websocket_end websocket_serve(const struct websocket_peer *peer)
{
    struct wslay_frame_callbacks calls = { .recv_callback = receive };
    struct reader r = { .peer = peer };
    wslay_frame_context_ptr frames;

    if (wslay_frame_context_init(&frames, &calls, &r) != 0)
        return WEBSOCKET_LOST;
    while (r.end == WEBSOCKET_OPEN) {
        struct wslay_frame_iocb f = { 0 };
        ssize_t n = wslay_frame_recv(frames, &f);

        if (n >= 0)
            r.end = take(&r, &f);
        else if (r.end == WEBSOCKET_OPEN && n != WSLAY_ERR_WANT_READ) /* that: only a part of a head came */
            r.end = WEBSOCKET_BROKEN;
    }
    wslay_frame_context_free(frames);
    return r.end;
}

/* -- the connection -- */

struct websocket {
    struct request *req;
    int pair[2];
    bool text;
    pthread_t thread;
    pthread_mutex_t lock; /* of what is below, and so of whole frames */
    wslay_frame_context_ptr out;
    bool closed; /* a close frame was sent, behind which there must be nothing */
};

static ssize_t transmit(const uint8_t *bytes, size_t n, int flags, void *user)
{
    struct websocket *ws = user;

    (void)flags;
    return hijack_write(ws->req, bytes, n, NULL) < 0 ? -1 : (ssize_t)n;
}

static int send_frame(struct websocket *ws, uint8_t opcode, const void *bytes, size_t n)
{
    struct wslay_frame_iocb f = {
        .fin = 1, .opcode = opcode, .payload_length = n, .data = bytes, .data_length = n
    };
    int rc = -1;

    pthread_mutex_lock(&ws->lock);
    if (!ws->closed && wslay_frame_send(ws->out, &f) == (ssize_t)n)
        rc = 0;
    if (opcode == WSLAY_CONNECTION_CLOSE)
        ws->closed = true;
    pthread_mutex_unlock(&ws->lock);
    return rc;
}

static void send_close(struct websocket *ws, unsigned code)
{
    uint8_t bytes[2] = { (uint8_t)(code >> 8), (uint8_t)code };

    send_frame(ws, WSLAY_CONNECTION_CLOSE, bytes, sizeof(bytes));
}

static ssize_t peer_read(void *user, void *bytes, size_t n)
{
    return hijack_read(((struct websocket *)user)->req, bytes, n, NULL);
}

static int peer_data(void *user, const void *bytes, size_t n)
{
    struct websocket *ws = user;
    const char *from = bytes;

    while (n > 0) {
        ssize_t sent = send(ws->pair[1], from, n, MSG_NOSIGNAL);

        if (sent < 0)
            return -1;
        from += sent;
        n -= (size_t)sent;
    }
    return 0;
}

static int peer_ping(void *user, const void *bytes, size_t n)
{
    return send_frame(user, WSLAY_PONG, bytes, n);
}

/* A peer that sends no more may still read; that it is gone shows in a hang-up, ours too. */
static void wait_for_hang_up(struct websocket *ws)
{
    struct pollfd p = { .fd = hijack_fd(ws->req), .events = 0 };

    shutdown(ws->pair[1], SHUT_WR);
    while (poll(&p, 1, -1) <= 0)
        ;
}

static void *serve(void *arg)
{
    struct websocket *ws = arg;
    struct websocket_peer peer = { ws, peer_read, peer_data, peer_ping };
    enum websocket_end end = websocket_serve(&peer);

    if (end == WEBSOCKET_EOF)
        wait_for_hang_up(ws);
    else if (end != WEBSOCKET_LOST)
        send_close(ws, end == WEBSOCKET_CLOSED ? CLOSE_NORMAL : CLOSE_PROTOCOL);
    shutdown(ws->pair[1], SHUT_RDWR);
    return NULL;
}

/* -- the handshake -- */

static int check_handshake(struct request *req, struct reply *reply, struct error *err)
{
    const char *upgrade = request_header(req, "Upgrade"),
               *version = request_header(req, "Sec-WebSocket-Version");

    if (!parser_wants_upgrade(req->connection->parser) || !upgrade || strcasecmp(upgrade, "websocket") != 0)
        return error_set(err, ERR_INVALID, "not websocket protocol");
    if (!version || !str_eq(version, "13")) {
        reply_header(reply, "Sec-WebSocket-Version", "13");
        return error_set(err, ERR_INVALID, "missing or bad WebSocket Version");
    }
    if (str_empty(request_header(req, "Sec-WebSocket-Key")))
        return error_set(err, ERR_INVALID, "mismatch challenge/response");
    return 0;
}

static char *accept_of(const char *key)
{
    scoped_free char *text = xasprintf("%s" GUID, key);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
    return base64_encode(digest, n);
}

static int answer_handshake(struct request *req, struct reply *reply, struct error *err)
{
    scoped_free char *key = accept_of(request_header(req, "Sec-WebSocket-Key"));
    const char *protocol = request_header(req, "Sec-WebSocket-Protocol");
    scoped_str out = { 0 };

    /* of several offered protocols none is chosen: there is none that we would know */
    if (!str_empty(protocol) && !strchr(protocol, ','))
        reply_header(reply, "Sec-WebSocket-Protocol", protocol);
    str_addf(&out,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n",
             key);
    str_add_bytes(&out, str_text(&reply->headers), reply->headers.len);
    str_add(&out, "\r\n");
    reply->begun = reply->ended = true;
    req->hijacked = true;
    return stream_write(&req->connection->stream, out.data, out.len, err);
}

static int start(struct websocket *ws, struct error *err)
{
    struct wslay_frame_callbacks calls = { .send_callback = transmit };

    pthread_mutex_init(&ws->lock, NULL);
    if (wslay_frame_context_init(&ws->out, &calls, ws) != 0)
        return error_set(err, ERR_SYSTEM, "no memory for a WebSocket");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ws->pair) < 0)
        return error_errno(err, "socketpair");
    if (pthread_create(&ws->thread, NULL, serve, ws) == 0)
        return 0;
    close(ws->pair[0]);
    close(ws->pair[1]);
    return error_set(err, ERR_SYSTEM, "no thread for a WebSocket");
}

static void release(struct websocket *ws)
{
    if (ws->out)
        wslay_frame_context_free(ws->out);
    pthread_mutex_destroy(&ws->lock);
    free(ws);
}

int websocket_accept(struct request *req, struct reply *reply, bool text, struct websocket **ret,
                     struct error *err)
{
    struct websocket *ws;

    if (check_handshake(req, reply, err) < 0 || answer_handshake(req, reply, err) < 0)
        return -1;
    ws = new_zeroed(struct websocket);
    ws->req = req;
    ws->text = text;
    if (start(ws, err) < 0) {
        release(ws);
        return -1;
    }
    *ret = ws;
    return 0;
}

ssize_t websocket_read(struct websocket *ws, void *bytes, size_t n, struct error *err)
{
    ssize_t got = recv(ws->pair[0], bytes, n, 0);

    return got < 0 ? error_set(err, ERR_CLOSED, "the client is gone") : got;
}

int websocket_write(struct websocket *ws, const void *bytes, size_t n, struct error *err)
{
    if (send_frame(ws, ws->text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, bytes, n) < 0)
        return error_set(err, ERR_CLOSED, "the client is gone");
    return 0;
}

int websocket_fd(const struct websocket *ws)
{
    return ws->pair[0];
}

struct websocket *websocket_close(struct websocket *ws)
{
    if (!ws)
        return NULL;
    send_close(ws, CLOSE_NORMAL);
    hijack_shutdown(ws->req);
    shutdown(ws->pair[0], SHUT_RDWR);        /* the thread may be writing to it, */
    shutdown(hijack_fd(ws->req), SHUT_RDWR); /* or be waiting for the peer */
    pthread_join(ws->thread, NULL);
    close(ws->pair[0]);
    close(ws->pair[1]);
    release(ws);
    return NULL;
}
