/* runtime/cgroup.c - see cgroup.h.
 *
 * v1 has a folder per controller and container, v2 one per container. A hybrid host is v1 for all that we need.
 *
 * v1's freezer can stay FREEZING when a process is busy in the kernel; writing again makes it look again. So we write
 * and read by turns, for a bounded time, and thaw again if it never freezes. */
#include "runtime/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <linux/magic.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#define ROOT         "/sys/fs/cgroup"
#define FILE_MAX     (1u << 20)
#define FREEZE_TRIES 2000 /* of about a millisecond */
#define PIDS_MAX     65536
#define DEPTH_MAX    16

static bool is_cgroup2(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static void detect_v2(struct host *h)
{
    scoped_str text = { 0 };
    scoped_strv names = { 0 };

    if (file_read(ROOT "/cgroup.controllers", FILE_MAX, &text, NULL) < 0)
        return;
    str_cut(&text, strcspn(str_text(&text), "\n"));
    strv_split(&names, str_text(&text), ' ');
    h->memory = strv_has(&names, "memory");
    h->swap = h->memory && path_exists("/proc/swaps");
    h->cpu_quota = h->cpu_shares = strv_has(&names, "cpu");
    h->cpuset = strv_has(&names, "cpuset");
    h->pids = strv_has(&names, "pids");
    h->blkio = h->blkio_weight = strv_has(&names, "io");
    h->freezer = true;
}

static void detect_v1(struct host *h)
{
    h->memory = path_is_dir(ROOT "/memory");
    h->swap = path_exists(ROOT "/memory/memory.memsw.limit_in_bytes");
    h->cpu_quota = path_exists(ROOT "/cpu/cpu.cfs_quota_us");
    h->cpu_shares = path_exists(ROOT "/cpu/cpu.shares");
    h->cpuset = path_is_dir(ROOT "/cpuset");
    h->pids = path_is_dir(ROOT "/pids");
    h->blkio = path_is_dir(ROOT "/blkio");
    h->blkio_weight = path_exists(ROOT "/blkio/blkio.weight") || path_exists(ROOT "/blkio/blkio.bfq.weight");
    h->freezer = path_is_dir(ROOT "/freezer");
}

void cgroup_detect(struct host *ret)
{
    if (is_cgroup2(ROOT)) {
        ret->cgroups = CGROUP_V2;
        detect_v2(ret);
        return;
    }
    ret->cgroups = is_cgroup2(ROOT "/unified") ? CGROUP_HYBRID : CGROUP_V1;
    detect_v1(ret);
}

char *cgroup_path(const struct host *host, const char *parent, const char *id)
{
    scoped_free char *asked =
        str_empty(parent) ? xasprintf("/%s", host->cgroup_parent) : xasprintf("/%s", parent);
    scoped_free char *group = xasprintf("%s/%s", asked, id), *clean = path_clean(group);

    return xstrdup(clean + 1);
}

static char *file_of(const struct host *h, const char *controller, const char *path, const char *file)
{
    if (h->cgroups == CGROUP_V2)
        return xasprintf(ROOT "/%s/%s", path, file);
    return xasprintf(ROOT "/%s/%s/%s", controller ? controller : "", path, file);
}

static bool read_file(const struct host *h, const char *controller, const char *path, const char *file,
                      struct str *ret)
{
    scoped_free char *name = file_of(h, controller, path, file);

    return file_read(name, FILE_MAX, ret, NULL) == 0;
}

/* "max" and what cannot be read give `otherwise`. */
static uint64_t read_number(const struct host *h, const char *controller, const char *path, const char *file,
                            uint64_t otherwise)
{
    scoped_str text = { 0 };
    uint64_t value;

    if (!read_file(h, controller, path, file, &text))
        return otherwise;
    str_cut(&text, strcspn(str_text(&text), "\n"));
    return str_to_uint64(str_text(&text), &value) ? value : otherwise;
}

static bool is_frozen(const struct host *h, const char *path, bool wanted)
{
    scoped_str text = { 0 };

    if (h->cgroups == CGROUP_V2)
        return read_file(h, NULL, path, "cgroup.events", &text) &&
               strstr(str_text(&text), wanted ? "frozen 1" : "frozen 0");
    return read_file(h, "freezer", path, "freezer.state", &text) &&
           str_starts(str_text(&text), wanted ? "FROZEN" : "THAWED");
}

int cgroup_freeze(const struct host *host, const char *path, bool frozen, struct error *err)
{
    bool v2 = host->cgroups == CGROUP_V2;
    scoped_free char *file = file_of(host, "freezer", path, v2 ? "cgroup.freeze" : "freezer.state");
    const char *text = v2 ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : "THAWED");
    const struct timespec pause = { .tv_nsec = 1000000 };

    for (int i = 0; i < FREEZE_TRIES; i++) {
        if (file_poke(file, text, err) < 0)
            return -1;
        if (is_frozen(host, path, frozen))
            return 0;
        nanosleep(&pause, NULL);
    }
    if (frozen)
        file_poke(file, v2 ? "0" : "THAWED", NULL);
    return error_set(err, ERR_SYSTEM, "cgroup '%s' does not become %s", path, frozen ? "frozen" : "thawed");
}

