/* explore/explore.h - `plimsoll explore`: random walks over the life of containers, compared with a model of it. */
#ifndef PLIMSOLL_EXPLORE_EXPLORE_H
#define PLIMSOLL_EXPLORE_EXPLORE_H

#include "runner/options.h"

/* Returns the exit status: as `run`, 1 when engine and model disagree. */
int command_explore(const struct options *options);

#endif
