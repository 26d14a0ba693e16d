/* prove/session_inside.h - inside prove/: what the two sources of answers share. */
#ifndef PLIMSOLL_PROVE_SESSION_INSIDE_H
#define PLIMSOLL_PROVE_SESSION_INSIDE_H

#include "harness/wire/server.h"
#include "prove/session.h"

#include <pthread.h>

struct session {
    struct session_options options;
    struct server *server;
    uint64_t begin_ms;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned requests;   /* that have begun */
    unsigned open;       /* of them: not yet over */
    unsigned long heard; /* bytes that clients sent into streams */
    struct recorded **list;
    size_t count;
};

/* Clients have sent so many bytes into a stream. */
void session_heard(struct session *session, size_t size);

/* The answer, into the sink; returns when it is over or the client is gone. */
void live_answer(struct session *session, struct server_connection *client, const struct outgoing *request,
                 const char *method, const struct sink *to);
void replay_answer(struct session *session, struct server_connection *client,
                   const struct server_request *request, const struct sink *to);

/* Does what a refused request asked for, or some harm of that kind, by requests of its own. */
void effect_carry_out(const struct wire_target *engine, const char *scene, const char *operation,
                      const char *path, const struct buffer *body);

#endif
