/* cases/system/info.c - GET /info */
#include "harness/then/then.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void the_engine_is_that_of_the_version(void **state)
{
    struct scene *s = *state;
    struct exchange *version = when_get(s, "/version");

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json_not_empty(x, "ID");
    then_json_not_empty(x, "Name");
    then_json_not_empty(x, "OperatingSystem");
    then_json_not_empty(x, "Architecture");
    then_json(x, "ServerVersion", answer_string(version, "Version"));
    then_json(x, "OSType", answer_string(version, "Os"));
    then_json(x, "KernelVersion", answer_string(version, "KernelVersion"));
}

static void the_id_does_not_change(void **state)
{
    struct scene *s = *state;
    struct exchange *first = when_get(s, "/info");

    struct exchange *x = when_get(s, "/info");

    then_json_not_empty(x, "ID");
    then_json(x, "ID", answer_string(first, "ID"));
}

static long long number(const struct exchange *x, const char *path)
{
    const json_t *value = answer_json(x, path);

    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static void containers_are_counted_by_state(void **state)
{
    struct scene *s = *state;

    given_container(s, "sleeper");
    given_running_container(s, "sleeper");
    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json_between(x, "ContainersRunning", 1, 1000000);
    then_json_between(x, "ContainersStopped", 1, 1000000);
    then_json_between(x, "Images", 1, 1000000);
    then_int(s, "the sum of those that run, are paused and do not run",
             number(x, "ContainersRunning") + number(x, "ContainersPaused") + number(x, "ContainersStopped"),
             number(x, "Containers"));
}

/* So many elements whose member `State` is that text; NULL: all of them. */
static long long count_of(const struct exchange *x, const char *state)
{
    const json_t *one;
    long long ret = 0;
    size_t i;

    json_array_foreach (x->json, i, one) {
        const char *got = json_string_value(json_object_get(one, "State"));
        ret += !state || (got && strcmp(got, state) == 0);
    }
    return ret;
}

/* Others may make and remove things meanwhile, and then it is asked again. */
static void counts_are_those_of_the_lists(void **state)
{
    struct scene *s = *state;
    enum { TRIES = 50 };
    bool containers = false, images = false;

    given_running_container(s, "sleeper");
    given_container(s, "sleeper");
    for (int i = 0; i < TRIES && !(containers && images); i++) {
        struct exchange *x = when_get(s, "/info");
        struct exchange *list = when_get(s, "/containers/json?all=1"),
                        *all = when_get(s, "/images/json?all=1");
        containers = containers || (number(x, "Containers") == count_of(list, NULL) &&
                                    number(x, "ContainersRunning") == count_of(list, "running") &&
                                    number(x, "ContainersPaused") == count_of(list, "paused"));
        images = images || number(x, "Images") == count_of(all, NULL);
    }

    then_true(s, containers, "Containers, ContainersRunning and ContainersPaused are those of ContainerList");
    then_true(s, images, "Images is as many as ImageList has");
}

static void the_machine_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json_between(x, "NCPU", 1, 100000);
    then_json_between(x, "MemTotal", 1 << 20, 1ll << 52);
    then_json_date(x, "SystemTime");
    then_json_between(x, "NFd", 1, 1ll << 32);
    then_json_between(x, "NGoroutines", 1, 1ll << 32);
    then_json_is_string(x, "InitBinary");
    if (scene_version_within(s, "1.41", NULL))
        then_json_is_string(x, "OSVersion");
    if (scene_version_within(s, "1.44", NULL))
        then_json_is_array(x, "CDISpecDirs");
}

/* Seconds east of Greenwich, from the end of an RFC 3339 time. */
static long long offset_of(const char *time)
{
    size_t length = strlen(time);
    int hours, minutes;

    if (length < 6 || sscanf(time + length - 5, "%2d:%2d", &hours, &minutes) != 2)
        return 0;
    return (time[length - 6] == '-' ? -60 : 60) * (hours * 60ll + minutes);
}

