/* build/dockerfile.c - see dockerfile.h.
 *
 *     lines -> comments away, continued lines joined -> NAME, --flags, rest -> words, each instruction by its own form
 *
 * A comment, and an empty line, within a continued line are no part of it. Parser directives ("# escape=`") stand before anything
 * else; "syntax" and "check" are for builders of another kind and mean nothing here. */
#include "build/dockerfile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

/* How the rest of an instruction is taken apart. */
enum form {
    FORM_TEXT,         /* one word, as it stands */
    FORM_JSON_OR_TEXT, /* a JSON list, or one word */
    FORM_JSON_OR_LIST, /* a JSON list, or words between spaces */
    FORM_LIST,
    FORM_PAIRS,  /* a=b "c d"=e, or: a b c */
    FORM_NAMES,  /* words with quotes: a=b c */
    FORM_HEALTH, /* a word, then JSON or text */
};

static const struct known {
    const char *name;
    enum form form;
} known[] = {
    [I_ADD] = {"ADD",          FORM_JSON_OR_LIST},
    [I_ARG] = { "ARG",         FORM_NAMES       },
    [I_CMD] = { "CMD",         FORM_JSON_OR_TEXT},
    [I_COPY] = { "COPY",        FORM_JSON_OR_LIST},
    [I_ENTRYPOINT] = { "ENTRYPOINT",  FORM_JSON_OR_TEXT},
    [I_ENV] = { "ENV",         FORM_PAIRS       },
    [I_EXPOSE] = { "EXPOSE",      FORM_LIST        },
    [I_FROM] = { "FROM",        FORM_LIST        },
    [I_HEALTHCHECK] = { "HEALTHCHECK", FORM_HEALTH      },
    [I_LABEL] = { "LABEL",       FORM_PAIRS       },
    [I_MAINTAINER] = { "MAINTAINER",  FORM_TEXT        },
    [I_ONBUILD] = { "ONBUILD",     FORM_TEXT        },
    [I_RUN] = { "RUN",         FORM_JSON_OR_TEXT},
    [I_SHELL] = { "SHELL",       FORM_JSON_OR_TEXT},
    [I_STOPSIGNAL] = { "STOPSIGNAL",  FORM_TEXT        },
    [I_USER] = { "USER",        FORM_TEXT        },
    [I_VOLUME] = { "VOLUME",      FORM_JSON_OR_LIST},
    [I_WORKDIR] = { "WORKDIR",     FORM_TEXT        },
};

