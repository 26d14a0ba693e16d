/* runner/options.h - the command line, one table for every command. */
#ifndef PLIMSOLL_RUNNER_OPTIONS_H
#define PLIMSOLL_RUNNER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/spec/clause.h"

#define EXIT_HOLDS       0
#define EXIT_BROKEN      1
#define EXIT_USAGE       2
#define EXIT_NO_ENGINE   3
#define EXIT_NOTHING_RAN 4
#define EXIT_STALE       5
/* EXIT_SUITE_FAILED 6: report/memory.h */

enum command {
    COMMAND_RUN = 1 << 0,
    COMMAND_LIST = 1 << 1,
    COMMAND_SPEC = 1 << 2,
    COMMAND_COVERAGE = 1 << 3,
    COMMAND_DIFF = 1 << 4,
    COMMAND_CLEAN = 1 << 5,
    COMMAND_HELP = 1 << 6,
    COMMAND_VERSION = 1 << 7,
    COMMAND_RECORD = 1 << 8,
    COMMAND_PROVE = 1 << 9,
    COMMAND_VIEW = 1 << 10,
    COMMAND_EXPLORE = 1 << 11,
};

struct strings {
    const char **at; /* the texts belong to argv or to the environment */
    size_t count;
};

struct report_request {
    const char *format, *file;
};

struct options {
    enum command command;
    const char *host;        /* NULL: where the Docker command line would look */
    const char *api_version; /* "negotiate", "all" or "1.44" */
    unsigned jobs;
    struct strings select, skip;
    enum clause_level level; /* and every stronger one */
    struct report_request *reports;
    size_t report_count;
    const char *expect, *write_expect, *fixtures, *run_id;
    unsigned shard, shards; /* 1..shards */
    unsigned timeout_s;
    uint64_t seed;
    const char *ledger; /* a file to write; NULL: none */
    unsigned sample, patience, steps;
    bool random, keep, exclusive, same_host, strict, json, colour;
    const char *operands[2];
    size_t operand_count;
};

/* Reads the command line and the environment (DOCKER_HOST, DOCKER_API_VERSION, NO_COLOR). Fails with -1 when
 * the use is wrong: *advice is then one line for the user, owned by the caller. Owned parts of *ret are ended
 * with options_free(). */
int options_parse(int argc, char **argv, struct options *ret, char **advice);
void options_free(struct options *options);

/* What a command does and takes, made from the same table; COMMAND_HELP: the list of the commands. */
void options_help(enum command command, bool on_stderr);

#endif
