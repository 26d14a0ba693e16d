/* runtime/isolated.c - see isolated.h.
 *
 * The namespace belongs to the runtime process alone and goes with it: kept for longer (in the shim) it would pin every
 * mount of the host. Our mounts become slaves first, else the unmount would travel to the host. The price: what a
 * container mounts below a "shared" bind mount does not travel to a hybrid host. (mount_namespaces(7)) */
#include "runtime/isolated.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>

int isolated_hide_unified(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_SLAVE, NULL) < 0)
        return -1;
    if (umount2("/sys/fs/cgroup/unified", MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT)
        return -1;
    return 0;
}
