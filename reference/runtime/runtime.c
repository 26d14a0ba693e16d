/* runtime/runtime.c - see runtime.h.
 *
 * Running a container is the shim's business (it must be the parent). What is left for the daemon is short: a signal goes
 * by pidfd, pausing is a write to the freezer, processes and readings are files; only update and delete call the runtime.
 * So most verbs cost microseconds, and work also where a runtime would refuse to look at the host's cgroups.
 *
 * A runtime's state folder names the init's pid and when it started; both are compared before a signal is sent, for the
 * pid may be somebody else's by now. A pidfd keeps it from becoming so in between. Linux before 5.3 has none, older seccomp
 * profiles (of an engine that we run inside of) and older memory checkers refuse it: there kill(2) follows the comparison at
 * once. */
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "runtime/cgroup.h"
#include "runtime/isolated.h"
#include "runtime/programs.h"
#include "runtime/resources.h"

#define OUTPUT_MAX 65536

struct runtimes {
    struct host host;
    char *exec_root;
    struct map *paths; /* name -> path (char *) */
    char *default_name;
    struct programs *programs;
};

static char *find_program(const char *name)
{
    scoped_strv dirs = { 0 };
    const char *path = getenv("PATH");

    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
    strv_split(&dirs, path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':');
    strv_add(&dirs, "/usr/sbin");
    strv_add(&dirs, "/usr/bin");
    for (size_t i = 0; i < dirs.count; i++) {
        scoped_free char *file = path_join(dirs.items[i], name);

        if (access(file, X_OK) == 0)
            return take_ptr(&file);
    }
    return NULL;
}

static void add_runtime(struct runtimes *r, const char *name, const char *program)
{
    char *path = find_program(program);

    if (path)
        free(map_set(r->paths, name, path));
}

static bool file_has(const char *path, const char *wanted)
{
    scoped_str text = { 0 };

    return file_read(path, 1u << 20, &text, NULL) == 0 && strstr(str_text(&text), wanted);
}

static void look_at_host(struct host *h, const char *instance)
{
    cgroup_detect(h);
    h->seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
    h->apparmor = file_has("/sys/module/apparmor/parameters/enabled", "Y");
    h->overlay = file_has("/proc/filesystems", "\toverlay\n");
    h->cgroup_parent = xasprintf("engined/%s", instance);
}

static int fork_and_run(const struct strv *argv, bool hide, int out, int *status, struct error *err);

/* "--version" answers: the program is there, its libraries too. */
static bool answers(struct runtimes *r, const char *name)
{
    scoped_strv argv = { 0 };
    int status = -1;

    strv_add(&argv, map_get(r->paths, name));
    strv_add(&argv, "--version");
    return fork_and_run(&argv, false, -1, &status, NULL) == 0 && status == 0;
}

/* On a hybrid host crun needs a mount namespace to hide the v2 hierarchy in. */
static bool can_hide(void)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0)
        _exit(isolated_hide_unified() == 0 ? 0 : 1);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int choose_default(struct runtimes *r, const char *wanted, struct error *err)
{
    bool crun_first = r->host.cgroups != CGROUP_HYBRID || can_hide();
    const char *const order[] = { crun_first ? "crun" : "runc", crun_first ? "runc" : "crun" };

    if (wanted) {
        if (!map_get(r->paths, wanted))
            return error_set(err, ERR_INVALID, "unknown or invalid runtime name: %s", wanted);
        r->default_name = xstrdup(wanted);
        return 0;
    }
    for (size_t i = 0; i < 2; i++)
        if (map_get(r->paths, order[i]) && answers(r, order[i])) {
            r->default_name = xstrdup(order[i]);
            return 0;
        }
    return error_set(err, ERR_SYSTEM, "no OCI runtime works here: install crun or runc");
}

