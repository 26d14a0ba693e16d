/* container/gates.c - what ContainerCreate does differently for a client of an older API version.
 *
 * What a version does not know yet is dropped, or refused where a client could believe that it took effect. Seen on
 * docker-28.5 with versions 1.24 to 1.51; what 1.52 and later do is what the API's change log says. */
#include "container/internal.h"
#include "container/shape.h"

#include <string.h>

#define SYSCTLS_OPTION "com.docker.network.endpoint.sysctls"

static void warn(json_t *warnings, const char *text)
{
    json_array_append_new(warnings, json_string(text));
}

static int gate_mount_options(json_t *mount, int version, struct error *err)
{
    static const struct {
        const char *member, *type;
    } options[] = {
        {"BindOptions",    "bind"  },
        { "VolumeOptions", "volume"},
        { "TmpfsOptions",  "tmpfs" }
    };
    const char *type = json_str_at(mount, "Type", "");

    for (size_t i = 0; i < 3; i++) {
        if (!json_object_get(mount, options[i].member) || str_eq(type, options[i].type))
            continue;
        if (version >= 42)
            return error_set(err, ERR_INVALID, "%s must not be specified on mount type \"%s\"",
                             options[i].member, type);
        if (i > 0)
            json_object_del(mount, options[i].member);
    }
    return 0;
}

