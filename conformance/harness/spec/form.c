/* spec/form.c - see form.h. */
#include "harness/spec/form.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX    "0123456789abcdef"
#define DIGITS "0123456789"

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, HEX) == length && text[length] == '\0';
}

static bool is_id(const char *text)
{
    return is_hex(text, 64);
}

static bool is_digest(const char *text)
{
    return strncmp(text, "sha256:", 7) == 0 && is_hex(text + 7, 64);
}

/* A '0' of the pattern stands for a digit; what follows the pattern is the rest. NULL: does not fit. */
static const char *fit_pattern(const char *pattern, const char *text)
{
    for (; *pattern; pattern++, text++)
        if (*pattern == '0' ? !*text || !strchr(DIGITS, *text) : *text != *pattern)
            return NULL;
    return text;
}

/* RFC 3339. *fraction: how many digits the fraction of the second has. */
static bool is_date(const char *text, size_t *fraction)
{
    const char *rest = fit_pattern("0000-00-00T00:00:00", text), *end;

    if (!rest)
        return false;
    *fraction = *rest == '.' ? strspn(rest + 1, DIGITS) : 0;
    if (*rest == '.' && (*fraction == 0 || *fraction > 9))
        return false;
    rest += *rest == '.' ? *fraction + 1 : 0;
    if (strcmp(rest, "Z") == 0)
        return true;
    end = *rest == '+' || *rest == '-' ? fit_pattern("00:00", rest + 1) : NULL;
    return end && *end == '\0';
}

static bool is_any_date(const char *text)
{
    size_t fraction;

    return is_date(text, &fraction);
}

/* "Never" is told as the first second there is, and has no fraction. */
static bool is_date_nano(const char *text)
{
    size_t fraction;

    return is_date(text, &fraction) && (fraction > 0 || strcmp(text, "0001-01-01T00:00:00Z") == 0);
}

static bool is_date_seconds(const char *text)
{
    size_t fraction;

    return is_date(text, &fraction) && fraction == 0;
}

static bool is_between(const char *text, double low, double high)
{
    char *end;
    double value = strtod(text, &end);

    return *text && *end == '\0' && value >= low && value <= high;
}

/* Since 1970, or before: an image may have any date. Wide enough for all, too narrow for milliseconds of now. */
static bool is_seconds(const char *text)
{
    return is_between(text, -1e11, 1e11);
}

static bool is_nanoseconds(const char *text)
{
    return is_between(text, 1e17, 9.3e18);
}

static bool is_ipv4(const char *text)
{
    unsigned char address[16];

    return inet_pton(AF_INET, text, address) == 1;
}

static bool is_ipv6(const char *text)
{
    unsigned char address[16];

    return inet_pton(AF_INET6, text, address) == 1;
}

static bool is_cidr(const char *text)
{
    const char *slash = strchr(text, '/');
    char address[64];

    if (!slash || (size_t)(slash - text) >= sizeof address || strspn(slash + 1, DIGITS) != strlen(slash + 1))
        return false;
    snprintf(address, sizeof address, "%.*s", (int)(slash - text), text);
    return (is_ipv4(address) && is_between(slash + 1, 0, 32)) ||
           (is_ipv6(address) && is_between(slash + 1, 0, 128));
}

static bool is_mac(const char *text)
{
    for (int i = 0; i < 6; i++, text += 2) {
        if (i > 0 && *text++ != ':')
            return false;
        if (!*text || !strchr(HEX, text[0]) || !text[1] || !strchr(HEX, text[1]))
            return false;
    }
    return *text == '\0';
}

static bool is_port(const char *text)
{
    return strspn(text, DIGITS) == strlen(text) && is_between(text, 0, 65535);
}

static bool is_version(const char *text)
{
    size_t major = strspn(text, DIGITS);

    return major && text[major] == '.' && text[major + 1] &&
           strspn(text + major + 1, DIGITS) == strlen(text + major + 1);
}

/* What an image's history tells for an id that it does not know. */
static bool is_missing(const char *text)
{
    return strcmp(text, "<missing>") == 0;
}

static const struct class
{
    const char *name;
    bool (*fits)(const char *text);
} classes[] = {
    {"<date>",          is_any_date    },
    { "<date-nano>",    is_date_nano   },
    { "<date-seconds>", is_date_seconds},
    { "<seconds>",      is_seconds     },
    { "<nanoseconds>",  is_nanoseconds },
    { "<digest>",       is_digest      },
    { "<id>",           is_id          },
    { "<ipv4>",         is_ipv4        },
    { "<ipv6>",         is_ipv6        },
    { "<cidr>",         is_cidr        },
    { "<mac>",          is_mac         },
    { "<port>",         is_port        },
    { "<version>",      is_version     },
    { "<missing>",      is_missing     },
};

static const struct class *class_of(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strlen(classes[i].name) == length && strncmp(classes[i].name, name, length) == 0)
            return &classes[i];
    return NULL;
}

static bool alternative_fits(const char *form, size_t length, const char *text)
{
    const struct class *class = class_of(form, length);

    if (class)
        return class->fits(text);
    if (length == 2 && strncmp(form, "\"\"", 2) == 0)
        return *text == '\0';
    return strlen(text) == length && strncmp(form, text, length) == 0;
}

bool form_fits(const char *form, const char *text)
{
    for (;; form++) {
        size_t length = strcspn(form, "|");
        if (alternative_fits(form, length, text))
            return true;
        form += length;
        if (!*form)
            return false;
    }
}

bool form_is_enum(const char *form)
{
    return !strchr(form, '<');
}

bool form_is_known(const char *form)
{
    for (;; form++) {
        size_t length = strcspn(form, "|");
        if (length == 0 || (form[0] == '<' && !class_of(form, length)))
            return false;
        form += length;
        if (!*form)
            return true;
    }
}