int runtimes_open(const struct runtimes_config *config, struct runtimes **ret, struct error *err)
{
    struct runtimes *r = new_zeroed(struct runtimes);
    const char *name;
    json_t *path;

    r->paths = map_new();
    r->exec_root = xstrdup(config->exec_root);
    r->programs = programs_new();
    look_at_host(&r->host, config->instance);
    add_runtime(r, "crun", "crun");
    add_runtime(r, "runc", "runc");
    json_object_foreach ((json_t *)config->more, name, path)
        if (json_is_string(path))
            add_runtime(r, name, json_string_value(path));
    if (choose_default(r, config->default_name, err) < 0 || dir_make(config->exec_root, 0700, err) < 0) {
        runtimes_close(r);
        return -1;
    }
    *ret = r;
    return 0;
}

struct runtimes *runtimes_close(struct runtimes *r)
{
    size_t at = 0;
    void *path;

    if (!r)
        return NULL;
    if (r->host.cgroup_parent) {
        cgroup_remove(&r->host, r->host.cgroup_parent); /* only when the last container is gone */
        cgroup_remove(&r->host, "engined");
    }
    while (map_next(r->paths, &at, NULL, &path))
        free(path);
    map_free(r->paths);
    free(r->host.cgroup_parent);
    programs_free(r->programs);
    free(r->exec_root);
    free(r->default_name);
    free(r);
    return NULL;
}

const struct host *runtimes_host(const struct runtimes *r)
{
    return &r->host;
}

const char *runtimes_default(const struct runtimes *r)
{
    return r->default_name;
}

/* What it says that it can, where it has that command; a text, as the API wants it. NULL else. */
static json_t *features(const char *program)
{
    const char *const argv[] = { program, "features", NULL };
    scoped_str text = { 0 };
    scoped(json_decref) json_t *document = NULL;
    scoped_free char *compact = NULL;
    int status = -1;

    if (proc_run(argv, 1u << 20, &text, &status, NULL) < 0 || status != 0 ||
        json_parse(str_text(&text), text.len, &document, NULL) < 0)
        return NULL;
    compact = json_text(document);
    return json_pack("{s:s}", "org.opencontainers.runtime-spec.features", compact);
}

json_t *runtimes_json(const struct runtimes *r)
{
    json_t *made = json_object();
    size_t at = 0;
    const char *name;
    void *path;

    while (map_next(r->paths, &at, &name, &path)) {
        json_t *one = json_pack("{s:s}", "path", (const char *)path), *status = features(path);

        if (status)
            json_object_set_new(one, "status", status);
        json_object_set_new(made, name, one);
    }
    return made;
}

static const char *or_default(const struct runtimes *r, const char *name)
{
    return str_empty(name) ? r->default_name : name;
}

bool runtime_exists(const struct runtimes *r, const char *name)
{
    return map_get(r->paths, or_default(r, name)) != NULL;
}

void runtime_offer_program(const struct runtimes *r, const char *name, json_t *document)
{
    programs_offer(r->programs, or_default(r, name), document);
}

void runtime_learn_program(const struct runtimes *r, struct runtime_container c, const json_t *document)
{
    scoped_free char *state = xasprintf("%s/%s/%s", r->exec_root, or_default(r, c.runtime), c.id);

    programs_learn(r->programs, or_default(r, c.runtime), state, document);
}

int runtime_argv(const struct runtimes *r, const char *name, struct strv *ret, struct error *err)
{
    const char *path = map_get(r->paths, or_default(r, name));

    if (!path)
        return error_set(err, ERR_INVALID, "unknown or invalid runtime name: %s", name);
    strv_add(ret, path);
    strv_add(ret, "--root");
    strv_addf(ret, "%s/%s", r->exec_root, or_default(r, name));
    if (str_starts(path_base(path), "crun"))
        strv_add(ret, "--cgroup-manager=cgroupfs"); /* runc's default; crun's may be systemd */
    return 0;
}

