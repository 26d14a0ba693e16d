/* runner/pool.c - see pool.h.
 *
 * One thread, one poll(): a worker has two pipes to here (report, output), and SIGCHLD writes to a third. The
 * pipes are read without waiting, so that no worker can make the runner hang; and they are read on while the
 * worker runs, so that no worker hangs on a full pipe. A worker is over when waitpid() says so and not at the
 * end of a pipe, which a grandchild may hold open.
 *
 * Before a worker is killed for its time, it is asked once more whether it has ended: the runner itself may
 * have been kept busy. */
#include "runner/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report/memory.h"

struct sink {
    int fd;
    char *text;
    size_t size, room, limit;
    bool beyond; /* there was more than the limit */
    bool ended;  /* nobody holds the other end */
};

struct worker {
    pid_t pid; /* 0: free */
    double started, deadline;
    struct sink report, output;
    struct finished so_far;
};

struct pool {
    unsigned size, busy;
    int lifeline[2]; /* [1] is held by the runner alone: its end is the runner's end */
    struct worker *workers;
    struct pollfd *polled;
};

static int child_pipe[2] = { -1, -1 };

static void on_child(int number)
{
    int saved = errno;

    (void)number;
    ssize_t ignored = write(child_pipe[1], "c", 1); /* when it is full, poll() wakes anyway */
    (void)ignored;
    errno = saved;
}

double monotonic_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int pipe_without_waiting(int ends[2])
{
    if (pipe(ends) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) < 0)
            return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

struct pool *pool_open(unsigned size)
{
    struct pool *pool = must_alloc(1, sizeof(*pool));
    struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };

    pool->size = size;
    pool->workers = must_alloc(size, sizeof(*pool->workers));
    pool->polled = must_alloc(2 * size + 1, sizeof(*pool->polled));
    if (pipe_without_waiting(pool->lifeline) < 0 || pipe_without_waiting(child_pipe) < 0 ||
        fcntl(child_pipe[1], F_SETFL, O_NONBLOCK) < 0 || sigaction(SIGCHLD, &action, NULL) < 0) {
        free(pool->workers);
        free(pool->polled);
        free(pool);
        return NULL;
    }
    return pool;
}

bool pool_is_full(const struct pool *pool)
{
    return pool->busy == pool->size;
}

bool pool_is_idle(const struct pool *pool)
{
    return pool->busy == 0;
}

/* Ends the worker's group, the worker too, when the runner has ended. */
static void *watch_lifeline(void *argument)
{
    struct pollfd lifeline = { .fd = *(int *)argument, .events = POLLIN };

    while (poll(&lifeline, 1, -1) < 0 && errno == EINTR)
        ;
    kill(0, SIGKILL);
    return NULL;
}

