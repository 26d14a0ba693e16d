/* container/exec.c - further processes in a running container: ExecCreate, ExecStart, ExecInspect, ExecResize.
 *
 * An exec is known by its id until its container is gone, or some minutes after it has ended, so that a client can ask for
 * its exit code. Each running one has a thread that waits for its end at the shim. */
#include "container/shape.h"
#include "container/stream.h"

#include <errno.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#include "runtime/spec.h"

#define KEEP_ENDED_NS (300 * NANOS_PER_SECOND)
#define READY_WAIT_S  10
#define EXECS_MOST    4096 /* of all containers together, ended ones included */

struct exec {
    atomic_uint refs;
    struct container *c;
    char id[ID_LENGTH + 1];
    json_t *config; /* as created, completed; never changed */
    bool tty;

    pthread_mutex_t lock; /* taken after any other */
    pthread_cond_t changed;
    bool started, running, ended;
    int exit_code;
    pid_t pid;
    nanos ended_at; /* monotonic */
};

static struct exec *exec_ref(struct exec *e)
{
    atomic_fetch_add(&e->refs, 1);
    return e;
}

struct exec *exec_unref(struct exec *e)
{
    if (!e || atomic_fetch_sub(&e->refs, 1) != 1)
        return NULL;
    container_unref(e->c);
    json_decref(e->config);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->lock);
    free(e);
    return NULL;
}

/* -- the book of execs -- */

static bool is_stale(struct exec *e, nanos now)
{
    bool stale;

    pthread_mutex_lock(&e->lock);
    stale = e->ended && now - e->ended_at > KEEP_ENDED_NS;
    pthread_mutex_unlock(&e->lock);
    return stale;
}

/* Takes those out of the book that `match` names; drops their references after the lock. */
static void book_sweep(struct containers *all, bool (*match)(struct exec *e, void *user), void *user)
{
    struct exec **gone;
    size_t at = 0, count = 0;
    const char *id;
    void *value;

    pthread_mutex_lock(&all->lock);
    gone = xcalloc(map_count(all->execs) + 1, sizeof(*gone));
    while (map_next(all->execs, &at, &id, &value)) {
        if (!match(value, user))
            continue;
        gone[count++] = value;
        map_remove(all->execs, id);
    }
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < count; i++)
        exec_unref(gone[i]);
    free(gone);
}

static bool match_stale(struct exec *e, void *user)
{
    return is_stale(e, *(nanos *)user);
}

static bool match_container(struct exec *e, void *user)
{
    return e->c == user;
}

static bool match_all(struct exec *e, void *user)
{
    (void)e;
    (void)user;
    return true;
}

void execs_remove(struct container *c)
{
    book_sweep(c->all, match_container, c);
}

void execs_close(struct containers *all)
{
    book_sweep(all, match_all, NULL);
    all->execs = map_free(all->execs);
}

void execs_forget(struct container *c)
{
    pthread_mutex_lock(&c->lock);
    strv_free(&c->execs);
    c->execs = (struct strv){ 0 };
    pthread_mutex_unlock(&c->lock);
}

static void unlist(struct exec *e)
{
    struct container *c = e->c;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->execs.count; i++) {
        if (str_eq(c->execs.items[i], e->id)) {
            strv_remove(&c->execs, i);
            break;
        }
    }
    pthread_mutex_unlock(&c->lock);
}

int exec_find(struct containers *all, const char *id, struct exec **ret, struct error *err)
{
    struct exec *e;

    pthread_mutex_lock(&all->lock);
    e = map_get(all->execs, id);
    if (e)
        exec_ref(e);
    pthread_mutex_unlock(&all->lock);
    if (!e)
        return error_set(err, ERR_NOT_FOUND, "No such exec instance: %s", id);
    *ret = e;
    return 0;
}

/* -- events -- */

static void exec_event(struct exec *e, const char *verb, json_t *more)
{
    scoped_strv words = { 0 };
    scoped_free char *action = NULL, *line = NULL;

    if (!more)
        more = json_object();
    json_object_set_new(more, "execID", json_string(e->id));
    if (str_eq(verb, "exec_die")) {
        container_event(e->c, verb, more);
        return;
    }
    json_strv_at(e->config, "Cmd", &words);
    if (words.count == 1)
        strv_add(&words, "");
    line = strv_join(&words, " ");
    action = xasprintf("%s: %s", verb, line);
    container_event(e->c, action, more);
}

/* -- create -- */

