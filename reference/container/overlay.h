/* container/overlay.h - an image's tree with changes on top, for the builder: it works on one without a container, and makes
 * layers of what containers changed. */
#ifndef CONTAINER_OVERLAY_H
#define CONTAINER_OVERLAY_H

#include <sys/types.h>

#include "base/error.h"
#include "base/strv.h"

/* Mounts at `merged` what `lower` holds (top first, at least one), with `upper` for what changes. All exist, on one file system
 * but for `lower`. Ended by umount2(2). */
int overlay_mount(const struct strv *lower, const char *upper, const char *work, const char *merged,
                  struct error *err);
struct container;
/* The directory that holds what a container changed of its image, in the form of overlayfs; the caller frees the name. */
char *container_upper(const struct container *c);

/* Makes `path` below root_fd, with its parents, owned by uid and gid where it is new. */
int dir_in_root(int root_fd, const char *path, uid_t uid, gid_t gid, struct error *err);

#endif