struct pids {
    pid_t *items;
    size_t count;
};

static void add_pids(struct pids *p, const char *folder)
{
    scoped_free char *file = path_join(folder, "cgroup.procs");
    scoped_str text = { 0 };
    char *at, *end;

    if (file_read(file, FILE_MAX, &text, NULL) < 0)
        return;
    for (at = text.data; at && *at && p->count < PIDS_MAX; at = end + 1) {
        long pid = strtol(at, &end, 10);

        if (end == at || *end != '\n')
            break;
        p->items = xreallocarray(p->items, p->count + 1, sizeof(pid_t));
        p->items[p->count++] = (pid_t)pid;
    }
}

static void add_tree_pids(struct pids *p, const char *folder, int depth)
{
    scoped(closedir) DIR *dir = opendir(folder);
    struct dirent *entry;

    add_pids(p, folder);
    while (dir && depth < DEPTH_MAX && (entry = readdir(dir))) {
        scoped_free char *below = NULL;

        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        below = path_join(folder, entry->d_name);
        add_tree_pids(p, below, depth + 1);
    }
}

static int compare_pids(const void *a, const void *b)
{
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

    return (x > y) - (x < y);
}

/* A v1 hierarchy that tells the processes: every one has them, take the first that there is. */
static const char *process_controller(const struct host *h)
{
    return h->freezer ? "freezer" : h->pids ? "pids" : h->memory ? "memory" : "devices";
}

int cgroup_pids(const struct host *host, const char *path, pid_t **ret, size_t *count, struct error *err)
{
    scoped_free char *folder = file_of(host, process_controller(host), path, "");
    struct pids pids = { 0 };

    if (!path_is_dir(folder))
        return error_set(err, ERR_NOT_FOUND, "no cgroup '%s'", path);
    add_tree_pids(&pids, folder, 0);
    if (pids.count)
        qsort(pids.items, pids.count, sizeof(pid_t), compare_pids);
    *ret = pids.items;
    *count = pids.count;
    return 0;
}

/* "name value" lines; each becomes a member. */
static json_t *table(const struct host *h, const char *controller, const char *path, const char *file)
{
    scoped_str text = { 0 };
    json_t *object = json_object();
    char *save = NULL;

    if (!read_file(h, controller, path, file, &text))
        return object;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *space = strchr(line, ' ');
        uint64_t value;

        if (!space)
            continue;
        *space = '\0';
        if (str_to_uint64(space + 1, &value))
            json_object_set_new(object, line, json_integer((json_int_t)value));
    }
    return object;
}

/* Of the whole machine, in nanoseconds: what a client divides a container's usage by. (proc(5) /proc/stat) */
static uint64_t system_cpu(void)
{
    scoped_str text = { 0 };
    uint64_t sum = 0, tick = (uint64_t)sysconf(_SC_CLK_TCK);
    char *at, *end;

    if (file_read("/proc/stat", FILE_MAX, &text, NULL) < 0 || !str_starts(str_text(&text), "cpu "))
        return 0;
    at = text.data + 4;
    for (int i = 0; i < 7; i++) { /* user nice system idle iowait irq softirq */
        sum += strtoull(at, &end, 10);
        at = end;
    }
    return sum * (UINT64_C(1000000000) / tick);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value));
}

