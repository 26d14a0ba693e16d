/* runtime/runtime.h - the OCI runtime: finding one that works here, and asking it to do things.
 *
 * crun by default, runc and others by name. Which cgroup layout the host has (v1, v2, hybrid) decides what
 * works: crun refuses a hybrid one unless /sys/fs/cgroup/unified is unmounted in the mount namespace it is
 * started in. (OCI runtime-spec; crun(1), runc(8).) */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"

enum cgroup_layout { CGROUP_V1, CGROUP_V2, CGROUP_HYBRID };

/* What this host can do; found out once at start, by looking and by trying. */
struct host {
    enum cgroup_layout cgroups;
    bool memory, swap, cpu_quota, cpu_shares, cpuset, pids, blkio, freezer; /* controllers we can use */
    bool seccomp, apparmor;
    bool overlay;
    bool blkio_weight;   /* of blkio, which a kernel may lack alone */
    char *cgroup_parent; /* below which containers' cgroups are made: "engined/<instance>" */
};

struct runtimes; /* by name, one of them the default */

struct runtimes_config {
    const char *exec_root;    /* the runtimes keep their state in DIR/<name> */
    const char *instance;     /* keeps two engines apart */
    const char *default_name; /* NULL: the first of crun, runc that works */
    const json_t *more;       /* {"name": "/path"}; may be NULL */
};

int runtimes_open(const struct runtimes_config *config, struct runtimes **ret, struct error *err);
struct runtimes *runtimes_close(struct runtimes *r);
const struct host *runtimes_host(const struct runtimes *r);
const char *runtimes_default(const struct runtimes *r);
json_t *runtimes_json(const struct runtimes *r); /* {"crun":{"path":"/usr/bin/crun"}, ...}; a new reference */
bool runtime_exists(const struct runtimes *r, const char *name);
/* The argv with which a runtime is called: its path, global options (--root DIR ...); verb and id follow. */
int runtime_argv(const struct runtimes *r, const char *name, struct strv *ret,
                 struct error *err); /* ERR_INVALID unknown runtime */

/* A container, as these verbs know it. */
struct runtime_container {
    const char *id;
    const char *runtime;       /* its name; "": the default one */
    const char *cgroup_parent; /* HostConfig.CgroupParent; "": below our own */
};

/* runtime/programs.h, for a document (config.json) before its container is made, and afterwards. */
void runtime_offer_program(const struct runtimes *r, const char *name, json_t *document);
void runtime_learn_program(const struct runtimes *r, struct runtime_container c, const json_t *document);

/* Plain verbs; the daemon calls these. A signal goes to the container's init by pidfd,
 * to all its processes when the init is not process 1 of a pid namespace and the signal is KILL; ERR_CONFLICT when it does
 * not run. Pause and resume write the freezer themselves and return when all is frozen or thawed. */
int runtime_kill(const struct runtimes *r, struct runtime_container c, int signal, struct error *err);
int runtime_pause(const struct runtimes *r, struct runtime_container c, struct error *err);
int runtime_resume(const struct runtimes *r, struct runtime_container c, struct error *err);
int runtime_delete(const struct runtimes *r, struct runtime_container c,
                   struct error *err); /* forced; what is gone is fine */
/* Pids inside (in our pid namespace, ascending), by the container's cgroup. The caller frees *ret. */
int runtime_pids(const struct runtimes *r, struct runtime_container c, pid_t **ret, size_t *count,
                 struct error *err);
/* `resources`: members as in HostConfig (ContainerUpdate); what is 0 or missing stays as it is. */
int runtime_update(const struct runtimes *r, struct runtime_container c, const json_t *resources,
                   struct error *err);

/* Readings of a container's cgroup, as ContainerStats sends them: cpu_stats, memory_stats, pids_stats,
 * blkio_stats. */
int runtime_stats(const struct runtimes *r, struct runtime_container c, json_t **ret, struct error *err);

#endif
