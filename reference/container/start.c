/* container/start.c - how a container starts, and what is left to undo when it ends.
 *
 *     rootfs -> network namespace, endpoints -> files -> mounts -> bundle -> shim -> process -> record -> event
 *
 * teardown() undoes what stands, in whatever order it was left, and may be called at any time when no process runs: after a
 * failure in the middle, after the end, after a crash of the daemon. */
#include "container/internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/resolve.h"
#include "events/events.h"
#include "network/network.h"
#include "runtime/runtime.h"
#include "runtime/spec.h"
#include "volume/volume.h"

struct starting {
    struct container *c;
    json_t *config, *host_config;
    char *merged, *run_dir;
    struct spec_mount *mounts;
    size_t mount_count;
    struct strv texts; /* what `mounts` and `spec` borrow */
    struct spec spec;
    json_t *document;            /* config.json */
    char *pidns, *ipcns, *netns; /* of other containers */
    char *home;
};

static void starting_free(struct starting *s)
{
    json_decref(s->config);
    json_decref(s->host_config);
    json_decref(s->document);
    free(s->merged);
    free(s->run_dir);
    free(s->mounts);
    strv_free(&s->texts);
    strv_free(&s->spec.args);
    strv_free(&s->spec.env);
    free((void *)s->spec.user.extra);
    free(s->pidns);
    free(s->ipcns);
    free(s->netns);
    free(s->home);
}

static const char *keep(struct starting *s, char *text)
{
    strv_add(&s->texts, text);
    free(text);
    return s->texts.items[s->texts.count - 1];
}

/* -- network -- */

static int peer_namespace(struct container *c, const char *ref, const char *which, char **ret,
                          struct error *err)
{
    scoped(container_unref) struct container *peer = NULL;
    struct state state;

    if (container_find(c->all, ref, &peer, err) < 0)
        return -1;
    state = container_state(peer);
    if (!state.running || state.pid <= 0)
        return error_set(err, ERR_CONFLICT,
                         "cannot join %s namespace of a non running container: container %s is %s",
                         str_eq(which, "net") ? "network" : which, peer->id, state_name(&state));
    *ret = xasprintf("/proc/%d/ns/%s", (int)state.pid, which);
    return 0;
}

static int setup_network(struct starting *s, struct error *err)
{
    struct container *c = s->c;
    const char *mode = json_str_at(s->host_config, "NetworkMode", "");
    char *path = NULL;

    if (mode_container(mode)) {
        if (peer_namespace(c, mode_container(mode), "net", &s->netns, err) < 0)
            return -1;
        s->spec.netns = s->netns;
        return 0;
    }
    if (!str_eq(mode, "host")) {
        if (netns_make(c->all->networks, c->id, &path, err) < 0)
            return -1;
        pthread_mutex_lock(&c->lock);
        free(c->netns);
        c->netns = path;
        pthread_mutex_unlock(&c->lock);
    }
    s->spec.netns = c->netns;
    return networks_up(c, err);
}

static int setup_namespaces(struct starting *s, struct error *err)
{
    const char *ipc = json_str_at(s->host_config, "IpcMode", ""),
               *pid = json_str_at(s->host_config, "PidMode", "");

    if (mode_container(ipc)) {
        if (peer_namespace(s->c, mode_container(ipc), "ipc", &s->ipcns, err) < 0)
            return -1;
        s->spec.ipcns = s->ipcns;
    } else if (str_eq(ipc, "host")) {
        s->spec.ipcns = "host";
    }
    if (mode_container(pid)) {
        if (peer_namespace(s->c, mode_container(pid), "pid", &s->pidns, err) < 0)
            return -1;
        s->spec.pidns = s->pidns;
    } else if (str_eq(pid, "host")) {
        s->spec.pidns = "host";
    }
    if (str_eq(json_str_at(s->host_config, "UTSMode", ""), "host"))
        s->spec.utsns = "host";
    if (str_eq(json_str_at(s->host_config, "CgroupnsMode", ""), "host"))
        s->spec.cgroupns = "host";
    return 0;
}

