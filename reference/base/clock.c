/* base/clock.c - see clock.h. */
#include "base/clock.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#define ZERO_TIME "0001-01-01T00:00:00Z"

static nanos read_clock(clockid_t which)
{
    struct timespec ts;

    clock_gettime(which, &ts);
    return ts.tv_sec * NANOS_PER_SECOND + ts.tv_nsec;
}

nanos clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

nanos clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_format_fixed(nanos t, char ret[CLOCK_TEXT_MAX])
{
    time_t seconds = t / NANOS_PER_SECOND;
    long fraction = (long)(t % NANOS_PER_SECOND);
    struct tm tm;
    size_t n;

    if (fraction < 0) {
        seconds--;
        fraction += NANOS_PER_SECOND;
    }
    gmtime_r(&seconds, &tm);
    n = strftime(ret, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(ret + n, CLOCK_TEXT_MAX - n, ".%09ldZ", fraction);
}

void clock_format(nanos t, char ret[CLOCK_TEXT_MAX])
{
    size_t n;

    if (t == 0) {
        strcpy(ret, ZERO_TIME);
        return;
    }
    clock_format_fixed(t, ret);
    n = strlen(ret) - 1; /* at 'Z' */
    while (ret[n - 1] == '0')
        n--;
    if (ret[n - 1] == '.')
        n--;
    strcpy(ret + n, "Z");
}

static const char *parse_fraction(const char *s, nanos *ret)
{
    nanos unit = NANOS_PER_SECOND;

    *ret = 0;
    if (*s != '.')
        return s;
    for (s++; isdigit((unsigned char)*s); s++) {
        unit /= 10;
        *ret += (*s - '0') * unit;
    }
    return s;
}

static bool parse_zone(const char *s, int *seconds)
{
    int hours, minutes, used = 0;
    char sign;

    if (str_eq(s, "Z") || str_eq(s, "z")) {
        *seconds = 0;
        return true;
    }
    if (sscanf(s, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || s[used] ||
        (sign != '+' && sign != '-'))
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

static bool parse_date(const char *s, bool zone_needed, nanos *ret)
{
    struct tm tm = { 0 };
    const char *rest = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    nanos fraction;
    int zone = 0;

    if (!rest && !zone_needed) {
        memset(&tm, 0, sizeof(tm));
        rest = strptime(s, "%Y-%m-%d", &tm);
    }
    if (!rest)
        return false;
    rest = parse_fraction(rest, &fraction);
    if ((zone_needed || *rest) && !parse_zone(rest, &zone))
        return false;
    if (tm.tm_year < -300 || tm.tm_year > 361) /* outside what fits into nanos */
        return tm.tm_year + 1900 == 1 ? (*ret = 0, true) : false;
    *ret = ((nanos)timegm(&tm) - zone) * NANOS_PER_SECOND + fraction;
    return true;
}

bool clock_parse(const char *s, nanos *ret)
{
    return parse_date(s, true, ret);
}

static nanos unit_of(const char *s, size_t *length)
{
    static const struct {
        const char *name;
        nanos value;
    } units[] = {
        {"ns",         1                      },
        { "us",        1000                   },
        { "\xc2\xb5s", 1000                   },
        { "ms",        1000000                },
        { "s",         NANOS_PER_SECOND       },
        { "m",         60 * NANOS_PER_SECOND  },
        { "h",         3600 * NANOS_PER_SECOND},
    };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        *length = strlen(units[i].name);
        if (strncmp(s, units[i].name, *length) == 0)
            return units[i].value;
    }
    return 0;
}

bool clock_parse_duration(const char *s, nanos *ret)
{
    bool negative = *s == '-';
    double sum = 0;

    if (*s == '-' || *s == '+')
        s++;
    if (str_eq(s, "0")) {
        *ret = 0;
        return true;
    }
    if (!*s)
        return false;
    while (*s) {
        char *end;
        double number;
        size_t length;
        nanos unit;

        if (!isdigit((unsigned char)*s) && *s != '.')
            return false;
        if (strspn(s, "0123456789.") == 0 || strpbrk(s, "xXeEpP"))
            return false;
        number = strtod(s, &end);
        unit = end == s ? 0 : unit_of(end, &length);
        if (!unit || !isfinite(number))
            return false;
        sum += number * (double)unit;
        s = end + length;
    }
    if (sum > 9.2e18)
        return false;
    *ret = (nanos)(negative ? -sum : sum);
    return true;
}

static bool parse_unix(const char *s, nanos *ret)
{
    nanos fraction;
    char *end;
    long long seconds;

    if (!isdigit((unsigned char)*s) && *s != '-')
        return false;
    seconds = strtoll(s, &end, 10);
    if (end == s || *parse_fraction(end, &fraction) || seconds > INT64_MAX / NANOS_PER_SECOND ||
        seconds < INT64_MIN / NANOS_PER_SECOND)
        return false;
    *ret = seconds * NANOS_PER_SECOND + fraction;
    return true;
}

bool clock_parse_query(const char *s, nanos now, nanos *ret)
{
    nanos duration;

    if (parse_unix(s, ret) || parse_date(s, false, ret))
        return true;
    if (!clock_parse_duration(s, &duration))
        return false;
    *ret = now - duration;
    return true;
}
