/* fuzz/dockerfile_fuzz.c - any bytes as a Dockerfile: parsed, put into stages, and every word expanded. */
#include <stddef.h>
#include <stdint.h>

#include "build/dockerfile.h"
#include "build/stages.h"
#include "build/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 200 /* of one input; a word may take a while */

static void expand_words(const struct dockerfile *d)
{
    scoped_strv env = { 0 };
    unsigned count = 0;

    strv_add(&env, "A=one two");
    strv_add(&env, "EMPTY=");
    for (size_t i = 0; i < d->count; i++) {
        for (size_t k = 0; k < d->items[i].words.count && count++ < WORDS_MAX; k++) {
            scoped_strv words = { 0 };
            scoped_free char *word = NULL;

            word_expand(d->items[i].words.items[k], d->escape, &env, &word, NULL);
            word_expand_split(d->items[i].words.items[k], d->escape, &env, &words, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped(dockerfile_free) struct dockerfile *d = NULL;
    scoped(stages_free) struct stages *stages = NULL;

    if (dockerfile_parse((const char *)data, size, &d, NULL) < 0)
        return 0;
    stages_make(d, &stages, NULL);
    expand_words(d);
    return 0;
}
