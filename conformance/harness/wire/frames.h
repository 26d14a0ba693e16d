/* wire/frames.h - takes apart the frames in which stdout and stderr share one connection.
 *
 * A frame is a byte that names the stream (0 stdin, 1 stdout, 2 stderr), three zero bytes, the length as a
 * big-endian 32-bit number, and so many bytes (OpenAPI: ContainerAttach, "Stream format"). Bytes may arrive
 * in any pieces. */
#ifndef PLIMSOLL_WIRE_FRAMES_H
#define PLIMSOLL_WIRE_FRAMES_H

#include "harness/wire/buffer.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX (16u * 1024 * 1024) /* a longer frame is taken for a broken one */

struct frames {
    struct buffer out, err;
    unsigned count;   /* of whole frames */
    char broken[160]; /* "": nothing is wrong; else why the rest is not looked at */
    unsigned char head[8];
    unsigned head_size;
    uint32_t left; /* of the frame's bytes */
};

void frames_feed(struct frames *frames, const void *data, size_t size);
void frames_end(struct frames *frames); /* nothing more comes: within a frame it is broken */
void frames_clear(struct frames *frames);

#endif
