/* cases/container/inspect_kept.c - GET /containers/{id}/json, member by member: what was asked for, and what was not. */
#include "harness/then/then.h"

#include <string.h>
#include <time.h>

/* The value of a row; every %s of it is `word`. */
static json_t *value_of(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = json_from_template(template, args);
    va_end(args);
    return ret;
}

/* Where an inspect tells a member of the create body. */
static const char *told_at(struct scene *s, const char *path)
{
    return strncmp(path, "HostConfig", 10) == 0 ? path : scene_printf(s, "Config.%s", path);
}

/* --- what was asked for --- */

/* clang-format off */
static const struct member {
    const char *path, *value;
} asked[] = {
    { "Domainname",                    "'plimsoll.test'" },
    { "User",                          "'probe'" },
    { "AttachStdin",                   "true" },
    { "AttachStdout",                  "true" },
    { "AttachStderr",                  "true" },
    { "OpenStdin",                     "true" },
    { "StdinOnce",                     "true" },
    { "ExposedPorts",                  "{'80/tcp': {}, '81/udp': {}}" },
    { "Healthcheck",                   "{'Test': ['CMD', '/bin/true'], 'Interval': 1000000000, 'Timeout': 2000000000, "
                                       "'Retries': 3, 'StartPeriod': 4000000000}" },
    { "ArgsEscaped",                   "true" },
    { "Volumes",                       "{'/v': {}}" },
    { "WorkingDir",                    "'/tmp'" },
    { "NetworkDisabled",               "true" },
    { "OnBuild",                       "['RUN plimsoll']" },
    { "StopSignal",                    "'SIGUSR1'" },
    { "StopTimeout",                   "5" },
    { "Shell",                         "['/bin/sh', '-c']" },
    { "HostConfig.Cgroup",             "'plimsoll'" },
    { "HostConfig.CgroupnsMode",       "'private'" },
    { "HostConfig.ContainerIDFile",    "'/plimsoll.cid'" },
    { "HostConfig.DeviceCgroupRules",  "['c 1:3 r']" },
    { "HostConfig.DeviceRequests",     "[{'Driver': 'plimsoll', 'Count': 1, 'DeviceIDs': ['0'], 'Capabilities': [['gpu']], "
                                       "'Options': {'a': 'b'}}]" },
    { "HostConfig.Devices",            "[{'PathOnHost': '/dev/null', 'PathInContainer': '/dev/nil', 'CgroupPermissions': 'rw'}]" },
    { "HostConfig.DnsOptions",         "['ndots:2']" },
    { "HostConfig.DnsSearch",          "['plimsoll.test']" },
    { "HostConfig.IpcMode",            "'shareable'" },
    { "HostConfig.Isolation",          "'default'" },
    { "HostConfig.LogConfig",          "{'Type': 'json-file', 'Config': {'max-size': '1m'}}" },
    { "HostConfig.MaskedPaths",        "['/proc/kcore']" },
    { "HostConfig.Mounts",             "[{'Type': 'volume', 'Source': '%s', 'Target': '/m', 'ReadOnly': true, "
                                       "'Consistency': 'cached', 'VolumeOptions': {'NoCopy': true, 'Labels': {'a': 'b'}, "
                                       "'DriverConfig': {'Name': 'local', 'Options': {'a': 'b'}}}}, "
                                       "{'Type': 'tmpfs', 'Target': '/t', 'TmpfsOptions': {'SizeBytes': 1048576, 'Mode': 448}}, "
                                       "{'Type': 'bind', 'Source': '/dev', 'Target': '/b', 'BindOptions': "
                                       "{'Propagation': 'rslave', 'NonRecursive': true}}]" },
    { "HostConfig.PidMode",            "'host'" },
    { "HostConfig.PortBindings",       "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '39181'}]}" },
    { "HostConfig.PublishAllPorts",    "true" },
    { "HostConfig.ReadonlyPaths",      "['/proc/bus']" },
    { "HostConfig.ShmSize",            "1048576" },
    { "HostConfig.UTSMode",            "'host'" },
    { "HostConfig.UsernsMode",         "'host'" },
    { "HostConfig.VolumeDriver",       "'local'" },
    { "HostConfig.CpuCount",           "2" },
}, asked_later[] = { /* since 1.44 */
    { "HostConfig.Mounts",             "[{'Type': 'bind', 'Source': '/dev', 'Target': '/b', 'ReadOnly': true, 'BindOptions': "
                                       "{'CreateMountpoint': true, 'ReadOnlyNonRecursive': true}}, "
                                       "{'Type': 'bind', 'Source': '/dev', 'Target': '/c', 'ReadOnly': true, 'BindOptions': "
                                       "{'Propagation': 'rprivate', 'ReadOnlyForceRecursive': true}}]" },
}, asked_options[] = { /* since 1.46 */
    { "HostConfig.Mounts",             "[{'Type': 'tmpfs', 'Target': '/t', 'TmpfsOptions': {'Options': [['noexec']]}}]" },
}, asked_part[] = { /* since 1.45 */
    { "HostConfig.Mounts",             "[{'Type': 'volume', 'Source': '%s', 'Target': '/m', 'VolumeOptions': {'Subpath': 'a'}}]" },
}, asked_image[] = { /* since 1.48 */
    { "HostConfig.Mounts",             "[{'Type': 'image', 'Source': '%s', 'Target': '/i', 'ImageOptions': {'Subpath': 'bin'}}]" },
}, asked_limits[] = {
    { "HostConfig.CgroupParent",       "'%s'" },
    { "HostConfig.CpuPeriod",          "100000" },
    { "HostConfig.CpuQuota",           "50000" },
    { "HostConfig.CpuShares",          "512" },
    { "HostConfig.CpusetCpus",         "'0'" },
    { "HostConfig.CpusetMems",         "'0'" },
    { "HostConfig.Memory",             "33554432" },
    { "HostConfig.MemoryReservation",  "16777216" },
    { "HostConfig.MemorySwap",         "50331648" },
    { "HostConfig.PidsLimit",          "33" },
    { "HostConfig.BlkioDeviceReadBps", "[{'Path': '/dev/null', 'Rate': 1000001}]" },
    { "HostConfig.BlkioDeviceReadIOps", "[{'Path': '/dev/null', 'Rate': 1001}]" },
    { "HostConfig.BlkioDeviceWriteBps", "[{'Path': '/dev/null', 'Rate': 1000002}]" },
    { "HostConfig.BlkioDeviceWriteIOps", "[{'Path': '/dev/null', 'Rate': 1002}]" },
}, asked_memory_v1[] = {
    { "HostConfig.MemorySwappiness",   "10" },
    { "HostConfig.OomKillDisable",     "true" },
};
/* clang-format on */

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])

