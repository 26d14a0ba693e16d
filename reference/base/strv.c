/* base/strv.c - see strv.h. */
#include "base/strv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void strv_own(struct strv *v, char *s)
{
    if (v->count + 2 > v->room) {
        v->room = v->room ? 2 * v->room : 8;
        v->items = xreallocarray(v->items, v->room, sizeof(*v->items));
    }
    v->items[v->count++] = s;
    v->items[v->count] = NULL;
}

void strv_add(struct strv *v, const char *s)
{
    strv_own(v, xstrdup(s));
}

void strv_addf(struct strv *v, const char *format, ...)
{
    va_list args;
    char *s = NULL;

    va_start(args, format);
    if (vasprintf(&s, format, args) < 0)
        abort();
    va_end(args);
    strv_own(v, s);
}

void strv_add_all(struct strv *v, const struct strv *more)
{
    for (size_t i = 0; i < more->count; i++)
        strv_add(v, more->items[i]);
}

void strv_split(struct strv *v, const char *s, char separator)
{
    const char *end;

    for (; (end = strchr(s, separator)); s = end + 1)
        strv_own(v, xstrndup(s, (size_t)(end - s)));
    strv_add(v, s);
}

bool strv_has(const struct strv *v, const char *s)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->items[i], s) == 0)
            return true;
    return false;
}

void strv_remove(struct strv *v, size_t index)
{
    free(v->items[index]);
    memmove(v->items + index, v->items + index + 1, (v->count - index) * sizeof(*v->items));
    v->count--;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
    if (v->count)
        qsort(v->items, v->count, sizeof(*v->items), compare);
}

char *strv_join(const struct strv *v, const char *between)
{
    struct str s = { 0 };

    for (size_t i = 0; i < v->count; i++) {
        if (i)
            str_add(&s, between);
        str_add(&s, v->items[i]);
    }
    return str_take(&s);
}

void strv_free(struct strv *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->items[i]);
    free(v->items);
    *v = (struct strv){ 0 };
}
