/* fuzz/reference_fuzz.c - names of images: what is taken reads the same when it is written out and taken again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "registry/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size), *full = NULL, *familiar = NULL,
                     *again = NULL;
    scoped(reference_free) struct reference *r = NULL, *second = NULL;

    if (reference_parse(text, &r, NULL) < 0)
        return 0;
    full = reference_full(r);
    familiar = reference_familiar(r);
    if (reference_parse(familiar, &second, NULL) < 0)
        abort();
    again = reference_full(second);
    if (!str_eq(full, again))
        abort();
    return 0;
}
