/* container/shapes.c - the tables of shape.h: ContainerConfig, HostConfig, EndpointSettings, ExecConfig (OpenAPI).
 *
 * The order is that of docker-28.5's answers. KernelMemory is told as it was asked for, and no kernel heeds it any more. */
#include "container/shape.h"

#define OMIT     SHAPE_OMIT
#define NULLED   SHAPE_NULL
#define OPTIONAL (SHAPE_OMIT | SHAPE_NULL) /* a pointer with omitempty */
#define END                                                                                                  \
    {                                                                                                        \
        NULL, SHAPE_STRING, 0, NULL, NULL                                                                    \
    }

static const struct shape healthcheck_shape[] = {
    {"Test",           SHAPE_STRINGS, OMIT, NULL,            NULL},
    { "Interval",      SHAPE_INT,     OMIT, "time.Duration", NULL},
    { "Timeout",       SHAPE_INT,     OMIT, "time.Duration", NULL},
    { "StartPeriod",   SHAPE_INT,     OMIT, "time.Duration", NULL},
    { "StartInterval", SHAPE_INT,     OMIT, "time.Duration", NULL},
    { "Retries",       SHAPE_INT,     OMIT, "int",           NULL},
    END,
};

const struct shape config_shape[] = {
    {"Hostname",         SHAPE_STRING,     0,        NULL,                     NULL             },
    { "Domainname",      SHAPE_STRING,     0,        NULL,                     NULL             },
    { "User",            SHAPE_STRING,     0,        NULL,                     NULL             },
    { "AttachStdin",     SHAPE_BOOL,       0,        NULL,                     NULL             },
    { "AttachStdout",    SHAPE_BOOL,       0,        NULL,                     NULL             },
    { "AttachStderr",    SHAPE_BOOL,       0,        NULL,                     NULL             },
    { "ExposedPorts",    SHAPE_SET,        OMIT,     "nat.PortSet",            NULL             },
    { "Tty",             SHAPE_BOOL,       0,        NULL,                     NULL             },
    { "OpenStdin",       SHAPE_BOOL,       0,        NULL,                     NULL             },
    { "StdinOnce",       SHAPE_BOOL,       0,        NULL,                     NULL             },
    { "Env",             SHAPE_STRINGS,    0,        NULL,                     NULL             },
    { "Cmd",             SHAPE_COMMAND,    0,        NULL,                     NULL             },
    { "Healthcheck",     SHAPE_OBJECT,     OPTIONAL, "container.HealthConfig", healthcheck_shape},
    { "ArgsEscaped",     SHAPE_BOOL,       OMIT,     NULL,                     NULL             },
    { "Image",           SHAPE_STRING,     0,        NULL,                     NULL             },
    { "Volumes",         SHAPE_SET,        0,        NULL,                     NULL             },
    { "WorkingDir",      SHAPE_STRING,     0,        NULL,                     NULL             },
    { "Entrypoint",      SHAPE_COMMAND,    0,        NULL,                     NULL             },
    { "NetworkDisabled", SHAPE_BOOL,       OMIT,     NULL,                     NULL             },
    { "MacAddress",      SHAPE_STRING,     OMIT,     NULL,                     NULL             },
    { "OnBuild",         SHAPE_STRINGS,    0,        NULL,                     NULL             },
    { "Labels",          SHAPE_STRING_MAP, 0,        NULL,                     NULL             },
    { "StopSignal",      SHAPE_STRING,     OMIT,     NULL,                     NULL             },
    { "StopTimeout",     SHAPE_INT,        OPTIONAL, "int",                    NULL             },
    { "Shell",           SHAPE_COMMAND,    OMIT,     NULL,                     NULL             },
    END,
};

static const struct shape log_config_shape[] = {
    {"Type",    SHAPE_STRING,     0, NULL, NULL},
    { "Config", SHAPE_STRING_MAP, 0, NULL, NULL},
    END,
};

static const struct shape port_binding_shape[] = {
    {"HostIp",    SHAPE_STRING, 0, NULL, NULL},
    { "HostPort", SHAPE_STRING, 0, NULL, NULL},
    END,
};

static const struct shape restart_policy_shape[] = {
    {"Name",               SHAPE_STRING, 0, "container.RestartPolicyMode", NULL},
    { "MaximumRetryCount", SHAPE_INT,    0, "int",                         NULL},
    END,
};

static const struct shape weight_device_shape[] = {
    {"Path",    SHAPE_STRING, 0, NULL, NULL},
    { "Weight", SHAPE_INT,    0, NULL, NULL},
    END,
};

