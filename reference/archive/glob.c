/* archive/glob.c - see glob.h. All places of the pattern at which one may be are kept at once, so that nothing is tried twice. */
#include "archive/glob.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/scope.h"

/* The end of the class that begins at '['; NULL: it has none. */
static const char *class_end(const char *p)
{
    p++;
    if (*p == '^')
        p++;
    if (*p == ']' || !*p)
        return NULL;
    for (; *p != ']'; p++) {
        if (*p == '\\')
            p++;
        if (!*p)
            return NULL;
    }
    return p;
}

bool glob_is_valid(const char *pattern)
{
    for (const char *p = pattern; *p; p++) {
        if (*p == '\\' && !*++p)
            return false;
        if (*p == '[' && !(p = class_end(p)))
            return false;
    }
    return true;
}

bool glob_has_wildcard(const char *path)
{
    for (; *path; path++) {
        if (*path == '\\' && path[1])
            path++;
        else if (strchr("*?[", *path))
            return true;
    }
    return false;
}

static char class_char(const char **p)
{
    if (**p == '\\')
        (*p)++;
    return *(*p)++;
}

static bool in_class(const char *p, const char *end, char c)
{
    bool negated = *++p == '^', found = false;

    p += negated;
    while (p < end) {
        char low = class_char(&p), high = low;

        if (*p == '-' && p + 1 < end) {
            p++;
            high = class_char(&p);
        }
        found = found || (low <= c && c <= high);
    }
    return found != negated;
}

struct match {
    const char *pattern;
    size_t length;
    bool deep;
    bool *now, *next; /* for each place of the pattern: may we be there? */
};

/* "**" with the slash behind it, of which nothing need be there. */
static size_t deep_star(const struct match *m, size_t at)
{
    if (!m->deep || m->pattern[at] != '*' || m->pattern[at + 1] != '*')
        return 0;
    return m->pattern[at + 2] == '/' ? 3 : 2;
}

/* Places that are reached without a character. */
static void reach(const struct match *m, bool *set, size_t at)
{
    size_t n;

    while (at <= m->length && !set[at]) {
        set[at] = true;
        n = deep_star(m, at);
        if (n == 0 && m->pattern[at] != '*')
            return;
        at += n ? n : 1;
    }
}

static void step(const struct match *m, size_t at, char c)
{
    const char *p = m->pattern + at, *end;
    size_t n = deep_star(m, at);

    if (n) {
        m->next[at] = true;     /* within a name, or behind it */
        if (n == 3 && c != '/') /* its names end with a slash before the pattern goes on */
            return;
        reach(m, m->next, at + n);
        return;
    }
    switch (*p) {
    case '\0':
        return;
    case '*':
        if (c != '/')
            reach(m, m->next, at);
        return;
    case '?':
        if (c != '/')
            reach(m, m->next, at + 1);
        return;
    case '[':
        end = class_end(p);
        if (end && c != '/' && in_class(p, end, c))
            reach(m, m->next, (size_t)(end + 1 - m->pattern));
        return;
    case '\\':
        if (p[1] && p[1] == c)
            reach(m, m->next, at + 2);
        return;
    default:
        if (*p == c)
            reach(m, m->next, at + 1);
    }
}

bool glob_fits(const char *pattern, const char *path, bool deep)
{
    size_t length = strlen(pattern);
    scoped_free bool *now = xcalloc(length + 1, sizeof(bool)), *next = xcalloc(length + 1, sizeof(bool));
    struct match m = { .pattern = pattern, .length = length, .deep = deep };

    reach(&m, now, 0);
    for (; *path; path++) {
        m.now = now;
        m.next = next;
        memset(next, 0, (length + 1) * sizeof(bool));
        for (size_t i = 0; i <= length; i++)
            if (now[i])
                step(&m, i, *path);
        now = m.next;
        next = m.now;
    }
    return now[length];
}
