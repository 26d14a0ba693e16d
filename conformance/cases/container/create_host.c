/* cases/container/create_host.c - POST /containers/create: what the configuration does, seen from inside by the probe's report.
 *
 * Nothing here needs a path of the engine's machine: mounts are volumes and tmpfs. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

static const char *text_at(const json_t *report, const char *path)
{
    const char *ret = json_string_value(json_at(report, path));

    return ret ? ret : "";
}

static long long number_at(const json_t *report, const char *path)
{
    return json_integer_value(json_at(report, path));
}

static unsigned long long bits_at(const json_t *report, const char *path)
{
    return strtoull(text_at(report, path), NULL, 16);
}

static void then_covers(struct scene *s, const json_t *value, json_t *wanted, const char *what)
{
    bool covers = json_covers(value, wanted);
    char *got = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY),
         *text = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *sentence = scene_printf(s, "%s: %.300s, not %.600s", what, text, got ? got : "nothing");

    free(got);
    free(text);
    json_decref(wanted);
    then_true(s, covers, "%s", sentence);
}

static json_t *a_report(void)
{
    return a_probe("['report']");
}

/* --- by default --- */

static void the_default_capabilities(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, a_report());

    then_string(s, "effective capabilities", text_at(report, "capabilities.effective"), "00000000a80425fb");
    then_string(s, "permitted capabilities", text_at(report, "capabilities.permitted"), "00000000a80425fb");
    then_string(s, "bounding set", text_at(report, "capabilities.bounding"), "00000000a80425fb");
    then_string(s, "inheritable capabilities", text_at(report, "capabilities.inheritable"),
                "0000000000000000");
    then_string(s, "ambient capabilities", text_at(report, "capabilities.ambient"), "0000000000000000");
}

static void a_seccomp_filter_is_on(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, a_report());

    then_int(s, "seccomp mode", number_at(report, "seccomp"), 2);
}

static const char *const denied[] = { "mount",  "umount",          "unshare",    "setns",
                                      "keyctl", "add_key",         "reboot",     "sethostname",
                                      "bpf",    "perf_event_open", "init_module" };

static void dangerous_calls_are_denied(void **state)
{
    struct scene *s = *state;

    const char *output = probe_output(s, a_probe("['syscall']"));

    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
        then_mentions(s, "system calls", output, scene_printf(s, "%s EPERM\n", denied[i]));
    then_mentions(s, "system calls", output, "chroot ok\n");
    then_mentions(s, "system calls", output, "mknod ok\n");
}

static void kernel_files_are_hidden_or_read_only(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, a_report());

    const json_t *paths = json_object_get(report, "paths");
    const char *const hidden[] = { "/proc/kcore", "/proc/keys", "/proc/timer_list",
                                   "/proc/scsi",  "/proc/acpi", "/sys/firmware" };
    const char *const fixed[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        const char *is = json_string_value(json_object_get(paths, hidden[i]));
        then_true(s, is && (strcmp(is, "masked") == 0 || strcmp(is, "absent") == 0),
                  "%s masked or absent, not %s", hidden[i], is ? is : "unknown");
    }
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const char *is = json_string_value(json_object_get(paths, fixed[i]));
        then_true(s, is && (strcmp(is, "readonly") == 0 || strcmp(is, "absent") == 0),
                  "%s read-only or absent, not %s", fixed[i], is ? is : "unknown");
    }
    then_string(s, "/sys", json_string_value(json_object_get(paths, "/sys")), "readonly");
    then_string(s, "/", json_string_value(json_object_get(paths, "/")), "writable");
}

static void the_hostname_is_the_ids_beginning(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_report());

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    char wanted[13];
    memcpy(wanted, id, 12);
    wanted[12] = 0;
    then_json(x, "Config.Hostname", wanted);
    then_body_mentions(when_get(s, "/containers/%s/logs?stdout=1", id),
                       scene_printf(s, "\"hostname\":\"%s\"", wanted));
}

static void the_default_environment(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "Hostname", "'web'"));

    then_covers(s, json_object_get(report, "env"),
                json_of("['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', "
                        "'HOSTNAME=web', 'HOME=/root']"),
                "the environment has");
    then_covers(s, report, json_of("{'uid': 0, 'gid': 0, 'cwd': '/', 'pid': 1, 'ppid': 0}"),
                "the process has");
}

