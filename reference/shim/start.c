/* shim/start.c - calling the OCI runtime.
 *
 * `run --detach` hands its own stdio to the container, so the runtime's complaints go to a file (--log, JSON). A terminal's
 * master comes over the console socket. That socket and the pid file are named below /proc/PID/cwd: a socket's name may
 * have 108 bytes, and the runtime changes its folder before it looks.
 *
 * The container's init becomes our child when the runtime ends (we are the subreaper). It may end before we know its pid:
 * while a runtime is at work nobody else is reaped (main.c), so the pid file is read first. */
#include "shim/internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "runtime/isolated.h"

#define LOG_MAX 65536

struct stdio {
    int theirs[3], ours[3];
};

static void close_all(int fds[3])
{
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int open_null(void)
{
    return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int make_pipe(struct stdio *io, int which)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    io->theirs[which] = ends[which == 0 ? 0 : 1];
    io->ours[which] = ends[which == 0 ? 1 : 0];
    return 0;
}

static int make_stdio(const struct session *s, struct stdio *io)
{
    bool wanted[3] = { s->wants_stdin, !s->id || s->want_out, !s->id || s->want_err };

    *io = (struct stdio){
        {-1,  -1, -1},
        { -1, -1, -1}
    };
    for (int i = 0; i < 3; i++) {
        if (wanted[i] && !s->tty) {
            if (make_pipe(io, i) < 0)
                return -1;
        } else if ((io->theirs[i] = open_null()) < 0) {
            return -1;
        }
    }
    return 0;
}

static void keep_stdio(struct session *s, struct stdio *io)
{
    if (io->ours[0] >= 0)
        session_attach_input(s, io->ours[0]);
    if (io->ours[1] >= 0)
        session_attach_output(s, io->ours[1], false);
    if (io->ours[2] >= 0)
        session_attach_output(s, io->ours[2], true);
}

static char *file_of(const struct session *s, const char *suffix)
{
    return s->id ? xasprintf("exec-%s.%s", s->id, suffix) : xstrdup(suffix);
}

/* Seen by other processes under a short name. */
static char *public_name(const char *file)
{
    return xasprintf("/proc/%d/cwd/%s", (int)getpid(), file);
}

static int open_console(struct session *s)
{
    scoped_free char *file = file_of(s, "tty");
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    scoped_free char *public = public_name(file);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    unlink(file);
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", public);
    if (fd < 0 || strlen(public) >= sizeof(name.sun_path) ||
        bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 1) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    s->console.fd = fd; /* asked once, when the runtime has ended */
    return 0;
}

/* The descriptor that came with the runtime's message; -1 when there is none. */
static int receive_fd(int socket)
{
    char byte[256];
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = { byte, sizeof(byte) };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
    };
    struct cmsghdr *c;
    int fd = -1;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
        return -1;
    c = CMSG_FIRSTHDR(&message);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len >= CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(c), sizeof(int));
    return fd;
}

static int take_console(struct session *s)
{
    scoped_close int peer = accept4(s->console.fd, NULL, NULL, SOCK_CLOEXEC);
    scoped_free char *file = file_of(s, "tty");
    int fd = peer < 0 ? -1 : receive_fd(peer);

    unlink(file);
    close(s->console.fd);
    s->console.fd = -1;
    if (fd < 0)
        return -1;
    session_attach_terminal(s, fd);
    return 0;
}

/* `gate` (a pipe, or NULL): the child waits until we have closed our ends. */
static pid_t spawn(const struct strv *argv, const int stdio[3], const int *gate)
{
    pid_t pid = fork();

    if (pid == 0) {
        sigset_t none;
        char byte;

        if (gate && (close(gate[1]) < 0 || read(gate[0], &byte, 1) != 0))
            _exit(127);
        for (int i = 0; i < 3; i++)
            if (dup2(stdio[i], i) < 0)
                _exit(127);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        if (!shim.hybrid || isolated_hide_unified() == 0)
            execv(argv->items[0], argv->items);
        _exit(127);
    }
    return pid;
}

/* The process-to-be is traced before it has become the runtime, or its first fork might be missed. */
static void spawn_held(struct session *s, const struct strv *argv, const int stdio[3])
{
    int gate[2];

    if (pipe2(gate, O_CLOEXEC) < 0) {
        s->starter = -1;
        return;
    }
    s->starter = spawn(argv, stdio, gate);
    if (s->starter > 0)
        hold_begin(s);
    close(gate[0]);
    close(gate[1]);
}

static void runtime_command(struct strv *argv, const char *log)
{
    strv_add_all(argv, &shim.runtime);
    if (log) {
        strv_add(argv, "--log");
        strv_addf(argv, "%s/%s", shim.dir, log);
        strv_add(argv, "--log-format");
        strv_add(argv, "json");
    }
}

