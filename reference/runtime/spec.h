/* runtime/spec.h - from a plain struct to the config.json of an OCI bundle (OCI runtime-spec, config.md and
 * config-linux.md).
 *
 * Default capabilities, devices, masked and read-only paths, and the seccomp profile (built for this host's
 * architecture) are those of a Docker Engine; a container that asks for nothing gets exactly what it would
 * get there. */
#ifndef RUNTIME_SPEC_H
#define RUNTIME_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"
#include "runtime/runtime.h"

struct spec_mount {
    const char *source, *target, *type; /* "bind", "tmpfs" ... */
    const char *options;                /* "rbind,ro,rprivate" */
};

struct spec_user {
    uint32_t uid, gid;
    const uint32_t *extra;
    size_t extra_count;
};

/* Everything the bundle says. Strings are borrowed. */
struct spec {
    const char *id, *rootfs;
    bool readonly_rootfs;
    struct strv args, env;
    const char *cwd, *hostname, *domainname;
    struct spec_user user;
    bool tty;
    uint16_t tty_rows, tty_cols;                  /* 0: the runtime's default */
    bool privileged, no_new_privileges, init;     /* init: tini is mounted and put in front of args */
    const char *netns;                            /* path; NULL: the host's */
    const char *pidns, *ipcns, *utsns, *cgroupns; /* NULL: a new one; "host"; or a path */
    const json_t
        *host_config; /* capabilities, resources, devices, ulimits, sysctls, masked paths, security options */
    const struct spec_mount *mounts;
    size_t mount_count;
    const json_t *annotations;
};

/* *ret: the document. ERR_INVALID for an unknown capability, ERR_SYSTEM for what a Docker Engine refuses at start with
 * 500 (a device that is not there, a bad seccomp profile, rule or tmpfs option). A mount of `mounts` replaces a default one
 * with the same target. Limits whose controller this host lacks are left out. `env` is taken as it is, TERM included. */
/* What can be refused when a container is created: ERR_INVALID "invalid CapAdd: unknown capability: ...". */
int spec_check(const json_t *host_config, struct error *err);
int spec_make(const struct spec *spec, const struct runtimes *r, json_t **ret, struct error *err);

/* The process object for `exec` (config.md "process"): `base` is the container's own spec; NULL members of
 * `config` (the API's ExecConfig) are inherited. */
int spec_exec_process(const json_t *base, const json_t *config, const struct spec_user *user, json_t **ret,
                      struct error *err);

/* "name", "uid", "name:group", "uid:gid" looked up in the container's own /etc/passwd and /etc/group below
 * `rootfs`; names in `group_add` too. The extra ids are the caller's to free. ERR_SYSTEM (dockerd says 500)
 * "unable to find user NAME: no matching entries in passwd file". *home (may be NULL): the home directory, the caller frees
 * it. */
int spec_find_user(const char *rootfs, const char *user, const json_t *group_add, struct spec_user *ret,
                   char **home, struct error *err);

#endif
