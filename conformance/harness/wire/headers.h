/* wire/headers.h - inside wire/: lists of header lines. */
#ifndef PLIMSOLL_WIRE_HEADERS_H
#define PLIMSOLL_WIRE_HEADERS_H

#include "harness/wire/exchange.h"

/* Copies; false when memory ran out. */
bool headers_add(struct wire_headers *headers, const char *name, size_t name_size, const char *value,
                 size_t value_size);
/* "Name: value\r\n"; false also when it is no header line. */
bool headers_add_line(struct wire_headers *headers, const char *line, size_t size);
bool headers_copy(struct wire_headers *to, const struct wire_headers *from);
const char *headers_find(const struct wire_headers *headers, const char *name);
void headers_clear(struct wire_headers *headers);

#endif
