/* wire/websocket.h - takes apart the frames of a WebSocket's server, and makes those of a client (RFC 6455).
 *
 * All data goes to one buffer, whatever the borders of frames and messages are. Bytes may arrive in any pieces. */
#ifndef PLIMSOLL_WIRE_WEBSOCKET_H
#define PLIMSOLL_WIRE_WEBSOCKET_H

#include "harness/wire/buffer.h"

#include <stdbool.h>
#include <stdint.h>

#define WEBSOCKET_FRAME_MAX (16u * 1024 * 1024) /* a longer frame is taken for a broken one */

enum {
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10
};

struct websocket {
    struct buffer data;       /* of all messages */
    struct buffer pongs;      /* what the pongs held */
    unsigned texts, binaries; /* begun messages */
    bool closed;              /* a close frame came */
    unsigned close_code;      /* 0: it told none */
    char broken[160];         /* "": nothing is wrong; else why the rest is not looked at */
    unsigned char head[10];
    unsigned head_size;
    unsigned char control[125];
    unsigned control_size;
    uint64_t left; /* of the frame's bytes */
    bool within;   /* a message whose last frame is still to come */
};

void websocket_feed(struct websocket *ws, const void *data, size_t size);
void websocket_end(struct websocket *ws); /* nothing more comes: within a frame it is broken */
void websocket_clear(struct websocket *ws);

/* Adds a client's frame; with `last` false more of the message follows in frames of the opcode 0. At most 65535 bytes. */
void websocket_add_frame(struct buffer *to, unsigned opcode, bool last, const void *data, size_t size);

#endif
