/* report/neutral.h - text of a run without what is another one in the next run. */
#ifndef PLIMSOLL_REPORT_NEUTRAL_H
#define PLIMSOLL_REPORT_NEUTRAL_H

/* A copy in which the run's id is RUN, the numbers behind it in a name of ours are left out, ids and digests
 * are ID, dates and Unix times DATE, MAC addresses MAC. `run_id` may be "". What tells two answers apart and
 * stays the same from run to run stays as it is. The caller frees it. */
char *neutral_text(const char *text, const char *run_id);

#endif
