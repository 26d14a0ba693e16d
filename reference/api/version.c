/* api/version.c - see version.h.
 *
 * What looks like a version is one, however odd: "1" and "1." are too old, "1.40.1" is served as 1.40 (Docker 20.10 to 28.5). What does
 * not ("vx") is a path that nobody knows. */
#include "api/version.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"

#define NUMBER_MAX 1000000

const char *version_split(const char *path, char *ret, unsigned long room)
{
    size_t n;

    ret[0] = '\0';
    if (path[0] != '/' || path[1] != 'v')
        return path;
    n = strspn(path + 2, "0123456789.");
    if (n == 0 || path[2 + n] != '/')
        return path;
    if (n >= room)
        return path;
    memcpy(ret, path + 2, n);
    ret[n] = '\0';
    return path + 2 + n;
}

/* The next number and what is behind its dot. */
static const char *next_number(const char *s, long *ret)
{
    *ret = 0;
    while (*s && *s != '.') {
        if (*ret < NUMBER_MAX)
            *ret = *ret * 10 + (*s - '0');
        s++;
    }
    return *s ? s + 1 : s;
}

int version_compare(const char *a, const char *b)
{
    while (*a || *b) {
        long x, y;

        a = next_number(a, &x);
        b = next_number(b, &y);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

int version_minor(const char *version)
{
    long number;

    next_number(next_number(version, &number), &number);
    return (int)number;
}

int version_check(const char *version, struct error *err)
{
    if (version_compare(version, API_VERSION_MAX) > 0)
        return error_set(err, ERR_INVALID,
                         "client version %s is too new. Maximum supported API version is %s", version,
                         API_VERSION_MAX);
    if (version_compare(version, API_VERSION_MIN) < 0)
        return error_set(err, ERR_INVALID,
                         "client version %s is too old. Minimum supported API version is %s, please upgrade "
                         "your client to a "
                         "newer version",
                         version, API_VERSION_MIN);
    return 0;
}