static void asked_members_are_told(struct scene *s, const char *word, const struct member *rows, size_t count)
{
    json_t *body = a_container("sleeper");

    for (size_t i = 0; i < count; i++)
        json_set_at(body, rows[i].path, value_of(rows[i].value, word));
    const char *id = given_created(s, body);

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    for (size_t i = 0; i < count; i++)
        then_json_value(x, told_at(s, rows[i].path), value_of(rows[i].value, word));
}

static void each_member_is_told_as_it_was_asked_for(void **state)
{
    struct scene *s = *state;

    asked_members_are_told(s, given_volume(s, NULL), ROWS(asked));
}

static void later_members_of_mounts_are_told(void **state)
{
    asked_members_are_told(*state, "", ROWS(asked_later));
}

static void options_of_a_tmpfs_are_told(void **state)
{
    asked_members_are_told(*state, "", ROWS(asked_options));
}

static void a_part_of_a_volume_is_told(void **state)
{
    struct scene *s = *state;

    asked_members_are_told(s, given_volume(s, NULL), ROWS(asked_part));
}

static void a_part_of_an_image_is_told(void **state)
{
    struct scene *s = *state;

    asked_members_are_told(s, given_image(s, "probe"), ROWS(asked_image));
}

static void each_limit_is_told_as_it_was_asked_for(void **state)
{
    struct scene *s = *state;
    const json_t *driver = json_at(given_get(s, "/info"), "CgroupDriver");
    bool slices = json_is_string(driver) && strcmp(json_string_value(driver), "systemd") == 0;

    asked_members_are_told(s, slices ? "plimsoll.slice" : "/plimsoll", ROWS(asked_limits));
}