static void the_default_devices(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, a_report());

    then_covers(s, json_object_get(report, "dev"),
                json_of("['full', 'null', 'ptmx', 'pts', 'random', 'shm', 'mqueue', 'tty', 'urandom', "
                        "'zero', 'fd', 'stdin', 'stdout', 'stderr']"),
                "/dev has");
}

static void the_default_mounts(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, a_report());

    const json_t *mounts = json_object_get(report, "mounts");
    then_covers(
        s, mounts,
        json_of(
            "[{'point': '/proc', 'type': 'proc'}, {'point': '/dev', 'type': 'tmpfs'}, {'point': '/dev/pts', "
            "'type': 'devpts'}, {'point': '/dev/mqueue', 'type': 'mqueue'}, {'point': '/sys', 'type': "
            "'sysfs'}, {'point': '/etc/hosts'}, {'point': '/etc/hostname'}, {'point': '/etc/resolv.conf'}]"),
        "the mounts are");
    then_covers(s, mounts, json_of("[{'point': '/dev/shm', 'type': 'tmpfs', 'super': 'rw,size=65536k'}]"),
                "64 MiB of shared memory");
}

static void a_pid_namespace_of_its_own(void **state)
{
    struct scene *s = *state;
    const char *output = probe_output(s, a_probe("['ps']"));

    then_mentions(s, "processes", output, "{\"pid\":1,");
    then_true(s, strchr(output, '\n') && !strchr(output, '\n')[1], "one process alone, not %.300s", output);
}

/* --- user --- */

static const struct user {
    const char *label, *user, *report;
} users[] = {
    {"number",          "1000",        "{'uid': 1000, 'gid': 1000, 'groups': [1000, 2001, 2002]}"},
    { "name",           "probe",
     "{'uid': 1000, 'gid': 1000, 'groups': [1000, 2001, 2002], 'env': ['HOME=/home/probe']}"     },
    { "name and group", "probe:green", "{'uid': 1000, 'gid': 2002}"                              },
    { "numbers",        "1000:2002",   "{'uid': 1000, 'gid': 2002}"                              },
    { "unknown number", "7777",
     "{'uid': 7777, 'gid': 0, 'capabilities': {'effective': '0000000000000000', 'permitted': "
      "'0000000000000000'}}"                                                                     },
};

static json_t *from_table(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = json_from_template(template, args);
    va_end(args);
    return ret;
}

static void the_process_runs_as_the_user(void **state)
{
    struct scene *s = *state;
    const struct user *row = s->row;

    const json_t *report = probe_report(s, with(a_report(), "User", "'%s'", row->user));

    then_covers(s, report, from_table(row->report), "the process has");
}

static void groups_are_added(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.GroupAdd", "['blue', '4242']"));

    then_covers(s, json_object_get(report, "groups"), json_of("[2001, 4242]"), "the groups have");
}

static const struct stranger {
    const char *label, *user;
} strangers[] = {
    {"user",   "plimsoll-nobody"     },
    { "group", "root:plimsoll-nobody"},
};

static void an_unknown_user_is_noticed_at_the_start(void **state)
{
    struct scene *s = *state;
    const struct stranger *row = s->row;
    const char *id = given_created(s, with(a_report(), "User", "'%s'", row->user));

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_error_mentions(x, "plimsoll-nobody");
    x = when_get(s, "/containers/%s/json", id);
    then_json(x, "State.Status", "created");
    then_json_contains(x, "State.Error", "plimsoll-nobody");
}

/* --- the process --- */

static void a_working_folder_is_made(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "WorkingDir", "'/new/dir'"));

    then_string(s, "working folder", text_at(report, "cwd"), "/new/dir");
}

static void variables_reach_the_process(void **state)
{
    struct scene *s = *state;

    const json_t *report =
        probe_report(s, with(a_report(), "Env", "['A=1', 'EMPTY=', 'A=2', 'PLIMSOLL_UNSET']"));

    then_covers(s, json_object_get(report, "env"), json_of("['A=2', 'EMPTY=']"), "the environment has");
    const json_t *value;
    size_t i;
    json_array_foreach (json_object_get(report, "env"), i, value) {
        then_true(s, strcmp(json_string_value(value), "A=1") != 0,
                  "the last of two variables of one name, not also A=1");
        then_true(s, strncmp(json_string_value(value), "PLIMSOLL_UNSET", 14) != 0,
                  "no variable that was given without a value");
    }
}

