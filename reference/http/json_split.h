/* http/json_split.h - where one JSON value ends and the next begins in a stream of them.
 *
 * Engines send progress and events as values one after another, with or without line ends between. */
#ifndef HTTP_JSON_SPLIT_H
#define HTTP_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* A zeroed struct is ready. It keeps no bytes; the caller's buffer holds them until the value is whole. */
struct json_split {
    size_t depth;
    bool begun, in_string, escaped, scalar;
};

/* Looks at `n` more bytes. Returns how many of them belong to the first value (blanks before it included) when it ends
 * there, and is ready for the next; else 0: all of them do, and more is to come. */
size_t json_split_feed(struct json_split *s, const char *bytes, size_t n);

#endif
