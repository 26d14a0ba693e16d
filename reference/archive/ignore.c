/* archive/ignore.c - see ignore.h. */
#include "archive/ignore.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "archive/glob.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define RULES_MAX 10000

struct ignore {
    struct strv patterns;
    bool keeps[RULES_MAX]; /* for each pattern: it began with '!' */
};

static void add_rule(struct ignore *i, const char *line, size_t n)
{
    scoped_free char *pattern = NULL, *clean = NULL;
    bool keeps;

    while (n && isspace((unsigned char)line[n - 1]))
        n--;
    while (n && isspace((unsigned char)*line))
        line++, n--;
    if (!n || *line == '#' || i->patterns.count == RULES_MAX)
        return;
    keeps = *line == '!';
    for (line += keeps, n -= keeps; n && isspace((unsigned char)*line); line++)
        n--;
    pattern = xstrndup(line, n);
    clean = path_clean(pattern);
    if (!*pattern || !glob_is_valid(clean) || str_eq(clean, "/"))
        return;
    i->keeps[i->patterns.count] = keeps;
    strv_add(&i->patterns, clean[0] == '/' ? clean + 1 : clean);
}

struct ignore *ignore_parse(const char *text)
{
    struct ignore *i = new_zeroed(struct ignore);

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (*text) {
        size_t n = strcspn(text, "\n");

        add_rule(i, text, n);
        text += n + (text[n] == '\n');
    }
    return i;
}

/* The path itself, or a directory above it. */
static bool rule_fits(const char *pattern, const char *path)
{
    scoped_free char *above = xstrdup(path);

    for (;;) {
        char *slash;

        if (glob_fits(pattern, above, true))
            return true;
        slash = strrchr(above, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
}

bool ignore_fits(const struct ignore *i, const char *path)
{
    for (size_t k = i->patterns.count; k-- > 0;)
        if (rule_fits(i->patterns.items[k], path))
            return !i->keeps[k];
    return false;
}

bool ignore_keeps_below(const struct ignore *i, const char *path)
{
    size_t n = strlen(path);

    for (size_t k = 0; k < i->patterns.count; k++) {
        const char *pattern = i->patterns.items[k];

        if (i->keeps[k] &&
            (glob_has_wildcard(pattern) || (strncmp(pattern, path, n) == 0 && pattern[n] == '/')))
            return true;
    }
    return false;
}

struct ignore *ignore_free(struct ignore *i)
{
    if (i)
        strv_free(&i->patterns);
    free(i);
    return NULL;
}