static void what_the_first_cgroups_limit_is_told(void **state)
{
    struct scene *s = *state;

    const json_t *version = json_at(given_get(s, "/info"), "CgroupVersion");

    if (json_is_string(version) && strcmp(json_string_value(version), "1") != 0)
        case_not_applicable(s, "cgroup v2 has no such limits");
    asked_members_are_told(s, "", ROWS(asked_memory_v1));
}

/* --- what was not asked for --- */

static const char *const nothing[] = {
    "Config.ArgsEscaped",
    "Config.AttachStderr",
    "Config.AttachStdin",
    "Config.AttachStdout",
    "Config.Domainname",
    "Config.Entrypoint",
    "Config.ExposedPorts",
    "Config.Healthcheck",
    "Config.MacAddress",
    "Config.NetworkDisabled",
    "Config.OnBuild",
    "Config.OpenStdin",
    "Config.Shell",
    "Config.StdinOnce",
    "Config.StopSignal",
    "Config.StopTimeout",
    "Config.Tty",
    "Config.User",
    "Config.Volumes",
    "Config.WorkingDir",
    "ExecIDs",
    "HostConfig.Annotations",
    "HostConfig.AutoRemove",
    "HostConfig.Binds",
    "HostConfig.BlkioDeviceReadBps",
    "HostConfig.BlkioDeviceReadIOps",
    "HostConfig.BlkioDeviceWriteBps",
    "HostConfig.BlkioDeviceWriteIOps",
    "HostConfig.BlkioWeight",
    "HostConfig.BlkioWeightDevice",
    "HostConfig.CapAdd",
    "HostConfig.CapDrop",
    "HostConfig.Cgroup",
    "HostConfig.CgroupParent",
    "HostConfig.ContainerIDFile",
    "HostConfig.CpuCount",
    "HostConfig.CpuPercent",
    "HostConfig.CpuPeriod",
    "HostConfig.CpuQuota",
    "HostConfig.CpuRealtimePeriod",
    "HostConfig.CpuRealtimeRuntime",
    "HostConfig.CpuShares",
    "HostConfig.CpusetCpus",
    "HostConfig.CpusetMems",
    "HostConfig.DeviceCgroupRules",
    "HostConfig.DeviceRequests",
    "HostConfig.Devices",
    "HostConfig.Dns",
    "HostConfig.DnsOptions",
    "HostConfig.DnsSearch",
    "HostConfig.ExtraHosts",
    "HostConfig.GroupAdd",
    "HostConfig.IOMaximumBandwidth",
    "HostConfig.IOMaximumIOps",
    "HostConfig.Init",
    "HostConfig.Isolation",
    "HostConfig.KernelMemory",
    "HostConfig.KernelMemoryTCP",
    "HostConfig.Links",
    "HostConfig.LogConfig.Config",
    "HostConfig.Memory",
    "HostConfig.MemoryReservation",
    "HostConfig.MemorySwap",
    "HostConfig.MemorySwappiness",
    "HostConfig.Mounts",
    "HostConfig.NanoCpus",
    "HostConfig.OomKillDisable",
    "HostConfig.OomScoreAdj",
    "HostConfig.PidMode",
    "HostConfig.PidsLimit",
    "HostConfig.PortBindings",
    "HostConfig.Privileged",
    "HostConfig.PublishAllPorts",
    "HostConfig.ReadonlyRootfs",
    "HostConfig.RestartPolicy.MaximumRetryCount",
    "HostConfig.SecurityOpt",
    "HostConfig.StorageOpt",
    "HostConfig.Sysctls",
    "HostConfig.Tmpfs",
    "HostConfig.UTSMode",
    "HostConfig.Ulimits",
    "HostConfig.UsernsMode",
    "HostConfig.VolumeDriver",
    "HostConfig.VolumesFrom",
    "MountLabel",
    "Mounts",
    "NetworkSettings.Ports",
    "NetworkSettings.SandboxID",
    "NetworkSettings.SandboxKey",
    "ProcessLabel",
    "RestartCount",
};

