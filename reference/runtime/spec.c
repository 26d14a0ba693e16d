/* runtime/spec.c - see spec.h. Each part of the document has a function, the table of contents is spec_make(). What a
 * container gets that asks for nothing was compared with the bundles of docker-20.10 and 28.5; where these differ (masked
 * paths, seccomp) the newer one is followed. */
#include "runtime/spec.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "runtime/capabilities.h"
#include "runtime/cgroup.h"
#include "runtime/devices.h"
#include "runtime/mounts.h"
#include "runtime/resources.h"
#include "runtime/seccomp.h"

static const char *const masked_paths[] = {
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
    NULL,
};
static const char *const readonly_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

int spec_check(const json_t *host_config, struct error *err)
{
    return capabilities_check(host_config, err);
}

/* "key=value" or "key:value" of HostConfig.SecurityOpt; "" for a key alone, NULL when it is not there. */
static const char *security_opt(const json_t *host_config, const char *key)
{
    json_t *list = json_at(host_config, "SecurityOpt"), *item;
    const char *found = NULL;
    size_t i, n = strlen(key);

    json_array_foreach (list, i, item) {
        const char *text = json_is_string(item) ? json_string_value(item) : "";

        if (str_starts(text, key) && (text[n] == '=' || text[n] == ':'))
            found = text + n + 1;
        else if (str_eq(text, key))
            found = "";
    }
    return found;
}

static bool wants_no_new_privileges(const struct spec *spec)
{
    const char *option = security_opt(spec->host_config, "no-new-privileges");

    return spec->no_new_privileges ||
           (option && (str_eq(option, "") || str_eq(option, "true") || str_eq(option, "1")));
}

static json_t *user_object(const struct spec_user *user)
{
    json_t *made = json_pack("{s:I, s:I}", "uid", (json_int_t)user->uid, "gid", (json_int_t)user->gid);
    json_t *more = json_array();

    for (size_t i = 0; i < user->extra_count; i++)
        json_array_append_new(more, json_integer(user->extra[i]));
    json_object_set_new(made, "additionalGids", more);
    return made;
}

static json_t *capability_sets(const struct strv *names)
{
    json_t *list = json_from_strv(names);
    json_t *sets = json_pack("{s:O, s:O, s:O}", "bounding", list, "effective", list, "permitted", list);

    json_decref(list);
    return sets;
}

static json_t *rlimits(const json_t *host_config)
{
    json_t *list = json_at(host_config, "Ulimits"), *item, *made = json_array();
    size_t i;

    json_array_foreach (list, i, item) {
        char type[64] = "RLIMIT_";
        const char *name = json_str_at(item, "Name", "");
        size_t n = strlen(type);

        for (; *name && n < sizeof(type) - 1; name++)
            type[n++] = (char)toupper((unsigned char)*name);
        type[n] = '\0';
        json_array_append_new(made, json_pack("{s:s, s:I, s:I}", "type", type, "hard",
                                              (json_int_t)json_int_at(item, "Hard", 0), "soft",
                                              (json_int_t)json_int_at(item, "Soft", 0)));
    }
    return made;
}

/* Lowering it needs CAP_SYS_RESOURCE, so what is so already is not asked for. */
static void oom_score(const json_t *host_config, json_t *process)
{
    int64_t wanted = json_int_at(host_config, "OomScoreAdj", 0), own;
    scoped_str text = { 0 };

    if (file_read("/proc/self/oom_score_adj", 64, &text, NULL) == 0)
        str_cut(&text, strcspn(str_text(&text), "\n"));
    if (!str_to_int64(str_text(&text), &own) || own != wanted)
        json_object_set_new(process, "oomScoreAdj", json_integer(wanted));
}

static json_t *arguments(const struct spec *spec)
{
    scoped_strv all = { 0 };

    if (spec->init) {
        strv_add(&all, INIT_TARGET);
        strv_add(&all, "--");
    }
    strv_add_all(&all, &spec->args);
    return json_from_strv(&all);
}

