/* shim/shim.h - the daemon's side of engine-shim, the process that keeps one running container.
 *
 *     engined --spawn--> engine-shim --crun run--> container's init
 *        ^   control socket   |  reads stdout/stderr or the terminal, logs them, serves attachments and
 * execs, waits for the end
 *
 * The shim outlives the daemon: it is a session of its own and the container's subreaper. All that the daemon
 * must know after a restart is in DIR: `shim.sock` (answers while the shim lives), `pid`, and `exit.json`,
 * which is written atomically when the container has ended and all its output is in the log. Functions here
 * may be called from any thread; each makes a connection of its own. */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strv.h"

struct shim_start {
    const char *program; /* engine-shim's path */
    const char *dir;     /* the container's run directory: sockets, pid, exit */
    const char *bundle;  /* holds config.json */
    const char *id;
    const struct strv *runtime; /* runtime_argv() */
    bool hybrid_cgroups;        /* unmount /sys/fs/cgroup/unified for the runtime */
    bool tty, open_stdin, stdin_once;
    const char *log_path; /* NULL: no log */
    int64_t log_max_size;
    unsigned log_max_file;
};

/* Starts the shim, which listens on DIR/shim.sock when this returns and runs nothing yet: attachments made
 * now miss no byte. */
int shim_launch(const struct shim_start *start, struct error *err);
/* Has it run the container; *pid is the container's init in our pid namespace. On failure the shim has ended
 * and DIR is as before; the runtime's reason is in `err`: ERR_NOT_FOUND for a missing program or directory
 * ("executable file not found", exit code 127), ERR_INVALID for one that cannot be executed (126), else
 * ERR_SYSTEM. */
int shim_run(const char *dir, pid_t *pid, nanos *started, struct error *err);
/* Ends a shim that was launched and will not run. */
void shim_abandon(const char *dir);
bool shim_alive(const char *dir);

struct shim_exit {
    int code; /* exit code, or 128 + signal */
    bool oom_killed;
    nanos time;
};

/* Blocks until the container has ended, its output is logged and the OCI runtime has forgotten it. ERR_NOT_FOUND: there is
 * no shim and no exit.json (it was killed). `ending` (may be NULL) is called at most once, before: its processes have ended,
 * and the runtime is still at work on what it made itself. */
int shim_wait(const char *dir, void (*ending)(void *user), void *user, struct shim_exit *ret,
              struct error *err);
/* exit.json alone; ERR_NOT_FOUND while it is not there. */
int shim_read_exit(const char *dir, struct shim_exit *ret, struct error *err);

/* A connected stream to the container's (exec == NULL) or an exec session's stdio. From it come the frames of
 * http/frame.h (raw bytes with a terminal), to it goes stdin as it is; shutdown(SHUT_WR) is the client's
 * half-close. It ends when the output has ended. *fd is the caller's. A reader that is slow is waited for, up
 * to a bound of 1 MiB a reader; then see shim.c for what happens. */
struct shim_streams {
    bool in, out, err;
};
int shim_attach(const char *dir, const char *exec, const struct shim_streams *streams, int *fd,
                struct error *err);

struct shim_exec {
    const char *id;
    const json_t *process; /* spec_exec_process() */
    bool tty;
    struct shim_streams streams; /* what the first attachment takes; none: detached */
};
/* Runs a process in the container. *fd: as shim_attach(), or -1 when detached. Errors as shim_run(). */
int shim_exec(const char *dir, const struct shim_exec *exec, int *fd, pid_t *pid, struct error *err);
int shim_exec_wait(const char *dir, const char *exec, int *code, struct error *err);
/* Size of the terminal; before the start too. `exec` NULL: the container's. */
int shim_resize(const char *dir, const char *exec, uint16_t rows, uint16_t cols, struct error *err);
/* Closes stdin (StdinOnce after the last attachment left). */
int shim_close_stdin(const char *dir, struct error *err);

#endif
