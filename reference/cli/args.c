/* cli/args.c - see args.h. Messages are those that users of docker know from pflag. */
#include "cli/args.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

#define FIRST_LONG 256
#define HELP_WIDTH 78

static const char *const no_items[1];
static const struct strv no_list = { .items = (char **)no_items };

static void args_add(struct args *a, const struct flag *flag, const char *value)
{
    struct strv *v = map_get(a->given, flag->name);

    if (!v) {
        v = new_zeroed(struct strv);
        map_set(a->given, flag->name, v);
    }
    strv_add(v, value ? value : "true");
}

static int bool_check(const struct args *a, const struct flag *flag, const char *value, struct error *err)
{
    static const char *const known[] = { "1", "t", "T", "TRUE",  "true",  "True",
                                         "0", "f", "F", "FALSE", "false", "False" };

    for (size_t i = 0; value && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(value, known[i]) == 0)
            return 0;
    return value ? args_invalid(a, flag->name, value, err,
                                "strconv.ParseBool: parsing \"%s\": invalid syntax", value)
                 : 0;
}

#define MISUSE "invalid argument \""

int args_invalid(const struct args *a, const char *flag, const char *value, struct error *err,
                 const char *why, ...)
{
    const struct flag *f = a->flags;
    char title[64], text[512];
    va_list list;

    while (f->name && strcmp(f->name, flag) != 0)
        f++;
    if (f->name && f->letter)
        snprintf(title, sizeof(title), "-%c, --%s", f->letter, flag);
    else
        snprintf(title, sizeof(title), "--%s", flag);
    va_start(list, why);
    vsnprintf(text, sizeof(text), why, list);
    va_end(list);
    return error_set(err, ERR_INVALID, MISUSE "%s\" for \"%s\" flag: %s", value, title, text);
}

bool args_is_misuse(const struct error *err)
{
    return str_starts(err->text, MISUSE);
}

/* "-f=false" is "--flag=false". The words before the first argument may be exchanged; `owned` keeps the new ones. */
static void spell_out(const struct flag *flags, bool first_arg_ends, int argc, char **argv,
                      struct strv *owned)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0 && !(first_arg_ends && argv[i][0] != '-'); i++) {
        if (argv[i][0] != '-' || !argv[i][1] || argv[i][2] != '=')
            continue;
        for (const struct flag *f = flags; f->name; f++) {
            if (f->letter != argv[i][1] || f->kind != FLAG_BOOL)
                continue;
            strv_addf(owned, "--%s%s", f->name, argv[i] + 2);
            argv[i] = owned->items[owned->count - 1];
        }
    }
}

/* What getopt_long() needs, made of the table. */
struct tables {
    struct str letters;
    struct option *options;
    size_t count;
};

static void tables_make(const struct flag *flags, bool first_arg_ends, struct tables *t)
{
    for (t->count = 0; flags[t->count].name; t->count++)
        ;
    t->options = xcalloc(t->count + 2, sizeof(*t->options));
    str_add(&t->letters, first_arg_ends ? "+:" : ":");
    for (size_t i = 0; i < t->count; i++) {
        t->options[i].name = flags[i].name;
        t->options[i].has_arg = flags[i].kind == FLAG_BOOL ? optional_argument : required_argument;
        t->options[i].val = FIRST_LONG + (int)i;
        if (flags[i].letter)
            str_add_char(&t->letters, flags[i].letter);
        if (flags[i].letter && flags[i].kind != FLAG_BOOL)
            str_add_char(&t->letters, ':');
    }
    t->options[t->count] = (struct option){ "help", no_argument, NULL, FIRST_LONG + (int)t->count };
}

static const struct flag *flag_of(const struct flag *flags, int code)
{
    if (code >= FIRST_LONG)
        return &flags[code - FIRST_LONG];
    for (; flags->name; flags++)
        if (flags->letter == code)
            return flags;
    return NULL;
}

static int unknown_flag(char **argv, const struct flag *flags, bool needs, struct error *err)
{
    const char *word = argv[optind - 1];
    const struct flag *flag = flag_of(flags, optopt);

    if (needs && str_starts(word, "--"))
        return error_set(err, ERR_INVALID, "flag needs an argument: %s", word);
    if (needs)
        return error_set(err, ERR_INVALID, "flag needs an argument: '%c' in %s", optopt, flag ? word : "-");
    if (optopt > 0 && optopt < FIRST_LONG)
        return error_set(err, ERR_INVALID, "unknown shorthand flag: '%c' in -%c", optopt, optopt);
    return error_set(err, ERR_INVALID, "unknown flag: %.*s", (int)strcspn(word, "="), word);
}

