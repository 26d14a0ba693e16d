/* fuzz/challenge_fuzz.c - WWW-Authenticate; and the answers of registries and token servers that are no manifests. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "registry/challenge.h"
#include "registry/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size);
    scoped(secret_free) char *token = NULL, *identity = NULL;
    struct challenge c = { 0 };
    scoped_str said = { 0 };

    challenge_parse(text, &c);
    if (c.kind == CHALLENGE_NONE && (c.realm || c.service || c.scope))
        abort();
    challenge_clear(&c);
    token = token_of_answer((const char *)data, size, &identity);
    for (const char *p = token; p && *p; p++)
        if ((unsigned char)*p <= ' ')
            abort(); /* it goes into a header */
    registry_error_text((const char *)data, size, 401, &said);
    if (said.len == 0)
        abort();
    return 0;
}
