/* harness/outcome.h - what became of one case, and how a case process tells it to the runner.
 *
 * A case runs in a process of its own and talks over one file descriptor, in lines of JSON: an exchange as
 * soon as it is over, then one last line with the verdict. So a case that crashes or hangs still leaves the
 * exchanges that led there; the runner, which sees how the process ended, supplies the verdict that is
 * missing.
 *
 *     {"exchange": {...}}          any number; the form is given at exchange_to_json() in wire/exchange.h
 *     {"outcome": {...}}           at most one, the last line */
#ifndef PLIMSOLL_HARNESS_OUTCOME_H
#define PLIMSOLL_HARNESS_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_NOT_APPLICABLE, /* the clause does not speak about this engine: version, platform */
    VERDICT_UNSUPPORTED,    /* optional, and refused in the agreed form */
    VERDICT_BLOCKED,        /* something that the case needs is missing; the reason names it */
    VERDICT_FAULT,          /* the suite erred */
};

/* "pass", "fail", "not-applicable", "unsupported", "blocked", "fault". */
const char *verdict_name(enum verdict verdict);
/* The reverse; -1 for any other text. */
int verdict_from_name(const char *name, enum verdict *ret);

/* One assertion that did not hold. Texts may be NULL. */
struct failure {
    char *file; /* of the case: "cases/container/start.c" */
    int line;
    char *sentence; /* short: "status: wanted 304, got 204" */
    char *wanted;
    char *got;
    int exchange; /* index into the journal; -1: of none */
    char *clause; /* that the check of every body found broken: "Bodies.members"; NULL: one of the case's */
};

struct outcome {
    enum verdict verdict;
    char *reason;           /* of every verdict but pass: one line */
    struct failure *failed; /* NULL unless the verdict is fail */
    unsigned assertions;    /* that were evaluated */
    json_t *journal;        /* array of exchanges, in the order in which they ended */
    json_t *remarks;        /* array of strings, of what does not decide this case: "schema: ..." is wrong in
                               an answer to the scene's own request (the cases of that operation decide),
                               "unknown: ..." a member that no table has, "request: ..." something that the
                               case itself sent and that no operation takes. */
    json_t *leftovers;      /* array of strings: what the sweep could not remove */
};

/* All empty, verdict fault. Free what it holds with outcome_clear(); takes NULL. */
void outcome_init(struct outcome *outcome);
void outcome_clear(struct outcome *outcome);

/* The child's side: one line each. -1 with errno when the descriptor cannot be written. */
int outcome_write_exchange(int fd, const json_t *exchange);
int outcome_write(int fd, const struct outcome *outcome); /* without the journal, which is written already */

/* The runner's side: reads all that the child wrote, whole or cut off anywhere. Returns 1 when the verdict
 * was in it, 0 when it was not (ret holds the journal so far, and verdict fault), -1 when it is not this
 * language. ret is initialised here. */
int outcome_read(const char *text, size_t size, struct outcome *ret);

/* The outcome without the journal, as in the last line; the caller unrefs it. */
json_t *outcome_to_json(const struct outcome *outcome);

#endif
