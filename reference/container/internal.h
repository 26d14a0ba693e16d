/* container/internal.h - what the files of container/ share; nobody else includes it.
 *
 * Locks, in the order in which they may be taken:
 *
 *     1. the move of a container (move_begin): a state change is under way. Held while the runtime, the network and
 *        the disk work, which is bounded; never while waiting for a container's process to end.
 *     2. containers.lock: the index of names, the execs, the count of threads.
 *     3. container.lock: the fields below it. Held for a few reads or writes, never over a system call that may wait.
 *
 * No other domain (images, networks, volumes, events) is called with 2 or 3 held, since the image store calls back
 * (users of an image) with its own lock held. A move is never begun while another container's move is held.
 *
 * JSON values in a container are never changed once they are there: a change makes a copy and replaces the pointer
 * under the lock, and a reader copies what it wants under the lock. So inspection and listing never wait for a start,
 * and no value's count of references is touched by two threads. */
#ifndef CONTAINER_INTERNAL_H
#define CONTAINER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/filters.h"
#include "base/id.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"
#include "image/store.h"
#include "shim/shim.h"
#include "store/index.h"
#include "store/store.h"

struct containers {
    char *root, *run, *shim_program;
    struct events *events;
    struct image_store *images;
    struct networks *networks;
    struct volumes *volumes;
    struct runtimes *runtimes;
    struct store *store;

    pthread_mutex_t lock;
    pthread_cond_t idle; /* `threads` fell */
    struct index *index;
    struct map *execs;  /* id -> struct exec */
    struct map *naming; /* generated names of containers that are being made */
    size_t threads;     /* watchers, restarters, health checkers */
    bool settled;       /* recovery is over: what nobody owned is gone, and policies may start containers */
    bool closing;       /* no policy restarts anything any more */
};

struct state {
    bool running, paused, restarting, oom_killed, dead, removing;
    pid_t pid;
    int exit_code;
    char *error; /* why the last start failed; NULL */
    nanos started, finished;
};

/* Somebody who waits for a stop or a removal; see wait.c. */
struct container_wait {
    struct container_wait *next;
    struct container *c;
    bool removed_only, next_exit;
    bool due; /* it was there when the end came about that is told next */
    bool done;
    int64_t code;
    char *error;
    int fd; /* eventfd, readable when done */
};

/* Somebody who attached before the start; the start fills in `fd`. */
struct pending_attach {
    struct pending_attach *next;
    struct shim_streams streams;
    int fd;      /* of shim_attach(); -1 */
    int ready;   /* eventfd */
    bool served; /* `fd` is final */
};

struct health {
    char status[16]; /* "starting", "healthy", "unhealthy"; "" without a health check */
    int64_t failing_streak;
    json_t *log;         /* array, the last five */
    unsigned generation; /* of the start it belongs to */
};

struct container {
    atomic_uint refs;
    struct containers *all;
    char id[ID_LENGTH + 1];
    nanos created;
    char *image_id;                /* "" for none */
    struct image *image;           /* held as long as the container is; NULL when it is gone */
    struct image **mounted_images; /* of mounts of that type; held as long, too */
    size_t mounted_image_count;
    char *path; /* program */
    json_t *args;
    json_t *mounts;                /* mount points, see mounts.c; fixed at create */
    char *runtime, *cgroup_parent; /* of HostConfig; fixed at create, too */

    pthread_mutex_t
        root_lock;       /* of the next three, and of the mount itself; nothing else is taken under it */
    bool root_up;        /* mounted for a start */
    unsigned root_views; /* mounted for so many that look into it */
    bool root_gone;      /* removed, or about to be */

    pthread_mutex_t lock;
    pthread_cond_t changed; /* the end of a move, a change of state */
    bool moving;
    bool gone; /* removed: only references keep the memory */
    char *name;
    json_t *config, *host_config;
    json_t *asked;    /* name -> EndpointSettings as the client wanted them */
    json_t *networks; /* name -> EndpointSettings as they are */
    json_t *ports;    /* NetworkSettings.Ports while it runs, else {} */
    char *netns;      /* path while it runs; NULL */
    struct state state;
    struct health health;
    int64_t restart_count;
    unsigned starts;     /* how often it was started: tells threads of an earlier start that they are late */
    bool started_before; /* its paths show in inspect */
    bool stop_asked;     /* the end that comes is wanted: no policy applies */
    bool manually_stopped;   /* kept: unless-stopped stays down when the daemon comes up */
    bool manually_restarted; /* the end belongs to a restart: no auto-remove */
    nanos backoff;           /* before the next restart by a policy */
    struct strv execs;       /* ids of those that have not ended */
    struct container_wait *waits;
    struct pending_attach *attaches;
};

DEFINE_SCOPED(struct container *, container_unref)
DEFINE_SCOPED(struct image *, image_unref)

/* -- containers.c -- */
struct container *container_new(struct containers *all, const char *id);
struct container *container_ref(struct container *c);
void container_set_host_config(struct container *c,
                               json_t *host_config); /* a new one's; takes the reference over */
