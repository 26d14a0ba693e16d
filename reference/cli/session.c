/* cli/session.c - see session.h.
 *
 * Input is held in one buffer of INPUT_SIZE and read again only when it was sent: so a container that does not read
 * slows us down and nothing grows. */
#include "cli/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "cli/terminal.h"
#include "http/frame.h"

#define INPUT_SIZE     (16u << 10)
#define RESIZE_TRIES   10
#define RESIZE_WAIT_MS 20

struct loop {
    struct cli *cli;
    struct session *s;
    struct frame_reader frames;
    struct detach_keys keys;
    bool raw, input_open, stream_open, wait_open;
    unsigned char input[INPUT_SIZE + sizeof(((struct detach_keys *)NULL)->keys)];
    size_t input_at, input_n;
    int resize_left; /* tries, while the process does not run yet */
    struct str system_error;
};

int session_check_tty(bool input, bool tty, struct error *err)
{
    if (input && tty && !isatty(STDIN_FILENO))
        return error_set(err, ERR_INVALID, "the input device is not a TTY");
    return 0;
}

static void forwarded_signals(sigset_t *set)
{
    static const int others[] = { SIGCHLD, SIGPIPE, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU,
                                  SIGSEGV, SIGBUS,  SIGILL, SIGFPE,   SIGABRT, SIGTRAP, SIGSYS };

    sigfillset(set);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        sigdelset(set, others[i]);
}

int session_begin(struct session *s, struct error *err)
{
    sigset_t set;

    sigemptyset(&set);
    if (s->kill_id)
        forwarded_signals(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signal_fd < 0 ? error_errno(err, "signalfd") : 0;
}

void session_end(struct session *s)
{
    sigset_t set;

    terminal_restore();
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    if (s->signal_fd >= 0)
        close(s->signal_fd);
    s->signal_fd = -1;
}

/* -- towards the engine -- */

static int resize_to(struct loop *l, unsigned rows, unsigned columns)
{
    scoped_str path = { 0 };
    struct error err = { 0 };

    str_addf(&path, "%s/resize?h=%u&w=%u", l->s->resize, rows, columns);
    return cli_post(l->cli, str_text(&path), &err);
}

static void resize(struct loop *l)
{
    unsigned rows, columns;

    if (!l->s->resize || !l->s->tty || !terminal_size(STDOUT_FILENO, &rows, &columns)) {
        l->resize_left = 0;
        return;
    }
    if (l->s->nudge) {
        l->s->nudge = false;
        resize_to(l, rows + 1, columns + 1);
    }
    l->resize_left = resize_to(l, rows, columns) == 0 ? 0 : l->resize_left - 1;
}

static void forward_signal(struct loop *l, int number)
{
    scoped_free char *path = NULL;
    scoped_str whole = { 0 };
    struct error err = { 0 };
    const char *name = sigabbrev_np(number);

    if (!l->s->kill_id || !name)
        return;
    path = cli_path("/containers/", l->s->kill_id, "/kill");
    str_addf(&whole, "%s?signal=%s", path, name);
    cli_post(l->cli, str_text(&whole), &err); /* it may have ended by itself */
}

static void take_signals(struct loop *l)
{
    struct signalfd_siginfo info;

    while (read(l->s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGWINCH)
            resize(l);
        else
            forward_signal(l, (int)info.ssi_signo);
    }
}

/* True when the user typed the detach keys. */
static bool take_input(struct loop *l)
{
    unsigned char bytes[INPUT_SIZE];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
    unsigned kept;

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n <= 0) {
        l->input_open = false;
        http_call_shutdown(l->s->stream);
        return false;
    }
    l->input_at = 0;
    if (l->raw && detach_keys_filter(&l->keys, bytes, (unsigned)n, l->input, &kept))
        return true;
    if (!l->raw)
        memcpy(l->input, bytes, (size_t)n);
    l->input_n = l->raw ? kept : (size_t)n;
    return false;
}

static int send_input(struct loop *l, struct error *err)
{
    ssize_t put = http_call_try_write(l->s->stream, l->input + l->input_at, l->input_n - l->input_at, err);

    if (put == HTTP_AGAIN)
        return 0;
    if (put < 0 && err->kind != ERR_CLOSED)
        return -1;
    if (put <= 0) { /* the process does not read any more; its output may still come */
        l->input_open = false;
        l->input_at = l->input_n;
        error_clear(err);
        return 0;
    }
    l->input_at += (size_t)put;
    return 0;
}

/* -- towards the user -- */

