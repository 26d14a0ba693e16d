/* prove/items.h - the things that can be made wrong, and which recorded cases met each of them.
 *
 * Most are lines of the inventory: members, parameters, filter keys, statuses, headers. What the inventory does not list is
 * taken from what was recorded: events by type and action, streams, refusals. */
#ifndef PLIMSOLL_PROVE_ITEMS_H
#define PLIMSOLL_PROVE_ITEMS_H

#include "prove/deviation.h"
#include "prove/recording.h"

#include <stdbool.h>
#include <stddef.h>

enum item_class {
    ITEM_FIELD, /* of an answer */
    ITEM_STATUS,
    ITEM_HEADER, /* of an answer */
    ITEM_PARAMETER,
    ITEM_FILTER,      /* a key of the parameter `filters` */
    ITEM_MEMBER,      /* of a request's body */
    ITEM_SENT_HEADER, /* of a request */
    ITEM_EVENT,
    ITEM_STREAM,
    ITEM_REFUSAL, /* a status that must have changed nothing */
    ITEM_GATE,    /* between two API versions, one of which the engine does not mind */
    ITEM_CLASSES,
};

struct item {
    enum item_class class;
    const char *operation;
    char *name; /* of the member, parameter, header, event; "" where there is none */
    int status; /* of a status, a header, a refusal; else 0 */
    const char *type;
    unsigned long kinds; /* bit by enum deviation_kind: those that change something that was recorded */
    size_t *cases;       /* indexes into the recording: those that met it, the most promising first */
    size_t case_count;
    bool documented; /* at the recording's API version */
};

struct items {
    struct item *list;
    size_t count;
};

const char *item_class_name(enum item_class class);

/* Only operations that a case of the recording met. End with items_clear(). */
void items_make(const struct recording *recording, struct items *ret);
void item_clear(struct item *item);
void items_clear(struct items *items);

/* The deviation of that kind at the item. */
struct deviation item_deviation(const struct item *item, enum deviation_kind kind);

/* Whether a case says that it is about the operation: the id names a clause of its section. */
bool case_is_about(const char *id, const char *operation);

#endif
