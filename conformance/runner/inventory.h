/* runner/inventory.h - what an engine holds: containers, images, volumes, networks, and whose they are. */
#ifndef PLIMSOLL_RUNNER_INVENTORY_H
#define PLIMSOLL_RUNNER_INVENTORY_H

#include <jansson.h>

#include "harness/wire/target.h"

/* An object with a member for each thing on the engine: "container 4f0c1b (web)": the id of the run that made
 * it, or "". NULL: *why, which the caller frees, says what the engine answered. The caller unrefs it. */
json_t *inventory_take(const struct wire_target *target, char **why);

/* Compares two of them. What is there now and not before is added to `leftovers` when the run `run_id` made
 * it; everything else that came or went, unless another run made it, to `changed`. Both are arrays of
 * sentences. */
void inventory_compare(const json_t *before, const json_t *after, const char *run_id, json_t *leftovers,
                       json_t *changed);

/* The ids of all runs that left something: an object whose keys they are, each with the count of its things.
 * The caller unrefs it. */
json_t *inventory_runs(const json_t *inventory);

#endif
