/* prove/ground.h - inside prove/: what both commands stand on: the cases, an engine, a folder for sockets. */
#ifndef PLIMSOLL_PROVE_GROUND_H
#define PLIMSOLL_PROVE_GROUND_H

#include "prove/trial.h"
#include "runner/options.h"
#include "runner/run_id.h"

struct ground {
    struct trial_ground trial;
    struct plan plan; /* every case there is */
    struct wire_target engine;
    struct engine_facts facts, recorded_facts;
    char run_id[RUN_ID_SIZE], scratch[32];
    struct pool *pool;
};

/* Exit status, or -1 to go on; what is wrong is said on stderr. */
int ground_open(struct ground *ground, const struct options *options);
/* With an engine: its facts, a run's name, the images. As above. */
int ground_find_engine(struct ground *ground, const struct options *options);
/* Sweeps, and removes the folder. Takes one that was not opened to its end. */
void ground_close(struct ground *ground);

/* A line that stays on a terminal, and nothing in a pipe. NULL: it goes. */
void ground_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