struct runtime_container as_runtime_knows(const struct container *c);
int container_save(struct container *c, struct error *err); /* with the move held */
struct container *container_load(struct containers *all, const char *id, const json_t *record,
                                 struct error *err);
char *container_dir(const struct container *c, const char *file); /* ROOT/<id>/<file>; NULL: the directory */
char *container_run_dir(const struct container *c);
char *container_log_path(const struct container *c);
char *container_name(struct container *c);                           /* a copy, without the slash */
json_t *container_config(struct container *c, json_t **host_config); /* copies; host_config may be NULL */
/* All of them, as references, in order of addition; the caller unrefs each and frees the array. */
struct container **containers_snapshot(struct containers *all, size_t *count);
/* Runs `f(arg)` in a thread of its own, counted in `threads`; `arg` is a reference that `f` drops by thread_done(). */
int thread_run(struct containers *all, void *(*f)(void *), void *arg, struct error *err);
void thread_done(struct containers *all);
void wait_until_settled(struct containers *all);

/* Publishes a container event; `more` (may be NULL) holds further attributes and is taken over. */
void container_event(struct container *c, const char *action, json_t *more);

/* -- state.c -- */
int move_begin(struct container *c, struct error *err); /* ERR_NOT_FOUND once it is gone */
void move_end(struct container *c);
struct state container_state(struct container *c); /* a copy; `error` is NULL in it */
const char *state_name(const struct state *s);
void state_free(struct state *s);
/* Under c->lock: an end has come about, and is told by waits_notify() to those who wait now once it is recorded. */
void waits_mark(struct container *c);
/* Under c->lock: tells who waits for a stop (and, if `removed`, for the removal). */
void waits_notify(struct container *c, bool removed);
int state_not_running(struct container *c,
                      struct error *err); /* ERR_CONFLICT "container ID is not running" */

/* -- links.c -- */
/* Links of a request as the record has them; in networks of users there are none. */
void links_settle(struct containers *all, json_t *host_config);
/* The container that another one's link leads to, held: by "OTHER/ALIAS", OTHER being that one's name. NULL when there is none. */
struct container *links_find(struct containers *all, const char *name);
json_t *links_told(struct container *c); /* HostConfig.Links of an inspect, or null */
/* "/OWNER/ALIAS" of every link of these: an object, container id -> array; a new reference. */
json_t *links_names(struct container **list, size_t count);
void links_hosts(struct container *c, const json_t *host_config, struct str *hosts);
/* ERR_SYSTEM when one of them does not run. */
int links_environment(struct container *c, const json_t *host_config, struct strv *env, struct error *err);

/* -- names.c -- */
bool name_is_valid(const char *name);
void name_make(unsigned attempt, char *ret, size_t room);

/* -- signals.c -- */
/* "KILL", "SIGKILL", "9", "RTMIN+3". ERR_INVALID "invalid signal: X". */
int signal_parse(const char *text, int *ret, struct error *err);

/* -- ports.c -- */
struct port_range {
    uint16_t first, last;
};
bool port_range_parse(const char *text, struct port_range *ret); /* "80", "80-90" */
/* "80/tcp", "80-90/udp", "80": protocol tcp, udp or sctp. */
bool port_spec_parse(const char *text, struct port_range *ret, char proto[8]);

/* -- merge.c -- */
void config_merge(json_t *config,
                  const json_t *image_config); /* image_config: "config" of the image's document */
/* The program and its arguments. ERR_INVALID "no command specified". */
int config_command(json_t *config, char **path, json_t **args, struct error *err);
/* The process's environment: what an engine sets, overridden by Config.Env. */
void config_environment(const json_t *config, const char *home, struct strv *ret);

/* -- gates.c -- */
/* What differs with the API's version, before anything is checked. */
int create_gates(json_t *config, json_t *host_config, json_t *networking, int api_version, json_t *warnings,
                 struct error *err);
void update_gates(json_t *update, int api_version);

/* -- platform.c, create.c -- */
/* ERR_NOT_FOUND when the image's document is for another platform; `platform` NULL or "": any. */
int platform_check(const char *platform, const char *ref, const json_t *image, struct error *err);
int name_check(struct containers *all, const char *name, const char *shown, struct error *err);

/* -- validate.c -- */
int config_validate(const json_t *config, struct error *err);
int host_config_validate(struct containers *all, const json_t *config, const json_t *host_config,
                         struct error *err);
void host_config_complete(struct containers *all, json_t *host_config, int api_version);
void host_config_warn(struct containers *all, json_t *host_config, json_t *warnings);
int resources_validate(struct containers *all, const json_t *resources, struct error *err);
int restart_policy_validate(const json_t *host_config, struct error *err);
/* "container:REF" of a mode; NULL for another mode. Points into `mode`. */
const char *mode_container(const char *mode);

/* -- binds.c -- */
struct bind_spec {
    char *source; /* path or volume name; NULL: anonymous */
    char *target;
    char *mode; /* as given, "" */
    bool is_volume, read_only, no_copy;
    char *propagation; /* "" */
};
int bind_parse(const char *text, struct bind_spec *ret, struct error *err);
void bind_free(struct bind_spec *b);

