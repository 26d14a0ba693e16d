/* events/events.c - see events.h.
 *
 * One lock for the hub and all its queues. A listener is told by its eventfd, so that a handler can wait for an event and for
 * its client's leaving at once. An event is kept as text, which takes less than its objects, and all queues share it. */
#include "events/events.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/scope.h"

#define KEPT_MAX  256
#define QUEUE_MAX 4096

struct event {
    nanos time;
    json_t *text; /* a string: JSON, counted by references */
};

struct queued {
    struct queued *next;
    struct event event;
};

struct event_listener {
    struct events *hub;
    struct event_listener *next;
    struct event_query query;
    struct queued *first, **last;
    size_t count;
    bool ended; /* overflowed, or the hub closed */
    int fd;
};

struct events {
    pthread_mutex_t lock;
    struct event kept[KEPT_MAX]; /* a ring; the oldest at `total % KEPT_MAX` once it is full */
    size_t total;
    nanos last_time;
    struct event_listener *listeners;
    bool closed;
};

struct events *events_new(void)
{
    struct events *hub = new_zeroed(struct events);

    pthread_mutex_init(&hub->lock, NULL);
    return hub;
}

static void wake(struct event_listener *l)
{
    ssize_t put = write(l->fd, &(uint64_t){ 1 }, sizeof(uint64_t));

    (void)put; /* a full counter wakes too */
}

/* Under the lock. */
static void enqueue(struct event_listener *l, const struct event *e)
{
    struct queued *q;

    if (l->ended || (l->query.until && e->time > l->query.until))
        return;
    if (l->count == QUEUE_MAX) {
        l->ended = true;
    } else {
        q = new_zeroed(struct queued);
        q->event = (struct event){ e->time, json_incref(e->text) };
        *l->last = q;
        l->last = &q->next;
        l->count++;
    }
    wake(l);
}

static json_t *text_of(const char *type, const char *action, const char *actor_id, json_t *attributes,
                       nanos now)
{
    scoped(json_decref) json_t *o = json_object();
    scoped_free char *text = NULL;

    json_put_str(o, "Type", type);
    json_put_str(o, "Action", action);
    json_put_str(o, "Actor.ID", actor_id);
    json_put(o, "Actor.Attributes", attributes ? attributes : json_object());
    json_put_str(o, "scope", "local");
    json_put(o, "time", json_integer(now / NANOS_PER_SECOND));
    json_put(o, "timeNano", json_integer(now));
    text = json_text(o);
    return json_string(text);
}

void events_publish(struct events *hub, const char *type, const char *action, const char *actor_id,
                    json_t *attributes)
{
    struct event e;
    struct event *slot;

    pthread_mutex_lock(&hub->lock);
    e.time = clock_now();
    if (e.time <= hub->last_time) /* the clock was set back, or is too coarse: order is worth more */
        e.time = hub->last_time + 1;
    hub->last_time = e.time;
    e.text = text_of(type, action, actor_id, attributes, e.time);
    slot = &hub->kept[hub->total++ % KEPT_MAX];
    json_decref(slot->text);
    *slot = e;
    for (struct event_listener *l = hub->listeners; l; l = l->next)
        enqueue(l, &e);
    pthread_mutex_unlock(&hub->lock);
}

/* Under the lock, so that no event is replayed and queued, or neither. */
static void replay(struct events *hub, struct event_listener *l)
{
    size_t first = hub->total > KEPT_MAX ? hub->total - KEPT_MAX : 0;

    for (size_t i = first; i < hub->total; i++) {
        const struct event *e = &hub->kept[i % KEPT_MAX];

        if (e->time >= l->query.since)
            enqueue(l, e);
    }
}

struct event_listener *events_listen(struct events *hub, const struct event_query *query)
{
    struct event_listener *l = new_zeroed(struct event_listener);

    l->hub = hub;
    l->query = *query;
    l->last = &l->first;
    l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_lock(&hub->lock);
    if (query->since)
        replay(hub, l);
    l->ended = hub->closed;
    if (l->ended)
        wake(l);
    l->next = hub->listeners;
    hub->listeners = l;
    pthread_mutex_unlock(&hub->lock);
    return l;
}

int events_fd(const struct event_listener *l)
{
    return l->fd;
}

/* 1: *ret is set; 0: the listener has ended; 2: nothing there. What was queued before the end is still given. */
static int take(struct event_listener *l, json_t **ret)
{
    struct queued *q;
    uint64_t count;
    ssize_t got;
    int result;

    pthread_mutex_lock(&l->hub->lock);
    q = l->first;
    if (q) {
        l->first = q->next;
        if (!l->first)
            l->last = &l->first;
        l->count--;
    }
    result = q ? 1 : l->ended ? 0 : 2;
    if (!l->first && !l->ended) {
        got = read(l->fd, &count, sizeof(count)); /* readable again with the next one */
        (void)got;
    }
    pthread_mutex_unlock(&l->hub->lock);
    if (q) {
        *ret = json_loads(json_string_value(q->event.text), 0, NULL);
        json_decref(q->event.text);
        free(q);
    }
    return result;
}

static int wait_ms(const struct event_listener *l, int ms)
{
    nanos left;

    if (!l->query.until)
        return ms;
    left = (l->query.until - clock_now()) / 1000000 + 1;
    if (left < 0)
        left = 0;
    if (left > INT32_MAX)
        left = INT32_MAX;
    return ms < 0 || left < ms ? (int)left : ms;
}

int events_next(struct event_listener *l, int ms, json_t **ret)
{
    nanos deadline = clock_monotonic() + (nanos)ms * 1000000;
    struct pollfd p = { .fd = l->fd, .events = POLLIN };

    for (;;) {
        int result = take(l, ret);
        nanos left = (deadline - clock_monotonic()) / 1000000;

        if (result != 2)
            return result;
        if (l->query.until && clock_now() >= l->query.until)
            return 0;
        if (ms >= 0 && left <= 0 && poll(&p, 1, 0) == 0)
            return 2;
        poll(&p, 1, wait_ms(l, ms < 0 ? -1 : left < 0 ? 0 : (int)left));
    }
}

static void drop_queue(struct event_listener *l)
{
    while (l->first) {
        struct queued *q = l->first;

        l->first = q->next;
        json_decref(q->event.text);
        free(q);
    }
}

struct event_listener *events_unlisten(struct event_listener *l)
{
    struct event_listener **at;

    if (!l)
        return NULL;
    pthread_mutex_lock(&l->hub->lock);
    for (at = &l->hub->listeners; *at != l; at = &(*at)->next)
        ;
    *at = l->next;
    pthread_mutex_unlock(&l->hub->lock);
    drop_queue(l);
    close(l->fd);
    free(l);
    return NULL;
}

size_t events_listeners(struct events *hub)
{
    size_t count = 0;

    pthread_mutex_lock(&hub->lock);
    for (struct event_listener *l = hub->listeners; l; l = l->next)
        count++;
    pthread_mutex_unlock(&hub->lock);
    return count;
}

void events_close(struct events *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->closed = true;
    for (struct event_listener *l = hub->listeners; l; l = l->next) {
        l->ended = true;
        wake(l);
    }
    pthread_mutex_unlock(&hub->lock);
}

struct events *events_free(struct events *hub)
{
    if (!hub)
        return NULL;
    for (size_t i = 0; i < KEPT_MAX; i++)
        json_decref(hub->kept[i].text);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
    return NULL;
}
