/* cli/run.c - run and create.
 *
 * The order of `run` loses nothing: create, attach, wait for the next exit, start. Only what the user gave is put into
 * the create request; the engine knows the defaults. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/spec.h"
#include "cli/terminal.h"
#include "cli/units.h"

#define FILE_MAX (1u << 20) /* of an environment file or a seccomp profile */

/* -- flags that are one member of the request each -- */

enum member_kind { IS_TEXT, IS_LIST, IS_BOOL, IS_INT, IS_SIZE, IS_MAP, IS_SPAN };

static const struct member {
    const char *flag;
    enum member_kind kind;
    const char *path;
} members[] = {
    {"hostname",               IS_TEXT, "Hostname"                     },
    { "domainname",            IS_TEXT, "Domainname"                   },
    { "user",                  IS_TEXT, "User"                         },
    { "workdir",               IS_TEXT, "WorkingDir"                   },
    { "stop-signal",           IS_TEXT, "StopSignal"                   },
    { "stop-timeout",          IS_INT,  "StopTimeout"                  },
    { "tty",                   IS_BOOL, "Tty"                          },
    { "interactive",           IS_BOOL, "OpenStdin"                    },
    { "health-interval",       IS_SPAN, "Healthcheck.Interval"         },
    { "health-timeout",        IS_SPAN, "Healthcheck.Timeout"          },
    { "health-start-period",   IS_SPAN, "Healthcheck.StartPeriod"      },
    { "health-start-interval", IS_SPAN, "Healthcheck.StartInterval"    },
    { "health-retries",        IS_INT,  "Healthcheck.Retries"          },
    { "annotation",            IS_MAP,  "HostConfig.Annotations"       },
    { "rm",                    IS_BOOL, "HostConfig.AutoRemove"        },
    { "privileged",            IS_BOOL, "HostConfig.Privileged"        },
    { "read-only",             IS_BOOL, "HostConfig.ReadonlyRootfs"    },
    { "publish-all",           IS_BOOL, "HostConfig.PublishAllPorts"   },
    { "init",                  IS_BOOL, "HostConfig.Init"              },
    { "oom-kill-disable",      IS_BOOL, "HostConfig.OomKillDisable"    },
    { "cap-add",               IS_LIST, "HostConfig.CapAdd"            },
    { "cap-drop",              IS_LIST, "HostConfig.CapDrop"           },
    { "dns",                   IS_LIST, "HostConfig.Dns"               },
    { "dns-search",            IS_LIST, "HostConfig.DnsSearch"         },
    { "dns-option",            IS_LIST, "HostConfig.DnsOptions"        },
    { "add-host",              IS_LIST, "HostConfig.ExtraHosts"        },
    { "group-add",             IS_LIST, "HostConfig.GroupAdd"          },
    { "link",                  IS_LIST, "HostConfig.Links"             },
    { "volumes-from",          IS_LIST, "HostConfig.VolumesFrom"       },
    { "device-cgroup-rule",    IS_LIST, "HostConfig.DeviceCgroupRules" },
    { "volume-driver",         IS_TEXT, "HostConfig.VolumeDriver"      },
    { "pid",                   IS_TEXT, "HostConfig.PidMode"           },
    { "ipc",                   IS_TEXT, "HostConfig.IpcMode"           },
    { "uts",                   IS_TEXT, "HostConfig.UTSMode"           },
    { "userns",                IS_TEXT, "HostConfig.UsernsMode"        },
    { "cgroupns",              IS_TEXT, "HostConfig.CgroupnsMode"      },
    { "cgroup-parent",         IS_TEXT, "HostConfig.CgroupParent"      },
    { "runtime",               IS_TEXT, "HostConfig.Runtime"           },
    { "log-driver",            IS_TEXT, "HostConfig.LogConfig.Type"    },
    { "log-opt",               IS_MAP,  "HostConfig.LogConfig.Config"  },
    { "storage-opt",           IS_MAP,  "HostConfig.StorageOpt"        },
    { "sysctl",                IS_MAP,  "HostConfig.Sysctls"           },
    { "memory",                IS_SIZE, "HostConfig.Memory"            },
    { "memory-reservation",    IS_SIZE, "HostConfig.MemoryReservation" },
    { "memory-swap",           IS_SIZE, "HostConfig.MemorySwap"        },
    { "memory-swappiness",     IS_INT,  "HostConfig.MemorySwappiness"  },
    { "shm-size",              IS_SIZE, "HostConfig.ShmSize"           },
    { "cpu-shares",            IS_INT,  "HostConfig.CpuShares"         },
    { "cpu-period",            IS_INT,  "HostConfig.CpuPeriod"         },
    { "cpu-quota",             IS_INT,  "HostConfig.CpuQuota"          },
    { "cpu-rt-period",         IS_INT,  "HostConfig.CpuRealtimePeriod" },
    { "cpu-rt-runtime",        IS_INT,  "HostConfig.CpuRealtimeRuntime"},
    { "cpuset-cpus",           IS_TEXT, "HostConfig.CpusetCpus"        },
    { "cpuset-mems",           IS_TEXT, "HostConfig.CpusetMems"        },
    { "blkio-weight",          IS_INT,  "HostConfig.BlkioWeight"       },
    { "pids-limit",            IS_INT,  "HostConfig.PidsLimit"         },
    { "oom-score-adj",         IS_INT,  "HostConfig.OomScoreAdj"       },
};

