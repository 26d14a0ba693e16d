/* resolver/answer.h - from a DNS message (RFC 1035) to its answer. */
#ifndef RESOLVER_ANSWER_H
#define RESOLVER_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/names.h"

#define MESSAGE_MAX     65535
#define MESSAGE_UDP_MAX 512 /* unless the question says more (EDNS) */

enum verdict {
    VERDICT_DROP,    /* no question: not answered */
    VERDICT_ANSWER,  /* *ret is the answer */
    VERDICT_FORWARD, /* none of our names: somebody else's business */
};

/* What becomes of the message. An answer over UDP that is longer than the asker takes is sent without its records and marked
 * truncated. *ret is the caller's to free. */
enum verdict answer_make(const struct names *names, const uint8_t *query, size_t n, bool udp, uint8_t **ret,
                         size_t *ret_n);
/* SERVFAIL for that question, in place: the header and the question alone. Returns its length, 0 when there is no question. */
size_t answer_failure(uint8_t *query, size_t n);
/* Is `reply` an answer to that very question (id aside)? */
bool answer_fits(const uint8_t *query, size_t n, const uint8_t *reply, size_t reply_n);

#endif
