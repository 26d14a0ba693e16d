/* runner/progress.h - what a person sees while the cases run: on a terminal one line that stays, in a pipe
 * nothing but failures. */
#ifndef PLIMSOLL_RUNNER_PROGRESS_H
#define PLIMSOLL_RUNNER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

struct progress {
    FILE *out;
    bool terminal, colour;
    size_t total, done, of[6]; /* by enum verdict */
};

void progress_init(struct progress *progress, FILE *out, bool colour, size_t total);

/* Counts a case that is over; shows it when it failed or faulted. */
void progress_case(struct progress *progress, const json_t *one);

/* Draws the line again: `name` is a case that runs. */
void progress_draw(const struct progress *progress, const char *name);

/* Takes the line away. */
void progress_end(const struct progress *progress);

#endif