static int put_number(json_t *body, const struct member *m, const struct args *args, struct error *err)
{
    const char *text = args_value(args, m->flag, "");
    int64_t number = -1;
    nanos span = 0;

    if (m->kind == IS_SPAN && !clock_parse_duration(text, &span))
        return args_invalid(args, m->flag, text, err, "time: invalid duration \"%s\"", text);
    if (m->kind == IS_SIZE && strcmp(text, "-1") != 0 && !units_parse_size(text, &number))
        return args_invalid(args, m->flag, text, err, "invalid size: '%s'", text);
    if (m->kind == IS_INT && !str_to_int64(text, &number))
        return args_invalid(args, m->flag, text, err, "strconv.ParseInt: parsing \"%s\": invalid syntax",
                            text);
    json_put(body, m->path, json_integer(m->kind == IS_SPAN ? span : number));
    return 0;
}

static int put_member(json_t *body, const struct member *m, const struct args *args, struct error *err)
{
    const struct strv *list = args_list(args, m->flag);
    json_t *map;

    switch (m->kind) {
    case IS_TEXT:
        json_put_str(body, m->path, args_value(args, m->flag, ""));
        return 0;
    case IS_LIST:
        json_put(body, m->path, json_from_strv(list));
        return 0;
    case IS_BOOL:
        json_put(body, m->path, json_boolean(args_bool(args, m->flag, false)));
        return 0;
    case IS_MAP:
        map = json_object();
        for (size_t i = 0; i < list->count; i++)
            spec_key_value(list->items[i], map);
        json_put(body, m->path, map);
        return 0;
    default:
        return put_number(body, m, args, err);
    }
}

/* -- flags with a language of their own -- */