/* fork() and not posix_spawn(): the child needs a mount namespace before it becomes the runtime. */
static int fork_and_run(const struct strv *argv, bool hide, int out, int *status, struct error *err)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), raw;
    pid_t pid = null < 0 ? -1 : fork();

    if (pid == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(null, 0);
        dup2(out >= 0 ? out : null, 1);
        dup2(out >= 0 ? out : null, 2);
        if (!hide || isolated_hide_unified() == 0)
            execv(argv->items[0], argv->items);
        _exit(127);
    }
    if (null >= 0)
        close(null);
    if (pid < 0)
        return error_errno(err, "start '%s'", argv->items[0]);
    while (waitpid(pid, &raw, 0) < 0)
        if (errno != EINTR)
            return error_errno(err, "wait for '%s'", argv->items[0]);
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return 0;
}

/* Runs the runtime to its end; a status other than 0 becomes the error, with what it said. */
static int call(const struct runtimes *r, const struct strv *argv, struct error *err)
{
    scoped_close int memory = memfd_create("runtime-output", MFD_CLOEXEC);
    scoped_str text = { 0 };
    int status;

    if (memory < 0)
        return error_errno(err, "memfd_create");
    if (fork_and_run(argv, r->host.cgroups == CGROUP_HYBRID, memory, &status, err) < 0)
        return -1;
    if (status == 0)
        return 0;
    lseek(memory, 0, SEEK_SET);
    fd_read_all(memory, OUTPUT_MAX, &text, NULL);
    while (text.len && text.data[text.len - 1] == '\n')
        str_cut(&text, text.len - 1);
    return error_set(err, ERR_SYSTEM, "%s: %s", path_base(argv->items[0]),
                     text.len ? str_text(&text) : "failed");
}

static bool id_is_safe(const char *id)
{
    return *id && !strchr(id, '/') && id[0] != '.';
}

/* Field 22 of /proc/PID/stat, in clock ticks since boot. (proc(5)) */
static bool process_start(pid_t pid, uint64_t *ret)
{
    scoped_free char *path = xasprintf("/proc/%d/stat", (int)pid);
    scoped_str text = { 0 };
    const char *at;
    unsigned long long value;

    if (file_read(path, 4096, &text, NULL) < 0 || !(at = strrchr(str_text(&text), ')')))
        return false;
    if (sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &value) != 1)
        return false;
    *ret = value;
    return true;
}

struct init {
    pid_t pid;
    int fd; /* a pidfd; -1: this host has none */
};

static int read_init(const struct runtimes *r, const char *name, const char *id, pid_t *pid, uint64_t *start)
{
    scoped_free char *crun = xasprintf("%s/%s/%s/status", r->exec_root, or_default(r, name), id);
    scoped_free char *runc = xasprintf("%s/%s/%s/state.json", r->exec_root, or_default(r, name), id);
    scoped(json_decref) json_t *state = NULL;

    if (json_read_file(crun, &state, NULL) == 0) {
        *pid = (pid_t)json_int_at(state, "pid", 0);
        *start = (uint64_t)json_int_at(state, "process-start-time", 0);
    } else if (json_read_file(runc, &state, NULL) == 0) {
        *pid = (pid_t)json_int_at(state, "init_process_pid", 0);
        *start = (uint64_t)json_int_at(state, "init_process_start", 0);
    } else {
        return -1;
    }
    return *pid > 0 ? 0 : -1;
}

/* False: it is gone. The caller closes ret->fd. */
static bool find_init(const struct runtimes *r, const char *name, const char *id, struct init *ret)
{
    scoped_close int fd = -1;
    uint64_t wanted = 0, start = 0;
    pid_t pid = 0;

    if (read_init(r, name, id, &pid, &wanted) < 0)
        return false;
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0 && errno != ENOSYS && errno != EPERM)
        return false;
    if (!process_start(pid, &start) || (wanted && wanted != start))
        return false;
    *ret = (struct init){ .pid = pid, .fd = take_fd(&fd) };
    return true;
}

static int send_signal(const struct init *init, int signal)
{
    return init->fd >= 0 ? (int)syscall(SYS_pidfd_send_signal, init->fd, signal, NULL, 0)
                         : kill(init->pid, signal);
}