/* -- mounts -- */

static void add_mount(struct starting *s, const char *source, const char *target, const char *type,
                      const char *options)
{
    s->mounts = xreallocarray(s->mounts, s->mount_count + 1, sizeof(*s->mounts));
    s->mounts[s->mount_count++] = (struct spec_mount){
        .source = keep(s, xstrdup(source)),
        .target = keep(s, xstrdup(target)),
        .type = keep(s, xstrdup(type)),
        .options = keep(s, xstrdup(options)),
    };
}

static bool has_mount(const struct starting *s, const char *target)
{
    for (size_t i = 0; i < s->mount_count; i++)
        if (str_eq(s->mounts[i].target, target))
            return true;
    return false;
}

static int bind_source(const json_t *m, struct error *err)
{
    const char *source = json_str_at(m, "Source", "");

    if (path_exists(source))
        return 0;
    if (json_bool_at(m, "Create", false))
        return dir_make(source, 0755, err) < 0
                   ? error_wrap(err, "error while creating mount source path '%s'", source)
                   : 0;
    return error_set(err, ERR_INVALID,
                     "invalid mount config for type \"bind\": bind source path does not exist: %s", source);
}

static int volume_up(struct starting *s, const json_t *m, struct error *err)
{
    struct container *c = s->c;
    const char *name = json_str_at(m, "Name", "");

    if (volume_mount(c->all->volumes, name, c->id, err) < 0)
        return error_wrap(err, "error while mounting volume '%s'", json_str_at(m, "Source", ""));
    events_publish(c->all->events, "volume", "mount", name,
                   json_pack("{s:s, s:s, s:s, s:s, s:s}", "container", c->id, "destination",
                             json_str_at(m, "Destination", ""), "driver", "local", "propagation", "",
                             "read/write", json_bool_at(m, "RW", true) ? "true" : "false"));
    return 0;
}

/* A part of a volume, which no link in it may lead out of. */
static int subpath_source(struct starting *s, const json_t *m, const char **source, struct error *err)
{
    const char *subpath = json_str_at(m, "Subpath", "");
    scoped_close int root = -1, fd = -1;
    char link[64], real[4096];
    ssize_t n;

    if (!subpath[0])
        return 0;
    root = open(*source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_errno(err, "open '%s'", *source);
    fd = open_in_root(root, subpath, O_PATH | O_CLOEXEC, 0, err);
    if (fd < 0)
        return error_wrap(err, "cannot access path %s/%s", *source, subpath);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, real, sizeof(real) - 1);
    if (n < 0)
        return error_errno(err, "readlink '%s'", link);
    real[n] = '\0';
    *source = keep(s, xstrdup(real));
    return 0;
}

/* Its layers over each other, which the runtime mounts inside of the container, so that nothing is left to undo here. */
static int add_image_mount(struct starting *s, const json_t *m, struct error *err)
{
    const char *target = json_str_at(m, "Destination", ""), *subpath = json_str_at(m, "Subpath", "");
    const struct container *c = s->c;
    scoped_strv lower = { 0 };
    scoped_free char *list = NULL;
    const char *source;

    for (size_t i = 0; i < c->mounted_image_count; i++)
        if (str_eq(image_id(c->mounted_images[i]), json_str_at(m, "ImageID", "")) && !lower.count)
            image_lower_dirs(c->mounted_images[i], &lower);
    if (!lower.count)
        return error_set(err, ERR_NOT_FOUND, "No such image: %s", json_str_at(m, "ImageName", ""));
    source = lower.items[0];
    if (lower.count == 1) {
        if (subpath_source(s, m, &source, err) < 0)
            return -1;
        add_mount(s, source, target, "bind", "rbind,ro,rprivate");
        return 0;
    }
    if (subpath[0])
        return error_set(err, ERR_NOT_IMPLEMENTED,
                         "a part of an image of several layers cannot be mounted: %s", subpath);
    list = strv_join(&lower, ":");
    add_mount(s, "overlay", target, "overlay", keep(s, xasprintf("ro,lowerdir=%s", list)));
    return 0;
}

