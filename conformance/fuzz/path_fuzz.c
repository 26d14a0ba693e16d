/* fuzz/path_fuzz.c - paths of members. Up to the first newline it is a path, then JSON. */
#include "harness/scene/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    char path[512];
    json_t *body;

    if (!newline || (size_t)(newline - data) >= sizeof path)
        return 0;
    memcpy(path, data, (size_t)(newline - data));
    path[newline - data] = '\0';
    body = json_loadb((const char *)newline + 1, size - (size_t)(newline + 1 - data), JSON_DECODE_ANY, NULL);
    json_at(body, path);
    if (json_is_object(body))
        json_set_at(body, path, json_true());
    json_decref(body);
    return 0;
}
