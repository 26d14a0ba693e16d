/* wire/exchange.h - one request and what came of it.
 *
 * Whatever an engine does, an exchange ends: it is bounded in time (one deadline for the whole of it) and in
 * size (headers, body). A failed transport is no failure of the call: the exchange then has status 0 and a
 * text in `error`, and it is the case that judges it. */
#ifndef PLIMSOLL_WIRE_EXCHANGE_H
#define PLIMSOLL_WIRE_EXCHANGE_H

#include "harness/wire/target.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_BODY_MAX                                                                                    \
    (32u * 1024 * 1024) /* bytes of a body that are kept; more ends the transfer and sets `cut` */
#define EXCHANGE_VALUES_MAX                                                                                  \
    250000 /* JSON values in a body; one takes ten times its text and more in memory, so more are not parsed */
#define EXCHANGE_JSON_MAX    (8u * 1024 * 1024) /* bytes of a JSON value that are parsed */
#define EXCHANGE_HEADERS_MAX (256u * 1024)      /* bytes of all header lines; more fails the exchange */

struct wire_header {
    char *name, *value;
};

struct wire_headers {
    struct wire_header *list;
    size_t count;
};

/* What is to be sent. All is borrowed for the time of the call. */
struct wire_request {
    const char *method;
    const char *path;           /* with version prefix and query, sent as it is */
    const char *const *headers; /* "Name: value", ended by NULL; may be NULL */
    const char *content_type;   /* of the body; NULL: none */
    const void *body;           /* NULL: no body */
    size_t body_size;
    const char *body_file; /* instead of body: the content of this file */
    unsigned timeout_ms;   /* of the whole exchange; 0: 30 s */
};

struct exchange {
    /* what was sent */
    char *method;
    char *path;
    struct wire_headers sent_headers;
    char *sent_body; /* ended by 0; NULL: none, or a file */
    size_t sent_size;
    char *sent_file;

    /* what came */
    int status; /* 0: no answer, `error` says why */
    char *reason;
    struct wire_headers headers;
    char *body; /* never NULL; ended by a 0 that `size` does not count */
    size_t size;
    bool cut;      /* the body went on after EXCHANGE_BODY_MAX */
    json_t *json;  /* the body, when it is one JSON value, else NULL */
    size_t weight; /* bytes of memory that the body and its JSON take, about */
    char *error;   /* of the transport, NULL when the answer is whole */
    unsigned ms;

    const struct wire_target *target;
    char *operation; /* "ContainerStart", as the inventory names it; NULL: none of them */
    int index;       /* in the journal */
};

/* Once, before processes are forked that send: what libcurl does at its first use takes longer than an exchange. */
void exchange_prepare(void);

/* Sends and waits for the whole answer. NULL only when memory ran out. The target must outlive it. End with
 * exchange_free(). */
struct exchange *exchange_send(const struct wire_target *target, const struct wire_request *request);
void exchange_free(struct exchange *x); /* takes NULL */

/* The value of a header of the answer, whatever its case; NULL: not there. */
const char *exchange_header(const struct exchange *x, const char *name);

/* Whether an exchange's `error` says that its time was over. */
bool exchange_is_late(const char *error);

/* How many values, members included, the first JSON value in `data` has, about; one more than
 * EXCHANGE_VALUES_MAX when it has too many, or is too long, to be parsed. */
size_t exchange_count_values(const char *data, size_t size);

/* The body as a sequence of JSON values (events, progress): a new array, NULL when anything else is in it, or
 * too many. */
json_t *exchange_values(const struct exchange *x);

/* One JSON value with jansson's flags; numbers too big for an integer become reals, and all with them. `used` (NULL: unwanted)
 * gets the bytes that it took, with JSON_DISABLE_EOF_CHECK. NULL: none. The caller unrefs it. */
json_t *exchange_parse(const char *data, size_t size, size_t flags, size_t *used);

/* The line that repeats the exchange by hand; quoted for a POSIX shell. The caller frees it. */
char *exchange_curl(const struct exchange *x);

/* {"method", "path", "request_headers": [[name, value]...], "request_body", "request_size", "request_file",
 * "status", "reason", "headers", "body", "size", "cut", "error", "ms", "operation", "curl"}. Bodies are text
 * of at most 16 KiB, bytes that are not UTF-8 as \xNN; "size" tells how long the whole is. The caller unrefs
 * it. */
json_t *exchange_to_json(const struct exchange *x);

/* Some lines for a person: "> POST /v1.41/..." "< 204 No Content, 0 bytes, 12 ms" and the bodies, cut short.
 * The caller frees it. */
char *exchange_describe(const struct exchange *x);

#endif
