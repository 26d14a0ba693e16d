/* http/websocket.h - a connection taken over as a WebSocket (RFC 6455), the server's side.
 *
 * The peer's messages are one stream of bytes, whatever their borders and whether text or binary. A thread reads them, so that
 * pings are answered and the peer's end is noticed also while nobody asks for its bytes; it hands them on through a socket pair,
 * whose room bounds what waits. No message is ever held whole. Writing and reading may go on in two threads. */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include "http/server.h"

struct websocket;

/* Answers the handshake of `req` and takes its connection over. With `text` what is written goes out as texts, else as binary
 * messages. ERR_INVALID: no such handshake. The caller ends *ret with websocket_close(). */
int websocket_accept(struct request *req, struct reply *reply, bool text, struct websocket **ret,
                     struct error *err);
/* 0: the peer sends no more. */
ssize_t websocket_read(struct websocket *ws, void *bytes, size_t n, struct error *err);
int websocket_write(struct websocket *ws, const void *bytes, size_t n, struct error *err); /* a message */
/* For poll(2): readable with the peer's bytes, POLLHUP once it is gone. */
int websocket_fd(const struct websocket *ws);
/* Sends a close frame unless one was sent. Takes NULL, returns NULL. */
struct websocket *websocket_close(struct websocket *ws);

/* -- what the thread does, apart from any socket -- */

enum websocket_end {
    WEBSOCKET_OPEN,
    WEBSOCKET_EOF,    /* no more bytes come, and the peer said no goodbye */
    WEBSOCKET_CLOSED, /* the peer's close frame */
    WEBSOCKET_BROKEN, /* what came is no frame of a client */
    WEBSOCKET_LOST,   /* a function of the peer failed */
};

struct websocket_peer {
    void *user;
    ssize_t (*read)(void *user, void *bytes, size_t n);   /* 0 at the end, -1: failed */
    int (*data)(void *user, const void *bytes, size_t n); /* a piece of a message */
    int (*ping)(void *user, const void *bytes, size_t n); /* at most 125 bytes */
};

/* Reads frames until there is an end. */
enum websocket_end websocket_serve(const struct websocket_peer *peer);

#endif
