/* wire/clock.c - see clock.h. */
#include "harness/wire/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

static _Atomic bool replayed;
static _Atomic uint64_t told_ms;

uint64_t clock_ms(void)
{
    struct timespec now;

    if (replayed)
        return told_ms;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

unsigned clock_left(uint64_t deadline_ms)
{
    uint64_t now = clock_ms();

    return deadline_ms > now ? (unsigned)(deadline_ms - now) : 0;
}

void clock_pause(unsigned ms)
{
    struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

    if (replayed) {
        clock_tell(told_ms + ms);
        return;
    }
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

void clock_replay(void)
{
    told_ms = clock_ms();
    replayed = true;
}

bool clock_is_replayed(void)
{
    return replayed;
}

void clock_tell(uint64_t now_ms)
{
    uint64_t last = told_ms;

    while (now_ms > last && !atomic_compare_exchange_weak(&told_ms, &last, now_ms))
        ;
}
