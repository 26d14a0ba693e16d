/* Multiplexed streams, cut where the first byte says. What was refused once must not be accepted in another cut. */
#include <stdint.h>
#include <stdlib.h>

#include "http/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sink(void *user, enum frame_stream stream, const void *bytes, size_t n, struct error *err)
{
    (void)bytes;
    (void)err;
    *(size_t *)user += n + stream;
    return 0;
}

static int feed(const uint8_t *data, size_t size, size_t cut, size_t *sum)
{
    struct frame_reader r = { 0 };
    struct error err;

    if (frame_reader_feed(&r, data, cut, sink, sum, &err) < 0)
        return -1;
    return frame_reader_feed(&r, data + cut, size - cut, sink, sum, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t whole = 0, cut = 0, at;

    if (size < 2)
        return 0;
    at = data[0] % size;
    if (feed(data + 1, size - 1, 0, &whole) != feed(data + 1, size - 1, at, &cut))
        abort();
    return 0;
}
