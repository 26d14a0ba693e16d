/* fuzz/shim_request_fuzz.c - a line on a shim's control socket. */
#include <stdint.h>

#include "shim/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shim_request request;

    if (shim_request_parse((const char *)data, size, &request, NULL) == 0)
        shim_request_free(&request);
    return 0;
}
