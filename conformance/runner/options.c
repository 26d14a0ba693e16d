/* runner/options.c - see options.h.
 *
 * One row per option says its name, its argument, the commands that take it and its line of help:
 * getopt_long's array and the help text are both made from the rows, so that neither can know an option that
 * the other does not. */
#include "runner/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "harness/spec/version.h"
#include "report/memory.h"
#include "report/view.h"

enum {
    OPT_HOST = 256,
    OPT_API_VERSION,
    OPT_SELECT,
    OPT_SKIP,
    OPT_LEVEL,
    OPT_REPORT,
    OPT_EXPECT,
    OPT_WRITE_EXPECT,
    OPT_SHARD,
    OPT_TIMEOUT,
    OPT_KEEP,
    OPT_EXCLUSIVE,
    OPT_SAME_HOST,
    OPT_STRICT,
    OPT_SEED,
    OPT_ORDER,
    OPT_FIXTURES,
    OPT_JSON,
    OPT_LEDGER,
    OPT_SAMPLE,
    OPT_PATIENCE,
    OPT_STEPS,
    OPT_RUN,
};

struct row {
    const char *name, *argument; /* NULL: takes none */
    int value;
    unsigned commands;
    const char *help;
};

#define PROOF  (COMMAND_RECORD | COMMAND_PROVE)
#define ENGINE (COMMAND_RUN | COMMAND_CLEAN | COMMAND_EXPLORE | PROOF)
#define CASES  (COMMAND_RUN | COMMAND_LIST | COMMAND_RECORD)
#define CHOICE (COMMAND_RUN | COMMAND_LIST)
#define PRINTS                                                                                               \
    (COMMAND_RUN | COMMAND_LIST | COMMAND_SPEC | COMMAND_COVERAGE | COMMAND_DIFF | COMMAND_PROVE |           \
     COMMAND_EXPLORE)
#define EVERY (PRINTS | COMMAND_RECORD | COMMAND_CLEAN | COMMAND_VIEW | COMMAND_HELP | COMMAND_VERSION)

