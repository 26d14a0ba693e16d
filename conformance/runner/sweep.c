/* runner/sweep.c - see sweep.h.
 *
 * A case that was killed may have left a request on its way: the engine goes on with it, and what it makes appears after one has looked. So one
 * looks again after a pause, until a look finds nothing. */
#include "runner/sweep.h"

#include <time.h>

#include "harness/case_run.h"

#define ROUNDS_MAX 8

void sweep_pause(void)
{
    struct timespec pause = { .tv_nsec = 400000000 };

    nanosleep(&pause, NULL);
}

int sweep_thoroughly(const struct wire_target *target, const char *run_id, json_t *leftovers)
{
    int total = 0;

    for (int round = 0; round < ROUNDS_MAX; round++) {
        size_t before = json_array_size(leftovers);
        int removed = scene_sweep(target, run_id, NULL, leftovers);
        if (removed < 0)
            return -1;
        total += removed;
        if ((removed == 0 && round > 0) || json_array_size(leftovers) > before)
            break;
        sweep_pause();
    }
    return total;
}
