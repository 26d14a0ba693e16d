/* wire/raw.h - a connection of its own, for answers that do not end by themselves: hijacked streams, events,
 * logs that follow.
 *
 * libcurl makes the connection (Unix socket, TCP, TLS) and then only carries bytes; the request is written by
 * hand and the answer is read by answer.h. Nothing here blocks longer than it is told. */
#ifndef PLIMSOLL_WIRE_RAW_H
#define PLIMSOLL_WIRE_RAW_H

#include "harness/wire/exchange.h"

#include <stdbool.h>
#include <stddef.h>

struct raw;

/* Connects and sends the whole request. request->timeout_ms bounds that. NULL only when memory ran out: a
 * failure shows in raw_exchange(). "Connection: close" is sent unless the request's headers hold a Connection
 * line. */
struct raw *raw_open(const struct wire_target *target, const struct wire_request *request);
void raw_close(struct raw *raw); /* takes NULL */

/* Ends the connection; what came stays readable. */
void raw_hang_up(struct raw *raw);

/* Waits up to `ms` for more. Returns the bytes that came (of head and body), 0: nothing within that time, -1:
 * it is over (ended or failed). */
long raw_pump(struct raw *raw, unsigned ms);
bool raw_is_over(const struct raw *raw);

/* Waits up to `ms` until there is something to read from the engine or from the descriptor `fd`. */
void raw_wait(const struct raw *raw, int fd, unsigned ms);

/* All of it within `ms`; false: it cannot be written. Reads meanwhile, so that neither side waits for the
 * other for ever. */
bool raw_send(struct raw *raw, const void *data, size_t size, unsigned ms);
/* "No more from me." -1: this transport cannot say so (TLS by libcurl). */
int raw_half_close(struct raw *raw);

int raw_status(const struct raw *raw); /* 0: no whole head yet */
const char *raw_body(const struct raw *raw, size_t *size);

/* The exchange as it stands now, of the raw, valid until the next call. */
struct exchange *raw_exchange(struct raw *raw);

#endif
