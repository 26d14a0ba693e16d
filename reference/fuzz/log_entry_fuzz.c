/* fuzz/log_entry_fuzz.c - a line of a log: whatever it is, the entry lies within it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "logs/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = xmalloc(size + 1), *encoded;
    struct log_entry entry;

    memcpy(line, data, size);
    if (entry_decode(line, size, &entry) && (entry.text < line || entry.text + entry.length > line + size))
        abort();
    encoded = xmalloc(LOG_ENTRY);
    if (entry_encode(encoded, false, "1970-01-01T00:00:01Z", (const char *)data,
                     size < LOG_CHUNK ? size : LOG_CHUNK, true) > LOG_ENTRY)
        abort();
    free(encoded);
    free(line);
    return 0;
}
