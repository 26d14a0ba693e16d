/* base/resolve.h - names that somebody else chose, inside of a root that they must not leave. */
#ifndef BASE_RESOLVE_H
#define BASE_RESOLVE_H

#include <sys/types.h>

#include "base/error.h"

enum resolve_bounds {
    RESOLVE_AS_ROOT, /* the root is "/": ".." stays in it, absolute links begin at it (openat2(2), RESOLVE_IN_ROOT) */
    RESOLVE_INSIDE, /* what leads out is refused with EXDEV (RESOLVE_BENEATH) */
};

/* Returns a descriptor, close-on-exec, or -1 with errno of openat2(2): EXDEV it leads out, ELOOP too many links. */
int resolve_open(int root_fd, const char *path, int flags, mode_t mode, enum resolve_bounds how);
/* The same without openat2(2), for where there is none. Not for callers: resolve_open() comes here by itself. */
int resolve_walk(int root_fd, const char *path, int flags, mode_t mode, enum resolve_bounds how);

/* resolve_open() as root, with the reason in `err`; ERR_NOT_FOUND for what does not exist. */
int open_in_root(int root_fd, const char *path, int flags, mode_t mode, struct error *err);

#endif
