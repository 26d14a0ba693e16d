/* shim/shim_root_test.c - real containers through a real shim; needs root and an OCI runtime.
 *
 * usage: shim_root_test ENGINE_SHIM HELPER. Afterwards there must be no process, cgroup or mount of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "logs/json_log.h"
#include "runtime/spec.h"
#include "shim/shim.h"

static const char *program, *helper, *runtime_name;
static char root[] = "/tmp/shim_root_test.XXXXXX";
static struct runtimes *runtimes;

static int box_number;

struct box {
    char id[32];
    char *dir, *bundle, *log;
    struct shim_start start;
    struct strv runtime;
    json_t *spec;
};

static struct runtime_container known(const char *id)
{
    return (struct runtime_container){ .id = id, .runtime = runtime_name };
}

static void copy_helper(const char *rootfs)
{
    scoped_free char *bin = path_join(rootfs, "bin"), *target = path_join(rootfs, "bin/helper"),
                     *text = path_join(rootfs, "text");
    const char *const argv[] = { "cp", helper, target, NULL };
    int status;

    assert_int_equal(dir_make(bin, 0755, NULL), 0);
    assert_int_equal(proc_run(argv, 0, NULL, &status, NULL), 0);
    assert_int_equal(status, 0);
    assert_int_equal(file_write_atomic(text, "x", 1, 0644, NULL), 0);
}

static struct box *box_new(const char *const *args, bool tty, bool open_stdin, bool stdin_once,
                           const char *host_config)
{
    struct box *b = new_zeroed(struct box);
    struct spec spec = { .tty = tty, .hostname = "box" };
    scoped_free char *rootfs = NULL, *config = NULL;
    scoped(json_decref) json_t *hc = NULL;
    struct error err;

    error_clear(&err);
    snprintf(b->id, sizeof(b->id), "box%d", box_number++);
    b->bundle = xasprintf("%s/%s", root, b->id);
    b->dir = path_join(b->bundle, "run");
    b->log = path_join(b->bundle, "c-json.log");
    rootfs = path_join(b->bundle, "rootfs");
    config = path_join(b->bundle, "config.json");
    copy_helper(rootfs);
    for (; *args; args++)
        strv_add(&spec.args, *args);
    strv_add(&spec.env, "PATH=/bin");
    assert_int_equal(json_parse(host_config, strlen(host_config), &hc, NULL), 0);
    spec.host_config = hc;
    spec.id = b->id;
    spec.rootfs = rootfs;
    if (spec_make(&spec, runtimes, &b->spec, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(json_write_file(config, b->spec, NULL), 0);
    assert_int_equal(runtime_argv(runtimes, runtime_name, &b->runtime, NULL), 0);
    b->start = (struct shim_start){ .program = program,
                                    .dir = b->dir,
                                    .bundle = b->bundle,
                                    .id = b->id,
                                    .runtime = &b->runtime,
                                    .tty = tty,
                                    .open_stdin = open_stdin,
                                    .stdin_once = stdin_once,
                                    .log_path = b->log,
                                    .hybrid_cgroups = runtimes_host(runtimes)->cgroups == CGROUP_HYBRID };
    if (shim_launch(&b->start, &err) < 0)
        fail_msg("%s", err.text);
    strv_free(&spec.args);
    strv_free(&spec.env);
    return b;
}

static pid_t box_run(struct box *b)
{
    struct error err;
    pid_t pid = 0;
    nanos started = 0;

    if (shim_run(b->dir, &pid, &started, &err) < 0)
        _assert_true(0, err.text, __FILE__, __LINE__);
    assert_true(pid > 0 && started > 0);
    return pid;
}

static void count_ending(void *count)
{
    ++*(int *)count;
}

static int box_wait(struct box *b)
{
    struct shim_exit e;
    int endings = 0;

    assert_int_equal(shim_wait(b->dir, count_ending, &endings, &e, NULL), 0);
    assert_in_range(endings, 0, 1); /* 0: it had ended before we asked */
    assert_true(e.time > 0);
    return e.code;
}

