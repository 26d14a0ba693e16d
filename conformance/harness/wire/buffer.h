/* wire/buffer.h - bytes that grow up to a bound. What a peer sends ends in one of these and nowhere else. */
#ifndef PLIMSOLL_WIRE_BUFFER_H
#define PLIMSOLL_WIRE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data; /* ended by a 0 that `size` does not count; NULL as long as nothing was added */
    size_t size, capacity;
    size_t max; /* 0: EXCHANGE_BODY_MAX */
    bool full;  /* something did not fit, or memory ran out; what fitted is there */
};

/* Adds what fits; false when something did not. */
bool buffer_add(struct buffer *buffer, const void *data, size_t size);
bool buffer_text(struct buffer *buffer, const char *text);
bool buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_clear(struct buffer *buffer);
const char *buffer_string(const struct buffer *buffer); /* never NULL */
char *buffer_take(struct buffer *buffer);               /* of the caller; NULL only when memory ran out */

/* `word` as one word of a POSIX shell: bare when it needs no quotes, else in single ones. */
void buffer_shell_word(struct buffer *buffer, const char *word);
/* Bytes as valid UTF-8 text: what is none becomes \xNN. */
void buffer_utf8(struct buffer *buffer, const char *data, size_t size);

#endif
