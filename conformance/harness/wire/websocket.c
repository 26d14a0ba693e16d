/* wire/websocket.c - see websocket.h. */
#include "harness/wire/websocket.h"

#include <stdio.h>
#include <string.h>

static unsigned opcode_of(const struct websocket *ws)
{
    return ws->head[0] & 0x0f;
}

/* Of the head, as far as its second byte tells. */
static unsigned head_wanted(const struct websocket *ws)
{
    unsigned size = ws->head_size < 2 ? 0 : ws->head[1];

    return size == 126 ? 4 : size == 127 ? 10 : 2;
}

static uint64_t size_of(const struct websocket *ws)
{
    uint64_t ret = 0;

    if (ws->head_size == 2)
        return ws->head[1];
    for (unsigned i = 2; i < ws->head_size; i++)
        ret = ret << 8 | ws->head[i];
    return ret;
}

static const char *wrong_with(const struct websocket *ws, uint64_t size)
{
    unsigned opcode = opcode_of(ws);
    bool control = opcode & 8;

    if (ws->closed)
        return "a frame after the close";
    if (ws->head[0] & 0x70)
        return "reserved bits are set";
    if (opcode > WEBSOCKET_PONG || (opcode > WEBSOCKET_BINARY && !control))
        return "an opcode that there is not";
    if (control && (size > sizeof ws->control || !(ws->head[0] & 0x80)))
        return "a control frame that is long or in parts";
    if (!control && ws->within != (opcode == 0))
        return ws->within ? "a message within another" : "a continuation of nothing";
    return size > WEBSOCKET_FRAME_MAX ? "a frame too long to be meant" : NULL;
}

static void frame_complete(struct websocket *ws)
{
    unsigned opcode = opcode_of(ws);

    if (opcode == WEBSOCKET_PONG)
        buffer_add(&ws->pongs, ws->control, ws->control_size);
    if (opcode == WEBSOCKET_CLOSE) {
        ws->closed = true;
        ws->close_code = ws->control_size < 2 ? 0 : (unsigned)ws->control[0] << 8 | ws->control[1];
    }
    if (!(opcode & 8))
        ws->within = !(ws->head[0] & 0x80);
    ws->head_size = ws->control_size = 0;
}

static void head_complete(struct websocket *ws)
{
    uint64_t size = size_of(ws);
    const char *wrong = wrong_with(ws, size);

    if (wrong) {
        snprintf(ws->broken, sizeof ws->broken, "%s: %02x %02x (after %u messages)", wrong, ws->head[0],
                 ws->head[1], ws->texts + ws->binaries);
        return;
    }
    ws->texts += opcode_of(ws) == WEBSOCKET_TEXT;
    ws->binaries += opcode_of(ws) == WEBSOCKET_BINARY;
    ws->left = size;
    if (size == 0)
        frame_complete(ws);
}

/* A server's frames have no mask, so the second byte is a length alone. */
static void take_head(struct websocket *ws, unsigned char byte)
{
    ws->head[ws->head_size++] = byte;
    if (ws->head_size == 2 && byte & 0x80)
        snprintf(ws->broken, sizeof ws->broken, "a server's frame has a mask: %02x %02x", ws->head[0], byte);
    else if (ws->head_size >= 2 && ws->head_size == head_wanted(ws))
        head_complete(ws);
}

static void take_payload(struct websocket *ws, const unsigned char *from, size_t size)
{
    if (opcode_of(ws) & 8) {
        memcpy(ws->control + ws->control_size, from, size);
        ws->control_size += (unsigned)size;
    } else {
        buffer_add(&ws->data, from, size);
    }
    ws->left -= size;
    if (ws->left == 0)
        frame_complete(ws);
}

void websocket_feed(struct websocket *ws, const void *data, size_t size)
{
    const unsigned char *from = data;

    while (size && !ws->broken[0]) {
        size_t part = ws->left == 0 ? 1 : size < ws->left ? size : (size_t)ws->left;
        if (ws->left == 0)
            take_head(ws, *from);
        else
            take_payload(ws, from, part);
        from += part;
        size -= part;
    }
}

void websocket_end(struct websocket *ws)
{
    if (!ws->broken[0] && (ws->left || ws->head_size))
        snprintf(ws->broken, sizeof ws->broken, "the stream ended within a frame (after %u messages)",
                 ws->texts + ws->binaries);
}

void websocket_clear(struct websocket *ws)
{
    buffer_clear(&ws->data);
    buffer_clear(&ws->pongs);
    *ws = (struct websocket){ 0 };
}

/* The mask is against proxies that a script of a web page might fool; here it may be any, and always the same is easier to read in a
 * record. */
void websocket_add_frame(struct buffer *to, unsigned opcode, bool last, const void *data, size_t size)
{
    static const unsigned char mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
    unsigned char head[4] = { (unsigned char)(opcode | (last ? 0x80 : 0)),
                              (unsigned char)(0x80 | (size < 126 ? size : 126)), (unsigned char)(size >> 8),
                              (unsigned char)size };
    const unsigned char *from = data;

    buffer_add(to, head, size < 126 ? 2 : 4);
    buffer_add(to, mask, sizeof mask);
    for (size_t i = 0; i < size; i++)
        buffer_add(to, &(unsigned char){ from[i] ^ mask[i % 4] }, 1);
}
