/* prove/session.h - the proxy between one case and its engine: it listens at a socket of its own, and answers each request
 * either from an engine (and may record what passes) or from a recording. A deviation may lie on the way.
 *
 *     case --> server --(deviation)--> engine          live
 *     case <-- server <--(deviation)-- engine, recorder
 *     case <-- server <--(deviation)-- recording       replayed; time is then what the recording says
 *
 * One session for each process of a case; its threads end with the process. */
#ifndef PLIMSOLL_PROVE_SESSION_H
#define PLIMSOLL_PROVE_SESSION_H

#include "harness/wire/target.h"
#include "prove/deviation.h"
#include "prove/recording.h"

#include <stdbool.h>

struct session;

struct session_options {
    const char *socket;                /* where to listen; must not exist */
    const struct wire_target *engine;  /* live */
    const struct recorded_case *from;  /* replayed, instead of an engine */
    const struct deviation *deviation; /* NULL: none */
    const char *scene;                 /* value of the label plimsoll.scene, for DEVIATION_EFFECT */
    bool record;                       /* keep what passes, for session_exchanges() */
};

/* NULL with errno. The options' pointers are borrowed for as long as the process lives. */
struct session *session_open(const struct session_options *options);
/* No more connections, and those that are there have had a second to end. */
void session_close(struct session *session);
/* What passed so far, as in a recording; the caller unrefs it. */
json_t *session_exchanges(struct session *session);

#endif
