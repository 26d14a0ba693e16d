/* container/watch.c - the end of a container: seen by a thread that waits for its shim, or found out after a crash of ours. */
#include "container/internal.h"

#include <stdio.h>

#include "base/log.h"
#include "runtime/runtime.h"

struct watcher {
    struct container *c;
    unsigned start; /* which of its starts */
    bool moving, torn_down;
};

static json_t *end_attributes(int code, int64_t seconds)
{
    char exit_code[16], duration[24];

    snprintf(exit_code, sizeof(exit_code), "%d", code);
    snprintf(duration, sizeof(duration), "%lld", (long long)seconds);
    return json_pack("{s:s, s:s}", "execDuration", duration, "exitCode", exit_code);
}

/* The fields of a container that has ended. Returns whether its policy wants it back. */
static bool record_end(struct container *c, const struct shim_exit *exit)
{
    bool again;

    pthread_mutex_lock(&c->lock);
    again = !c->stop_asked && restart_wanted(c, c->host_config, exit->code);
    c->state.running = c->state.restarting = again;
    c->state.paused = false;
    c->state.pid = 0;
    c->state.exit_code = exit->code;
    c->state.oom_killed = exit->oom_killed;
    c->state.finished = exit->time;
    waits_mark(c); /* who begins to wait from here on has seen this end already */
    if (again)
        c->restart_count++;
    pthread_mutex_unlock(&c->lock);
    return again;
}

static void tell_end(struct container *c, const struct shim_exit *exit, int64_t seconds)
{
    if (exit->oom_killed)
        container_event(c, "oom", NULL);
    pthread_mutex_lock(&c->lock);
    waits_notify(c, false);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    container_event(c, "die", end_attributes(exit->code, seconds));
}

static bool removes_itself(struct container *c)
{
    bool yes;

    pthread_mutex_lock(&c->lock);
    yes = json_bool_at(c->host_config, "AutoRemove", false) && !c->manually_restarted;
    pthread_mutex_unlock(&c->lock);
    return yes;
}

/* What follows teardown(). */
static void settle_end(struct container *c, const struct shim_exit *exit)
{
    struct error err = { 0 };
    nanos lasted = exit->time - container_state(c).started;
    bool again;

    execs_forget(c);
    again = record_end(c, exit);
    if (container_save(c, &err) < 0)
        log_warn("container %s: its end was not recorded: %s", c->id, err.text);
    tell_end(c, exit, lasted / NANOS_PER_SECOND);
    if (again)
        restart_later(c, lasted);
    else if (removes_itself(c))
        remove_moving(c, &(struct container_remove){ .force = true, .volumes = true }, NULL);
}

void ended_moving(struct container *c, const struct shim_exit *exit)
{
    teardown(c);
    settle_end(c, exit);
}

void find_exit(struct container *c, struct shim_exit *ret)
{
    scoped_free char *dir = container_run_dir(c);

    if (shim_read_exit(dir, ret, NULL) == 0)
        return;
    /* the shim was killed and took what it knew along: nothing may run on that nobody keeps */
    runtime_delete(c->all->runtimes, as_runtime_knows(c), NULL);
    *ret = (struct shim_exit){ .code = 137, .time = clock_now() };
}

static bool is_current(const struct watcher *w)
{
    return w->c->starts == w->start && container_state(w->c).running;
}

/* Network and mounts go while the OCI runtime removes its cgroups: both mostly wait for the kernel. */
static void on_ending(void *user)
{
    struct watcher *w = user;

    if (move_begin(w->c, NULL) < 0)
        return;
    w->moving = true;
    w->torn_down = is_current(w);
    if (w->torn_down)
        teardown(w->c);
}

static void *watcher_main(void *arg)
{
    struct watcher *w = arg;
    struct container *c = w->c;
    struct containers *all = c->all;
    scoped_free char *dir = container_run_dir(c);
    struct shim_exit exit;

    if (shim_wait(dir, on_ending, w, &exit, NULL) < 0)
        find_exit(c, &exit);
    if (w->moving || move_begin(c, NULL) == 0) {
        if (w->torn_down)
            settle_end(c, &exit);
        else if (is_current(w))
            ended_moving(c, &exit);
        move_end(c);
    }
    container_unref(c);
    free(w);
    thread_done(all);
    return NULL;
}

int watch(struct container *c, struct error *err)
{
    struct watcher *w = new_zeroed(struct watcher);

    w->c = container_ref(c);
    w->start = c->starts;
    if (thread_run(c->all, watcher_main, w, err) == 0)
        return 0;
    container_unref(c);
    free(w);
    return -1;
}