/* The Date of the answer is of the same clock, in whole seconds. */
static void the_time_is_that_of_the_answer(void **state)
{
    struct scene *s = *state;
    struct tm date = { 0 }, told = { 0 };

    struct exchange *x = when_get(s, "/info");
    const char *header = exchange_header(x, "Date"), *time = answer_string(x, "SystemTime");

    then_status(x, 200);
    then_json_date(x, "SystemTime");
    then_true(s, header && strptime(header, "%a, %d %b %Y %H:%M:%S GMT", &date), "a header Date");
    strptime(time, "%Y-%m-%dT%H:%M:%S", &told);
    then_true(s, llabs((long long)(timegm(&date) - (timegm(&told) - offset_of(time)))) <= 60,
              "SystemTime is about the Date of the answer, %s, got %s", header, time);
}

static void a_container_sees_the_machine(void **state)
{
    struct scene *s = *state;
    const char *text = probe_output(s, a_probe("['read', '/proc/meminfo']"));
    const char *cpus = probe_output(s, a_probe("['read', '/proc/cpuinfo']"));
    const char *total = strstr(text, "MemTotal:");
    long long count = 0;

    for (const char *at = cpus; (at = strstr(at, "processor\t")); at++)
        count++;
    if (!total || count == 0)
        case_blocked(s, "no MemTotal in /proc/meminfo, or no processor in /proc/cpuinfo");
    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json_int(x, "MemTotal", strtoll(total + strlen("MemTotal:"), NULL, 10) * 1024);
    then_json_int(x, "NCPU", count);
}

/* A container that shares the engine's network and host name. */
static json_t *at_the_host(json_t *body)
{
    return with(with(body, "HostConfig.NetworkMode", "'host'"), "HostConfig.UTSMode", "'host'");
}

static void a_container_sees_the_kernel_and_the_name(void **state)
{
    struct scene *s = *state;
    const json_t *report = probe_report(s, at_the_host(a_probe("['report']")));
    const char *forwards = probe_output(s, at_the_host(a_probe("['read', '/proc/sys/net/ipv4/ip_forward']")));

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_same(s, "Name", answer_json(x, "Name"), json_at(report, "hostname"), NULL);
    then_same(s, "Architecture", answer_json(x, "Architecture"), json_at(report, "machine"), NULL);
    then_same(s, "KernelVersion", answer_json(x, "KernelVersion"), json_at(report, "kernel"), NULL);
    then_json_bool(x, "IPv4Forwarding", forwards[0] == '1');
}

static const struct limit {
    const char *told, *member, *json;
} limits_asked[] = {
    {"MemoryLimit",     "Memory",         "67108864" },
    { "SwapLimit",      "MemorySwap",     "134217728"},
    { "CPUShares",      "CpuShares",      "512"      },
    { "CpuCfsQuota",    "CpuQuota",       "50000"    },
    { "CpuCfsPeriod",   "CpuPeriod",      "100000"   },
    { "CPUSet",         "CpusetCpus",     "\"0\""    },
    { "PidsLimit",      "PidsLimit",      "100"      },
    { "OomKillDisable", "OomKillDisable", "true"     },
};

/* What the kernel cannot is dropped, or warned of. */
static void an_ability_is_there_when_it_is_told(void **state)
{
    struct scene *s = *state;
    json_t *body = a_container("sleeper");

    for (size_t i = 0; i < sizeof limits_asked / sizeof *limits_asked; i++)
        json_object_set_new(json_object_get(with(body, "HostConfig.Init", "false"), "HostConfig"),
                            limits_asked[i].member, json_loads(limits_asked[i].json, JSON_DECODE_ANY, NULL));
    struct exchange *made = when_create(s, scene_unique_name(s, "c"), body);
    then_status(made, 201);
    const json_t *container = given_inspect(s, answer_string(made, "Id"));
    bool warned = json_array_size(answer_json(made, "Warnings")) > 0;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    for (size_t i = 0; i < sizeof limits_asked / sizeof *limits_asked; i++) {
        json_t *wanted = json_loads(limits_asked[i].json, JSON_DECODE_ANY, NULL);
        bool kept = json_same(json_at(json_at(container, "HostConfig"), limits_asked[i].member), wanted);
        json_decref(wanted);
        if (!warned || !kept)
            then_json_bool(x, limits_asked[i].told, kept);
    }
}

