/* container/stop.c - signals, stop, restart, pause: what is done to a container that runs.
 *
 * A stop waits for the end without holding anything: the watcher needs the move to record it. */
#include "container/internal.h"

#include <signal.h>
#include <stdio.h>

#include "runtime/runtime.h"

#define STOP_TIMEOUT_S 10
#define SIGNAL_MOST    64

static int stop_signal(struct container *c)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    int signal = SIGTERM;

    if (json_str_at(config, "StopSignal", "")[0])
        signal_parse(json_str_at(config, "StopSignal", ""), &signal, NULL);
    return signal;
}

/* A signal that means "end": its own stop signal or KILL, and any at all if it has no stop signal of its own. */
static bool means_end(struct container *c, int signal)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);

    return !json_str_at(config, "StopSignal", "")[0] || signal == SIGKILL || signal == stop_signal(c);
}

static json_t *signal_attribute(int signal)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", signal);
    return json_pack("{s:s}", "signal", text);
}

static void unpause_for_end(struct container *c)
{
    if (runtime_resume(c->all->runtimes, as_runtime_knows(c), NULL) < 0)
        return;
    pthread_mutex_lock(&c->lock);
    c->state.paused = false;
    pthread_mutex_unlock(&c->lock);
}

int kill_moving(struct container *c, int signal, struct error *err)
{
    struct state s = container_state(c);
    struct error own = { 0 };
    bool end = means_end(c, signal);

    if (!s.running)
        return state_not_running(c, err);
    pthread_mutex_lock(&c->lock);
    c->stop_asked = c->stop_asked || end;
    c->manually_stopped = true;
    pthread_cond_broadcast(&c->changed); /* a restarter gives up */
    pthread_mutex_unlock(&c->lock);
    if (s.restarting)
        return 0;
    if (runtime_kill(c->all->runtimes, as_runtime_knows(c), signal, &own) < 0 && own.kind != ERR_CONFLICT &&
        own.kind != ERR_NOT_FOUND) { /* those: it has ended, and the watcher is about to say so */
        if (err)
            *err = own;
        return -1;
    }
    container_event(c, "kill", signal_attribute(signal));
    if (end && s.paused) {
        unpause_for_end(c);
        container_event(c, "unpause", NULL);
    }
    return container_save(c, err);
}

static int kill_now(struct container *c, int signal, struct error *err)
{
    int rc;

    if (move_begin(c, err) < 0)
        return -1;
    rc = kill_moving(c, signal, err);
    move_end(c);
    return rc;
}

int container_signal_check(const char *ref, const char *signal, struct error *err)
{
    int number = SIGKILL;

    if (!str_empty(signal) && signal_parse(signal, &number, err) < 0)
        return error_wrap(err, "cannot kill container: %s", ref);
    if (number > SIGNAL_MOST)
        return error_set(err, ERR_INVALID,
                         "cannot kill container: %s: the linux daemon does not support signal %d", ref,
                         number);
    return 0;
}

int container_kill(struct container *c, const char *signal, struct error *err)
{
    scoped_free char *name = container_name(c);
    int number = SIGKILL;
    int rc;

    if (container_signal_check(name, signal, err) < 0)
        return -1;
    if (!str_empty(signal))
        signal_parse(signal, &number, NULL);
    if (number == SIGKILL) {
        struct container_wait *w = NULL;

        if (container_wait_begin(c, "not-running", &w, err) < 0)
            return -1;
        rc = kill_now(c, number, err);
        if (rc == 0) /* a container that was killed is not running when the client looks */
            container_wait_poll(w, 10000, NULL, NULL);
        container_wait_end(w);
    } else {
        rc = kill_now(c, number, err);
    }
    return rc < 0 ? error_wrap(err, "cannot kill container: %s", name) : 0;
}

int kill_waiting(struct container *c, struct error *err)
{
    struct container_wait *w = NULL;
    struct error own = { 0 };

    if (container_wait_begin(c, "not-running", &w, err) < 0)
        return -1;
    while (container_wait_poll(w, 0, NULL, NULL) == 0) {
        if (kill_now(c, SIGKILL, &own) < 0 && own.kind != ERR_CONFLICT && own.kind != ERR_NOT_FOUND) {
            container_wait_end(w);
            if (err)
                *err = own;
            return -1;
        }
        if (container_wait_poll(w, 10000, NULL, NULL))
            break;
    }
    container_wait_end(w);
    return 0;
}