static void an_entry_point_comes_before_the_command(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_probe("['two']"), "Entrypoint", "['/bin/probe', 'args', 'one']");

    const char *output = probe_output(s, body);

    then_string(s, "arguments", output, "\"args\"\n\"one\"\n\"/bin/probe\"\n\"two\"\n");
}

static void an_init_is_process_1(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.Init", "true"));

    then_int(s, "parent of the process", number_at(report, "ppid"), 1);
    then_true(s, number_at(report, "pid") > 1, "the process is not process 1");
}

static void an_init_passes_signals_on_and_the_exit_code_back(void **state)
{
    struct scene *s = *state;
    const char *id = given_ready(s, with(a_container("catcher"), "HostConfig.Init", "true"));

    struct exchange *x = when_post(s, "/containers/%s/stop", id);

    then_status(x, 204);
    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 3);
}

/* --- rights --- */

static const struct rights {
    const char *label, *host_config;
    unsigned long long effective;
} rights[] = {
    {"one more",             "{'CapAdd': ['NET_ADMIN']}",                 0xa80435fb},
    { "one more, with CAP_", "{'CapAdd': ['CAP_NET_ADMIN']}",             0xa80435fb},
    { "one less",            "{'CapDrop': ['CHOWN']}",                    0xa80425fa},
    { "none",                "{'CapDrop': ['ALL']}",                      0         },
    { "one alone",           "{'CapDrop': ['all'], 'CapAdd': ['chown']}", 1         },
};

static void capabilities_are_added_and_dropped(void **state)
{
    struct scene *s = *state;
    const struct rights *row = s->row;
    json_t *body = a_report();
    json_object_set_new(body, "HostConfig", from_table(row->host_config));

    const json_t *report = probe_report(s, body);

    then_int(s, "effective capabilities", (long long)bits_at(report, "capabilities.effective"),
             (long long)row->effective);
    then_int(s, "bounding set", (long long)bits_at(report, "capabilities.bounding"),
             (long long)row->effective);
}

static const struct option {
    const char *label, *option, *member;
    int value;
} options[] = {
    {"no-new-privileges",       "no-new-privileges",      "no_new_privs", 1},
    { "no-new-privileges:true", "no-new-privileges:true", "no_new_privs", 1},
    { "seccomp=unconfined",     "seccomp=unconfined",     "seccomp",      0},
};

static void a_security_option_holds(void **state)
{
    struct scene *s = *state;
    const struct option *row = s->row;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.SecurityOpt", "['%s']", row->option));

    then_int(s, row->member, number_at(report, row->member), row->value);
}

static void a_privileged_container_may_all(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_report(), "HostConfig.Privileged", "true"));
    struct exchange *x = when_post(s, "/containers/%s/start", id);
    if (x->status >= 400 && strstr(x->body, "not permitted"))
        case_blocked(s, "the engine itself may not: %.200s", x->body);
    then_status(x, 204);
    wait_until_container_is(s, id, "exited");

    x = when_get(s, "/containers/%s/logs?stdout=1", id);

    then_status(x, 200);
    then_body_mentions(x, "\"seccomp\":0");
    then_body_mentions(x, "\"/sys\":\"writable\"");
    then_body_mentions(x, "\"/proc/sys\":\"writable\"");
    then_body_lacks(x, "\"effective\":\"00000000a80425fb\"");
}

/* --- files --- */

