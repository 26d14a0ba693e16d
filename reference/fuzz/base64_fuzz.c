/* Bytes as text, which an engine sends in a header; what is taken for text gives the same text again, but for the bits that no byte has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size), *again = NULL;
    scoped_str bytes = { 0 };

    if (!base64_decode(text, &bytes))
        return 0;
    again = base64_encode(str_text(&bytes), bytes.len);
    if (strlen(again) != strlen(text))
        abort();
    return 0;
}
