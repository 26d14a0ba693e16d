/* cli/units.c - see units.h. */
#include "cli/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static void scaled(double bytes, double base, int digits, const char *const *names, size_t count, char *ret)
{
    size_t i = 0;

    while (bytes >= base && i + 1 < count) {
        bytes /= base;
        i++;
    }
    snprintf(ret, UNITS_TEXT_MAX, "%.*g%s", digits, bytes, names[i]);
}

void units_size(double bytes, int digits, char ret[UNITS_TEXT_MAX])
{
    static const char *const names[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };

    scaled(bytes, 1000, digits, names, 7, ret);
}

void units_binary_size(double bytes, char ret[UNITS_TEXT_MAX])
{
    static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

    scaled(bytes, 1024, 4, names, 7, ret);
}

bool units_parse_size(const char *s, int64_t *ret)
{
    static const char letters[] = "kmgtp";
    char *end;
    double value, factor = 1;
    const char *letter;

    if (!isdigit((unsigned char)*s) || strpbrk(s, "xXnN"))
        return false;
    value = strtod(s, &end);
    if (end[-1] == 'e' || end[-1] == 'E')
        return false;
    while (*end == ' ')
        end++;
    letter = *end ? strchr(letters, tolower((unsigned char)*end)) : NULL;
    if (letter) {
        factor = pow(1024, (double)(letter - letters + 1));
        end++;
        if (strcasecmp(end, "ib") == 0)
            end += 2;
    }
    if (*end == 'b' || *end == 'B')
        end++;
    value *= factor;
    if (*end || !(value < 9.2e18))
        return false;
    *ret = (int64_t)value;
    return true;
}

void units_duration(nanos span, char ret[UNITS_TEXT_MAX])
{
    int64_t seconds = span / NANOS_PER_SECOND, minutes = seconds / 60;
    int64_t hours = (int64_t)((double)seconds / 3600 + 0.5);

    if (seconds < 1)
        strcpy(ret, "Less than a second");
    else if (seconds == 1)
        strcpy(ret, "1 second");
    else if (seconds < 60)
        snprintf(ret, UNITS_TEXT_MAX, "%d seconds", (int)seconds);
    else if (minutes == 1)
        strcpy(ret, "About a minute");
    else if (minutes < 60)
        snprintf(ret, UNITS_TEXT_MAX, "%d minutes", (int)minutes);
    else if (hours == 1)
        strcpy(ret, "About an hour");
    else if (hours < 48)
        snprintf(ret, UNITS_TEXT_MAX, "%d hours", (int)hours);
    else if (hours < 24 * 7 * 2)
        snprintf(ret, UNITS_TEXT_MAX, "%d days", (int)(hours / 24));
    else if (hours < 24 * 30 * 2)
        snprintf(ret, UNITS_TEXT_MAX, "%d weeks", (int)(hours / 24 / 7));
    else if (hours < 24 * 365 * 2)
        snprintf(ret, UNITS_TEXT_MAX, "%d months", (int)(hours / 24 / 30));
    else
        snprintf(ret, UNITS_TEXT_MAX, "%d years", (int)(seconds / 3600 / 24 / 365));
}

void units_go_time(int64_t seconds, char ret[UNITS_TEXT_MAX])
{
    time_t t = (time_t)seconds;
    struct tm tm;

    localtime_r(&t, &tm);
    strftime(ret, UNITS_TEXT_MAX, "%Y-%m-%d %H:%M:%S %z %Z", &tm);
}