/* -- mounts.c -- */
/* The mount points of a new container, in the form of ContainerInspect's Mounts with private members after them:
 * "Options" (the API's Mount, if it came from one), "Copy", "Create", "ImageID" and "ImageName" of an image. Holds the volumes; the caller releases them by
 * mounts_release() if creation fails later. */
int mounts_resolve(struct containers *all, const char *id, const json_t *config, const json_t *host_config,
                   json_t *mounts, struct error *err);
void mounts_release(struct containers *all, const char *id, const json_t *mounts);
int mounts_copy_up(struct container *c, struct error *err);
json_t *mounts_public(const json_t *mounts);  /* without the private members */
void mounts_hold_images(struct container *c); /* once, when its mounts are known */
void mounts_drop_images(struct container *c);

/* -- rootfs.c -- */
int rootfs_prepare(const char *root, struct error *err);  /* once, at the daemon's start */
int rootfs_mount(struct container *c, struct error *err); /* at ROOT/<id>/merged; already mounted is fine */
void rootfs_adopt(struct container *c);                   /* a daemon before this one has mounted it */
void rootfs_unmount(struct container *c);                 /* unless somebody looks into it */
void rootfs_drop(struct container *c);                    /* for good, whoever looks into it */
int rootfs_view(struct container *c, struct error *err);  /* mounted until rootfs_unview() */
void rootfs_unview(struct container *c);
/* The layers below the container's own, read-only, over the merged directory: only in a mount namespace of one's own. */
int rootfs_mount_lower(struct container *c, struct error *err);
/* Whether overlayfs stacks on the file system below `root`: better said at the start than by each container. */
int rootfs_try(const char *root, struct error *err);

/* -- view.c -- */
enum view_kind {
    VIEW_ROOT,    /* the container's root alone */
    VIEW_VOLUMES, /* with its volumes and binds where it has them */
    VIEW_LOWER,   /* what lies below the container's own changes */
};
/* `root` is a descriptor (O_PATH) of the root directory, good until it returns. */
typedef int (*view_work)(void *user, int root, struct error *err);
/* Calls `work` in a thread that sees the container's files; returns what it does. */
int container_view(struct container *c, enum view_kind kind, view_work work, void *user, struct error *err);

/* Makes `path` below root_fd, with its parents, owned by uid and gid where it is new. */
int dir_in_root(int root_fd, const char *path, uid_t uid, gid_t gid, struct error *err);

/* -- start.c, stop.c -- */
int start_moving(struct container *c, struct error *err); /* with the move held */
void teardown(struct container *c);                       /* what a start has set up outside of the process */
int watch(struct container *c, struct error *err);
int kill_moving(struct container *c, int signal, struct error *err);
int pause_moving(struct container *c, struct error *err);
int unpause_moving(struct container *c, struct error *err);
int stop_waiting(struct container *c, const char *signal, const int64_t *timeout_s, struct error *err);
int kill_waiting(struct container *c, struct error *err);

/* -- watch.c -- */
void ended_moving(struct container *c, const struct shim_exit *exit); /* with the move held */
/* What its shim has left behind; when there is nothing, the container is ended. */
void find_exit(struct container *c, struct shim_exit *ret);

void attaches_drop(struct container *c); /* who waits for a start gets none */

/* -- network.c; with the move held -- */
int networks_up(struct container *c, struct error *err);
void networks_down(struct container *c);
void networks_adopt(struct container *c);
void networks_renamed(struct container *c); /* its networks know it by its new name */

/* -- files.c -- */
int files_write(struct container *c, const json_t *networks, struct error *err);
/* /etc/hosts of a running container: the lines of one endpoint go, those of another come (NULL: none). What the container itself wrote
 * there stays. */
/* A running container has got a name server of its own: its resolv.conf names it, unless somebody changed that file. */
int files_use_resolver(struct container *c, struct error *err);
int files_move_host(struct container *c, const json_t *gone, const json_t *come, struct error *err);

/* -- restart.c -- */
bool restart_wanted(struct container *c, const json_t *host_config, int exit_code);
void restart_later(struct container *c, int64_t execution_ns);

/* -- remove.c -- */
int remove_moving(struct container *c, const struct container_remove *how, struct error *err);

/* -- health.c -- */
void health_start(
    struct container *c); /* of a container that was just started; does nothing without a check */
json_t *health_json(struct container *c); /* under c->lock; NULL without a check */

/* -- exec.c -- */
void execs_forget(struct container *c); /* its processes have ended */
void execs_remove(struct container *c); /* it is gone */
void execs_close(struct containers *all);
/* Runs a probe: *code and the first 4 KiB of its output. */
int exec_probe(struct container *c, const json_t *command, int64_t timeout_ns, int *code, struct str *output,
               struct error *err);

/* -- list.c helpers that inspect.c shares -- */
void status_text(const struct state *s, const struct health *h, nanos now, char *ret, size_t room);
/* -- top.c -- */
int top_parse(const char *ps_output, const pid_t *pids, size_t count, json_t **ret, struct error *err);

void human_duration(nanos d, char *ret, size_t room);

#endif
