/* container/streams.c - ContainerAttach, ContainerResize.
 *
 * Who attaches before the start (docker run does) puts itself on a list; the start connects it to the shim between the
 * shim's first breath and the process's, so that no byte is missed. */
#include "container/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int container_attach_check(struct container *c, const char *detach_keys, struct error *err)
{
    struct state s = container_state(c);
    struct detach keys;

    if (detach_parse(detach_keys, &keys, err) < 0)
        return -1;
    if (s.paused)
        return error_set(err, ERR_CONFLICT, "container %s is paused, unpause the container before attach",
                         c->id);
    if (s.restarting)
        return error_set(err, ERR_CONFLICT, "container %s is restarting, wait until the container is running",
                         c->id);
    return 0;
}

static bool unlist(struct container *c, struct pending_attach *a)
{
    for (struct pending_attach **at = &c->attaches; *at; at = &(*at)->next) {
        if (*at == a) {
            *at = a->next;
            return true;
        }
    }
    return false;
}

/* Waits until the start has served `a`, or the client is gone: then it is off the list. */
static void wait_for_start(struct container *c, struct pending_attach *a, const struct byte_stream *client)
{
    for (;;) {
        struct pollfd polls[2] = {
            {.fd = a->ready, .events = POLLIN },
            { .fd = client->fd(client->user)            }
        };
        bool done;

        if (poll(polls, 2, -1) < 0 && errno != EINTR)
            continue;
        pthread_mutex_lock(&c->lock);
        done = a->served;
        if (!done && (polls[1].revents & (POLLHUP | POLLERR))) {
            done = unlist(c, a);
            while (!done && !a->served) /* a start is at it just now */
                pthread_cond_wait(&c->changed, &c->lock);
            done = true;
        }
        pthread_mutex_unlock(&c->lock);
        if (done)
            return;
    }
}

/* *fd: the stdio of the container; -1 when it will not start any more. */
static int connect_stdio(struct container *c, const struct shim_streams *streams,
                         const struct byte_stream *client, int *fd, struct error *err)
{
    struct pending_attach a = { .streams = *streams, .fd = -1 };
    scoped_free char *dir = container_run_dir(c);
    bool running, gone;

    a.ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (a.ready < 0)
        return error_errno(err, "eventfd");
    pthread_mutex_lock(&c->lock);
    running = c->state.running && !c->state.restarting;
    gone = c->gone;
    if (!running && !gone) {
        a.next = c->attaches;
        c->attaches = &a;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    if (running) {
        if (shim_attach(dir, NULL, streams, &a.fd, NULL) < 0)
            a.fd = -1; /* it has just ended */
    } else if (!gone) {
        wait_for_start(c, &a, client);
    }
    close(a.ready);
    *fd = a.fd;
    return 0;
}

struct log_target {
    const struct byte_stream *client;
};

static int log_sink(void *user, const void *bytes, size_t n, struct error *err)
{
    const struct byte_stream *client = ((struct log_target *)user)->client;

    return client->write(client->user, bytes, n, err);
}

static int write_logs(struct container *c, const struct container_attach *how,
                      const struct byte_stream *client, struct error *err)
{
    struct container_logs logs = { .out = how->out, .err = how->err, .tail = -1 };
    struct log_target target = { client };

    if (!how->logs || (!how->out && !how->err))
        return 0;
    return container_logs(c, &logs, log_sink, NULL, &target, err);
}

int container_attach(struct container *c, const struct container_attach *how,
                     const struct byte_stream *client, struct error *err)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    struct shim_streams streams = { .in = how->in && json_bool_at(config, "OpenStdin", false),
                                    .out = how->out,
                                    .err = how->err };
    bool tty = json_bool_at(config, "Tty", false);
    struct reframe unframed = { .client = client };
    struct byte_stream bare = reframed(&unframed);
    scoped_close int fd = -1;
    struct detach keys;
    enum pump_end end;

    if (how->bare && !tty)
        client = &bare;
    if (detach_parse(how->detach_keys, &keys, err) < 0 || write_logs(c, how, client, err) < 0)
        return -1;
    container_event(c, "attach", NULL);
    if (!how->stream || (!streams.in && !streams.out && !streams.err))
        return 0;
    if (tty)
        streams.err = false, streams.out = how->out || how->err;
    if (connect_stdio(c, &streams, client, &fd, err) < 0)
        return -1;
    if (fd < 0)
        return 0;
    end = pump(client, fd, streams.in, tty ? &keys : NULL);
    if (end == PUMP_DETACHED)
        container_event(c, "detach", NULL);
    return 0;
}

void container_await_attach(struct container *c)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 5;
    pthread_mutex_lock(&c->lock);
    while (!c->attaches && !c->gone && pthread_cond_timedwait(&c->changed, &c->lock, &deadline) == 0)
        ;
    pthread_mutex_unlock(&c->lock);
}

int container_resize(struct container *c, uint16_t rows, uint16_t cols, struct error *err)
{
    scoped_free char *dir = container_run_dir(c), *height = xasprintf("%u", rows),
                     *width = xasprintf("%u", cols);
    struct state s = container_state(c);

    if (!s.running || s.restarting)
        return state_not_running(c, err);
    if (container_has_tty(c) && shim_resize(dir, NULL, rows, cols, err) < 0)
        return -1;
    container_event(c, "resize", json_pack("{s:s, s:s}", "height", height, "width", width));
    return 0;
}
