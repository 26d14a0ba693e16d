/* build/stages.c - see stages.h. Everything that can be said about an instruction without the values of variables is said here,
 * before the first step: then nothing is built. */
#include "build/stages.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define MILLISECOND 1000000

/* Flags of each instruction; "?" behind a name: it needs no value. */
static const char *const flags_of[I_UNKNOWN] = {
    [I_ADD] = "chown chmod checksum keep-git-dir? link?",
    [I_COPY] = "from chown chmod link?",
    [I_FROM] = "platform",
    [I_HEALTHCHECK] = "interval timeout start-period start-interval retries",
    [I_RUN] = "mount network security",
};

static int at_line(const struct instruction *i, struct error *err, const char *text)
{
    return error_set(err, ERR_INVALID, "dockerfile parse error on line %u: %s", i->line, text);
}

static int at_line_of(const struct instruction *i, struct error *err, const char *format, const char *what)
{
    scoped_free char *text = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    text = xasprintf(format, what); /* a format of this file with one %s */
#pragma GCC diagnostic pop
    return at_line(i, err, text);
}

/* -- flags -- */

static bool flag_is(const char *flag, const char *name)
{
    size_t n = strlen(name);

    return strncmp(flag, name, n) == 0 && (!flag[n] || flag[n] == '=');
}

const char *instruction_flag(const struct instruction *i, const char *name)
{
    for (size_t k = 0; k < i->flags.count; k++)
        if (flag_is(i->flags.items[k], name))
            return i->flags.items[k] + strlen(name) + (i->flags.items[k][strlen(name)] == '=');
    return NULL;
}

static int check_flag(const struct instruction *i, size_t index, struct error *err)
{
    const char *flag = i->flags.items[index];
    scoped_free char *name = xstrndup(flag, strcspn(flag, "="));
    scoped_strv names = { 0 };

    strv_split(&names, flags_of[i->kind] ? flags_of[i->kind] : "", ' ');
    for (size_t k = 0; k < index; k++)
        if (flag_is(i->flags.items[k], name))
            return at_line_of(i, err, "Duplicate flag specified: %s", name);
    for (size_t k = 0; k < names.count; k++) {
        size_t n = strcspn(names.items[k], "?");
        bool bare = names.items[k][n] == '?';

        if (!n || strncmp(names.items[k], name, n) != 0 || name[n])
            continue;
        if (!bare && !strchr(flag, '='))
            return at_line_of(i, err, "Missing a value on flag: %s", name);
        return 0;
    }
    return at_line_of(i, err, "unknown flag: --%s", name);
}

/* -- each kind -- */

static int needs_one(const struct instruction *i, struct error *err)
{
    return i->words.count ? 0 : at_line_of(i, err, "%s requires at least one argument", i->name);
}

static int needs_exactly_one(const struct instruction *i, struct error *err)
{
    return i->words.count == 1 ? 0 : at_line_of(i, err, "%s requires exactly one argument", i->name);
}

static int check_pairs(const struct instruction *i, struct error *err)
{
    if (needs_one(i, err) < 0)
        return -1;
    for (size_t k = 0; k < i->words.count; k += 2)
        if (!i->words.items[k][0])
            return at_line_of(i, err, "%s names can not be blank", i->name);
    return 0;
}

static int check_args(const struct instruction *i, struct error *err)
{
    if (needs_one(i, err) < 0)
        return -1;
    for (size_t k = 0; k < i->words.count; k++)
        if (i->words.items[k][0] == '=' || !i->words.items[k][0])
            return at_line(i, err, "ARG names can not be blank");
    return 0;
}

static int check_copy(const struct instruction *i, struct error *err)
{
    if (i->words.count < 2)
        return at_line_of(i, err,
                          "%s requires at least two arguments, but only one was provided. Destination could "
                          "not be determined",
                          i->name);
    return 0;
}

static bool is_stage_name(const char *s)
{
    if (!islower((unsigned char)*s))
        return false;
    while (islower((unsigned char)*s) || isdigit((unsigned char)*s) || (*s && strchr("-_.", *s)))
        s++;
    return !*s;
}

