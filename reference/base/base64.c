/* base/base64.c - see base64.h. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t n)
{
    const uint8_t *in = bytes;
    char *text = xmalloc((n + 2) / 3 * 4 + 1), *out = text;

    for (size_t i = 0; i < n; i += 3) {
        uint32_t group = (uint32_t)in[i] << 16;

        group |= i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0;
        group |= i + 2 < n ? in[i + 2] : 0;
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = i + 1 < n ? digits[group >> 6 & 63] : '=';
        *out++ = i + 2 < n ? digits[group & 63] : '=';
    }
    *out = '\0';
    return text;
}

bool base64_decode(const char *text, struct str *ret)
{
    size_t n = strspn(text, digits), pad = strspn(text + n, "=");
    uint32_t group = 0;

    if (text[n + pad] || (n + pad) % 4 || pad > 2)
        return false;
    for (size_t i = 0; i < n; i++) {
        group = group << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
        if (i % 4 != 0)
            str_add_char(ret, (char)(group >> (6 - i % 4 * 2)));
    }
    return true;
}
