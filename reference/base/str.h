/* base/str.h - text that grows, and small questions about text. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"

/* `data` is always terminated once anything was added; `len` leaves the terminator out. A zeroed struct is an
 * empty one. */
struct str {
    char *data;
    size_t len;
    size_t room;
};

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const void *bytes, size_t n);
void str_add_char(struct str *s, char c);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_cut(struct str *s, size_t len);      /* keeps the first `len` bytes */
void str_drop_front(struct str *s, size_t n); /* removes the first `n` bytes */
const char *str_text(const struct str *s);    /* never NULL */
char *str_take(struct str *s);                /* the caller frees it; s is empty again */
void str_free(struct str *s);

#define scoped_str __attribute__((cleanup(str_free))) struct str

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_is_hex(const char *s); /* lower case, at least one digit */
bool str_empty(const char *s);  /* NULL or "" */

/* The whole of `s` as a decimal number; false, and *ret untouched, when it is not one or out of range. */
bool str_to_int64(const char *s, int64_t *ret);
bool str_to_uint64(const char *s, uint64_t *ret);

#endif
