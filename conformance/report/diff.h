/* report/diff.h - what changed from one result to another. */
#ifndef PLIMSOLL_REPORT_DIFF_H
#define PLIMSOLL_REPORT_DIFF_H

#include <stdio.h>

#include <jansson.h>

/* {"regressions", "fixed", "changed", "new", "gone"}: arrays of {"id", "from", "to", "message"}. A
 * regression: a case that passed and does so no longer, unless it is not applicable now; or one that failed
 * neither before and does now. The caller unrefs it. */
json_t *result_diff(const json_t *a, const json_t *b);

void diff_print(const json_t *diff, FILE *out);

#endif