static void a_read_only_root_takes_no_file(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_exited(s, with(a_probe("['write', '/file', 'text']"), "HostConfig.ReadonlyRootfs", "true"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_int(x, "State.ExitCode", 1);
    then_body_mentions(when_get(s, "/containers/%s/logs?stderr=1", id), "EROFS");
}

static void a_read_only_root_has_writable_mounts(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_probe("['write', '/data/file', 'text']"), "HostConfig.ReadonlyRootfs", "true");
    with(body, "HostConfig.Tmpfs", "{'/data': ''}");

    const char *id = given_exited(s, body);

    then_json_int(when_get(s, "/containers/%s/json", id), "State.ExitCode", 0);
}

static const struct tmpfs {
    const char *label, *host_config, *super;
} tmpfs[] = {
    {"Tmpfs",   "{'Tmpfs': {'/data': 'size=1m,mode=700'}}", "size=1024k,mode=700"},
    { "Mounts",
     "{'Mounts': [{'Type': 'tmpfs', 'Target': '/data', 'TmpfsOptions': {'SizeBytes': 1048576, 'Mode': "
      "448}}]}",                                            "size=1024k,mode=700"},
};

static size_t mounted_at(const json_t *report, const char *point)
{
    const json_t *mount;
    size_t i, ret = 0;

    json_array_foreach (json_object_get(report, "mounts"), i, mount)
        ret += strcmp(json_string_value(json_object_get(mount, "point")), point) == 0;
    return ret;
}

static void a_tmpfs_is_there(void **state)
{
    struct scene *s = *state;
    const struct tmpfs *row = s->row;
    json_t *body = a_report();
    json_object_set_new(body, "HostConfig", from_table(row->host_config));

    const json_t *report = probe_report(s, body);

    then_covers(s, json_object_get(report, "mounts"),
                json_of("[{'point': '/data', 'type': 'tmpfs', 'super': 'rw,%s'}]", row->super),
                "the mounts have");
    then_int(s, "how often /data is mounted", (long long)mounted_at(report, "/data"), 1);
}

static void a_tmpfs_is_nosuid_nodev_noexec(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.Tmpfs", "{'/data': ''}"));

    then_covers(s, json_object_get(report, "mounts"),
                json_of("[{'point': '/data', 'options': 'rw,nosuid,nodev,noexec,relatime'}]"),
                "the mounts have");
}

static void what_is_written_to_a_volume_stays(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    given_exited(
        s, with(a_probe("['write', '/data/file', 'kept']"), "HostConfig.Binds", "['%s:/data']", volume));

    const char *output =
        probe_output(s, with(a_probe("['read', '/else/file']"), "HostConfig.Mounts",
                             "[{'Type': 'volume', 'Source': '%s', 'Target': '/else'}]", volume));

    then_string(s, "the volume's file", output, "kept");
}

static void a_read_only_volume_takes_no_file(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);

    const char *id = given_exited(
        s, with(a_probe("['write', '/data/file', 'text']"), "HostConfig.Binds", "['%s:/data:ro']", volume));

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "State.ExitCode", 1);
    then_json_bool(x, "Mounts[0].RW", false);
    then_body_mentions(when_get(s, "/containers/%s/logs?stderr=1", id), "EROFS");
}

static void a_new_volume_gets_what_the_image_has_there(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    json_t *body = json_of("{'Image': '%s', 'Cmd': ['read', '/volume/file']}", given_image(s, "config"));

    const char *output = probe_output(s, with(body, "HostConfig.Binds", "['%s:/volume']", volume));

    then_string(s, "the volume's file", output, "from the image\n");
}

static void no_copy_leaves_a_volume_empty(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    json_t *body = json_of("{'Image': '%s', 'Cmd': ['ls', '/volume']}", given_image(s, "config"));

    const char *output = probe_output(
        s,
        with(body, "HostConfig.Mounts",
             "[{'Type': 'volume', 'Source': '%s', 'Target': '/volume', 'VolumeOptions': {'NoCopy': true}}]",
             volume));

    then_string(s, "the volume's files", output, "");
}

static void volumes_of_another_container_are_shared(void **state)
{
    struct scene *s = *state;
    const char *other =
        given_exited(s, with(a_probe("['write', '/data/file', 'shared']"), "Volumes", "{'/data': {}}"));

    const char *output =
        probe_output(s, with(a_probe("['read', '/data/file']"), "HostConfig.VolumesFrom", "['%s']", other));

    then_string(s, "the file of the shared volume", output, "shared");
    const char *again =
        given_created(s, with(a_probe("['read', '/data/file']"), "HostConfig.VolumesFrom", "['%s']", other));
    then_json_equals(when_get(s, "/containers/%s/json", again), "HostConfig.VolumesFrom", "['%s']", other);
}

static void shared_memory_has_the_size(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.ShmSize", "%d", 8 << 20));

    then_covers(s, json_object_get(report, "mounts"),
                json_of("[{'point': '/dev/shm', 'super': 'rw,size=8192k'}]"), "the mounts have");
}

/* --- limits --- */

