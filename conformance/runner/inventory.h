/* runner/inventory.h - what an engine holds: containers, images, volumes, networks, and whose they are. */
#ifndef PLIMSOLL_RUNNER_INVENTORY_H
#define PLIMSOLL_RUNNER_INVENTORY_H

#include <stdbool.h>

#include <jansson.h>

#include "harness/wire/target.h"

/* An object with a member for each thing on the engine: "container 4f0c1b (web)": the id of the run that made
 * it, or "". NULL: *why, which the caller frees, says what the engine answered, and *silent (may be NULL)
 * whether it did not answer at all. The caller unrefs the object. */
json_t *inventory_take(const struct wire_target *target, char **why, bool *silent);

/* What the run `run_id` made and is there: a line for each, with `how` at its end, is added to the array
 * `lines`. Without the images unless `images`: those of the fixtures are there for as long as the run lasts.
 */
void inventory_list_run(const json_t *inventory, const char *run_id, bool images, const char *how,
                        json_t *lines);

/* What came or went from `before` to `after` and is of no run: a line for each is added to the array `lines`.
 */
void inventory_list_changes(const json_t *before, const json_t *after, json_t *lines);

/* The ids of all runs that left something: an object whose keys they are, each with the count of its things.
 * The caller unrefs it. */
json_t *inventory_runs(const json_t *inventory);

#endif