/* These are told all the same. */
static const char *const always[] = {
    "AppArmorProfile",
    "GraphDriver.Data",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "MountLabel",
    "NetworkSettings.SandboxID",
    "NetworkSettings.SandboxKey",
    "ProcessLabel",
    "ResolvConfPath",
};

static void what_was_not_asked_for_is_nothing(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        then_json_nothing(x, nothing[i]);
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        then_json_present(x, always[i]);
    then_json_equals(x, "HostConfig.ConsoleSize", "[0, 0]");
}

/* --- in a network --- */

static const char *const endpoint_nothing[] = {
    "IPv6Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "DriverOpts", "GwPriority", "Links",
};

static const char *const address_alone[] = {
    "IPAMConfig.IPv4Address",
    "MacAddress",
    "NetworkID",
    "EndpointID",
    "Gateway",
    "IPAddress",
    "IPPrefixLen",
    "GlobalIPv6Address",
    "GlobalIPv6PrefixLen",
    "IPv6Gateway",
};

/* Of the interface with that address, as a process of the container sees it. */
static const char *mac_inside(struct scene *s, const char *id, const char *address)
{
    json_t *report = json_loads(probe_exec(s, id, "['report']"), 0, NULL),
           *wanted = json_of("['%s']", address);
    const json_t *interface;
    const char *ret = "";
    size_t i;

    json_array_foreach (json_at(report, "interfaces"), i, interface)
        if (json_covers(json_at(interface, "addresses"), wanted))
            ret = scene_printf(s, "%s", json_string_value(json_at(interface, "mac")));
    json_decref(wanted);
    json_decref(report);
    return ret;
}

static void an_endpoint_is_the_same_everywhere(void **state)
{
    struct scene *s = *state;
    const char *prefix = scene_unique_prefix(s), *address = scene_printf(s, "%s.9", prefix);
    const char *net = given_network(
        s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24', 'Gateway': '%s.1'}]}}", prefix, prefix));
    const char *name = given_network_name(s, net);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name);
    with(body, "NetworkingConfig.EndpointsConfig",
         "{'%s': {'IPAMConfig': {'IPv4Address': '%s'}, 'Aliases': ['web']}}", name, address);
    const char *id = given_running(s, body);
    const char *endpoint = scene_printf(s, "NetworkSettings.Networks.%s", name);
#define OF(member) scene_printf(s, "%s.%s", endpoint, member)

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "HostConfig.NetworkMode", name);
    then_json(x, OF("IPAMConfig.IPv4Address"), address);
    then_json(x, OF("IPAddress"), address);
    then_json_int(x, OF("IPPrefixLen"), 24);
    then_json(x, OF("Gateway"), scene_printf(s, "%s.1", prefix));
    then_json(x, OF("NetworkID"), net);
    then_json_contains(x, OF("Aliases"), "web");
    for (size_t i = 0; i < sizeof(endpoint_nothing) / sizeof(endpoint_nothing[0]); i++)
        then_json_nothing(x, OF(endpoint_nothing[i]));
    then_string(s, "MAC address inside", mac_inside(s, id, scene_printf(s, "%s/24", address)),
                answer_string(x, OF("MacAddress")));
