/* prove/deviation.h - one point at which what passes between suite and engine is made wrong.
 *
 * A deviation speaks about one operation and one thing in it: a member of an answer, a status, a header, an event, the
 * frames of a stream; or a parameter or member of a request, which then never reaches the engine, as if it did not know it.
 * Everything else passes byte for byte. */
#ifndef PLIMSOLL_PROVE_DEVIATION_H
#define PLIMSOLL_PROVE_DEVIATION_H

#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"
#include "prove/sink.h"

#include <jansson.h>
#include <stdbool.h>

enum deviation_kind {
    DEVIATION_REWRITE, /* nothing is changed, but JSON is written anew: the control of all that follow */
    /* answers: a member, by its path */
    DEVIATION_MISSING, /* left out */
    DEVIATION_TYPE,    /* of another type */
    DEVIATION_VALUE,   /* another value of the same type */
    DEVIATION_NULL,    /* [] becomes null */
    DEVIATION_OMITTED, /* "" is left out */
    DEVIATION_DATE,    /* a date in another form */
    /* answers: the rest */
    DEVIATION_STATUS,       /* another one of its class */
    DEVIATION_NO_HEADER,    /* left out */
    DEVIATION_OTHER_HEADER, /* of another value */
    DEVIATION_EVENT_LOST,
    DEVIATION_EVENT_TWICE,
    DEVIATION_EVENT_LATE,   /* after the one that follows it */
    DEVIATION_FRAME_KIND,   /* of a stream that does not exist */
    DEVIATION_FRAME_SWAP,   /* stdout for stderr */
    DEVIATION_FRAME_LENGTH, /* one too many */
    DEVIATION_FRAME_LAST,   /* never comes */
    DEVIATION_CUT,          /* the connection ends before the last bytes */
    DEVIATION_NO_UPGRADE,   /* 200 for 101 */
    /* requests */
    DEVIATION_PARAMETER, /* dropped: of the query */
    DEVIATION_FILTER,    /* dropped: a key of `filters` */
    DEVIATION_MEMBER,    /* dropped: of the body, by its path */
    DEVIATION_SENT_HEADER,
    DEVIATION_GATE,   /* a version below that of the gate is taken for the newest */
    DEVIATION_EFFECT, /* refused, and done all the same */
    DEVIATION_KINDS,
};

/* The texts are borrowed. */
struct deviation {
    enum deviation_kind kind;
    const char *operation;
    const char
        *name;  /* of the member, parameter, header, event ("container/start"), gate's version; NULL: none */
    int status; /* of the answer that is meant; 0: any */
    const char *type; /* of the member, as the inventory has it; for a gate the newest version */
};

const char *deviation_name(enum deviation_kind kind); /* "missing" */
/* Whether it needs an engine that answers: what a request without a parameter comes to, no recording knows. */
bool deviation_is_live(enum deviation_kind kind);
/* False: it is about a member of an answer, and no answer of this process had one so far. What an engine told when it was recorded, it
 * may not tell now. */
bool deviation_was_met(enum deviation_kind kind);
/* The status that stands in for that one. */
int deviation_other_status(int status);
/* Whether a member's value lets itself be changed in that way. */
bool deviation_fits(enum deviation_kind kind, const json_t *value);

/* Whether a refused request of that operation can be carried out all the same (effect.c). */
bool effect_is_known(const char *operation);

/* What is going to be sent; changed in place. */
struct outgoing {
    char *path; /* of the heap */
    struct wire_headers headers;
    struct buffer body;
};
void deviation_apply_to_request(const struct deviation *deviation, struct outgoing *request);

/* An answer's way through a deviation. `to` is where it goes on. */
struct deviator {
    const struct deviation *deviation; /* NULL: this answer passes as it is */
    const char *operation;
    struct sink to;
    int mode, status;
    char reason[64];
    struct wire_headers held; /* a head that waits for the length of its body */
    bool head_is_held;
    struct buffer body;
    struct buffer frame; /* the whole frame that waits for the next one */
    json_t *late;        /* the event that waits for the next one */
};

/* `operation` is the request's; the deviator is ended by its sink's end() or by deviator_clear(). */
void deviator_init(struct deviator *deviator, const struct deviation *deviation, const char *operation,
                   const struct sink *to);
struct sink deviator_sink(struct deviator *deviator);
void deviator_clear(struct deviator *deviator);

#endif
