/* explore/walk.h - a row of steps: made of a seed, and cut down to those that matter. */
#ifndef PLIMSOLL_EXPLORE_WALK_H
#define PLIMSOLL_EXPLORE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explore/model.h"

struct walk {
    struct step *steps;
    size_t count;
};

/* The same steps for a seed on every machine. No step's answer depends on the moment. Ends with walk_clear(). */
void walk_make(uint64_t seed, size_t steps, struct walk *ret);
void walk_copy(const struct walk *walk, struct walk *ret);
void walk_clear(struct walk *walk); /* takes NULL */

/* Whether the model can tell of every step what must come. */
bool walk_is_defined(const struct walk *walk);

/* A guess at what matters for the last step: the steps of its container alone, since there was none in its slot. Ends with
 * walk_clear(). */
void walk_own_steps(const struct walk *walk, struct walk *ret);

/* Whether the walk still shows what is looked for. */
typedef bool (*walk_test)(void *user, const struct walk *walk);

/* Cuts the walk, of which the test holds, down until it holds no more whichever step is left out, and then makes its
 * containers simpler. At most `tries` tests; false: they did not suffice. */
bool walk_shrink(struct walk *walk, walk_test test, void *user, unsigned tries);

#endif