#undef OF
    struct exchange *listed = when_get(s, "/containers/json?filters=%s", query_json(s, "{'id': ['%s']}", id));
    then_json(listed, "[0].HostConfig.NetworkMode", name);
    for (size_t i = 0; i < sizeof(address_alone) / sizeof(address_alone[0]); i++) {
        const char *path = scene_printf(s, "%s.%s", endpoint, address_alone[i]);
        then_json_value(listed, scene_printf(s, "[0].%s", path), json_copy((json_t *)answer_json(x, path)));
    }
    then_json_nothing(listed, scene_printf(s, "[0].%s.GwPriority", endpoint));
    struct exchange *network = when_get(s, "/networks/%s", net);
    const char *seat = scene_printf(s, "Containers.%s", id);
    then_json(network, scene_printf(s, "%s.EndpointID", seat),
              answer_string(x, scene_printf(s, "%s.EndpointID", endpoint)));
    then_json(network, scene_printf(s, "%s.MacAddress", seat),
              answer_string(x, scene_printf(s, "%s.MacAddress", endpoint)));
    then_json(network, scene_printf(s, "%s.IPv4Address", seat), scene_printf(s, "%s/24", address));
    then_json(network, scene_printf(s, "%s.Name", seat), given_name_of(s, id));
}

static void what_an_endpoint_was_asked_to_be_is_told(void **state)
{
    struct scene *s = *state;
    const char *prefix = scene_unique_prefix(s);
    const char *net = given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24'}]}}", prefix));
    const char *name = given_network_name(s, net);
    json_t *wanted =
        json_of("{'IPAMConfig': {'IPv4Address': '%s.9', 'LinkLocalIPs': ['169.254.9.9']}, 'Aliases': "
                "['web'], 'MacAddress': '02:42:0a:00:00:09', 'DriverOpts': {'org.plimsoll.a': 'b'}, "
                "'Links': ['plimsoll-other:db']}",
                prefix);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name), *member;
    const char *key;
    json_set_at(body, scene_printf(s, "NetworkingConfig.EndpointsConfig.%s", name), json_copy(wanted));
    const char *id = given_created(s, body);

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    json_object_foreach (wanted, key, member)
        then_json_value(x, scene_printf(s, "NetworkSettings.Networks.%s.%s", name, key), json_incref(member));
    json_decref(wanted);
}

static void addresses_alone_are_listed(void **state)
{
    struct scene *s = *state;
    static const char *const others[] = { "Aliases", "Links", "DriverOpts", "DNSNames" };
    const char *p = scene_unique_prefix(s), *six = scene_unique_prefix_six(s);
    const char *net = given_network(
        s, json_of("{'EnableIPv6': true, 'IPAM': {'Config': [{'Subnet': '%s.0/24'}, {'Subnet': '%s::/64'}]}}",
                   p, six));
    const char *name = given_network_name(s, net);
    const char *endpoint = scene_printf(s, "NetworkSettings.Networks.%s", name);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name);
    json_set_at(body, scene_printf(s, "NetworkingConfig.EndpointsConfig.%s", name),
                json_of("{'IPAMConfig': {'IPv4Address': '%s.9', 'IPv6Address': '%s::9', 'LinkLocalIPs': "
                        "['169.254.9.9']}, "
                        "'Aliases': ['web'], 'Links': ['plimsoll-other:db'], 'DriverOpts': {'a': 'b'}}",
                        p, six));
    const char *id = given_created(s, body);

    struct exchange *x =
        when_get(s, "/containers/json?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id));

    then_json_equals(x, scene_printf(s, "[0].%s.IPAMConfig", endpoint),
                     "{'IPv4Address': '%s.9', 'IPv6Address': '%s::9'}", p, six);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        then_json_nothing(x, scene_printf(s, "[0].%s.%s", endpoint, others[i]));
}

static void the_containers_that_volumes_come_from_are_told(void **state)
{
    struct scene *s = *state;
    const char *first = given_container(s, "sleeper"), *second = given_container(s, "sleeper");
    const char *id = given_created(
        s, with(a_container("sleeper"), "HostConfig.VolumesFrom", "['%s:ro', '%s']", first, second));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, "HostConfig.VolumesFrom", "['%s:ro', '%s']", first, second);
}

static void the_address_of_the_container_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_container("sleeper"), "MacAddress", "'02:42:0a:00:00:0b'"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "Config.MacAddress", "02:42:0a:00:00:0b");
}