static void add_files(struct session *s, struct strv *argv)
{
    scoped_free char *pid = file_of(s, "pid");

    strv_add(argv, "--detach");
    strv_add(argv, "--pid-file");
    strv_addf(argv, "%s/%s", shim.dir, pid);
    if (s->tty) {
        scoped_free char *tty = file_of(s, "tty"), *public = public_name(tty);

        strv_add(argv, "--console-socket");
        strv_add(argv, public);
    }
}

static int make_command(struct session *s, const json_t *process, struct strv *argv)
{
    scoped_free char *log = file_of(s, "log");
    scoped_free char *file = file_of(s, "json");

    unlink(log);
    runtime_command(argv, log);
    if (!s->id) {
        strv_add(argv, "run");
        add_files(s, argv);
        strv_add(argv, "--bundle");
        strv_add(argv, shim.bundle);
    } else {
        scoped_free char *text = json_text(process);
        scoped_close int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        if (fd < 0 || fd_write_all(fd, text, strlen(text), NULL) < 0)
            return -1;
        strv_add(argv, "exec");
        add_files(s, argv);
        strv_add(argv, "--process");
        strv_addf(argv, "%s/%s", shim.dir, file);
    }
    strv_add(argv, shim.id);
    return 0;
}

static void remove_files(const struct session *s)
{
    static const char *const suffixes[] = { "log", "json", "tty" };

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        scoped_free char *file = file_of(s, suffixes[i]);

        unlink(file);
    }
    if (s->id) {
        scoped_free char *file = file_of(s, "pid");

        unlink(file);
    }
}

static void failed(struct session *s, enum error_kind kind, const char *text)
{
    bool container = s->id == NULL;

    remove_files(s);
    control_start_failed(s, kind, text);
    if (container)
        shim.over = true;
    else
        session_free(s);
}

void start_session(struct session *s, const json_t *process)
{
    scoped_strv argv = { 0 };
    struct stdio io;

    s->state = SESSION_STARTING;
    if (make_stdio(s, &io) < 0 || (s->tty && open_console(s) < 0) || make_command(s, process, &argv) < 0) {
        scoped_free char *text = xasprintf("prepare stdio: %s", strerror(errno));

        close_all(io.theirs);
        close_all(io.ours);
        failed(s, ERR_SYSTEM, text);
        return;
    }
    s->started = clock_now();
    if (hold_wanted(s))
        spawn_held(s, &argv, io.theirs);
    else
        s->starter = spawn(&argv, io.theirs, NULL);
    close_all(io.theirs);
    keep_stdio(s, &io);
    if (s->starter < 0)
        failed(s, ERR_SYSTEM, "fork failed");
}

