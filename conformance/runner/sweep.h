/* runner/sweep.h - removing what a run left that could not do so itself. */
#ifndef PLIMSOLL_RUNNER_SWEEP_H
#define PLIMSOLL_RUNNER_SWEEP_H

#include <jansson.h>

#include "harness/wire/target.h"

/* Removes all that carries the run's label, until there is nothing more. What cannot be removed is added to the array `leftovers`. Returns how
 * many things were removed; -1 when the engine does not answer. */
int sweep_thoroughly(const struct wire_target *target, const char *run_id, json_t *leftovers);

/* Long enough for an engine to be done with a request whose sender is gone; it took `look_s` seconds to tell what there is. */
void sweep_pause(double look_s);

#endif
