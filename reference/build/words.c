/* build/words.c - see words.h.
 *
 *     'literal'   "with $NAME and \" in it"   \c (the escape may be ` instead)
 *     $NAME ${NAME}                        its value, or nothing
 *     ${NAME:-word} ${NAME:+word} ${NAME:?word}     without the colon an empty value counts as one
 *     ${NAME#p} ${NAME##p} ${NAME%p} ${NAME%%p}     without what fits the pattern at its begin or end
 *     ${NAME/p/word} ${NAME//p/word}       the first, or each, place that fits the pattern replaced
 *
 * A word within braces is expanded too, so this is recursive; the depth is bounded. */
#include "build/words.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define DEPTH_MAX 20

struct expand {
    const char *at;
    char escape;
    const struct strv *env;
    unsigned depth;
    struct strv *split; /* words so far; NULL: they are not split */
    struct str *part;   /* the word that is being made, of a split */
    bool has_part;
};

static int expand_until(struct expand *e, char stop, bool raw, struct str *out, struct error *err);

/* -- where a split word goes -- */

static void part_add(struct expand *e, const char *bytes, size_t n, bool quoted)
{
    if (!e->split || e->depth > 0)
        return;
    for (size_t i = 0; i < n; i++) {
        if (quoted || !isspace((unsigned char)bytes[i])) {
            str_add_char(e->part, bytes[i]);
            e->has_part = true;
        } else if (e->has_part) {
            strv_add(e->split, str_text(e->part));
            str_cut(e->part, 0);
            e->has_part = false;
        }
    }
    e->has_part = e->has_part || quoted;
}

/* -- variables -- */

static const char *value_of(const struct expand *e, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < e->env->count; i++)
        if (strncmp(e->env->items[i], name, n) == 0 && e->env->items[i][n] == '=')
            return e->env->items[i] + n + 1;
    return NULL;
}

static char *take_name(struct expand *e)
{
    const char *start = e->at, *s = start;

    if (isdigit((unsigned char)*s))
        while (isdigit((unsigned char)*s))
            s++;
    else if (*s && strchr("@*#?-$!", *s))
        s++;
    else
        while (isalnum((unsigned char)*s) || *s == '_')
            s++;
    e->at = s;
    return xstrndup(start, (size_t)(s - start));
}

static void cut_prefix(const char *value, const char *pattern, bool longest, struct str *out)
{
    size_t n = strlen(value), cut = 0;

    for (size_t i = 0; i <= n; i++) {
        scoped_free char *head = xstrndup(value, i);

        if (fnmatch(pattern, head, 0) != 0)
            continue;
        cut = i;
        if (!longest)
            break;
    }
    str_add(out, value + cut);
}

static void cut_suffix(const char *value, const char *pattern, bool longest, struct str *out)
{
    size_t n = strlen(value), keep = n;

    for (size_t i = n + 1; i-- > 0;) {
        if (fnmatch(pattern, value + i, 0) != 0)
            continue;
        keep = i;
        if (!longest)
            break;
    }
    str_add_bytes(out, value, keep);
}

/* How many bytes of `value` fit the pattern, as many as can be; 0: none. */
static size_t longest_match(const char *value, const char *pattern)
{
    for (size_t n = strlen(value); n > 0; n--) {
        scoped_free char *head = xstrndup(value, n);

        if (fnmatch(pattern, head, 0) == 0)
            return n;
    }
    return 0;
}

static void replace(const char *value, const char *pattern, const char *with, bool all, struct str *out)
{
    bool done = false;

    while (*value) {
        size_t n = done ? 0 : longest_match(value, pattern);

        if (n == 0) {
            str_add_char(out, *value++);
            continue;
        }
        str_add(out, with);
        value += n;
        done = !all;
    }
}

/* The patterns are tried against every part of a value: both must be short, or this would take long. */
static int check_pattern(const char *value, const char *pattern, struct error *err)
{
    unsigned stars = 0;

    for (const char *p = pattern; *p; p++)
        stars += *p == '*';
    if (strlen(value) > 4096 || strlen(pattern) > 256 || stars > 4)
        return error_set(err, ERR_INVALID, "the value or the pattern is too long");
    return 0;
}

static int replaced(struct expand *e, const char *value, struct str *out, struct error *err)
{
    scoped_str pattern = { 0 }, with = { 0 };
    bool all = *e->at == '/';

    e->at += all;
    if (expand_until(e, '/', true, &pattern, err) < 0 || expand_until(e, '}', false, &with, err) < 0)
        return -1;
    if (check_pattern(value ? value : "", str_text(&pattern), err) < 0)
        return -1;
    replace(value ? value : "", str_text(&pattern), str_text(&with), all, out);
    return 0;
}

static int unsupported(const char *modifier, struct error *err)
{
    return error_set(err, ERR_INVALID, "unsupported modifier (%.2s) in substitution", modifier);
}

