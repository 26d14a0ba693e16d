/* container/state.c - the state of a container: who may change it, and who waits for a change. */
#include "container/internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int move_begin(struct container *c, struct error *err)
{
    bool gone;

    pthread_mutex_lock(&c->lock);
    while (c->moving)
        pthread_cond_wait(&c->changed, &c->lock);
    gone = c->gone;
    if (!gone)
        c->moving = true;
    pthread_mutex_unlock(&c->lock);
    return gone ? error_set(err, ERR_NOT_FOUND, "No such container: %s", c->id) : 0;
}

void move_end(struct container *c)
{
    pthread_mutex_lock(&c->lock);
    c->moving = false;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

struct state container_state(struct container *c)
{
    struct state s;

    pthread_mutex_lock(&c->lock);
    s = c->state;
    pthread_mutex_unlock(&c->lock);
    s.error = NULL;
    return s;
}

const char *state_name(const struct state *s)
{
    if (s->running)
        return s->paused ? "paused" : s->restarting ? "restarting" : "running";
    if (s->removing)
        return "removing";
    if (s->dead)
        return "dead";
    return s->started == 0 ? "created" : "exited";
}

int state_not_running(struct container *c, struct error *err)
{
    return error_set(err, ERR_CONFLICT, "container %s is not running", c->id);
}

/* -- waiting (wait.c of container.h) -- */

/* Why it did not start is told to who asks afterwards; a stop or a removal that is waited for has a code alone. */
static void wait_finish(struct container_wait *w, const struct state *s, bool afterwards)
{
    w->done = true;
    w->code = s->exit_code;
    w->error = afterwards && s->error ? xstrdup(s->error) : NULL;
    eventfd_write(w->fd, 1);
}

void waits_mark(struct container *c)
{
    for (struct container_wait *w = c->waits; w; w = w->next)
        w->due = true;
}

void waits_notify(struct container *c, bool removed)
{
    for (struct container_wait *w = c->waits; w; w = w->next)
        if (!w->done && (removed || (w->due && !w->removed_only)))
            wait_finish(w, &c->state, false);
}

int container_wait_check(const char *condition, struct error *err)
{
    if (str_empty(condition) || str_eq(condition, "not-running") || str_eq(condition, "next-exit") ||
        str_eq(condition, "removed"))
        return 0;
    return error_set(err, ERR_INVALID, "invalid condition: \"%s\"", condition);
}

int container_wait_begin(struct container *c, const char *condition, struct container_wait **ret,
                         struct error *err)
{
    struct container_wait *w;
    bool any = str_empty(condition) || str_eq(condition, "not-running");

    if (container_wait_check(condition, err) < 0)
        return -1;
    w = new_zeroed(struct container_wait);
    w->removed_only = str_eq(condition, "removed");
    w->c = container_ref(c);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->fd < 0) {
        error_errno(err, "eventfd");
        container_unref(c);
        free(w);
        return -1;
    }
    pthread_mutex_lock(&c->lock);
    w->next = c->waits;
    c->waits = w;
    if (c->gone || (any && !c->state.running))
        wait_finish(w, &c->state, true);
    pthread_mutex_unlock(&c->lock);
    *ret = w;
    return 0;
}

int container_wait_fd(const struct container_wait *w)
{
    return w->fd;
}

int container_wait_poll(struct container_wait *w, int ms, int64_t *code, char **error)
{
    struct pollfd p = { .fd = w->fd, .events = POLLIN };
    bool done;

    while (poll(&p, 1, ms) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&w->c->lock);
    done = w->done;
    if (done && code)
        *code = w->code;
    if (done && error)
        *error = w->error ? xstrdup(w->error) : NULL;
    pthread_mutex_unlock(&w->c->lock);
    return done ? 1 : 0;
}

struct container_wait *container_wait_end(struct container_wait *w)
{
    if (!w)
        return NULL;
    pthread_mutex_lock(&w->c->lock);
    for (struct container_wait **at = &w->c->waits; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    pthread_mutex_unlock(&w->c->lock);
    container_unref(w->c);
    close(w->fd);
    free(w->error);
    free(w);
    return NULL;
}