static int check_running(struct container *c, struct error *err)
{
    scoped_free char *name = container_name(c);
    struct state s = container_state(c);

    if (!s.running)
        return state_not_running(c, err);
    if (s.paused)
        return error_set(err, ERR_CONFLICT, "Container %s is paused, unpause the container before exec",
                         name);
    if (s.restarting)
        return error_set(err, ERR_CONFLICT, "Container %s is restarting, wait until the container is running",
                         c->id);
    return 0;
}

static struct exec *exec_new(struct container *c, json_t *config)
{
    struct exec *e = new_zeroed(struct exec);

    atomic_init(&e->refs, 1);
    e->c = container_ref(c);
    id_make(e->id);
    e->config = config;
    e->tty = json_bool_at(config, "Tty", false);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->changed, NULL);
    return e;
}

static int book_add(struct containers *all, struct exec *e, struct error *err)
{
    bool full;

    pthread_mutex_lock(&all->lock);
    full = map_count(all->execs) >= EXECS_MOST;
    if (!full)
        map_set(all->execs, e->id, exec_ref(e));
    pthread_mutex_unlock(&all->lock);
    return full ? error_set(err, ERR_UNAVAILABLE, "more than %d execs", EXECS_MOST) : 0;
}

static int complete(struct container *c, json_t *config, int api_version, struct error *err)
{
    scoped(json_decref) json_t *own = container_config(c, NULL);
    struct detach keys;

    if (api_version < 42)
        json_object_del(config, "ConsoleSize");
    if (!json_str_at(config, "User", "")[0])
        json_object_set_new(config, "User", json_string(json_str_at(own, "User", "")));
    return detach_parse(json_str_at(config, "DetachKeys", ""), &keys, err);
}

/* A user that the container does not know is refused before there is an exec. */
static int check_user(struct container *c, const json_t *config, struct error *err)
{
    scoped_free char *rootfs = container_dir(c, "merged");
    struct spec_user user = { 0 };

    if (spec_find_user(rootfs, json_str_at(config, "User", ""), NULL, &user, NULL, err) < 0)
        return error_as(err, ERR_INVALID);
    free((void *)user.extra);
    return 0;
}

int exec_create(struct container *c, const json_t *body, int api_version, char **id, struct error *err)
{
    json_t *config = NULL;
    struct exec *e;
    nanos now = clock_monotonic();

    if (shape_fill(body, exec_shape, "", &config, err) < 0)
        return -1;
    if (json_array_size(json_object_get(config, "Cmd")) == 0) {
        json_decref(config);
        return error_set(err, ERR_INVALID, "No exec command specified");
    }
    if (check_running(c, err) < 0 || complete(c, config, api_version, err) < 0 ||
        check_user(c, config, err) < 0) {
        json_decref(config);
        return -1;
    }
    book_sweep(c->all, match_stale, &now);
    e = exec_new(c, config);
    if (book_add(c->all, e, err) < 0) {
        exec_unref(e);
        return -1;
    }
    pthread_mutex_lock(&c->lock);
    strv_add(&c->execs, e->id);
    pthread_mutex_unlock(&c->lock);
    exec_event(e, "exec_create", NULL);
    *id = xstrdup(e->id);
    exec_unref(e);
    return 0;
}

/* -- start -- */

static int claim(struct exec *e, struct error *err)
{
    bool ended, started;

    pthread_mutex_lock(&e->lock);
    ended = e->ended;
    started = e->started;
    e->started = true;
    pthread_mutex_unlock(&e->lock);
    if (ended)
        return error_set(err, ERR_CONFLICT, "exec command %s has already run", e->id);
    if (started)
        return error_set(err, ERR_CONFLICT, "exec command %s is already running", e->id);
    return 0;
}

static void finish(struct exec *e, int code)
{
    unlist(e);
    pthread_mutex_lock(&e->lock);
    e->running = false;
    e->ended = true;
    e->exit_code = code;
    e->ended_at = clock_monotonic();
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
}

/* The container's own process, with what the exec says differently, and its start (`how`) about the terminal's size. */
static int make_process(struct exec *e, const json_t *how, json_t **ret, struct error *err)
{
    json_t *size = json_object_get(how, "ConsoleSize");
    scoped_free char *bundle = container_dir(e->c, "config.json"), *rootfs = container_dir(e->c, "merged");
    scoped(json_decref) json_t *base = NULL;
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = NULL;
    struct spec_user user = { 0 };
    int rc;

    json_decref(container_config(e->c, &host_config));
    if (json_read_file(bundle, &base, err) < 0 ||
        spec_find_user(rootfs, json_str_at(e->config, "User", ""), json_object_get(host_config, "GroupAdd"),
                       &user, NULL, err) < 0)
        return -1;
    config = json_deep_copy(e->config);
    if (json_is_array(size))
        json_object_set(config, "ConsoleSize", size);
    rc = spec_exec_process(base, config, &user, ret, err);
    free((void *)user.extra);
    return rc;
}

