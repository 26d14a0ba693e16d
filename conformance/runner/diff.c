/* runner/diff.c - `plimsoll diff A B`: 1 when something got worse from A to B. */
#include <stdio.h>
#include <stdlib.h>

#include "report/diff.h"
#include "report/memory.h"
#include "report/result.h"
#include "runner/commands.h"

static int diff_results(const json_t *a, const json_t *b, bool as_json)
{
    json_t *diff = result_diff(a, b);
    bool worse = json_array_size(json_object_get(diff, "regressions")) > 0;

    if (as_json) {
        json_dumpf(diff, stdout, JSON_INDENT(1));
        putchar('\n');
    } else {
        diff_print(diff, stdout);
    }
    json_decref(diff);
    if (fflush(stdout) != 0)
        return EXIT_SUITE_FAILED;
    return worse ? EXIT_BROKEN : EXIT_HOLDS;
}

int command_diff(const struct options *options)
{
    char *why = NULL;
    json_t *a = result_load(options->operands[0], &why);
    json_t *b = a != NULL ? result_load(options->operands[1], &why) : NULL;
    int ret = EXIT_USAGE;

    if (b != NULL)
        ret = diff_results(a, b, options->json);
    else
        fprintf(stderr, "plimsoll: %s\n", why);
    free(why);
    json_decref(a);
    json_decref(b);
    return ret;
}
