/* http/server.h - HTTP/1.1 on Unix sockets and TCP, a thread per connection; knows no endpoint.
 *
 * A message is parsed by a library (llhttp or http-parser). A body is read as the handler asks for it and an
 * answer is written as it is made, so that nothing of an image's size is held in memory. A handler either
 * answers once (reply_json, reply_empty, reply_text), or begins an answer and writes it piecewise (chunked),
 * or takes the connection over (reply_hijack).
 *
 * Bounds: request line and headers 64 KiB together, a JSON body JSON_MAX_BYTES; a peer that sends no complete
 * head within 60 s while one is due, or reads nothing for long, costs one thread and no more. SIGPIPE is
 * ignored by main(). */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "base/error.h"

struct request; /* one request; valid until the handler returns */
struct reply;   /* its answer */

/* Answers `req`. An error that it returns before anything of the answer was sent is encoded by the server's
 * `fail` function. */
typedef int (*http_handler)(struct request *req, struct reply *reply, struct error *err);

struct http_server_config {
    void *user;           /* request_user() */
    http_handler handler; /* called for every request */
    /* Encodes a failure of `handler` as the whole answer. What is no HTTP at all is refused before, in plain
     * text. */
    void (*fail)(struct request *req, struct reply *reply, const struct error *err);
    const char *server_header; /* "Server:" of every answer */
    unsigned max_connections;  /* more are closed at once */
};

struct http_server;

struct http_server *http_server_new(const struct http_server_config *config);

struct http_tls {
    const char *ca, *cert, *key; /* PEM files; the client must show a certificate that `ca` signed */
};

/* "unix:///path" (mode 0660, the group `group` if it exists, an old socket file is replaced only when nobody
 * answers on it), "tcp://host:port" (loopback only, unless `tls`), "fd://". Listening begins at once, serving
 * with http_server_run(). */
int http_server_listen(struct http_server *s, const char *url, const char *group, const struct http_tls *tls,
                       struct error *err);
/* Serves until http_server_stop(), which may be called from any thread or signal handler. Idle connections
 * are closed then, busy ones get `grace_ms` to finish. */
int http_server_run(struct http_server *s, unsigned grace_ms, struct error *err);
void http_server_stop(struct http_server *s);
/* How many connections there are. After http_server_run() only those whose handlers would not end: what they use must not be freed. */
unsigned http_server_connections(struct http_server *s);
struct http_server *http_server_free(struct http_server *s);

/* -- the request -- */
void *request_user(const struct request *req);
const char *request_method(const struct request *req);
const char *request_path(
    const struct request *req); /* percent-decoded, without the query; set by request_set_path() */
const char *request_header(const struct request *req,
                           const char *name); /* case-insensitive; NULL; the first of several */
void request_set_path(struct request *req,
                      const char *path); /* what is left of it, for those behind a prefix */
/* Decoded value of a query parameter; the first of several; NULL when it is not there. */
const char *request_query(const struct request *req, const char *name);
size_t request_query_count(const struct request *req, const char *name);
const char *request_query_nth(const struct request *req, const char *name, size_t n);
/* The first escape of the query that is none ("%zz"), or NULL; its pair counts as not there. */
const char *request_query_wrong(const struct request *req);
/* As dockerd reads booleans: "", "0", "no", "false", "none" (any case) are false, anything else is true. */
bool request_query_bool(const struct request *req, const char *name, bool otherwise);
int request_query_int(const struct request *req, const char *name, int64_t otherwise, int64_t *ret,
                      struct error *err); /* ERR_INVALID */
/* Path parameters, put there by the router: "id", "name". */
const char *request_param(const struct request *req, const char *name);
void request_set_param(struct request *req, const char *name, const char *value);

bool request_has_body(const struct request *req); /* Content-Length > 0 or chunked */
/* The body, piece by piece; 0 at its end. A peer that asked for "100-continue" gets it at the first call. */
ssize_t request_read(struct request *req, void *bytes, size_t n, struct error *err);
/* The whole body as JSON. ERR_INVALID when the Content-Type is not application/json ("unsupported
 * Content-Type ..."), when it is no JSON, more than one value, or when there is none (unless `optional`, then
 * *ret is NULL). *ret is a new reference. */
int request_json(struct request *req, bool optional, json_t **ret, struct error *err);
/* True when the peer has closed its end; for handlers that wait for something else. */
bool request_peer_gone(struct request *req);
int request_fd(const struct request *req); /* for poll(2); readable or HUP when the peer sent more or left */

/* -- the answer -- */
void reply_header(struct reply *reply, const char *name, const char *value); /* before the answer begins */
bool reply_begun(const struct reply *reply);
/* Whole answers. reply_json() takes over `body`. All return 0, or -1 with ERR_CLOSED. */
int reply_json(struct reply *reply, int status, json_t *body);
int reply_text(struct reply *reply, int status, const char *content_type, const char *text);
int reply_empty(struct reply *reply, int status);
/* A piecewise answer: the head goes out with the first piece, or at reply_flush(); a piece goes out at once.
 * Ended by the server after the handler. For HEAD the pieces are dropped. An error returned after it began
 * cuts the connection, so that the peer sees it was cut. */
int reply_begin(struct reply *reply, int status, const char *content_type);
int reply_write(struct reply *reply, const void *bytes, size_t n, struct error *err);
int reply_write_json(struct reply *reply, json_t *value,
                     struct error *err); /* takes over `value`; one line ended by CR LF; flushed */
int reply_flush(struct reply *reply, struct error *err);

/* Takes the connection over: 101 "UPGRADED" with "Connection: Upgrade" and "Upgrade: tcp" for a client that
 * asked for an upgrade, else 200; `content_type` names the stream. Afterwards hijack_read() gives first what
 * the peer sent already. The connection is closed when the handler returns. Half-close: hijack_read() returns
 * 0 at the peer's end while writing goes on; hijack_shutdown() ends our own direction. */
int reply_hijack(struct request *req, struct reply *reply, const char *content_type, struct error *err);
int hijack_fd(const struct request *req);       /* for poll(2) */
bool hijack_pending(const struct request *req); /* bytes are buffered already: do not wait in poll(2) */
ssize_t hijack_read(struct request *req, void *bytes, size_t n, struct error *err);
int hijack_write(struct request *req, const void *bytes, size_t n, struct error *err);
void hijack_shutdown(struct request *req);

#endif
