/* base/base64.h - bytes as text (RFC 4648, with padding). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

char *base64_encode(const void *bytes, size_t n);      /* the caller frees it */
bool base64_decode(const char *text, struct str *ret); /* appends the bytes; false: it is none */

#endif
