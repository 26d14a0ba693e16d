/* prove/ledger.h - what was noticed, as a person reads it, as a machine reads it, and as a change of it is reviewed. */
#ifndef PLIMSOLL_PROVE_LEDGER_H
#define PLIMSOLL_PROVE_LEDGER_H

#include "prove/items.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum notice {
    NOTICE_NOT_TRIED, /* only an engine could tell, and there was none */
    NOTICE_NONE,      /* every case that was tried passes all the same */
    NOTICE_NOTICED,
    NOTICE_UNOBSERVABLE, /* nobody can, see unobservable.tsv */
};

/* One deviation of one item. */
struct point {
    const struct item *item;
    enum deviation_kind kind;
    enum notice notice;
    const char *reason;  /* why it is unobservable */
    char *by, *sentence; /* the clause that noticed it, and what it said */
    size_t by_case;      /* index into the recording */
    size_t next, others,
        tried;        /* cases: the next one, those that are not about the operation, and all so far */
    unsigned blocked; /* live tries that came to nothing, as when another's prune was at work */
    bool live;
};

enum standing {
    STANDING_NOTICED,      /* each of its points that somebody can notice was noticed */
    STANDING_UNNOTICED,    /* one was not */
    STANDING_UNEXERCISED,  /* no case meets it */
    STANDING_UNOBSERVABLE, /* nobody can notice any of its points, or meet it */
    STANDING_NOT_TRIED,
    STANDING_OTHER_VERSION, /* documented for other API versions only, and not met */
    STANDINGS,
};

struct ledger {
    const struct items *items;
    const struct recording *recording;
    const struct point *points; /* in the order of the items */
    size_t point_count;
};

/* Why that item, or that kind of deviation of it, cannot be noticed by anybody; NULL: it can. `kind` NULL: the item as a
 * whole. -1 from unobservable_check(): a line of the table is not of its form, and *why says which. */
const char *unobservable_reason(const struct item *item, const char *kind);
int unobservable_check(char **why);

/* A line for each operation, the totals, and, unless `brief`, what was not noticed. */
void ledger_print(const struct ledger *ledger, FILE *out, bool brief);
/* One line an item, in the order of the inventory. */
void ledger_write(const struct ledger *ledger, FILE *out);
json_t *ledger_to_json(const struct ledger *ledger);

#endif
