/* fuzz/expect_fuzz.c - the expectations file, and the patterns in it: any bytes. What is written anew must be
 * a file that can be read, and with the same entries. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "runner/expect.h"
#include "runner/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const ids[] = { "A.one B.two a_name[a [label] x]" };

static void write_again(const struct expectations *expectations)
{
    json_t *result = json_pack("{s:{s:s}, s:[{s:s, s:s}]}", "engine", "product", "P", "cases", "id", ids[0],
                               "verdict", "fail");
    char *text = expectations_text(expectations, result, ids, 1), *why = NULL;
    struct expectations again;

    if (expectations_parse(text, &again, &why) < 0)
        abort();
    expectations_judge(&again, result, ids, 1, "2026-11-25");
    expectations_clear(&again);
    json_decref(result);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expectations expectations;
    char *text = must_alloc(size + 1, 1), *why = NULL;

    memcpy(text, data, size);
    if (expectations_parse(text, &expectations, &why) == 0) {
        for (size_t i = 0; i < expectations.count; i++)
            (void)pattern_names(expectations.list[i].pattern, ids[0]);
        write_again(&expectations);
        expectations_clear(&expectations);
    }
    free(why);
    free(text);
    return 0;
}
