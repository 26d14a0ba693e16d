/* cases/container/inspect.c - GET /containers/{id}/json */
#include "harness/then/then.h"

#include <string.h>

static void the_answer_has_what_it_was_created_with(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "Labels", "{'color': 'red'}");
    with(body, "Env", "['A=1']");
    with(body, "Tty", "true");
    with(body, "OpenStdin", "true");
    with(body, "Hostname", "'web'");
    const char *id = given_created(s, body);

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_status(x, 200);
    then_json(x, "Id", id);
    then_json(x, "Name", scene_printf(s, "/%s", given_name_of(s, id)));
    then_json_date(x, "Created");
    then_json(x, "Path", "/bin/probe");
    then_json_equals(x, "Args", "['sleep', 'forever']");
    then_json_equals(x, "Config.Cmd", "['/bin/probe', 'sleep', 'forever']");
    then_json(x, "Config.Labels.color", "red");
    then_json_contains(x, "Config.Env", "A=1");
    then_json_length(x, "Config.Env", 2); /* and the image's PATH */
    then_json_bool(x, "Config.Tty", true);
    then_json_bool(x, "Config.OpenStdin", true);
    then_json_bool(x, "Config.StdinOnce", false);
    then_json(x, "Config.Hostname", "web");
}

static void the_image_is_told_by_name_and_id(void **state)
{
    struct scene *s = *state;
    const char *name = given_image(s, "probe");
    const json_t *image = given_get(s, "/images/%s/json", name);
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "Config.Image", name);
    then_json(x, "Image", json_string_value(json_at(image, "Id")));
    then_json_digest(x, "Image");
}

static void the_host_configuration_is_kept(void **state)
{
    struct scene *s = *state;
    json_t *body = with(
        a_container("sleeper"), "HostConfig",
        "{'CapAdd': ['NET_ADMIN'], 'CapDrop': ['CHOWN'], 'ExtraHosts': ['a:192.0.2.9'], 'Dns': "
        "['192.0.2.1'], "
        "'ReadonlyRootfs': true, 'OomScoreAdj': 100, 'Init': true, 'SecurityOpt': ['no-new-privileges'], "
        "'Ulimits': [{'Name': 'nofile', 'Soft': 100, 'Hard': 200}], 'Sysctls': {'net.core.somaxconn': '77'}, "
        "'RestartPolicy': {'Name': 'on-failure', 'MaximumRetryCount': 3}, 'GroupAdd': ['1234'], 'Tmpfs': "
        "{'/t': 'size=1m'}}");
    const char *id = given_created(s, body);

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, "HostConfig.CapAdd", "['NET_ADMIN']");
    then_json_equals(x, "HostConfig.CapDrop", "['CHOWN']");
    then_json_equals(x, "HostConfig.ExtraHosts", "['a:192.0.2.9']");
    then_json_equals(x, "HostConfig.Dns", "['192.0.2.1']");
    then_json_bool(x, "HostConfig.ReadonlyRootfs", true);
    then_json_int(x, "HostConfig.OomScoreAdj", 100);
    then_json_bool(x, "HostConfig.Init", true);
    then_json_equals(x, "HostConfig.SecurityOpt", "['no-new-privileges']");
    then_json_equals(x, "HostConfig.Ulimits", "[{'Name': 'nofile', 'Soft': 100, 'Hard': 200}]");
    then_json_equals(x, "HostConfig.Sysctls", "{'net.core.somaxconn': '77'}");
    then_json_equals(x, "HostConfig.RestartPolicy", "{'Name': 'on-failure', 'MaximumRetryCount': 3}");
    then_json_equals(x, "HostConfig.GroupAdd", "['1234']");
    then_json_equals(x, "HostConfig.Tmpfs", "{'/t': 'size=1m'}");
    then_json_empty(x, "Mounts");
}

static void the_limits_are_kept(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(
        s, with(a_container("sleeper"), "HostConfig",
                "{'Memory': 33554432, 'NanoCpus': 500000000, 'PidsLimit': 33, 'CpuShares': 512}"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_int(x, "HostConfig.Memory", 33554432);
    then_json_int(x, "HostConfig.MemorySwap", 67108864);
    then_json_int(x, "HostConfig.NanoCpus", 500000000);
    then_json_int(x, "HostConfig.PidsLimit", 33);
    then_json_int(x, "HostConfig.CpuShares", 512);
}

static void a_swappiness_of_minus_one_is_none(void **state)
{
    struct scene *s = *state;
    const char *unsaid = given_created(s, with(a_container("sleeper"), "HostConfig.MemorySwappiness", "-1"));

    struct exchange *x = when_get(s, "/containers/%s/json", unsaid);

    then_status(x, 200);
    then_json_null(x, "HostConfig.MemorySwappiness");
}

static void the_defaults_are_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_int(x, "HostConfig.ShmSize", 67108864);
    then_json_bool(x, "HostConfig.Privileged", false);
    then_json_bool(x, "HostConfig.AutoRemove", false);
    then_json_bool(x, "HostConfig.ReadonlyRootfs", false);
    then_json_int(x, "HostConfig.Memory", 0);
    then_json(x, "HostConfig.IpcMode", "private");
    then_json(x, "HostConfig.LogConfig.Type", "json-file");
    then_json_contains(x, "HostConfig.MaskedPaths", "/proc/kcore");
    then_json_contains(x, "HostConfig.ReadonlyPaths", "/proc/sys");
    then_json_int(x, "RestartCount", 0);
    then_json(x, "Platform", "linux");
    then_json_not_empty(x, "Driver");
}

static void the_default_network_and_restart_policy_are_named(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "HostConfig.NetworkMode", "bridge");
    then_json(x, "HostConfig.RestartPolicy.Name", "no");
}

