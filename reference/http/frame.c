/* http/frame.c - see frame.h. */
#include "http/frame.h"

#include <string.h>

void frame_header(enum frame_stream stream, uint32_t length, uint8_t ret[FRAME_HEADER_SIZE])
{
    ret[0] = (uint8_t)stream;
    ret[1] = ret[2] = ret[3] = 0;
    ret[4] = (uint8_t)(length >> 24);
    ret[5] = (uint8_t)(length >> 16);
    ret[6] = (uint8_t)(length >> 8);
    ret[7] = (uint8_t)length;
}

static int take_header(struct frame_reader *r, struct error *err)
{
    const uint8_t *h = r->header;

    r->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
    if (h[0] > FRAME_SYSTEM_ERROR || h[1] || h[2] || h[3])
        return error_set(err, ERR_INVALID, "no frame header: %02x %02x %02x %02x", h[0], h[1], h[2], h[3]);
    if (r->left > FRAME_MAX)
        return error_set(err, ERR_INVALID, "a frame of %u bytes is too long", (unsigned)r->left);
    if (r->left == 0)
        r->have = 0;
    return 0;
}

int frame_reader_feed(struct frame_reader *r, const void *bytes, size_t n,
                      int (*sink)(void *user, enum frame_stream stream, const void *bytes, size_t n,
                                  struct error *err),
                      void *user, struct error *err)
{
    const uint8_t *at = bytes;

    while (n > 0) {
        size_t piece;

        if (r->have < FRAME_HEADER_SIZE) {
            r->header[r->have++] = *at++;
            n--;
            if (r->have == FRAME_HEADER_SIZE && take_header(r, err) < 0)
                return -1;
            continue;
        }
        piece = n < r->left ? n : r->left;
        if (sink(user, (enum frame_stream)r->header[0], at, piece, err) < 0)
            return -1;
        at += piece;
        n -= piece;
        r->left -= (uint32_t)piece;
        if (r->left == 0)
            r->have = 0;
    }
    return 0;
}
