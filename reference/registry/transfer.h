/* registry/transfer.h - one HTTP request and its answer, by libcurl, which is loaded when the first one is made: with all that it brings it
 * would double what a daemon takes that never pulls. Blocking; what is kept of an answer has a bound. */
#ifndef REGISTRY_TRANSFER_H
#define REGISTRY_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "base/strv.h"

struct transfer {
    /* what is asked */
    const char *method, *url;
    const struct strv *headers; /* whole lines; NULL */
    const void *body;           /* NULL: none, or `body_fd` */
    size_t body_size;
    int body_fd; /* 0: none; read from its beginning */
    int64_t body_fd_size;
    void **
        handle; /* keeps the connection for the next request; NULL: it is not kept. End with transfer_close() */
    size_t max;      /* bytes of the body that are kept; more is an error */
    bool unverified; /* any certificate will do: of a registry that may speak plain HTTP as well */
    /* Takes the body of an answer of 200 or 206 instead, as it comes. */
    int (*sink)(void *user, const void *bytes, size_t n, struct error *err);
    void *sink_user;

    /* what came */
    int status;
    struct str answer;
    char *location, *challenge, *content_type, *digest, *link, *modified; /* headers; NULL: not there */
    int64_t retry_after;                                                  /* seconds; -1: not there */
    bool broken; /* no whole answer came: asking again may help */
};

/* A failure that is no status: ERR_SYSTEM "Get \"URL\": ..." with `broken`, or what the sink said. End with transfer_clear(). */
int transfer_run(struct transfer *t, struct error *err);
void transfer_clear(struct transfer *t);
void transfer_close(void *handle); /* takes NULL */

#endif
