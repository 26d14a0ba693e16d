/* base/base64.h - bytes as text (RFC 4648, with padding). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

char *base64_encode(const void *bytes, size_t n); /* the caller frees it */

#endif
