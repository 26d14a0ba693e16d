/* cli/args.h - flags and arguments of a command, by getopt_long. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/map.h"
#include "base/strv.h"

enum flag_kind {
    FLAG_BOOL,  /* --name, --name=false */
    FLAG_VALUE, /* --name VALUE; the last one counts */
    FLAG_LIST,  /* --name VALUE, several */
};

struct flag {
    char letter; /* 0: none */
    const char *name;
    enum flag_kind kind;
    const char *value; /* what --help calls the value */
    const char *help;
};

struct args {
    const struct flag *flags;
    struct map *given; /* name -> struct strv */
    char **rest;       /* positional arguments, ended by NULL */
    int count;
    struct strv owned; /* words that we spelled out */
};

/* `flags` ends with a NULL name; --help is known everywhere. argv[0] is skipped. Fails: ERR_INVALID, worded as pflag words it. */
int args_parse(const struct flag *flags, bool first_arg_ends, int argc, char **argv, struct args *ret,
               struct error *err);
void args_free(struct args *a);

bool args_has(const struct args *a, const char *name);
bool args_bool(const struct args *a, const char *name, bool otherwise);
const char *args_value(const struct args *a, const char *name, const char *otherwise);
/* Never NULL. */
const struct strv *args_list(const struct args *a, const char *name);
int args_int(const struct args *a, const char *name, long long otherwise, long long *ret, struct error *err);

/* Sets `err` to 'invalid argument "VALUE" for "-f, --flag" flag: WHY', which main() takes for wrong use; returns -1. */
int args_invalid(const struct args *a, const char *flag, const char *value, struct error *err,
                 const char *why, ...) __attribute__((format(printf, 5, 6)));
bool args_is_misuse(const struct error *err);

/* The "Options:" part of a help text. */
void args_help(const struct flag *flags, const char *title, FILE *out);

#endif