static const struct shape throttle_device_shape[] = {
    {"Path",  SHAPE_STRING, 0, NULL, NULL},
    { "Rate", SHAPE_INT,    0, NULL, NULL},
    END,
};

static const struct shape device_shape[] = {
    {"PathOnHost",         SHAPE_STRING, 0, NULL, NULL},
    { "PathInContainer",   SHAPE_STRING, 0, NULL, NULL},
    { "CgroupPermissions", SHAPE_STRING, 0, NULL, NULL},
    END,
};

static const struct shape device_request_shape[] = {
    {"Driver",        SHAPE_STRING,     0, NULL,         NULL},
    { "Count",        SHAPE_INT,        0, NULL,         NULL},
    { "DeviceIDs",    SHAPE_STRINGS,    0, NULL,         NULL},
    { "Capabilities", SHAPE_LISTS,      0, "[][]string", NULL},
    { "Options",      SHAPE_STRING_MAP, 0, NULL,         NULL},
    END,
};

static const struct shape ulimit_shape[] = {
    {"Name",  SHAPE_STRING, 0, NULL, NULL},
    { "Hard", SHAPE_INT,    0, NULL, NULL},
    { "Soft", SHAPE_INT,    0, NULL, NULL},
    END,
};

static const struct shape bind_options_shape[] = {
    {"Propagation",             SHAPE_STRING, OMIT, NULL, NULL},
    { "NonRecursive",           SHAPE_BOOL,   OMIT, NULL, NULL},
    { "CreateMountpoint",       SHAPE_BOOL,   OMIT, NULL, NULL},
    { "ReadOnlyNonRecursive",   SHAPE_BOOL,   OMIT, NULL, NULL},
    { "ReadOnlyForceRecursive", SHAPE_BOOL,   OMIT, NULL, NULL},
    END,
};

static const struct shape driver_config_shape[] = {
    {"Name",     SHAPE_STRING,     OMIT, NULL, NULL},
    { "Options", SHAPE_STRING_MAP, OMIT, NULL, NULL},
    END,
};

static const struct shape volume_options_shape[] = {
    {"NoCopy",        SHAPE_BOOL,       OMIT,     NULL, NULL               },
    { "Labels",       SHAPE_STRING_MAP, OMIT,     NULL, NULL               },
    { "Subpath",      SHAPE_STRING,     OMIT,     NULL, NULL               },
    { "DriverConfig", SHAPE_OBJECT,     OPTIONAL, NULL, driver_config_shape},
    END,
};

static const struct shape tmpfs_options_shape[] = {
    {"SizeBytes", SHAPE_INT,   OMIT, NULL, NULL},
    { "Mode",     SHAPE_INT,   OMIT, NULL, NULL},
    { "Options",  SHAPE_LISTS, OMIT, NULL, NULL},
    END,
};

static const struct shape image_options_shape[] = {
    {"Subpath", SHAPE_STRING, OMIT, NULL, NULL},
    END,
};

static const struct shape mount_shape[] = {
    {"Type",           SHAPE_STRING, OMIT,     NULL, NULL                },
    { "Source",        SHAPE_STRING, OMIT,     NULL, NULL                },
    { "Target",        SHAPE_STRING, OMIT,     NULL, NULL                },
    { "ReadOnly",      SHAPE_BOOL,   OMIT,     NULL, NULL                },
    { "Consistency",   SHAPE_STRING, OMIT,     NULL, NULL                },
    { "BindOptions",   SHAPE_OBJECT, OPTIONAL, NULL, bind_options_shape  },
    { "VolumeOptions", SHAPE_OBJECT, OPTIONAL, NULL, volume_options_shape},
    { "TmpfsOptions",  SHAPE_OBJECT, OPTIONAL, NULL, tmpfs_options_shape },
    { "ImageOptions",  SHAPE_OBJECT, OPTIONAL, NULL, image_options_shape },
    END,
};