int args_parse(const struct flag *flags, bool first_arg_ends, int argc, char **argv, struct args *ret,
               struct error *err)
{
    struct tables t = { 0 };
    int code, result = 0;

    *ret = (struct args){ .flags = flags, .given = map_new() };
    spell_out(flags, first_arg_ends, argc, argv, &ret->owned);
    tables_make(flags, first_arg_ends, &t);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while (result == 0 && (code = getopt_long(argc, argv, str_text(&t.letters), t.options, NULL)) != -1) {
        if (code == '?' || code == ':') {
            result = unknown_flag(argv, flags, code == ':', err);
        } else if (code == FIRST_LONG + (int)t.count) {
            args_add(ret, &(struct flag){ .name = "help" }, "true");
        } else {
            const struct flag *flag = flag_of(flags, code);

            if (flag->kind == FLAG_BOOL)
                result = bool_check(ret, flag, optarg, err);
            args_add(ret, flag, optarg);
        }
    }
    ret->rest = argv + optind;
    ret->count = argc - optind;
    free(t.options);
    str_free(&t.letters);
    return result;
}

void args_free(struct args *a)
{
    size_t at = 0;
    void *v;

    while (a->given && map_next(a->given, &at, NULL, &v)) {
        strv_free(v);
        free(v);
    }
    a->given = map_free(a->given);
    strv_free(&a->owned);
}

bool args_has(const struct args *a, const char *name)
{
    return map_get(a->given, name) != NULL;
}

const struct strv *args_list(const struct args *a, const char *name)
{
    const struct strv *v = map_get(a->given, name);

    return v ? v : &no_list;
}

const char *args_value(const struct args *a, const char *name, const char *otherwise)
{
    const struct strv *v = map_get(a->given, name);

    return v ? v->items[v->count - 1] : otherwise;
}

bool args_bool(const struct args *a, const char *name, bool otherwise)
{
    const char *value = args_value(a, name, NULL);

    return value ? !strchr("0fF", *value) : otherwise;
}

int args_int(const struct args *a, const char *name, long long otherwise, long long *ret, struct error *err)
{
    const char *value = args_value(a, name, NULL);
    int64_t number;

    if (!value) {
        *ret = otherwise;
        return 0;
    }
    if (!str_to_int64(value, &number))
        return error_set(
            err, ERR_INVALID,
            "invalid argument \"%s\" for \"--%s\" flag: strconv.ParseInt: parsing \"%s\": invalid syntax",
            value, name, value);
    *ret = number;
    return 0;
}

static void print_wrapped(FILE *out, const char *text, size_t indent)
{
    size_t room = HELP_WIDTH > indent + 20 ? HELP_WIDTH - indent : 20;

    while (strlen(text) > room) {
        size_t cut = room;

        while (cut && text[cut] != ' ')
            cut--;
        if (!cut)
            break;
        fprintf(out, "%.*s\n%*s", (int)cut, text, (int)indent, "");
        text += cut + 1;
    }
    fprintf(out, "%s\n", text);
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp((*(const struct flag *const *)a)->name, (*(const struct flag *const *)b)->name);
}

static char *flag_left(const struct flag *flag)
{
    struct str s = { 0 };

    if (flag->letter)
        str_addf(&s, "  -%c, --%s", flag->letter, flag->name);
    else
        str_addf(&s, "      --%s", flag->name);
    if (flag->value && flag->kind != FLAG_BOOL)
        str_addf(&s, " %s", flag->value);
    return str_take(&s);
}

void args_help(const struct flag *flags, const char *title, FILE *out)
{
    const struct flag **sorted;
    size_t count = 0, width = 0;

    while (flags[count].name)
        count++;
    if (!count)
        return;
    sorted = xcalloc(count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        scoped_free char *left = flag_left(&flags[i]);

        sorted[i] = &flags[i];
        width = strlen(left) > width ? strlen(left) : width;
    }
    qsort(sorted, count, sizeof(*sorted), by_name);
    fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++) {
        scoped_free char *left = flag_left(sorted[i]);

        fprintf(out, "%-*s   ", (int)width, left);
        print_wrapped(out, sorted[i]->help, width + 3);
    }
    free(sorted);
}