/* The last complaint in the runtime's log. */
static void read_complaint(const struct session *s, struct str *ret)
{
    scoped_free char *file = file_of(s, "log");
    scoped_str text = { 0 };
    char *save = NULL;

    file_read(file, LOG_MAX, &text, NULL);
    for (char *line = text.data ? strtok_r(text.data, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        scoped(json_decref) json_t *entry = NULL;
        const char *message;

        if (json_parse(line, strlen(line), &entry, NULL) < 0 || !(message = json_str_at(entry, "msg", NULL)))
            continue;
        if (str_eq(json_str_at(entry, "level", "error"), "error") || ret->len == 0) {
            str_cut(ret, 0);
            str_add(ret, message);
        }
    }
    if (ret->len == 0)
        str_add(ret, "the OCI runtime failed without a word");
}

/* What was to be executed: the exec's own args, or the bundle's. */
static char *program_of(const struct session *s)
{
    scoped_free char *own = file_of(s, "json"), *bundle = path_join(shim.bundle, "config.json");
    scoped(json_decref) json_t *document = NULL;
    const json_t *args;

    if (json_read_file(s->id ? own : bundle, &document, NULL) < 0)
        return xstrdup("");
    args = json_at(document, s->id ? "args" : "process.args");
    if (str_eq(json_string_value(json_array_get(args, 0)), "/sbin/docker-init") && json_array_size(args) > 2)
        return xstrdup(json_string_value(json_array_get(args, 2)));
    return xstrdup(json_is_string(json_array_get(args, 0)) ? json_string_value(json_array_get(args, 0)) : "");
}

static bool mentions(const char *text, const char *words)
{
    return strcasestr(text, words) != NULL;
}

/* crun's words in those of runc, which is what clients look for. */
static void translate(const char *said, const char *program, struct str *ret)
{
    if (mentions(said, "executable file") && mentions(said, "not found")) {
        if (strchr(program, '/'))
            str_addf(ret, "exec: \"%s\": stat %s: no such file or directory", program, program);
        else
            str_addf(ret, "exec: \"%s\": executable file not found in $PATH", program);
    } else if (mentions(said, "open executable: Operation not permitted")) {
        str_addf(ret, "exec: \"%s\": is a directory: permission denied", program);
    } else if (mentions(said, "open executable: Permission denied")) {
        str_addf(ret, "exec: \"%s\": permission denied", program);
    } else if (mentions(said, "open executable: No such file")) {
        str_addf(ret, "exec: \"%s\": stat %s: no such file or directory", program, program);
    } else if (mentions(said, "open executable: Not a directory")) {
        str_addf(ret, "exec: \"%s\": stat %s: not a directory", program, program);
    } else if (mentions(said, "exec: Exec format error") || mentions(said, "Exec format error")) {
        str_addf(ret, "exec: \"%s\": exec format error", program);
    } else {
        str_add(ret, said);
    }
}

static enum error_kind kind_of(const char *text)
{
    if (mentions(text, "executable file not found") || mentions(text, "no such file or directory") ||
        mentions(text, "not a directory"))
        return ERR_NOT_FOUND;
    return mentions(text, "permission denied") ? ERR_INVALID : ERR_SYSTEM;
}

static void runtime_failed(struct session *s)
{
    scoped_str said = { 0 }, text = { 0 };
    scoped_free char *program = program_of(s);

    read_complaint(s, &said);
    if (s->id)
        str_add(&text, "OCI runtime exec failed: exec failed: unable to start container process: ");
    else
        str_add(&text,
                "failed to create task for container: failed to create shim task: OCI runtime create failed: "
                "unable to start container process: ");
    translate(str_text(&said), program, &text);
    failed(s, kind_of(str_text(&text)), str_text(&text));
}

static bool read_pid(struct session *s)
{
    scoped_free char *file = file_of(s, "pid");
    scoped_str text = { 0 };
    int64_t pid;

    if (file_read(file, 64, &text, NULL) < 0)
        return false;
    str_cut(&text, strspn(str_text(&text), "0123456789"));
    if (!str_to_int64(str_text(&text), &pid) || pid <= 0)
        return false;
    s->pid = (pid_t)pid;
    return true;
}

/* The cgroup that the bundle names: what has been killed already is in none any more. */
static void use_configured_cgroup(void)
{
    scoped_free char *file = path_join(shim.bundle, "config.json");
    scoped(json_decref) json_t *config = json_load_file(file, 0, NULL);
    const char *path = json_str_at(config, "linux.cgroupsPath", "");

    if (path[0] != '/')
        return;
    shim.cgroup_file = xasprintf("/sys/fs/cgroup/memory%s/memory.oom_control", path);
    if (path_exists(shim.cgroup_file))
        return;
    free(shim.cgroup_file);
    shim.cgroup_file = xasprintf("/sys/fs/cgroup%s/memory.events", path);
}

/* Where the kernel counts OOM kills. (cgroups(7); memory.oom_control, memory.events) */
static void find_oom_counter(pid_t pid)
{
    scoped_free char *file = xasprintf("/proc/%d/cgroup", (int)pid);
    scoped_str text = { 0 };
    const char *memory = NULL, *unified = NULL;
    char *save = NULL, *line = file_read(file, LOG_MAX, &text, NULL) < 0 ? NULL : text.data;

    for (line = line ? strtok_r(line, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
        char *path = strstr(line, ":/");

        if (path && strstr(line, ":memory:"))
            memory = path + 1;
        else if (path && str_starts(line, "0::"))
            unified = path + 1;
    }
    if (memory && memory[1])
        shim.cgroup_file = xasprintf("/sys/fs/cgroup/memory%s/memory.oom_control", memory);
    else if (!memory && unified && unified[1])
        shim.cgroup_file = xasprintf("/sys/fs/cgroup%s/memory.events", unified);
    else
        use_configured_cgroup();
}

void start_child_ended(struct session *s, int status)
{
    bool fine = status == 0;

    s->starter = 0;
    if (fine && !read_pid(s))
        fine = false;
    if (fine && s->tty && take_console(s) < 0)
        fine = false;
    hold_end(s); /* the size is set */
    if (!fine) {
        runtime_failed(s); /* frees an exec's session */
        return;
    }
    remove_files(s);
    if (!s->id)
        find_oom_counter(s->pid);
    s->state = SESSION_RUNNING;
    control_started(s);
}

bool start_pending(void)
{
    for (struct session *s = shim.sessions; s; s = s->next)
        if (s->state == SESSION_STARTING && s->starter > 0)
            return true;
    return false;
}

void start_delete(void)
{
    scoped_strv argv = { 0 };
    int null = open_null();
    int stdio[3] = { null, null, null };

    runtime_command(&argv, NULL);
    strv_add(&argv, "delete");
    strv_add(&argv, "--force");
    strv_add(&argv, shim.id);
    shim.deleter = spawn(&argv, stdio, NULL);
    close(null);
}
