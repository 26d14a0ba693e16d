/* wire/server.h - the other side of the wire: a server at a Unix socket, for the proxy between suite and engine.
 *
 * A thread for each connection, one request for each connection: the handler is called with the whole request, answers
 * as it likes, byte by byte, and the connection ends when it returns. What a client sends beyond its request (a hijacked
 * stream) is read by server_receive(). A request is bounded like an exchange's answer; one that is no HTTP gets no answer. */
#ifndef PLIMSOLL_WIRE_SERVER_H
#define PLIMSOLL_WIRE_SERVER_H

#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"

#include <stdbool.h>
#include <stddef.h>

struct server;
struct server_connection;

struct server_request {
    char *method;
    struct buffer path;
    struct wire_headers headers;
    struct buffer body;
};

/* In a thread of the connection's own. The request belongs to the server. */
typedef void (*server_handler)(void *user, struct server_connection *connection,
                               const struct server_request *request);

/* Listens at `path`, which must not exist. NULL with errno. */
struct server *server_open(const char *path, server_handler handler, void *user);
/* No more connections; removes the socket. Those that are there go on until they end, so `user` must live on. Takes NULL. */
void server_close(struct server *server);

/* False: the client is gone, or took nothing for 10 s. */
bool server_send(struct server_connection *connection, const void *data, size_t size);
/* What the client sends after its request: bytes, 0 nothing within `ms`, -1 it will send no more. */
long server_receive(struct server_connection *connection, void *data, size_t size, unsigned ms);
/* The client has closed its side for good, and not only said that it has no more to say. */
bool server_is_gone(const struct server_connection *connection);
/* To wait for it in poll(2). */
int server_descriptor(const struct server_connection *connection);

#endif