static void the_names_of_an_endpoint_are_told(void **state)
{
    struct scene *s = *state;
    const char *name = given_network_name(s, given_network(s, NULL));
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name);
    const char *id = given_running(
        s, with(body, "NetworkingConfig.EndpointsConfig", "{'%s': {'Aliases': ['web']}}", name));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, scene_printf(s, "NetworkSettings.Networks.%s.DNSNames", name), "['%s', 'web', '%s']",
                     given_name_of(s, id), scene_printf(s, "%.12s", id));
}

static void a_published_port_is_told_as_it_is(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "ExposedPorts", "{'80/tcp': {}, '81/udp': {}}");
    const char *id = given_running(
        s, with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}"));
    struct exchange *listed = when_get(s, "/containers/json?filters=%s", query_json(s, "{'id': ['%s']}", id));
    long long first = json_integer_value(answer_json(listed, "[0].Ports[0].PublicPort")),
              second = json_integer_value(answer_json(listed, "[0].Ports[1].PublicPort"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}");
    then_json_equals(x, "NetworkSettings.Ports",
                     "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '%lld'}], '81/udp': null}",
                     first + second);
}

static void a_health_check_that_did_not_run_yet(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "Healthcheck",
                                           "{'Test': ['CMD', '/bin/true'], 'Interval': 3600000000000}"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, "State.Health", "{'Status': 'starting', 'FailingStreak': 0, 'Log': []}");
}

static const char *const at_the_top[] = {
    "EndpointID",  "Gateway",           "IPAddress",           "IPPrefixLen",
    "IPv6Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "MacAddress",
};

static const char *const nothing_at_the_top[] = {
    "Bridge",
    "HairpinMode",
    "LinkLocalIPv6Address",
    "LinkLocalIPv6PrefixLen",
    "SecondaryIPAddresses",
    "SecondaryIPv6Addresses",
};

static void the_default_bridge_is_told_at_the_top(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    for (size_t i = 0; i < sizeof(at_the_top) / sizeof(at_the_top[0]); i++) {
        const json_t *inner =
            answer_json(x, scene_printf(s, "NetworkSettings.Networks.bridge.%s", at_the_top[i]));
        then_json_value(x, scene_printf(s, "NetworkSettings.%s", at_the_top[i]), json_copy((json_t *)inner));
    }
    for (size_t i = 0; i < sizeof(nothing_at_the_top) / sizeof(nothing_at_the_top[0]); i++) {
        then_json_present(x, scene_printf(s, "NetworkSettings.%s", nothing_at_the_top[i]));
        then_json_nothing(x, scene_printf(s, "NetworkSettings.%s", nothing_at_the_top[i]));
    }
}

/* --- what others tell of it --- */

/* The second that a date in UTC speaks of. */
static long long second_of(const char *date)
{
    struct tm tm = { 0 };

    return date && strptime(date, "%Y-%m-%dT%H:%M:%S", &tm) ? (long long)timegm(&tm) : -1;
}

