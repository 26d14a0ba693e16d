/* shim/main.c - engine-shim: keeps one container.
 *
 *     engine-shim DIR < options (a JSON object)
 *
 * It listens, then goes to the background; its parent sees status 0 when the socket answers, or a complaint on standard
 * error. It is a session of its own, so that nothing that ends the daemon ends it, and the subreaper of its descendants,
 * so that the container's init becomes its child. Its folder is DIR, and all its files are named relative to it.
 *
 * The end comes in one order: the output has ended and is in the log, the OCI runtime has removed the container,
 * exit.json is in place, then those who wait are answered. They hear "ending" while the runtime is still at work, so that the
 * daemon may clear away its own things meanwhile. Whoever finds neither a shim nor exit.json knows that the shim
 * was killed. */
#include "shim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"

#define LINGER (10 * NANOS_PER_SECOND) /* for readers that have not taken the last output yet */

struct shim shim;

static int epoll = -1;
static struct source listener = { .fd = -1 }, signals = { .fd = -1 };

void source_add(struct source *s, int fd, uint32_t events, void (*handle)(struct source *, uint32_t))
{
    struct epoll_event e = { .events = events, .data.ptr = s };

    *s = (struct source){ .fd = fd, .events = events, .handle = handle };
    if (events)
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

/* With no events at all it is taken out, for EPOLLHUP would come without end. */
void source_set(struct source *s, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.ptr = s };

    if (s->fd < 0 || s->events == events)
        return;
    epoll_ctl(epoll, events == 0 ? EPOLL_CTL_DEL : s->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, s->fd, &e);
    s->events = events;
}

void source_close(struct source *s)
{
    if (s->fd < 0)
        return;
    epoll_ctl(epoll, EPOLL_CTL_DEL, s->fd, NULL);
    close(s->fd);
    s->fd = -1;
}

static bool oom_killed(void)
{
    scoped_str text = { 0 };
    const char *at;

    if (!shim.cgroup_file || file_read(shim.cgroup_file, 65536, &text, NULL) < 0)
        return false;
    at = strstr(str_text(&text), "oom_kill ");
    return at && atoll(at + strlen("oom_kill ")) > 0;
}

static json_t *exit_document(bool oom)
{
    const struct session *s = shim.sessions;

    return json_pack("{s:b, s:i, s:b, s:I}", "ok", 1, "code", s->code, "oom", oom, "time",
                     (json_int_t)s->time);
}

static bool oom_seen;
static void deleted(void);

void main_finish(void)
{
    if (shim.log)
        json_log_flush(shim.log, NULL);
    shim.log = json_log_close(shim.log);
    oom_seen = oom_killed();
    control_container_ending();
    start_delete();
    if (shim.deleter < 0)
        deleted();
}

/* Execs ended with the container; a code that nobody saw is that of SIGKILL. */
static void end_execs(void)
{
    struct session *next;

    for (struct session *s = shim.sessions->next; s; s = next) {
        next = s->next;
        if (s->state == SESSION_DONE)
            continue;
        if (s->state != SESSION_ENDED)
            s->code = 128 + SIGKILL;
        session_close_all(s);
        s->state = SESSION_DONE;
        control_exec_ended(s);
    }
}

static void deleted(void)
{
    scoped(json_decref) json_t *document = exit_document(oom_seen);
    scoped_free char *text = json_text(document);

    end_execs();
    /* not synced: after a power cut there is no container either way */
    if (file_replace("exit.json", text, strlen(text), 0600, NULL) < 0)
        fputs("engine-shim: exit.json could not be written\n", stderr);
    unlink("shim.sock");
    unlink("pid");
    source_close(&listener);
    shim.finished = true;
    control_container_ended(document);
}

static int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void reaped(pid_t pid, int status)
{
    struct session *s = session_by_pid(pid);

    if (WIFSTOPPED(status)) /* reported of traced ones alone */
        hold_stopped(pid, status >> 8);
    else if (pid == shim.deleter)
        deleted();
    else if (s && s->starter == pid)
        start_child_ended(s, code_of(status));
    else if (s && s->state == SESSION_RUNNING)
        session_exited(s, code_of(status));
}

