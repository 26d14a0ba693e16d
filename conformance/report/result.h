/* report/result.h - the result of a run: result.json, in memory as on disk (result.schema.json).
 *
 * There is one structure, and it is the file's: what a view shows of a run that just ended and of a file that
 * somebody sent is the same by construction. Objects are borrowed from the result unless a comment says
 * otherwise. */
#ifndef PLIMSOLL_REPORT_RESULT_H
#define PLIMSOLL_REPORT_RESULT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "harness/outcome.h"

#define RESULT_SCHEMA 1
#define VERDICT_COUNT (VERDICT_FAULT + 1)

struct tally {
    unsigned of[VERDICT_COUNT]; /* by enum verdict */
    unsigned expected;          /* of the failures: those that the expectations file knows */
    unsigned red;               /* cases that make the run fail, see case_is_red() */
    unsigned total;
};

/* Counts the cases; the footer is written from this, and read by nobody. */
void result_tally(const json_t *result, struct tally *ret);

/* The footer's object, as result.json has it; the caller unrefs it. */
json_t *tally_to_json(const struct tally *tally);

/* Reads a result file. NULL: *why, which the caller frees, says what is wrong with it. The caller unrefs the
 * result. */
json_t *result_load(const char *path, char **why);

/* A member's text, "" where there is none. `path` may name members of members: "engine.version". */
const char *text_at(const json_t *object, const char *path);
/* The same for a number or a truth value. */
double number_at(const json_t *object, const char *path);
bool truth_at(const json_t *object, const char *path);
/* The same for any value; NULL where there is none. */
const json_t *value_at(const json_t *object, const char *path);

/* A new JSON string of any bytes; NULL is "". */
json_t *text_new(const char *text);

enum verdict case_verdict(const json_t *one);

/* A case that failed where the expectations file says that it does. */
bool case_is_expected(const json_t *one);

/* Whether the case makes the run fail: an unexpected fail, a fault, and, when the run was strict, unsupported
 * and blocked. */
bool case_is_red(const json_t *result, const json_t *one);

/* "not-applicable: the engine speaks 1.41", "expected: podman answers 204": why a case is neither good nor
 * bad. The caller frees it. */
char *case_skip_reason(const json_t *one);

/* The sentence of a failure or a fault, never "". */
const char *case_message(const json_t *one);

#endif