static void the_list_tells_what_an_inspect_tells(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    json_t *body = with(a_container("sleeper"), "HostConfig.Binds", "['%s:/v:ro', '/dev:/d:rslave']", volume);
    const char *id = given_created(s, body);
    const json_t *mountpoint = json_at(given_get(s, "/volumes/%s", volume), "Mountpoint");

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    struct exchange *listed =
        when_get(s, "/containers/json?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id));

    then_json_has(x, "Mounts",
                  "{'Type': 'volume', 'Name': '%s', 'Source': '%s', 'Destination': '/v', 'Driver': 'local', "
                  "'Mode': 'ro', 'RW': false, 'Propagation': ''}",
                  volume, json_string_value(mountpoint));
    then_json_has(x, "Mounts",
                  "{'Type': 'bind', 'Source': '/dev', 'Destination': '/d', 'Mode': 'rslave', 'RW': true, "
                  "'Propagation': 'rslave'}");
    then_json_length(listed, "[0].Mounts", 2);
    then_true(s, json_covers(answer_json(listed, "[0].Mounts"), answer_json(x, "Mounts")),
              "the list has the mounts of the inspect");
    then_int(s, "Created in the list", json_integer_value(answer_json(listed, "[0].Created")),
             second_of(answer_string(x, "Created")));
    then_json(listed, "[0].Image", answer_string(x, "Config.Image"));
    then_json(listed, "[0].ImageID", answer_string(x, "Image"));
    then_json(listed, "[0].Names[0]", answer_string(x, "Name"));
    then_json(listed, "[0].State", answer_string(x, "State.Status"));
    then_json_value(listed, "[0].Labels", json_copy((json_t *)answer_json(x, "Config.Labels")));
    then_json(listed, "[0].HostConfig.NetworkMode", answer_string(x, "HostConfig.NetworkMode"));
}

static void the_sizes_add_up(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['write', '/file', '12345']"));
    const json_t *image = given_get(s, "/images/%s/json", given_image(s, "probe"));
    long long all = json_integer_value(json_at(image, "Size")) + 5;

    struct exchange *x = when_get(s, "/containers/%s/json?size=1", id);
    struct exchange *listed =
        when_get(s, "/containers/json?all=1&size=1&filters=%s", query_json(s, "{'id': ['%s']}", id));

    then_json_int(x, "SizeRw", 5);
    then_json_int(x, "SizeRootFs", all);
    then_json_int(listed, "[0].SizeRw", 5);
    then_json_int(listed, "[0].SizeRootFs", all);
}

static void the_times_of_a_health_check(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "Healthcheck",
                                           "{'Test': ['CMD', '/bin/true'], 'Interval': 100000000}"));
    then_true(s, wait_until(s, "State.Health.Status", "\"healthy\"", "/containers/%s/json", id),
              "it becomes healthy");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    long long started = second_of(answer_string(x, "State.StartedAt")),
              began = second_of(answer_string(x, "State.Health.Log[0].Start")),
              ended = second_of(answer_string(x, "State.Health.Log[0].End"));
    then_true(s, began >= started && began <= started + 60, "a run begins after the container has started");
    then_true(s, ended >= began && ended <= began + 60, "it ends after it began");
}

/* --- what belongs to the engine --- */

static void then_path_ends(const struct exchange *x, const char *member, const char *end)
{
    struct scene *s = scene_current();
    const char *path = answer_string(x, member);
    size_t length = path ? strlen(path) : 0, wanted = strlen(end);

    then_true(s, length >= wanted && *path == '/' && strcmp(path + length - wanted, end) == 0,
              "%s: an absolute path that ends with %s, not %s", member, end, path ? path : "nothing");
}

static void drivers_and_paths_are_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const json_t *info = given_get(s, "/info");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_value(x, "Driver", json_copy((json_t *)json_at(info, "Driver")));
    bool confines = false;
    const json_t *option;
    size_t i;
    json_array_foreach (json_at(info, "SecurityOptions"), i, option)
        confines |= strstr(json_string_value(option), "name=apparmor") != NULL;
    if (!confines)
        then_json(x, "AppArmorProfile", "");
    then_json_value(x, "GraphDriver.Name", json_copy((json_t *)json_at(info, "Driver")));
    then_json_value(x, "HostConfig.Runtime", json_copy((json_t *)json_at(info, "DefaultRuntime")));
    then_path_ends(x, "ResolvConfPath", "/resolv.conf");
    then_path_ends(x, "HostnamePath", "/hostname");
    then_path_ends(x, "HostsPath", "/hosts");
    then_path_ends(x, "LogPath", scene_printf(s, "/%s-json.log", id));
    then_json_hex_id(x, "NetworkSettings.SandboxID");
    const char *key = answer_string(x, "NetworkSettings.SandboxKey"), *last = key ? strrchr(key, '/') : NULL;
    then_true(s,
              last && strlen(last) > 12 && *key == '/' &&
                  strncmp(answer_string(x, "NetworkSettings.SandboxID"), last + 1, strlen(last + 1)) == 0,
              "SandboxKey is an absolute path whose last part is the beginning of SandboxID, not %s",
              key ? key : "nothing");
}