static const struct row rows[] = {
    {"host",          "URL",         OPT_HOST,         ENGINE,
     "the engine: unix://PATH or tcp://HOST:PORT (else DOCKER_HOST, else unix:///var/run/docker.sock)"                                                         },
    { "api-version",  "V",           OPT_API_VERSION,  COMMAND_RUN | COMMAND_EXPLORE | PROOF,
     "the version to speak: 1.44, `negotiate`, or, for run, `all`: each case at the lowest and at the "
      "highest version "
      "that its clauses speak about (else DOCKER_API_VERSION, else negotiate)"                                                                                 },
    { "jobs",         "N",           'j',              COMMAND_RUN | PROOF,                           "cases at once (else two for each processor, at least 4)"},
    { "select",       "PATTERN",     OPT_SELECT,       CASES | COMMAND_PROVE | COMMAND_COVERAGE,
     "only these: an operation, a clause, a case or an id; `*` and `?` stand for any text; again for more"                                                     },
    { "skip",         "PATTERN",     OPT_SKIP,         CASES,                                         "not these; again for more"                              },
    { "level",        "LEVEL",       OPT_LEVEL,        CHOICE,
     "must: only these clauses; should: these too; may: all (the default)"                                                                                     },
    { "shard",        "I/N",         OPT_SHARD,        CHOICE,                                        "the I-th of N parts; a case is always in the same part" },
    { "order",        "ORDER",       OPT_ORDER,        CHOICE,                                        "`listed` (the default) or `random`"                     },
    { "seed",         "N",           OPT_SEED,         CHOICE | COMMAND_PROVE | COMMAND_EXPLORE,
     "the random order to take (implies --order random), or the walk"                                                                                          },
    { "steps",        "N",           OPT_STEPS,        COMMAND_EXPLORE,                               "how long the walk is (100)"                             },
    { "report",       "FORMAT=FILE", OPT_REPORT,       COMMAND_RUN,
     "write a report: json, console, tap, junit, html, markdown, har or ledger; again for more"                                                                },
    { "expect",       "FILE",        OPT_EXPECT,       COMMAND_RUN,
     "known failures, a line each: PATTERN [engine=P] [version=P] [api=P] [until=DAY] [link=URL] : REASON"                                                     },
    { "write-expect", "FILE",        OPT_WRITE_EXPECT, COMMAND_RUN,
     "write the expectations for what fails now; entries that still hold keep their reasons"                                                                   },
    { "timeout",      "SECONDS",     OPT_TIMEOUT,      COMMAND_RUN | COMMAND_EXPLORE | PROOF,
     "for one case, or three times what a step waits for (60)"                                                                                                 },
    { "fixtures",     "DIR",         OPT_FIXTURES,     COMMAND_RUN | COMMAND_EXPLORE | PROOF,
     "where the image archives are (else where the build put them)"                                                                                            },
    { "keep",         NULL,          OPT_KEEP,         COMMAND_RUN | COMMAND_PROVE | COMMAND_EXPLORE,
     "leave what the cases made, to look at; `plimsoll clean` removes it"                                                                                      },
    { "exclusive",    NULL,          OPT_EXCLUSIVE,    COMMAND_RUN | COMMAND_PROVE,
     "the engine is nobody else's: do also what touches every object on it"                                                                                    },
    { "same-host",    NULL,          OPT_SAME_HOST,    COMMAND_RUN | PROOF,                           "the engine's files are this machine's"                  },
    { "strict",       NULL,          OPT_STRICT,       COMMAND_RUN,                                   "unsupported and blocked count as broken"                },
    { "ledger",       "FILE",        OPT_LEDGER,       COMMAND_PROVE,
     "write a line for each item, whose change can be reviewed"                                                                                                },
    { "sample",       "N",           OPT_SAMPLE,       COMMAND_PROVE,                                 "replayed points to try live as well, on the engine (0)" },
    { "patience",     "N",           OPT_PATIENCE,     COMMAND_PROVE,
     "cases of other operations that are tried on a point until it counts as unnoticed (24)"                                                                   },
    { "run",          "ID",          OPT_RUN,          COMMAND_CLEAN,                                 "only what this run left, even if it looks alive"        },
    { "json",         NULL,          OPT_JSON,         PRINTS,                                        "print JSON for machines"                                },
    { "help",         NULL,          'h',              EVERY,                                         "this text"                                              },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* clang-format off */
static const struct command_row {
    const char *name;
    enum command command;
    size_t operands, optional; /* at least; and so many more */
    const char *usage, *help;
} commands[] = {
    { "run",      COMMAND_RUN,      0, 0, "run [OPTION]...",
      "run the cases against an engine" },
    { "list",     COMMAND_LIST,     0, 0, "list [OPTION]...",
      "the cases that `run` would run" },
    { "spec",     COMMAND_SPEC,     0, 0, "spec [--json]",
      "the clauses that this program was built with" },
    { "coverage", COMMAND_COVERAGE, 0, 1, "coverage [--json] [RUN.rec]",
      "clauses by cases; or what of each operation a recording met" },
    { "diff",     COMMAND_DIFF,     2, 0, "diff [--json] A B",
      "what changed from one result.json to another" },
    { "view",     COMMAND_VIEW,     2, 0, "view FORMAT FILE",
      "a result.json in another form, see --report of `run`" },
    { "record",   COMMAND_RECORD,   1, 0, "record [--host URL] FILE",
      "run the cases and keep what was said" },
    { "prove",    COMMAND_PROVE,    1, 0, "prove [--host URL] FILE",
      "make each thing wrong that a recording holds, and say what a case notices" },
    { "explore",  COMMAND_EXPLORE,  0, 0, "explore [--seed N] [--steps M]",
      "random walks over the life of containers, compared with a model of it" },
    { "clean",    COMMAND_CLEAN,    0, 0, "clean [--host URL] [--run ID]",
      "remove what runs that died left on an engine" },
    { "help",     COMMAND_HELP,     1, 0, "help [COMMAND]",
      "this text, or that of a command" },
    { "version",  COMMAND_VERSION,  0, 0, "version",
      "the version of this program" },
};
/* clang-format on */

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command_row *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

void options_help(enum command command, bool on_stderr)
{
    FILE *out = on_stderr ? stderr : stdout;

    if (command == COMMAND_HELP) {
        fputs("plimsoll - says, clause by clause, whether an engine behaves like a Docker Engine\n\n", out);
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            fprintf(out, "  plimsoll %-30s  %s\n", commands[i].usage, commands[i].help);
        fputs("\nExit status: 0 all holds, 1 a clause is broken, 2 wrong use, 3 no engine, 4 nothing ran, 5 "
              "the expectations\n"
              "file is stale, 6 the suite itself failed.\n",
              out);
        return;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].command == command)
            fprintf(out, "plimsoll %s\n%s.\n\n", commands[i].usage, commands[i].help);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if ((rows[i].commands & command) == 0)
            continue;
        char *name =
            must_format("%s--%s%s%s", rows[i].value < 256 ? (rows[i].value == 'j' ? "-j, " : "-h, ") : "",
                        rows[i].name, rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
        fprintf(out, "  %-22s  %s\n", name, rows[i].help);
        free(name);
    }
}

static void strings_add(struct strings *list, const char *text)
{
    list->at = must_grow(list->at, list->count, sizeof(*list->at));
    list->at[list->count++] = text;
}

