/* base/error.c - errors hold their text inside, so that reporting a failure never allocates and never fails.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 4, 0)))
put(struct error *err, enum error_kind kind, int sys, const char *format, va_list args)
{
    err->kind = kind;
    err->sys = sys;
    vsnprintf(err->text, sizeof(err->text), format, args);
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list args;

    if (!err)
        return -1;
    va_start(args, format);
    put(err, kind, 0, format, args);
    va_end(args);
    return -1;
}

int error_errno(struct error *err, const char *format, ...)
{
    int sys = errno;
    size_t used;
    va_list args;

    if (!err)
        return -1;
    va_start(args, format);
    put(err, ERR_SYSTEM, sys, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(sys));
    errno = sys;
    return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
    char cause[ERROR_TEXT_MAX];
    size_t used;
    va_list args;

    if (!err)
        return -1;
    memcpy(cause, err->text, sizeof(cause));
    va_start(args, format);
    put(err, err->kind, err->sys, format, args);
    va_end(args);
    used = strlen(err->text);
    if (used < sizeof(err->text) - 1)
        snprintf(err->text + used, sizeof(err->text) - used, ": %.*s", (int)(sizeof(err->text) - used - 3),
                 cause);
    return -1;
}

int error_as(struct error *err, enum error_kind kind)
{
    if (err)
        err->kind = kind;
    return -1;
}

void error_clear(struct error *err)
{
    if (err)
        *err = (struct error){ .kind = ERR_NONE };
}
