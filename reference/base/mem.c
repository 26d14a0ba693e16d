/* base/mem.c - see mem.h for why none of these can fail. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *sure(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

void *xmalloc(size_t size)
{
    return sure(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return sure(calloc(count ? count : 1, size ? size : 1));
}

void *xreallocarray(void *p, size_t count, size_t size)
{
    return sure(reallocarray(p, count ? count : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
    return s ? sure(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
    return sure(strndup(s, n));
}

char *xasprintf(const char *format, ...)
{
    va_list args;
    char *s = NULL;

    va_start(args, format);
    if (vasprintf(&s, format, args) < 0)
        s = NULL;
    va_end(args);
    return sure(s);
}
