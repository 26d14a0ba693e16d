/* cases/container/gates.c - what a container's operations do at an API version and what they did at the one before.
 *
 * Each case asks the same thing of one engine twice: at the first version with a change and at the last one without it. Its clauses
 * lie on both sides of that gate, so it runs once, on engines that know both versions. What is made is looked at with the later
 * version, which hides nothing that the engine has stored. */
#include "harness/then/then.h"

#include <string.h>

static struct exchange *created_at(struct scene *s, const char *version, json_t *body)
{
    return when_post_at(s, version, body, "/containers/create?name=%s", scene_unique_name(s, "c"));
}

/* What the engine tells, at the version of the scene, of a container that was created at `version`. */
static struct exchange *made_at(struct scene *s, const char *version, json_t *body)
{
    struct exchange *x = created_at(s, version, body);

    then_status(x, 201);
    return when_get(s, "/containers/%s/json", answer_string(x, "Id"));
}

/* Of a table's template, which takes no arguments. */
static json_t *from_table(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = json_from_template(template, args);
    va_end(args);
    return ret;
}

/* With one mount, as a table has it. */
static json_t *with_mount(json_t *body, const char *mount)
{
    with(body, "HostConfig.Mounts", "[]");
    json_array_append_new(json_object_get(json_object_get(body, "HostConfig"), "Mounts"), from_table(mount));
    return body;
}

/* --- ContainerCreate --- */

/* A member of the request that is kept since a version, and was ignored before. */
static const struct kept {
    const char *label, *before, *after; /* versions */
    const char *path, *value;           /* of the request and of the inspect */
    const char *was;                    /* what is told when it is ignored; NULL: nothing */
} consoles[] = {
    {"ConsoleSize", "1.41", "1.42", "HostConfig.ConsoleSize", "[11, 22]", "[0, 0]"},
};

static const struct kept annotations[] = {
    {"Annotations", "1.42", "1.43", "HostConfig.Annotations", "{'plimsoll': 'kept'}", NULL},
};

static const struct kept start_intervals[] = {
    {"StartInterval", "1.43", "1.44", "Healthcheck.StartInterval", "3000000000", NULL},
};

static void a_member_is_kept_since_a_version(void **state)
{
    struct scene *s = *state;
    const struct kept *row = s->row;
    bool of_host = strncmp(row->path, "HostConfig", 10) == 0;
    const char *told = of_host ? row->path : scene_printf(s, "Config.%s", row->path);
    json_t *body = with(a_container("sleeper"), "Healthcheck.Test", "['CMD', '/bin/probe', 'true']");

    scene_at_version(s, row->after);
    json_set_at(body, row->path, from_table(row->value));
    struct exchange *before = made_at(s, row->before, json_deep_copy(body));
    struct exchange *x = made_at(s, row->after, body);

    then_json_equals_at(x, told, from_table(row->value), __FILE__, __LINE__);
    if (row->was)
        then_json_equals_at(before, told, from_table(row->was), __FILE__, __LINE__);
    else
        then_json_absent(before, told);
}

static void the_default_of_ipc_is_private(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'none'");

    scene_at_version(s, "1.40");
    struct exchange *before = made_at(s, "1.39", json_deep_copy(body));
    struct exchange *x = made_at(s, "1.40", body);

    then_json(x, "HostConfig.IpcMode", "private");
    then_json(before, "HostConfig.IpcMode", "shareable");
}

static const struct platform {
    const char *label, *platform;
    int status;
} platforms[] = {
    {"of another machine", "linux/s390x", 404},
    { "none",              "no%20such",   400},
};

static void a_platform_is_heard(void **state)
{
    struct scene *s = *state;
    const struct platform *row = s->row;
    const char *path = scene_printf(s, "/containers/create?platform=%s&name=", row->platform);

    struct exchange *x =
        when_post_at(s, "1.41", a_container("sleeper"), "%s%s", path, scene_unique_name(s, "c"));
    struct exchange *before =
        when_post_at(s, "1.40", a_container("sleeper"), "%s%s", path, scene_unique_name(s, "c"));

    then_refused(x, row->status);
    then_status(before, 201);
}

