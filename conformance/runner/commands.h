/* runner/commands.h - one function per command; each returns the exit status. */
#ifndef PLIMSOLL_RUNNER_COMMANDS_H
#define PLIMSOLL_RUNNER_COMMANDS_H

#include "runner/options.h"
#include "runner/plan.h"

int command_run(const struct options *options, int argc, char **argv);
int command_list(const struct options *options);
int command_spec(const struct options *options);
int command_coverage(const struct options *options);
int command_diff(const struct options *options);
int command_view(const struct options *options);
int command_clean(const struct options *options);

/* All cases of this program and its clauses. -1 when they do not fit together, which is said on stderr. */
int catalogue_load(struct plan *plan, const struct clause_list **clauses);

#endif
