/* base/id.c - a short id that is a plain number would be taken for one (by hosts files, by people), so such
 * are drawn again. */
#include "base/id.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/str.h"

void random_bytes(void *ret, size_t n)
{
    char *p = ret;

    while (n) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno != EINTR)
            abort(); /* only on a kernel without getrandom(2) */
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
}

void hex_encode(const void *bytes, size_t n, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;

    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[p[i] >> 4];
        ret[2 * i + 1] = digits[p[i] & 15];
    }
    ret[2 * n] = '\0';
}

void id_make(char ret[ID_LENGTH + 1])
{
    uint8_t bytes[ID_LENGTH / 2];

    do {
        random_bytes(bytes, sizeof(bytes));
        hex_encode(bytes, sizeof(bytes), ret);
    } while (strspn(ret, "0123456789") >= ID_SHORT_LENGTH);
}

bool id_is_prefix(const char *s)
{
    return str_is_hex(s) && strlen(s) <= ID_LENGTH;
}

bool id_is_full(const char *s)
{
    return str_is_hex(s) && strlen(s) == ID_LENGTH;
}