static void *exec_main(void *arg)
{
    struct exec *e = arg;
    struct containers *all = e->c->all;
    scoped_free char *dir = container_run_dir(e->c);
    char text[16];
    int code = 137;

    if (shim_exec_wait(dir, e->id, &code, NULL) < 0)
        code = 137;
    snprintf(text, sizeof(text), "%d", code);
    finish(e, code);
    exec_event(e, "exec_die", json_pack("{s:s}", "exitCode", text));
    exec_unref(e);
    thread_done(all);
    return NULL;
}

static int launch(struct exec *e, const json_t *how, bool attached, int *fd, struct error *err)
{
    scoped_free char *dir = container_run_dir(e->c);
    scoped(json_decref) json_t *process = NULL;
    struct shim_exec exec = { .id = e->id, .tty = e->tty };
    pid_t pid = 0;

    if (check_running(e->c, err) < 0 || make_process(e, how, &process, err) < 0)
        return -1;
    exec.process = process;
    if (attached)
        exec.streams = (struct shim_streams){ .in = json_bool_at(e->config, "AttachStdin", false),
                                              .out = json_bool_at(e->config, "AttachStdout", false),
                                              .err = json_bool_at(e->config, "AttachStderr", false) &&
                                                     (e->tty || !json_bool_at(how, "Tty", false)) };
    exec_event(e, "exec_start", NULL);
    if (shim_exec(dir, &exec, fd, &pid, err) < 0)
        return -1;
    pthread_mutex_lock(&e->lock);
    e->running = true;
    e->pid = pid;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (thread_run(e->c->all, exec_main, exec_ref(e), err) < 0) {
        exec_unref(e);
        finish(e, 137);
        return -1;
    }
    return 0;
}

static int start(struct exec *e, const json_t *how, bool attached, int *fd, struct error *err)
{
    struct error own = { 0 };
    int code;

    if (claim(e, err) < 0)
        return -1;
    if (launch(e, how, attached, fd, &own) == 0)
        return 0;
    code = own.kind == ERR_NOT_FOUND ? 127 : 126;
    if (own.kind == ERR_NOT_FOUND)
        own.kind = ERR_INVALID;
    finish(e, code);
    if (err)
        *err = own;
    return -1;
}

/* The exit code is known when the client sees the end of the stream, unless the process only closed its output. */
static void wait_for_end(struct exec *e, int seconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&e->lock);
    while (!e->ended && pthread_cond_timedwait(&e->changed, &e->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&e->lock);
}

int exec_start(struct exec *e, const json_t *how, const struct byte_stream *client,
               int (*ready)(void *user, struct error *err), void *user, struct error *err)
{
    bool wants_raw =
        json_bool_at(how, "Tty", false); /* what the start says of frames counts, not the session */
    struct reframe reframe = { .client = client, .frames = !wants_raw };
    struct byte_stream other = reframed(&reframe);
    scoped_close int fd = -1;
    struct error own = { 0 };
    struct detach keys;
    enum pump_end end;

    if (!client)
        return start(e, how, false, &fd, err);
    /* A Docker Engine looks at the container, then takes the connection over; what goes wrong later is told in the stream. */
    if (check_running(e->c, err) < 0 || ready(user, err) < 0)
        return -1;
    if (start(e, how, true, &fd, &own) < 0) {
        scoped_free char *line = xasprintf("%s\r\n", own.text);

        return stream_text(client, wants_raw, STREAM_STDOUT, line, strlen(line), err);
    }
    if (detach_parse(json_str_at(e->config, "DetachKeys", ""), &keys, err) < 0)
        return -1;
    if (fd < 0) {
        wait_for_end(e, READY_WAIT_S);
        return 0;
    }
    end = pump(e->tty == wants_raw ? client : &other, fd, json_bool_at(e->config, "AttachStdin", false),
               e->tty ? &keys : NULL);
    if (end == PUMP_DETACHED)
        exec_event(e, "exec_detach", NULL);
    if (end == PUMP_ENDED)
        wait_for_end(e, 2);
    return 0;
}

/* -- inspect, resize -- */

