/* harness/case_run.h - runs one case; the runner calls it in the process that it forked for it.
 *
 * The order of a run: open the scene, run the function as the one test of a cmocka group, judge the answers'
 * types, sweep the scene, write the outcome. The function may leave by longjmp at any moment. It prints
 * nothing on standard output: what cmocka prints goes to standard error, which the runner may keep for a
 * fault. */
#ifndef PLIMSOLL_HARNESS_CASE_RUN_H
#define PLIMSOLL_HARNESS_CASE_RUN_H

#include "harness/case.h"
#include "harness/outcome.h"
#include "harness/scene/facts.h"
#include "harness/wire/target.h"

#include <stdbool.h>

struct case_context {
    const struct wire_target *target;
    const struct engine_facts *facts;
    const char *run_id;       /* [a-z0-9]{4,16}: in labels, names and image names */
    const char *api_version;  /* that the requests are sent at */
    const char *fixtures_dir; /* holds images/probe.tar */
    bool same_host;
    bool exclusive;
    bool keep;           /* do not sweep */
    unsigned timeout_ms; /* of the case with its sweep: requests end before it, so that a case can tell of a
                            silent engine itself. The runner kills some seconds later. 0: 60 s */
    int outcome_fd;      /* -1: nowhere */
    unsigned lane;       /* the same case may run in two lanes at once: their names and labels differ */
    const struct wire_target *sweep_target; /* of the sweep alone; NULL: target */
};

/* Runs row `row` of the case (0 when it has no table). ret is initialised here and cleared by the caller. 0,
 * or -1 when the outcome could not be written. Does not look at the case's needs or clauses' versions: the
 * runner has decided. */
int case_run(const struct suite_case *suite_case, size_t row, const struct case_context *context,
             struct outcome *ret);

/* Once per run, before the first case: loads the probe's image under the run's own name, so that cases find
 * it. -1: `why` is set. */
int run_prepare(const struct case_context *context, char *why, size_t why_size);

/* What an image of the fixtures is called in that run: "plimsoll/run-RUN/probe:1" */
void run_image_name(const char *run_id, const char *fixture, char *text, size_t size);

enum sweep_kinds {
    SWEEP_CONTAINERS = 1,
    SWEEP_NETWORKS = 2,
    SWEEP_VOLUMES = 4,
    SWEEP_IMAGES = 8,
    SWEEP_ALL = 15,
};

/* Removes what carries the label plimsoll.run=RUN: of one case, or with `case_name` NULL of the whole run
 * with its images, or with `run_id` NULL of every run there ever was. Never touches anything without the
 * label, and looks only for these kinds. Appends a line to `leftovers` (an array) for what cannot be removed. Returns how many things
 * were removed, -1 when the engine cannot be asked. `case_name`: as case_label() gives it. */
int scene_sweep(const struct wire_target *target, const char *run_id, const char *case_name, unsigned kinds,
                json_t *leftovers);
/* The kinds of which the requests of an outcome's journal may have made one: most cases make one kind or none, and to ask an engine for
 * all of its lists after each case would be half of all requests. */
unsigned sweep_kinds_of(const json_t *journal);

/* The value of the label plimsoll.case: the first clause, the function's name, the row when there is a table, and the version, since
 * a case may run at two at once: "ContainerCreate.bad-name/a_bad_name_is_refused.3@1.41". */
void case_label(const struct suite_case *suite_case, size_t row, const char *version, char *text,
                size_t size);

#endif
