/* fuzz/answer_fuzz.c - the head and body of an answer. The first byte says after how many bytes the rest comes; both ways must agree. */
#include "harness/wire/answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer whole, pieces;
    size_t cut;

    if (size == 0)
        return 0;
    cut = data[0] < size - 1 ? data[0] : size - 1;
    answer_init(&whole);
    answer_feed(&whole, (const char *)data + 1, size - 1);
    answer_end(&whole);
    answer_init(&pieces);
    answer_feed(&pieces, (const char *)data + 1, cut);
    answer_feed(&pieces, (const char *)data + 1 + cut, size - 1 - cut);
    answer_end(&pieces);
    if (whole.status != pieces.status || whole.body.size != pieces.body.size ||
        whole.complete != pieces.complete)
        abort();
    answer_clear(&whole);
    answer_clear(&pieces);
    return 0;
}