static void mounts_are_told_one_by_one(void **state)
{
    struct scene *s = *state;
    const char *bound = given_volume(s, NULL), *mounted = given_volume(s, NULL);
    json_t *body = with(a_container("sleeper"), "Volumes", "{'/anonymous': {}}");
    with(body, "HostConfig.Binds", "['%s:/bound:ro']", bound);
    with(body, "HostConfig.Mounts",
         "[{'Type': 'volume', 'Source': '%s', 'Target': '/mounted'}, {'Type': 'tmpfs', 'Target': '/tmpfs'}]",
         mounted);
    const char *id = given_created(s, body);

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_length(x, "Mounts", 4);
    then_json_has(x, "Mounts",
                  "{'Type': 'volume', 'Name': '%s', 'Destination': '/bound', 'Driver': 'local', 'Mode': "
                  "'ro', 'RW': false}",
                  bound);
    then_json_has(
        x, "Mounts",
        "{'Type': 'volume', 'Name': '%s', 'Destination': '/mounted', 'Driver': 'local', 'RW': true}",
        mounted);
    then_json_has(x, "Mounts", "{'Type': 'volume', 'Destination': '/anonymous', 'RW': true}");
    then_json_has(x, "Mounts", "{'Type': 'tmpfs', 'Destination': '/tmpfs', 'RW': true}");
    then_json_equals(x, "HostConfig.Binds", "['%s:/bound:ro']", bound);
}

static const char *const no_time = "0001-01-01T00:00:00Z";

static void the_state_of_a_created_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, "State",
                     "{'Status': 'created', 'Running': false, 'Paused': false, 'Restarting': false, "
                     "'OOMKilled': false, 'Dead': false, 'Pid': 0, "
                     "'ExitCode': 0, 'Error': '', 'StartedAt': '%s', 'FinishedAt': '%s'}",
                     no_time, no_time);
}

static void the_state_of_a_running_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "State.Status", "running");
    then_json_bool(x, "State.Running", true);
    then_json_bool(x, "State.Paused", false);
    then_json_between(x, "State.Pid", 1, 1LL << 31);
    then_json_int(x, "State.ExitCode", 0);
    then_json_date(x, "State.StartedAt");
    then_true(s, strcmp(answer_string(x, "State.StartedAt"), answer_string(x, "Created")) >= 0,
              "it started after it was created");
    then_json(x, "State.FinishedAt", no_time);
}

/* It runs for a while: of a command that ends at once docker-20.10 may record the end before the start. */
static void the_state_of_an_exited_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, a_container("catcher"));

    then_status(when_post(s, "/containers/%s/stop", id), 204);
    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "State.Status", "exited");
    then_json_bool(x, "State.Running", false);
    then_json_int(x, "State.Pid", 0);
    then_json_int(x, "State.ExitCode", 3);
    then_json(x, "State.Error", "");
    then_json_bool(x, "State.OOMKilled", false);
    then_json_date(x, "State.FinishedAt");
    then_true(s, strcmp(answer_string(x, "State.FinishedAt"), answer_string(x, "State.StartedAt")) >= 0,
              "it ended after it started");
}

static void a_health_check_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(
        s, with(a_container("sleeper"), "Healthcheck",
                "{'Test': ['CMD', '/bin/probe', 'echo', '-n', 'fine'], 'Interval': 100000000}"));
    then_true(s, wait_until(s, "State.Health.Status", "\"healthy\"", "/containers/%s/json", id),
              "it becomes healthy");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_int(x, "State.Health.FailingStreak", 0);
    then_json_int(x, "State.Health.Log[0].ExitCode", 0);
    then_json(x, "State.Health.Log[0].Output", "fine");
    then_json_date(x, "State.Health.Log[0].Start");
    then_json_date(x, "State.Health.Log[0].End");
}

