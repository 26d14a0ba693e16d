/* runner/plan.h - which cases there are, which of them run, and in which order. */
#ifndef PLIMSOLL_RUNNER_PLAN_H
#define PLIMSOLL_RUNNER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/case.h"
#include "harness/spec/clause.h"
#include "runner/options.h"

#define NEWEST_API       "1.51" /* that clauses were seen to hold at: `negotiate` goes no further */
#define PLAN_CLAUSES_MAX 16     /* of one case */

/* One case, or one row of a table-driven one. */
struct planned {
    const struct suite_case *suite_case;
    size_t row;
    char *id;          /* "ContainerStart.a Errors.b name[label]": unlike any other's */
    const char *label; /* of the row; "" */
    const struct clause *clauses[PLAN_CLAUSES_MAX];
    size_t clause_count;
    size_t position; /* in the order of the tables: the order of every report */
    char *version;   /* that it runs at: NULL until plan_at() or plan_spread() */
};

struct plan {
    struct planned *list;
    size_t count;
};

/* All rows of all cases of the tables (ended by NULL). -1 when a case names a clause that is none, or an id
 * comes twice: *why, which the caller frees, says which. End with plan_clear(). */
int plan_make(const struct suite_case *const *tables, const struct clause_list *clauses, struct plan *ret,
              char **why);
void plan_clear(struct plan *plan); /* takes NULL */

/* Leaves what the options select, in the order that they ask for. */
void plan_select(struct plan *plan, const struct options *options);

/* Each case runs at that version. */
void plan_at(struct plan *plan, const char *version);

/* `--api-version all`: each case runs at the lowest and at the highest version between `oldest` and `newest` that its clauses speak
 * about, under the id "...@1.24"; once if that is one version, if there is none, or if it stands at a gate. Then the options
 * select once more, by the new ids. */
void plan_spread(struct plan *plan, const struct options *options, const char *oldest, const char *newest);

/* Whether the clauses speak about the planned version; if not, *why, which the caller frees, says it. A case that stands at a gate
 * (its clauses have no version in common: some end where others begin) asks at versions of its own, and speaks about every engine
 * that knows, between `oldest` and `newest`, a version of each clause. */
bool planned_applies(const struct planned *planned, const char *oldest, const char *newest, char **why);

/* The next of a row of numbers that is the same everywhere for a seed; `state` begins as the seed. */
uint64_t plan_random(uint64_t *state);

/* The part, 1..parts, that an id is in: the same on every machine, whatever other cases there are. */
unsigned plan_shard(const char *id, unsigned parts);

#endif
