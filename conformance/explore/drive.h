/* explore/drive.h - takes a walk on an engine, one step after the other, and compares what comes with the model. */
#ifndef PLIMSOLL_EXPLORE_DRIVE_H
#define PLIMSOLL_EXPLORE_DRIVE_H

#include <signal.h>

#include <jansson.h>

#include "explore/walk.h"
#include "harness/wire/target.h"

struct drive_ground {
    const struct wire_target *target;
    const char *run_id, *api_version;
    unsigned patience_ms;                   /* for what need only become so */
    const volatile sig_atomic_t *signalled; /* not 0: the walk ends */
    void (*progress)(void *user, size_t step);
    void *user;
    unsigned taken; /* walks so far: each has names and labels of its own */
};

enum taken { AGREES, DISAGREES, INTERRUPTED };

struct disagreement {
    size_t step;      /* from 0 */
    const char *what; /* "answer", "State.Status", "events", ... */
    char *wanted, *got;
    json_t *story; /* of each step: {"step", "wanted", "status", "curl": [...]} */
};

/* Takes the walk with containers of its own, which are removed at its end. *ret is set whatever comes, and ended with
 * disagreement_clear(). */
enum taken drive_take(struct drive_ground *ground, const struct walk *walk, struct disagreement *ret);
void disagreement_clear(struct disagreement *disagreement);

#endif
