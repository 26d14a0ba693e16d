/* runtime/isolated.h - starting an OCI runtime on a hybrid cgroup host. */
#ifndef RUNTIME_ISOLATED_H
#define RUNTIME_ISOLATED_H

#include <stdbool.h>
#include <sys/types.h>

/* For a child between fork and exec: a mount namespace of its own, in which /sys/fs/cgroup/unified is not mounted, so that
 * crun takes the host for a v1 one. Only async-signal-safe calls. 0, or -1 with errno. */
int isolated_hide_unified(void);

#endif
