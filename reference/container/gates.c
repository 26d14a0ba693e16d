/* container/gates.c - what ContainerCreate does differently for a client of an older API version.
 *
 * What a version does not know yet is dropped, or refused where a client could believe that it took effect. Seen on
 * docker-28.5 with versions 1.41 to 1.51. */
#include "container/internal.h"
#include "container/shape.h"

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

/* From 1.44 on an address belongs to an endpoint; the old member is moved there, and said so. */
static int gate_mac_address(json_t *config, const json_t *host_config, json_t *networking, int version,
                            json_t *warnings, struct error *err)
{
    const char *mac = json_str_at(config, "MacAddress", ""),
               *mode = json_str_at(host_config, "NetworkMode", "");
    json_t *endpoints = json_object_get(networking, "EndpointsConfig"), *endpoint;

    if (!mac[0] || version < 44)
        return 0;
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
    if (json_str_at(endpoint, "MacAddress", "")[0] && !str_eq(json_str_at(endpoint, "MacAddress", ""), mac))
        return error_set(
            err, ERR_INVALID,
            "the container-wide MAC address must match the endpoint-specific MAC address for the main "
            "network, or should be left empty");
    json_object_set_new(endpoint, "MacAddress", json_string(mac));
    json_array_append_new(warnings,
                          json_string("The container-wide MacAddress field is now deprecated. It should be "
                                      "specified in EndpointsConfig instead."));
    return 0;
}

int create_gates(json_t *config, json_t *host_config, json_t *networking, int version, json_t *warnings,
                 struct error *err)
{
    json_t *mount;
    size_t i;

    if (version < 40 && !json_str_at(host_config, "IpcMode", "")[0])
        json_object_set_new(host_config, "IpcMode", json_string("shareable"));
    if (version < 42)
        json_object_set_new(host_config, "ConsoleSize", json_pack("[i,i]", 0, 0));
    if (version < 43)
        json_object_del(host_config, "Annotations");
    if (version < 44)
        json_object_del(json_object_get(config, "Healthcheck"), "StartInterval");
    if (version < 40)
        json_object_set_new(host_config, "PidsLimit", json_null());
    json_array_foreach (json_object_get(host_config, "Mounts"), i, mount)
        if (gate_mount(mount, version, err) < 0)
            return -1;
    if (gate_endpoints(networking, version, err) < 0)
        return -1;
    if (json_int_at(host_config, "PidsLimit", 1) <= 0)
        json_object_set_new(host_config, "PidsLimit", json_null());
    if (json_int_at(host_config, "MemorySwappiness", 0) == -1) /* how the docker command line says nothing */
        json_object_set_new(host_config, "MemorySwappiness", json_null());
    return gate_mac_address(config, host_config, networking, version, warnings, err);
}
