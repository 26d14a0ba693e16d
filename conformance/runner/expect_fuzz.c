/* runner/expect_fuzz.c - the expectations file, and the patterns in it: any bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "runner/expect.h"
#include "runner/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expectations expectations;
    char *text = must_alloc(size + 1, 1), *why = NULL;

    memcpy(text, data, size);
    if (expectations_parse(text, &expectations, &why) == 0) {
        for (size_t i = 0; i < expectations.count; i++)
            (void)pattern_names(expectations.list[i].pattern, "A.one B.two a_name[a [label] x]");
        expectations_clear(&expectations);
    }
    free(why);
    free(text);
    return 0;
}
