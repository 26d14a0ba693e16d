/* api/info.c - the bodies of SystemInfo and SystemVersion.
 *
 * Members that only some versions have follow docker-28.5 asked at each version: 1.41 still has KernelMemory, up to 1.46
 * the AllowNondistributable lists, up to 1.48 the commits' Expected, up to 1.49 the bridge switches. Up to 1.51 there is
 * KernelMemoryTCP, says the API's change log. */
#include "api/system.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#ifdef HAVE_CONTAINER
#include "container/container.h"
#endif
#ifdef HAVE_IMAGE
#include "image/store.h"
#endif

#define INDEX_SERVER "https://index.docker.io/v1/"

static void put_counts(json_t *o, struct engine *engine)
{
    int64_t running = 0, paused = 0, stopped = 0, images = 0;

    (void)engine;
#ifdef HAVE_CONTAINER
    if (engine->containers)
        containers_count(engine->containers, &running, &paused, &stopped);
#endif
#ifdef HAVE_IMAGE
    if (engine->images)
        images = (int64_t)image_store_count(engine->images);
#endif
    json_put(o, "Containers", json_integer(running + paused + stopped));
    json_put(o, "ContainersRunning", json_integer(running));
    json_put(o, "ContainersPaused", json_integer(paused));
    json_put(o, "ContainersStopped", json_integer(stopped));
    json_put(o, "Images", json_integer(images));
}

static void put_driver(json_t *o, const struct system_facts *f)
{
    json_put_str(o, "Driver", "overlay2");
    json_put(o, "DriverStatus",
             json_pack("[[ss][ss][ss][ss][ss]]", "Backing Filesystem", f->backing_fs, "Supports d_type",
                       "true", "Using metacopy", "false", "Native Overlay Diff", "true", "userxattr",
                       "false"));
    json_put(o, "Plugins",
             json_pack("{s:[s], s:[sss], s:n, s:[ss]}", "Volume", "local", "Network", "bridge", "host",
                       "null", "Authorization", "Log", "json-file", "local"));
}

static bool switched_on(const char *path)
{
    scoped_str text = { 0 };

    return file_read(path, 64, &text, NULL) == 0 && str_text(&text)[0] == '1';
}

static void put_limits(json_t *o, const struct system_facts *f, int version)
{
    json_put(o, "MemoryLimit", json_boolean(f->memory));
    json_put(o, "SwapLimit", json_boolean(f->swap));
    if (version <= 41)
        json_put(o, "KernelMemory", json_boolean(f->memory && !f->cgroup_v2));
    if (!f->cgroup_v2 && version < 52)
        json_put(o, "KernelMemoryTCP", json_boolean(f->memory));
    json_put(o, "CpuCfsPeriod", json_boolean(f->cpu_quota));
    json_put(o, "CpuCfsQuota", json_boolean(f->cpu_quota));
    json_put(o, "CPUShares", json_boolean(f->cpu_shares));
    json_put(o, "CPUSet", json_boolean(f->cpuset));
    json_put(o, "PidsLimit", json_boolean(f->pids));
    json_put(o, "IPv4Forwarding", json_boolean(switched_on("/proc/sys/net/ipv4/ip_forward")));
    if (version < 50) {
        json_put(o, "BridgeNfIptables",
                 json_boolean(switched_on("/proc/sys/net/bridge/bridge-nf-call-iptables")));
        json_put(o, "BridgeNfIp6tables",
                 json_boolean(switched_on("/proc/sys/net/bridge/bridge-nf-call-ip6tables")));
    }
    json_put(o, "OomKillDisable", json_boolean(f->memory && !f->cgroup_v2));
}

/* Entries of a directory without "." and "..": how many descriptors or threads this process has. */
static int64_t entries(const char *path)
{
    scoped(closedir) DIR *dir = opendir(path);
    int64_t count = 0;

    while (dir && readdir(dir))
        count++;
    return count > 2 ? count - 2 : 0;
}

static void put_process(json_t *o, struct engine *engine)
{
    char now[CLOCK_TEXT_MAX];

    clock_format(clock_now(), now);
    json_put(o, "Debug", json_boolean(engine->facts->debug));
    json_put(o, "NFd", json_integer(entries("/proc/self/fd")));
    json_put(o, "NGoroutines", json_integer(entries("/proc/self/task")));
    json_put_str(o, "SystemTime", now);
    json_put_str(o, "LoggingDriver", "json-file");
    json_put_str(o, "CgroupDriver", "cgroupfs");
    json_put_str(o, "CgroupVersion", engine->facts->cgroup_v2 ? "2" : "1");
    json_put(o, "NEventsListener", json_integer((json_int_t)events_listeners(engine->events)));
}