static void box_free(struct box *b)
{
    scoped_free char *cgroup = xasprintf("/sys/fs/cgroup/memory/engined/shim-test/%s", b->id);

    assert_false(path_exists(cgroup));
    json_decref(b->spec);
    strv_free(&b->runtime);
    free(b->dir);
    free(b->bundle);
    free(b->log);
    free(b);
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *log_text(const struct box *b)
{
    struct log_query query = { .want_stdout = true, .want_stderr = true, .tail = -1 };
    struct json_log_reader *r = NULL;
    struct log_entry e;
    struct str text = { 0 };

    assert_int_equal(json_log_read(b->log, &query, &r, NULL), 0);
    while (json_log_next(r, &e, NULL) == 1) {
        str_add(&text, e.is_stderr ? "E:" : "O:");
        str_add_bytes(&text, e.text, e.length);
    }
    json_log_reader_close(r);
    return str_take(&text);
}

static int attach(struct box *b, const char *exec, bool in)
{
    struct shim_streams streams = { in, true, true };
    int fd = -1;

    assert_int_equal(shim_attach(b->dir, exec, &streams, &fd, NULL), 0);
    return fd;
}

static void reads(int fd, const char *wanted, size_t n)
{
    scoped_str got = { 0 };

    assert_int_equal(fd_read_all(fd, 1u << 26, &got, NULL), 0);
    assert_int_equal(got.len, n);
    assert_memory_equal(str_text(&got), wanted, n);
    close(fd);
}

static void output_is_logged_and_streamed(void **state)
{
    struct box *b = box_new(ARGS("/bin/helper", "both"), false, false, false, "{}");
    int fd = attach(b, NULL, false);
    scoped_free char *text = NULL;
    struct shim_exit e;

    (void)state;
    assert_true(shim_alive(b->dir));
    assert_int_equal(shim_read_exit(b->dir, &e, NULL), -1);
    box_run(b);
    assert_int_equal(box_wait(b), 3);
    assert_int_equal(shim_read_exit(b->dir, &e, NULL), 0);
    assert_int_equal(e.code, 3);
    text = log_text(b);
    if (!str_eq(text, "O:out\nE:err\nO:tail") &&
        !str_eq(text, "E:err\nO:out\nO:tail")) /* two pipes: no order */
        _assert_true(0, text, __FILE__, __LINE__);
    close(fd);
    box_free(b);
}

static void stdin_ends_with_the_first_client(void **state)
{
    struct box *b = box_new(ARGS("helper", "cat"), false, true, true, "{}");
    int fd = attach(b, NULL, true);

    (void)state;
    assert_int_equal(fd_write_all(fd, "early ", 6, NULL), 0);
    box_run(b);
    assert_int_equal(fd_write_all(fd, "late", 4, NULL), 0);
    shutdown(fd, SHUT_WR);
    assert_int_equal(box_wait(b), 7);
    {
        scoped_str got = { 0 };
        scoped_str plain = { 0 };

        assert_int_equal(fd_read_all(fd, 4096, &got, NULL), 0);
        for (size_t i = 0; i + 8 <= got.len; i += 8 + (size_t)(unsigned char)got.data[i + 7])
            str_add_bytes(&plain, got.data + i + 8, (size_t)(unsigned char)got.data[i + 7]);
        assert_string_equal(str_text(&plain), "early late");
    }
    close(fd);
    box_free(b);
}

static void without_stdin_once_half_close_ends_the_attachment(void **state)
{
    struct box *b = box_new(ARGS("helper", "tick"), false, true, false, "{}");
    int fd = attach(b, NULL, true);
    scoped_str got = { 0 };

    (void)state;
    box_run(b);
    shutdown(fd, SHUT_WR);
    assert_int_equal(fd_read_all(fd, 1u << 20, &got, NULL), 0);
    close(fd);
    assert_int_equal(runtime_kill(runtimes, known(b->id), SIGKILL, NULL), 0);
    assert_int_equal(box_wait(b), 137);
    box_free(b);
}

static void a_terminal_has_a_size(void **state)
{
    struct box *b = box_new(ARGS("helper", "tty"), true, true, true, "{}");
    int fd = attach(b, NULL, true);
    char got[256] = "";
    size_t n = 0;

    (void)state;
    assert_int_equal(shim_resize(b->dir, NULL, 33, 77, NULL), 0);
    box_run(b);
    assert_int_equal(fd_write_all(fd, "\n", 1, NULL), 0);
    while (!strstr(got, "1 33x77\r\n") && n < sizeof(got) - 1) {
        ssize_t r = read(fd, got + n, sizeof(got) - 1 - n);

        assert_true(r > 0);
        n += (size_t)r;
    }
    assert_int_equal(shim_resize(b->dir, NULL, 44, 88, NULL), 0);
    assert_int_equal(fd_write_all(fd, "\n\004", 2, NULL), 0);
    assert_int_equal(box_wait(b), 0);
    close(fd);
    {
        scoped_free char *text = log_text(b);

        assert_non_null(strstr(text, "1 44x88\r\n"));
    }
    box_free(b);
}

static void fails_to_run(const char *const *args, enum error_kind kind, const char *words)
{
    struct box *b = box_new(args, false, false, false, "{}");
    struct error err;
    pid_t pid;
    nanos started;
    struct shim_exit e;

    assert_int_equal(shim_run(b->dir, &pid, &started, &err), -1);
    if (!strstr(err.text, words))
        _assert_true(0, err.text, __FILE__, __LINE__);
    assert_int_equal(err.kind, kind);
    for (int i = 0; i < 100 && shim_alive(b->dir); i++)
        usleep(10000);
    assert_false(shim_alive(b->dir));
    assert_int_equal(shim_wait(b->dir, NULL, NULL, &e, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    box_free(b);
}

static void failures_have_the_words_that_clients_match(void **state)
{
    (void)state;
    fails_to_run(ARGS("nope"), ERR_NOT_FOUND, "exec: \"nope\": executable file not found in $PATH");
    fails_to_run(ARGS("/nope"), ERR_NOT_FOUND, "exec: \"/nope\": stat /nope: no such file or directory");
    fails_to_run(ARGS("/text"), ERR_INVALID, "exec: \"/text\": permission denied");
    fails_to_run(ARGS("/text/x"), ERR_NOT_FOUND, "exec: \"/text/x\": stat /text/x: not a directory");
    fails_to_run(ARGS("/bin"), ERR_INVALID, "permission denied");
}

static int exec_in(struct box *b, const char *id, const char *config, struct shim_streams streams, int *fd,
                   struct error *err)
{
    scoped(json_decref) json_t *wanted = NULL, *process = NULL;
    struct shim_exec exec = { .id = id, .streams = streams };
    pid_t pid;

    assert_int_equal(json_parse(config, strlen(config), &wanted, NULL), 0);
    assert_int_equal(spec_exec_process(b->spec, wanted, NULL, &process, NULL), 0);
    exec.process = process;
    exec.tty = json_bool_at(wanted, "Tty", false);
    return shim_exec(b->dir, &exec, fd, &pid, err);
}

static void execs_run_beside(void **state)
{
    struct box *b = box_new(ARGS("helper", "sleep"), false, false, false, "{}");
    static const char framed[] = "\1\0\0\0\0\0\0\3abc";
    struct error err;
    int fd = -1, code = -1;

    (void)state;
    box_run(b);
    assert_int_equal(exec_in(b, "e1", "{\"Cmd\":[\"helper\",\"cat\"]}",
                             (struct shim_streams){ true, true, true }, &fd, NULL),
                     0);
    assert_int_equal(fd_write_all(fd, "abc", 3, NULL), 0);
    shutdown(fd, SHUT_WR);
    reads(fd, framed, sizeof(framed) - 1);
    assert_int_equal(shim_exec_wait(b->dir, "e1", &code, NULL), 0);
    assert_int_equal(code, 7);
    assert_int_equal(exec_in(b, "e2", "{\"Cmd\":[\"helper\",\"both\"]}",
                             (struct shim_streams){ false, false, false }, &fd, NULL),
                     0);
    assert_int_equal(fd, -1);
    assert_int_equal(shim_exec_wait(b->dir, "e2", &code, NULL), 0);
    assert_int_equal(code, 3);
    assert_int_equal(
        exec_in(b, "e3", "{\"Cmd\":[\"nope\"]}", (struct shim_streams){ false, true, false }, &fd, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "exec: \"nope\": executable file not found in $PATH"));
    assert_int_equal(shim_exec_wait(b->dir, "e3", &code, &err), -1);
    assert_int_equal(exec_in(b, "e4", "{\"Cmd\":[\"helper\",\"both\"],\"Tty\":true}",
                             (struct shim_streams){ false, true, true }, &fd, NULL),
                     0);
    reads(fd, "out\r\nerr\r\ntail", 14);
    assert_int_equal(exec_in(b, "e5", "{\"Cmd\":[\"helper\",\"sleep\"]}",
                             (struct shim_streams){ false, true, false }, &fd, NULL),
                     0);
    assert_int_equal(runtime_kill(runtimes, known(b->id), SIGKILL, NULL), 0);
    reads(fd, "", 0);
    assert_int_equal(box_wait(b), 137);
    box_free(b);
}

static off_t log_size(const char *log)
{
    struct stat st;

    return stat(log, &st) < 0 ? -1 : st.st_size;
}

/* What was on its way when the container stopped may still come, on a busy machine for a while. */
static bool log_rests(const char *log)
{
    for (int i = 0; i < 100; i++) {
        off_t before = log_size(log);

        usleep(100000);
        if (log_size(log) == before)
            return true;
    }
    return false;
}

static bool log_grows(const char *log)
{
    off_t before = log_size(log);

    for (int i = 0; i < 1000 && log_size(log) == before; i++)
        usleep(10000);
    return log_size(log) > before;
}

static void pause_kill_and_readings(void **state)
{
    struct box *b =
        box_new(ARGS("helper", "tick"), false, false, false, "{\"Memory\":67108864,\"PidsLimit\":20}");
    scoped(json_decref) json_t *stats = NULL, *update = json_pack("{s:i}", "Memory", 50331648);
    scoped_free pid_t *pids = NULL;
    size_t count = 0;
    struct error err;
    pid_t pid;

    (void)state;
    error_clear(&err);
    pid = box_run(b);
    assert_int_equal(runtime_pids(runtimes, known(b->id), &pids, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_int_equal(pids[0], pid);
    assert_int_equal(runtime_stats(runtimes, known(b->id), &stats, NULL), 0);
    assert_true(json_int_at(stats, "memory_stats.limit", 0) == 67108864);
    assert_true(json_int_at(stats, "pids_stats.limit", 0) == 20);
    assert_true(json_int_at(stats, "pids_stats.current", 0) == 1);
    assert_int_equal(runtime_pause(runtimes, known(b->id), NULL), 0);
    assert_true(log_rests(b->log));
    assert_int_equal(runtime_resume(runtimes, known(b->id), NULL), 0);
    assert_true(log_grows(b->log));
    if (runtime_update(runtimes, known(b->id), update, &err) < 0)
        _assert_true(0, err.text, __FILE__, __LINE__);
    json_decref(stats);
    assert_int_equal(runtime_stats(runtimes, known(b->id), &stats, NULL), 0);
    assert_true(json_int_at(stats, "memory_stats.limit", 0) == 50331648);
    assert_int_equal(runtime_kill(runtimes, known(b->id), SIGTERM, NULL),
                     0); /* process 1 without a handler */
    usleep(20000);
    assert_int_equal(runtime_kill(runtimes, known(b->id), SIGKILL, NULL), 0);
    assert_int_equal(box_wait(b), 137);
    assert_int_equal(runtime_kill(runtimes, known(b->id), SIGKILL, &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_int_equal(runtime_delete(runtimes, known(b->id), NULL), 0);
    box_free(b);
}

static void too_much_memory_is_told(void **state)
{
    struct box *b = box_new(ARGS("helper", "eat"), false, false, false, "{\"Memory\":16777216}");
    struct shim_exit e;

    (void)state;
    box_run(b);
    assert_int_equal(shim_wait(b->dir, NULL, NULL, &e, NULL), 0);
    assert_int_equal(e.code, 137);
    assert_true(e.oom_killed);
    box_free(b);
}

static void a_slow_reader_is_waited_for_and_loses_nothing(void **state)
{
    struct box *b = box_new(ARGS("helper", "flood", "20000000"), false, false, false, "{}");
    int fd = attach(b, NULL, false);
    scoped_str got = { 0 };
    size_t plain = 0;
    struct shim_exit e;

    (void)state;
    box_run(b);
    usleep(300000);
    assert_int_equal(shim_read_exit(b->dir, &e, NULL), -1); /* it still has 18 MB to say */
    assert_int_equal(fd_read_all(fd, 1u << 26, &got, NULL), 0);
    for (size_t i = 0; i + 8 <= got.len;) {
        const unsigned char *h = (const unsigned char *)got.data + i;
        size_t n = (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 | h[7];

        plain += n;
        i += 8 + n;
    }
    assert_int_equal(plain, 20000000);
    close(fd);
    assert_int_equal(box_wait(b), 0);
    box_free(b);
}

static void the_container_outlives_who_launched_it(void **state)
{
    int ends[2];
    struct box *b;
    pid_t child;
    char byte;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        b = box_new(ARGS("helper", "tick"), false, false, false, "{}");
        box_run(b);
        if (write(ends[1], b->id + 3, 1) != 1)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    box_number++;
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    waitpid(child, NULL, 0);
    {
        scoped_free char *bundle = NULL, *dir = NULL, *log = NULL;
        struct shim_exit e;
        char id[8] = "boxN";

        id[3] = byte;
        bundle = xasprintf("%s/%s", root, id);
        dir = path_join(bundle, "run");
        log = path_join(bundle, "c-json.log");
        assert_true(shim_alive(dir));
        assert_true(log_grows(log));
        assert_int_equal(runtime_kill(runtimes, known(id), SIGKILL, NULL), 0);
        assert_int_equal(shim_wait(dir, NULL, NULL, &e, NULL), 0);
        assert_int_equal(e.code, 137);
    }
    close(ends[0]);
}

static void abandoned_is_gone(void **state)
{
    struct box *b = box_new(ARGS("helper", "both"), false, false, false, "{}");

    (void)state;
    shim_abandon(b->dir);
    for (int i = 0; i < 100 && shim_alive(b->dir); i++)
        usleep(10000);
    assert_false(shim_alive(b->dir));
    box_free(b);
}

static int begin(void **state)
{
    struct runtimes_config config = { .instance = "shim-test" };
    scoped_free char *exec_root = NULL;
    struct error err;

    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (!mkdtemp(root))
        return -1;
    exec_root = path_join(root, "runtimes");
    config.exec_root = exec_root;
    config.default_name = runtime_name;
    if (runtimes_open(&config, &runtimes, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return 0;
}

static int end(void **state)
{
    scoped_str mounts = { 0 };

    (void)state;
    runtimes = runtimes_close(runtimes);
    if (path_exists("/sys/fs/cgroup/memory/engined/shim-test") ||
        path_exists("/sys/fs/cgroup/engined/shim-test"))
        fail_msg("cgroups are left");
    if (file_read("/proc/self/mountinfo", 1u << 24, &mounts, NULL) < 0 || strstr(str_text(&mounts), root))
        fail_msg("mounts are left");
    return tree_remove(root, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_container_outlives_who_launched_it),
        cmocka_unit_test(output_is_logged_and_streamed),
        cmocka_unit_test(stdin_ends_with_the_first_client),
        cmocka_unit_test(without_stdin_once_half_close_ends_the_attachment),
        cmocka_unit_test(a_terminal_has_a_size),
        cmocka_unit_test(failures_have_the_words_that_clients_match),
        cmocka_unit_test(execs_run_beside),
        cmocka_unit_test(pause_kill_and_readings),
        cmocka_unit_test(too_much_memory_is_told),
        cmocka_unit_test(a_slow_reader_is_waited_for_and_loses_nothing),
        cmocka_unit_test(abandoned_is_gone),
    };

    if (argc != 4) {
        fputs("usage: shim_root_test ENGINE_SHIM HELPER RUNTIME\n", stderr);
        return 2;
    }
    program = argv[1];
    helper = argv[2];
    runtime_name = argv[3];
    if (geteuid() != 0) {
        fputs("SKIPPED, NOT TESTED: shim_root_test needs root to run containers\n", stderr);
        return 77;
    }
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, begin, end);
}