static const struct other_options {
    const char *label, *mount, *member;
} other_options[] = {
    {"TmpfsOptions of a volume",
     "{'Type': 'volume', 'Target': '/data', 'TmpfsOptions': {'SizeBytes': 65536}}",                          "TmpfsOptions"},
    { "VolumeOptions of a tmpfs", "{'Type': 'tmpfs', 'Target': '/data', 'VolumeOptions': {'NoCopy': true}}",
     "VolumeOptions"                                                                                                       },
};

static void options_of_another_type_are_refused(void **state)
{
    struct scene *s = *state;
    const struct other_options *row = s->row;
    json_t *body = with_mount(a_container("sleeper"), row->mount);

    struct exchange *before = created_at(s, "1.41", json_deep_copy(body));
    struct exchange *x = created_at(s, "1.42", body);

    then_refused(x, 400);
    then_error_mentions(x, row->member);
    then_status(before, 201);
}

/* The place lies within a volume of the case, since nothing else on the engine's machine is the case's to write to. */
static void a_missing_source_is_made(void **state)
{
    struct scene *s = *state;
    const char *place =
        json_string_value(json_at(given_get(s, "/volumes/%s", given_volume(s, NULL)), "Mountpoint"));
    json_t *body = with(a_container("sleeper"), "HostConfig.Mounts",
                        "[{'Type': 'bind', 'Source': '%s/new', 'Target': '/data', 'BindOptions': "
                        "{'CreateMountpoint': true}}]",
                        place);

    struct exchange *before = created_at(s, "1.41", json_deep_copy(body));
    struct exchange *x = created_at(s, "1.42", body);

    then_refused(before, 400);
    then_error_mentions(before, "does not exist");
    then_status(x, 201);
    then_status(when_post_at(s, "1.42", NULL, "/containers/%s/start", answer_string(x, "Id")), 204);
}

static void several_networks_are_taken(void **state)
{
    struct scene *s = *state;
    const char *one = given_network_name(s, given_network(s, NULL)),
               *two = given_network_name(s, given_network(s, NULL));
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", one);

    scene_at_version(s, "1.44");
    with(body, "NetworkingConfig.EndpointsConfig", "{'%s': {}, '%s': {}}", one, two);
    struct exchange *before = created_at(s, "1.43", json_deep_copy(body));
    struct exchange *x = made_at(s, "1.44", body);

    then_refused(before, 400);
    then_json_is_object(x, scene_printf(s, "NetworkSettings.Networks.%s", one));
    then_json_is_object(x, scene_printf(s, "NetworkSettings.Networks.%s", two));
}

#define MAC "02:42:ac:11:22:33"

static void an_endpoint_has_its_address(void **state)
{
    struct scene *s = *state;
    const char *network = given_network_name(s, given_network(s, NULL));
    const char *told = scene_printf(s, "NetworkSettings.Networks.%s.MacAddress", network);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", network);

    scene_at_version(s, "1.44");
    with(body, "NetworkingConfig.EndpointsConfig", "{'%s': {'MacAddress': '" MAC "'}}", network);
    struct exchange *before = made_at(s, "1.43", json_deep_copy(body));
    struct exchange *x = made_at(s, "1.44", body);

    then_json(x, told, MAC);
    then_json(before, told, "");
}

static void the_address_of_the_container_is_deprecated(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "MacAddress", "'" MAC "'");

    struct exchange *before = created_at(s, "1.43", json_deep_copy(body));
    struct exchange *x = created_at(s, "1.44", body);

    then_status(x, 201);
    then_json_contains(x, "Warnings[0]", "MacAddress");
    then_status(before, 201);
    then_json_empty(before, "Warnings");
}

/* A mount that is refused before a version. */
static const struct new_mount {
    const char *label, *before, *after, *mount, *words;
} recursive_mounts[] = {
    {"read-only with all below", "1.43", "1.44",
     "{'Type': 'bind', 'Source': '/etc', 'Target': '/data', 'ReadOnly': true, 'BindOptions': "
      "{'Propagation': 'rprivate', "
      "'ReadOnlyForceRecursive': true}}", "ReadOnlyForceRecursive"},
};

