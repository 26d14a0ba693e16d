/* http/parser.h - HTTP/1.x messages by a library: llhttp where the system has it, else http-parser (Debian
 * 12).
 *
 * The two differ in names and in how they pause; parser.c alone knows which one it is. Requests (server) and
 * answers (client) go the same way. Internal to http/. */
#ifndef HTTP_PARSER_WRAP_H
#define HTTP_PARSER_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

enum parser_kind { PARSER_REQUEST, PARSER_RESPONSE };

/* Each may be called several times in a row with pieces, also of one byte; a failure ends parsing with
 * ERR_INVALID. */
struct parser_events {
    int (*url)(void *user, const char *bytes,
               size_t n); /* or the reason phrase's place in an answer: never called */
    int (*field)(void *user, const char *bytes, size_t n);
    int (*value)(void *user, const char *bytes, size_t n);
    int (*body)(void *user, const char *bytes, size_t n);
};

enum parser_at { PARSER_IN_HEAD, PARSER_HEAD_DONE, PARSER_MESSAGE_DONE };

struct parser;

struct parser *parser_new(enum parser_kind kind, const struct parser_events *events, void *user);
struct parser *parser_free(struct parser *p);
void parser_reset(struct parser *p); /* for the next message */

/* Takes as much as it can and returns how much: it stops once when the head is complete and once when the
 * message is, so that what follows stays with the caller. ERR_INVALID when it is no HTTP. */
ssize_t parser_feed(struct parser *p, const char *bytes, size_t n, struct error *err);
/* The peer closed: an answer without a length ends here. ERR_INVALID when the message was cut short. */
int parser_finish(struct parser *p, struct error *err);
enum parser_at parser_at(const struct parser *p);

/* Once the head is complete. */
const char *parser_method(const struct parser *p);
int parser_status(const struct parser *p);
bool parser_is_http_1_0(const struct parser *p);
bool parser_keep_alive(const struct parser *p);
bool parser_wants_upgrade(const struct parser *p); /* "Connection: Upgrade" and an "Upgrade:" header */
bool parser_has_body(const struct parser *p);      /* Content-Length above 0, or chunked */
/* Between the head and the next parser_feed(): no body follows, whatever the head says (an answer to HEAD).
 */
void parser_skip_body(struct parser *p);

#endif