static int gate_mount(json_t *mount, int version, struct error *err)
{
    if (version < 42)
        json_object_del(json_object_get(mount, "BindOptions"), "CreateMountpoint");
    if (gate_mount_options(mount, version, err) < 0)
        return -1;
    if (version < 44 && json_bool_at(mount, "BindOptions.ReadOnlyForceRecursive", false))
        return error_set(err, ERR_INVALID, "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
    if (version < 44 && str_eq(json_str_at(mount, "Type", ""), "bind") &&
        json_bool_at(mount, "ReadOnly", false))
        json_put(mount, "BindOptions.ReadOnlyNonRecursive", json_true());
    if (version < 45 && json_at(mount, "VolumeOptions.Subpath"))
        return error_set(err, ERR_INVALID, "VolumeOptions.Subpath needs API v1.45 or newer");
    if (version < 48 && str_eq(json_str_at(mount, "Type", ""), "image"))
        return error_set(err, ERR_INVALID, "Mount type \"Image\" needs API v1.48 or newer");
    return 0;
}

static int gate_endpoints(json_t *networking, int version, struct error *err)
{
    json_t *endpoints = json_object_get(networking, "EndpointsConfig"), *endpoint;
    const char *name;

    if (version < 44 && json_object_size(endpoints) > 1) {
        scoped_strv names = { 0 };
        scoped_free char *list = NULL;

        json_object_foreach (endpoints, name, endpoint)
            strv_add(&names, name);
        list = strv_join(&names, ", ");
        return error_set(err, ERR_INVALID, "Container cannot be created with multiple network endpoints: %s",
                         list);
    }
    json_object_foreach (endpoints, name, endpoint) {
        if (!json_is_object(endpoint))
            continue;
        if (version < 44)
            json_object_set_new(endpoint, "MacAddress", json_string(""));
        if (version < 48)
            json_object_set_new(endpoint, "GwPriority", json_integer(0));
    }
    return 0;
}

/* The endpoint of the network that the container is made in; made if there is none. */
static int main_endpoint(const json_t *host_config, json_t *networking, json_t **ret, struct error *err)
{
    const char *mode = json_str_at(host_config, "NetworkMode", "");
    json_t *endpoints = json_object_get(networking, "EndpointsConfig"), *endpoint;

    if (!mode[0] || str_eq(mode, "default"))
        mode = "bridge";
    if (!json_is_object(endpoints)) {
        endpoints = json_object();
        json_object_set_new(networking, "EndpointsConfig", endpoints);
    }
    endpoint = json_object_get(endpoints, mode);
    if (!json_is_object(endpoint)) {
        if (shape_fill(NULL, endpoint_shape, "", &endpoint, err) < 0)
            return -1;
        json_object_set_new(endpoints, mode, endpoint);
    }
    *ret = endpoint;
    return 0;
}

/* From 1.44 on an address belongs to an endpoint; the old member is moved there, and said so. */
static int gate_mac_address(json_t *config, const json_t *host_config, json_t *networking, int version,
                            json_t *warnings, struct error *err)
{
    const char *mac = json_str_at(config, "MacAddress", "");
    json_t *endpoint;

    if (!mac[0] || version < 44)
        return 0;
    if (main_endpoint(host_config, networking, &endpoint, err) < 0)
        return -1;
    if (json_str_at(endpoint, "MacAddress", "")[0] && !str_eq(json_str_at(endpoint, "MacAddress", ""), mac))
        return error_set(
            err, ERR_INVALID,
            "the container-wide MAC address must match the endpoint-specific MAC address for the main "
            "network, or should be left empty");
    json_object_set_new(endpoint, "MacAddress", json_string(mac));
    warn(warnings, "The container-wide MacAddress field is now deprecated. It should be specified in "
                   "EndpointsConfig instead.");
    return 0;
}

/* "net.ipv4.conf.eth0.log_martians" is of an interface, and comes as "net.ipv4.conf.IFNAME.log_martians", since only the endpoint
 * knows the interface's name. NULL: of none. */
static char *sysctl_of_interface(const char *name)
{
    const char *part = name;
    size_t length;

    if (!str_starts(name, "net."))
        return NULL;
    for (int dots = 0; dots < 3; dots++) {
        part = strchr(part, '.');
        if (!part++)
            return NULL;
    }
    length = strcspn(part, ".");
    if (strncmp(part, "eth", 3) != 0 || part[length] != '.')
        return NULL;
    return xasprintf("%.*sIFNAME%s", (int)(part - name), name, part + length);
}

static int move_sysctl(const json_t *host_config, json_t *networking, const char *name, const char *setting,
                       json_t *warnings, struct error *err)
{
    json_t *endpoint, *options;
    scoped_free char *all = NULL, *text = NULL;
    const char *before;

    if (main_endpoint(host_config, networking, &endpoint, err) < 0)
        return -1;
    options = json_object_get(endpoint, "DriverOpts");
    if (!json_is_object(options)) {
        options = json_object();
        json_object_set_new(endpoint, "DriverOpts", options);
    }
    before = json_string_value(json_object_get(options, SYSCTLS_OPTION));
    all = before ? xasprintf("%s,%s", before, setting) : xstrdup(setting);
    json_object_set_new(options, SYSCTLS_OPTION, json_string(all));
    text = xasprintf("Migrated sysctl \"%s\" to DriverOpts{\"" SYSCTLS_OPTION "\":\"%s\"}.", name, setting);
    warn(warnings, text);
    return 0;
}

/* Before 1.48 they are moved to the endpoint, since then a client has to put them there itself. */
static int gate_sysctls(json_t *host_config, json_t *networking, int version, json_t *warnings,
                        struct error *err)
{
    json_t *sysctls = json_object_get(host_config, "Sysctls"), *value;
    const char *name;
    void *next;

    json_object_foreach_safe (sysctls, next, name, value) {
        scoped_free char *moved = sysctl_of_interface(name), *setting = NULL;

        if (!moved)
            continue;
        if (version >= 48)
            return error_set(err, ERR_SYSTEM,
                             "interface specific sysctl setting \"%s\" must be supplied using driver option "
                             "'" SYSCTLS_OPTION "'",
                             name);
        setting = xasprintf("%s=%s", moved, json_string_value(value));
        if (move_sysctl(host_config, networking, name, setting, warnings, err) < 0)
            return -1;
        json_object_del(sysctls, name);
    }
    if (sysctls && json_object_size(sysctls) == 0)
        json_object_del(host_config, "Sysctls");
    return 0;
}

static bool has_mount_of(const json_t *host_config, const char *type)
{
    json_t *mount;
    size_t i;

    json_array_foreach (json_object_get(host_config, "Mounts"), i, mount)
        if (str_eq(json_str_at(mount, "Type", ""), type))
            return true;
    return false;
}

static void warn_of(const json_t *host_config, int version, json_t *warnings)
{
    const char *port;
    json_t *bindings;

    if (version >= 48 && json_str_at(host_config, "VolumeDriver", "")[0] &&
        has_mount_of(host_config, "volume"))
        warn(warnings, "WARNING: the container-wide volume-driver configuration is ignored for volumes "
                       "specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead");
    if (has_mount_of(host_config, "image"))
        warn(warnings, "Image mount is an experimental feature");
    json_object_foreach (json_object_get(host_config, "PortBindings"), port, bindings)
        if (version >= 52 && json_array_size(bindings) == 0) {
            scoped_free char *text =
                xasprintf("The list of bindings of port %s is empty: it is published to a port that is "
                          "chosen for it, which is deprecated",
                          port);
            warn(warnings, text);
        }
}

int create_gates(json_t *config, json_t *host_config, json_t *networking, int version, json_t *warnings,
                 struct error *err)
{
    json_t *mount;
    size_t i;

    if (version < 40 && !json_str_at(host_config, "IpcMode", "")[0])
        json_object_set_new(host_config, "IpcMode", json_string("shareable"));
    if (version < 40 || version >= 52)
        json_object_del(host_config, "KernelMemoryTCP");
    if (version >= 42)
        json_object_del(host_config, "KernelMemory");
    if (version < 42)
        json_object_set_new(host_config, "ConsoleSize", json_pack("[i,i]", 0, 0));
    if (version < 43)
        json_object_del(host_config, "Annotations");
    if (version >= 52)
        json_object_del(config, "MacAddress");
    if (version < 44)
        json_object_del(json_object_get(config, "Healthcheck"), "StartInterval");
    json_array_foreach (json_object_get(host_config, "Mounts"), i, mount)
        if (gate_mount(mount, version, err) < 0)
            return -1;
    if (gate_endpoints(networking, version, err) < 0)
        return -1;
    if (json_int_at(host_config, "PidsLimit", 1) <= 0)
        json_object_set_new(host_config, "PidsLimit", json_null());
    if (json_int_at(host_config, "MemorySwappiness", 0) == -1) /* how the docker command line says nothing */
        json_object_set_new(host_config, "MemorySwappiness", json_null());
    warn_of(host_config, version, warnings);
    if (gate_sysctls(host_config, networking, version, warnings, err) < 0)
        return -1;
    return gate_mac_address(config, host_config, networking, version, warnings, err);
}

void update_gates(json_t *update, int version)
{
    static const char *const lists[] = { "BlkioWeightDevice", "BlkioDeviceReadBps", "BlkioDeviceWriteBps",
                                         "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps" };

    json_object_del(update, "KernelMemory"); /* no update changes these */
    json_object_del(update, "KernelMemoryTCP");
    if (version < 40)
        json_object_set_new(update, "PidsLimit", json_null());
    for (size_t i = 0; version < 55 && i < sizeof(lists) / sizeof(lists[0]); i++)
        json_object_set_new(update, lists[i], json_null());
}
