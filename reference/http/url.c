/* http/url.c - see url.h. As Go's net/url reads it, since that is what clients were written against. */
#include "http/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *url_decode(const char *s, size_t n, bool plus)
{
    struct str out = { 0 };

    str_add(&out, "");
    for (size_t i = 0; i < n; i++) {
        int high, low;

        if (s[i] != '%') {
            str_add_char(&out, plus && s[i] == '+' ? ' ' : s[i]);
            continue;
        }
        high = i + 2 < n ? digit(s[i + 1]) : -1;
        low = i + 2 < n ? digit(s[i + 2]) : -1;
        if (high < 0 || low < 0) {
            str_free(&out);
            return NULL;
        }
        if (high == 0 && low == 0)
            str_add(&out, "\xef\xbf\xbd");
        else
            str_add_char(&out, (char)(high << 4 | low));
        i += 2;
    }
    return str_take(&out);
}

/* Behind "http://host", which a proxy's client sends. */
static const char *skip_authority(const char *target)
{
    const char *host = str_starts(target, "http://")    ? target + 7
                       : str_starts(target, "https://") ? target + 8
                                                        : NULL;

    return host ? host + strcspn(host, "/?#") : target;
}

char *url_path(const char *target)
{
    const char *path = skip_authority(target);
    size_t n = strcspn(path, "?#");

    if (path != target && n == 0)
        return xstrdup("/");
    return path[0] == '/' ? url_decode(path, n, false) : NULL;
}

static void note_wrong(struct query *q, const char *pair, size_t n)
{
    for (size_t i = 0; i < n && !q->wrong; i++)
        if (pair[i] == '%' && (i + 2 >= n || digit(pair[i + 1]) < 0 || digit(pair[i + 2]) < 0))
            q->wrong = xstrndup(pair + i, n - i < 3 ? n - i : 3);
}

static void add_pair(struct query *q, const char *pair, size_t n)
{
    const char *equals = memchr(pair, '=', n);
    size_t name_length = equals ? (size_t)(equals - pair) : n;
    char *name = url_decode(pair, name_length, true);
    char *value = equals ? url_decode(equals + 1, n - name_length - 1, true) : xstrdup("");

    if (!name || !value || q->count == QUERY_PAIRS_MAX) {
        note_wrong(q, pair, n);
        free(name);
        free(value);
        return;
    }
    if ((q->count & (q->count + 1)) == 0) { /* room for 1, 2, 4, ... pairs more */
        q->names = xreallocarray(q->names, 2 * q->count + 1, sizeof(char *));
        q->values = xreallocarray(q->values, 2 * q->count + 1, sizeof(char *));
    }
    q->names[q->count] = name;
    q->values[q->count++] = value;
}

void query_parse(const char *target, struct query *ret)
{
    const char *at = target + strcspn(target, "?#");

    *ret = (struct query){ 0 };
    while (*at == '?' || *at == '&') {
        size_t n = strcspn(++at, "&#");

        if (n)
            add_pair(ret, at, n);
        at += n;
    }
}

void query_free(struct query *q)
{
    for (size_t i = 0; i < q->count; i++) {
        free(q->names[i]);
        free(q->values[i]);
    }
    free(q->names);
    free(q->values);
    free(q->wrong);
    *q = (struct query){ 0 };
}
