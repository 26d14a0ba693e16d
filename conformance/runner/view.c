/* runner/view.c - `plimsoll view FORMAT FILE`: a result file in another form, on standard output. */
#include "report/view.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/memory.h"
#include "report/result.h"
#include "runner/commands.h"

int command_view(const struct options *options)
{
    const char *format = options->operands[0];
    char *why = NULL;

    if (!view_known(format)) {
        fprintf(stderr, "plimsoll: view: '%s' is no form of a result; see plimsoll help run\n", format);
        return EXIT_USAGE;
    }
    json_t *result = result_load(options->operands[1], &why);
    if (result == NULL) {
        fprintf(stderr, "plimsoll: %s\n", why);
        free(why);
        return EXIT_USAGE;
    }
    view_write(format, result, stdout);
    json_decref(result);
    return fflush(stdout) != 0 ? EXIT_SUITE_FAILED : EXIT_HOLDS;
}
