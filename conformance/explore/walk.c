/* explore/walk.c - see walk.h.
 *
 * Steps are chosen with the model at hand: most of the time something that the container's state allows, so that the
 * walk gets anywhere, and now and then anything, so that refusals are seen too.
 *
 * Shrinking is delta debugging (Zeller and Hildebrandt, 2002): leave out ever smaller parts, keep what still shows it. */
#include "explore/walk.h"

#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "runner/plan.h"

#define ANYTHING     4 /* one step in so many */
#define RESTARTS_MAX 3 /* an engine waits twice as long before each start by the policy */
#define CHOICE_TRIES 64

/* --- making --- */

static unsigned below(uint64_t *state, unsigned bound)
{
    return (unsigned)(plan_random(state) % bound);
}

static enum operation fitting_operation(const struct model_container *container, uint64_t *state)
{
    static const struct {
        enum operation of[8];
        unsigned count;
    } fitting[LIVES] = {
        [ABSENT] = {{ OP_CREATE },                                                                           1},
        [CREATED] = { { OP_START, OP_START, OP_START, OP_RENAME, OP_WAIT, OP_UPDATE, OP_REMOVE, OP_RESTART },
                    8                                                                                         },
        [RUNNING] = { { OP_STOP, OP_KILL, OP_PAUSE, OP_RESTART, OP_EXEC, OP_LEAVE, OP_WAIT, OP_RENAME },      8},
        [PAUSED] = { { OP_UNPAUSE, OP_UNPAUSE, OP_STOP, OP_KILL, OP_RESTART, OP_WAIT, OP_RENAME,
                       OP_FORCE_REMOVE },
                    8                                                                                         },
        [LOOPING] = { { OP_STOP, OP_KILL, OP_FORCE_REMOVE, OP_RESTART, OP_REMOVE, OP_START },                 6},
        [EXITED] = { { OP_START, OP_START, OP_RESTART, OP_REMOVE, OP_WAIT, OP_RENAME, OP_UPDATE,
                       OP_FORCE_REMOVE },
                    8                                                                                         },
    };

    return fitting[container->life].of[below(state, fitting[container->life].count)];
}

static enum program any_program(uint64_t *state)
{
    static const enum program programs[] = { CATCHER, CATCHER, CATCHER, CATCHER, CATCHER,
                                             BRIEF,   BRIEF,   DEAF,    BROKEN };

    return programs[below(state, sizeof(programs) / sizeof(programs[0]))];
}

/* What the process does not mind comes often: what else it changes shows only later. */
static enum sent_signal any_signal(uint64_t *state)
{
    unsigned chosen = below(state, SIGNALS + 3);

    return chosen < SIGNALS ? (enum sent_signal)chosen : SIG_OF_HUP;
}

static struct step any_step(const struct model *model, uint64_t *state)
{
    unsigned slot = below(state, SLOTS);
    struct step ret = { .slot = slot };

    ret.operation = below(state, ANYTHING) == 0 ? (enum operation)below(state, OPERATIONS)
                                                : fitting_operation(&model->slots[slot], state);
    ret.program = any_program(state);
    ret.policy = below(state, 2) == 0 ? POLICY_NO : (enum policy)below(state, POLICIES);
    ret.retries = ret.policy == POLICY_ON_FAILURE ? 1 + below(state, 2) : 0;
    ret.auto_remove = below(state, 6) == 0;
    ret.signal = any_signal(state);
    ret.condition = (enum condition)below(state, CONDITIONS);
    ret.name = below(state, 3) == 0 ? below(state, NAMES) : slot + (below(state, 2) == 0 ? SLOTS : 0);
    if (ret.operation == OP_LEAVE) /* what process 1 ignores is no news */
        ret.signal = (enum sent_signal)(SIG_OF_TERM + below(state, 4));
    return ret;
}

/* Whether the walk may take it: no chance is in it, and nobody waits long for it. */
static bool is_good(const struct model *model, const struct step *step)
{
    struct model after = *model;
    struct wanted wanted;

    model_step(&after, step, &wanted);
    return !wanted.undefined && after.slots[step->slot].restarts <= RESTARTS_MAX;
}

void walk_make(uint64_t seed, size_t steps, struct walk *ret)
{
    struct model model = { 0 };
    struct wanted wanted;

    *ret = (struct walk){ .steps = must_alloc(steps + 1, sizeof(struct step)) };
    while (ret->count < steps) {
        struct step step = any_step(&model, &seed);
        for (unsigned i = 0; i < CHOICE_TRIES && !is_good(&model, &step); i++)
            step = any_step(&model, &seed);
        if (!is_good(&model, &step))
            return; /* cannot be: a forced removal always may */
        model_step(&model, &step, &wanted);
        ret->steps[ret->count++] = step;
    }
}