static int sink(void *user, enum frame_stream stream, const void *bytes, size_t n, struct error *err)
{
    struct loop *l = user;

    if (stream == FRAME_SYSTEM_ERROR) {
        if (l->system_error.len < ERROR_TEXT_MAX)
            str_add_bytes(&l->system_error, bytes, n);
        return 0;
    }
    return fd_write_all(stream == FRAME_STDERR ? STDERR_FILENO : STDOUT_FILENO, bytes, n, err);
}

/* Everything that is there; *progress tells whether something was. */
static int take_output(struct loop *l, struct error *err)
{
    char bytes[32u << 10];
    ssize_t n;

    while ((n = http_call_try_read(l->s->stream, bytes, sizeof(bytes), err)) > 0) {
        int result = l->s->tty ? fd_write_all(STDOUT_FILENO, bytes, (size_t)n, err)
                               : frame_reader_feed(&l->frames, bytes, (size_t)n, sink, l, err);

        if (result < 0)
            return -1;
        if (l->input_at < l->input_n) /* the other direction has its turn */
            return 0;
    }
    if (n == HTTP_AGAIN)
        return 0;
    if (n < 0 && err->kind != ERR_CLOSED)
        return -1;
    l->stream_open = false;
    return 0;
}

static int take_wait(struct loop *l, struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;
    int whole = http_call_progress(l->s->wait, err);

    if (whole <= 0)
        return whole;
    l->wait_open = false;
    if (http_call_json(l->s->wait, &answer, err) < 0)
        return -1;
    l->s->exit_code = (int)json_int_at(answer, "StatusCode", 0);
    if (json_str_at(answer, "Error.Message", NULL)) {
        l->s->exit_code = 125;
        return error_set(err, ERR_SYSTEM, "Error response from daemon: %s",
                         json_str_at(answer, "Error.Message", ""));
    }
    return 0;
}

/* -- the loop -- */

static int loop_poll(struct loop *l, struct pollfd p[4], struct error *err)
{
    bool pending = l->input_at < l->input_n;

    p[0] = (struct pollfd){ .fd = l->input_open && l->stream_open && !pending ? STDIN_FILENO : -1,
                            .events = POLLIN };
    p[1] = (struct pollfd){ .fd = l->stream_open ? http_call_fd(l->s->stream) : -1, .events = POLLIN };
    if (pending)
        p[1].events |= POLLOUT;
    p[2] = (struct pollfd){ .fd = l->wait_open ? http_call_fd(l->s->wait) : -1, .events = POLLIN };
    p[3] = (struct pollfd){ .fd = l->s->signal_fd, .events = POLLIN };
    if (poll(p, 4, l->resize_left > 0 ? RESIZE_WAIT_MS : -1) < 0 && errno != EINTR)
        return error_errno(err, "poll");
    return 0;
}

static int loop_step(struct loop *l, struct error *err)
{
    struct pollfd p[4];

    if (loop_poll(l, p, err) < 0)
        return -1;
    if (l->resize_left > 0)
        resize(l);
    if (p[3].revents)
        take_signals(l);
    if (p[0].revents && take_input(l)) {
        l->s->detached = true;
        return 0;
    }
    if (l->stream_open && l->input_at < l->input_n && send_input(l, err) < 0)
        return -1;
    if (p[1].revents && take_output(l, err) < 0)
        return -1;
    return p[2].revents && l->wait_open ? take_wait(l, err) : 0;
}

static int loop_begin(struct loop *l, struct error *err)
{
    const char *keys = l->s->detach_keys ? l->s->detach_keys : "ctrl-p,ctrl-q";

    l->stream_open = l->s->stream != NULL;
    l->wait_open = l->s->wait != NULL;
    l->input_open = l->s->input;
    l->raw = l->s->tty && l->s->input && isatty(STDIN_FILENO);
    l->resize_left = RESIZE_TRIES;
    if (*keys && detach_keys_parse(keys, &l->keys, err) < 0)
        return -1;
    if (l->raw && terminal_raw(STDIN_FILENO, err) < 0)
        return -1;
    resize(l);
    if (l->stream_open && !l->s->input)
        http_call_shutdown(l->s->stream);
    /* what came with the head lies in our buffer already, where poll(2) does not see it */
    return l->stream_open ? take_output(l, err) : 0;
}

int session_run(struct cli *cli, struct session *s, struct error *err)
{
    struct loop l = { .cli = cli, .s = s };
    int result;

    fflush(stdout);
    result = loop_begin(&l, err);
    if (result == 0 && l.wait_open)
        result = take_wait(&l, err);
    while (result == 0 && !s->detached && (l.stream_open || l.wait_open))
        result = loop_step(&l, err);
    terminal_restore();
    if (result == 0 && l.system_error.len)
        result = error_set(err, ERR_SYSTEM, "error from daemon in stream: %s", str_text(&l.system_error));
    str_free(&l.system_error);
    return result;
}