static const struct new_mount subpaths[] = {
    {"a part of a volume", "1.44", "1.45",
     "{'Type': 'volume', 'Target': '/data', 'VolumeOptions': {'Subpath': 'part'}}", "Subpath"},
};

static const struct new_mount image_mounts[] = {
    {"an image", "1.47", "1.48", "{'Type': 'image', 'Target': '/data'}", "image"},
};

static void a_mount_is_taken_since_a_version(void **state)
{
    struct scene *s = *state;
    const struct new_mount *row = s->row;
    json_t *body = with_mount(a_container("sleeper"), row->mount);
    json_t *mount = json_array_get(json_object_get(json_object_get(body, "HostConfig"), "Mounts"), 0);
    const char *type = json_string_value(json_object_get(mount, "Type"));

    if (strcmp(type, "image") == 0)
        json_object_set_new(mount, "Source", json_string(given_image(s, "probe")));
    else if (strcmp(type, "volume") == 0)
        json_object_set_new(mount, "Source", json_string(given_volume(s, NULL)));
    struct exchange *before = created_at(s, row->before, json_deep_copy(body));
    struct exchange *x = created_at(s, row->after, body);

    then_refused(before, 400);
    then_error_mentions(before, row->words);
    then_error_mentions(before, row->after);
    then_status(x, 201);
}

static void a_driver_without_effect_is_warned_of(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "HostConfig.Mounts",
                        "[{'Type': 'volume', 'Source': '%s', 'Target': '/data'}]", given_volume(s, NULL));

    with(body, "HostConfig.VolumeDriver", "'local'");
    struct exchange *before = created_at(s, "1.47", json_deep_copy(body));
    struct exchange *x = created_at(s, "1.48", body);

    then_status(x, 201);
    then_json_contains(x, "Warnings[0]", "volume-driver");
    then_status(before, 201);
    then_json_empty(before, "Warnings");
}

static void a_sysctl_of_an_interface_is_an_option_of_its_endpoint(void **state)
{
    struct scene *s = *state;
    const char *network = given_network_name(s, given_network(s, NULL));
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", network);

    scene_at_version(s, "1.48");
    with(body, "HostConfig.Sysctls", "{'net.ipv4.conf.eth0.log_martians': '1'}");
    struct exchange *told = created_at(s, "1.47", json_deep_copy(body));
    struct exchange *x = created_at(s, "1.48", body);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_error_mentions(x, "net.ipv4.conf.eth0.log_martians");
    then_status(told, 201);
    then_json_contains(told, "Warnings[0]", "net.ipv4.conf.eth0.log_martians");
    struct exchange *before = when_get(s, "/containers/%s/json", answer_string(told, "Id"));
    then_json(
        before,
        scene_printf(s, "NetworkSettings.Networks.%s.DriverOpts.com\\.docker\\.network\\.endpoint\\.sysctls",
                     network),
        "net.ipv4.conf.IFNAME.log_martians=1");
}

static void an_endpoint_has_a_priority(void **state)
{
    struct scene *s = *state;
    const char *network = given_network_name(s, given_network(s, NULL));
    const char *told = scene_printf(s, "NetworkSettings.Networks.%s.GwPriority", network);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", network);

    scene_at_version(s, "1.48");
    with(body, "NetworkingConfig.EndpointsConfig", "{'%s': {'GwPriority': 7}}", network);
    struct exchange *before = made_at(s, "1.47", json_deep_copy(body));
    struct exchange *x = made_at(s, "1.48", body);

    then_json_int(x, told, 7);
    then_json_int(before, told, 0);
}

/* --- ContainerInspect, ContainerList --- */

static void aliases_are_those_asked_for(void **state)
{
    struct scene *s = *state;
    const char *network = given_network_name(s, given_network(s, NULL));
    const char *told = scene_printf(s, "NetworkSettings.Networks.%s.Aliases", network);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", network);
    const char *id = given_running(
        s, with(body, "NetworkingConfig.EndpointsConfig", "{'%s': {'Aliases': ['also']}}", network));

    struct exchange *before = when_get_at(s, "1.44", "/containers/%s/json", id);
    struct exchange *x = when_get_at(s, "1.45", "/containers/%s/json", id);

    then_json_equals(x, told, "['also']");
    then_json_contains(before, told, "also");
    then_json_contains(before, told, scene_printf(s, "%.12s", id));
}