/* A decimal number from `low` to `high` that is all of the text up to `end`. */
static bool number_parse(const char *text, char end, uint64_t low, uint64_t high, uint64_t *ret,
                         const char **rest)
{
    char *stop;

    errno = 0;
    unsigned long long value = strtoull(text, &stop, 10);
    if (errno != 0 || stop == text || *stop != end || text[0] < '0' || text[0] > '9' || value < low ||
        value > high)
        return false;
    *ret = value;
    if (rest != NULL)
        *rest = stop;
    return true;
}

static bool unsigned_parse(const char *text, unsigned high, unsigned *ret)
{
    uint64_t value;

    if (!number_parse(text, '\0', 1, high, &value, NULL))
        return false;
    *ret = (unsigned)value;
    return true;
}

static bool version_parse(const char *text, const char **ret)
{
    if (strcmp(text, "negotiate") != 0 && strcmp(text, "all") != 0 && !version_is_valid(text))
        return false;
    *ret = text;
    return true;
}

static bool shard_parse(const char *text, struct options *ret)
{
    uint64_t part, parts;
    const char *slash;

    if (!number_parse(text, '/', 1, 10000, &part, &slash) ||
        !number_parse(slash + 1, '\0', part, 10000, &parts, NULL))
        return false;
    ret->shard = (unsigned)part;
    ret->shards = (unsigned)parts;
    return true;
}

static bool level_parse(const char *text, enum clause_level *ret)
{
    for (int i = LEVEL_MUST; i <= LEVEL_MAY; i++) {
        if (strcasecmp(text, clause_level_name((enum clause_level)i)) == 0) {
            *ret = (enum clause_level)i;
            return true;
        }
    }
    return false;
}

static bool order_parse(const char *text, bool *random_order)
{
    *random_order = strcmp(text, "random") == 0;
    return *random_order || strcmp(text, "listed") == 0;
}

/* FORMAT=FILE; the format is cut off in place. */
static bool report_parse(char *text, struct options *ret)
{
    char *equals = strchr(text, '=');

    if (equals == NULL || equals[1] == '\0')
        return false;
    *equals = '\0';
    if (!view_known(text)) {
        *equals = '=';
        return false;
    }
    ret->reports = must_grow(ret->reports, ret->report_count, sizeof(*ret->reports));
    ret->reports[ret->report_count++] = (struct report_request){ .format = text, .file = equals + 1 };
    return true;
}

/* Takes one option; false when its argument is not good. */
static bool option_take(int value, char *text, struct options *ret)
{
    switch (value) {
    case OPT_HOST:
        ret->host = text;
        return text[0] != '\0';
    case OPT_API_VERSION:
        return version_parse(text, &ret->api_version);
    case 'j':
        return unsigned_parse(text, 256, &ret->jobs);
    case OPT_SELECT:
        strings_add(&ret->select, text);
        return text[0] != '\0';
    case OPT_SKIP:
        strings_add(&ret->skip, text);
        return text[0] != '\0';
    case OPT_LEVEL:
        return level_parse(text, &ret->level);
    case OPT_REPORT:
        return report_parse(text, ret);
    case OPT_EXPECT:
        ret->expect = text;
        return true;
    case OPT_WRITE_EXPECT:
        ret->write_expect = text;
        return text[0] != '\0';
    case OPT_SHARD:
        return shard_parse(text, ret);
    case OPT_TIMEOUT:
        return unsigned_parse(text, 86400, &ret->timeout_s);
    case OPT_SEED:
        ret->random = true;
        return number_parse(text, '\0', 0, UINT64_MAX - 1, &ret->seed, NULL);
    case OPT_ORDER:
        return order_parse(text, &ret->random);
    case OPT_FIXTURES:
        ret->fixtures = text;
        return true;
    case OPT_LEDGER:
        ret->ledger = text;
        return text[0] != '\0';
    case OPT_SAMPLE:
        return unsigned_parse(text, 1000000, &ret->sample);
    case OPT_PATIENCE:
        return unsigned_parse(text, 1000000, &ret->patience);
    case OPT_STEPS:
        return unsigned_parse(text, 1000000, &ret->steps);
    default:
        ret->run_id = text; /* OPT_RUN, the last one with an argument */
        return text[0] != '\0';
    }
}

static void flag_take(int value, struct options *ret)
{
    ret->keep |= value == OPT_KEEP;
    ret->exclusive |= value == OPT_EXCLUSIVE;
    ret->same_host |= value == OPT_SAME_HOST;
    ret->strict |= value == OPT_STRICT;
    ret->json |= value == OPT_JSON;
}

/* A case waits for half of its time. */
static unsigned default_jobs(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return processors > 2 ? (processors < 32 ? 2 * (unsigned)processors : 64) : 4;
}

