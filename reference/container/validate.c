/* container/validate.c - what a container's Config and HostConfig may say. The sentences are those that tools match. */
#include "container/internal.h"
#include "container/shape.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/runtime.h"
#include "runtime/spec.h"

#define MEBIBYTE      INT64_C(1048576)
#define MEMORY_MIN    (6 * MEBIBYTE)
#define HEALTH_MIN_NS INT64_C(1000000)

static int health_validate(const json_t *health, struct error *err)
{
    static const char *const times[] = { "Interval", "Timeout", "StartPeriod", "StartInterval" };

    for (size_t i = 0; i < 4; i++) {
        int64_t t = json_int_at(health, times[i], 0);

        if (t != 0 && t < HEALTH_MIN_NS)
            return error_set(err, ERR_INVALID, "%s in Healthcheck cannot be less than 1ms", times[i]);
    }
    if (json_int_at(health, "Retries", 0) < 0)
        return error_set(err, ERR_INVALID, "Retries in Healthcheck cannot be negative");
    return 0;
}

int config_validate(const json_t *config, struct error *err)
{
    const char *dir = json_str_at(config, "WorkingDir", ""), *signal = json_str_at(config, "StopSignal", "");
    json_t *item;
    size_t i;
    int number;

    json_array_foreach (json_object_get(config, "Env"), i, item)
        if (!json_string_value(item)[0] || json_string_value(item)[0] == '=')
            return error_set(err, ERR_INVALID, "invalid environment variable: %s", json_string_value(item));
    if (dir[0] && dir[0] != '/')
        return error_set(err, ERR_INVALID,
                         "the working directory '%s' is invalid, it needs to be an absolute path", dir);
    if (signal[0] && signal_parse(signal, &number, err) < 0)
        return -1;
    return health_validate(json_object_get(config, "Healthcheck"), err);
}

const char *mode_container(const char *mode)
{
    return str_starts(mode, "container:") ? mode + 10 : NULL;
}

static int network_conflicts(const json_t *config, const json_t *h, struct error *err)
{
    const char *mode = json_str_at(h, "NetworkMode", "");

    if (str_eq(mode, "container") || str_eq(mode, "container:"))
        return error_set(err, ERR_INVALID,
                         "invalid network mode: invalid container format container:<name|id>");
    if (str_eq(mode, "host") && json_array_size(json_object_get(h, "Links")))
        return error_set(
            err, ERR_INVALID,
            "conflicting options: host type networking can't be used with links. This would result in "
            "undefined behavior");
    if (!mode_container(mode))
        return 0;
    if (json_array_size(json_object_get(h, "Links")))
        return error_set(
            err, ERR_INVALID,
            "conflicting options: container type network can't be used with links. This would result in "
            "undefined behavior");
    if (json_str_at(config, "Hostname", "")[0])
        return error_set(err, ERR_INVALID, "conflicting options: hostname and the network mode");
    if (json_array_size(json_object_get(h, "Dns")))
        return error_set(err, ERR_INVALID, "conflicting options: dns and the network mode");
    if (json_array_size(json_object_get(h, "ExtraHosts")))
        return error_set(err, ERR_INVALID,
                         "conflicting options: custom host-to-IP mapping and the network mode");
    if (json_object_size(json_object_get(h, "PortBindings")) || json_bool_at(h, "PublishAllPorts", false))
        return error_set(err, ERR_INVALID,
                         "conflicting options: port publishing and the container type network mode");
    if (json_object_size(json_object_get(config, "ExposedPorts")))
        return error_set(err, ERR_INVALID,
                         "conflicting options: port exposing and the container type network mode");
    return 0;
}

static int container_of_mode(struct containers *all, const char *mode, struct error *err)
{
    const char *ref = mode_container(mode);
    struct container *c = NULL;

    if (!ref)
        return 0;
    if (container_find(all, ref, &c, err) < 0)
        return error_as(err, ERR_INVALID);
    container_unref(c);
    return 0;
}

/* "CONTAINER[:ALIAS]"; the others must be there already. */
static int links_validate(struct containers *all, const json_t *h, struct error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(h, "Links"), i, item) {
        const char *text = json_string_value(item);
        scoped_free char *ref = xstrndup(text, strcspn(text, ":"));
        struct container *c = NULL;

        if (!ref[0])
            return error_set(err, ERR_INVALID, "bad format for links: %s", text);
        if (container_find(all, ref, &c, err) < 0) {
            error_wrap(err, "could not get container for %s", ref);
            return error_as(err, ERR_INVALID);
        }
        container_unref(c);
    }
    return 0;
}