static json_t *process_object(const struct spec *spec, const struct strv *capabilities)
{
    json_t *process = json_object();

    if (spec->tty)
        json_object_set_new(process, "terminal", json_true());
    if (spec->tty && spec->tty_rows && spec->tty_cols)
        json_object_set_new(process, "consoleSize",
                            json_pack("{s:i, s:i}", "height", spec->tty_rows, "width", spec->tty_cols));
    json_object_set_new(process, "user", user_object(&spec->user));
    json_object_set_new(process, "args", arguments(spec));
    json_object_set_new(process, "env", json_from_strv(&spec->env));
    json_put_str(process, "cwd", str_empty(spec->cwd) ? "/" : spec->cwd);
    json_object_set_new(process, "capabilities", capability_sets(capabilities));
    json_object_set_new(process, "rlimits", rlimits(spec->host_config));
    json_object_set_new(process, "noNewPrivileges", json_boolean(wants_no_new_privileges(spec)));
    oom_score(spec->host_config, process);
    return process;
}

/* `wish`: NULL a new one, "host" none, else the path of one that is there. */
static void add_namespace(json_t *to, const char *type, const char *wish)
{
    json_t *one;

    if (str_eq(wish, "host"))
        return;
    one = json_pack("{s:s}", "type", type);
    if (wish)
        json_put_str(one, "path", wish);
    json_array_append_new(to, one);
}

/* Of its own on v2, the host's on v1, as dockerd chooses when it is not told. */
static const char *cgroup_namespace(const struct spec *spec, const struct host *host)
{
    const char *mode = json_str_at(spec->host_config, "CgroupnsMode", "");

    if (spec->cgroupns)
        return spec->cgroupns;
    if (*mode)
        return str_eq(mode, "host") ? "host" : NULL;
    return host->cgroups == CGROUP_V2 && !spec->privileged ? NULL : "host";
}

static json_t *namespaces(const struct spec *spec, const struct host *host)
{
    json_t *made = json_array();

    add_namespace(made, "mount", NULL);
    add_namespace(made, "network", spec->netns ? spec->netns : "host");
    add_namespace(made, "uts", spec->utsns);
    add_namespace(made, "pid", spec->pidns);
    add_namespace(made, "ipc", spec->ipcns);
    add_namespace(made, "cgroup", cgroup_namespace(spec, host));
    return made;
}

/* A network namespace that is the container's own lets anybody ping and bind low ports. */
static json_t *sysctls(const struct spec *spec)
{
    const json_t *asked = json_at(spec->host_config, "Sysctls");
    json_t *made = json_object();

    if (spec->netns && !str_starts(json_str_at(spec->host_config, "NetworkMode", ""), "container:")) {
        json_object_set_new(made, "net.ipv4.ip_unprivileged_port_start", json_string("0"));
        json_object_set_new(made, "net.ipv4.ping_group_range", json_string("0 2147483647"));
    }
    if (!str_empty(spec->domainname) && !str_eq(spec->utsns, "host"))
        json_object_set_new(made, "kernel.domainname", json_string(spec->domainname));
    if (json_is_object(asked))
        json_object_update(made, (json_t *)asked);
    return made;
}

static json_t *path_list(const struct spec *spec, const char *member, const char *const *defaults)
{
    json_t *given = json_at(spec->host_config, member), *made;

    if (spec->privileged)
        return json_array();
    if (json_is_array(given))
        return json_incref(given);
    made = json_array();
    for (; *defaults; defaults++)
        json_array_append_new(made, json_string(*defaults));
    return made;
}

static int add_seccomp(const struct spec *spec, const struct host *host, const struct strv *capabilities,
                       json_t *linux_part, struct error *err)
{
    const char *option = security_opt(spec->host_config, "seccomp");
    json_t *profile = NULL;

    if (!host->seccomp || spec->privileged || str_eq(option, "unconfined"))
        return 0;
    if (!option || str_eq(option, "") || str_eq(option, "builtin") || str_eq(option, "default"))
        profile = seccomp_default(capabilities);
    else if (seccomp_from_profile(option, capabilities, &profile, err) < 0)
        return -1;
    json_object_set_new(linux_part, "seccomp", profile);
    return 0;
}