void walk_copy(const struct walk *walk, struct walk *ret)
{
    *ret = (struct walk){ .steps = must_alloc(walk->count + 1, sizeof(struct step)), .count = walk->count };
    memcpy(ret->steps, walk->steps, walk->count * sizeof(struct step));
}

void walk_clear(struct walk *walk)
{
    if (walk == NULL)
        return;
    free(walk->steps);
    *walk = (struct walk){ 0 };
}

bool walk_is_defined(const struct walk *walk)
{
    struct model model = { 0 };
    struct wanted wanted = { 0 };

    for (size_t i = 0; i < walk->count && !wanted.undefined; i++)
        model_step(&model, &walk->steps[i], &wanted);
    return !wanted.undefined;
}

/* --- shrinking --- */

void walk_own_steps(const struct walk *walk, struct walk *ret)
{
    unsigned slot = walk->count > 0 ? walk->steps[walk->count - 1].slot : 0;
    struct model model = { 0 };
    struct wanted wanted;

    *ret = (struct walk){ .steps = must_alloc(walk->count + 1, sizeof(struct step)) };
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->steps[i].slot == slot && model.slots[slot].life == ABSENT && i + 1 < walk->count)
            ret->count = 0;
        if (walk->steps[i].slot == slot)
            ret->steps[ret->count++] = walk->steps[i];
        model_step(&model, &walk->steps[i], &wanted);
    }
}

struct shrink {
    struct walk *walk;
    walk_test test;
    void *user;
    unsigned tries;
};

/* Takes the candidate when it still shows it; else drops it. */
static bool take_if_it_shows(struct shrink *shrink, struct walk *candidate)
{
    bool shows = false;

    if (shrink->tries > 0 && walk_is_defined(candidate)) {
        shrink->tries--;
        shows = shrink->test(shrink->user, candidate);
    }
    if (shows) {
        walk_clear(shrink->walk);
        *shrink->walk = *candidate;
    } else {
        walk_clear(candidate);
    }
    return shows;
}

static bool leave_out(struct shrink *shrink, size_t from, size_t count)
{
    struct walk candidate;

    walk_copy(shrink->walk, &candidate);
    memmove(&candidate.steps[from], &candidate.steps[from + count],
            (candidate.count - from - count) * sizeof(struct step));
    candidate.count -= count;
    return candidate.count > 0 ? take_if_it_shows(shrink, &candidate) : (walk_clear(&candidate), false);
}

/* One pass with parts of that size, from the end on: what comes late is mostly not needed by what comes before. */
static bool leave_out_parts(struct shrink *shrink, size_t size)
{
    bool ret = false;

    for (size_t end = shrink->walk->count; end > 0;) {
        size_t from = end > size ? end - size : 0;
        if (leave_out(shrink, from, end - from))
            ret = true;
        end = from < shrink->walk->count ? from : shrink->walk->count;
    }
    return ret;
}

enum simpler { WITHOUT_AUTO_REMOVE, WITHOUT_POLICY, AS_CATCHER, SIMPLER };

static void make_simpler(struct step *step, enum simpler how)
{
    if (how == WITHOUT_AUTO_REMOVE)
        step->auto_remove = false;
    else if (how == WITHOUT_POLICY)
        step->policy = POLICY_NO, step->retries = 0;
    else
        step->program = CATCHER;
}

static void simplify(struct shrink *shrink, size_t at)
{
    for (enum simpler how = 0; how < SIMPLER; how++) {
        struct walk candidate;
        walk_copy(shrink->walk, &candidate);
        make_simpler(&candidate.steps[at], how);
        if (memcmp(&candidate.steps[at], &shrink->walk->steps[at], sizeof(struct step)) != 0)
            take_if_it_shows(shrink, &candidate);
        else
            walk_clear(&candidate);
    }
}

bool walk_shrink(struct walk *walk, walk_test test, void *user, unsigned tries)
{
    struct shrink shrink = { walk, test, user, tries };
    size_t size;

    for (size = walk->count / 2; size > 1; size /= 2)
        leave_out_parts(&shrink, size);
    while (shrink.tries > 0 && leave_out_parts(&shrink, 1))
        ;
    for (size_t i = 0; i < walk->count; i++)
        if (walk->steps[i].operation == OP_CREATE)
            simplify(&shrink, i);
    return shrink.tries > 0;
}
