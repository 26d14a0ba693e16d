/* runner/record.h - from the end of a case's process to its object in result.json. */
#ifndef PLIMSOLL_RUNNER_RECORD_H
#define PLIMSOLL_RUNNER_RECORD_H

#include <jansson.h>

#include "harness/outcome.h"
#include "runner/plan.h"
#include "runner/pool.h"

/* What became of a case whose process has ended: what it said itself, unless the way that it ended says
 * otherwise. *died: it did not end by itself, and what it made is still there. `ret` is initialised here and
 * cleared by the caller. */
void record_judge(const struct finished *finished, struct outcome *ret, bool *died);

/* Leaves of the journal what is needed to repeat it. */
void record_shorten(struct outcome *outcome);

/* Whether the last that the case heard from the engine was silence. */
bool record_was_silent(const struct outcome *outcome);

/* The case's object in result.json; the caller unrefs it. What the process printed is kept for a fault. */
json_t *record_case(const struct planned *planned, const struct outcome *outcome, double seconds,
                    const struct finished *finished);

/* That of a case that did not have to run. */
json_t *record_skipped(const struct planned *planned, enum verdict verdict, const char *reason);

/* The clause as list, spec and every case show it; the caller unrefs it. */
json_t *record_clause(const struct clause *clause);

#endif