static void limits_of_memory_cpu_and_processes(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_report(), "HostConfig.Memory", "%d", 32 << 20);
    with(body, "HostConfig.NanoCpus", "500000000");
    with(body, "HostConfig.PidsLimit", "33");

    const json_t *report = probe_report(s, body);

    then_covers(s, json_at(report, "cgroup.limits"),
                json_of("{'memory': 33554432, 'memory_and_swap': 67108864, 'cpu_period': 100000, "
                        "'cpu_quota': 50000, 'pids': 33}"),
                "the limits are");
}

static void a_period_and_a_quota(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_report(), "HostConfig.CpuPeriod", "50000");
    with(body, "HostConfig.CpuQuota", "20000");

    const json_t *report = probe_report(s, body);

    then_covers(s, json_at(report, "cgroup.limits"), json_of("{'cpu_period': 50000, 'cpu_quota': 20000}"),
                "the limits are");
}

static void who_takes_too_much_memory_is_killed(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_probe("['memory', '64m', 'forever']"), "HostConfig.Memory", "%d", 16 << 20);

    const char *id = given_exited(s, with(body, "HostConfig.MemorySwap", "%d", 16 << 20));

    wait_until(s, "State.OOMKilled", "true", "/containers/%s/json",
               id); /* dockerd may hear of it after the end */
    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "State.ExitCode", 137);
    then_json_bool(x, "State.OOMKilled", true);
}

static void ulimits_reach_the_process(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(
        s, with(a_report(), "HostConfig.Ulimits",
                "[{'Name': 'nofile', 'Soft': 100, 'Hard': 200}, {'Name': 'nproc', 'Soft': 64, 'Hard': 65}]"));

    then_int(s, "soft limit of files", number_at(report, "rlimits.nofile[0]"), 100);
    then_int(s, "hard limit of files", number_at(report, "rlimits.nofile[1]"), 200);
    then_int(s, "soft limit of processes", number_at(report, "rlimits.nproc[0]"), 64);
}

static void a_sysctl_is_set(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_probe("['report', 'net.core.somaxconn']"),
                                                "HostConfig.Sysctls", "{'net.core.somaxconn': '77'}"));

    then_string(s, "net.core.somaxconn", text_at(report, "sysctls.net\\.core\\.somaxconn"), "77");
}

static void the_oom_score_is_set(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.OomScoreAdj", "100"));

    then_int(s, "oom_score_adj", number_at(report, "oom_score_adj"), 100);
}

/* --- names and networks --- */

static void the_hostname_is_set(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_report(), "Hostname", "'web'");

    const json_t *report = probe_report(s, with(body, "Domainname", "'example.org'"));

    then_string(s, "host name", text_at(report, "hostname"), "web");
    then_string(s, "domain name", text_at(report, "domainname"), "example.org");
    then_string(s, "/etc/hostname", text_at(report, "hostname_file"), "web");
    then_mentions(s, "/etc/hosts", text_at(report, "hosts"), "\tweb.example.org web");
}

static void extra_hosts_are_in_etc_hosts(void **state)
{
    struct scene *s = *state;

    const json_t *report =
        probe_report(s, with(a_report(), "HostConfig.ExtraHosts", "['db:10.1.2.3', 'six:fd00::1']"));

    then_mentions(s, "/etc/hosts", text_at(report, "hosts"), "127.0.0.1\tlocalhost\n");
    then_mentions(s, "/etc/hosts", text_at(report, "hosts"), "10.1.2.3\tdb\n");
    then_mentions(s, "/etc/hosts", text_at(report, "hosts"), "fd00::1\tsix\n");
}

static void host_gateway_is_the_hosts_address(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.ExtraHosts", "['gw:host-gateway']"));

    const char *hosts = text_at(report, "hosts");
    then_mentions(s, "/etc/hosts", hosts, "\tgw\n");
    then_true(s, !strstr(hosts, "host-gateway"), "an address instead of host-gateway");
}

static void dns_settings_are_in_resolv_conf(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_report(), "HostConfig.Dns", "['192.0.2.1']");
    with(body, "HostConfig.DnsSearch", "['example.org']");

    const json_t *report = probe_report(s, with(body, "HostConfig.DnsOptions", "['ndots:3']"));

    then_mentions(s, "/etc/resolv.conf", text_at(report, "resolv_conf"), "nameserver 192.0.2.1\n");
    then_mentions(s, "/etc/resolv.conf", text_at(report, "resolv_conf"), "search example.org\n");
    then_mentions(s, "/etc/resolv.conf", text_at(report, "resolv_conf"), "\noptions ndots:3");
}

