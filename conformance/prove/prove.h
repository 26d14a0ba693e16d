/* prove/prove.h - the commands that ask what the suite notices: `plimsoll record`, `plimsoll prove` and `plimsoll coverage`
 * of a recording. Each returns the exit status. */
#ifndef PLIMSOLL_PROVE_PROVE_H
#define PLIMSOLL_PROVE_PROVE_H

#include "runner/options.h"

/* Runs the cases against an engine through the proxy, and writes down what passes. */
int command_record(const struct options *options);

/* Makes every item of the inventory wrong, one at a time, and says which of them a case notices. */
int command_prove(const struct options *options);

/* Which documented statuses, parameters and filter keys of each operation a recording met. */
int command_coverage_recorded(const struct options *options);

#endif