/* [["noexec"], ["mode", "700"]] as mount options. */
static void add_tmpfs_options(struct str *options, const json_t *given)
{
    const json_t *option, *word;
    size_t i, j;

    json_array_foreach (given, i, option)
        json_array_foreach (option, j, word)
            str_addf(options, "%c%s", j == 0 ? ',' : '=', json_string_value(word));
}

/* What is mounted read-only on the host, or without devices, is so in the container too. A bind keeps such flags by itself, see mount(2), but
 * crun sets them anew from the options. */
static void add_source_flags(struct str *options, const char *source)
{
    static const struct {
        unsigned long flag;
        const char *option;
    } flags[] = {
        {ST_RDONLY,  "ro"    },
        { ST_NOSUID, "nosuid"},
        { ST_NODEV,  "nodev" },
        { ST_NOEXEC, "noexec"}
    };
    struct statvfs fs;

    if (statvfs(source, &fs) < 0)
        return;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (fs.f_flag & flags[i].flag)
            str_addf(options, ",%s", flags[i].option);
}

static int add_record_mount(struct starting *s, const json_t *m, struct error *err)
{
    const char *type = json_str_at(m, "Type", ""), *target = json_str_at(m, "Destination", "");
    const char *source = json_str_at(m, "Source", ""), *ro = json_bool_at(m, "RW", true) ? "" : ",ro";
    const char *bind = json_bool_at(m, "Options.BindOptions.NonRecursive", false) ? "bind" : "rbind";
    const char *propagation = json_str_at(m, "Propagation", "");
    int64_t size = json_int_at(m, "Options.TmpfsOptions.SizeBytes", 0);
    int64_t mode = json_int_at(m, "Options.TmpfsOptions.Mode", 0);
    scoped_str options = { 0 };

    if (str_eq(type, "image"))
        return add_image_mount(s, m, err);
    if (str_eq(type, "tmpfs")) {
        str_addf(&options, "noexec,nosuid,nodev%s", ro);
        if (size > 0)
            str_addf(&options, ",size=%lld", (long long)size);
        if (mode > 0)
            str_addf(&options, ",mode=%llo", (unsigned long long)mode);
        add_tmpfs_options(&options, json_at(m, "Options.TmpfsOptions.Options"));
        add_mount(s, "tmpfs", target, "tmpfs", str_text(&options));
        return 0;
    }
    if (str_eq(type, "volume") ? volume_up(s, m, err) < 0 || subpath_source(s, m, &source, err) < 0
                               : bind_source(m, err) < 0)
        return -1;
    str_addf(&options, "%s%s,%s", bind, ro, propagation[0] ? propagation : "rprivate");
    add_source_flags(&options, source);
    add_mount(s, source, target, "bind", str_text(&options));
    return 0;
}

/* The engine's own files; those of the container whose network it shares, if it does. */
static int add_files(struct starting *s, struct error *err)
{
    static const char *const files[] = { "resolv.conf", "hostname", "hosts" };
    const char *ref = mode_container(json_str_at(s->host_config, "NetworkMode", ""));
    scoped(container_unref) struct container *owner = NULL;

    if (ref && container_find(s->c->all, ref, &owner, err) < 0)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        scoped_free char *source = container_dir(owner ? owner : s->c, files[i]);
        scoped_free char *target = xasprintf("/etc/%s", files[i]);

        if (!has_mount(s, target) && path_exists(source))
            add_mount(s, source, target, "bind",
                      json_bool_at(s->host_config, "ReadonlyRootfs", false) ? "rbind,ro,rprivate"
                                                                            : "rbind,rprivate");
    }
    return 0;
}

