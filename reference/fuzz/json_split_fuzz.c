/* However a stream is cut into pieces, its values end at the same places. */
#include <stdint.h>
#include <stdlib.h>

#include "http/json_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct json_split whole = { 0 }, pieces = { 0 };
    const char *text = (const char *)bytes;
    size_t end = json_split_feed(&whole, text, n), i = 0;

    while (i < n && json_split_feed(&pieces, text + i, 1) == 0)
        i++;
    if (end ? end != i + 1 : i != n)
        abort();
    return 0;
}
