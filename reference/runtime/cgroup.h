/* runtime/cgroup.h - a container's control groups: freezing, processes, readings (cgroups(7)). Private to runtime/. */
#ifndef RUNTIME_CGROUP_H
#define RUNTIME_CGROUP_H

#include <sys/types.h>

#include "runtime/runtime.h"

void cgroup_detect(struct host *ret);
/* A container's group, relative to a hierarchy's root, without a leading '/'; the caller frees it. `parent`: HostConfig.CgroupParent,
 * from whose root no ".." leads out; "" or NULL: host->cgroup_parent. */
char *cgroup_path(const struct host *host, const char *parent, const char *id);
/* `path`: relative to a hierarchy's root, without a leading '/'. */
int cgroup_freeze(const struct host *host, const char *path, bool frozen, struct error *err);
/* Ascending; also those of groups below. ERR_NOT_FOUND: there is no such group. */
int cgroup_pids(const struct host *host, const char *path, pid_t **ret, size_t *count, struct error *err);
int cgroup_stats(const struct host *host, const char *path, json_t **ret, struct error *err);
/* Removes an empty parent in every hierarchy. */
void cgroup_remove(const struct host *host, const char *path);

#endif
