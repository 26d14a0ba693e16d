/* wire/exchange_inside.h - inside wire/: how an exchange is put together by its two makers, libcurl's
 * transfers and raw streams. */
#ifndef PLIMSOLL_WIRE_EXCHANGE_INSIDE_H
#define PLIMSOLL_WIRE_EXCHANGE_INSIDE_H

#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"

/* With what is to be sent and nothing that came. NULL: memory ran out. */
struct exchange *exchange_new(const struct wire_target *target, const struct wire_request *request);
/* Takes the buffer's content as the answer's body, and parses it. */
void exchange_set_body(struct exchange *x, struct buffer *body);

#endif
