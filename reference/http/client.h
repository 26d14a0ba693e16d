/* http/client.h - requests to an engine over a Unix socket or TCP (TLS too); for the command line.
 *
 * One connection per request. Answers are parsed by the library; bodies are read piecewise. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stddef.h>
#include <sys/types.h>
#include <jansson.h>

#include "base/error.h"
#include "base/scope.h"
#include "base/str.h"

struct http_client; /* where to send requests */
struct http_call;   /* one request and its answer */

struct http_client_config {
    const char *host;           /* unix:///path, tcp://host:port */
    const char *version_prefix; /* "/v1.51" or "" */
    const char *user_agent;
    const char *ca, *cert, *key; /* TLS when `ca` is set; cert and key may be NULL then */
    int tls_unverified;          /* TLS without a look at the server's certificate (docker's --tls) */
};

int http_client_new(const struct http_client_config *config, struct http_client **ret, struct error *err);
struct http_client *http_client_free(struct http_client *c);

/* What is sent. `body` (JSON) or `source` (piecewise, chunked; returns 0 at the end), or neither. */
struct http_call_spec {
    const char *method, *path; /* path with its query, percent-encoded */
    const json_t *body;
    ssize_t (*source)(void *user, void *bytes, size_t n, struct error *err);
    void *source_user;
    const char *content_type;   /* of `source` */
    const char *const *headers; /* "Name: value", ended by NULL; may be NULL */
    int hijack;                 /* ask for an upgrade to a raw stream */
};

/* Sends the request and reads the answer's head. Fails only when no answer came; a refusal is an answer. */
int http_call_open(struct http_client *c, const struct http_call_spec *spec, struct http_call **ret,
                   struct error *err);
int http_call_status(const struct http_call *call);
const char *http_call_header(const struct http_call *call, const char *name); /* NULL */
ssize_t http_call_read(struct http_call *call, void *bytes, size_t n,
                       struct error *err); /* 0 at the end of the body */
int http_call_json(struct http_call *call, json_t **ret,
                   struct error *err); /* the whole body; NULL when it is empty */
/* The next value of a stream of JSON values: 1, or 0 at its end. */
int http_call_next_json(struct http_call *call, json_t **ret, struct error *err);
/* Takes what has arrived of a short answer and does not wait: 1 when it is whole (http_call_json() will not wait), else 0. */
int http_call_progress(struct http_call *call, struct error *err);
/* A 4xx or 5xx as an error that carries the engine's "message". */
int http_call_check(struct http_call *call, struct error *err);
/* As http_call_read() and http_call_write(), but HTTP_AGAIN instead of waiting; for loops around poll(2). */
#define HTTP_AGAIN (-2)
ssize_t http_call_try_read(struct http_call *call, void *bytes, size_t n, struct error *err);
ssize_t http_call_try_write(struct http_call *call, const void *bytes, size_t n, struct error *err);
/* After a hijack: the raw stream, both ways. Reading goes through http_call_read(). */
int http_call_fd(const struct http_call *call);
int http_call_write(struct http_call *call, const void *bytes, size_t n, struct error *err);
void http_call_shutdown(struct http_call *call); /* half-close; over TLS a close_notify */
struct http_call *http_call_close(struct http_call *call);

DEFINE_SCOPED(struct http_client *, http_client_free)
DEFINE_SCOPED(struct http_call *, http_call_close)

/* Percent-encodes a path segment or query value; the caller frees it. */
char *http_escape(const char *s);

#endif