static int put_environment(json_t *body, const struct args *args, struct error *err)
{
    scoped_strv env = { 0 };
    const struct strv *files = args_list(args, "env-file"), *given = args_list(args, "env");

    for (size_t i = 0; i < files->count; i++) {
        scoped_str text = { 0 };

        if (file_read(files->items[i], FILE_MAX, &text, err) < 0 ||
            spec_env_file(files->items[i], str_text(&text), true, &env, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < given->count; i++)
        spec_env(given->items[i], &env);
    if (env.count)
        json_put(body, "Env", json_from_strv(&env));
    return 0;
}

static int put_labels(json_t *body, const struct args *args, struct error *err)
{
    const struct strv *files = args_list(args, "label-file"), *given = args_list(args, "label");
    scoped_strv labels = { 0 };
    json_t *map = json_object();

    json_put(body, "Labels", map);
    for (size_t i = 0; i < files->count; i++) {
        scoped_str text = { 0 };

        if (file_read(files->items[i], FILE_MAX, &text, err) < 0 ||
            spec_env_file(files->items[i], str_text(&text), false, &labels, err) < 0)
            return -1;
    }
    strv_add_all(&labels, given);
    for (size_t i = 0; i < labels.count; i++)
        spec_key_value(labels.items[i], map);
    return 0;
}

static int put_ports(json_t *body, const struct args *args, struct error *err)
{
    const struct strv *publish = args_list(args, "publish"), *expose = args_list(args, "expose");
    json_t *exposed = json_object(), *bindings = json_object();

    json_put(body, "ExposedPorts", exposed);
    json_put(body, "HostConfig.PortBindings", bindings);
    for (size_t i = 0; i < publish->count; i++)
        if (spec_port(publish->items[i], exposed, bindings, err) < 0)
            return -1;
    for (size_t i = 0; i < expose->count; i++)
        if (spec_expose(expose->items[i], exposed, err) < 0)
            return -1;
    return 0;
}

static int put_mounts(json_t *body, const struct args *args, struct error *err)
{
    const struct strv *volumes = args_list(args, "volume"), *mounts = args_list(args, "mount"),
                      *tmpfs = args_list(args, "tmpfs");
    json_t *binds = json_array(), *anonymous = json_object(), *list = json_array();

    json_put(body, "Volumes", anonymous);
    json_put(body, "HostConfig.Binds", binds);
    json_put(body, "HostConfig.Mounts", list);
    for (size_t i = 0; i < volumes->count; i++)
        if (spec_volume(volumes->items[i], binds, anonymous, err) < 0)
            return -1;
    for (size_t i = 0; i < mounts->count; i++) {
        json_t *mount = NULL;

        if (spec_mount(mounts->items[i], &mount, err) < 0)
            return -1;
        json_array_append_new(list, mount);
    }
    if (tmpfs->count)
        json_put(body, "HostConfig.Tmpfs", json_object());
    for (size_t i = 0; i < tmpfs->count; i++) {
        scoped_free char *path = xstrndup(tmpfs->items[i], strcspn(tmpfs->items[i], ":"));
        const char *options = tmpfs->items[i] + strlen(path);

        json_object_set_new(json_at(body, "HostConfig.Tmpfs"), path,
                            json_string(*options ? options + 1 : ""));
    }
    return 0;
}

/* Parses each value of a flag by `parse` into an array. */
static int put_parsed(json_t *body, const struct args *args, const char *flag, const char *path,
                      int (*parse)(const char *, json_t **, struct error *), struct error *err)
{
    const struct strv *given = args_list(args, flag);

    if (given->count)
        json_put(body, path, json_array());
    for (size_t i = 0; i < given->count; i++) {
        json_t *one = NULL;

        if (parse(given->items[i], &one, err) < 0)
            return error_wrap(err, "invalid argument \"%s\" for \"--%s\" flag", given->items[i],
                              flag); /* a misuse */
        json_array_append_new(json_at(body, path), one);
    }
    return 0;
}

static int put_limits(json_t *body, const struct args *args, struct error *err)
{
    json_t *policy = NULL;
    int64_t cpus;

    if (put_parsed(body, args, "ulimit", "HostConfig.Ulimits", spec_ulimit, err) < 0 ||
        put_parsed(body, args, "device", "HostConfig.Devices", spec_device, err) < 0)
        return -1;
    if (args_has(args, "restart")) {
        if (spec_restart(args_value(args, "restart", ""), &policy, err) < 0)
            return -1;
        json_put(body, "HostConfig.RestartPolicy", policy);
    }
    if (args_has(args, "cpus")) {
        if (spec_cpus(args_value(args, "cpus", ""), &cpus, err) < 0)
            return -1;
        json_put(body, "HostConfig.NanoCpus", json_integer(cpus));
    }
    if (args_bool(args, "rm", false) && !str_empty(json_str_at(policy, "Name", "")) &&
        strcmp(json_str_at(policy, "Name", ""), "no") != 0)
        return error_set(err, ERR_INVALID, "conflicting options: cannot specify both --restart and --rm");
    return 0;
}

/* The engine wants a profile's text, not the name of a file on our side. */
static int put_security(json_t *body, const struct args *args, struct error *err)
{
    const struct strv *given = args_list(args, "security-opt");
    json_t *list = json_array();

    json_put(body, "HostConfig.SecurityOpt", list);
    for (size_t i = 0; i < given->count; i++) {
        const char *option = given->items[i], *file = option + strlen("seccomp=");
        scoped(json_decref) json_t *profile = NULL;
        scoped_free char *text = NULL, *whole = NULL;

        if (strcmp(option, "systempaths=unconfined") == 0) {
            json_put(body, "HostConfig.MaskedPaths", json_array());
            json_put(body, "HostConfig.ReadonlyPaths", json_array());
            continue;
        }
        if (!str_starts(option, "seccomp=") || strcmp(file, "unconfined") == 0 ||
            strcmp(file, "builtin") == 0) {
            json_array_append_new(list, json_string(option));
            continue;
        }
        if (access(file, F_OK) < 0 && errno == ENOENT)
            return error_set(err, ERR_INVALID,
                             "opening seccomp profile (%s) failed: open %s: no such file or directory", file,
                             file);
        if (json_read_file(file, &profile, err) < 0)
            return error_wrap(err, "opening seccomp profile (%s) failed", file);
        text = json_text(profile);
        whole = xasprintf("seccomp=%s", text);
        json_array_append_new(list, json_string(whole));
    }
    return 0;
}

static void put_health(json_t *body, const struct args *args)
{
    if (args_bool(args, "no-healthcheck", false))
        json_put(body, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
    else if (args_has(args, "health-cmd"))
        json_put(body, "Healthcheck.Test",
                 json_pack("[ss]", "CMD-SHELL", args_value(args, "health-cmd", "")));
}

/* -- networks -- */

static int network_option(json_t *endpoint, const char *field, struct str *name, struct error *err)
{
    scoped_free char *key = xstrndup(field, strcspn(field, "="));
    const char *value = field + strlen(key);

    if (!*value)
        return error_set(err, ERR_INVALID, "invalid field %s", field);
    value++;
    if (strcmp(key, "name") == 0) {
        str_add(name, value);
    } else if (strcmp(key, "alias") == 0) {
        if (!json_at(endpoint, "Aliases"))
            json_put(endpoint, "Aliases", json_array());
        json_array_append_new(json_at(endpoint, "Aliases"), json_string(value));
    } else if (strcmp(key, "ip") == 0) {
        json_put_str(endpoint, "IPAMConfig.IPv4Address", value);
    } else if (strcmp(key, "ip6") == 0) {
        json_put_str(endpoint, "IPAMConfig.IPv6Address", value);
    } else if (strcmp(key, "mac-address") == 0) {
        json_put_str(endpoint, "MacAddress", value);
    } else if (strcmp(key, "driver-opt") == 0) {
        if (!json_at(endpoint, "DriverOpts"))
            json_put(endpoint, "DriverOpts", json_object());
        spec_key_value(value, json_at(endpoint, "DriverOpts"));
    } else {
        return error_set(err, ERR_INVALID, "invalid field key %s", key);
    }
    return 0;
}

/* "name", or "name=NAME,alias=A,ip=...". */
static int network_spec(const char *spec, struct str *name, json_t *endpoint, struct error *err)
{
    scoped_strv fields = { 0 };

    if (!strchr(spec, '=')) {
        str_add(name, spec);
        return 0;
    }
    if (spec_csv(spec, &fields, err) < 0)
        return -1;
    for (size_t i = 0; i < fields.count; i++)
        if (network_option(endpoint, fields.items[i], name, err) < 0)
            return -1;
    return name->len ? 0 : error_set(err, ERR_INVALID, "network name must be specified");
}

/* --ip, --network-alias and the like belong to the first network. */
static void first_endpoint(json_t *endpoint, const struct args *args)
{
    if (args_has(args, "network-alias"))
        json_put(endpoint, "Aliases", json_from_strv(args_list(args, "network-alias")));
    if (args_has(args, "ip"))
        json_put_str(endpoint, "IPAMConfig.IPv4Address", args_value(args, "ip", ""));
    if (args_has(args, "ip6"))
        json_put_str(endpoint, "IPAMConfig.IPv6Address", args_value(args, "ip6", ""));
    if (args_has(args, "link-local-ip"))
        json_put(endpoint, "IPAMConfig.LinkLocalIPs", json_from_strv(args_list(args, "link-local-ip")));
    if (args_has(args, "mac-address"))
        json_put_str(endpoint, "MacAddress", args_value(args, "mac-address", ""));
}

static int put_networks(json_t *body, const struct args *args, struct error *err)
{
    const struct strv *given = args_list(args, "network");
    json_t *endpoints = json_object();

    json_put(body, "NetworkingConfig.EndpointsConfig", endpoints);
    for (size_t i = 0; i < (given->count ? given->count : 1); i++) {
        scoped_str name = { 0 };
        scoped(json_decref) json_t *endpoint = json_object();

        if (network_spec(given->count ? given->items[i] : "default", &name, endpoint, err) < 0)
            return -1;
        if (i == 0) {
            json_put_str(body, "HostConfig.NetworkMode", str_text(&name));
            first_endpoint(endpoint, args);
        }
        if (given->count > 1 || json_object_size(endpoint))
            json_object_set(endpoints, str_text(&name), endpoint);
    }
    return 0;
}

/* -- the whole request -- */

static void put_streams(json_t *body, const struct args *args)
{
    const struct strv *attach = args_list(args, "attach");
    bool detach = args_bool(args, "detach", false), all = attach->count == 0 && !detach;
    bool input = strv_has(attach, "stdin") || strv_has(attach, "STDIN") ||
                 (all && args_bool(args, "interactive", false));

    json_put(body, "AttachStdin", json_boolean(input));
    json_put(body, "AttachStdout",
             json_boolean(all || strv_has(attach, "stdout") || strv_has(attach, "STDOUT")));
    json_put(body, "AttachStderr",
             json_boolean(all || strv_has(attach, "stderr") || strv_has(attach, "STDERR")));
    if (input)
        json_put(body, "StdinOnce", json_boolean(args_bool(args, "interactive", false)));
}

static void put_command(json_t *body, const struct args *args)
{
    const char *entrypoint = args_value(args, "entrypoint", NULL);

    json_put_str(body, "Image", args->rest[0]);
    if (args->count > 1) {
        json_t *command = json_array();

        for (int i = 1; i < args->count; i++)
            json_array_append_new(command, json_string_lossy(args->rest[i], strlen(args->rest[i])));
        json_put(body, "Cmd", command);
    }
    if (entrypoint) /* --entrypoint "" takes the image's away */
        json_put(body, "Entrypoint", json_pack("[s]", entrypoint));
}

static void put_console_size(json_t *body)
{
    unsigned rows, columns;

    if (json_bool_at(body, "Tty", false) && terminal_size(STDOUT_FILENO, &rows, &columns))
        json_put(body, "HostConfig.ConsoleSize", json_pack("[ii]", (int)rows, (int)columns));
}

/* What nothing was put into is left to the engine. */
static void drop_empty(json_t *body)
{
    static const char *const names[] = { "Binds", "Mounts", "SecurityOpt" };
    json_t *host = json_at(body, "HostConfig");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!json_array_size(json_object_get(host, names[i])))
            json_object_del(host, names[i]);
}

/* docker sends these as lists, and an inspect tells whether a list or nothing came. */
static json_t *empty_lists(void)
{
    static const char *const names[] = { "BlkioDeviceReadBps",
                                         "BlkioDeviceReadIOps",
                                         "BlkioDeviceWriteBps",
                                         "BlkioDeviceWriteIOps",
                                         "BlkioWeightDevice",
                                         "Devices",
                                         "Dns",
                                         "DnsOptions",
                                         "DnsSearch",
                                         "Ulimits" };
    json_t *ret = json_object();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        json_object_set_new(ret, names[i], json_array());
    return ret;
}

static int make_body(const struct args *args, json_t *body, struct error *err)
{
    json_put(body, "HostConfig", empty_lists());
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (args_has(args, members[i].flag) && put_member(body, &members[i], args, err) < 0)
            return -1;
    put_command(body, args);
    put_streams(body, args);
    put_health(body, args);
    put_console_size(body);
    if (put_environment(body, args, err) < 0 || put_labels(body, args, err) < 0 ||
        put_ports(body, args, err) < 0 || put_mounts(body, args, err) < 0 ||
        put_limits(body, args, err) < 0 || put_security(body, args, err) < 0)
        return -1;
    drop_empty(body);
    return put_networks(body, args, err);
}

static int cid_file_open(const struct args *args, int *ret, struct error *err)
{
    const char *path = args_value(args, "cidfile", NULL);

    if (!path)
        return 0;
    *ret = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (*ret >= 0)
        return 0;
    if (errno == EEXIST)
        return error_set(err, ERR_CONFLICT,
                         "container ID file found, make sure the other container isn't running or delete %s",
                         path);
    return error_errno(err, "failed to create the container ID file");
}

static bool image_is_missing(const struct error *err)
{
    return err->kind == ERR_NOT_FOUND && strcasestr(err->text, "no such image");
}

/* Creates the container, after a pull when the image is not there (or --pull says so). *ret is its id. */
static int create(struct cli *cli, const struct args *args, const json_t *body, char **ret, struct error *err)
{
    const char *pull = args_value(args, "pull", "missing"), *platform = args_value(args, "platform", NULL);
    bool quiet = args_bool(args, "quiet", false);
    scoped(json_decref) json_t *answer = NULL;
    scoped_close int cid_file = -1;
    scoped_str path = { 0 };
    size_t i;
    json_t *warning;

    if (cid_file_open(args, &cid_file, err) < 0)
        return -1;
    str_add(&path, "/containers/create");
    query_add(&path, "name", args_value(args, "name", NULL));
    query_add(&path, "platform", platform);
    if (strcmp(pull, "always") == 0 && image_pull(cli, args->rest[0], platform, quiet, stderr, err) < 0)
        return -1;
    if (cli_request(cli, "POST", str_text(&path), body, &answer, err) < 0) {
        struct spec_ref ref = { NULL, NULL, NULL };

        if (!image_is_missing(err) || strcmp(pull, "missing") != 0)
            return -1;
        if (spec_ref(args->rest[0], &ref, NULL) == 0 && !quiet)
            fprintf(stderr, "Unable to find image '%s%s' locally\n", args->rest[0],
                    ref.tag || ref.digest ? "" : ":latest");
        spec_ref_free(&ref);
        if (image_pull(cli, args->rest[0], platform, quiet, stderr, err) < 0 ||
            cli_request(cli, "POST", str_text(&path), body, &answer, err) < 0)
            return -1;
    }
    json_array_foreach (json_at(answer, "Warnings"), i, warning)
        fprintf(stderr, "WARNING: %s\n", json_string_value(warning));
    *ret = xstrdup(json_str_at(answer, "Id", ""));
    return cid_file >= 0 ? fd_write_all(cid_file, *ret, strlen(*ret), err) : 0;
}

/* -- run -- */

#define RUN_REFUSED 125

/* Of what the engine said. 127: no such command, 126: it cannot be run, 125: everything else. */
static int status_of(const struct error *err)
{
    if (strstr(err->text, "executable file not found") || strstr(err->text, "no such file or directory"))
        return 127;
    if (strstr(err->text, "permission denied") || strstr(err->text, "is a directory"))
        return 126;
    return RUN_REFUSED;
}

static int run_failed(const struct error *err, int status)
{
    fflush(stdout);
    fprintf(stderr, "engine: %s\n\nRun 'engine run --help' for more information\n", err->text);
    return status;
}

static int open_attach(struct cli *cli, const char *id, const struct args *args, const json_t *body,
                       struct session *s, struct error *err)
{
    scoped_free char *plain = cli_path("/containers/", id, "/attach");
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "POST", .hijack = 1 };

    str_add(&path, plain);
    query_add(&path, "stream", "1");
    query_add_bool(&path, "stdin", json_bool_at(body, "AttachStdin", false));
    query_add_bool(&path, "stdout", json_bool_at(body, "AttachStdout", false));
    query_add_bool(&path, "stderr", json_bool_at(body, "AttachStderr", false));
    query_add(&path, "detachKeys", args_value(args, "detach-keys", NULL));
    spec.path = str_text(&path);
    return cli_open(cli, &spec, &s->stream, err);
}

static int open_wait(struct cli *cli, const char *id, bool removed, struct http_call **ret, struct error *err)
{
    scoped_free char *plain = cli_path("/containers/", id, "/wait");
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "POST" };

    str_add(&path, plain);
    query_add(&path, "condition", removed ? "removed" : "next-exit");
    spec.path = str_text(&path);
    return cli_open(cli, &spec, ret, err);
}

