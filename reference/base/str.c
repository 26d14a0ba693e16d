/* base/str.c - growth is by doubling; nothing here has a bound of its own: callers bound what a peer can add.
 */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void reserve(struct str *s, size_t more)
{
    size_t want = s->len + more + 1;

    if (want <= s->room)
        return;
    s->room = want < 2 * s->room ? 2 * s->room : want < 32 ? 32 : want;
    s->data = xreallocarray(s->data, s->room, 1);
}

void str_add_bytes(struct str *s, const void *bytes, size_t n)
{
    reserve(s, n);
    if (n)
        memcpy(s->data + s->len, bytes, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
    str_add_bytes(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
    str_add_bytes(s, &c, 1);
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        reserve(s, (size_t)n);
        vsnprintf(s->data + s->len, (size_t)n + 1, format, again);
        s->len += (size_t)n;
    }
    va_end(again);
}

void str_cut(struct str *s, size_t len)
{
    if (len < s->len) {
        s->len = len;
        s->data[len] = '\0';
    }
}

void str_drop_front(struct str *s, size_t n)
{
    if (n >= s->len) {
        str_cut(s, 0);
        return;
    }
    memmove(s->data, s->data + n, s->len - n + 1);
    s->len -= n;
}

const char *str_text(const struct str *s)
{
    return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
    char *data = s->data ? s->data : xstrdup("");

    *s = (struct str){ 0 };
    return data;
}

void str_free(struct str *s)
{
    free(s->data);
    *s = (struct str){ 0 };
}

bool str_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);

    return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool str_is_hex(const char *s)
{
    return *s && strspn(s, "0123456789abcdef") == strlen(s);
}

bool str_empty(const char *s)
{
    return !s || !*s;
}

bool str_to_int64(const char *s, int64_t *ret)
{
    char *end;
    long long value;

    if (str_empty(s) || strspn(s, "+-0123456789") != strlen(s))
        return false;
    errno = 0;
    value = strtoll(s, &end, 10);
    if (errno || *end || end == s)
        return false;
    *ret = value;
    return true;
}

bool str_to_uint64(const char *s, uint64_t *ret)
{
    char *end;
    unsigned long long value;

    if (str_empty(s) || strspn(s, "0123456789") != strlen(s))
        return false;
    errno = 0;
    value = strtoull(s, &end, 10);
    if (errno || *end)
        return false;
    *ret = value;
    return true;
}
