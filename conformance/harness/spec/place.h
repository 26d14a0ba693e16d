/* spec/place.h - the tables of the inventory as a tree: what is said of each place of a body.
 *
 * The tables name a place by its path; a walk through a body goes down this tree instead, so that each member
 * costs one search among its neighbours. A map and an object look alike in JSON, and the table knows which it
 * is: below a map there is the one place "{*}", below an array the one place "[]". */
#ifndef PLIMSOLL_SPEC_PLACE_H
#define PLIMSOLL_SPEC_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct place {
    char *step;          /* "Pid", "[]", "{*}"; "$" for the whole */
    const char *type;    /* "array<string>"; NULL: the tables do not say */
    const char *form;    /* as form.h has it; NULL: any */
    bool nullable;       /* may be null */
    bool null_if_empty;  /* an empty list is told as null, never as [] */
    bool always;         /* is there whenever what it is in is */
    struct place *below; /* sorted by step */
    size_t count;
};

/* Of the 2xx bodies of the operation at that version, and of its request bodies. Borrowed: each is made once
 * and stays. An operation that is in no table has a root without anything. */
const struct place *places_of_answer(const char *operation, const char *version);
const struct place *places_of_request(const char *operation);

/* What is below a place: of that member, or what stands for any of a map. NULL: the tables do not know it. */
const struct place *place_member(const struct place *place, const char *name);
const struct place *place_element(const struct place *place); /* of an array */
bool place_is_map(const struct place *place);

#endif
