/* runner/pool_test.c - workers that crash, hang, flood and leave others behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/pool.h"
#include "runner/run_id.h"

static void say(void *argument, int fd)
{
    dprintf(fd, "report of %s", (const char *)argument);
    puts("to stdout");
    fputs("to stderr\n", stderr);
}

static void crash(void *argument, int fd)
{
    (void)argument;
    dprintf(fd, "before");
    raise(SIGKILL);
}

static void hang(void *argument, int fd)
{
    (void)argument;
    dprintf(fd, "before");
    for (;;)
        pause();
}

/* More than any pipe holds, on both ways at once. */
static void flood(void *argument, int fd)
{
    static char block[1024];

    (void)argument;
    memset(block, 'x', sizeof(block));
    for (int i = 0; i < 1024; i++)
        if (write(fd, block, sizeof(block)) < 0 || write(STDERR_FILENO, block, sizeof(block)) < 0)
            _exit(1);
}

/* A grandchild that holds the pipes open, and tells its number. */
static void leave_another(void *argument, int fd)
{
    (void)argument;
    pid_t pid = fork();
    if (pid == 0)
        hang(NULL, fd);
    dprintf(fd, "%d ", (int)pid);
}

static struct finished run_one(pool_work work, void *argument, unsigned timeout_ms)
{
    struct pool *pool = pool_open(2);
    struct finished ret = { 0 };

    assert_non_null(pool);
    assert_int_equal(pool_start(pool, work, argument, timeout_ms), 0);
    assert_int_equal(pool_wait(pool, 20000, &ret), 1);
    assert_true(pool_is_idle(pool));
    pool_close(pool);
    return ret;
}

static void a_report_and_the_output_come_back(void **state)
{
    char name[] = "one";
    struct finished done = run_one(say, name, 20000);

    (void)state;
    assert_int_equal(done.status, 0);
    assert_ptr_equal(done.argument, name);
    assert_string_equal(done.report, "report of one");
    assert_non_null(strstr(done.output, "to stdout\n"));
    assert_non_null(strstr(done.output, "to stderr\n"));
    finished_clear(&done);
}

static void a_crash_keeps_what_was_said(void **state)
{
    struct finished done = run_one(crash, NULL, 20000);

    (void)state;
    assert_true(WIFSIGNALED(done.status));
    assert_false(done.timed_out);
    assert_string_equal(done.report, "before");
    finished_clear(&done);
}

static void a_hanging_worker_is_killed(void **state)
{
    struct finished done = run_one(hang, NULL, 100);

    (void)state;
    assert_true(done.timed_out);
    assert_string_equal(done.report, "before");
    assert_true(done.seconds < 10);
    finished_clear(&done);
}

static void a_flood_is_bounded_and_blocks_nobody(void **state)
{
    struct finished done = run_one(flood, NULL, 20000);

    (void)state;
    assert_int_equal(done.status, 0);
    assert_int_equal(done.report_size, 1024 * 1024);
    assert_int_equal(done.output_size, POOL_OUTPUT_MAX);
    finished_clear(&done);
}

static void what_a_worker_leaves_is_killed(void **state)
{
    struct finished done = run_one(leave_another, NULL, 20000);
    pid_t left = (pid_t)strtol(strrchr(done.report, ' ') ? done.report : "0", NULL, 10);

    (void)state;
    assert_true(left > 0 || strncmp(done.report, "before", 6) == 0);
    for (int i = 0; left > 0 && i < 500 && kill(left, 0) == 0; i++) {
        char path[64], kind = 'Z';
        snprintf(path, sizeof(path), "/proc/%d/stat", (int)left);
        FILE *in = fopen(path, "r"); /* whoever adopted it may not have reaped it yet */
        if (in != NULL && fscanf(in, "%*d (%*[^)]) %c", &kind) == 1 && kind == 'Z')
            left = 0;
        if (in != NULL)
            fclose(in);
        usleep(10000);
    }
    assert_true(left == 0 || kill(left, 0) < 0);
    finished_clear(&done);
}

static void a_run_lives_until_its_process_ends(void **state)
{
    char id[RUN_ID_SIZE] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (run_id_take(id) < 0 || write(ends[1], id, sizeof(id)) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ends[0], id, sizeof(id)), sizeof(id));
    assert_int_equal(run_id_state(id), RUN_ALIVE);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(run_id_state(id), RUN_DEAD);
    id[0] = id[0] == 'a' ? 'b' : 'a';
    assert_int_equal(run_id_state(id), RUN_ELSEWHERE);
    assert_int_equal(run_id_state("../../etc/passwd"), RUN_ELSEWHERE);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_and_the_output_come_back),
        cmocka_unit_test(a_crash_keeps_what_was_said),
        cmocka_unit_test(a_hanging_worker_is_killed),
        cmocka_unit_test(a_flood_is_bounded_and_blocks_nobody),
        cmocka_unit_test(what_a_worker_leaves_is_killed),
        cmocka_unit_test(a_run_lives_until_its_process_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
