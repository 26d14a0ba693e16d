/* fuzz/frames_fuzz.c - frames of stdout and stderr. The first byte says after how many bytes the rest comes; both ways must agree. */
#include "harness/wire/frames.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frames whole = { 0 }, pieces = { 0 };
    size_t cut;

    if (size == 0)
        return 0;
    cut = data[0] < size - 1 ? data[0] : size - 1;
    frames_feed(&whole, data + 1, size - 1);
    frames_end(&whole);
    frames_feed(&pieces, data + 1, cut);
    frames_feed(&pieces, data + 1 + cut, size - 1 - cut);
    frames_end(&pieces);
    if (whole.out.size != pieces.out.size || whole.err.size != pieces.err.size ||
        strcmp(whole.broken, pieces.broken) != 0)
        abort();
    frames_clear(&whole);
    frames_clear(&pieces);
    return 0;
}
