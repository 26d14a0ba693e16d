/* logs/encode.c - see encode.h.
 *
 * A library call per line would cost more than all else that is done with a line, and floods are what logs
 * are made of. So both directions are written out here: they know the three members and no more. What is
 * escaped, and how, is what dockerd 20.10 and 28.5 were seen to write: < > & and U+2028/9 as \uXXXX, of the
 * control characters only \n and \r by letter, a byte that is not UTF-8 as \ufffd, DEL and U+FEFF as they
 * are. */
#include "logs/encode.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

/* Length of the UTF-8 sequence at p, or 0 when it is none (RFC 3629). */
static size_t sequence(const unsigned char *p, size_t left)
{
    size_t n = p[0] >= 0xc2 && p[0] < 0xe0   ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static char *put(char *to, const char *text, size_t n)
{
    memcpy(to, text, n);
    return to + n;
}

static char *escape_ascii(char *to, unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        *to++ = '\\';
        *to++ = (char)c;
        return to;
    case '\n':
        return put(to, "\\n", 2);
    case '\r':
        return put(to, "\\r", 2);
    default:
        to = put(to, "\\u00", 4);
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
        return to;
    }
}

static char *escape_wide(char *to, const unsigned char *p, size_t length)
{
    if (length == 0)
        return put(to, "\\ufffd", 6);
    if (length == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8)
        return put(to, p[2] & 1 ? "\\u2029" : "\\u2028", 6);
    return put(to, (const char *)p, length);
}

static char *escape(char *to, const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + n;

    while (p < end) {
        const unsigned char *run = p;
        size_t length;

        while (p < end && plain(*p))
            p++;
        to = put(to, (const char *)run, (size_t)(p - run));
        if (p == end)
            break;
        if (*p < 0x80) {
            to = escape_ascii(to, *p++);
            continue;
        }
        length = sequence(p, (size_t)(end - p));
        to = escape_wide(to, p, length);
        p += length ? length : 1;
    }
    return to;
}

#define PUT_LITERAL(to, text) put(to, text, sizeof(text) - 1)

size_t entry_encode(char *ret, bool is_stderr, const char *time, const char *text, size_t n, bool newline)
{
    char *to = PUT_LITERAL(ret, "{\"log\":\"");

    to = escape(to, text, n);
    if (newline)
        to = PUT_LITERAL(to, "\\n");
    to = is_stderr ? PUT_LITERAL(to, "\",\"stream\":\"stderr\",\"time\":\"")
                   : PUT_LITERAL(to, "\",\"stream\":\"stdout\",\"time\":\"");
    to = put(to, time, strlen(time));
    to = PUT_LITERAL(to, "\"}\n");
    return (size_t)(to - ret);
}