static json_t *per_cpu(const struct host *h, const char *path)
{
    scoped_str text = { 0 };
    json_t *list = json_array();
    char *save = NULL;

    if (read_file(h, "cpuacct", path, "cpuacct.usage_percpu", &text))
        for (char *word = strtok_r(text.data, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
            json_array_append_new(list, json_integer(strtoll(word, NULL, 10)));
    return list;
}

static json_t *throttling(const json_t *stat, const char *time_key, int64_t unit)
{
    return json_pack("{s:I, s:I, s:I}", "periods", (json_int_t)json_int_at(stat, "nr_periods", 0),
                     "throttled_periods", (json_int_t)json_int_at(stat, "nr_throttled", 0), "throttled_time",
                     (json_int_t)(json_int_at(stat, time_key, 0) * unit));
}

static json_t *cpu_v1(const struct host *h, const char *path)
{
    scoped(json_decref) json_t *ticks = table(h, "cpuacct", path, "cpuacct.stat"),
                               *stat = table(h, "cpu", path, "cpu.stat");
    int64_t tick = INT64_C(1000000000) / sysconf(_SC_CLK_TCK);
    json_t *usage = json_object();

    json_object_set_new(usage, "total_usage", number(read_number(h, "cpuacct", path, "cpuacct.usage", 0)));
    json_object_set_new(usage, "percpu_usage", per_cpu(h, path));
    json_object_set_new(usage, "usage_in_kernelmode", json_integer(json_int_at(ticks, "system", 0) * tick));
    json_object_set_new(usage, "usage_in_usermode", json_integer(json_int_at(ticks, "user", 0) * tick));
    return json_pack("{s:o, s:o}", "cpu_usage", usage, "throttling_data",
                     throttling(stat, "throttled_time", 1));
}

static json_t *cpu_v2(const struct host *h, const char *path)
{
    scoped(json_decref) json_t *stat = table(h, NULL, path, "cpu.stat");
    json_t *usage =
        json_pack("{s:I, s:I, s:I}", "total_usage", (json_int_t)(json_int_at(stat, "usage_usec", 0) * 1000),
                  "usage_in_kernelmode", (json_int_t)(json_int_at(stat, "system_usec", 0) * 1000),
                  "usage_in_usermode", (json_int_t)(json_int_at(stat, "user_usec", 0) * 1000));

    return json_pack("{s:o, s:o}", "cpu_usage", usage, "throttling_data",
                     throttling(stat, "throttled_usec", 1000));
}

static json_t *cpu_stats(const struct host *h, const char *path)
{
    json_t *cpu = h->cgroups == CGROUP_V2 ? cpu_v2(h, path) : cpu_v1(h, path);

    json_object_set_new(cpu, "system_cpu_usage", number(system_cpu()));
    json_object_set_new(cpu, "online_cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    return cpu;
}

/* A limit above what the machine has is none: dockerd gives the machine's memory then. */
static uint64_t memory_limit(const struct host *h, const char *path)
{
    uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t limit = read_number(
        h, "memory", path, h->cgroups == CGROUP_V2 ? "memory.max" : "memory.limit_in_bytes", UINT64_MAX);

    return limit < machine ? limit : machine;
}

static json_t *memory_stats(const struct host *h, const char *path)
{
    bool v2 = h->cgroups == CGROUP_V2;
    json_t *memory = json_object();

    if (!h->memory)
        return memory;
    json_object_set_new(
        memory, "usage",
        number(read_number(h, "memory", path, v2 ? "memory.current" : "memory.usage_in_bytes", 0)));
    if (!v2)
        json_object_set_new(memory, "max_usage",
                            number(read_number(h, "memory", path, "memory.max_usage_in_bytes", 0)));
    json_object_set_new(memory, "stats", table(h, "memory", path, "memory.stat"));
    if (!v2 && read_number(h, "memory", path, "memory.failcnt", 0))
        json_object_set_new(memory, "failcnt", number(read_number(h, "memory", path, "memory.failcnt", 0)));
    json_object_set_new(memory, "limit", number(memory_limit(h, path)));
    return memory;
}

static json_t *pids_stats(const struct host *h, const char *path)
{
    json_t *pids = json_object();
    uint64_t limit;

    if (!h->pids)
        return pids;
    json_object_set_new(pids, "current", number(read_number(h, "pids", path, "pids.current", 0)));
    limit = read_number(h, "pids", path, "pids.max", UINT64_MAX);
    if (limit != UINT64_MAX || h->cgroups == CGROUP_V2)
        json_object_set_new(pids, "limit", json_integer(limit == UINT64_MAX ? 0 : (json_int_t)limit));
    return pids;
}

/* v1: "8:0 Read 4096" lines. */
static json_t *blkio_list_v1(const struct host *h, const char *path, const char *file)
{
    scoped_str text = { 0 };
    json_t *list = json_array();
    char *save = NULL;

    if (!read_file(h, "blkio", path, file, &text))
        return list;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        unsigned big, small;
        char op[16];
        uint64_t value;

        if (sscanf(line, "%u:%u %15s %" SCNu64, &big, &small, op, &value) == 4)
            json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:I}", "major", (int)big, "minor",
                                                  (int)small, "op", op, "value", (json_int_t)value));
    }
    return list;
}

