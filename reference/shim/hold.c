/* shim/hold.c - an exec's process does not run before its terminal has its size.
 *
 * ExecStart's ConsoleSize goes to the runtime as `consoleSize`. For `run` and with runc the process-to-be gives its own terminal
 * that size. `crun exec` (1.8 to 1.28) does it in the parent, while the child is already on its way to execve(2): on a busy
 * machine the program sees 0 rows and 0 columns. Nothing in the runtime can be made to wait, so the child is stopped by the
 * kernel at the end of its execve(2), before the program's first instruction, and goes on when the shim has set the size:
 *
 *     starter --fork--> joins the namespaces --fork--> terminal, capabilities, execve ##held## ... the program
 *
 * ptrace(2) follows that line of children one by one: who forks is let go, its child is followed. What counts as the program
 * is the first execve in the container's mount namespace (the runtime also executes itself). Only such an exec of a terminal is
 * traced, and none where CAP_SYS_PTRACE is missing, for a set-user-ID program would lose its powers under a tracer without.
 * When the shim is killed the kernel lets go whatever is held. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/scope.h"
#include "shim/internal.h"

#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC)

bool hold_wanted(const struct session *s)
{
    return s->id && s->tty && s->rows && s->cols && str_starts(path_base(shim.runtime.items[0]), "crun") &&
           prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE, 0, 0, 0) == 1;
}

void hold_begin(struct session *s)
{
    if (ptrace(PTRACE_SEIZE, s->starter, NULL, (void *)(uintptr_t)OPTIONS) == 0)
        s->traced = s->starter;
}

static struct session *session_of(pid_t traced)
{
    for (struct session *s = shim.sessions; s; s = s->next)
        if (s->traced == traced)
            return s;
    return NULL;
}

static bool is_in_container(pid_t pid)
{
    scoped_free char *its = xasprintf("/proc/%d/ns/mnt", (int)pid);
    scoped_free char *containers = xasprintf("/proc/%d/ns/mnt", (int)shim.sessions->pid);
    struct stat a, b;

    return stat(its, &a) == 0 && stat(containers, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Its child is traced from its birth; whichever of the two stops is reported first. */
static void follow_child(struct session *s, pid_t parent)
{
    unsigned long child = 0;

    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
        s->traced = (pid_t)child;
    ptrace(PTRACE_DETACH, parent, NULL, NULL);
}

static void detach(struct session *s, int signal)
{
    ptrace(PTRACE_DETACH, s->traced, NULL, (void *)(uintptr_t)signal);
    s->traced = 0;
    s->held = s->let_go = false;
}

static bool is_tracing(void)
{
    for (const struct session *s = shim.sessions; s; s = s->next)
        if (s->traced)
            return true;
    return false;
}

/* A process of no session is a child whose parent's stop is not reported yet, or one whose exec has failed. */
void hold_stopped(pid_t pid, int code)
{
    struct session *s = session_of(pid);
    int event = code >> 8, signal = event ? 0 : code & 0xff;

    if (s && s->let_go)
        detach(s, signal);
    else if (s && (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK))
        follow_child(s, pid);
    else if (s && event == PTRACE_EVENT_EXEC && is_in_container(pid))
        s->held = true; /* until hold_end() */
    else
        ptrace(s || is_tracing() ? PTRACE_CONT : PTRACE_DETACH, pid, NULL, (void *)(uintptr_t)signal);
}

/* waitid() without WEXITED sees stops and reaps nobody. */
void hold_look(void)
{
    siginfo_t info = { 0 };

    while (is_tracing() && waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL) == 0 && info.si_pid) {
        if (info.si_code == CLD_TRAPPED)
            hold_stopped(info.si_pid, info.si_status);
        info.si_pid = 0;
    }
}

/* A runtime may end before its child has come to execve(2): then the child stops where it is, to be let go. */
void hold_end(struct session *s)
{
    if (s->held)
        detach(s, 0);
    else if (s->traced && ptrace(PTRACE_INTERRUPT, s->traced, NULL, NULL) == 0)
        s->let_go = true;
}
