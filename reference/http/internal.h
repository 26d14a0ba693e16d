/* http/internal.h - what the files of the server share.
 *
 *     server.c      listens, accepts, counts, stops
 *     connection.c  one thread per connection: head, handler, the rest of the body, again
 *     request.c     what a handler asks of the request
 *     reply.c       what it answers; hijack
 *     websocket.c   a hijacked connection in frames of RFC 6455
 *     url.c         path and query */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "base/map.h"
#include "base/str.h"
#include "http/parser.h"
#include "http/server.h"
#include "http/stream.h"
#include "http/url.h"

#define HEAD_MAX        (64u << 10) /* request line and headers together */
#define HEADERS_MAX     256
#define HEAD_TIMEOUT_MS 60000
#define INPUT_SIZE      16384
#define DRAIN_MAX       (256u << 10) /* of a body that the handler left unread; past it the connection ends */

struct header {
    size_t name, value; /* offsets into request.text */
};

struct request {
    struct connection *connection;
    struct str target;
    struct str text; /* names and values, each ended by NUL */
    struct header headers[HEADERS_MAX];
    size_t header_count;
    bool in_value;
    size_t head_bytes;
    bool too_large;
    char *path;
    struct query query;
    struct map *params; /* of char *, owned */
    bool expects_continue;
    bool hijacked;
};

struct reply {
    struct connection *connection;
    struct str headers; /* "Name: value" CR LF, as the handler added them */
    bool head_only, begun, chunked, close;
    int status;
    const char *content_type; /* of a piecewise answer whose head is not sent yet */
    bool streaming, ended;
};

struct connection {
    struct http_server *server;
    struct connection *next, *previous; /* server's list, under its lock */
    int accepted;                       /* the descriptor; the stream closes it */
    SSL_CTX *tls;
    struct stream stream;
    struct parser *parser;
    struct request *request;
    struct reply reply;
    char in[INPUT_SIZE]; /* read, not yet parsed: [in_at, in_end) */
    size_t in_at, in_end;
    struct str body; /* decoded, not yet taken by the handler; at most INPUT_SIZE */
    size_t body_at;
};

/* server.c */
const struct http_server_config *server_config(const struct http_server *s);
int server_stop_fd(const struct http_server *s); /* readable for good once the server stops */
void server_forget(struct connection *c);

/* connection.c */
void *connection_main(void *c);
/* Reads more into `in` when it is empty: 1, 0 at the peer's end. */
int connection_fill(struct connection *c, struct error *err);
/* Parses what is in `in`; body bytes go to `body`. */
int connection_parse(struct connection *c, struct error *err);

/* request.c */
struct request *request_new(struct connection *c);
struct request *request_free(struct request *r);
bool request_body_done(const struct request *r);
extern const struct parser_events request_events; /* user: struct connection */

/* reply.c */
void reply_init(struct reply *r, struct connection *c);
int reply_end(struct reply *r); /* the last chunk; -1 when the connection cannot go on */
/* Before a request is whole there is no handler to ask: as net/http, plain text and the end of the
 * connection. */
void reply_refuse(struct connection *c, int status, const char *why);

#endif
