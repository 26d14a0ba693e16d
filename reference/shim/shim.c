/* shim/shim.c - see shim.h: each call is a connection, a line, an answer. A folder's name may be longer than a socket's may
 * be (108 bytes, unix(7)), so the socket is named through a descriptor of the folder. */
#include "shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "shim/protocol.h"

static json_t *start_options(const struct shim_start *start)
{
    json_t *o = json_object();

    json_put_str(o, "bundle", start->bundle);
    json_put_str(o, "id", start->id);
    json_object_set_new(o, "runtime", json_from_strv(start->runtime));
    json_object_set_new(o, "hybrid", json_boolean(start->hybrid_cgroups));
    json_object_set_new(o, "tty", json_boolean(start->tty));
    json_object_set_new(o, "open_stdin", json_boolean(start->open_stdin));
    json_object_set_new(o, "stdin_once", json_boolean(start->stdin_once));
    json_put_str(o, "log_path", start->log_path);
    json_object_set_new(o, "log_max_size", json_integer(start->log_max_size));
    json_object_set_new(o, "log_max_file", json_integer(start->log_max_file));
    return o;
}

/* The options as a file that the child reads from its start. */
static int options_file(const struct shim_start *start, struct error *err)
{
    scoped(json_decref) json_t *options = start_options(start);
    scoped_free char *text = json_text(options);
    scoped_close int fd = memfd_create("shim-options", MFD_CLOEXEC);

    if (fd < 0)
        return error_errno(err, "memfd_create");
    if (fd_write_all(fd, text, strlen(text), err) < 0)
        return -1;
    lseek(fd, 0, SEEK_SET);
    return take_fd(&fd);
}

int shim_launch(const struct shim_start *start, struct error *err)
{
    const char *const argv[] = { start->program, start->dir, NULL };
    scoped_free char *old = path_join(start->dir, "exit.json");
    scoped_close int in = -1, complaints = -1;
    scoped_str text = { 0 };
    struct proc_spec spec = { .argv = argv, .out = -1 };
    pid_t pid;
    int status;

    if (dir_make(start->dir, 0700, err) < 0 || (in = options_file(start, err)) < 0)
        return -1;
    unlink(old);
    complaints = memfd_create("shim-complaints", MFD_CLOEXEC);
    spec.in = in;
    spec.err = complaints;
    if (proc_spawn(&spec, &pid, err) < 0 || proc_wait(pid, &status, err) < 0)
        return -1;
    if (status == 0)
        return 0;
    lseek(complaints, 0, SEEK_SET);
    fd_read_all(complaints, 4096, &text, NULL);
    str_cut(&text, strcspn(str_text(&text), "\n"));
    return error_set(err, ERR_SYSTEM, "engine-shim: %s",
                     text.len ? str_text(&text) : "it could not be started");
}

/* ERR_NOT_FOUND: nobody is there. */
static int connect_to(const char *dir, struct error *err)
{
    scoped_close int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
    struct sockaddr_un name = { .sun_family = AF_UNIX };

    if (folder < 0)
        return error_set(err, ERR_NOT_FOUND, "no shim in '%s'", dir);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, "socket");
    snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/shim.sock", folder);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
        return error_set(err, ERR_NOT_FOUND, "no shim answers in '%s': %s", dir, strerror(errno));
    return take_fd(&fd);
}

/* Reads the answer's line and not a byte more: what follows is the stream's. */
static int read_line(int fd, struct str *ret, struct error *err)
{
    char chunk[512];

    while (ret->len < PROTOCOL_ANSWER_MAX) {
        ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_PEEK);
        const char *newline = n > 0 ? memchr(chunk, '\n', (size_t)n) : NULL;
        size_t take = newline ? (size_t)(newline - chunk) + 1 : n > 0 ? (size_t)n : 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, ERR_CLOSED, "the shim went away");
        n = recv(fd, chunk, take, 0);
        if (n > 0)
            str_add_bytes(ret, chunk, (size_t)n);
        if (newline)
            return 0;
    }
    return error_set(err, ERR_TOO_LARGE, "the shim's answer is too long");
}

static int read_answer(int fd, json_t **ret, struct error *err)
{
    scoped_str line = { 0 };
    json_t *answer = NULL;

    if (read_line(fd, &line, err) < 0 || json_parse(str_text(&line), line.len, &answer, err) < 0)
        return -1;
    if (json_at(answer, "error")) {
        error_set(err, shim_kind_parse(json_str_at(answer, "kind", NULL)), "%s",
                  json_str_at(answer, "error", ""));
        json_decref(answer);
        return -1;
    }
    *ret = answer;
    return 0;
}

