/* container/streams.c - ContainerAttach, ContainerResize.
 *
 * Who attaches before the start (docker run does) puts itself on a list; the start connects it to the shim between the
 * shim's first breath and the process's. It is on the list before its client hears that it is attached, so that a client
 * that starts the container then misses no byte. */
#include "container/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct attachment {
    struct container *c;
    bool tty, bare, logs, out, err;
    struct detach keys;
    bool wanted; /* of the streams, any */
    bool listed; /* for the start */
    struct pending_attach pending;
};

static int check_state(struct container *c, struct error *err)
{
    struct state s = container_state(c);

    if (s.paused)
        return error_set(err, ERR_CONFLICT, "container %s is paused, unpause the container before attach",
                         c->id);
    if (s.restarting)
        return error_set(err, ERR_CONFLICT, "container %s is restarting, wait until the container is running",
                         c->id);
    return 0;
}

static void connect_to_shim(struct attachment *a)
{
    scoped_free char *dir = container_run_dir(a->c);

    if (shim_attach(dir, NULL, &a->pending.streams, &a->pending.fd, NULL) < 0)
        a->pending.fd = -1; /* it has just ended */
}

/* For the start, unless it runs already. With the log a running one is connected when that is told: a line that is
 * written meanwhile would come twice. */
static void list_or_connect(struct attachment *a)
{
    struct container *c = a->c;
    bool running;

    pthread_mutex_lock(&c->lock);
    running = c->state.running && !c->state.restarting;
    a->listed = !running && !c->gone; /* of one that is removed nothing will come */
    if (a->listed) {
        a->pending.next = c->attaches;
        c->attaches = &a->pending;
    }
    pthread_mutex_unlock(&c->lock);
    if (running && !a->logs)
        connect_to_shim(a);
}

static void unlist(struct attachment *a)
{
    struct pending_attach **at = &a->c->attaches;

    pthread_mutex_lock(&a->c->lock);
    while (*at && *at != &a->pending)
        at = &(*at)->next;
    if (*at)
        *at = a->pending.next;
    else
        while (!a->pending.served) /* a start is at it just now */
            pthread_cond_wait(&a->c->changed, &a->c->lock);
    pthread_mutex_unlock(&a->c->lock);
    a->listed = false;
}

int container_attach_begin(struct container *c, const struct container_attach *how, struct attachment **ret,
                           struct error *err)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    bool tty = json_bool_at(config, "Tty", false);
    struct shim_streams streams;
    struct attachment *a;
    struct detach keys;
    int ready;

    if (detach_parse(how->detach_keys, &keys, err) < 0 || check_state(c, err) < 0)
        return -1;
    if ((ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        return error_errno(err, "eventfd");
    streams = (struct shim_streams){ .in = how->in && json_bool_at(config, "OpenStdin", false),
                                     .out = how->out || (tty && how->err),
                                     .err = how->err && !tty };
    a = new_zeroed(struct attachment);
    *a = (struct attachment){
        .c = container_ref(c),
        .tty = tty,
        .bare = how->bare,
        .logs = how->logs && (how->out || how->err),
        .out = how->out,
        .err = how->err,
        .keys = keys,
        .wanted = how->stream && (streams.in || streams.out || streams.err),
        .pending = {.streams = streams, .fd = -1, .ready = ready}
    };
    if (a->wanted)
        list_or_connect(a);
    *ret = a;
    return 0;
}

struct attachment *container_attach_end(struct attachment *a)
{
    if (!a)
        return NULL;
    if (a->listed)
        unlist(a);
    if (a->pending.fd >= 0)
        close(a->pending.fd);
    close(a->pending.ready);
    container_unref(a->c);
    free(a);
    return NULL;
}

/* Waits until the start has served it, or the client is gone. */
static void wait_for_start(struct attachment *a, const struct byte_stream *client)
{
    struct pollfd polls[2] = {
        {.fd = a->pending.ready, .events = POLLIN },
        { .fd = client->fd(client->user)                    }
    };

    while (poll(polls, 2, -1) < 0 || !(polls[0].revents | (polls[1].revents & (POLLHUP | POLLERR))))
        ;
}

static int log_sink(void *user, const void *bytes, size_t n, struct error *err)
{
    const struct byte_stream *client = user;

    return client->write(client->user, bytes, n, err);
}

static int write_logs(const struct attachment *a, struct byte_stream *client, struct error *err)
{
    struct container_logs logs = { .out = a->out, .err = a->err, .tail = -1 };

    return a->logs ? container_logs(a->c, &logs, log_sink, NULL, client, err) : 0;
}

static void wait_until_connected(struct attachment *a, const struct byte_stream *client)
{
    if (a->listed) {
        wait_for_start(a, client);
        unlist(a);
    } else if (a->logs) {
        connect_to_shim(a);
    }
}

int container_attach_serve(struct attachment *a, const struct byte_stream *stream, struct error *err)
{
    struct reframe unframed = { .client = stream };
    struct byte_stream client = a->bare && !a->tty ? reframed(&unframed) : *stream;
    enum pump_end end;

    if (write_logs(a, &client, err) < 0)
        return -1;
    container_event(a->c, "attach", NULL);
    if (!a->wanted)
        return 0;
    wait_until_connected(a, &client);
    if (a->pending.fd < 0)
        return 0;
    end = pump(&client, a->pending.fd, a->pending.streams.in, a->tty ? &a->keys : NULL);
    if (end == PUMP_DETACHED)
        container_event(a->c, "detach", NULL);
    return 0;
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