struct parse {
    const char *at, *end; /* what is left of the text */
    unsigned line;
    struct dockerfile *file;
    bool directives_over, has_escape;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static const char *skip_blanks(const char *s)
{
    while (is_blank(*s))
        s++;
    return s;
}

static char *trimmed(const char *s)
{
    size_t n;

    s = skip_blanks(s);
    for (n = strlen(s); n > 0 && (is_blank(s[n - 1]) || s[n - 1] == '\n');)
        n--;
    return xstrndup(s, n);
}

static int fail(struct error *err, const char *text)
{
    return error_set(err, ERR_INVALID, "failed to parse Dockerfile: %s", text);
}

/* -- lines -- */

/* 1: *ret is the next line without its end, the caller frees it; 0: there is none. */
static int next_line(struct parse *p, char **ret, struct error *err)
{
    const char *end;
    size_t n;

    if (p->at >= p->end)
        return 0;
    end = memchr(p->at, '\n', (size_t)(p->end - p->at));
    n = (size_t)((end ? end : p->end) - p->at);
    p->line++;
    if (n > DOCKERFILE_LINE_MAX)
        return error_set(
            err, ERR_INVALID,
            "failed to parse Dockerfile: dockerfile line greater than maximum allowed size of %d",
            DOCKERFILE_LINE_MAX);
    *ret = xstrndup(p->at, n > 0 && p->at[n - 1] == '\r' ? n - 1 : n);
    p->at = end ? end + 1 : p->end;
    return 1;
}

/* "# name = value": false when it is no directive. */
static bool split_directive(const char *line, char **name, char **value)
{
    const char *s = skip_blanks(line), *start;

    if (*s++ != '#')
        return false;
    start = s = skip_blanks(s);
    while (isalnum((unsigned char)*s))
        s++;
    if (s == start || *skip_blanks(s) != '=')
        return false;
    *name = xstrndup(start, (size_t)(s - start));
    *value = trimmed(skip_blanks(s) + 1);
    return true;
}

static int look_for_directive(struct parse *p, const char *line, struct error *err)
{
    scoped_free char *name = NULL, *value = NULL;

    if (p->directives_over)
        return 0;
    if (!split_directive(line, &name, &value)) {
        p->directives_over = true;
        return 0;
    }
    if (strcasecmp(name, "escape") != 0) {
        p->directives_over = strcasecmp(name, "syntax") != 0 && strcasecmp(name, "check") != 0;
        return 0;
    }
    if (p->has_escape)
        return fail(err, "only one escape parser directive can be used");
    if (!str_eq(value, "`") && !str_eq(value, "\\"))
        return error_set(err, ERR_INVALID,
                         "failed to parse Dockerfile: invalid escape token '%s' does not match ` or \\",
                         value);
    p->has_escape = true;
    p->file->escape = value[0];
    return 0;
}

/* Cuts the escape at the end of a line, with the blanks behind it; false: the line is not continued. */
static bool cut_continuation(char *line, char escape)
{
    size_t n = strlen(line);

    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        n--;
    if (n == 0 || line[n - 1] != escape)
        return false;
    line[n - 1] = '\0';
    return true;
}

static void warn_of_empty_line(struct dockerfile *d, const struct str *text)
{
    if (d->warnings.count < 32)
        strv_addf(&d->warnings, "[WARNING]: Empty continuation line found in:\n    %.200s", str_text(text));
}

/* Joins what follows to `text`, up to a line that is not continued. */
static int join_lines(struct parse *p, struct str *text, struct error *err)
{
    bool more = true, empty = false;

    while (more) {
        scoped_free char *line = NULL;
        const char *first;
        int r = next_line(p, &line, err);

        if (r <= 0) {
            more = false;
            if (r < 0)
                return -1;
            break;
        }
        first = skip_blanks(line);
        if (*first == '#')
            continue;
        if (!*first) {
            empty = true;
            continue;
        }
        more = cut_continuation(line, p->file->escape);
        str_add(text, line);
    }
    if (empty)
        warn_of_empty_line(p->file, text);
    return 0;
}

/* -- words -- */

static bool is_json_list(const char *rest, struct strv *words, bool *wrong)
{
    scoped(json_decref) json_t *list = NULL;
    const char *s = skip_blanks(rest);
    size_t i;
    json_t *item;

    *wrong = false;
    if (*s != '[')
        return false;
    list = json_loads(s, 0, NULL);
    if (!json_is_array(list))
        return false;
    json_array_foreach (list, i, item)
        *wrong = *wrong || !json_is_string(item);
    for (i = 0; !*wrong && i < json_array_size(list); i++)
        strv_add(words, json_string_value(json_array_get(list, i)));
    return !*wrong;
}

static void split_blanks(const char *rest, struct strv *words)
{
    for (const char *s = skip_blanks(rest); *s; s = skip_blanks(s)) {
        const char *start = s;
        scoped_free char *word = NULL;

        while (*s && !is_blank(*s))
            s++;
        word = xstrndup(start, (size_t)(s - start));
        strv_add(words, word);
    }
}

/* The end of the word that begins at `s`; quotes and escapes stay in it. */
static const char *word_end(const char *s, char escape)
{
    char quote = '\0';

    for (; *s && (quote || !is_blank(*s)); s++) {
        if (quote) {
            if (*s == escape && quote == '"' && s[1])
                s++;
            else if (*s == quote)
                quote = '\0';
        } else if (*s == '\'' || *s == '"') {
            quote = *s;
        } else if (*s == escape && s[1]) {
            s++;
        }
    }
    return s;
}

static void split_words(const char *rest, char escape, struct strv *words)
{
    for (const char *s = skip_blanks(rest); *s; s = skip_blanks(s)) {
        const char *end = word_end(s, escape);
        scoped_free char *word = xstrndup(s, (size_t)(end - s));

        strv_add(words, word);
        s = end;
    }
}

/* "a b c": a is the name, all the rest its value. */
static int old_pair(const char *name, const char *rest, struct strv *words, struct error *err)
{
    const char *s = skip_blanks(rest), *start = s;
    scoped_free char *key = NULL;

    while (*s && !is_blank(*s))
        s++;
    key = xstrndup(start, (size_t)(s - start));
    s = skip_blanks(s);
    if (!*s)
        return error_set(err, ERR_INVALID, "failed to parse Dockerfile: %s must have two arguments", name);
    strv_add(words, key);
    strv_add(words, s);
    return 0;
}

static int split_pairs(const char *name, const char *rest, char escape, struct strv *words, struct error *err)
{
    scoped_strv raw = { 0 };

    split_words(rest, escape, &raw);
    if (raw.count == 0)
        return 0;
    if (!strchr(raw.items[0], '='))
        return old_pair(name, rest, words, err);
    for (size_t i = 0; i < raw.count; i++) {
        char *equals = strchr(raw.items[i], '=');

        if (!equals)
            return error_set(err, ERR_INVALID,
                             "failed to parse Dockerfile: Syntax error - can't find = in \"%s\". Must be of "
                             "the form: name=value",
                             raw.items[i]);
        *equals = '\0';
        strv_add(words, raw.items[i]);
        strv_add(words, equals + 1);
    }
    return 0;
}

static int take_json_or(struct instruction *i, const char *rest, bool list, struct error *err)
{
    bool wrong = false;

    if (is_json_list(rest, &i->words, &wrong)) {
        i->json = true;
        return 0;
    }
    if (wrong)
        return fail(err, "when using JSON array syntax, arrays must be comprised of strings only");
    if (list)
        split_blanks(rest, &i->words);
    else if (*rest)
        strv_add(&i->words, rest);
    return 0;
}

static int take_health(struct instruction *i, const char *rest, struct error *err)
{
    const char *s = rest;
    scoped_free char *type = NULL;

    while (*s && !is_blank(*s))
        s++;
    type = xstrndup(rest, (size_t)(s - rest));
    if (*type)
        strv_add(&i->words, type);
    return take_json_or(i, skip_blanks(s), false, err);
}

static int take_words(struct instruction *i, char escape, struct error *err)
{
    enum form form = i->kind == I_UNKNOWN ? FORM_TEXT : known[i->kind].form;

    switch (form) {
    case FORM_JSON_OR_TEXT:
        return take_json_or(i, i->rest, false, err);
    case FORM_JSON_OR_LIST:
        return take_json_or(i, i->rest, true, err);
    case FORM_LIST:
        split_blanks(i->rest, &i->words);
        return 0;
    case FORM_PAIRS:
        return split_pairs(i->name, i->rest, escape, &i->words, err);
    case FORM_NAMES:
        split_words(i->rest, escape, &i->words);
        return 0;
    case FORM_HEALTH:
        return take_health(i, i->rest, err);
    default:
        if (*i->rest)
            strv_add(&i->words, i->rest);
        return 0;
    }
}

/* -- one instruction -- */

/* "--a=b --c rest": the flags go to `flags`; returns what follows. "--" alone ends them. */
static const char *take_flags(const char *s, char escape, struct strv *flags)
{
    for (s = skip_blanks(s); s[0] == '-' && s[1] == '-'; s = skip_blanks(s)) {
        const char *end = word_end(s, escape);
        scoped_free char *flag = xstrndup(s + 2, (size_t)(end - s - 2));

        s = end;
        if (!*flag)
            return skip_blanks(s);
        strv_add(flags, flag);
    }
    return s;
}

static enum instruction_kind kind_of(const char *name)
{
    for (unsigned i = 0; i < I_UNKNOWN; i++)
        if (str_eq(name, known[i].name))
            return (enum instruction_kind)i;
    return I_UNKNOWN;
}

static int add_instruction(struct parse *p, const char *text, unsigned line, struct error *err)
{
    struct dockerfile *d = p->file;
    struct instruction *i;
    const char *s;

    if (d->count == DOCKERFILE_STEPS_MAX)
        return fail(err, "too many instructions");
    if (d->count % 64 == 0)
        d->items = xreallocarray(d->items, d->count + 64, sizeof(*d->items));
    i = &d->items[d->count++];
    *i = (struct instruction){ .line = line, .text = trimmed(text) };
    for (s = i->text; *s && !is_blank(*s);)
        s++;
    i->name = xstrndup(i->text, (size_t)(s - i->text));
    for (char *c = i->name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    i->kind = kind_of(i->name);
    i->rest = xstrdup(take_flags(s, d->escape, &i->flags));
    return take_words(i, d->escape, err);
}

static int parse_all(struct parse *p, struct error *err)
{
    for (;;) {
        scoped_free char *line = NULL;
        scoped_str text = { 0 };
        unsigned start = p->line + 1;
        int r = next_line(p, &line, err);

        if (r <= 0)
            return r;
        if (look_for_directive(p, line, err) < 0)
            return -1;
        if (*skip_blanks(line) == '#' || !*skip_blanks(line))
            continue;
        if (cut_continuation(line, p->file->escape)) {
            str_add(&text, skip_blanks(line));
            if (join_lines(p, &text, err) < 0)
                return -1;
        } else {
            str_add(&text, skip_blanks(line));
        }
        if (*skip_blanks(str_text(&text)) && add_instruction(p, str_text(&text), start, err) < 0)
            return -1;
    }
}

int dockerfile_parse(const char *bytes, size_t n, struct dockerfile **ret, struct error *err)
{
    scoped(dockerfile_free) struct dockerfile *d = new_zeroed(struct dockerfile);
    struct parse p = { .at = bytes, .end = bytes + n, .file = d };

    d->escape = '\\';
    if (n > DOCKERFILE_MAX)
        return fail(err, "it is larger than a megabyte");
    if (n && memchr(bytes, '\0', n))
        return fail(err, "it holds a zero byte");
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        p.at += 3;
    if (parse_all(&p, err) < 0)
        return -1;
    if (d->count == 0)
        return fail(err, "file with no instructions");
    *ret = take_ptr(&d);
    return 0;
}

struct dockerfile *dockerfile_free(struct dockerfile *d)
{
    for (size_t i = 0; d && i < d->count; i++) {
        free(d->items[i].name);
        free(d->items[i].text);
        free(d->items[i].rest);
        strv_free(&d->items[i].flags);
        strv_free(&d->items[i].words);
    }
    if (d) {
        free(d->items);
        strv_free(&d->warnings);
    }
    free(d);
    return NULL;
}