/* Behind "${NAME", at the modifier. */
static int modified(struct expand *e, const char *name, struct str *out, struct error *err)
{
    const char *value = value_of(e, name), *modifier = e->at;
    bool colon = *e->at == ':', twice;
    scoped_str word = { 0 };
    char kind;

    e->at += colon;
    kind = *e->at;
    if (!kind || !strchr(colon ? "-+?" : "-+?#%/", kind))
        return unsupported(colon || !kind ? modifier : (char[2]){ kind, '\0' }, err);
    e->at++;
    if (kind == '/')
        return replaced(e, value, out, err);
    twice = (kind == '#' || kind == '%') && *e->at == kind;
    e->at += twice;
    if (expand_until(e, '}', kind == '#' || kind == '%', &word, err) < 0)
        return -1;
    if (colon && str_empty(value))
        value = NULL;
    switch (kind) {
    case '-':
        str_add(out, value ? value : str_text(&word));
        return 0;
    case '+':
        str_add(out, value ? str_text(&word) : "");
        return 0;
    case '?':
        if (!value)
            return error_set(err, ERR_INVALID, "%s: %s", name,
                             word.len ? str_text(&word) : "is not allowed to be unset");
        str_add(out, value);
        return 0;
    default:
        if (check_pattern(value ? value : "", str_text(&word), err) < 0)
            return -1;
        (kind == '#' ? cut_prefix : cut_suffix)(value ? value : "", str_text(&word), twice, out);
        return 0;
    }
}

/* Behind the '$'. */
static int variable(struct expand *e, struct str *out, struct error *err)
{
    scoped_free char *name = NULL;
    bool braces = *e->at == '{';
    int r = 0;

    e->at += braces;
    if (braces && !*e->at)
        return error_set(err, ERR_INVALID, "syntax error: missing '}'");
    if (braces && strchr("{}:", *e->at))
        return error_set(err, ERR_INVALID, "syntax error: bad substitution");
    name = take_name(e);
    if (!*name && !braces)
        str_add_char(out, '$');
    else if (!braces || *e->at == '}') {
        const char *value = value_of(e, name);

        str_add(out, value ? value : "");
        e->at += braces;
    } else {
        if (++e->depth > DEPTH_MAX)
            return error_set(err, ERR_INVALID, "substitutions are nested too deep");
        r = modified(e, name, out, err);
        e->depth--;
    }
    return r;
}

/* -- quotes -- */

static int unmatched(const char *what, struct error *err)
{
    return error_set(err, ERR_INVALID, "unexpected end of statement while looking for matching %s", what);
}

static int single_quoted(struct expand *e, struct str *out, struct error *err)
{
    const char *end = strchr(e->at, '\'');

    if (!end)
        return unmatched("single-quote", err);
    str_add_bytes(out, e->at, (size_t)(end - e->at));
    e->at = end + 1;
    return 0;
}

static int double_quoted(struct expand *e, struct str *out, struct error *err)
{
    while (*e->at != '"') {
        char c = *e->at;

        if (!c)
            return unmatched("double-quote", err);
        e->at++;
        if (c == '$') {
            if (variable(e, out, err) < 0)
                return -1;
            continue;
        }
        if (c == e->escape && *e->at) {
            if (*e->at != '"' && *e->at != '$' && *e->at != e->escape)
                str_add_char(out, c);
            c = *e->at++;
        }
        str_add_char(out, c);
    }
    e->at++;
    return 0;
}

/* One step of expand_until(); `raw` keeps escapes, for patterns. */
static int expand_one(struct expand *e, bool raw, struct str *out, struct error *err)
{
    size_t before = out->len;
    char c = *e->at++;
    bool quoted = true;
    int r = 0;

    if (c == '\'') {
        r = single_quoted(e, out, err);
    } else if (c == '"') {
        r = double_quoted(e, out, err);
    } else if (c == '$') {
        r = variable(e, out, err);
        quoted = false;
    } else if (c == e->escape) {
        if (raw)
            str_add_char(out, c);
        if (*e->at)
            str_add_char(out, *e->at++);
    } else {
        str_add_char(out, c);
        quoted = false;
    }
    if (r == 0)
        part_add(e, str_text(out) + before, out->len - before, quoted);
    return r;
}

/* Up to `stop`, which is taken too; '\0': to the end. */
static int expand_until(struct expand *e, char stop, bool raw, struct str *out, struct error *err)
{
    while (*e->at && (!stop || *e->at != stop)) {
        if (expand_one(e, raw, out, err) < 0)
            return -1;
        if (out->len > WORD_MAX)
            return error_set(err, ERR_TOO_LARGE, "it becomes larger than a megabyte");
    }
    if (!stop)
        return 0;
    if (!*e->at)
        return stop == '}' ? error_set(err, ERR_INVALID, "syntax error: missing '}'")
                           : unmatched((char[2]){ stop, '\0' }, err);
    e->at++;
    return 0;
}

static int expand(struct expand *e, const char *word, struct str *out, struct error *err)
{
    scoped_str quoted = { 0 };

    e->at = word;
    if (expand_until(e, '\0', false, out, err) == 0)
        return 0;
    for (const char *s = word; *s && quoted.len < 500; s++)
        str_addf(&quoted, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
    return error_wrap(err, "failed to process \"%s\"", str_text(&quoted));
}

int word_expand(const char *word, char escape, const struct strv *env, char **ret, struct error *err)
{
    struct expand e = { .escape = escape, .env = env };
    scoped_str out = { 0 };

    if (expand(&e, word, &out, err) < 0)
        return -1;
    *ret = xstrdup(str_text(&out));
    return 0;
}

int word_expand_split(const char *word, char escape, const struct strv *env, struct strv *ret,
                      struct error *err)
{
    scoped_str out = { 0 }, part = { 0 };
    struct expand e = { .escape = escape, .env = env, .split = ret, .part = &part };

    if (expand(&e, word, &out, err) < 0)
        return -1;
    if (e.has_part)
        strv_add(ret, str_text(&part));
    return 0;
}
