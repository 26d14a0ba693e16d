/* events/events.h - what happened, to whoever listens, and the last 256 again to whoever asks with since=.
 * (OpenAPI: SystemEvents.) Publishing never blocks on a listener: each has a queue of at most 4096; one that overflows is ended.
 * From any thread. */
#ifndef EVENTS_EVENTS_H
#define EVENTS_EVENTS_H

#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"

struct events;         /* the hub */
struct event_listener; /* one reader */

struct events *events_new(void);
/* `attributes` (an object of strings, or NULL) is taken over. The time is now, and never less than the last one's. */
void events_publish(struct events *hub, const char *type, const char *action, const char *actor_id,
                    json_t *attributes);

struct event_query {
    nanos since, until; /* 0: none. With since, what is kept from then on is replayed first */
};

struct event_listener *events_listen(struct events *hub, const struct event_query *query);
/* The next event as the API has it: {Type, Action, Actor:{ID,Attributes}, scope, time, timeNano} (a new reference). Returns 1; 0
 * when `until` is reached, the hub closes or the listener overflowed; waits at most `ms` (-1: no limit) and then returns 2. */
int events_next(struct event_listener *l, int ms, json_t **ret);
int events_fd(const struct event_listener *l); /* readable when events_next() would not wait (eventfd) */
struct event_listener *events_unlisten(struct event_listener *l);
size_t events_listeners(struct events *hub); /* how many there are */
/* Ends every listener, now and later ones too: for the daemon's end. */
void events_close(struct events *hub);
struct events *events_free(struct events *hub);

#endif