static void annotations_are_listed(void **state)
{
    struct scene *s = *state;

    scene_at_version(s, "1.46");
    const char *id =
        given_created(s, with(a_container("sleeper"), "HostConfig.Annotations", "{'plimsoll': 'kept'}"));
    const char *path =
        scene_printf(s, "/containers/json?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id));

    struct exchange *before = when_get_at(s, "1.45", "%s", path);
    struct exchange *x = when_get_at(s, "1.46", "%s", path);

    then_json_equals(x, "[0].HostConfig.Annotations", "{'plimsoll': 'kept'}");
    then_json_present(before, "[0].HostConfig.NetworkMode");
    then_json_absent(before, "[0].HostConfig.Annotations");
}

/* --- ContainerUpdate, ContainerStats, ContainerStop, ContainerRestart --- */

static void a_limit_of_processes_is_applied(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *at_before =
        when_post_at(s, "1.39", json_of("{'PidsLimit': 64}"), "/containers/%s/update", id);
    struct exchange *before = when_get_at(s, "1.40", "/containers/%s/json", id);
    struct exchange *at = when_post_at(s, "1.40", json_of("{'PidsLimit': 64}"), "/containers/%s/update", id);
    struct exchange *x = when_get_at(s, "1.40", "/containers/%s/json", id);

    then_status(at, 200);
    then_json_int(x, "HostConfig.PidsLimit", 64);
    then_status(at_before, 200);
    then_json_null(before, "HostConfig.PidsLimit");
}

static void one_reading_may_be_enough(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *before = when_get_at(s, "1.40", "/containers/%s/stats?stream=0&one-shot=1", id);
    struct exchange *x = when_get_at(s, "1.41", "/containers/%s/stats?stream=0&one-shot=1", id);

    then_json(x, "preread", "0001-01-01T00:00:00Z");
    then_json_date(before, "preread");
    then_json_lacks(before, "preread", "0001-01-01");
    then_json_is_int(before, "precpu_stats.system_cpu_usage");
}

static void a_stop_has_a_signal(void **state)
{
    struct scene *s = *state;
    const char *one = given_running_container(s, "catcher"), *two = given_running_container(s, "catcher");

    struct exchange *before = when_post_at(s, "1.41", NULL, "/containers/%s/stop?signal=SIGUSR2", one);
    struct exchange *x = when_post_at(s, "1.42", NULL, "/containers/%s/stop?signal=SIGUSR2", two);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", two), "State.ExitCode", 6);
    then_status(before, 204);
    then_json_int(when_get(s, "/containers/%s/json", one), "State.ExitCode", 3);
}

static void a_restart_has_a_signal(void **state)
{
    struct scene *s = *state;
    const char *one = given_running_container(s, "catcher"), *two = given_running_container(s, "catcher");

    struct exchange *before = when_post_at(s, "1.41", NULL, "/containers/%s/restart?signal=SIGUSR2", one);
    struct exchange *x = when_post_at(s, "1.42", NULL, "/containers/%s/restart?signal=SIGUSR2", two);

    then_status(x, 204);
    then_body_mentions(when_get(s, "/containers/%s/logs?stdout=1", two), "USR2");
    then_status(before, 204);
    then_body_mentions(when_get(s, "/containers/%s/logs?stdout=1", one), "TERM");
}

/* --- what a stream is announced as --- */

#define FRAMES "application/vnd.docker.multiplexed-stream"
#define RAW    "application/vnd.docker.raw-stream"

static void a_log_in_frames_is_announced(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "talker");

    struct exchange *before = when_get_at(s, "1.41", "/containers/%s/logs?stdout=1", id);
    struct exchange *x = when_get_at(s, "1.42", "/containers/%s/logs?stdout=1", id);

    then_content_type(x, FRAMES);
    then_content_type(before, RAW);
}

static void an_attachment_in_frames_is_announced(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    scene_at_version(s, "1.41");
    struct stream *before = when_attach(s, id, "stream=1&stdout=1");
    scene_at_version(s, "1.42");
    struct stream *st = when_attach(s, id, "stream=1&stdout=1");

    then_content_type(stream_answer(st), FRAMES);
    then_content_type(stream_answer(before), RAW);
}

