/* Request targets: the path and the query. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *target = xstrndup((const char *)data, size);
    struct query query;

    free(url_path(target));
    query_parse(target, &query);
    query_free(&query);
    free(target);
    return 0;
}
