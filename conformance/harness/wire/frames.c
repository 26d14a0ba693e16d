/* wire/frames.c - see frames.h. */
#include "harness/wire/frames.h"

#include <stdio.h>
#include <string.h>

static void head_complete(struct frames *frames)
{
    const unsigned char *h = frames->head;
    uint32_t size = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];

    frames->head_size = 0;
    if (h[0] > 2 || h[1] || h[2] || h[3])
        snprintf(frames->broken, sizeof frames->broken,
                 "no frame begins with %02x %02x %02x %02x %02x %02x %02x %02x (after %u whole frames)", h[0],
                 h[1], h[2], h[3], h[4], h[5], h[6], h[7], frames->count);
    else if (size > FRAME_MAX)
        snprintf(frames->broken, sizeof frames->broken, "a frame of %u bytes (after %u whole frames)", size,
                 frames->count);
    else if (size == 0)
        frames->count++;
    frames->left = size;
}

void frames_feed(struct frames *frames, const void *data, size_t size)
{
    const unsigned char *from = data;

    while (size && !frames->broken[0]) {
        size_t part = 1;
        if (frames->left == 0) {
            frames->head[frames->head_size++] = *from;
            if (frames->head_size == sizeof frames->head)
                head_complete(frames);
        } else {
            part = size < frames->left ? size : frames->left;
            buffer_add(frames->head[0] == 2 ? &frames->err : &frames->out, from, part);
            frames->left -= (uint32_t)part;
            frames->count += frames->left == 0;
        }
        from += part;
        size -= part;
    }
}

void frames_end(struct frames *frames)
{
    if (!frames->broken[0] && (frames->left || frames->head_size))
        snprintf(frames->broken, sizeof frames->broken,
                 "the stream ended within a frame (after %u whole frames)", frames->count);
}

void frames_clear(struct frames *frames)
{
    buffer_clear(&frames->out);
    buffer_clear(&frames->err);
    *frames = (struct frames){ 0 };
}
