/* wire/buffer.c - see buffer.h. */
#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buffer *buffer, size_t more)
{
    size_t wanted = buffer->size + more + 1, capacity = buffer->capacity ? buffer->capacity : 256;
    char *data;

    if (wanted <= buffer->capacity)
        return true;
    while (capacity < wanted)
        capacity *= 2;
    data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_add(struct buffer *buffer, const void *data, size_t size)
{
    size_t max = buffer->max ? buffer->max : EXCHANGE_BODY_MAX;

    if (size > max - buffer->size) {
        size = max - buffer->size;
        buffer->full = true;
    }
    if (!reserve(buffer, size)) {
        buffer->full = true;
        return false;
    }
    if (size)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
    return !buffer->full;
}

bool buffer_text(struct buffer *buffer, const char *text)
{
    return buffer_add(buffer, text, strlen(text));
}

bool buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    int length;
    bool ret;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !(text = malloc((size_t)length + 1)))
        return false;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    ret = buffer_add(buffer, text, (size_t)length);
    free(text);
    return ret;
}

void buffer_clear(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){ .max = buffer->max };
}

const char *buffer_string(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

char *buffer_take(struct buffer *buffer)
{
    char *ret = buffer->data ? buffer->data : calloc(1, 1);

    *buffer = (struct buffer){ .max = buffer->max };
    return ret;
}

void buffer_shell_word(struct buffer *buffer, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";

    if (*word && word[strspn(word, plain)] == '\0') {
        buffer_text(buffer, word);
        return;
    }
    buffer_text(buffer, "'");
    for (; *word; word++) {
        if (*word == '\'')
            buffer_text(buffer, "'\\''");
        else
            buffer_add(buffer, word, 1);
    }
    buffer_text(buffer, "'");
}

/* Length of the UTF-8 character at `data`; 0: none. RFC 3629: no overlong form, no surrogate, nothing above
 * U+10FFFF. */
static size_t utf8_length(const unsigned char *data, size_t size)
{
    size_t length = data[0] < 0x80   ? 1
                    : data[0] < 0xc2 ? 0
                    : data[0] < 0xe0 ? 2
                    : data[0] < 0xf0 ? 3
                    : data[0] < 0xf5 ? 4
                                     : 0;

    if (length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    if ((data[0] == 0xe0 && data[1] < 0xa0) || (data[0] == 0xed && data[1] > 0x9f) ||
        (data[0] == 0xf0 && data[1] < 0x90) || (data[0] == 0xf4 && data[1] > 0x8f))
        return 0;
    return length;
}

void buffer_utf8(struct buffer *buffer, const char *data, size_t size)
{
    for (size_t i = 0, length; i < size; i += length) {
        length = data[i] ? utf8_length((const unsigned char *)data + i, size - i) : 0;
        if (length)
            buffer_add(buffer, data + i, length);
        else
            buffer_printf(buffer, "\\x%02x", (unsigned char)data[i]);
        if (length == 0)
            length = 1;
    }
}
