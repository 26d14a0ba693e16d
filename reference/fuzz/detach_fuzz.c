/* Detach keys, and what is typed: two parts, divided by a NUL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "container/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *keys = xstrndup((const char *)data, size);
    size_t skip = strlen(keys) + 1, held_count;
    unsigned char bytes[64], held[DETACH_KEYS_MAX];
    struct detach d;

    if (detach_parse(keys, &d, NULL) < 0)
        return 0;
    for (size_t at = skip; at < size; at += sizeof(bytes)) {
        size_t n = size - at < sizeof(bytes) ? size - at : sizeof(bytes);

        memcpy(bytes, data + at, n);
        if (detach_filter(&d, bytes, &n, held, &held_count))
            break;
    }
    return 0;
}
