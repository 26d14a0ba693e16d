/* container/restart.c - restart policies: whether a container that ended starts again, and when.
 *
 * The wait begins at 100 ms and doubles up to a minute; a container that ran for ten seconds starts over. */
#include "container/internal.h"

#include <errno.h>
#include <time.h>

#define BACKOFF_FIRST (NANOS_PER_SECOND / 10)
#define BACKOFF_MOST  (60 * NANOS_PER_SECOND)
#define RAN_WELL      (10 * NANOS_PER_SECOND)

bool restart_wanted(struct container *c, const json_t *host_config, int exit_code)
{
    const char *name = json_str_at(host_config, "RestartPolicy.Name", "");
    int64_t most = json_int_at(host_config, "RestartPolicy.MaximumRetryCount", 0);

    if (str_eq(name, "always"))
        return true;
    if (str_eq(name, "unless-stopped"))
        return !c->manually_stopped;
    return str_eq(name, "on-failure") && exit_code != 0 && (most == 0 || c->restart_count < most);
}

static nanos next_backoff(nanos last, nanos lasted)
{
    if (last == 0 || lasted >= RAN_WELL)
        return BACKOFF_FIRST;
    return last * 2 < BACKOFF_MOST ? last * 2 : BACKOFF_MOST;
}

static bool is_closing(struct containers *all)
{
    bool closing;

    pthread_mutex_lock(&all->lock);
    closing = all->closing;
    pthread_mutex_unlock(&all->lock);
    return closing;
}

/* Waits until it is time, or the restart is not wanted any more. True: go on. */
static bool wait_for_turn(struct container *c)
{
    struct timespec until;
    bool go;

    clock_gettime(CLOCK_REALTIME, &until);
    pthread_mutex_lock(&c->lock);
    until.tv_sec += c->backoff / NANOS_PER_SECOND;
    until.tv_nsec += c->backoff % NANOS_PER_SECOND;
    if (until.tv_nsec >= NANOS_PER_SECOND) {
        until.tv_sec++;
        until.tv_nsec -= NANOS_PER_SECOND;
    }
    while (c->state.restarting && !c->stop_asked && !c->gone)
        if (pthread_cond_timedwait(&c->changed, &c->lock, &until) == ETIMEDOUT)
            break;
    go = c->state.restarting && !c->stop_asked && !c->gone;
    pthread_mutex_unlock(&c->lock);
    return go && !is_closing(c->all);
}

/* What was waiting to be restarted stays down. */
static void give_up(struct container *c)
{
    pthread_mutex_lock(&c->lock);
    c->state.running = c->state.restarting = false;
    waits_mark(c);
    pthread_mutex_unlock(&c->lock);
    container_save(c, NULL);
    pthread_mutex_lock(&c->lock);
    waits_notify(c, false);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void *restarter_main(void *arg)
{
    struct container *c = arg;
    struct containers *all = c->all;
    bool go = wait_for_turn(c);

    wait_until_settled(all);

    if (move_begin(c, NULL) == 0) {
        if (container_state(c).restarting && (!go || c->stop_asked || start_moving(c, NULL) < 0))
            give_up(c);
        move_end(c);
    }
    container_unref(c);
    thread_done(all);
    return NULL;
}

void restart_later(struct container *c, nanos lasted)
{
    pthread_mutex_lock(&c->lock);
    c->backoff = next_backoff(c->backoff, lasted);
    pthread_mutex_unlock(&c->lock);
    if (thread_run(c->all, restarter_main, container_ref(c), NULL) == 0)
        return;
    container_unref(c);
    give_up(c);
}
