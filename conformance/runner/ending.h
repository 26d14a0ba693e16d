/* runner/ending.h - how a run ends: its exit status, and the sentence that says why. */
#ifndef PLIMSOLL_RUNNER_ENDING_H
#define PLIMSOLL_RUNNER_ENDING_H

#include <stdbool.h>

#include "report/result.h"

struct ending {
    struct tally tally;
    bool engine_lost;   /* not reached, no engine, or died */
    bool report_failed; /* a report could not be written */
    bool interrupted;   /* by a signal */
    bool stale;         /* the expectations file */
    unsigned leftovers; /* things of this run that are still there, or had to be removed at its end */
};

/* The exit status of the design, the first that fits: 3, 6 for a report that is not there, 1, 6, 5, 4, 0. An
 * interrupted run is 6: what it did not run, nobody knows. */
int ending_status(const struct ending *ending);

/* One line; the caller frees it. */
char *ending_sentence(const struct ending *ending, int status);

#endif