/* Attached: until the container ends. */
static int run_attached(struct cli *cli, const char *id, const struct args *args, const json_t *body,
                        struct session *s, struct error *err)
{
    scoped_free char *start = cli_path("/containers/", id, "/start");
    scoped_free char *resize = cli_path("/containers/", id, "");
    bool removed = args_bool(args, "rm", false);

    s->tty = json_bool_at(body, "Tty", false);
    s->input = json_bool_at(body, "AttachStdin", false);
    s->detach_keys = args_value(args, "detach-keys", NULL);
    s->kill_id = args_bool(args, "sig-proxy", true) ? id : NULL;
    s->resize = resize;
    if (session_begin(s, err) < 0 || open_attach(cli, id, args, body, s, err) < 0 ||
        open_wait(cli, id, removed, &s->wait, err) < 0)
        return -1;
    if (cli_post(cli, start, err) < 0) {
        if (removed) { /* the engine removes what did not start, too */
            scoped(json_decref) json_t *answer = NULL;

            http_call_json(s->wait, &answer, NULL);
        }
        return -1;
    }
    return session_run(cli, s, err);
}

static int run_detached(struct cli *cli, const char *id, struct error *err)
{
    scoped_free char *start = cli_path("/containers/", id, "/start");

    printf("%s\n", id);
    fflush(stdout);
    return cli_post(cli, start, err);
}