static void no_network_is_loopback_alone(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.NetworkMode", "'none'"));

    then_int(s, "interfaces", (long long)json_array_size(json_object_get(report, "interfaces")), 1);
    then_string(s, "the interface", text_at(report, "interfaces[0].name"), "lo");
    then_true(s, json_is_true(json_at(report, "interfaces[0].up")), "lo is up");
}

static void a_bridge_gives_an_interface_and_a_route(void **state)
{
    struct scene *s = *state;

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.NetworkMode", "'bridge'"));

    then_covers(s, json_object_get(report, "interfaces"),
                json_of("[{'name': 'lo', 'up': true}, {'name': 'eth0', 'up': true}]"), "the interfaces are");
    then_covers(s, json_object_get(report, "routes"), json_of("[{'to': 'default', 'interface': 'eth0'}]"),
                "the routes have");
}

static void the_hosts_network_is_the_hosts_name_too(void **state)
{
    struct scene *s = *state;
    const char *name = json_string_value(json_at(given_get(s, "/info"), "Name"));

    const json_t *report = probe_report(s, with(a_report(), "HostConfig.NetworkMode", "'host'"));

    then_string(s, "host name", text_at(report, "hostname"), name);
}

static void the_network_of_another_container(void **state)
{
    struct scene *s = *state;
    const char *other = given_running_container(s, "sleeper");
    const char *name_there = probe_exec(s, other, "['report']");
    json_t *there = json_loads(name_there, 0, NULL);

    const json_t *report =
        probe_report(s, with(a_report(), "HostConfig.NetworkMode", "'container:%s'", other));

    bool same = json_equal(json_at(there, "namespaces.net"), json_at(report, "namespaces.net")) &&
                json_is_string(json_at(there, "namespaces.net"));
    json_decref(there);
    then_true(s, same, "the same network namespace");
}

/* --- what is shared and shown --- */

static void devices_and_paths_are_those_asked_for(void **state)
{
    struct scene *s = *state;
    json_t *body =
        with(a_report(), "HostConfig.Devices",
             "[{'PathOnHost': '/dev/null', 'PathInContainer': '/dev/nil', 'CgroupPermissions': 'rwm'}]");
    with(body, "HostConfig.MaskedPaths", "['/proc/keys']");
    with(body, "HostConfig.ReadonlyPaths", "['/proc/irq']");

    const json_t *report = probe_report(s, body);

    then_covers(s, json_at(report, "dev"), json_of("['nil']"), "devices");
    then_string(s, "/proc/keys", text_at(report, "paths./proc/keys"), "masked");
    then_true(s, strcmp(text_at(report, "paths./proc/kcore"), "masked") != 0, "/proc/kcore is not masked");
    then_true(s, strcmp(text_at(report, "paths./proc/sys"), "readonly") != 0, "/proc/sys is not read-only");
}

static const char *namespace_of(struct scene *s, const char *id, const char *kind)
{
    json_t *report = json_loads(probe_exec(s, id, "['report']"), 0, NULL);
    const char *ret = scene_printf(s, "%s", text_at(report, scene_printf(s, "namespaces.%s", kind)));

    json_decref(report);
    return ret;
}

static void namespaces_are_shared(void **state)
{
    struct scene *s = *state;
    const char *first = given_running(s, with(a_container("sleeper"), "HostConfig.IpcMode", "'shareable'"));
    json_t *body = with(a_container("sleeper"), "HostConfig.IpcMode", "'container:%s'", first);
    with(body, "HostConfig.UTSMode", "'host'");
    const char *second = given_running(s, with(body, "HostConfig.PidMode", "'container:%s'", first));

    then_string(s, "IPC namespace", namespace_of(s, second, "ipc"), namespace_of(s, first, "ipc"));
    then_string(s, "PID namespace", namespace_of(s, second, "pid"), namespace_of(s, first, "pid"));
    then_string(s, "host name", probe_exec(s, second, "['hostname']"),
                scene_printf(s, "%s\n", json_string_value(json_at(given_get(s, "/info"), "Name"))));
}

