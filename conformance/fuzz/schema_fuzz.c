/* fuzz/schema_fuzz.c - which operation a path is of, what its query holds, and the walk through a body as an answer and as
 * a request. Up to the first newline it is a path, then JSON. */
#include "harness/spec/schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void told(void *count, enum schema_rule rule, const char *sentence)
{
    if (strlen(sentence) > 700 || !schema_table(rule))
        abort();
    ++*(size_t *)count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    char path[256];
    const char *operation;
    size_t count = 0;
    json_t *body;

    if (!newline || (size_t)(newline - data) >= sizeof path)
        return 0;
    memcpy(path, data, (size_t)(newline - data));
    path[newline - data] = '\0';
    operation = operation_of("GET", path);
    operation = operation ? operation : "ContainerInspect";
    schema_check_query(operation, path, told, &count);
    body = json_loadb((const char *)newline + 1, size - (size_t)(newline + 1 - data),
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (body) {
        schema_check(operation, "1.41", body, told, &count);
        schema_check_request("ContainerCreate", body, told, &count);
    }
    json_decref(body);
    return 0;
}