static json_t *process_json(const struct exec *e)
{
    json_t *arguments = json_deep_copy(json_object_get(e->config, "Cmd")), *o;

    json_array_remove(arguments, 0);
    o = json_pack("{s:b, s:s, s:o, s:b}", "tty", (int)e->tty, "entrypoint",
                  json_string_value(json_array_get(json_object_get(e->config, "Cmd"), 0)), "arguments",
                  arguments, "privileged", (int)json_bool_at(e->config, "Privileged", false));
    if (json_str_at(e->config, "User", "")[0])
        json_object_set_new(o, "user", json_deep_copy(json_object_get(e->config, "User")));
    return o;
}

/* The keys' bytes in base64; "" for the default. */
static void put_keys(json_t *o, const char *keys)
{
    unsigned char text[4 * ((DETACH_KEYS_MAX + 2) / 3) + 1] = "";
    struct detach detach;

    if (keys[0] && detach_parse(keys, &detach, NULL) == 0)
        EVP_EncodeBlock(text, detach.keys, (int)detach.count);
    json_object_set_new(o, "DetachKeys", json_string((const char *)text));
}

int exec_inspect(struct exec *e, json_t **ret, struct error *err)
{
    json_t *process = process_json(e);

    (void)err;
    pthread_mutex_lock(&e->lock);
    *ret =
        json_pack("{s:s, s:b, s:o, s:o, s:b, s:b, s:b, s:b, s:s, s:s, s:i}", "ID", e->id, "Running",
                  (int)e->running, "ExitCode", e->ended ? json_integer(e->exit_code) : json_null(),
                  "ProcessConfig", process, "OpenStdin", (int)json_bool_at(e->config, "AttachStdin", false),
                  "OpenStderr", (int)json_bool_at(e->config, "AttachStderr", false), "OpenStdout",
                  (int)json_bool_at(e->config, "AttachStdout", false), "CanRemove", 0, "ContainerID",
                  e->c->id, "DetachKeys", "", "Pid", (int)e->pid);
    put_keys(*ret, json_str_at(e->config, "DetachKeys", ""));
    pthread_mutex_unlock(&e->lock);
    return 0;
}

int exec_resize(struct exec *e, uint16_t rows, uint16_t cols, struct error *err)
{
    scoped_free char *dir = container_run_dir(e->c);
    struct timespec until;
    bool running, ended;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += READY_WAIT_S;
    pthread_mutex_lock(&e->lock);
    while (!e->running && !e->ended && pthread_cond_timedwait(&e->changed, &e->lock, &until) == 0)
        ;
    running = e->running;
    ended = e->ended;
    pthread_mutex_unlock(&e->lock);
    if (ended)
        return error_set(err, ERR_CONFLICT, "exec process is not running");
    if (!running)
        return error_set(err, ERR_SYSTEM, "timeout waiting for exec session ready");
    return e->tty ? shim_resize(dir, e->id, rows, cols, err) : 0;
}

/* -- health checks -- */

#define PROBE_OUTPUT_MAX 4096

/* False: it was still going on when the time was over. */
static bool read_probe(int fd, nanos until, struct str *output)
{
    struct unframe frames = { 0 };
    uint8_t bytes[4096];
    ssize_t n;

    for (;;) {
        nanos left = until - clock_monotonic();
        int ready = left > 0 ? fd_wait_readable(fd, (int)(left / 1000000) + 1, NULL) : 0;

        if (ready <= 0)
            return ready != 0;
        n = read(fd, bytes, sizeof(bytes));
        if (n <= 0)
            return n == 0;
        unframe_add(&frames, bytes, (size_t)n, output, PROBE_OUTPUT_MAX);
    }
}

int exec_probe(struct container *c, const json_t *command, int64_t timeout_ns, int *code, struct str *output,
               struct error *err)
{
    json_t *body = json_pack("{s:O, s:b, s:b}", "Cmd", command, "AttachStdout", 1, "AttachStderr", 1);
    scoped_free char *id = NULL;
    struct exec *e = NULL;
    scoped_close int fd = -1;
    int rc = exec_create(c, body, 999, &id, err);

    json_decref(body);
    if (rc < 0 || exec_find(c->all, id, &e, err) < 0)
        return -1;
    if (start(e, NULL, true, &fd, err) < 0) {
        *code = e->exit_code;
        str_add(output, err ? err->text : "");
        exec_unref(e);
        return 0;
    }
    if (!read_probe(fd, clock_monotonic() + timeout_ns, output)) {
        if (e->pid > 0)
            kill(e->pid, SIGKILL);
        exec_unref(e);
        return error_set(err, ERR_UNAVAILABLE, "Health check exceeded timeout");
    }
    wait_for_end(e, 2);
    pthread_mutex_lock(&e->lock);
    *code = e->exit_code;
    pthread_mutex_unlock(&e->lock);
    exec_unref(e);
    return 0;
}