static int check_flags(const struct args *args, struct error *err)
{
    if (args_bool(args, "detach", false) && args_has(args, "attach"))
        return error_set(err, ERR_INVALID, "conflicting options: cannot specify both --attach and --detach");
    return 0;
}

static int run_created(struct cli *cli, const struct args *args, const json_t *body, struct error *err)
{
    scoped_free char *id = NULL;
    struct session s = { .signal_fd = -1 };
    int result;

    if (create(cli, args, body, &id, err) < 0)
        return run_failed(err, status_of(err));
    if (json_bool_at(body, "AttachStdin", false) || json_bool_at(body, "AttachStdout", false) ||
        json_bool_at(body, "AttachStderr", false))
        result = run_attached(cli, id, args, body, &s, err);
    else
        result = run_detached(cli, id, err);
    session_end(&s);
    http_call_close(s.stream);
    http_call_close(s.wait);
    return result < 0 ? run_failed(err, status_of(err)) : s.detached ? 0 : s.exit_code;
}

static int run_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *body = json_object();

    if (make_body(args, body, err) < 0)
        return args_is_misuse(err) ? -1 : run_failed(err, RUN_REFUSED);
    if (check_flags(args, err) < 0 ||
        (!args_bool(args, "detach", false) && session_check_tty(json_bool_at(body, "AttachStdin", false),
                                                                json_bool_at(body, "Tty", false), err) < 0))
        return -1;
    return run_created(cli, args, body, err);
}