/* The environment's value, with a password in it replaced: it is nobody's business but the proxy's. */
static void put_proxy(json_t *o, const char *name, const char *upper, const char *lower)
{
    const char *value = getenv(upper) ? getenv(upper) : getenv(lower);
    const char *scheme = value ? strstr(value, "://") : NULL;
    const char *at = scheme ? strrchr(scheme, '@') : NULL;
    scoped_str clean = { 0 };

    if (at)
        str_addf(&clean, "%.*s://xxxxx:xxxxx%s", (int)(scheme - value), value, at);
    else
        str_add(&clean, value ? value : "");
    json_put_str(o, name, str_text(&clean));
}

static void put_host(json_t *o, const struct system_facts *f)
{
    struct utsname u;

    uname(&u);
    json_put_str(o, "KernelVersion", f->kernel);
    json_put_str(o, "OperatingSystem", f->os);
    json_put_str(o, "OSVersion", f->os_version);
    json_put_str(o, "OSType", "linux");
    json_put_str(o, "Architecture", f->architecture);
    json_put(o, "NCPU", json_integer(f->cpus));
    json_put(o, "MemTotal", json_integer(f->memory_bytes));
    json_put(o, "GenericResources", json_null());
    json_put_str(o, "DockerRootDir", f->data_root);
    put_proxy(o, "HttpProxy", "HTTP_PROXY", "http_proxy");
    put_proxy(o, "HttpsProxy", "HTTPS_PROXY", "https_proxy");
    put_proxy(o, "NoProxy", "NO_PROXY", "no_proxy");
    json_put_str(o, "Name", u.nodename);
    json_put(o, "Labels", json_array());
    json_put(o, "ExperimentalBuild", json_false());
    json_put_str(o, "ServerVersion", ENGINE_VERSION);
}

/* Those of --insecure-registry: a network among the networks, a host as an index that is not secure. */
static void add_insecure(json_t *config, const struct strv *insecure)
{
    for (size_t i = 0; insecure && i < insecure->count; i++) {
        const char *name = insecure->items[i];

        if (strchr(name, '/'))
            json_array_append_new(json_object_get(config, "InsecureRegistryCIDRs"), json_string(name));
        else
            json_object_set_new(
                json_object_get(config, "IndexConfigs"), name,
                json_pack("{s:[], s:s, s:b, s:b}", "Mirrors", "Name", name, "Official", 0, "Secure", 0));
    }
}

static void put_registries(json_t *o, const struct strv *insecure, int version)
{
    json_t *config = json_pack("{s:{s:{s:[], s:s, s:b, s:b}}, s:[ss], s:n}", "IndexConfigs", "docker.io",
                               "Mirrors", "Name", "docker.io", "Official", 1, "Secure", 1,
                               "InsecureRegistryCIDRs", "::1/128", "127.0.0.0/8", "Mirrors");

    if (version < 47) {
        json_object_set_new(config, "AllowNondistributableArtifactsCIDRs", json_null());
        json_object_set_new(config, "AllowNondistributableArtifactsHostnames", json_null());
    }
    add_insecure(config, insecure);
    json_put_str(o, "IndexServerAddress", INDEX_SERVER);
    json_put(o, "RegistryConfig", config);
}

static void put_commit(json_t *o, const char *name, int version)
{
    json_t *commit = json_pack("{s:s}", "ID", "");

    if (version < 49)
        json_object_set_new(commit, "Expected", json_string(""));
    json_put(o, name, commit);
}

static void put_runtimes(json_t *o, const struct system_facts *f, int version)
{
    json_t *runtimes = f->runtimes ? json_deep_copy(f->runtimes) : json_object(), *runtime;
    const char *name;

    json_object_foreach (runtimes, name, runtime)
        if (version < 44)
            json_object_del(runtime, "status");
    json_put(o, "Runtimes", runtimes);
    json_put_str(o, "DefaultRuntime", f->default_runtime ? f->default_runtime : "");
    json_put(o, "Swarm",
             json_pack("{s:s, s:s, s:s, s:b, s:s, s:n}", "NodeID", "", "NodeAddr", "", "LocalNodeState",
                       "inactive", "ControlAvailable", 0, "Error", "", "RemoteManagers"));
    json_put(o, "LiveRestoreEnabled", json_false());
    json_put_str(o, "Isolation", "");
    json_put_str(o, "InitBinary", f->init_path ? path_base(f->init_path) : "");
    put_commit(o, "ContainerdCommit", version);
    put_commit(o, "RuncCommit", version);
    put_commit(o, "InitCommit", version);
}

