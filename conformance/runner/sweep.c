/* runner/sweep.c - see sweep.h.
 *
 * A case that was killed may have left a request on its way: the engine goes on with it, and what it makes appears after one has looked,
 * or holds what one removes. So one looks again after a pause, until two looks in a row find nothing. The pause grows with the time that
 * a look takes: an engine that is slow to tell what it has is slow to make something, too. */
#include "runner/sweep.h"

#include <time.h>

#include "harness/case_run.h"
#include "runner/pool.h"

#define ROUNDS_MAX 8
#define PAUSE_S    0.4
#define PAUSE_MAX  5.0

void sweep_pause(double look_s)
{
    double pause = 4 * look_s;

    pause = pause < PAUSE_S ? PAUSE_S : pause > PAUSE_MAX ? PAUSE_MAX : pause;
    struct timespec time = { .tv_sec = (time_t)pause,
                             .tv_nsec = (long)((pause - (double)(time_t)pause) * 1e9) };
    nanosleep(&time, NULL);
}

static void forget_since(json_t *leftovers, size_t told)
{
    while (json_array_size(leftovers) > told)
        json_array_remove(leftovers, json_array_size(leftovers) - 1);
}

int sweep_thoroughly(const struct wire_target *target, const char *run_id, json_t *leftovers)
{
    size_t told = json_array_size(leftovers);
    unsigned quiet = 0,
             stuck = 0; /* looks in a row that found nothing; looks that could not remove what they found */
    int total = 0;

    for (int round = 0; round < ROUNDS_MAX && quiet < 2 && stuck < 2; round++) {
        double began = monotonic_seconds();
        forget_since(leftovers, told); /* what was in the way may be gone */
        int removed = scene_sweep(target, run_id, NULL, SWEEP_ALL, leftovers);
        if (removed < 0)
            return -1;
        total += removed;
        quiet = removed == 0 ? quiet + 1 : 0;
        stuck += json_array_size(leftovers) > told;
        if (quiet < 2 && stuck < 2)
            sweep_pause(removed == 0 ? monotonic_seconds() - began : 0);
    }
    return total;
}