static const char *from_environment(const char *name, const char *fallback)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : fallback;
}

static uint64_t fresh_seed(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 20) %
           1000000000u;
}

static int wrong(struct options *ret, char **advice, char *text)
{
    options_free(ret);
    *advice = text;
    return -1;
}

/* The options of `command` as getopt_long wants them; the caller frees the array. */
static struct option *long_options(enum command command)
{
    struct option *ret = must_alloc(ROW_COUNT + 1, sizeof(*ret));
    size_t count = 0;

    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].commands & command)
            ret[count++] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument,
                                            NULL, rows[i].value };
    return ret;
}

static const struct row *row_of(int value)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].value == value)
            return &rows[i];
    return NULL;
}

/* Reads the options that follow the command's name, argv[0] being that name; returns NULL or the advice. */
static char *options_read(const struct command_row *command, int argc, char **argv, struct options *ret)
{
    struct option *table = long_options(command->command);
    const char *letters = command->command & (COMMAND_RUN | PROOF) ? ":hj:" : ":h";
    char *advice = NULL;
    int value;

    optind = 1;
    opterr = 0;
    while (advice == NULL && (value = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        const struct row *row = row_of(value);
        if (value == 'h')
            ret->command = COMMAND_HELP;
        else if (row == NULL)
            advice = must_format("%s: %s '%s'; see plimsoll help %s", command->name,
                                 value == ':' ? "an argument is missing after" : "unknown option",
                                 argv[optind - 1], command->name);
        else if (row->argument == NULL)
            flag_take(value, ret);
        else if (!option_take(value, optarg, ret))
            advice = must_format("--%s: '%s' is no %s: %s", row->name, optarg, row->argument, row->help);
    }
    free(table);
    for (; advice == NULL && optind < argc; optind++) {
        if (ret->operand_count == command->operands + command->optional)
            return must_format("%s: '%s' is one argument too many; see plimsoll help %s", command->name,
                               argv[optind], command->name);
        ret->operands[ret->operand_count++] = argv[optind];
    }
    return advice;
}

int options_parse(int argc, char **argv, struct options *ret, char **advice)
{
    *ret = (struct options){ .api_version = from_environment("DOCKER_API_VERSION", "negotiate"),
                             .fixtures = PLIMSOLL_FIXTURES_DIR,
                             .jobs = default_jobs(),
                             .level = LEVEL_MAY,
                             .shard = 1,
                             .shards = 1,
                             .timeout_s = 60,
                             .patience = 24,
                             .steps = 100,
                             .seed = UINT64_MAX,
                             .colour = from_environment("NO_COLOR", NULL) == NULL };
    if (argc < 2)
        return wrong(ret, advice, must_copy("a command is missing; see plimsoll help"));
    const char *name = argv[1];
    name = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ? "help" : name;
    name = strcmp(name, "--version") == 0 ? "version" : name;
    const struct command_row *command = command_find(name);
    if (command == NULL)
        return wrong(ret, advice, must_format("unknown command '%s'; see plimsoll help", name));
    ret->command = command->command;
    char *text = options_read(command, argc - 1, argv + 1, ret);
    if (text != NULL)
        return wrong(ret, advice, text);
    if (ret->command == COMMAND_HELP) { /* --help of a command, or help COMMAND */
        ret->operands[0] = command->command == COMMAND_HELP ? ret->operands[0] : command->name;
        if (ret->operands[0] != NULL && command_find(ret->operands[0]) == NULL)
            return wrong(ret, advice,
                         must_format("unknown command '%s'; see plimsoll help", ret->operands[0]));
        options_help(ret->operands[0] ? command_find(ret->operands[0])->command : COMMAND_HELP, false);
        return 0;
    }
    if (ret->operand_count < command->operands)
        return wrong(ret, advice,
                     must_format("%s: an argument is missing: plimsoll %s", command->name, command->usage));
    if (!version_parse(ret->api_version, &ret->api_version))
        return wrong(ret, advice, must_format("DOCKER_API_VERSION: '%s' is no version", ret->api_version));
    if (strcmp(ret->api_version, "all") == 0 && (ret->command & (PROOF | COMMAND_EXPLORE)) != 0)
        return wrong(ret, advice, must_format("%s: --api-version all is for run alone", command->name));
    ret->random |= ret->command == COMMAND_EXPLORE;
    ret->seed = ret->random && ret->seed == UINT64_MAX ? fresh_seed() : ret->seed;
    return 0;
}

void options_free(struct options *options)
{
    if (options == NULL)
        return;
    free(options->select.at);
    free(options->skip.at);
    free(options->reports);
    *options = (struct options){ 0 };
}
