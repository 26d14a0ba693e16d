/* report/memory.c - see memory.h. */
#include "report/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void must_have(const void *pointer)
{
    if (pointer != NULL)
        return;
    fputs("plimsoll: out of memory\n", stderr);
    exit(EXIT_SUITE_FAILED);
}

void *must_alloc(size_t count, size_t size)
{
    void *ret = calloc(count > 0 ? count : 1, size);

    must_have(ret);
    return ret;
}

void *must_grow(void *array, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return array; /* between powers of two there is room left */
    void *ret = realloc(array, (count > 0 ? count * 2 : 1) * size);
    must_have(ret);
    return ret;
}

char *must_copy(const char *text)
{
    char *ret = strdup(text);

    must_have(ret);
    return ret;
}

char *must_format(const char *format, ...)
{
    size_t size;
    char *ret;
    FILE *out = must_stream(&ret, &size);
    va_list arguments;

    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    must_close(out);
    return ret;
}

FILE *must_stream(char **ret, size_t *size)
{
    FILE *out = open_memstream(ret, size);

    must_have(out);
    return out;
}

void must_close(FILE *stream)
{
    if (fclose(stream) != 0)
        must_have(NULL);
}