/* Below the root nothing is left when the container goes. */
static void the_cgroup_lies_where_it_is_told(void **state)
{
    struct scene *s = *state;
    const char *driver = json_string_value(json_at(given_get(s, "/info"), "CgroupDriver"));
    if (!driver || strcmp(driver, "cgroupfs") != 0)
        case_not_applicable(s, "the cgroup driver is not cgroupfs");
    const char *usual = given_running(s, with(a_container("sleeper"), "HostConfig.CgroupnsMode", "'host'"));
    json_t *body = with(a_container("sleeper"), "HostConfig.CgroupnsMode", "'host'");
    const char *moved = given_running(s, with(body, "HostConfig.CgroupParent", "'/'"));

    then_mentions(s, "cgroups", probe_exec(s, usual, "['read', '/proc/1/cgroup']"),
                  scene_printf(s, "/%s\n", usual));
    then_mentions(s, "cgroups", probe_exec(s, moved, "['read', '/proc/1/cgroup']"),
                  scene_printf(s, ":/%s\n", moved));
}

static void all_exposed_ports_are_published(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "ExposedPorts", "{'80/tcp': {}, '81/udp': {}}");
    const char *id = given_running(s, with(body, "HostConfig.PublishAllPorts", "true"));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_true(s, atoi(text_at(answer_json(x, ""), "NetworkSettings.Ports.80/tcp[0].HostPort")) > 0,
              "a port of the host for 80/tcp");
    then_true(s, atoi(text_at(answer_json(x, ""), "NetworkSettings.Ports.81/udp[0].HostPort")) > 0,
              "a port of the host for 81/udp");
}

static void a_mount_makes_its_volume(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "volume");

    given_created(s, with(a_container("sleeper"), "HostConfig.Mounts",
                          "[{'Type': 'volume', 'Source': '%s', 'Target': '/m', 'VolumeOptions': {'Labels': "
                          "{'plimsoll.run': '%s', 'plimsoll.case': '%s', 'color': 'red'}, 'DriverConfig': "
                          "{'Name': 'local', 'Options': {'type': 'tmpfs', 'device': 'tmpfs'}}}}]",
                          name, s->run, s->case_name));

    struct exchange *x = when_get(s, "/volumes/%s", name);

    then_status(x, 200);
    then_json(x, "Labels.color", "red");
    then_json(x, "Driver", "local");
    then_json_equals(x, "Options", "{'type': 'tmpfs', 'device': 'tmpfs'}");
}

/* What the engine fills in when the container starts is told until then as it was asked for. */
static void an_endpoint_is_kept_until_the_start(void **state)
{
    struct scene *s = *state;
    const char *prefix = scene_unique_prefix(s), *friend = given_container(s, "sleeper");
    const char *net = given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24'}]}}", prefix));
    const char *name = given_network_name(s, net);
    json_t *wanted = json_of(
        "{'IPAMConfig': {'IPv4Address': '%s.77', 'LinkLocalIPs': "
        "['169.254.77.77']}, 'Links': ['%s:buddy'], 'MacAddress': '02:42:0a:00:4d:63', 'DriverOpts': "
        "{'color': 'red'}, 'NetworkID': '%s', 'EndpointID': '%s', 'Gateway': '%s.9', 'IPAddress': '%s.99', "
        "'IPPrefixLen': 20, 'IPv6Gateway': 'fd00:77::9', 'GlobalIPv6Address': 'fd00:77::99', "
        "'GlobalIPv6PrefixLen': 80, 'DNSNames': ['also']}",
        prefix, friend, net, scene_printf(s, "%064d", 7), prefix, prefix);
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", name), *value;
    const char *member;

    json_set_at(body, scene_printf(s, "NetworkingConfig.EndpointsConfig.%s", name), json_deep_copy(wanted));
    struct exchange *x = when_create(s, NULL, body);
    struct exchange *after = when_get(s, "/containers/%s/json", answer_string(x, "Id"));

    then_status(x, 201);
    json_object_foreach (wanted, member, value)
        then_json_value(after, scene_printf(s, "NetworkSettings.Networks.%s.%s", name, member),
                        json_incref(value));
    json_decref(wanted);
}