static void child_signals(void)
{
    static const int numbers[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        signal(numbers[i], SIG_DFL);
}

static void child_descriptors(struct pool *pool, int output)
{
    int null = open("/dev/null", O_RDONLY);

    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(pool->lifeline[1]);
    close(child_pipe[0]);
    close(child_pipe[1]);
    for (unsigned i = 0; i < pool->size; i++) {
        if (pool->workers[i].pid != 0) {
            close(pool->workers[i].report.fd);
            close(pool->workers[i].output.fd);
        }
    }
}

static _Noreturn void child(struct pool *pool, pool_work work, void *argument, int report, int output)
{
    pthread_t watcher;

    setpgid(0, 0);
    child_signals();
    child_descriptors(pool, output);
    if (pthread_create(&watcher, NULL, watch_lifeline, &pool->lifeline[0]) != 0)
        _exit(EXIT_SUITE_FAILED);
    work(argument, report);
    fflush(NULL);
    _exit(0); /* not exit(): what the runner registered with atexit() is not this process's to do */
}

static struct worker *free_worker(struct pool *pool)
{
    struct worker *worker = pool->workers;

    while (worker->pid != 0)
        worker++;
    return worker;
}

static void close_pair(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

int pool_start(struct pool *pool, pool_work work, void *argument, unsigned timeout_ms)
{
    struct worker *worker = free_worker(pool);
    int report[2], output[2];

    if (pipe_without_waiting(report) < 0)
        return -1;
    if (pipe_without_waiting(output) < 0) {
        close_pair(report);
        return -1;
    }
    fflush(NULL); /* or the child would write it again */
    pid_t pid = fork();
    if (pid < 0) {
        close_pair(report);
        close_pair(output);
        return -1;
    }
    if (pid == 0) {
        close(report[0]);
        close(output[0]);
        child(pool, work, argument, report[1], output[1]);
    }
    setpgid(pid, pid); /* here too: whoever comes first, so that kill(-pid) is right from now on */
    close(report[1]);
    close(output[1]);
    double now = monotonic_seconds();
    *worker = (struct worker){
        .pid = pid,
        .started = now,
        .deadline = now + timeout_ms / 1000.0,
        .report = {.fd = report[0],           .limit = POOL_REPORT_MAX },
        .output = { .fd = output[0],                        .limit = POOL_OUTPUT_MAX },
        .so_far = { .argument = argument}
    };
    pool->busy++;
    return 0;
}

static void sink_keep(struct sink *sink, const char *text, size_t size)
{
    size_t keep = size < sink->limit - sink->size ? size : sink->limit - sink->size;

    sink->beyond |= keep < size;
    if (sink->size + keep + 1 > sink->room) {
        sink->room = 2 * (sink->size + keep + 1);
        sink->text = realloc(sink->text, sink->room);
        must_have(sink->text);
    }
    memcpy(sink->text + sink->size, text, keep);
    sink->size += keep;
    sink->text[sink->size] = '\0';
}

/* Takes what is there, but no more than a few MiB at once: a flood must not starve the other workers. */
static void sink_drain(struct sink *sink)
{
    char buffer[65536];

    for (int turn = 0; turn < 64; turn++) {
        ssize_t got = read(sink->fd, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR)
            continue;
        sink->ended |= got == 0;
        if (got <= 0)
            return;
        sink_keep(sink, buffer, (size_t)got);
    }
}

static void worker_end(struct pool *pool, struct worker *worker, int status, struct finished *ret)
{
    sink_drain(&worker->report);
    sink_drain(&worker->output);
    sink_keep(&worker->report, "", 0);
    sink_keep(&worker->output, "", 0);
    close(worker->report.fd);
    close(worker->output.fd);
    *ret = worker->so_far;
    ret->status = status;
    ret->report = worker->report.text;
    ret->report_size = worker->report.size;
    ret->output = worker->output.text;
    ret->output_size = worker->output.size;
    ret->overflow = worker->report.beyond;
    ret->seconds = monotonic_seconds() - worker->started;
    worker->pid = 0;
    pool->busy--;
}

/* Whether the worker has ended; then *ret says how. */
static bool worker_reap(struct pool *pool, struct worker *worker, struct finished *ret)
{
    siginfo_t info = { 0 };
    int status = 0;

    if (worker->pid == 0 || waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
        info.si_pid == 0)
        return false;
    kill(-worker->pid,
         SIGKILL); /* what it started and left behind; while it is not reaped, the number is still its own */
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        ;
    worker_end(pool, worker, status, ret);
    return true;
}

static void worker_judge_time(struct worker *worker, double now)
{
    bool late = now >= worker->deadline;

    if (worker->pid == 0 || worker->so_far.timed_out || (!late && !worker->report.beyond))
        return;
    worker->so_far.timed_out = late && !worker->report.beyond;
    kill(-worker->pid, SIGKILL);
    kill(worker->pid, SIGKILL); /* should it have left its group */
}

static int poll_timeout(const struct pool *pool, double now, double until)
{
    for (unsigned i = 0; i < pool->size; i++)
        if (pool->workers[i].pid != 0 && !pool->workers[i].so_far.timed_out &&
            pool->workers[i].deadline < until)
            until = pool->workers[i].deadline;
    return until <= now ? 0 : (int)((until - now) * 1000) + 1;
}

/* A pipe that has ended would wake poll() again and again. */
static void poll_sink(struct pollfd *polled, const struct sink *sink)
{
    *polled = (struct pollfd){ .fd = sink->ended ? -1 : sink->fd, .events = POLLIN };
}

static void wait_and_drain(struct pool *pool, int timeout_ms)
{
    nfds_t count = 1;
    char bytes[256];

    pool->polled[0] = (struct pollfd){ .fd = child_pipe[0], .events = POLLIN };
    for (unsigned i = 0; i < pool->size; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->pid == 0)
            continue;
        poll_sink(&pool->polled[count++], &worker->report);
        poll_sink(&pool->polled[count++], &worker->output);
    }
    if (poll(pool->polled, count, timeout_ms) <= 0)
        return;
    while (read(child_pipe[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
        ;
    for (unsigned i = 0; i < pool->size; i++) {
        if (pool->workers[i].pid != 0) {
            sink_drain(&pool->workers[i].report);
            sink_drain(&pool->workers[i].output);
        }
    }
}

int pool_wait(struct pool *pool, unsigned wait_ms, struct finished *ret)
{
    double until = monotonic_seconds() + wait_ms / 1000.0, now;

    do {
        for (unsigned i = 0; i < pool->size; i++)
            if (worker_reap(pool, &pool->workers[i], ret))
                return 1;
        now = monotonic_seconds();
        for (unsigned i = 0; i < pool->size; i++)
            worker_judge_time(&pool->workers[i], now);
        wait_and_drain(pool, poll_timeout(pool, now, until));
    } while (now < until);
    return 0;
}

void finished_clear(struct finished *finished)
{
    free(finished->report);
    free(finished->output);
    *finished = (struct finished){ 0 };
}

void pool_kill(struct pool *pool)
{
    struct finished finished;
    int status;

    for (unsigned i = 0; i < pool->size; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->pid == 0)
            continue;
        kill(-worker->pid, SIGKILL);
        kill(worker->pid, SIGKILL);
        while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
            ;
        worker_end(pool, worker, status, &finished);
        finished_clear(&finished);
    }
}

void pool_close(struct pool *pool)
{
    if (pool == NULL)
        return;
    pool_kill(pool);
    signal(SIGCHLD, SIG_DFL);
    close_pair(pool->lifeline);
    close_pair(child_pipe);
    free(pool->workers);
    free(pool->polled);
    free(pool);
}
