/* container/container.h - containers: made, started, watched, ended, removed; and execs in them.
 *
 *     created --start--> running --exit--> exited --remove--> gone
 *                   pause v   ^ unpause
 *                        paused
 *
 * A container is a record (store/), a directory (overlayfs upper, bundle, log) and, while it runs, an
 * engine-shim. Config and HostConfig are kept as the JSON that the API takes and gives, checked and completed
 * once, at create; so nothing is lost between the two. Every move is made under the container's lock and in
 * one order: kernel, record, event. From any thread. */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "archive/tar.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strv.h"

struct events;
struct filters;
struct image_store;
struct networks;
struct runtimes;
struct volumes;

struct containers; /* all of them */
struct container;  /* one; counted references */

struct containers_config {
    const char *root; /* DATA/containers: records, logs, upper directories */
    const char *run;  /* EXEC/containers: shims' run directories */
    const char *shim_program;
    struct events *events;
    struct image_store *images;
    struct networks *networks;
    struct volumes *volumes;
    struct runtimes *runtimes;
};

/* Loads the records and takes up again what ran on while there was no daemon: live shims are watched, ends
 * that nobody saw are recorded with their exit codes. */
int containers_open(const struct containers_config *config, struct containers **ret, struct error *err);
/* Orderly end of the daemon: stops running containers by their stop signal and timeout, all at once. */
void containers_stop_all(struct containers *all);
struct containers *containers_close(struct containers *all);
void containers_count(struct containers *all, int64_t *running, int64_t *paused, int64_t *stopped);

/* -- create.c -- */
struct container_create {
    const char *name;     /* NULL: a name is made up */
    const char *platform; /* NULL */
    const json_t *body;   /* ContainerCreate's whole body */
    int api_version;
};
/* *warnings: array of strings (new reference). Errors as a Docker Engine words them: ERR_INVALID,
 * ERR_NOT_FOUND "No such image: ...", ERR_CONFLICT name in use. */
int container_create(struct containers *all, const struct container_create *request, char **id,
                     json_t **warnings, struct error *err);

/* By id, name ("web" or "/web") or id prefix. ERR_NOT_FOUND "No such container: REF". *ret is a new
 * reference. */
int container_find(struct containers *all, const char *ref, struct container **ret, struct error *err);
struct container *container_unref(struct container *c);
const char *container_id(const struct container *c);
bool container_has_tty(const struct container *c);

/* -- lifecycle.c -- */
int container_start(struct container *c, struct error *err); /* ERR_NOT_MODIFIED */
int container_stop(struct container *c, const char *signal, const int64_t *timeout_s,
                   struct error *err); /* ERR_NOT_MODIFIED; NULL: its own */
int container_restart(struct container *c, const char *signal, const int64_t *timeout_s, struct error *err);
/* A signal that is none is refused before the container is looked for, as Docker Engines do; `ref` is for the text. */
int container_signal_check(const char *ref, const char *signal, struct error *err);
int container_kill(struct container *c, const char *signal,
                   struct error *err); /* ERR_CONFLICT when it does not run */
int container_pause(struct container *c, struct error *err);
int container_unpause(struct container *c, struct error *err);
/* Ends the link that it calls `alias`. Fails: ERR_NOT_FOUND. */
int container_unlink(struct container *c, const char *alias, struct error *err);
int container_rename(struct container *c, const char *name, struct error *err);
struct container_remove {
    bool force, volumes, link;
};
int container_remove(struct container *c, const struct container_remove *how, struct error *err);
int container_prune(struct containers *all, const struct filters *filters, json_t **ret, struct error *err);
int container_update(struct container *c, const json_t *body, int api_version, json_t **warnings,
                     struct error *err);

/* -- wait.c: a wait is registered at once and answered later, so that the handler can send its headers in
 * between -- */
struct container_wait;
int container_wait_check(const char *condition,
                         struct error *err); /* ERR_INVALID, before a container is looked for */
int container_wait_begin(struct container *c, const char *condition, struct container_wait **ret,
                         struct error *err); /* ERR_INVALID */
/* 1: over, *code and *error (NULL or the reason, the caller frees it) are set; 0: not yet, after `ms`
 * milliseconds. */
/* Readable when it is over, for poll(2). */
int container_wait_fd(const struct container_wait *w);
int container_wait_poll(struct container_wait *w, int ms, int64_t *code, char **error);
struct container_wait *container_wait_end(struct container_wait *w);

/* -- inspect.c -- */
int container_inspect(struct container *c, bool size, int api_version, json_t **ret, struct error *err);
struct container_list_query {
    bool all, size;
    int64_t limit; /* <= 0: none */
    const struct filters *filters;
    int api_version;
};
int container_list(struct containers *all, const struct container_list_query *query, json_t **ret,
                   struct error *err);
int container_top(struct container *c, const char *ps_args, json_t **ret, struct error *err);
int container_stats(struct container *c, json_t **ret, struct error *err); /* one reading, without precpu */

/* What precpu_stats is before there is anything to compare with; a new reference. */
json_t *stats_empty_cpu(void);