/* v2: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0" lines. */
static json_t *blkio_list_v2(const struct host *h, const char *path, const char *read_key,
                             const char *write_key)
{
    scoped_str text = { 0 };
    json_t *list = json_array();
    char *save = NULL;

    if (!read_file(h, NULL, path, "io.stat", &text))
        return list;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *reads = strstr(line, read_key), *writes = strstr(line, write_key);
        unsigned big, small;

        if (!reads || !writes || sscanf(line, "%u:%u", &big, &small) != 2)
            continue;
        json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:I}", "major", (int)big, "minor", (int)small,
                                              "op", "read", "value",
                                              (json_int_t)strtoull(reads + strlen(read_key), NULL, 10)));
        json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:I}", "major", (int)big, "minor", (int)small,
                                              "op", "write", "value",
                                              (json_int_t)strtoull(writes + strlen(write_key), NULL, 10)));
    }
    return list;
}

static json_t *blkio_stats(const struct host *h, const char *path)
{
    static const char *const empty[] = { "io_queue_recursive",     "io_service_time_recursive",
                                         "io_wait_time_recursive", "io_merged_recursive",
                                         "io_time_recursive",      "sectors_recursive" };
    bool v2 = h->cgroups == CGROUP_V2;
    json_t *blkio = json_object();

    json_object_set_new(blkio, "io_service_bytes_recursive",
                        v2 ? blkio_list_v2(h, path, "rbytes=", "wbytes=")
                           : blkio_list_v1(h, path, "blkio.throttle.io_service_bytes_recursive"));
    json_object_set_new(blkio, "io_serviced_recursive",
                        v2 ? json_null() : blkio_list_v1(h, path, "blkio.throttle.io_serviced_recursive"));
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
        json_object_set_new(blkio, empty[i], v2 ? json_null() : json_array());
    return blkio;
}

int cgroup_stats(const struct host *host, const char *path, json_t **ret, struct error *err)
{
    scoped_free char *folder = file_of(host, process_controller(host), path, "");

    if (!path_is_dir(folder))
        return error_set(err, ERR_NOT_FOUND, "no cgroup '%s'", path);
    *ret = json_pack("{s:o, s:o, s:o, s:o}", "cpu_stats", cpu_stats(host, path), "memory_stats",
                     memory_stats(host, path), "pids_stats", pids_stats(host, path), "blkio_stats",
                     blkio_stats(host, path));
    return 0;
}

void cgroup_remove(const struct host *host, const char *path)
{
    static const char *const all[] = { "cpu",      "cpuacct",          "cpu,cpuacct", "cpuset",  "memory",
                                       "devices",  "freezer",          "blkio",       "pids",    "net_cls",
                                       "net_prio", "net_cls,net_prio", "perf_event",  "hugetlb", "rdma",
                                       "misc",     "systemd",          "unified" };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        scoped_free char *folder = file_of(host, all[i], path, "");

        rmdir(folder);
    }
}
