/* report/diff.h - what changed from one result to another. */
#ifndef PLIMSOLL_REPORT_DIFF_H
#define PLIMSOLL_REPORT_DIFF_H

#include <stdio.h>

#include <jansson.h>

/* {"before", "after", "regressions", "fixed", "changed", "new", "gone"}: what ran, then arrays of {"id",
 * "from", "to", "message"}. A regression: a case that passed and does so no longer, unless it is not
 * applicable now; one that failed neither before and does now; and one that passed and was not reached,
 * because `b` ended early. "new" and "gone": cases that only `b` or only `a` has; of the new ones those come
 * first that fail. The caller unrefs it. */
json_t *result_diff(const json_t *a, const json_t *b);

/* In that order, regressions first, and the counts last. */
void diff_print(const json_t *diff, FILE *out);

#endif