#define RESOURCES                                                                                            \
    { "CpuShares", SHAPE_INT, 0, NULL, NULL }, { "Memory", SHAPE_INT, 0, NULL, NULL },                       \
        { "NanoCpus", SHAPE_INT, 0, NULL, NULL }, { "CgroupParent", SHAPE_STRING, 0, NULL, NULL },           \
        { "BlkioWeight", SHAPE_INT, 0, NULL, NULL },                                                         \
        { "BlkioWeightDevice", SHAPE_OBJECTS, 0, NULL, weight_device_shape },                                \
        { "BlkioDeviceReadBps", SHAPE_OBJECTS, 0, NULL, throttle_device_shape },                             \
        { "BlkioDeviceWriteBps", SHAPE_OBJECTS, 0, NULL, throttle_device_shape },                            \
        { "BlkioDeviceReadIOps", SHAPE_OBJECTS, 0, NULL, throttle_device_shape },                            \
        { "BlkioDeviceWriteIOps", SHAPE_OBJECTS, 0, NULL, throttle_device_shape },                           \
        { "CpuPeriod", SHAPE_INT, 0, NULL, NULL }, { "CpuQuota", SHAPE_INT, 0, NULL, NULL },                 \
        { "CpuRealtimePeriod", SHAPE_INT, 0, NULL, NULL },                                                   \
        { "CpuRealtimeRuntime", SHAPE_INT, 0, NULL, NULL }, { "CpusetCpus", SHAPE_STRING, 0, NULL, NULL },   \
        { "CpusetMems", SHAPE_STRING, 0, NULL, NULL }, { "Devices", SHAPE_OBJECTS, 0, NULL, device_shape },  \
        { "DeviceCgroupRules", SHAPE_STRINGS, 0, NULL, NULL },                                               \
        { "DeviceRequests", SHAPE_OBJECTS, 0, NULL, device_request_shape },                                  \
        { "KernelMemory", SHAPE_INT, OMIT, NULL, NULL }, { "KernelMemoryTCP", SHAPE_INT, OMIT, NULL, NULL }, \
        { "MemoryReservation", SHAPE_INT, 0, NULL, NULL }, { "MemorySwap", SHAPE_INT, 0, NULL, NULL },       \
        { "MemorySwappiness", SHAPE_INT, NULLED, NULL, NULL },                                               \
        { "OomKillDisable", SHAPE_BOOL, NULLED, NULL, NULL },                                                \
        { "PidsLimit", SHAPE_INT, NULLED, NULL, NULL }, { "Ulimits", SHAPE_OBJECTS, 0, NULL, ulimit_shape }, \
        { "CpuCount", SHAPE_INT, 0, NULL, NULL }, { "CpuPercent", SHAPE_INT, 0, NULL, NULL },                \
        { "IOMaximumIOps", SHAPE_INT, 0, NULL, NULL },                                                       \
    {                                                                                                        \
        "IOMaximumBandwidth", SHAPE_INT, 0, NULL, NULL                                                       \
    }

const struct shape host_config_shape[] = {
    {"Binds",            SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "ContainerIDFile", SHAPE_STRING,     0,        NULL,                      NULL                },
    { "LogConfig",       SHAPE_OBJECT,     0,        "container.LogConfig",     log_config_shape    },
    { "NetworkMode",     SHAPE_STRING,     0,        NULL,                      NULL                },
    { "PortBindings",    SHAPE_LISTS_MAP,  0,        "nat.PortMap",             port_binding_shape  },
    { "RestartPolicy",   SHAPE_OBJECT,     0,        "container.RestartPolicy", restart_policy_shape},
    { "AutoRemove",      SHAPE_BOOL,       0,        NULL,                      NULL                },
    { "VolumeDriver",    SHAPE_STRING,     0,        NULL,                      NULL                },
    { "VolumesFrom",     SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "ConsoleSize",     SHAPE_PAIR,       0,        NULL,                      NULL                },
    { "Annotations",     SHAPE_STRING_MAP, OMIT,     NULL,                      NULL                },
    { "CapAdd",          SHAPE_COMMAND,    0,        NULL,                      NULL                },
    { "CapDrop",         SHAPE_COMMAND,    0,        NULL,                      NULL                },
    { "CgroupnsMode",    SHAPE_STRING,     0,        NULL,                      NULL                },
    { "Dns",             SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "DnsOptions",      SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "DnsSearch",       SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "ExtraHosts",      SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "GroupAdd",        SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "IpcMode",         SHAPE_STRING,     0,        NULL,                      NULL                },
    { "Cgroup",          SHAPE_STRING,     0,        NULL,                      NULL                },
    { "Links",           SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "OomScoreAdj",     SHAPE_INT,        0,        "int",                     NULL                },
    { "PidMode",         SHAPE_STRING,     0,        NULL,                      NULL                },
    { "Privileged",      SHAPE_BOOL,       0,        NULL,                      NULL                },
    { "PublishAllPorts", SHAPE_BOOL,       0,        NULL,                      NULL                },
    { "ReadonlyRootfs",  SHAPE_BOOL,       0,        NULL,                      NULL                },
    { "SecurityOpt",     SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "StorageOpt",      SHAPE_STRING_MAP, OMIT,     NULL,                      NULL                },
    { "Tmpfs",           SHAPE_STRING_MAP, OMIT,     NULL,                      NULL                },
    { "UTSMode",         SHAPE_STRING,     0,        NULL,                      NULL                },
    { "UsernsMode",      SHAPE_STRING,     0,        NULL,                      NULL                },
    { "ShmSize",         SHAPE_INT,        0,        NULL,                      NULL                },
    { "Sysctls",         SHAPE_STRING_MAP, OMIT,     NULL,                      NULL                },
    { "Runtime",         SHAPE_STRING,     OMIT,     NULL,                      NULL                },
    { "Isolation",       SHAPE_STRING,     0,        NULL,                      NULL                },
    RESOURCES,
    { "Mounts",          SHAPE_OBJECTS,    OMIT,     NULL,                      mount_shape         },
    { "MaskedPaths",     SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "ReadonlyPaths",   SHAPE_STRINGS,    0,        NULL,                      NULL                },
    { "Init",            SHAPE_BOOL,       OPTIONAL, NULL,                      NULL                },
    END,
};

