/* The filters parameter, and what is asked of it. */
#include <stdint.h>
#include <stdlib.h>

#include "base/filters.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    struct filters *f = NULL;
    struct error err;
    bool value;

    if (filters_parse(text, NULL, &f, &err) == 0) {
        json_t *labels = json_pack("{s:s}", "a", "b");

        filters_match_regex(f, "name", "/web");
        filters_match_prefix(f, "id", "0123");
        filters_match_labels(f, "label", labels);
        filters_match_labels(f, "label!", labels);
        filters_bool(f, "dangling", false, &value, &err);
        json_decref(labels);
    }
    filters_free(f);
    free(text);
    return 0;
}