static void memory_of_the_kernel_is_kept_when_it_is_told(struct scene *s, const char *member)
{
    json_t *body = with(a_container("sleeper"), scene_printf(s, "HostConfig.%s", member), "%d", 12582912);
    const json_t *kept =
        json_at(given_inspect(s, given_running(s, body)), scene_printf(s, "HostConfig.%s", member));

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_int(s, "the container's limit", json_integer_value(kept),
             json_is_true(answer_json(x, member)) ? 12582912 : 0);
}

static void kernel_memory_is_told(void **state)
{
    memory_of_the_kernel_is_kept_when_it_is_told(*state, "KernelMemory");
}

static void kernel_memory_for_tcp_is_told(void **state)
{
    memory_of_the_kernel_is_kept_when_it_is_told(*state, "KernelMemoryTCP");
}

static void seccomp_is_told_as_it_is_used(void **state)
{
    struct scene *s = *state;
    const json_t *report = probe_report(s, a_probe("['report']"));

    struct exchange *x = when_get(s, "/info");
    const json_t *options = answer_json(x, "SecurityOptions"), *option;
    bool told = false;
    size_t i;

    then_status(x, 200);
    json_array_foreach (options, i, option)
        told = told || strncmp(json_string_value(option), "name=seccomp", strlen("name=seccomp")) == 0;
    then_int(s, "the seccomp mode of a container", json_integer_value(json_at(report, "seccomp")),
             told ? 2 : 0);
}

static bool names(const json_t *list, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (json_is_string(one) && strcmp(json_string_value(one), name) == 0)
            return true;
    return false;
}

/* A driver that needs more than the engine has is refused in other words than one that nobody knows. */
static void the_drivers_named_are_those_known(void **state)
{
    struct scene *s = *state;
    static const char *const networks[] = { "bridge", "overlay", "plimsoll-none" };
    static const char *const logs[] = { "json-file", "local", "syslog", "plimsoll-none" };

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct exchange *made = when_post_json(
            s, json_of("{'Name': '%s', 'Driver': '%s'}", scene_unique_name(s, "n"), networks[i]),
            "/networks/create");
        then_true(s, names(answer_json(x, "Plugins.Network"), networks[i]) == (made->status != 404),
                  "Plugins.Network names %s, or it is answered with 404, got %d", networks[i], made->status);
    }
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct exchange *made =
            when_create(s, scene_unique_name(s, "c"),
                        with(a_container("sleeper"), "HostConfig.LogConfig", "{'Type': '%s'}", logs[i]));
        then_true(s, names(answer_json(x, "Plugins.Log"), logs[i]) == (made->status == 201),
                  "Plugins.Log names %s, or a container with it is refused, got %d", logs[i], made->status);
    }
}

static void commits_are_those_of_the_version(void **state)
{
    struct scene *s = *state;
    static const char *const commits[][2] = {
        {"ContainerdCommit", "containerd" },
        { "RuncCommit",      "runc"       },
        { "InitCommit",      "docker-init"},
    };
    struct exchange *version = when_get(s, "/version");
    struct exchange *old = when_get_at(s, s->facts->min_api_version, "/info");
    const json_t *component;
    size_t i;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    for (size_t c = 0; c < sizeof commits / sizeof *commits; c++) {
        const json_t *commit = answer_json(x, commits[c][0]);
        const json_t *expected = json_object_get(answer_json(old, commits[c][0]), "Expected");
        then_true(s, json_is_string(json_object_get(commit, "ID")), "%s.ID is a text", commits[c][0]);
        if (expected)
            then_same(s, scene_printf(s, "%s.Expected", commits[c][0]), expected,
                      json_object_get(commit, "ID"), NULL);
        json_array_foreach (answer_json(version, "Components"), i, component)
            if (strcmp(commits[c][1], json_string_value(json_object_get(component, "Name"))) == 0)
                then_same(s, commits[c][0], json_object_get(commit, "ID"),
                          json_at(component, "Details.GitCommit"), NULL);
    }
}

static const char *const limits[] = {
    "MemoryLimit",    "SwapLimit", "CpuCfsPeriod",      "CpuCfsQuota",
    "CPUShares",      "CPUSet",    "PidsLimit",         "OomKillDisable",
    "IPv4Forwarding", "Debug",     "ExperimentalBuild", "LiveRestoreEnabled",
};

static void what_the_kernel_can_is_told_as_booleans(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        then_json_is_bool(x, limits[i]);
}