static int64_t stop_timeout(struct container *c, const int64_t *given)
{
    scoped(json_decref) json_t *config = NULL;

    if (given)
        return *given;
    config = container_config(c, NULL);
    return json_int_at(config, "StopTimeout", STOP_TIMEOUT_S);
}

int stop_waiting(struct container *c, const char *signal, const int64_t *timeout_s, struct error *err)
{
    int64_t timeout = stop_timeout(c, timeout_s);
    int number = stop_signal(c), ms;
    struct container_wait *w = NULL;
    bool over = false;

    if (!str_empty(signal) && signal_parse(signal, &number, err) < 0)
        return error_as(err, ERR_SYSTEM);
    if (container_wait_begin(c, "not-running", &w, err) < 0)
        return -1;
    ms = timeout < 0 ? -1 : timeout > 2000000 ? 2000000000 : (int)(timeout * 1000);
    if (kill_now(c, number, NULL) < 0 && ms != 0)
        ms = 2000;
    over = container_wait_poll(w, ms, NULL, NULL) == 1;
    container_wait_end(w);
    return over ? 0 : kill_waiting(c, err);
}

int container_stop(struct container *c, const char *signal, const int64_t *timeout_s, struct error *err)
{
    scoped_free char *name = container_name(c);

    if (!container_state(c).running)
        return error_set(err, ERR_NOT_MODIFIED, "container %s is already stopped", c->id);
    if (stop_waiting(c, signal, timeout_s, err) < 0)
        return error_wrap(err, "cannot stop container: %s", name);
    container_event(c, "stop", NULL);
    return 0;
}

int container_restart(struct container *c, const char *signal, const int64_t *timeout_s, struct error *err)
{
    scoped_free char *name = container_name(c);

    if (container_state(c).running) {
        pthread_mutex_lock(&c->lock);
        c->manually_restarted = true;
        pthread_mutex_unlock(&c->lock);
        if (stop_waiting(c, signal, timeout_s, err) < 0)
            return error_wrap(err, "cannot restart container: %s", name);
        container_event(c, "stop", NULL);
    }
    if (container_start(c, err) < 0 && (!err || err->kind != ERR_NOT_MODIFIED))
        return error_wrap(err, "cannot restart container: %s", name);
    container_event(c, "restart", NULL);
    return 0;
}

/* -- pause -- */

static void set_paused(struct container *c, bool paused)
{
    pthread_mutex_lock(&c->lock);
    c->state.paused = paused;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

int pause_moving(struct container *c, struct error *err)
{
    struct state s = container_state(c);

    if (!s.running)
        return state_not_running(c, err);
    if (s.paused)
        return error_set(err, ERR_CONFLICT, "Container %s is already paused", c->id);
    if (s.restarting)
        return error_set(err, ERR_CONFLICT, "Container %s is restarting, wait until the container is running",
                         c->id);
    if (runtime_pause(c->all->runtimes, as_runtime_knows(c), err) < 0)
        return error_wrap(err, "cannot pause container %s", c->id);
    set_paused(c, true);
    if (container_save(c, err) < 0)
        return -1;
    container_event(c, "pause", NULL);
    return 0;
}

int unpause_moving(struct container *c, struct error *err)
{
    if (!container_state(c).paused)
        return error_set(err, ERR_SYSTEM, "Container %s is not paused", c->id);
    if (runtime_resume(c->all->runtimes, as_runtime_knows(c), err) < 0)
        return error_wrap(err, "cannot unpause container %s", c->id);
    set_paused(c, false);
    if (container_save(c, err) < 0)
        return -1;
    container_event(c, "unpause", NULL);
    return 0;
}

int container_pause(struct container *c, struct error *err)
{
    int rc;

    if (move_begin(c, err) < 0)
        return -1;
    rc = pause_moving(c, err);
    move_end(c);
    return rc;
}

int container_unpause(struct container *c, struct error *err)
{
    int rc;

    if (move_begin(c, err) < 0)
        return -1;
    rc = unpause_moving(c, err);
    move_end(c);
    return rc;
}
