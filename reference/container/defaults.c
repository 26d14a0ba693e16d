/* container/defaults.c - what a HostConfig says when nobody said it, and what this host makes of it. */
#include "container/internal.h"

#include "runtime/runtime.h"

#define SHM_DEFAULT INT64_C(67108864)

static const char *const masked_paths[] = {
    "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
};
static const char *const readonly_paths[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                              "/proc/sysrq-trigger" };

static void put_paths(json_t *h, const char *member, const char *const *paths, size_t count)
{
    json_t *array;

    if (json_is_array(json_object_get(h, member)))
        return;
    array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(paths[i]));
    json_object_set_new(h, member, array);
}

static void default_str(json_t *h, const char *path, const char *value)
{
    if (!json_str_at(h, path, "")[0])
        json_put(h, path, json_string(value));
}

void host_config_complete(struct containers *all, json_t *h, int api_version)
{
    const struct host *host = runtimes_host(all->runtimes);

    default_str(h, "NetworkMode", "bridge");
    if (str_eq(json_str_at(h, "NetworkMode", ""), "default"))
        json_object_set_new(h, "NetworkMode", json_string("bridge"));
    default_str(h, "LogConfig.Type", "json-file");
    if (!json_is_object(json_at(h, "LogConfig.Config")))
        json_put(h, "LogConfig.Config", json_object());
    default_str(h, "RestartPolicy.Name", "no");
    default_str(h, "IpcMode", api_version < 40 ? "shareable" : "private");
    default_str(h, "Runtime", runtimes_default(all->runtimes));
    default_str(h, "CgroupnsMode",
                host->cgroups == CGROUP_V2 && !json_bool_at(h, "Privileged", false) && api_version >= 41
                    ? "private"
                    : "host");
    if (json_int_at(h, "ShmSize", 0) == 0)
        json_object_set_new(h, "ShmSize", json_integer(SHM_DEFAULT));
    if (json_int_at(h, "Memory", 0) > 0 && json_int_at(h, "MemorySwap", 0) == 0)
        json_object_set_new(h, "MemorySwap", json_integer(2 * json_int_at(h, "Memory", 0)));
    if (host->cgroups != CGROUP_V2 && json_is_null(json_object_get(h, "OomKillDisable")))
        json_object_set_new(h, "OomKillDisable", json_false());
    if (!json_bool_at(h, "Privileged", false)) {
        put_paths(h, "MaskedPaths", masked_paths, sizeof(masked_paths) / sizeof(masked_paths[0]));
        put_paths(h, "ReadonlyPaths", readonly_paths, sizeof(readonly_paths) / sizeof(readonly_paths[0]));
    }
}

static void discard(json_t *h, json_t *warnings, const char *member, json_t *empty, const char *warning)
{
    json_object_set_new(h, member, empty);
    json_array_append_new(warnings, json_string(warning));
}

void host_config_warn(struct containers *all, json_t *h, json_t *warnings)
{
    const struct host *host = runtimes_host(all->runtimes);

    if (!host->memory && json_int_at(h, "Memory", 0) > 0) {
        discard(
            h, warnings, "Memory", json_integer(0),
            "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation "
            "discarded.");
        json_object_set_new(h, "MemorySwap", json_integer(-1));
    }
    if (json_int_at(h, "Memory", 0) > 0 && json_int_at(h, "MemorySwap", 0) != -1 && !host->swap)
        discard(h, warnings, "MemorySwap", json_integer(-1),
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory "
                "limited "
                "without swap.");
    if (!host->pids && json_int_at(h, "PidsLimit", 0) > 0)
        discard(
            h, warnings, "PidsLimit", json_null(),
            "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit "
            "discarded.");
    if (!host->cpu_shares && json_int_at(h, "CpuShares", 0) > 0)
        discard(h, warnings, "CpuShares", json_integer(0),
                "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.");
    if (!host->cpuset && (json_str_at(h, "CpusetCpus", "")[0] || json_str_at(h, "CpusetMems", "")[0])) {
        discard(h, warnings, "CpusetCpus", json_string(""),
                "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.");
        json_object_set_new(h, "CpusetMems", json_string(""));
    }
    if (!host->blkio_weight && json_int_at(h, "BlkioWeight", 0) > 0)
        discard(
            h, warnings, "BlkioWeight", json_integer(0),
            "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.");
    if (!host->blkio_weight && json_array_size(json_object_get(h, "BlkioWeightDevice")))
        discard(h, warnings, "BlkioWeightDevice", json_array(),
                "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. "
                "Weight-device discarded.");
    if (json_int_at(h, "CpuPercent", 0) > 0)
        discard(h, warnings, "CpuPercent", json_integer(0),
                "linux does not support CPU percent. Percent discarded.");
    if (str_eq(json_str_at(h, "NetworkMode", ""), "host") &&
        json_object_size(json_object_get(h, "PortBindings")))
        json_array_append_new(warnings,
                              json_string("Published ports are discarded when using host network mode"));
}
