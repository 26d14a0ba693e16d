/* wire/clock.c - see clock.h. */
#include "harness/wire/clock.h"

#include <errno.h>
#include <time.h>

uint64_t clock_ms(void)
{
    struct timespec now;

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

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}