static const struct log_driver {
    const char *label, *type;
} log_drivers[] = {
    {"local", "local"},
    { "none", "none" },
};

static void no_path_of_another_log_is_told(void **state)
{
    struct scene *s = *state;
    const struct log_driver *row = s->row;

    const char *id =
        given_running(s, with(a_container("sleeper"), "HostConfig.LogConfig.Type", "'%s'", row->type));

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json(x, "HostConfig.LogConfig.Type", row->type);
    then_json(x, "LogPath", "");
}

/* --- its states --- */

static void the_state_of_a_paused_one(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json(x, "State.Status", "paused");
    then_json_bool(x, "State.Paused", true);
    then_json_bool(x, "State.Running", true);
    then_json_bool(x, "State.Restarting", false);
    then_json_bool(x, "State.Dead", false);
    then_json_between(x, "State.Pid", 1, 1LL << 31);
}

static void an_exec_that_runs_is_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    const char *exec = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'sleep', 'forever']}"));
    then_status(when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec), 200);

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_equals(x, "ExecIDs", "['%s']", exec);
}

CASES(container_inspect_kept) = {
    CASE_ROWS("ContainerInspect.log-path", no_path_of_another_log_is_told, log_drivers),
    CASE_NEEDS("ContainerInspect.kept", each_member_is_told_as_it_was_asked_for, NEEDS_LOCAL_VOLUMES),
    CASE("ContainerInspect.mount-options-kept", later_members_of_mounts_are_told),
    CASE("ContainerInspect.tmpfs-options-kept", options_of_a_tmpfs_are_told),
    CASE_NEEDS("ContainerInspect.endpoint-kept", what_an_endpoint_was_asked_to_be_is_told,
               NEEDS_BRIDGE_NETWORK),
    CASE("ContainerInspect.volume-part-kept", a_part_of_a_volume_is_told),
    CASE("ContainerInspect.image-part-kept", a_part_of_an_image_is_told),
    CASE_NEEDS("ContainerList.endpoint ContainerList.endpoint-alone", addresses_alone_are_listed,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE_NEEDS("ContainerInspect.volumes-from-kept", the_containers_that_volumes_come_from_are_told,
               NEEDS_LOCAL_VOLUMES),
    CASE("ContainerInspect.mac-address-kept", the_address_of_the_container_is_told),
    CASE_NEEDS("ContainerInspect.dns-names", the_names_of_an_endpoint_are_told, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.ports", a_published_port_is_told_as_it_is, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerInspect.starting", a_health_check_that_did_not_run_yet),
    CASE_NEEDS("ContainerInspect.top-network", the_default_bridge_is_told_at_the_top, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.mount-source ContainerList.same-as-inspect",
               the_list_tells_what_an_inspect_tells, NEEDS_LOCAL_VOLUMES),
    CASE("ContainerInspect.sizes ContainerList.same-as-inspect", the_sizes_add_up),
    CASE("ContainerInspect.health-times", the_times_of_a_health_check),
    CASE_NEEDS("ContainerInspect.limits-kept", each_limit_is_told_as_it_was_asked_for,
               NEEDS_MEMORY_LIMIT | NEEDS_CPU_QUOTA | NEEDS_PIDS_LIMIT | NEEDS_CPUSET),
    CASE_NEEDS("ContainerInspect.limits-kept", what_the_first_cgroups_limit_is_told, NEEDS_MEMORY_LIMIT),
    CASE("ContainerInspect.nothing", what_was_not_asked_for_is_nothing),
    CASE_NEEDS("ContainerInspect.endpoint ContainerList.endpoint", an_endpoint_is_the_same_everywhere,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.engine", drivers_and_paths_are_told, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.paused", the_state_of_a_paused_one, NEEDS_FREEZER),
    CASE("ContainerInspect.execs", an_exec_that_runs_is_told),
    CASE_END,
};
