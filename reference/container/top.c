/* container/top.c - ContainerTop: ps(1) of this host, of which only the container's processes are kept; and ContainerStats. */
#include "container/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/proc.h"
#include "runtime/runtime.h"

#define PS_OUTPUT_MAX (8u << 20)

/* Fields of a line: all but the last are words, the last is the rest. */
static json_t *fields(const char *line, size_t most)
{
    json_t *out = json_array();

    while (*line) {
        size_t n;

        line += strspn(line, " \t");
        n = json_array_size(out) + 1 == most ? strlen(line) : strcspn(line, " \t");
        while (n > 0 && isspace((unsigned char)line[n - 1]))
            n--;
        if (n == 0)
            break;
        json_array_append_new(out, json_string_lossy(line, n));
        line += n;
    }
    return out;
}

static int pid_column(const json_t *titles)
{
    json_t *title;
    size_t i;

    json_array_foreach (titles, i, title)
        if (str_eq(json_string_value(title), "PID"))
            return (int)i;
    return -1;
}

static bool has_pid(const pid_t *pids, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == (pid_t)atoi(text))
            return true;
    return false;
}

int top_parse(const char *output, const pid_t *pids, size_t count, json_t **ret, struct error *err)
{
    scoped_strv lines = { 0 };
    scoped(json_decref) json_t *titles = NULL;
    json_t *processes = json_array();
    int column;

    strv_split(&lines, output, '\n');
    titles = fields(lines.count ? lines.items[0] : "", SIZE_MAX);
    column = pid_column(titles);
    if (column < 0) {
        json_decref(processes);
        return error_set(err, ERR_SYSTEM, "Couldn't find PID field in ps output");
    }
    for (size_t i = 1; i < lines.count; i++) {
        json_t *row = fields(lines.items[i], json_array_size(titles));
        const char *pid = json_string_value(json_array_get(row, (size_t)column));

        if (pid && has_pid(pids, count, pid))
            json_array_append_new(processes, row);
        else
            json_decref(row);
    }
    *ret = json_pack("{s:O, s:o}", "Titles", titles, "Processes", processes);
    return 0;
}

static int run_ps(const char *args, struct str *output, struct error *err)
{
    scoped_strv argv = { 0 }, words = { 0 };
    int status;

    strv_add(&argv, "ps");
    strv_split(&words, args, ' ');
    for (size_t i = 0; i < words.count; i++)
        if (words.items[i][0])
            strv_add(&argv, words.items[i]);
    if (proc_run((const char *const *)argv.items, PS_OUTPUT_MAX, output, &status, err) < 0)
        return error_wrap(err, "ps");
    if (status != 0) {
        str_cut(output, strcspn(str_text(output), "\n"));
        return error_set(err, ERR_SYSTEM, "ps: %s", str_text(output));
    }
    return 0;
}

int container_top(struct container *c, const char *ps_args, json_t **ret, struct error *err)
{
    struct state s = container_state(c);
    scoped_str output = { 0 };
    pid_t *pids = NULL;
    size_t count = 0;
    int rc;

    if (!s.running)
        return state_not_running(c, err);
    if (s.restarting)
        return error_set(err, ERR_CONFLICT, "Container %s is restarting, wait until the container is running",
                         c->id);
    if (runtime_pids(c->all->runtimes, as_runtime_knows(c), &pids, &count, err) < 0)
        return -1;
    rc = run_ps(str_empty(ps_args) ? "-ef" : ps_args, &output, err);
    if (rc == 0)
        rc = top_parse(str_text(&output), pids, count, ret, err);
    free(pids);
    if (rc == 0)
        container_event(c, "top", NULL);
    return rc;
}

/* -- stats -- */

/* /proc/PID/net/dev: two head lines, then "eth0: bytes packets errs drop ..." received and sent. */
static json_t *network_stats(pid_t pid)
{
    scoped_free char *path = xasprintf("/proc/%d/net/dev", (int)pid);
    scoped_str text = { 0 };
    scoped_strv lines = { 0 };
    json_t *out = json_object();

    if (file_read(path, 65536, &text, NULL) < 0)
        return out;
    strv_split(&lines, str_text(&text), '\n');
    for (size_t i = 2; i < lines.count; i++) {
        char name[32];
        unsigned long long rx[4], tx[4];

        if (sscanf(lines.items[i], " %31[^:]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu", name,
                   &rx[0], &rx[1], &rx[2], &rx[3], &tx[0], &tx[1], &tx[2], &tx[3]) != 9 ||
            str_eq(name, "lo"))
            continue;
        json_object_set_new(out, name,
                            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rx_bytes",
                                      (json_int_t)rx[0], "rx_packets", (json_int_t)rx[1], "rx_errors",
                                      (json_int_t)rx[2], "rx_dropped", (json_int_t)rx[3], "tx_bytes",
                                      (json_int_t)tx[0], "tx_packets", (json_int_t)tx[1], "tx_errors",
                                      (json_int_t)tx[2], "tx_dropped", (json_int_t)tx[3]));
    }
    return out;
}

json_t *stats_empty_cpu(void)
{
    return json_pack("{s:{s:i, s:i, s:i}, s:{s:i, s:i, s:i}}", "cpu_usage", "total_usage", 0,
                     "usage_in_kernelmode", 0, "usage_in_usermode", 0, "throttling_data", "periods", 0,
                     "throttled_periods", 0, "throttled_time", 0);
}

static json_t *stats_head(struct container *c, nanos when)
{
    scoped_free char *name = container_name(c), *slashed = xasprintf("/%s", name);
    char read[CLOCK_TEXT_MAX], zero[CLOCK_TEXT_MAX];

    clock_format(when, read);
    clock_format(0, zero);
    return json_pack("{s:s, s:s, s:s, s:s, s:{}, s:n, s:i, s:{}, s:o, s:o, s:{}}", "name", slashed, "id",
                     c->id, "read", read, "preread", zero, "pids_stats", "blkio_stats", "num_procs", 0,
                     "storage_stats", "cpu_stats", stats_empty_cpu(), "precpu_stats", stats_empty_cpu(),
                     "memory_stats");
}

static void no_blkio(json_t *stats)
{
    static const char *const members[] = { "io_service_bytes_recursive", "io_serviced_recursive",
                                           "io_queue_recursive",         "io_service_time_recursive",
                                           "io_wait_time_recursive",     "io_merged_recursive",
                                           "io_time_recursive",          "sectors_recursive" };
    json_t *o = json_object();

    for (size_t i = 0; i < 8; i++)
        json_object_set_new(o, members[i], json_null());
    json_object_set_new(stats, "blkio_stats", o);
}

int container_stats(struct container *c, json_t **ret, struct error *err)
{
    struct state s = container_state(c);
    bool up = s.running && !s.restarting;
    json_t *o = stats_head(c, up ? clock_now() : 0), *reading = NULL;

    no_blkio(o);
    if (up && runtime_stats(c->all->runtimes, as_runtime_knows(c), &reading, err) < 0) {
        json_decref(o);
        return -1;
    }
    if (up) {
        json_object_update(o, reading);
        json_decref(reading);
        if (s.pid > 0 && !mode_container(json_str_at(c->host_config, "NetworkMode", "")))
            json_object_set_new(o, "networks", network_stats(s.pid));
    }
    *ret = o;
    return 0;
}