/* Not write(2): a shim that ends now must not end us by SIGPIPE. */
static int send_all(int fd, const char *bytes, size_t n, struct error *err)
{
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return error_set(err, ERR_CLOSED, "the shim went away");
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Takes over `request`. *stream (may be NULL) is the connection, the caller's. */
static int ask(const char *dir, enum shim_op op, json_t *request, json_t **answer, int *stream,
               struct error *err)
{
    scoped(json_decref) json_t *body = request ? request : json_object();
    scoped_close int fd = connect_to(dir, err);
    scoped_free char *text = NULL, *line = NULL;
    scoped(json_decref) json_t *got = NULL;

    if (fd < 0)
        return -1;
    json_put_str(body, "op", shim_op_name(op));
    text = json_text(body);
    line = xasprintf("%s\n", text);
    if (send_all(fd, line, strlen(line), err) < 0 || read_answer(fd, &got, err) < 0)
        return -1;
    if (answer)
        *answer = take_ptr(&got);
    if (stream)
        *stream = take_fd(&fd);
    return 0;
}

int shim_run(const char *dir, pid_t *pid, nanos *started, struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;

    if (ask(dir, OP_RUN, NULL, &answer, NULL, err) < 0)
        return -1;
    *pid = (pid_t)json_int_at(answer, "pid", 0);
    *started = json_int_at(answer, "started", 0);
    return 0;
}

void shim_abandon(const char *dir)
{
    ask(dir, OP_ABANDON, NULL, NULL, NULL, NULL);
}

bool shim_alive(const char *dir)
{
    return ask(dir, OP_PING, NULL, NULL, NULL, NULL) == 0;
}

int shim_read_exit(const char *dir, struct shim_exit *ret, struct error *err)
{
    scoped_free char *path = path_join(dir, "exit.json");
    scoped(json_decref) json_t *document = NULL;

    if (json_read_file(path, &document, err) < 0)
        return -1;
    shim_exit_from_json(document, ret);
    return 0;
}

int shim_wait(const char *dir, void (*ending)(void *user), void *user, struct shim_exit *ret,
              struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;
    scoped_close int fd = -1;

    if (ask(dir, OP_WAIT, NULL, &answer, &fd, err) < 0)
        return shim_read_exit(dir, ret, err); /* it may have ended between */
    if (json_at(answer, "ending")) {
        json_decref(take_ptr(&answer));
        if (ending)
            ending(user);
        if (read_answer(fd, &answer, err) < 0)
            return shim_read_exit(dir, ret, err);
    }
    shim_exit_from_json(answer, ret);
    return 0;
}

static json_t *streams_request(const char *exec, const struct shim_streams *streams)
{
    json_t *request =
        json_pack("{s:b, s:b, s:b}", "in", streams->in, "out", streams->out, "err", streams->err);

    if (exec)
        json_put_str(request, "exec", exec);
    return request;
}

int shim_attach(const char *dir, const char *exec, const struct shim_streams *streams, int *fd,
                struct error *err)
{
    return ask(dir, OP_ATTACH, streams_request(exec, streams), NULL, fd, err);
}

int shim_exec(const char *dir, const struct shim_exec *exec, int *fd, pid_t *pid, struct error *err)
{
    bool detached = !exec->streams.in && !exec->streams.out && !exec->streams.err;
    scoped(json_decref) json_t *answer = NULL;
    json_t *request = streams_request(exec->id, &exec->streams);

    json_object_set(request, "process", (json_t *)exec->process);
    json_object_set_new(request, "tty", json_boolean(exec->tty));
    /* the shim sets the size when the terminal comes: runtimes differ in whether they do before the process looks */
    json_object_set_new(request, "rows", json_integer(json_int_at(exec->process, "consoleSize.height", 0)));
    json_object_set_new(request, "cols", json_integer(json_int_at(exec->process, "consoleSize.width", 0)));
    if (ask(dir, OP_EXEC, request, &answer, detached ? NULL : fd, err) < 0)
        return -1;
    if (detached)
        *fd = -1;
    *pid = (pid_t)json_int_at(answer, "pid", 0);
    return 0;
}

int shim_exec_wait(const char *dir, const char *exec, int *code, struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;

    if (ask(dir, OP_EXEC_WAIT, json_pack("{s:s}", "exec", exec), &answer, NULL, err) < 0)
        return -1;
    *code = (int)json_int_at(answer, "code", 255);
    return 0;
}

int shim_resize(const char *dir, const char *exec, uint16_t rows, uint16_t cols, struct error *err)
{
    json_t *request = json_pack("{s:i, s:i}", "rows", rows, "cols", cols);

    if (exec)
        json_put_str(request, "exec", exec);
    return ask(dir, OP_RESIZE, request, NULL, NULL, err);
}

int shim_close_stdin(const char *dir, struct error *err)
{
    return ask(dir, OP_CLOSE_STDIN, NULL, NULL, NULL, err);
}