/* --- ContainerWait --- */

static void a_condition_is_heard(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited_container(s, "failing");

    struct exchange *before = when_post_at(s, "1.29", NULL, "/containers/%s/wait?condition=next-exit", id);
    scene_at_version(s, "1.30");
    struct stream *st = when_post_pending(s, "/containers/%s/wait?condition=next-exit", id);

    then_json_int(before, "StatusCode", 7);
    then_status(stream_answer(st), 200);
    then_true(s, stream_is_open(st, 300), "at 1.30 the end to come is waited for");
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_event(st, "{'StatusCode': 7}");
}

CASES(container_gates) = {
    CASE_ROWS("ContainerCreate.console-size-ignored ContainerCreate.console-size",
              a_member_is_kept_since_a_version, consoles),
    CASE_ROWS("ContainerCreate.annotations-ignored ContainerCreate.annotations",
              a_member_is_kept_since_a_version, annotations),
    CASE_ROWS("ContainerCreate.start-interval-ignored ContainerCreate.start-interval",
              a_member_is_kept_since_a_version, start_intervals),
    CASE("ContainerCreate.ipc-shareable ContainerCreate.ipc-private", the_default_of_ipc_is_private),
    CASE_ROWS("ContainerCreate.platform-ignored ContainerCreate.platform ContainerCreate.bad-platform",
              a_platform_is_heard, platforms),
    CASE_ROWS("ContainerCreate.other-options-let-pass ContainerCreate.other-options-refused",
              options_of_another_type_are_refused, other_options),
    CASE_NEEDS("ContainerCreate.create-mountpoint-ignored ContainerCreate.create-mountpoint",
               a_missing_source_is_made, NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerCreate.one-network ContainerCreate.several-networks", several_networks_are_taken,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerCreate.endpoint-mac-ignored ContainerCreate.endpoint-mac",
               an_endpoint_has_its_address, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerCreate.mac-address-silent ContainerCreate.mac-address-warned",
         the_address_of_the_container_is_deprecated),
    CASE_ROWS("ContainerCreate.recursive-read-only-refused ContainerCreate.recursive-read-only",
              a_mount_is_taken_since_a_version, recursive_mounts),
    CASE_ROWS("ContainerCreate.subpath-refused ContainerCreate.subpath", a_mount_is_taken_since_a_version,
              subpaths),
    CASE_ROWS("ContainerCreate.image-mount-refused ContainerCreate.image-mount",
              a_mount_is_taken_since_a_version, image_mounts),
    CASE("ContainerCreate.volume-driver-silent ContainerCreate.volume-driver-warned",
         a_driver_without_effect_is_warned_of),
    CASE_NEEDS("ContainerCreate.interface-sysctl-moved ContainerCreate.interface-sysctl-refused",
               a_sysctl_of_an_interface_is_an_option_of_its_endpoint, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerCreate.gateway-priority-ignored ContainerCreate.gateway-priority",
               an_endpoint_has_a_priority, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.aliases-with-id ContainerInspect.aliases", aliases_are_those_asked_for,
               NEEDS_BRIDGE_NETWORK),
    CASE("ContainerList.no-annotations ContainerList.annotations", annotations_are_listed),
    CASE_NEEDS("ContainerUpdate.pids-limit-ignored ContainerUpdate.pids-limit",
               a_limit_of_processes_is_applied, NEEDS_PIDS_LIMIT),
    CASE("ContainerStats.one-shot-ignored ContainerStats.one-shot", one_reading_may_be_enough),
    CASE("ContainerStop.signal-ignored ContainerStop.signal", a_stop_has_a_signal),
    CASE("ContainerRestart.signal-ignored ContainerRestart.signal", a_restart_has_a_signal),
    CASE("ContainerLogs.type-before ContainerLogs.type", a_log_in_frames_is_announced),
    CASE("ContainerAttach.type-before ContainerAttach.type", an_attachment_in_frames_is_announced),
    CASE("ContainerWait.condition-ignored ContainerWait.next-exit", a_condition_is_heard),
    CASE_END,
};
