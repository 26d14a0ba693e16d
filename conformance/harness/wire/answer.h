/* wire/answer.h - an HTTP/1.1 answer read piece by piece, for streams that libcurl's transfers do not fit.
 *
 * The parser is http-parser. After 101 the bytes that follow the head belong to no HTTP any more; they go to
 * the body all the same, which is also what a hijacked 200 does (its body lasts until the connection ends).
 */
#ifndef PLIMSOLL_WIRE_ANSWER_H
#define PLIMSOLL_WIRE_ANSWER_H

#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"

#include <http_parser.h>
#include <stdbool.h>

struct answer {
    int status;
    struct buffer reason;
    struct wire_headers headers;
    size_t header_bytes;
    bool head_done;
    bool upgraded; /* 101 */
    bool bodiless; /* set by the owner: to HEAD, where no body follows whatever the head says */
    bool complete; /* the body is over, or the connection ended where it may */
    char error[160];
    struct buffer body;
    http_parser parser;
    struct buffer name, value; /* of the header line that is being read */
    bool in_value;
};

void answer_init(struct answer *answer);
void answer_feed(struct answer *answer, const char *data, size_t size);
void answer_end(struct answer *answer); /* the connection ended */
void answer_clear(struct answer *answer);

#endif
