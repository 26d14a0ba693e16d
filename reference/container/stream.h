/* container/stream.h - a client's connection and a process's stdio, joined. Internal to container/. */
#ifndef CONTAINER_STREAM_H
#define CONTAINER_STREAM_H

#include "container/internal.h"

#define DETACH_KEYS_MAX 16

/* A sequence of keys, and how many of it were typed. */
struct detach {
    unsigned char keys[DETACH_KEYS_MAX];
    size_t count, seen;
};

/* "ctrl-p,ctrl-q", "a,ctrl-[", "" or NULL: the default. ERR_INVALID "Invalid detach keys (X) provided". */
int detach_parse(const char *keys, struct detach *ret, struct error *err);
/* Looks for the sequence in what was typed, over the borders of pieces. True: it was typed; `bytes` then holds what came
 * before it. Keys that turned out not to belong to it come back: `bytes` again, and what does not fit there (less than
 * DETACH_KEYS_MAX) in `held`. */
bool detach_filter(struct detach *d, unsigned char *bytes, size_t *n, unsigned char *held,
                   size_t *held_count);

enum pump_end { PUMP_ENDED, PUMP_LEFT, PUMP_DETACHED };

/* Carries bytes both ways until the process's side ends, the client leaves, or types `detach` (NULL: cannot). A client
 * that closes its direction still gets the output. Output waits for the client; input waits for the process, and
 * neither waits for the other. */
enum pump_end pump(const struct byte_stream *client, int fd, bool in, struct detach *detach);

/* The frames of stdio, as http/frame.h has them; a domain knows nothing of HTTP, and the shim speaks them too. */
#define STREAM_STDOUT      1
#define STREAM_STDERR      2
#define STREAM_HEADER_SIZE 8

void stream_header(int stream, size_t n, uint8_t ret[STREAM_HEADER_SIZE]);

/* Takes frames apart; a zeroed one is ready. */
struct unframe {
    uint8_t header[STREAM_HEADER_SIZE];
    size_t have, left;
};

/* Adds the payload in `bytes` to `ret`, which does not grow past `most`. */
void unframe_add(struct unframe *u, const uint8_t *bytes, size_t n, struct str *ret, size_t most);

/* A client that wants stdout in another form than it comes in: in frames though there is a terminal, or without them. */
struct reframe {
    const struct byte_stream *client;
    bool frames; /* to make; else to take off */
    struct unframe unframe;
};

/* The client as pump() sees it then; `r` must outlive it. */
struct byte_stream reframed(struct reframe *r);

/* Bytes as a frame of `stream`, or as they are with a terminal. */
int stream_text(const struct byte_stream *client, bool tty, int stream, const char *text, size_t n,
                struct error *err);

#endif
