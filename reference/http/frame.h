/* http/frame.h - the multiplexed stream of attach, exec and logs: STREAM, 0, 0, 0, length (32 bits,
 * big-endian), bytes. (OpenAPI: ContainerAttach, "Stream format".) */
#ifndef HTTP_FRAME_H
#define HTTP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum frame_stream { FRAME_STDIN = 0, FRAME_STDOUT = 1, FRAME_STDERR = 2, FRAME_SYSTEM_ERROR = 3 };

#define FRAME_HEADER_SIZE 8
#define FRAME_MAX         (1u << 20) /* payload of a frame that we read; more is refused */

void frame_header(enum frame_stream stream, uint32_t length, uint8_t ret[FRAME_HEADER_SIZE]);

/* Takes a stream of frames apart, however it is cut into pieces. A zeroed struct is ready. */
struct frame_reader {
    uint8_t header[FRAME_HEADER_SIZE];
    size_t have;   /* bytes of the header so far */
    uint32_t left; /* of the payload */
};

/* Calls `sink` for every piece of payload in `bytes`. ERR_INVALID on a header that is none. */
int frame_reader_feed(struct frame_reader *r, const void *bytes, size_t n,
                      int (*sink)(void *user, enum frame_stream stream, const void *bytes, size_t n,
                                  struct error *err),
                      void *user, struct error *err);

#endif