static int linux_object(const struct spec *spec, const struct host *host, const struct strv *capabilities,
                        json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *made = json_object();
    scoped_free char *cgroup =
        cgroup_path(host, json_str_at(spec->host_config, "CgroupParent", ""), spec->id);
    json_t *nodes, *rules, *resources;

    if (devices_make(spec->host_config, spec->privileged, &nodes, &rules, err) < 0)
        return -1;
    resources = resources_make(spec->host_config, host);
    json_object_set_new(resources, "devices", rules);
    json_object_set_new(made, "resources", resources);
    json_object_set_new(made, "devices", nodes);
    json_object_set_new(made, "sysctl", sysctls(spec));
    json_object_set_new(made, "cgroupsPath", json_sprintf("/%s", cgroup));
    json_object_set_new(made, "namespaces", namespaces(spec, host));
    json_object_set_new(made, "maskedPaths", path_list(spec, "MaskedPaths", masked_paths));
    json_object_set_new(made, "readonlyPaths", path_list(spec, "ReadonlyPaths", readonly_paths));
    if (add_seccomp(spec, host, capabilities, made, err) < 0)
        return -1;
    *ret = take_ptr(&made);
    return 0;
}

int spec_make(const struct spec *spec, const struct runtimes *r, json_t **ret, struct error *err)
{
    const struct host *host = runtimes_host(r);
    scoped(json_decref) json_t *made = json_object();
    scoped_strv capabilities = { 0 };
    json_t *mounts, *linux_part;

    if (capabilities_make(spec->host_config, spec->privileged, &capabilities, err) < 0)
        return -1;
    json_object_set_new(made, "ociVersion", json_string("1.0.2"));
    json_object_set_new(made, "process", process_object(spec, &capabilities));
    json_object_set_new(made, "root",
                        json_pack("{s:s, s:b}", "path", spec->rootfs, "readonly", spec->readonly_rootfs));
    if (!str_eq(spec->utsns, "host") && !str_empty(spec->hostname))
        json_put_str(made, "hostname", spec->hostname);
    if (mounts_make(spec, host, &mounts, err) < 0)
        return -1;
    json_object_set_new(made, "mounts", mounts);
    if (json_object_size(spec->annotations))
        json_object_set(made, "annotations", (json_t *)spec->annotations);
    if (linux_object(spec, host, &capabilities, &linux_part, err) < 0)
        return -1;
    json_object_set_new(made, "linux", linux_part);
    *ret = take_ptr(&made);
    return 0;
}

/* Env of an exec: the container's, with what is given replaced or added by name. */
static void merge_env(const json_t *base, const json_t *more, struct strv *ret)
{
    json_t *item;
    size_t i;

    json_array_foreach (base, i, item)
        if (json_is_string(item))
            strv_add(ret, json_string_value(item));
    json_array_foreach (more, i, item) {
        const char *text = json_is_string(item) ? json_string_value(item) : "";
        size_t name = strcspn(text, "=");

        for (size_t k = 0; k < ret->count; k++)
            if (strncmp(ret->items[k], text, name) == 0 && ret->items[k][name] == '=') {
                strv_remove(ret, k);
                break;
            }
        if (text[name] == '=') /* a name alone removes it */
            strv_add(ret, text);
    }
}

static void exec_privileged(json_t *process)
{
    scoped_strv all = { 0 };

    capabilities_make(NULL, true, &all, NULL);
    json_object_set_new(process, "capabilities", capability_sets(&all));
}

int spec_exec_process(const json_t *base, const json_t *config, const struct spec_user *user, json_t **ret,
                      struct error *err)
{
    scoped(json_decref) json_t *process = json_deep_copy(json_at(base, "process"));
    const char *cwd = json_str_at(config, "WorkingDir", "");
    bool tty = json_bool_at(config, "Tty", false);
    scoped_strv env = { 0 };
    json_t *size = json_at(config, "ConsoleSize");

    if (!json_is_object(process))
        return error_set(err, ERR_SYSTEM, "the container's bundle has no process");
    merge_env(json_at(process, "env"), json_at(config, "Env"), &env);
    json_object_set_new(process, "env", json_from_strv(&env));
    json_object_set_new(process, "terminal", json_boolean(tty));
    json_object_del(process, "consoleSize");
    if (tty && json_array_size(size) >= 2 && json_integer_value(json_array_get(size, 0)) > 0)
        json_object_set_new(
            process, "consoleSize",
            json_pack("{s:O, s:O}", "height", json_array_get(size, 0), "width", json_array_get(size, 1)));
    if (json_is_array(json_at(config, "Cmd")))
        json_object_set(process, "args", json_at(config, "Cmd"));
    if (*cwd)
        json_put_str(process, "cwd", cwd);
    if (user)
        json_object_set_new(process, "user", user_object(user));
    if (json_bool_at(config, "Privileged", false))
        exec_privileged(process);
    *ret = take_ptr(&process);
    return 0;
}