static void a_failing_health_check_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(
        s, with(a_container("sleeper"), "Healthcheck",
                "{'Test': ['CMD', '/bin/probe', 'exit', '3'], 'Interval': 100000000, 'Retries': 1}"));
    then_true(s, wait_until(s, "State.Health.Status", "\"unhealthy\"", "/containers/%s/json", id),
              "it becomes unhealthy");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_between(x, "State.Health.FailingStreak", 1, 1000);
    then_json_int(x, "State.Health.Log[0].ExitCode", 3);
    then_json(x, "State.Status", "running");
}

static void without_a_health_check_there_is_none(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "Healthcheck", "{'Test': ['NONE']}"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_absent(x, "State.Health");
}

static void the_size_is_told_when_asked_for(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['write', '/file', '12345']"));

    struct exchange *x = when_get(s, "/containers/%s/json?size=1", id);

    then_json_int(x, "SizeRw", 5);
    then_json_between(x, "SizeRootFs", 100000, 10000000);
    x = when_get(s, "/containers/%s/json", id);
    then_json_absent(x, "SizeRw");
    then_json_absent(x, "SizeRootFs");
}

static void the_network_of_a_running_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_length(x, "NetworkSettings.Networks", 1);
    then_json_not_empty(x, "NetworkSettings.Networks.bridge.IPAddress");
    then_json_not_empty(x, "NetworkSettings.Networks.bridge.Gateway");
    then_json_between(x, "NetworkSettings.Networks.bridge.IPPrefixLen", 8, 30);
    then_json_hex_id(x, "NetworkSettings.Networks.bridge.NetworkID");
    then_json_hex_id(x, "NetworkSettings.Networks.bridge.EndpointID");
    then_json_equals(x, "NetworkSettings.Ports", "{}");
}

static void name_id_and_prefix_find_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    char prefix[13];
    memcpy(prefix, id, 12);
    prefix[12] = 0;

    struct exchange *by_prefix = when_get(s, "/containers/%s/json", prefix);
    struct exchange *by_name = when_get(s, "/containers/%s/json", given_name_of(s, id));

    then_json(by_prefix, "Id", id);
    then_json(by_name, "Id", id);
}

static void a_name_comes_before_a_prefix(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper");
    char prefix[13];
    memcpy(prefix, other, 12);
    prefix[12] = 0;
    struct exchange *made = when_create(s, prefix, a_container("sleeper"));
    then_status(made, 201);

    struct exchange *x = when_get(s, "/containers/%s/json", prefix);

    then_json(x, "Id", answer_string(made, "Id"));
}

static void a_part_of_a_name_does_not_find_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    const char *name = given_name_of(s, id);
    const char *part = scene_printf(s, "%.*s", (int)strlen(name) - 1, name);

    struct exchange *x = when_get(s, "/containers/%s/json", part);

    then_refused(x, 404);
    then_error_mentions(x, part);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/containers/plimsoll-nobody-has-this-name/json");

    then_refused(x, 404);
    then_error_mentions(x, "No such container: plimsoll-nobody-has-this-name");
}

CASES(container_inspect) = {
    CASE("ContainerInspect.members", the_answer_has_what_it_was_created_with),
    CASE("ContainerInspect.image", the_image_is_told_by_name_and_id),
    CASE("ContainerInspect.host-config", the_host_configuration_is_kept),
    CASE("ContainerInspect.no-swappiness", a_swappiness_of_minus_one_is_none),
    CASE_NEEDS("ContainerInspect.limits", the_limits_are_kept,
               NEEDS_MEMORY_LIMIT | NEEDS_CPU_QUOTA | NEEDS_PIDS_LIMIT),
    CASE("ContainerInspect.defaults", the_defaults_are_told),
    CASE("ContainerInspect.default-names", the_default_network_and_restart_policy_are_named),
    CASE_NEEDS("ContainerInspect.mounts", mounts_are_told_one_by_one, NEEDS_LOCAL_VOLUMES),
    CASE("ContainerInspect.created", the_state_of_a_created_one),
    CASE("ContainerInspect.running", the_state_of_a_running_one),
    CASE("ContainerInspect.exited", the_state_of_an_exited_one),
    CASE("ContainerInspect.healthy", a_health_check_is_told),
    CASE("ContainerInspect.unhealthy", a_failing_health_check_is_told),
    CASE("ContainerInspect.no-health", without_a_health_check_there_is_none),
    CASE("ContainerInspect.size", the_size_is_told_when_asked_for),
    CASE_NEEDS("ContainerInspect.network", the_network_of_a_running_one, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerInspect.found-by", name_id_and_prefix_find_it),
    CASE("ContainerInspect.name-first", a_name_comes_before_a_prefix),
    CASE("ContainerInspect.part-of-name", a_part_of_a_name_does_not_find_it),
    CASE("ContainerInspect.not-found", what_is_not_there_is_not_found),
    CASE_END,
};
