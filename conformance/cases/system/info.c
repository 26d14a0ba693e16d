/* cases/system/info.c - GET /info */
#include "harness/then/then.h"

#include <string.h>

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

static void the_machine_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/info");

    then_status(x, 200);
    then_json_between(x, "NCPU", 1, 100000);
    then_json_between(x, "MemTotal", 1 << 20, 1ll << 52);
    then_json_date(x, "SystemTime");
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
    CASE("SystemInfo.engine", the_engine_is_that_of_the_version),
    CASE("SystemInfo.id", the_id_does_not_change),
    CASE("SystemInfo.counts", containers_are_counted_by_state),
    CASE("SystemInfo.machine", the_machine_is_told),
    CASE("SystemInfo.abilities", what_the_kernel_can_is_told_as_booleans),
    CASE("SystemInfo.drivers", drivers_are_named),
    CASE("SystemInfo.null-network", a_null_network_is_a_plugin),
    CASE("SystemInfo.runtimes", the_default_runtime_is_one_of_the_runtimes),
    CASE("SystemInfo.cgroups", cgroups_are_told),
    CASE("SystemInfo.swarm", the_state_in_a_swarm_is_told),
    CASE("SystemInfo.registry", the_default_registry_is_told),
    CASE("SystemInfo.security", security_options_are_told),
    CASE_END,
};