/* Killing process 1 of a pid namespace ends all of it; elsewhere the others must be killed one by one. */
static bool is_namespace_init(pid_t pid)
{
    scoped_free char *theirs = xasprintf("/proc/%d/ns/pid", (int)pid);
    struct stat a, b;

    return stat(theirs, &a) == 0 && stat("/proc/self/ns/pid", &b) == 0 && a.st_ino != b.st_ino;
}

static void kill_all(const struct runtimes *r, struct runtime_container c)
{
    scoped_free char *path = cgroup_path(&r->host, c.cgroup_parent, c.id);
    scoped_free pid_t *pids = NULL;
    size_t count = 0;

    if (cgroup_pids(&r->host, path, &pids, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++)
        kill(pids[i], SIGKILL);
}

int runtime_kill(const struct runtimes *r, struct runtime_container c, int signal, struct error *err)
{
    struct init init;
    int failed;

    if (!id_is_safe(c.id))
        return error_set(err, ERR_INVALID, "invalid id '%s'", c.id);
    if (!find_init(r, c.runtime, c.id, &init))
        return error_set(err, ERR_CONFLICT, "container %s is not running", c.id);
    if (signal == SIGKILL && !is_namespace_init(init.pid))
        kill_all(r, c);
    failed = send_signal(&init, signal) < 0 ? errno : 0;
    if (init.fd >= 0)
        close(init.fd);
    if (failed == ESRCH)
        return error_set(err, ERR_CONFLICT, "container %s is not running", c.id);
    errno = failed;
    return failed ? error_errno(err, "send signal %d to process %d", signal, (int)init.pid) : 0;
}

static int freeze(const struct runtimes *r, struct runtime_container c, bool frozen, struct error *err)
{
    scoped_free char *path = cgroup_path(&r->host, c.cgroup_parent, c.id);

    if (!r->host.freezer)
        return error_set(err, ERR_SYSTEM, "this host has no freezer");
    return cgroup_freeze(&r->host, path, frozen, err);
}

int runtime_pause(const struct runtimes *r, struct runtime_container c, struct error *err)
{
    return freeze(r, c, true, err);
}

int runtime_resume(const struct runtimes *r, struct runtime_container c, struct error *err)
{
    return freeze(r, c, false, err);
}

int runtime_delete(const struct runtimes *r, struct runtime_container c, struct error *err)
{
    scoped_free char *state = xasprintf("%s/%s/%s", r->exec_root, or_default(r, c.runtime), c.id);
    scoped_strv argv = { 0 };

    if (!id_is_safe(c.id))
        return error_set(err, ERR_INVALID, "invalid id '%s'", c.id);
    if (!path_exists(state))
        return 0;
    if (runtime_argv(r, c.runtime, &argv, err) < 0)
        return -1;
    strv_add(&argv, "delete");
    strv_add(&argv, "--force");
    strv_add(&argv, c.id);
    return call(r, &argv, err);
}

int runtime_pids(const struct runtimes *r, struct runtime_container c, pid_t **ret, size_t *count,
                 struct error *err)
{
    scoped_free char *path = cgroup_path(&r->host, c.cgroup_parent, c.id);

    return cgroup_pids(&r->host, path, ret, count, err);
}

int runtime_update(const struct runtimes *r, struct runtime_container c, const json_t *resources,
                   struct error *err)
{
    scoped(json_decref) json_t *document = resources_make(resources, &r->host);
    scoped_free char *file = xasprintf("%s/update-%s.json", r->exec_root, c.id);
    scoped_strv argv = { 0 };
    int result;

    if (json_object_size(document) == 0)
        return 0;
    if (runtime_argv(r, c.runtime, &argv, err) < 0 || json_write_file(file, document, err) < 0)
        return -1;
    strv_add(&argv, "update");
    strv_add(&argv, "--resources");
    strv_add(&argv, file);
    strv_add(&argv, c.id);
    result = call(r, &argv, err);
    unlink(file);
    return result;
}

int runtime_stats(const struct runtimes *r, struct runtime_container c, json_t **ret, struct error *err)
{
    scoped_free char *path = cgroup_path(&r->host, c.cgroup_parent, c.id);

    return cgroup_stats(&r->host, path, ret, err);
}