CASES(container_create_host) = {
    CASE("ContainerCreate.default-capabilities", the_default_capabilities),
    CASE("ContainerCreate.default-seccomp", a_seccomp_filter_is_on),
    CASE("ContainerCreate.default-seccomp", dangerous_calls_are_denied),
    CASE("ContainerCreate.default-paths", kernel_files_are_hidden_or_read_only),
    CASE("ContainerCreate.default-hostname", the_hostname_is_the_ids_beginning),
    CASE("ContainerCreate.default-environment", the_default_environment),
    CASE("ContainerCreate.default-devices", the_default_devices),
    CASE("ContainerCreate.default-mounts", the_default_mounts),
    CASE("ContainerCreate.default-pids", a_pid_namespace_of_its_own),
    CASE_ROWS("ContainerCreate.user", the_process_runs_as_the_user, users),
    CASE("ContainerCreate.group-add", groups_are_added),
    CASE_ROWS("ContainerCreate.unknown-user", an_unknown_user_is_noticed_at_the_start, strangers),
    CASE("ContainerCreate.working-dir", a_working_folder_is_made),
    CASE("ContainerCreate.env", variables_reach_the_process),
    CASE("ContainerCreate.entrypoint-and-cmd", an_entry_point_comes_before_the_command),
    CASE("ContainerCreate.init", an_init_is_process_1),
    CASE("ContainerCreate.init", an_init_passes_signals_on_and_the_exit_code_back),
    CASE_ROWS("ContainerCreate.capabilities", capabilities_are_added_and_dropped, rights),
    CASE_ROWS("ContainerCreate.security-opt", a_security_option_holds, options),
    CASE_NEEDS("ContainerCreate.privileged", a_privileged_container_may_all, NEEDS_PRIVILEGED),
    CASE("ContainerCreate.read-only", a_read_only_root_takes_no_file),
    CASE("ContainerCreate.read-only", a_read_only_root_has_writable_mounts),
    CASE_ROWS("ContainerCreate.tmpfs", a_tmpfs_is_there, tmpfs),
    CASE("ContainerCreate.tmpfs-options", a_tmpfs_is_nosuid_nodev_noexec),
    CASE_NEEDS("ContainerCreate.volume", what_is_written_to_a_volume_stays, NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerCreate.volume-read-only", a_read_only_volume_takes_no_file, NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerCreate.volume-copy", a_new_volume_gets_what_the_image_has_there,
               NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerCreate.volume-no-copy", no_copy_leaves_a_volume_empty, NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerCreate.volumes-from", volumes_of_another_container_are_shared, NEEDS_LOCAL_VOLUMES),
    CASE("ContainerCreate.shm-size", shared_memory_has_the_size),
    CASE_NEEDS("ContainerCreate.limits", limits_of_memory_cpu_and_processes,
               NEEDS_MEMORY_LIMIT | NEEDS_CPU_QUOTA | NEEDS_PIDS_LIMIT),
    CASE_NEEDS("ContainerCreate.cpu-quota", a_period_and_a_quota, NEEDS_CPU_QUOTA),
    CASE_NEEDS("ContainerCreate.oom", who_takes_too_much_memory_is_killed, NEEDS_MEMORY_LIMIT),
    CASE("ContainerCreate.ulimits", ulimits_reach_the_process),
    CASE("ContainerCreate.sysctls", a_sysctl_is_set),
    CASE("ContainerCreate.oom-score", the_oom_score_is_set),
    CASE("ContainerCreate.hostname", the_hostname_is_set),
    CASE("ContainerCreate.extra-hosts", extra_hosts_are_in_etc_hosts),
    CASE_NEEDS("ContainerCreate.host-gateway", host_gateway_is_the_hosts_address, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerCreate.dns", dns_settings_are_in_resolv_conf),
    CASE("ContainerCreate.network-none", no_network_is_loopback_alone),
    CASE_NEEDS("ContainerCreate.network-bridge", a_bridge_gives_an_interface_and_a_route,
               NEEDS_BRIDGE_NETWORK),
    CASE("ContainerCreate.network-host", the_hosts_network_is_the_hosts_name_too),
    CASE("ContainerCreate.network-container", the_network_of_another_container),
    CASE("ContainerCreate.devices", devices_and_paths_are_those_asked_for),
    CASE("ContainerCreate.shared-namespaces", namespaces_are_shared),
    CASE("ContainerCreate.cgroup-parent", the_cgroup_lies_where_it_is_told),
    CASE_NEEDS("ContainerCreate.publish-all", all_exposed_ports_are_published, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerCreate.mount-makes-volume", a_mount_makes_its_volume, NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerCreate.endpoint-kept", an_endpoint_is_kept_until_the_start, NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