static int create_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *body = json_object();
    scoped_free char *id = NULL;

    if (make_body(args, body, err) < 0 || create(cli, args, body, &id, err) < 0)
        return -1;
    printf("%s\n", id);
    return 0;
}

#define CREATE_FLAGS                                                                                         \
    { 0, "add-host", FLAG_LIST, "list", "An entry of /etc/hosts (host:ip)" },                                \
        { 0, "annotation", FLAG_LIST, "map", "An annotation for the runtime" },                              \
        { 'a', "attach", FLAG_LIST, "list", "Attach to STDIN, STDOUT or STDERR" },                           \
        { 0, "blkio-weight", FLAG_VALUE, "uint16", "Block IO, relative weight, 10 to 1000, or 0" },          \
        { 0, "cap-add", FLAG_LIST, "list", "Add Linux capabilities" },                                       \
        { 0, "cap-drop", FLAG_LIST, "list", "Drop Linux capabilities" },                                     \
        { 0, "cgroup-parent", FLAG_VALUE, "string", "The cgroup above the container's" },                    \
        { 0, "cgroupns", FLAG_VALUE, "string", "Cgroup namespace: host, private" },                          \
        { 0, "cidfile", FLAG_VALUE, "string", "Write the container's id into this file" },                   \
        { 0, "cpu-period", FLAG_VALUE, "int", "Period of the CPU quota in microseconds" },                   \
        { 0, "cpu-quota", FLAG_VALUE, "int", "CPU quota in microseconds per period" },                       \
        { 0, "cpu-rt-period", FLAG_VALUE, "int", "Real-time CPU period in microseconds" },                   \
        { 0, "cpu-rt-runtime", FLAG_VALUE, "int", "Real-time CPU time in microseconds" },                    \
        { 'c', "cpu-shares", FLAG_VALUE, "int", "CPU shares, relative weight" },                             \
        { 0, "cpus", FLAG_VALUE, "decimal", "Number of CPUs" },                                              \
        { 0, "cpuset-cpus", FLAG_VALUE, "string", "CPUs it may run on (0-3, 0,1)" },                         \
        { 0, "cpuset-mems", FLAG_VALUE, "string", "Memory nodes it may use" },                               \
        { 0, "device", FLAG_LIST, "list", "A device of the host (/dev/a[:/dev/b][:rwm])" },                  \
        { 0, "device-cgroup-rule", FLAG_LIST, "list", "A rule for the allowed devices" },                    \
        { 0, "dns", FLAG_LIST, "list", "DNS servers" },                                                      \
        { 0, "dns-option", FLAG_LIST, "list", "DNS options" },                                               \
        { 0, "dns-search", FLAG_LIST, "list", "DNS search domains" },                                        \
        { 0, "domainname", FLAG_VALUE, "string", "The container's NIS domain name" },                        \
        { 0, "entrypoint", FLAG_VALUE, "string", "Instead of the image's entrypoint" },                      \
        { 'e', "env", FLAG_LIST, "list", "Environment variables (NAME=VALUE, or NAME: as here)" },           \
        { 0, "env-file", FLAG_LIST, "list", "A file of environment variables" },                             \
        { 0, "expose", FLAG_LIST, "list", "Expose a port or a range of ports" },                             \
        { 0, "group-add", FLAG_LIST, "list", "More groups to join" },                                        \
        { 0, "health-cmd", FLAG_VALUE, "string", "Command that checks the health" },                         \
        { 0, "health-interval", FLAG_VALUE, "duration", "Time between checks" },                             \
        { 0, "health-retries", FLAG_VALUE, "int", "Failures in a row that mean unhealthy" },                 \
        { 0, "health-start-interval", FLAG_VALUE, "duration", "Time between checks while it starts" },       \
        { 0, "health-start-period", FLAG_VALUE, "duration", "Time to start in, before failures count" },     \
        { 0, "health-timeout", FLAG_VALUE, "duration", "Time that a check may take" },                       \
        { 'h', "hostname", FLAG_VALUE, "string", "The container's host name" },                              \
        { 0, "init", FLAG_BOOL, NULL, "An init that forwards signals and reaps processes" },                 \
        { 'i', "interactive", FLAG_BOOL, NULL, "Keep standard input open" },                                 \
        { 0, "ip", FLAG_VALUE, "ip", "IPv4 address" }, { 0, "ip6", FLAG_VALUE, "ip", "IPv6 address" },       \
        { 0, "ipc", FLAG_VALUE, "string", "IPC namespace" },                                                 \
        { 'l', "label", FLAG_LIST, "list", "A label (name=value)" },                                         \
        { 0, "label-file", FLAG_LIST, "list", "A file of labels" },                                          \
        { 0, "link", FLAG_LIST, "list", "Link to another container" },                                       \
        { 0, "link-local-ip", FLAG_LIST, "list", "Link-local addresses" },                                   \
        { 0, "log-driver", FLAG_VALUE, "string", "Log driver" },                                             \
        { 0, "log-opt", FLAG_LIST, "list", "Option of the log driver" },                                     \
        { 0, "mac-address", FLAG_VALUE, "string", "MAC address" },                                           \
        { 'm', "memory", FLAG_VALUE, "bytes", "Memory limit" },                                              \
        { 0, "memory-reservation", FLAG_VALUE, "bytes", "Memory soft limit" },                               \
        { 0, "memory-swap", FLAG_VALUE, "bytes", "Memory and swap together, -1: no limit" },                 \
        { 0, "memory-swappiness", FLAG_VALUE, "int", "Swappiness, 0 to 100" },                               \
        { 0, "mount", FLAG_LIST, "mount", "A mount (type=bind|volume|tmpfs,src=...,dst=...,readonly)" },     \
        { 0, "name", FLAG_VALUE, "string", "The container's name" },                                         \
        { 0, "network", FLAG_LIST, "network",                                                                \
          "Connect to a network (NAME, or name=NAME,alias=A,ip=I,...)" },                                    \
        { 0, "network-alias", FLAG_LIST, "list", "A name in the network" },                                  \
        { 0, "no-healthcheck", FLAG_BOOL, NULL, "No health check, also when the image has one" },            \
        { 0, "oom-kill-disable", FLAG_BOOL, NULL, "No OOM killer" },                                         \
        { 0, "oom-score-adj", FLAG_VALUE, "int", "The OOM killer's preference, -1000 to 1000" },             \
        { 0, "pid", FLAG_VALUE, "string", "PID namespace" },                                                 \
        { 0, "pids-limit", FLAG_VALUE, "int", "Number of processes, -1: no limit" },                         \
        { 0, "platform", FLAG_VALUE, "string", "The image's platform" },                                     \
        { 0, "privileged", FLAG_BOOL, NULL, "All privileges" },                                              \
        { 'p', "publish", FLAG_LIST, "list",                                                                 \
          "Publish a port ([[ip:]host:]container[/proto], also ranges)" },                                   \
        { 'P', "publish-all", FLAG_BOOL, NULL, "Publish all exposed ports to free ones" },                   \
        { 0, "pull", FLAG_VALUE, "string",                                                                   \
          "Pull the image first: always, missing, never (default \"missing\")" },                            \
        { 'q', "quiet", FLAG_BOOL, NULL, "Say nothing of a pull" },                                          \
        { 0, "read-only", FLAG_BOOL, NULL, "A root file system that cannot be written" },                    \
        { 0, "restart", FLAG_VALUE, "string",                                                                \
          "Restart policy: no, on-failure[:n], always, unless-stopped" },                                    \
        { 0, "rm", FLAG_BOOL, NULL, "Remove the container, and its anonymous volumes, when it ended" },      \
        { 0, "runtime", FLAG_VALUE, "string", "OCI runtime" },                                               \
        { 0, "security-opt", FLAG_LIST, "list", "Security options (seccomp=FILE is read here)" },            \
        { 0, "shm-size", FLAG_VALUE, "bytes", "Size of /dev/shm" },                                          \
        { 0, "stop-signal", FLAG_VALUE, "string", "Signal that stops it" },                                  \
        { 0, "stop-timeout", FLAG_VALUE, "int", "Seconds that it may take to stop" },                        \
        { 0, "storage-opt", FLAG_LIST, "list", "Option of the storage driver" },                             \
        { 0, "sysctl", FLAG_LIST, "map", "Kernel settings of its namespaces" },                              \
        { 0, "tmpfs", FLAG_LIST, "list", "Mount a tmpfs (path[:options])" },                                 \
        { 't', "tty", FLAG_BOOL, NULL, "A terminal" },                                                       \
        { 0, "ulimit", FLAG_LIST, "ulimit", "Limits (name=soft[:hard])" },                                   \
        { 'u', "user", FLAG_VALUE, "string", "User (name|uid[:group|gid])" },                                \
        { 0, "userns", FLAG_VALUE, "string", "User namespace" },                                             \
        { 0, "uts", FLAG_VALUE, "string", "UTS namespace" },                                                 \
        { 'v', "volume", FLAG_LIST, "list", "Mount a volume or directory (source:target[:options])" },       \
        { 0, "volume-driver", FLAG_VALUE, "string", "Driver of the volumes" },                               \
        { 0, "volumes-from", FLAG_LIST, "list", "Mount another container's volumes" },                       \
    {                                                                                                        \
        'w', "workdir", FLAG_VALUE, "string", "Working directory"                                            \
    }

static const struct flag create_flags[] = { CREATE_FLAGS, FLAGS_END };
static const struct flag run_flags[] = {
    CREATE_FLAGS,
    {'d', "detach",      FLAG_BOOL,  NULL,     "Do not attach; print the container's id"          },
    { 0,  "detach-keys", FLAG_VALUE, "string", "Keys that detach (default \"ctrl-p,ctrl-q\")"     },
    { 0,  "sig-proxy",   FLAG_BOOL,  NULL,     "Send our signals on to the process (default true)"},
    FLAGS_END,
};

const struct command run_command = { .name = "run",
                                     .group = "container",
                                     .in_group = "run",
                                     .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                                     .summary = "Create and run a new container from an image",
                                     .flags = run_flags,
                                     .min = 1,
                                     .max = -1,
                                     .first_arg_ends = true,
                                     .run = run_run };
const struct command create_command = { .name = "create",
                                        .group = "container",
                                        .in_group = "create",
                                        .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                                        .summary = "Create a new container",
                                        .flags = create_flags,
                                        .min = 1,
                                        .max = -1,
                                        .first_arg_ends = true,
                                        .run = create_run };
