/* fuzz/websocket_fuzz.c - frames of a WebSocket's server. The first byte says after how many bytes the rest comes; both ways must agree. */
#include "harness/wire/websocket.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct websocket whole = { 0 }, pieces = { 0 };
    size_t cut;

    if (size == 0)
        return 0;
    cut = data[0] < size - 1 ? data[0] : size - 1;
    websocket_feed(&whole, data + 1, size - 1);
    websocket_end(&whole);
    websocket_feed(&pieces, data + 1, cut);
    websocket_feed(&pieces, data + 1 + cut, size - 1 - cut);
    websocket_end(&pieces);
    if (whole.data.size != pieces.data.size || whole.pongs.size != pieces.pongs.size ||
        whole.closed != pieces.closed || whole.close_code != pieces.close_code ||
        strcmp(whole.broken, pieces.broken) != 0)
        abort();
    websocket_clear(&whole);
    websocket_clear(&pieces);
    return 0;
}
