/* fuzz/seccomp_fuzz.c - a seccomp profile that a client sends. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "runtime/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    struct strv none = { 0 };
    json_t *made = NULL;

    if (seccomp_from_profile(text, &none, &made, NULL) == 0)
        json_decref(made);
    free(text);
    return 0;
}
