/* base/proc.c - posix_spawn(3) with the signal mask and dispositions reset, so that a child starts as from a
 * shell whatever the daemon blocks or ignores.
 *
 * The kept descriptors are first moved above every target number: dup2() onto a number that is itself still
 * to be copied would lose it. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

#define FIRST_SAFE 64

static int move_up(int fd, int flags, struct error *err)
{
    int moved;

    if (fd >= 0) {
        moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_SAFE);
    } else {
        scoped_close int null = open("/dev/null", flags | O_CLOEXEC);

        moved = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, FIRST_SAFE);
    }
    return moved < 0 ? error_errno(err, "duplicate a descriptor") : moved;
}

static void reset_signals(posix_spawnattr_t *attr)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn_with(const struct proc_spec *spec, const int *fds, size_t count, pid_t *ret,
                      struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    pid_t pid;
    int failed;

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    reset_signals(&attr);
    for (size_t i = 0; i < count; i++)
        posix_spawn_file_actions_adddup2(&actions, fds[i], (int)i);
    if (spec->dir)
        posix_spawn_file_actions_addchdir_np(&actions, spec->dir);
    failed = posix_spawnp(&pid, spec->argv[0], &actions, &attr, (char *const *)spec->argv,
                          spec->env ? (char *const *)spec->env : environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    if (failed) {
        errno = failed;
        return error_errno(err, "start '%s'", spec->argv[0]);
    }
    *ret = pid;
    return 0;
}

int proc_spawn(const struct proc_spec *spec, pid_t *ret, struct error *err)
{
    int wanted[3] = { spec->in, spec->out, spec->err };
    size_t count = 3 + spec->keep_count, ready = 0;
    scoped_free int *fds = xcalloc(count, sizeof(int));
    int result = -1;

    for (; ready < count; ready++) {
        int from = ready < 3 ? wanted[ready] : spec->keep[ready - 3];

        fds[ready] = move_up(from, ready == 0 ? O_RDONLY : O_WRONLY, err);
        if (fds[ready] < 0)
            break;
    }
    if (ready == count)
        result = spawn_with(spec, fds, count, ret, err);
    while (ready)
        close(fds[--ready]);
    return result;
}

int proc_wait(pid_t pid, int *status, struct error *err)
{
    int raw;

    while (waitpid(pid, &raw, 0) < 0)
        if (errno != EINTR)
            return error_errno(err, "wait for process %d", (int)pid);
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return 0;
}

/* Reads to the end, so that the child never blocks on a full pipe; keeps the first `max` bytes. */
static void drain(int fd, size_t max, struct str *output)
{
    char chunk[4096];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && output && output->len < max)
            str_add_bytes(output, chunk, (size_t)n < max - output->len ? (size_t)n : max - output->len);
}

int proc_run(const char *const *argv, size_t max, struct str *output, int *status, struct error *err)
{
    int ends[2];
    pid_t pid;
    struct proc_spec spec = { .argv = argv, .in = -1 };

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, "pipe");
    spec.out = spec.err = ends[1];
    if (proc_spawn(&spec, &pid, err) < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    close(ends[1]);
    drain(ends[0], max, output);
    close(ends[0]);
    return proc_wait(pid, status, err);
}