static void experiments_are_told_in_the_header_too(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_json_is_bool(x, "ExperimentalBuild");
    then_header(x, "Docker-Experimental",
                json_is_true(answer_json(x, "ExperimentalBuild")) ? "true" : "false");
}

static void drivers_are_named(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json_not_empty(x, "Driver");
    then_json_is_array(x, "DriverStatus");
    then_json_not_empty(x, "LoggingDriver");
    then_json_not_empty(x, "DockerRootDir");
    then_json_contains(x, "Plugins.Volume", "local");
    then_json_contains(x, "Plugins.Network", "bridge");
    then_json_contains(x, "Plugins.Network", "host");
    then_json_contains(x, "Plugins.Log", "json-file");
}

static void a_null_network_is_a_plugin(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_json_contains(x, "Plugins.Network", "null");
}

static void the_default_runtime_is_one_of_the_runtimes(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");
    const char *name = answer_string(x, "DefaultRuntime");

    then_status(x, 200);
    then_json_not_empty(x, "DefaultRuntime");
    then_true(s, json_is_object(json_object_get(answer_json(x, "Runtimes"), name)), "Runtimes has %s", name);
}

static void what_is_not_asked_for_is_the_default(void **state)
{
    struct scene *s = *state;
    const json_t *container = given_inspect(s, given_running_container(s, "sleeper"));

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_same(s, "DefaultRuntime", answer_json(x, "DefaultRuntime"), json_at(container, "HostConfig.Runtime"),
              NULL);
    then_same(s, "LoggingDriver", answer_json(x, "LoggingDriver"),
              json_at(container, "HostConfig.LogConfig.Type"), NULL);
}

static void driver_and_root_are_those_of_things(void **state)
{
    struct scene *s = *state;
    const json_t *container = given_inspect(s, given_container(s, "sleeper"));
    const json_t *image = given_get(s, "/images/%s/json", given_image(s, "probe"));
    const json_t *volume = given_get(s, "/volumes/%s", given_volume(s, NULL));
    const char *place = json_string_value(json_at(volume, "Mountpoint"));

    struct exchange *x = when_get(s, "/info");
    const char *root = answer_string(x, "DockerRootDir");

    then_status(x, 200);
    then_same(s, "Driver", answer_json(x, "Driver"), json_at(image, "GraphDriver.Name"), NULL);
    then_same(s, "Driver", answer_json(x, "Driver"), json_at(container, "GraphDriver.Name"), NULL);
    then_true(s, root && place && strncmp(place, root, strlen(root)) == 0 && place[strlen(root)] == '/',
              "the volume's Mountpoint %s is below %s", place, root);
}

/* Whoever is told of what was before listens from then on. */
static struct stream *given_listener(struct scene *s, const char *volume)
{
    struct stream *ret = when_follow(s, "/events?since=1");

    if (!stream_wait_for_value(ret, "{'Type': 'volume', 'Action': 'create', 'Actor': {'ID': '%s'}}", volume))
        case_blocked(s, "the event of a new volume does not come");
    return ret;
}

static void listeners_are_counted(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);

    given_listener(s, volume);
    given_listener(s, volume);
    struct exchange *x = when_get(s, "/info");

    /* Docker Engine answers who follows a moment before it listens for them */
    for (int again = 0; again < 50 && json_integer_value(answer_json(x, "NEventsListener")) < 2; again++)
        x = when_get(s, "/info");
    then_status(x, 200);
    then_json_between(x, "NEventsListener", 2, 100000);
}

static bool one_of(const char *text, const char *const *list)
{
    while (text && *list)
        if (strcmp(text, *list++) == 0)
            return true;
    return false;
}

static void cgroups_are_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_true(s, one_of(answer_string(x, "CgroupVersion"), (const char *const[]){ "1", "2", NULL }),
              "CgroupVersion is \"1\" or \"2\"");
    then_true(s,
              one_of(answer_string(x, "CgroupDriver"),
                     (const char *const[]){ "cgroupfs", "systemd", "none", NULL }),
              "CgroupDriver is cgroupfs, systemd or none");
}

static void the_state_in_a_swarm_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_true(s,
              one_of(answer_string(x, "Swarm.LocalNodeState"),
                     (const char *const[]){ "inactive", "pending", "active", "error", "locked", NULL }),
              "Swarm.LocalNodeState is one of the states of a node");
    then_json_is_bool(x, "Swarm.ControlAvailable");
}