static bool mode_in(const char *mode, const char *const *known)
{
    for (; *known; known++)
        if (str_eq(mode, *known))
            return true;
    return mode_container(mode) && mode_container(mode)[0];
}

static int namespaces_validate(struct containers *all, const json_t *config, const json_t *h,
                               struct error *err)
{
    static const char *const ipc[] = { "", "host", "private", "shareable", "none", NULL };
    static const char *const pid[] = { "", "host", NULL };
    static const char *const others[] = { "", "host", "private", NULL };
    const char *mode;

    mode = json_str_at(h, "IpcMode", "");
    if (!mode_in(mode, ipc))
        return error_set(err, ERR_INVALID, "invalid IPC mode: %s", mode);
    if (container_of_mode(all, mode, err) < 0)
        return -1;
    mode = json_str_at(h, "PidMode", "");
    if (!mode_in(mode, pid))
        return error_set(err, ERR_INVALID, "invalid PID mode: %s", mode);
    if (container_of_mode(all, mode, err) < 0)
        return -1;
    mode = json_str_at(h, "UTSMode", "");
    if (!mode_in(mode, pid) || mode_container(mode))
        return error_set(err, ERR_INVALID, "invalid UTS mode: %s", mode);
    if (str_eq(mode, "host") && json_str_at(config, "Hostname", "")[0])
        return error_set(err, ERR_INVALID, "conflicting options: hostname and the UTS mode");
    mode = json_str_at(h, "CgroupnsMode", "");
    if (!mode_in(mode, others) || mode_container(mode))
        return error_set(err, ERR_INVALID, "invalid cgroup namespace mode: %s", mode);
    mode = json_str_at(h, "Isolation", "");
    if (mode[0] && !str_eq(mode, "default"))
        return error_set(err, ERR_INVALID, "invalid isolation (%s): linux only supports 'default'", mode);
    return 0;
}

int restart_policy_validate(const json_t *h, struct error *err)
{
    const char *name = json_str_at(h, "RestartPolicy.Name", "");
    int64_t most = json_int_at(h, "RestartPolicy.MaximumRetryCount", 0);

    if (str_eq(name, "on-failure"))
        return most < 0 ? error_set(err, ERR_INVALID,
                                    "invalid restart policy: maximum retry count cannot be negative")
                        : 0;
    if (name[0] && !str_eq(name, "no") && !str_eq(name, "always") && !str_eq(name, "unless-stopped"))
        return error_set(
            err, ERR_INVALID,
            "invalid restart policy: unknown policy '%s'; use one of 'no', 'always', 'on-failure', or "
            "'unless-stopped'",
            name);
    if (most != 0)
        return error_set(err, ERR_INVALID,
                         "invalid restart policy: maximum retry count can only be used with 'on-failure'%s",
                         most < 0 ? " and cannot be negative" : "");
    return 0;
}

static int memory_validate(const json_t *r, struct error *err)
{
    int64_t memory = json_int_at(r, "Memory", 0), swap = json_int_at(r, "MemorySwap", 0);
    int64_t reserved = json_int_at(r, "MemoryReservation", 0),
            swappiness = json_int_at(r, "MemorySwappiness", -1);

    if (memory != 0 && memory < MEMORY_MIN)
        return error_set(err, ERR_INVALID, "Minimum memory limit allowed is 6MB");
    if (memory > 0 && swap > 0 && swap < memory)
        return error_set(err, ERR_INVALID,
                         "Minimum memoryswap limit should be larger than memory limit, see usage");
    if (memory == 0 && swap > 0)
        return error_set(err, ERR_INVALID,
                         "You should always set the Memory limit when using Memoryswap limit, see usage");
    if (swappiness < -1 || swappiness > 100)
        return error_set(err, ERR_INVALID, "Invalid value: %lld, valid memory swappiness range is 0-100",
                         (long long)swappiness);
    if (reserved != 0 && reserved < MEMORY_MIN)
        return error_set(err, ERR_INVALID, "Minimum memory reservation allowed is 6MB");
    if (memory > 0 && reserved > 0 && memory < reserved)
        return error_set(err, ERR_INVALID,
                         "Minimum memory limit can not be less than memory reservation limit, see usage");
    return 0;
}