/* -- streams.c -- */
struct container_attach {
    bool logs, stream, in, out, err;
    const char *detach_keys; /* NULL: ctrl-p,ctrl-q */
    bool bare;               /* without frames, also when there is no terminal */
};
/* A client's connection, taken over. */
struct byte_stream {
    void *user;
    ssize_t (*read)(void *user, void *bytes, size_t n, struct error *err);
    int (*write)(void *user, const void *bytes, size_t n, struct error *err);
    void (*shutdown)(void *user);
    int (*fd)(void *user);
    bool (*pending)(void *user);
};
/* What can be refused before the connection is taken over: paused, restarting (ERR_CONFLICT), bad detach keys (ERR_INVALID).
 * From here on no byte of a start that comes is missed. */
struct attachment;
int container_attach_begin(struct container *c, const struct container_attach *how, struct attachment **ret,
                           struct error *err);
/* The stream is as of shim_attach(); of a container that does not run yet it is connected when it starts. Returns when the
 * stream has ended, the client left or detached. */
int container_attach_serve(struct attachment *a, const struct byte_stream *client, struct error *err);
struct attachment *container_attach_end(struct attachment *a); /* NULL is fine, too; returns NULL */
DEFINE_SCOPED(struct attachment *, container_attach_end)
int container_resize(struct container *c, uint16_t rows, uint16_t cols, struct error *err);

struct container_logs {
    bool follow, out, err, timestamps, details;
    nanos since, until;
    int64_t tail; /* < 0: all */
};
/* Writes the log to `sink` in the form of the API (frames, or raw with a terminal) and, with follow, what
 * comes, until the container ends, `gone` says that the client left, or sink fails. */
int container_logs_check(struct container *c, struct error *err); /* ERR_NOT_IMPLEMENTED: it keeps no log */
int container_logs(struct container *c, const struct container_logs *how,
                   int (*sink)(void *user, const void *bytes, size_t n, struct error *err),
                   bool (*gone)(void *user), void *user, struct error *err);

/* -- exec.c -- */
int exec_create(struct container *c, const json_t *config, int api_version, char **id,
                struct error *err); /* ERR_CONFLICT: not running, paused */
struct exec;
int exec_find(struct containers *all, const char *id, struct exec **ret,
              struct error *err); /* ERR_NOT_FOUND "No such exec instance: ID" */
struct exec *exec_unref(struct exec *e);
/* Starts it; with `client` NULL detached. `how`, the body of the request, says with Tty that the client takes no frames. `ready` is called once the process runs and before any byte flows:
 * the handler hijacks there. */
int exec_start(struct exec *e, const json_t *how, const struct byte_stream *client,
               int (*ready)(void *user, struct error *err), void *user, struct error *err);
int exec_inspect(struct exec *e, json_t **ret, struct error *err);
int exec_resize(struct exec *e, uint16_t rows, uint16_t cols, struct error *err);

/* -- archive.c: files in and out. Paths are the client's; they never lead out of the container's root and its volumes. -- */
/* {"name", "size", "mode" (Go's os.FileMode), "mtime", "linkTarget"}, a new reference. `ref` is for the text of
 * ERR_NOT_FOUND "Could not find the file PATH in container REF". */
int container_path_stat(struct container *c, const char *ref, const char *path, json_t **ret,
                        struct error *err);
struct container_archive {
    const char *ref, *path;
    int (*begin)(void *user, const json_t *stat, struct error *err); /* once, before the first byte */
    tar_sink sink;
    void *user;
};
int container_archive(struct container *c, const struct container_archive *how, struct error *err);
struct container_extract {
    const char *ref, *path;
    bool no_overwrite_dir_nondir, copy_uid_gid;
    tar_source source; /* plain or compressed */
    void *user;
};
int container_extract(struct container *c, const struct container_extract *how, struct error *err);
/* The whole root without what is mounted in it. */
int container_export(struct container *c, tar_sink sink, void *user, struct error *err);
/* -- changes.c: array of {"Path", "Kind": 0 changed, 1 added, 2 deleted}, null when there are none -- */
int container_changes(struct container *c, json_t **ret, struct error *err);

/* -- commit.c -- */
struct container_commit {
    const char *repo, *tag; /* NULL or "": no name */
    const char *comment, *author, *engine_version;
    const json_t
        *config; /* ContainerConfig of the new image, completed by the container's; NULL: the container's */
    bool pause;  /* meanwhile, if it runs */
    int (*change)(void *user, json_t *config, struct error *err); /* before it is completed; NULL */
    void *user;
};
int container_commit_check(const struct container_commit *how,
                           struct error *err); /* the name, before all else */
/* *id: the image's, the caller frees it. Errors as a Docker Engine words them. */
int container_commit(struct container *c, const struct container_commit *how, char **id, struct error *err);

/* -- network.c: NetworkConnect and NetworkDisconnect on a container -- */
int container_network_connect(struct container *c, const char *network, const json_t *endpoint,
                              bool takes_mac, struct error *err);
int container_network_disconnect(struct containers *all, const char *container, const char *network,
                                 bool force, struct error *err);
/* {"id": {"Name":..,"EndpointID":..,"MacAddress":..,"IPv4Address":..,"IPv6Address":..}} of running containers
 * is kept by network/. */

#endif
