/* api/system.h - what SystemInfo and SystemVersion say of the host and of how the daemon was started.
 *
 * What cannot change while the daemon runs is gathered once (facts.c); the rest is read for each answer (info.c). */
#ifndef API_SYSTEM_H
#define API_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/error.h"
#include "http/server.h"

/* All strings are owned by the struct. */
struct system_facts {
    /* given by the daemon */
    char *id; /* a UUID that stays with the data directory */
    char *data_root;
    char *default_runtime;
    json_t *runtimes; /* {"crun": {"path": "/usr/bin/crun"}} */
    bool debug;
    bool cgroup_v2;
    bool memory, swap, cpu_quota, cpu_shares, cpuset, pids, blkio;
    bool seccomp, apparmor;
    char *init_path; /* of tini; NULL when there is none */

    /* gathered by system_facts_gather() */
    char *kernel, *os, *os_version, *architecture, *go_arch, *backing_fs;
    int cpus;
    int64_t memory_bytes;
};

/* Fills in the second half. */
void system_facts_gather(struct system_facts *f);
void system_facts_clear(struct system_facts *f);
/* The UUID kept in `path`; one is made when there is none. The caller frees it. */
int system_id(const char *path, char **ret, struct error *err);

json_t *system_info(struct request *req);    /* SystemInfo's body for the request's version */
json_t *system_version(struct request *req); /* SystemVersion's body */
int system_data_usage_handler(struct request *req, struct reply *reply, struct error *err);
int system_events_handler(struct request *req, struct reply *reply, struct error *err);

#endif