static void outside_of_a_swarm_there_is_no_node(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");
    const char *local = answer_string(x, "Swarm.LocalNodeState");

    if (local && strcmp(local, "inactive") != 0)
        case_not_applicable(s, "the engine is in a swarm");
    then_status(x, 200);
    then_json_bool(x, "Swarm.ControlAvailable", false);
    then_json(x, "Swarm.NodeID", "");
    then_json(x, "Swarm.NodeAddr", "");
    then_json(x, "Swarm.Error", "");
    then_json_empty(x, "Swarm.RemoteManagers");
}

/* docker login goes there when no registry is named. */
static void the_default_registry_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json(x, "IndexServerAddress", "https://index.docker.io/v1/");
    then_json_bool(x, "RegistryConfig.IndexConfigs.docker\\.io.Official", true);
    then_json_is_array(x, "RegistryConfig.InsecureRegistryCIDRs");
}

static void the_default_registry_is_described(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json(x, "RegistryConfig.IndexConfigs.docker\\.io.Name", "docker.io");
    then_json_bool(x, "RegistryConfig.IndexConfigs.docker\\.io.Secure", true);
    then_same(s, "Mirrors of docker.io", answer_json(x, "RegistryConfig.IndexConfigs.docker\\.io.Mirrors"),
              answer_json(x, "RegistryConfig.Mirrors"), NULL);
    then_json_contains(x, "RegistryConfig.InsecureRegistryCIDRs", "127.0.0.0/8");
}

static void security_options_are_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");
    const json_t *options = answer_json(x, "SecurityOptions"), *option;
    size_t i;

    then_status(x, 200);
    then_json_is_array(x, "SecurityOptions");
    json_array_foreach (options, i, option) {
        const char *text = json_string_value(option);
        then_true(s, text && strncmp(text, "name=", 5) == 0, "SecurityOptions[%zu] begins with name=", i);
    }
}

CASES(system_info) = {
    CASE("SystemInfo.kernel-memory", kernel_memory_is_told),
    CASE("SystemInfo.kernel-memory-tcp", kernel_memory_for_tcp_is_told),
    CASE("SystemInfo.engine", the_engine_is_that_of_the_version),
    CASE("SystemInfo.id", the_id_does_not_change),
    CASE("SystemInfo.counts", containers_are_counted_by_state),
    CASE("SystemInfo.counts-agree", counts_are_those_of_the_lists),
    CASE("SystemInfo.machine", the_machine_is_told),
    CASE("SystemInfo.clock", the_time_is_that_of_the_answer),
    CASE("SystemInfo.seen-inside", a_container_sees_the_machine),
    CASE("SystemInfo.seen-at-host", a_container_sees_the_kernel_and_the_name),
    CASE("SystemInfo.abilities-used", an_ability_is_there_when_it_is_told),
    CASE("SystemInfo.seccomp", seccomp_is_told_as_it_is_used),
    CASE("SystemInfo.drivers-known", the_drivers_named_are_those_known),
    CASE("SystemInfo.commits", commits_are_those_of_the_version),
    CASE("SystemInfo.abilities", what_the_kernel_can_is_told_as_booleans),
    CASE("SystemInfo.experimental", experiments_are_told_in_the_header_too),
    CASE("SystemInfo.drivers", drivers_are_named),
    CASE("SystemInfo.places", driver_and_root_are_those_of_things),
    CASE("SystemInfo.listeners", listeners_are_counted),
    CASE("SystemInfo.null-network", a_null_network_is_a_plugin),
    CASE("SystemInfo.runtimes", the_default_runtime_is_one_of_the_runtimes),
    CASE("SystemInfo.runtime-used", what_is_not_asked_for_is_the_default),
    CASE("SystemInfo.cgroups", cgroups_are_told),
    CASE("SystemInfo.swarm", the_state_in_a_swarm_is_told),
    CASE("SystemInfo.no-swarm", outside_of_a_swarm_there_is_no_node),
    CASE("SystemInfo.registry", the_default_registry_is_told),
    CASE("SystemInfo.registry-members", the_default_registry_is_described),
    CASE("SystemInfo.security", security_options_are_told),
    CASE_END,
};
