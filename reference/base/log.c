/* base/log.c - a line is one write(2), so that lines of several threads do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static atomic_int level_most = LOG_LEVEL_INFO;

void log_set_level(enum log_level most)
{
    level_most = (int)most;
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    char line[4096], now[CLOCK_TEXT_MAX];
    va_list args;
    int n, more;

    if ((int)level > level_most)
        return;
    clock_format_fixed(clock_now(), now);
    n = snprintf(line, sizeof(line), "%s %-5s ", now, names[level]);
    va_start(args, format);
    more = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
    va_end(args);
    n += more < (int)sizeof(line) - n - 1 ? more : (int)sizeof(line) - n - 2;
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nowhere left to say so */
}
