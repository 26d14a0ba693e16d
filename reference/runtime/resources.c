/* runtime/resources.c - see resources.h. 0 means "no limit" in HostConfig, so it says nothing here; -1 is a value of its
 * own where the kernel knows it (swap, pids). (OCI runtime-spec config-linux.md "control groups".) */
#include "runtime/resources.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/json.h"
#include "base/str.h"

#define CPU_PERIOD 100000 /* microseconds; what NanoCpus is turned into */

static void put_int(json_t *to, const char *path, int64_t value)
{
    if (value != 0)
        json_put(to, path, json_integer(value));
}

/* An unset MemorySwap is twice the memory, as dockerd sets it. */
static void memory(json_t *to, const json_t *hc, const struct host *host)
{
    int64_t limit = json_int_at(hc, "Memory", 0), swap = json_int_at(hc, "MemorySwap", 0);
    int64_t swappiness = json_int_at(hc, "MemorySwappiness", -1);

    if (!host->memory)
        return;
    put_int(to, "memory.limit", limit);
    put_int(to, "memory.reservation", json_int_at(hc, "MemoryReservation", 0));
    if (host->swap)
        put_int(to, "memory.swap", swap ? swap : limit > 0 && limit < INT64_MAX / 2 ? 2 * limit : 0);
    if (host->cgroups != CGROUP_V2)
        put_int(to, "memory.kernelTCP", json_int_at(hc, "KernelMemoryTCP", 0));
    if (swappiness >= 0 && host->cgroups != CGROUP_V2)
        json_put(to, "memory.swappiness", json_integer(swappiness));
    if (json_bool_at(hc, "OomKillDisable", false) && host->cgroups != CGROUP_V2)
        json_put(to, "memory.disableOOMKiller", json_true());
}

static void cpu(json_t *to, const json_t *hc, const struct host *host)
{
    int64_t nano = json_int_at(hc, "NanoCpus", 0);
    int64_t period = json_int_at(hc, "CpuPeriod", 0), quota = json_int_at(hc, "CpuQuota", 0);
    const char *cpus = json_str_at(hc, "CpusetCpus", ""), *mems = json_str_at(hc, "CpusetMems", "");

    if (nano > 0) {
        period = CPU_PERIOD;
        quota = nano / 1000 * CPU_PERIOD / 1000000;
    }
    if (host->cpu_shares)
        put_int(to, "cpu.shares", json_int_at(hc, "CpuShares", 0));
    if (host->cpu_quota) {
        put_int(to, "cpu.quota", quota);
        put_int(to, "cpu.period", period);
    }
    if (host->cpuset && *cpus)
        json_put_str(to, "cpu.cpus", cpus);
    if (host->cpuset && *mems)
        json_put_str(to, "cpu.mems", mems);
}

/* [{"Path": "/dev/sda", "Rate": 1}] by device number; `what` is called `as` there. */
static void by_device(json_t *to, const json_t *hc, const char *from, const char *what, const char *into,
                      const char *as)
{
    json_t *list = json_at(hc, from), *item, *made = json_array();
    size_t i;

    json_array_foreach (list, i, item) {
        struct stat st;

        if (stat(json_str_at(item, "Path", ""), &st) == 0)
            json_array_append_new(made, json_pack("{s:I, s:I, s:I}", "major", (json_int_t)major(st.st_rdev),
                                                  "minor", (json_int_t)minor(st.st_rdev), as,
                                                  (json_int_t)json_int_at(item, what, 0)));
    }
    if (json_array_size(made))
        json_put(to, into, json_incref(made));
    json_decref(made);
}

static void throttle(json_t *to, const json_t *hc, const char *from, const char *into)
{
    by_device(to, hc, from, "Rate", into, "rate");
}

static void blkio(json_t *to, const json_t *hc, const struct host *host)
{
    if (!host->blkio)
        return;
    if (host->blkio_weight) {
        put_int(to, "blockIO.weight", json_int_at(hc, "BlkioWeight", 0));
        by_device(to, hc, "BlkioWeightDevice", "Weight", "blockIO.weightDevice", "weight");
    }
    throttle(to, hc, "BlkioDeviceReadBps", "blockIO.throttleReadBpsDevice");
    throttle(to, hc, "BlkioDeviceWriteBps", "blockIO.throttleWriteBpsDevice");
    throttle(to, hc, "BlkioDeviceReadIOps", "blockIO.throttleReadIOPSDevice");
    throttle(to, hc, "BlkioDeviceWriteIOps", "blockIO.throttleWriteIOPSDevice");
}

json_t *resources_make(const json_t *host_config, const struct host *host)
{
    json_t *made = json_object();

    memory(made, host_config, host);
    cpu(made, host_config, host);
    blkio(made, host_config, host);
    if (host->pids)
        put_int(made, "pids.limit", json_int_at(host_config, "PidsLimit", 0));
    return made;
}