static int setup_mounts(struct starting *s, struct error *err)
{
    json_t *m;
    size_t i;

    json_array_foreach (s->c->mounts, i, m)
        if (add_record_mount(s, m, err) < 0)
            return -1;
    return add_files(s, err); /* HostConfig.Tmpfs is the runtime's affair, and so is the order */
}

/* -- bundle -- */

static bool wants_no_new_privileges(const json_t *host_config)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(host_config, "SecurityOpt"), i, item) {
        const char *text = json_string_value(item);

        if (str_eq(text, "no-new-privileges") || str_eq(text, "no-new-privileges:true") ||
            str_eq(text, "no-new-privileges=true"))
            return true;
    }
    return false;
}

static int working_dir(struct starting *s, struct error *err)
{
    const char *dir = json_str_at(s->config, "WorkingDir", "");
    scoped_close int root = -1;
    scoped_free char *clean = NULL;

    s->spec.cwd = "/";
    if (!dir[0])
        return 0;
    clean = path_clean(dir);
    s->spec.cwd = keep(s, xstrdup(clean));
    root = open(s->merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_errno(err, "open '%s'", s->merged);
    return dir_in_root(root, clean, s->spec.user.uid, s->spec.user.gid, err);
}

static int make_bundle(struct starting *s, struct error *err)
{
    struct container *c = s->c;
    scoped_free char *path = container_dir(c, "config.json"), *text = NULL;
    json_t *size = json_object_get(s->host_config, "ConsoleSize"), *arg;
    size_t i;

    if (spec_find_user(s->merged, json_str_at(s->config, "User", ""),
                       json_object_get(s->host_config, "GroupAdd"), &s->spec.user, &s->home, err) < 0 ||
        working_dir(s, err) < 0 || links_environment(c, s->host_config, &s->spec.env, err) < 0)
        return -1;
    s->spec.id = c->id;
    s->spec.rootfs = s->merged;
    s->spec.readonly_rootfs = json_bool_at(s->host_config, "ReadonlyRootfs", false);
    strv_add(&s->spec.args, c->path);
    json_array_foreach (c->args, i, arg)
        strv_add(&s->spec.args, json_string_value(arg));
    config_environment(s->config, s->home, &s->spec.env);
    s->spec.hostname = json_str_at(s->config, "Hostname", "");
    s->spec.domainname = json_str_at(s->config, "Domainname", "");
    s->spec.tty = json_bool_at(s->config, "Tty", false);
    s->spec.tty_rows = (uint16_t)json_integer_value(json_array_get(size, 0));
    s->spec.tty_cols = (uint16_t)json_integer_value(json_array_get(size, 1));
    s->spec.privileged = json_bool_at(s->host_config, "Privileged", false);
    s->spec.no_new_privileges = wants_no_new_privileges(s->host_config);
    s->spec.init = json_bool_at(s->host_config, "Init", false);
    s->spec.host_config = s->host_config;
    s->spec.mounts = s->mounts;
    s->spec.mount_count = s->mount_count;
    s->spec.annotations = json_object_get(s->host_config, "Annotations");
    if (spec_make(&s->spec, c->all->runtimes, &s->document, err) < 0)
        return -1;
    runtime_offer_program(c->all->runtimes, c->runtime, s->document);
    text = json_text(s->document);
    return file_replace(path, text, strlen(text), 0600, err);
}

/* -- process -- */

/* "10m" as HostConfig.LogConfig.Config has it: decimal units. */
static int64_t size_parse(const char *text)
{
    static const char units[] = "bkmgt";
    size_t digits = strspn(text, "0123456789");
    scoped_free char *number = xstrndup(text, digits);
    const char *unit = text[digits] ? strchr(units, text[digits] | 0x20) : units;
    int64_t n;

    if (!unit || !str_to_int64(number, &n))
        return -1;
    for (; unit > units; unit--)
        n *= 1000;
    return n;
}

/* Connects who attached before the start, so that they miss nothing. */
static void serve_attaches(struct container *c, const char *dir)
{
    struct pending_attach *list;

    pthread_mutex_lock(&c->lock);
    list = c->attaches;
    c->attaches = NULL;
    /* an attacher that leaves now finds itself off the list and waits until it is served */
    pthread_mutex_unlock(&c->lock);
    while (list) {
        struct pending_attach *a = list;
        int fd = -1, ready = a->ready;

        list = a->next;
        if (dir && shim_attach(dir, NULL, &a->streams, &fd, NULL) < 0)
            fd = -1;
        pthread_mutex_lock(&c->lock);
        a->fd = fd;
        a->served = true;
        eventfd_write(ready, 1);
        pthread_cond_broadcast(&c->changed);
        pthread_mutex_unlock(&c->lock);
    }
}

void attaches_drop(struct container *c)
{
    serve_attaches(c, NULL);
}

static int run(struct starting *s, pid_t *pid, nanos *started, struct error *err)
{
    struct container *c = s->c;
    const char *log_type = json_str_at(s->host_config, "LogConfig.Type", "");
    const char *max_file = json_str_at(s->host_config, "LogConfig.Config.max-file", "");
    scoped_free char *bundle = container_dir(c, NULL), *log = container_log_path(c);
    scoped_strv runtime = { 0 };
    int64_t files = 1;
    struct shim_start start = {
        .program = c->all->shim_program,
        .dir = s->run_dir,
        .bundle = bundle,
        .id = c->id,
        .runtime = &runtime,
        .hybrid_cgroups = runtimes_host(c->all->runtimes)->cgroups == CGROUP_HYBRID,
        .tty = json_bool_at(s->config, "Tty", false),
        .open_stdin = json_bool_at(s->config, "OpenStdin", false),
        .stdin_once = json_bool_at(s->config, "StdinOnce", false),
        .log_path = str_eq(log_type, "none") ? NULL : log,
        .log_max_size = size_parse(json_str_at(s->host_config, "LogConfig.Config.max-size", "-")),
    };

    if (str_to_int64(max_file, &files) && files > 0)
        start.log_max_file = (unsigned)files;
    if (runtime_argv(c->all->runtimes, c->runtime, &runtime, err) < 0 ||
        dir_make(s->run_dir, 0700, err) < 0 || shim_launch(&start, err) < 0)
        return -1;
    serve_attaches(c, s->run_dir);
    if (shim_run(s->run_dir, pid, started, err) < 0)
        return -1;
    runtime_learn_program(c->all->runtimes, as_runtime_knows(c), s->document);
    return 0;
}

static int set_up(struct starting *s, struct error *err)
{
    if (rootfs_mount(s->c, err) < 0 || setup_network(s, err) < 0 || setup_namespaces(s, err) < 0)
        return -1;
    if (!mode_container(json_str_at(s->host_config, "NetworkMode", "")) &&
        files_write(s->c, s->c->networks, err) < 0)
        return -1;
    return setup_mounts(s, err) < 0 ? -1 : make_bundle(s, err);
}

static void started(struct container *c, pid_t pid, nanos when)
{
    pthread_mutex_lock(&c->lock);
    c->state.running = true;
    c->state.restarting = c->state.paused = c->state.oom_killed = c->state.dead = false;
    c->state.pid = pid;
    c->state.exit_code = 0;
    free(take_ptr(&c->state.error));
    c->state.started = when;
    c->starts++;
    c->started_before = true;
    c->stop_asked = c->manually_stopped = c->manually_restarted = false;
    pthread_mutex_unlock(&c->lock);
}

/* Why it did not start stays in the record; a shell's codes for "not found" and "cannot be run". */
static void failed(struct container *c, struct error *err)
{
    int code = err->kind == ERR_NOT_FOUND && strstr(err->text, "OCI runtime") ? 127
               : err->kind == ERR_INVALID && strstr(err->text, "OCI runtime") ? 126
                                                                              : 128;

    if (code != 128)
        error_as(err, ERR_INVALID);
    pthread_mutex_lock(&c->lock);
    c->state.running = c->state.restarting = c->state.paused = false;
    c->state.pid = 0;
    c->state.exit_code = code;
    free(c->state.error);
    c->state.error = xstrdup(err->text);
    pthread_mutex_unlock(&c->lock);
}

static int check_startable(struct container *c, struct error *err)
{
    struct state s = container_state(c);

    if (s.paused)
        return error_set(err, ERR_CONFLICT, "cannot start a paused container, try unpause instead");
    if (s.running && !s.restarting)
        return error_set(err, ERR_NOT_MODIFIED, "container %s is already running", c->id);
    if (s.removing || s.dead)
        return error_set(err, ERR_CONFLICT, "container is marked for removal and cannot be started");
    return 0;
}

static int start_all(struct container *c, pid_t *pid, nanos *when, struct error *err)
{
    struct starting s = { .c = c };
    int rc;

    s.config = container_config(c, &s.host_config);
    s.merged = container_dir(c, "merged");
    s.run_dir = container_run_dir(c);
    rc = set_up(&s, err);
    if (rc == 0)
        rc = run(&s, pid, when, err);
    starting_free(&s);
    return rc;
}

int start_moving(struct container *c, struct error *err)
{
    scoped_free char *run_dir = container_run_dir(c);
    struct error own = { 0 };
    pid_t pid = 0;
    nanos when = 0;

    if (check_startable(c, err) < 0)
        return -1;
    if (start_all(c, &pid, &when, &own) < 0) {
        attaches_drop(c);
        teardown(c);
        failed(c, &own);
        container_save(c, NULL);
        if (err)
            *err = own;
        return -1;
    }
    started(c, pid, when);
    serve_attaches(c, run_dir); /* who came meanwhile */
    if (container_save(c, err) < 0 || watch(c, err) < 0) {
        /* it runs, but we could not keep that: it must not go on unwatched */
        runtime_kill(c->all->runtimes, as_runtime_knows(c), SIGKILL, NULL);
        return -1;
    }
    container_event(c, "start", NULL);
    health_start(c);
    return 0;
}

static void volumes_down(struct container *c)
{
    json_t *m;
    size_t i;

    json_array_foreach (c->mounts, i, m) {
        const char *name = json_str_at(m, "Name", NULL);

        if (!name)
            continue;
        volume_unmount(c->all->volumes, name, c->id);
        events_publish(c->all->events, "volume", "unmount", name,
                       json_pack("{s:s, s:s}", "container", c->id, "driver", "local"));
    }
}

void teardown(struct container *c)
{
    char *netns;

    networks_down(c);
    netns_remove(c->all->networks, c->id);
    pthread_mutex_lock(&c->lock);
    netns = c->netns;
    c->netns = NULL;
    pthread_mutex_unlock(&c->lock);
    free(netns);
    rootfs_unmount(c);
    volumes_down(c);
}

int container_start(struct container *c, struct error *err)
{
    struct error own = { 0 };
    bool remove = false, waits; /* for its policy, which will start it, unless it was stopped just now */
    int rc;

    if (move_begin(c, err) < 0)
        return -1;
    pthread_mutex_lock(&c->lock);
    waits = c->state.restarting && !c->stop_asked;
    if (!waits && (!c->state.running || c->state.restarting)) { /* else it is left alone */
        c->restart_count = 0;
        c->backoff = 0;
    }
    pthread_mutex_unlock(&c->lock);
    rc = waits ? error_set(&own, ERR_NOT_MODIFIED, "container %s is restarting", c->id)
               : start_moving(c, &own);
    if (rc < 0 && own.kind != ERR_NOT_MODIFIED)
        remove = json_bool_at(c->host_config, "AutoRemove", false) && !container_state(c).running;
    if (remove)
        remove_moving(c, &(struct container_remove){ .force = true, .volumes = true }, NULL);
    move_end(c);
    if (rc < 0 && err)
        *err = own;
    return rc;
}
