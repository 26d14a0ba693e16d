/* fuzz/schema_fuzz.c - which operation a path is of, and the walk through a body. Up to the first newline it is a path, then JSON. */
#include "harness/spec/schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    char path[256], first[64];
    const char *operation;
    json_t *body;

    if (!newline || (size_t)(newline - data) >= sizeof path)
        return 0;
    memcpy(path, data, (size_t)(newline - data));
    path[newline - data] = '\0';
    operation = operation_of("GET", path);
    body = json_loadb((const char *)newline + 1, size - (size_t)(newline + 1 - data),
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (body)
        schema_check(operation ? operation : "ContainerInspect", "1.41", body, first, sizeof first, NULL);
    json_decref(body);
    return 0;
}