static char *lower(const char *s)
{
    char *ret = xstrdup(s);

    for (char *c = ret; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return ret;
}

static int check_from(const struct instruction *i, struct error *err)
{
    scoped_free char *name = NULL;

    if (i->words.count != 1 && (i->words.count != 3 || strcasecmp(i->words.items[1], "as") != 0))
        return at_line(i, err, "FROM requires either one or three arguments");
    if (i->words.count == 1)
        return 0;
    name = lower(i->words.items[2]);
    if (!is_stage_name(name))
        return at_line_of(i, err,
                          "invalid name for build stage: \"%s\", name can't start with a number or contain "
                          "symbols",
                          i->words.items[2]);
    return 0;
}

static int check_onbuild(const struct instruction *i, struct error *err)
{
    const char *trigger = i->words.count ? i->words.items[0] : "";
    size_t n = strcspn(trigger, " \t");

    if (!*trigger)
        return needs_one(i, err);
    if (n == 7 && strncasecmp(trigger, "ONBUILD", n) == 0)
        return at_line(i, err, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if ((n == 4 && strncasecmp(trigger, "FROM", n) == 0) ||
        (n == 10 && strncasecmp(trigger, "MAINTAINER", n) == 0)) {
        scoped_free char *name = xstrndup(trigger, n);

        for (char *c = name; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        return at_line_of(i, err, "%s isn't allowed as an ONBUILD trigger", name);
    }
    return 0;
}

static int check_interval(const struct instruction *i, const char *flag, struct error *err)
{
    const char *value = instruction_flag(i, flag);
    scoped_free char *text = NULL;
    nanos ns;

    if (!value || !*value)
        return 0;
    if (!clock_parse_duration(value, &ns))
        return at_line_of(i, err, "time: invalid duration \"%s\"", value);
    if (ns == 0 || ns >= MILLISECOND)
        return 0;
    text = xasprintf("Interval \"%s\" cannot be less than 1ms", flag);
    return at_line(i, err, text);
}

static int check_health(const struct instruction *i, struct error *err)
{
    static const char *const intervals[] = { "interval", "timeout", "start-period", "start-interval" };
    const char *type = i->words.count ? i->words.items[0] : NULL, *retries = instruction_flag(i, "retries");
    int64_t n;

    if (!type)
        return needs_one(i, err);
    if (strcasecmp(type, "NONE") == 0)
        return i->words.count > 1 ? at_line(i, err, "HEALTHCHECK NONE takes no arguments") : 0;
    if (strcasecmp(type, "CMD") != 0)
        return at_line_of(i, err, "Unknown type \"%s\" in HEALTHCHECK (try CMD)", type);
    if (i->words.count < 2)
        return at_line(i, err, "Missing command after HEALTHCHECK CMD");
    for (size_t k = 0; k < sizeof(intervals) / sizeof(intervals[0]); k++)
        if (check_interval(i, intervals[k], err) < 0)
            return -1;
    if (retries && *retries && !str_to_int64(retries, &n))
        return at_line_of(i, err, "strconv.ParseInt: parsing \"%s\": invalid syntax", retries);
    if (retries && *retries && n < 0)
        return at_line_of(i, err, "--retries cannot be negative (%s)", retries);
    return 0;
}

static int check_shell(const struct instruction *i, struct error *err)
{
    if (needs_one(i, err) < 0)
        return -1;
    return i->json ? 0 : at_line(i, err, "SHELL requires the arguments to be in JSON form");
}

int instruction_check(const struct instruction *i, struct error *err)
{
    if (i->kind == I_UNKNOWN)
        return at_line_of(i, err, "unknown instruction: %s", i->name);
    for (size_t k = 0; k < i->flags.count; k++)
        if (check_flag(i, k, err) < 0)
            return -1;
    switch (i->kind) {
    case I_ENV:
    case I_LABEL:
        return check_pairs(i, err);
    case I_ARG:
        return check_args(i, err);
    case I_ADD:
    case I_COPY:
        return check_copy(i, err);
    case I_FROM:
        return check_from(i, err);
    case I_EXPOSE:
    case I_VOLUME:
        return needs_one(i, err);
    case I_MAINTAINER:
    case I_STOPSIGNAL:
    case I_USER:
    case I_WORKDIR:
        return needs_exactly_one(i, err);
    case I_ONBUILD:
        return check_onbuild(i, err);
    case I_HEALTHCHECK:
        return check_health(i, err);
    case I_SHELL:
        return check_shell(i, err);
    default:
        return 0;
    }
}

/* -- stages -- */

static void begin_stage(struct stages *s, const struct dockerfile *file, size_t index)
{
    const struct instruction *from = &file->items[index];
    struct stage *stage;

    if (s->count % 16 == 0)
        s->items = xreallocarray(s->items, s->count + 16, sizeof(*s->items));
    stage = &s->items[s->count++];
    *stage = (struct stage){ .from = from, .base = from->words.items[0], .first = index + 1 };
    stage->name = lower(from->words.count == 3 ? from->words.items[2] : "");
}

int stages_make(const struct dockerfile *file, struct stages **ret, struct error *err)
{
    scoped(stages_free) struct stages *s = new_zeroed(struct stages);

    for (size_t i = 0; i < file->count; i++) {
        const struct instruction *item = &file->items[i];

        if (instruction_check(item, err) < 0)
            return -1;
        if (item->kind == I_FROM)
            begin_stage(s, file, i);
        else if (s->count)
            s->items[s->count - 1].count++;
        else if (item->kind == I_ARG)
            s->metas++;
        else
            return error_set(err, ERR_INVALID, "no build stage in current context");
    }
    if (s->count == 0)
        return error_set(err, ERR_INVALID, "no build stage in current context");
    *ret = take_ptr(&s);
    return 0;
}

long stages_find(const struct stages *s, const char *name, size_t before)
{
    for (size_t i = 0; i < s->count && i < before; i++)
        if (s->items[i].name[0] && strcasecmp(s->items[i].name, name) == 0)
            return (long)i;
    return -1;
}

struct stages *stages_free(struct stages *s)
{
    for (size_t i = 0; s && i < s->count; i++)
        free(s->items[i].name);
    if (s)
        free(s->items);
    free(s);
    return NULL;
}
