/* runner/shelf.h - the exchanges of the cases that are over, out of the way until the run ends.
 *
 * Each case runs in a fork of the runner, and a fork costs what the runner holds: the kernel copies its page tables, and takes them apart
 * again. By the end of a run the exchanges would be some hundred megabytes; so they wait in a temporary file. */
#ifndef PLIMSOLL_RUNNER_SHELF_H
#define PLIMSOLL_RUNNER_SHELF_H

#include <jansson.h>
#include <stddef.h>

struct shelf;

/* NULL where no temporary file can be had: all stays in memory then. */
struct shelf *shelf_open(void);
/* Takes `exchanges` out of the record of a case. What cannot be written stays where it is. */
void shelf_take(struct shelf *shelf, json_t *one);
/* Puts it back into each of the records; those that are NULL are passed over. */
void shelf_return(struct shelf *shelf, json_t **records, size_t count);
void shelf_close(struct shelf *shelf);

#endif
