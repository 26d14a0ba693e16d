/* runner/pool.h - work in processes of its own: in parallel, timed, bounded, and never lingering.
 *
 * A worker is the leader of a process group. It may crash, hang, flood its output or its report, or start
 * processes that outlive it: the pool bounds what it keeps, kills the group when the time is over and again
 * when the worker has ended. When the runner itself dies, by SIGKILL too, each worker sees the end of a pipe
 * that only the runner holds, and ends its group. */
#ifndef PLIMSOLL_RUNNER_POOL_H
#define PLIMSOLL_RUNNER_POOL_H

#include <stdbool.h>
#include <stddef.h>

#define POOL_REPORT_MAX (32u * 1024 * 1024) /* bytes of a worker's report; more is an overflow */
#define POOL_OUTPUT_MAX (64u * 1024)        /* bytes of stdout and stderr that are kept */

struct pool;

/* What the worker does; `report_fd` is its way to the pool. The process ends when it returns. */
typedef void (*pool_work)(void *argument, int report_fd);

struct finished {
    void *argument; /* as given to pool_start() */
    int status;     /* as waitpid() gives it */
    bool timed_out; /* killed because its time was over */
    bool overflow;  /* killed because its report grew beyond POOL_REPORT_MAX */
    char *report;   /* ended by a 0 that report_size does not count */
    size_t report_size;
    char *output; /* stdout and stderr; ended by a 0 */
    size_t output_size;
    double seconds;
};

/* One pool at a time in a process: it owns SIGCHLD. NULL with errno. */
struct pool *pool_open(unsigned size);

/* Kills what still runs. Takes NULL. */
void pool_close(struct pool *pool);

bool pool_is_full(const struct pool *pool);
bool pool_is_idle(const struct pool *pool);

/* Starts a worker; the pool must not be full. -1 with errno. */
int pool_start(struct pool *pool, pool_work work, void *argument, unsigned timeout_ms);

/* Waits until a worker has ended (1; *ret is to be cleared), `wait_ms` are over (0), or a signal came (0). */
int pool_wait(struct pool *pool, unsigned wait_ms, struct finished *ret);
void finished_clear(struct finished *finished);

/* Kills every worker and forgets it. */
void pool_kill(struct pool *pool);

/* Seconds of a clock that never goes back. */
double monotonic_seconds(void);

#endif
