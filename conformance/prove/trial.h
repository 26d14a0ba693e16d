/* prove/trial.h - one case, once, in a process of its own: recorded, replayed or live, with a deviation or without. */
#ifndef PLIMSOLL_PROVE_TRIAL_H
#define PLIMSOLL_PROVE_TRIAL_H

#include "harness/outcome.h"
#include "harness/scene/facts.h"
#include "harness/wire/target.h"
#include "prove/deviation.h"
#include "prove/recording.h"
#include "runner/plan.h"
#include "runner/pool.h"

#include <stdbool.h>

/* What all trials of a command share; borrowed by them. */
struct trial_ground {
    const char *scratch; /* a folder for sockets */
    const char *fixtures;
    const struct wire_target *engine; /* NULL: none, all is replayed */
    const struct engine_facts *facts; /* of the engine that is asked, or that was recorded */
    const struct engine_facts *recorded_facts;
    const char *run_id, *api_version; /* of the live trials, or of the recording that is made */
    const struct recording *recording;
    bool same_host;
    unsigned timeout_s;
};

struct trial {
    const struct trial_ground *ground;
    const struct planned *planned;
    const struct recorded_case *from; /* replayed; NULL: live */
    struct deviation deviation;
    bool deviates;
    bool record;
    unsigned lane; /* of a live one: unlike that of any other that runs now */
    void *owner;   /* the caller's */
};

/* -1 with errno. The trial must live until its process has ended. */
int trial_start(struct trial *trial, struct pool *pool);

/* What became of it: the caller clears it and unrefs *more. That is what passed, of a recorded one; else whether the deviation was met
 * (deviation_was_met()). */
void trial_read(const struct finished *finished, struct outcome *outcome, json_t **more);

#endif
