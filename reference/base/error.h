/* base/error.h - what went wrong, as a kind for programs and a sentence for people.
 *
 * A function that can fail takes a struct error last, fills it and returns -1. Nothing below the handlers
 * logs. The one table from kind to HTTP status is in api/status.c. `err` may be NULL where the caller does
 * not care. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum error_kind {
    ERR_NONE,
    ERR_INVALID,         /* the request is wrong: 400 */
    ERR_UNAUTHORIZED,    /* 401 */
    ERR_FORBIDDEN,       /* 403 */
    ERR_NOT_FOUND,       /* 404 */
    ERR_AMBIGUOUS,       /* an id prefix fits several objects */
    ERR_CONFLICT,        /* the object's state forbids it: 409 */
    ERR_NOT_MODIFIED,    /* it is so already: 304, no body */
    ERR_SYSTEM,          /* the host failed us: 500 */
    ERR_NOT_IMPLEMENTED, /* 501 */
    ERR_UNAVAILABLE,     /* 503 */
    ERR_TOO_LARGE,       /* a bound was exceeded */
    ERR_CLOSED,          /* the peer is gone: nobody is left to tell */
};

#define ERROR_TEXT_MAX 2048

struct error {
    enum error_kind kind;
    int sys; /* errno of ERR_SYSTEM, else 0 */
    char text[ERROR_TEXT_MAX];
};

/* Each returns -1, so that `return error_set(...)` reads as what it is. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "FORMAT: strerror(errno)"; the kind is ERR_SYSTEM. */
int error_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "FORMAT: " before the text; kind and cause stay. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Changes the kind alone. */
int error_as(struct error *err, enum error_kind kind);
void error_clear(struct error *err);

#endif
