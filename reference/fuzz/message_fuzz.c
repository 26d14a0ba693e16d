/* HTTP messages: the first byte chooses request or answer and how big the pieces are. */
#include <stdint.h>

#include "http/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ignore(void *user, const char *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)user += n;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct parser_events events = { ignore, ignore, ignore, ignore };
    size_t sum = 0, at = 1, step;
    struct parser *p;
    struct error err;
    int idle = 0;

    if (size < 2)
        return 0;
    step = 1 + data[0] / 2;
    p = parser_new(data[0] & 1 ? PARSER_RESPONSE : PARSER_REQUEST, &events, &sum);
    while (at < size && idle < 3) {
        size_t n = size - at < step ? size - at : step;
        ssize_t took = parser_feed(p, (const char *)data + at, n, &err);

        if (took < 0)
            break;
        at += (size_t)took;
        idle = took ? 0 : idle + 1;
        if (parser_at(p) == PARSER_MESSAGE_DONE)
            parser_reset(p);
    }
    parser_finish(p, &err);
    parser_free(p);
    return 0;
}
