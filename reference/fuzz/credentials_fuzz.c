/* fuzz/credentials_fuzz.c - X-Registry-Auth: what is taken can be sent on, and what is not says nothing of itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "registry/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size);
    scoped(credentials_free) struct credentials *c = NULL;
    scoped(credentials_set_free) struct credentials_set *set = credentials_set_parse(text);
    scoped(secret_free) char *basic = NULL;
    struct error err = { 0 };

    if (!credentials_for(set, "docker.io"))
        abort();
    if (credentials_parse(text, &c, &err) < 0) {
        if (!str_starts(err.text, "invalid X-Registry-Auth header"))
            abort();
        return 0;
    }
    basic = credentials_basic(c);
    if (basic[0] == '\0' || strlen(basic) % 4)
        abort();
    return 0;
}
