/* Frames of a WebSocket's client, read in pieces of a size that the first byte says. The pieces must not matter. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *data;
    size_t size, at, piece;
    uint64_t sum;
    size_t pings;
};

static ssize_t more(void *user, void *bytes, size_t n)
{
    struct input *in = user;
    size_t left = in->size - in->at;

    if (n > in->piece)
        n = in->piece;
    if (n > left)
        n = left;
    memcpy(bytes, in->data + in->at, n);
    in->at += n;
    return (ssize_t)n;
}

static int data_piece(void *user, const void *bytes, size_t n)
{
    struct input *in = user;

    for (size_t i = 0; i < n; i++)
        in->sum = in->sum * 31 + ((const uint8_t *)bytes)[i];
    return 0;
}

static int ping(void *user, const void *bytes, size_t n)
{
    if (n > 125)
        abort();
    ((struct input *)user)->pings++;
    return data_piece(user, bytes, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input whole = { .piece = SIZE_MAX }, cut;
    struct websocket_peer a = { &whole, more, data_piece, ping }, b = { &cut, more, data_piece, ping };

    if (size < 1)
        return 0;
    whole.data = data + 1;
    whole.size = size - 1;
    cut = whole;
    cut.piece = data[0] % 16 + 1;
    if (websocket_serve(&a) != websocket_serve(&b) || whole.sum != cut.sum || whole.pings != cut.pings)
        abort();
    return 0;
}
