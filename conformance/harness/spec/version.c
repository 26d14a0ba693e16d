/* spec/version.c - see version.h. */
#include "harness/spec/version.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

bool version_is_valid(const char *text)
{
    size_t major = digits(text), minor;

    if (major == 0 || major > 4 || text[major] != '.')
        return false;
    minor = digits(text + major + 1);
    return minor > 0 && minor <= 4 && text[major + 1 + minor] == '\0';
}

int version_compare(const char *a, const char *b)
{
    long major_a, major_b, minor_a = 0, minor_b = 0;
    char *end;

    major_a = strtol(a, &end, 10);
    if (*end == '.')
        minor_a = strtol(end + 1, NULL, 10);
    major_b = strtol(b, &end, 10);
    if (*end == '.')
        minor_b = strtol(end + 1, NULL, 10);
    if (major_a != major_b)
        return major_a < major_b ? -1 : 1;
    return (minor_a > minor_b) - (minor_a < minor_b);
}

bool version_within(const char *version, const char *first, const char *last)
{
    if (first && *first && version_compare(version, first) < 0)
        return false;
    return !(last && *last && version_compare(version, last) > 0);
}