static void put_security(json_t *o, const struct system_facts *f, int version)
{
    json_t *options = json_array();

    if (f->apparmor)
        json_array_append_new(options, json_string(version < 25 ? "apparmor" : "name=apparmor"));
    if (f->seccomp)
        json_array_append_new(options,
                              json_string(version < 25 ? "seccomp" : "name=seccomp,profile=builtin"));
    if (f->cgroup_v2)
        json_array_append_new(options, json_string(version < 25 ? "cgroupns" : "name=cgroupns"));
    json_put(o, "SecurityOptions", options);
}

/* What a person should know before running anything here; null when there is nothing. */
static json_t *warnings(const json_t *info, const struct system_facts *f)
{
    /* clang-format off */
    static const char *const missing[][2] = {
        { "MemoryLimit", "WARNING: No memory limit support" },
        { "SwapLimit", "WARNING: No swap limit support" },
        { "CpuCfsPeriod", "WARNING: No cpu cfs period support" },
        { "CpuCfsQuota", "WARNING: No cpu cfs quota support" },
        { "CPUShares", "WARNING: No cpu shares support" },
        { "CPUSet", "WARNING: No cpuset support" },
        { "PidsLimit", "WARNING: No pids limit support" },
        { "IPv4Forwarding", "WARNING: IPv4 forwarding is disabled" },
    };
    /* clang-format on */
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
        if (!json_bool_at(info, missing[i][0], false))
            json_array_append_new(list, json_string(missing[i][1]));
    if (!f->blkio)
        json_array_append_new(list, json_string("WARNING: No blkio throttle support"));
    if (!f->seccomp)
        json_array_append_new(list, json_string("WARNING: No seccomp support"));
    if (json_array_size(list))
        return list;
    json_decref(list);
    return json_null();
}

json_t *system_info(struct request *req)
{
    struct engine *engine = request_engine(req);
    int version = request_version(req);
    json_t *o = json_object();

    json_put_str(o, "ID", engine->facts->id);
    put_counts(o, engine);
    put_driver(o, engine->facts);
    put_limits(o, engine->facts, version);
    put_process(o, engine);
    put_host(o, engine->facts);
    put_registries(o, engine->insecure_registries, version);
    put_runtimes(o, engine->facts, version);
    put_security(o, engine->facts, version);
    if (version >= 49)
        json_put(o, "FirewallBackend", json_pack("{s:s}", "Driver", "nftables"));
    json_put(o, "CDISpecDirs", json_array());
    json_put(o, "Warnings", warnings(o, engine->facts));
    return o;
}

json_t *system_version(struct request *req)
{
    const struct system_facts *f = request_engine(req)->facts;
    json_t *details = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ApiVersion",
                                API_VERSION_MAX, "Arch", f->go_arch, "BuildTime", ENGINE_BUILD_TIME,
                                "Experimental", "false", "GitCommit", ENGINE_COMMIT, "GoVersion", "",
                                "KernelVersion", f->kernel, "MinAPIVersion", API_VERSION_MIN, "Os", "linux");
    json_t *o = json_pack("{s:{s:s}, s:[{s:s, s:s, s:o}]}", "Platform", "Name", "Plimsoll reference engine",
                          "Components", "Name", "Engine", "Version", ENGINE_VERSION, "Details", details);

    json_put_str(o, "Version", ENGINE_VERSION);
    json_put_str(o, "ApiVersion", API_VERSION_MAX);
    json_put_str(o, "MinAPIVersion", API_VERSION_MIN);
    json_put_str(o, "GitCommit", ENGINE_COMMIT);
    json_put_str(o, "GoVersion", "");
    json_put_str(o, "Os", "linux");
    json_put_str(o, "Arch", f->go_arch);
    json_put_str(o, "KernelVersion", f->kernel);
    json_put_str(o, "BuildTime", ENGINE_BUILD_TIME);
    return o;
}
