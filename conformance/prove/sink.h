/* prove/sink.h - where an answer goes, piece by piece: to the client, or first through a deviation or a recorder. */
#ifndef PLIMSOLL_PROVE_SINK_H
#define PLIMSOLL_PROVE_SINK_H

#include "harness/wire/exchange.h"

#include <stdbool.h>
#include <stddef.h>

/* One head, any number of pieces, at most one end: an answer that is given up just stops. False: nobody listens any more. */
struct sink {
    void *user;
    bool (*head)(void *user, int status, const char *reason, const struct wire_headers *headers);
    bool (*data)(void *user, const void *data, size_t size);
    void (*end)(void *user, bool whole); /* false: the engine ended it where it may not end */
};

#endif