struct cursor {
    char *at, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r'))
        c->at++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->at >= c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool code_unit(struct cursor *c, unsigned *ret)
{
    unsigned value = 0;

    if (c->end - c->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(c->at[i]);

        if (digit < 0)
            return false;
        value = value << 4 | (unsigned)digit;
    }
    c->at += 4;
    *ret = value;
    return true;
}

/* At most as many bytes as the escape had, so unescaping in place is safe. */
static char *put_code_point(char *to, unsigned u)
{
    if (u < 0x80) {
        *to++ = (char)u;
    } else if (u < 0x800) {
        *to++ = (char)(0xc0 | u >> 6);
        *to++ = (char)(0x80 | (u & 0x3f));
    } else if (u < 0x10000) {
        *to++ = (char)(0xe0 | u >> 12);
        *to++ = (char)(0x80 | (u >> 6 & 0x3f));
        *to++ = (char)(0x80 | (u & 0x3f));
    } else {
        *to++ = (char)(0xf0 | u >> 18);
        *to++ = (char)(0x80 | (u >> 12 & 0x3f));
        *to++ = (char)(0x80 | (u >> 6 & 0x3f));
        *to++ = (char)(0x80 | (u & 0x3f));
    }
    return to;
}

static bool unicode_escape(struct cursor *c, char **to)
{
    unsigned first, second;
    struct cursor ahead;

    if (!code_unit(c, &first))
        return false;
    if (first >= 0xd800 && first < 0xe000) {
        ahead = *c;
        if (first < 0xdc00 && ahead.end - ahead.at >= 6 && ahead.at[0] == '\\' && ahead.at[1] == 'u') {
            ahead.at += 2;
            if (code_unit(&ahead, &second) && second >= 0xdc00 && second < 0xe000) {
                *c = ahead;
                *to = put_code_point(*to, 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                return true;
            }
        }
        first = 0xfffd; /* half a surrogate pair */
    }
    *to = put_code_point(*to, first);
    return true;
}

static bool escape_sequence(struct cursor *c, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *which;

    if (c->at >= c->end)
        return false;
    if (*c->at == 'u') {
        c->at++;
        return unicode_escape(c, to);
    }
    which = *c->at ? strchr(from, *c->at) : NULL;
    if (!which)
        return false;
    *(*to)++ = into[which - from];
    c->at++;
    return true;
}

static bool take_string(struct cursor *c, const char **text, size_t *length)
{
    char *start, *to;

    if (!take(c, '"'))
        return false;
    start = to = c->at;
    for (;;) {
        char *run = c->at;

        while (c->at < c->end && *c->at != '"' && *c->at != '\\')
            c->at++;
        if (to != run)
            memmove(to, run, (size_t)(c->at - run));
        to += c->at - run;
        if (c->at >= c->end)
            return false;
        if (*c->at++ == '"')
            break;
        if (!escape_sequence(c, &to))
            return false;
    }
    *text = start;
    *length = (size_t)(to - start);
    return true;
}

/* A value that we do not use ("attrs" of other writers): a string, or anything with balanced brackets. */
static bool skip_value(struct cursor *c)
{
    const char *text;
    size_t n;
    int depth = 0;

    do {
        skip_space(c);
        if (c->at >= c->end)
            return false;
        if (*c->at == '"') {
            if (!take_string(c, &text, &n))
                return false;
        } else if (depth == 0 && (*c->at == ',' || *c->at == '}' || *c->at == ']')) {
            return false;
        } else {
            depth += *c->at == '{' || *c->at == '[' ? 1 : *c->at == '}' || *c->at == ']' ? -1 : 0;
            c->at++;
        }
        skip_space(c);
    } while (depth > 0 || (c->at < c->end && *c->at != ',' && *c->at != '}'));
    return depth == 0;
}

struct parts {
    const char *log, *stream, *time;
    size_t log_length, stream_length, time_length;
};

static bool is(const char *text, size_t n, const char *wanted)
{
    return n == strlen(wanted) && memcmp(text, wanted, n) == 0;
}

static bool take_member(struct cursor *c, struct parts *parts)
{
    const char *key;
    size_t n;

    if (!take_string(c, &key, &n) || !take(c, ':'))
        return false;
    if (is(key, n, "log"))
        return take_string(c, &parts->log, &parts->log_length);
    if (is(key, n, "stream"))
        return take_string(c, &parts->stream, &parts->stream_length);
    if (is(key, n, "time"))
        return take_string(c, &parts->time, &parts->time_length);
    return skip_value(c);
}

bool entry_decode(char *line, size_t n, struct log_entry *ret)
{
    struct cursor c = { line, line + n };
    struct parts parts = { 0 };
    char time[CLOCK_TEXT_MAX];
    nanos at;

    if (!take(&c, '{'))
        return false;
    do
        if (!take_member(&c, &parts))
            return false;
    while (take(&c, ','));
    if (!take(&c, '}') || !parts.log || !parts.time || parts.time_length >= sizeof(time))
        return false;
    memcpy(time, parts.time, parts.time_length);
    time[parts.time_length] = '\0';
    if (!clock_parse(time, &at))
        return false;
    *ret = (struct log_entry){ .is_stderr = parts.stream && is(parts.stream, parts.stream_length, "stderr"),
                               .time = at,
                               .text = parts.log,
                               .length = parts.log_length };
    return true;
}
