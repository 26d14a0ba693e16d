/* program/main.c - the program `plimsoll`. */
#include <stdio.h>
#include <stdlib.h>

#include "explore/explore.h"
#include "prove/prove.h"
#include "report/memory.h"
#include "runner/commands.h"
#include "runner/options.h"

static int dispatch(const struct options *options, int argc, char **argv)
{
    switch (options->command) {
    case COMMAND_RUN:
        return command_run(options, argc, argv);
    case COMMAND_LIST:
        return command_list(options);
    case COMMAND_SPEC:
        return command_spec(options);
    case COMMAND_COVERAGE:
        return options->operand_count ? command_coverage_recorded(options) : command_coverage(options);
    case COMMAND_DIFF:
        return command_diff(options);
    case COMMAND_RECORD:
        return command_record(options);
    case COMMAND_PROVE:
        return command_prove(options);
    case COMMAND_EXPLORE:
        return command_explore(options);
    case COMMAND_VIEW:
        return command_view(options);
    case COMMAND_CLEAN:
        return command_clean(options);
    case COMMAND_VERSION:
        puts("plimsoll " PLIMSOLL_VERSION);
        return EXIT_HOLDS;
    default: /* help: printed already */
        return EXIT_HOLDS;
    }
}

int main(int argc, char **argv)
{
    struct options options;
    char *advice = NULL;

    if (options_parse(argc, argv, &options, &advice) < 0) {
        fprintf(stderr, "plimsoll: %s\n", advice);
        free(advice);
        return EXIT_USAGE;
    }
    int status = dispatch(&options, argc, argv);
    options_free(&options);
    return status;
}
