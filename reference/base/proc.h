/* base/proc.h - other programs. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

/* What a child gets. Descriptors of -1 become /dev/null. All others of the daemon are close-on-exec. */
struct proc_spec {
    const char *const *argv; /* argv[0] is looked up in PATH */
    const char *const *env;  /* NULL: the daemon's own */
    const char *dir;         /* NULL: the daemon's own */
    int in, out, err;
    const int *keep; /* descriptors that the child also gets, as 3, 4, ... in this order */
    size_t keep_count;
};

/* vfork-like (posix_spawn): cheap also for a big parent. *ret is the child's pid. */
int proc_spawn(const struct proc_spec *spec, pid_t *ret, struct error *err);
/* Waits for its end. *status: exit code, or 128 + signal. */
int proc_wait(pid_t pid, int *status, struct error *err);
/* Runs to the end; what it wrote to both outputs (the first `max` bytes) goes to *output, which may be NULL.
 * Fails only when it could not be run; the exit status is *status. */
int proc_run(const char *const *argv, size_t max, struct str *output, int *status, struct error *err);

#endif