static int cpu_validate(const json_t *r, struct error *err)
{
    int64_t nano = json_int_at(r, "NanoCpus", 0), period = json_int_at(r, "CpuPeriod", 0);
    int64_t quota = json_int_at(r, "CpuQuota", 0), shares = json_int_at(r, "CpuShares", 0);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    if (nano != 0 && period > 0)
        return error_set(err, ERR_INVALID,
                         "Conflicting options: Nano CPUs and CPU Period cannot both be set");
    if (nano != 0 && quota > 0)
        return error_set(err, ERR_INVALID, "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    if (nano < 0 || nano > cpus * NANOS_PER_SECOND)
        return error_set(err, ERR_INVALID,
                         "range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs available", cpus,
                         cpus);
    if (period != 0 && (period < 1000 || period > 1000000))
        return error_set(
            err, ERR_INVALID,
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    if (quota > 0 && quota < 1000)
        return error_set(err, ERR_INVALID, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    if (shares < 0)
        return error_set(err, ERR_INVALID, "invalid CPU shares (%lld): value must be a positive integer",
                         (long long)shares);
    return 0;
}

/* A list of numbers and ranges, "0-2,4"; every one must be in `have`, which is one too. */
static bool set_parse(const char *text, bool *ret, size_t room)
{
    scoped_strv parts = { 0 };

    memset(ret, 0, room * sizeof(*ret));
    strv_split(&parts, text, ',');
    for (size_t i = 0; i < parts.count; i++) {
        struct port_range r;

        if (!port_range_parse(parts.items[i], &r) || r.last >= room)
            return false;
        for (size_t n = r.first; n <= r.last; n++)
            ret[n] = true;
    }
    return true;
}

#define SET_ROOM 1024

static int set_validate(const char *text, const char *what, const char *title, const char *file,
                        struct error *err)
{
    scoped_str have = { 0 };
    bool wanted[SET_ROOM], there[SET_ROOM];

    if (!text[0])
        return 0;
    if (!set_parse(text, wanted, SET_ROOM))
        return error_set(err, ERR_INVALID, "Invalid value %s for cpuset %s: invalid format: %s", text, what,
                         text);
    if (file_read(file, 4096, &have, err) < 0)
        return -1;
    str_cut(&have, strcspn(str_text(&have), "\n"));
    if (!set_parse(str_text(&have), there, SET_ROOM))
        return 0;
    for (size_t i = 0; i < SET_ROOM; i++)
        if (wanted[i] && !there[i])
            return error_set(err, ERR_INVALID, "Requested %s are not available - requested %s, available: %s",
                             title, text, str_text(&have));
    return 0;
}

int resources_validate(struct containers *all, const json_t *r, struct error *err)
{
    (void)all;
    if (json_int_at(r, "IOMaximumIOps", 0) > 0)
        return error_set(err, ERR_INVALID,
                         "invalid option: QoS maximum IOPs configuration is not supported on linux");
    if (json_int_at(r, "IOMaximumBandwidth", 0) > 0)
        return error_set(err, ERR_INVALID,
                         "invalid option: QoS maximum bandwidth configuration is not supported on linux");
    if (memory_validate(r, err) < 0 || cpu_validate(r, err) < 0)
        return -1;
    if (set_validate(json_str_at(r, "CpusetCpus", ""), "cpus", "CPUs", "/sys/devices/system/cpu/online",
                     err) < 0 ||
        set_validate(json_str_at(r, "CpusetMems", ""), "mems", "memory nodes",
                     "/sys/devices/system/node/online", err) < 0)
        return -1;
    return 0;
}

static int ports_validate(const json_t *h, struct error *err)
{
    json_t *list, *binding;
    const char *port;
    size_t i;

    json_object_foreach (json_object_get(h, "PortBindings"), port, list) {
        struct port_range range;
        char proto[8];

        if (port[0] && !port_spec_parse(port, &range, proto)) {
            scoped_free char *number = xstrndup(port, strcspn(port, "/"));

            return error_set(err, ERR_INVALID, "invalid port specification: \"%s\"", number);
        }
        json_array_foreach (list, i, binding) {
            const char *host = json_str_at(binding, "HostPort", "");

            if (host[0] && !port_range_parse(host, &range))
                return error_set(err, ERR_INVALID, "invalid port specification: \"%s\"", host);
        }
    }
    return 0;
}

static bool is_address(const char *s)
{
    unsigned char address[16];

    return inet_pton(AF_INET, s, address) == 1 || inet_pton(AF_INET6, s, address) == 1;
}

static int extra_hosts_validate(const json_t *h, struct error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(h, "ExtraHosts"), i, item) {
        const char *text = json_string_value(item), *colon = strchr(text, ':');

        if (!colon || colon == text)
            return error_set(err, ERR_INVALID, "bad format for add-host: \"%s\"", text);
        if (!str_eq(colon + 1, "host-gateway") && !is_address(colon + 1))
            return error_set(err, ERR_INVALID, "invalid IP address in add-host: \"%s\"", colon + 1);
    }
    return 0;
}

static int security_validate(const json_t *h, struct error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(h, "SecurityOpt"), i, item) {
        const char *text = json_string_value(item);
        size_t name = strcspn(text, "=:");
        const char *value = text[name] ? text + name + 1 : NULL;

        if (!value && (str_eq(text, "no-new-privileges") || str_eq(text, "disable")))
            continue;
        if (!value)
            return error_set(err, ERR_SYSTEM, "invalid --security-opt 1: \"%s\"", text);
        if (strncmp(text, "no-new-privileges", name) == 0 && name == 17 &&
            (str_eq(value, "true") || str_eq(value, "false")))
            continue;
        if ((name == 5 && strncmp(text, "label", 5) == 0) ||
            (name == 8 && strncmp(text, "apparmor", 8) == 0) ||
            (name == 7 && strncmp(text, "seccomp", 7) == 0) ||
            (name == 16 && strncmp(text, "writable-cgroups", 16) == 0))
            continue;
        if (name == 11 && strncmp(text, "systempaths", 11) == 0 && str_eq(value, "unconfined"))
            continue;
        return error_set(err, ERR_SYSTEM, "invalid --security-opt 2: \"%s\"", text);
    }
    return 0;
}

static int log_validate(const json_t *h, struct error *err)
{
    static const char *const options[] = { "max-file", "max-size",  "compress", "labels", "labels-regex",
                                           "env",      "env-regex", "tag",      "mode",   "max-buffer-size",
                                           NULL };
    const char *type = json_str_at(h, "LogConfig.Type", ""), *key;
    json_t *value;

    if (type[0] && !str_eq(type, "json-file") && !str_eq(type, "local") && !str_eq(type, "none"))
        return error_set(err, ERR_INVALID, "error looking up logging plugin %s: plugin \"%s\" not found",
                         type, type);
    if (str_eq(type, "none"))
        return 0;
    json_object_foreach (json_at(h, "LogConfig.Config"), key, value)
        if (!mode_in(key, options))
            return error_set(err, ERR_INVALID, "unknown log opt '%s' for %s log driver", key,
                             type[0] ? type : "json-file");
    return 0;
}

static int storage_validate(const json_t *h, struct error *err)
{
    json_t *options = json_object_get(h, "StorageOpt"), *value;
    const char *key;

    json_object_foreach (options, key, value)
        if (!str_eq(key, "size"))
            return error_set(err, ERR_SYSTEM, "Unknown option %s", key);
    if (json_object_size(options))
        return error_set(err, ERR_SYSTEM,
                         "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
    return 0;
}

int host_config_validate(struct containers *all, const json_t *config, const json_t *h, struct error *err)
{
    const char *runtime = json_str_at(h, "Runtime", "");
    int64_t score = json_int_at(h, "OomScoreAdj", 0);

    if (json_bool_at(h, "AutoRemove", false) && json_str_at(h, "RestartPolicy.Name", "")[0] &&
        !str_eq(json_str_at(h, "RestartPolicy.Name", ""), "no"))
        return error_set(err, ERR_INVALID, "can't create 'AutoRemove' container with restart policy");
    if (extra_hosts_validate(h, err) < 0 || ports_validate(h, err) < 0 ||
        restart_policy_validate(h, err) < 0 || spec_check(h, err) < 0)
        return -1;
    if (json_object_get(json_object_get(h, "Annotations"), ""))
        return error_set(err, ERR_INVALID,
                         "invalid Annotations: the empty string is not permitted as an annotation key");
    if (network_conflicts(config, h, err) < 0 || namespaces_validate(all, config, h, err) < 0 ||
        resources_validate(all, h, err) < 0)
        return -1;
    if (json_int_at(h, "ShmSize", 0) < 0)
        return error_set(err, ERR_INVALID, "SHM size can not be less than 0");
    if (score < -1000 || score > 1000)
        return error_set(err, ERR_INVALID, "Invalid value %lld, range for oom score adj is [-1000, 1000]",
                         (long long)score);
    if (runtime[0] && !runtime_exists(all->runtimes, runtime))
        return error_set(err, ERR_INVALID, "unknown or invalid runtime name: %s", runtime);
    if (storage_validate(h, err) < 0)
        return -1;
    if (security_validate(h, err) < 0 || links_validate(all, h, err) < 0)
        return -1;
    return log_validate(h, err);
}