const struct shape update_shape[] = {
    RESOURCES,
    {"RestartPolicy", SHAPE_OBJECT, 0, "container.RestartPolicy", restart_policy_shape},
    END,
};

static const struct shape ipam_shape[] = {
    {"IPv4Address",   SHAPE_STRING,  OMIT, NULL, NULL},
    { "IPv6Address",  SHAPE_STRING,  OMIT, NULL, NULL},
    { "LinkLocalIPs", SHAPE_STRINGS, OMIT, NULL, NULL},
    END,
};

const struct shape endpoint_shape[] = {
    {"IPAMConfig",           SHAPE_OBJECT,     NULLED, NULL, ipam_shape},
    { "Links",               SHAPE_STRINGS,    0,      NULL, NULL      },
    { "Aliases",             SHAPE_STRINGS,    0,      NULL, NULL      },
    { "MacAddress",          SHAPE_STRING,     0,      NULL, NULL      },
    { "DriverOpts",          SHAPE_STRING_MAP, 0,      NULL, NULL      },
    { "GwPriority",          SHAPE_INT,        0,      NULL, NULL      },
    { "NetworkID",           SHAPE_STRING,     0,      NULL, NULL      },
    { "EndpointID",          SHAPE_STRING,     0,      NULL, NULL      },
    { "Gateway",             SHAPE_STRING,     0,      NULL, NULL      },
    { "IPAddress",           SHAPE_STRING,     0,      NULL, NULL      },
    { "IPPrefixLen",         SHAPE_INT,        0,      NULL, NULL      },
    { "IPv6Gateway",         SHAPE_STRING,     0,      NULL, NULL      },
    { "GlobalIPv6Address",   SHAPE_STRING,     0,      NULL, NULL      },
    { "GlobalIPv6PrefixLen", SHAPE_INT,        0,      NULL, NULL      },
    { "DNSNames",            SHAPE_STRINGS,    0,      NULL, NULL      },
    END,
};

const struct shape networking_shape[] = {
    {"EndpointsConfig", SHAPE_OBJECT_MAP, 0, NULL, endpoint_shape},
    END,
};

const struct shape exec_shape[] = {
    {"User",          SHAPE_STRING,  0,        NULL, NULL},
    { "Privileged",   SHAPE_BOOL,    0,        NULL, NULL},
    { "Tty",          SHAPE_BOOL,    0,        NULL, NULL},
    { "ConsoleSize",  SHAPE_PAIR,    OPTIONAL, NULL, NULL},
    { "AttachStdin",  SHAPE_BOOL,    0,        NULL, NULL},
    { "AttachStderr", SHAPE_BOOL,    0,        NULL, NULL},
    { "AttachStdout", SHAPE_BOOL,    0,        NULL, NULL},
    { "DetachKeys",   SHAPE_STRING,  0,        NULL, NULL},
    { "Env",          SHAPE_STRINGS, 0,        NULL, NULL},
    { "WorkingDir",   SHAPE_STRING,  0,        NULL, NULL},
    { "Cmd",          SHAPE_STRINGS, 0,        NULL, NULL},
    END,
};