/* Runtimes first: the children of others are looked at when no pid is still to be learnt. */
static bool reap_one(bool starters)
{
    int status;

    for (struct session *s = shim.sessions; s; s = s->next) {
        pid_t pid = starters ? s->starter : s->state == SESSION_RUNNING ? s->pid : 0;

        if (pid > 0 && waitpid(pid, &status, WNOHANG) == pid) {
            reaped(pid, status); /* may free sessions: the caller starts again */
            return true;
        }
    }
    return false;
}

static void reap(void)
{
    pid_t pid;
    int status;

    hold_look();
    while (reap_one(true))
        ;
    if (start_pending()) {
        while (reap_one(false))
            ;
        return;
    }
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        reaped(pid, status);
}

static void signal_event(struct source *source, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    while (read(source->fd, &info, sizeof(info)) > 0)
        ;
    reap();
}

static void run_loop(void)
{
    nanos deadline = 0;

    while (!shim.over) {
        struct epoll_event e;
        int n = epoll_wait(epoll, &e, 1, shim.finished ? 100 : -1);

        if (n == 1) {
            struct source *s = e.data.ptr;

            s->handle(s, e.events);
        }
        if (shim.finished && !deadline)
            deadline = clock_monotonic() + LINGER;
        if (shim.finished && (!shim.connections || clock_monotonic() > deadline))
            shim.over = true;
    }
}

static int listen_here(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "shim.sock" };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    unlink("shim.sock");
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 128) < 0)
        return -1;
    return fd;
}

static int read_options(struct error *err)
{
    scoped_str text = { 0 };
    scoped(json_decref) json_t *options = NULL;
    struct json_log_options log = { 0 };
    const char *log_path;

    if (fd_read_all(0, PROTOCOL_LINE_MAX, &text, err) < 0 ||
        json_parse(str_text(&text), text.len, &options, err) < 0)
        return -1;
    shim.bundle = xstrdup(json_str_at(options, "bundle", ""));
    shim.id = xstrdup(json_str_at(options, "id", ""));
    json_strv_at(options, "runtime", &shim.runtime);
    shim.hybrid = json_bool_at(options, "hybrid", false);
    shim.tty = json_bool_at(options, "tty", false);
    shim.open_stdin = json_bool_at(options, "open_stdin", false);
    shim.stdin_once = json_bool_at(options, "stdin_once", false);
    log.max_size = json_int_at(options, "log_max_size", 0);
    log.max_file = (unsigned)json_int_at(options, "log_max_file", 1);
    log_path = json_str_at(options, "log_path", NULL);
    if (shim.runtime.count == 0 || !*shim.id)
        return error_set(err, ERR_INVALID, "incomplete options");
    return log_path ? json_log_open(log_path, &log, &shim.log, err) : 0;
}

static void block_signals(sigset_t *mask)
{
    static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM };

    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(mask);
    sigaddset(mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, mask, NULL);
}

static void container_session(void)
{
    struct session *s = session_new(NULL);

    s->tty = shim.tty;
    s->wants_stdin = shim.open_stdin;
    s->eof_closes_stdin = shim.stdin_once;
}

/* The daemon's standard error stays ours no longer than its answer takes. */
static void leave_terminal(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; i < 3; i++)
        dup2(null, i);
    close(null);
}

static int prepare(const char *dir, int *socket, struct error *err)
{
    if (chdir(dir) < 0)
        return error_errno(err, "enter '%s'", dir);
    shim.dir = getcwd(NULL, 0);
    if (!shim.dir || read_options(err) < 0)
        return -1;
    *socket = listen_here();
    return *socket < 0 ? error_errno(err, "listen in '%s'", dir) : 0;
}

int main(int argc, char **argv)
{
    struct error err;
    sigset_t mask;
    int socket;
    pid_t pid;

    if (argc != 2) {
        fputs("usage: engine-shim DIR < options; engined starts it\n", stderr);
        return 2;
    }
    error_clear(&err);
    umask(022);
    if (prepare(argv[1], &socket, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    pid = fork();
    if (pid != 0)
        _exit(pid < 0);
    setsid();
    leave_terminal();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    block_signals(&mask);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    source_add(&signals, signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK), EPOLLIN, signal_event);
    source_add(&listener, socket, EPOLLIN, control_listen_event);
    container_session();
    run_loop();
    if (!shim.finished) { /* else the folder may be another shim's by now */
        unlink("shim.sock");
        unlink("pid");
    }
    return 0;
}
