/* spec/capability.c - see capability.h. A case that needs what only a try can tell (privileged, IPv6) gets
 * the benefit of the doubt. */
#include "harness/spec/capability.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned need;
    const char *name;
} names[] = {
    {NEEDS_MEMORY_LIMIT,    "memory limit"                       },
    { NEEDS_PIDS_LIMIT,     "process limit"                      },
    { NEEDS_CPU_QUOTA,      "processor quota"                    },
    { NEEDS_CPUSET,         "processor sets"                     },
    { NEEDS_FREEZER,        "freezer"                            },
    { NEEDS_BRIDGE_NETWORK, "bridge networks"                    },
    { NEEDS_PRIVILEGED,     "privileged containers"              },
    { NEEDS_SAME_HOST,      "the engine's own host (--same-host)"},
    { NEEDS_EXCLUSIVE,      "an engine of its own (--exclusive)" },
    { NEEDS_LOCAL_VOLUMES,  "local volumes"                      },
    { NEEDS_IPV6,           "IPv6"                               },
};

static bool lists(const json_t *info, const char *kind, const char *name)
{
    const json_t *array = json_object_get(json_object_get(info, "Plugins"), kind);
    const json_t *value;
    size_t i;

    json_array_foreach (array, i, value) {
        const char *text = json_string_value(value);
        if (text && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

static const char *os_of(const json_t *info, const json_t *version)
{
    const char *os = json_string_value(json_object_get(info, "OSType"));

    if (!os)
        os = json_string_value(json_object_get(version, "Os"));
    return os ? os : "";
}

unsigned capabilities_of(const json_t *info, const json_t *version)
{
    unsigned ret = 0;

    if (json_is_true(json_object_get(info, "MemoryLimit")))
        ret |= NEEDS_MEMORY_LIMIT;
    if (json_is_true(json_object_get(info, "PidsLimit")))
        ret |= NEEDS_PIDS_LIMIT;
    if (json_is_true(json_object_get(info, "CpuCfsQuota")))
        ret |= NEEDS_CPU_QUOTA;
    if (json_is_true(json_object_get(info, "CPUSet")))
        ret |= NEEDS_CPUSET;
    if (lists(info, "Network", "bridge"))
        ret |= NEEDS_BRIDGE_NETWORK;
    if (lists(info, "Volume", "local"))
        ret |= NEEDS_LOCAL_VOLUMES;
    if (strcmp(os_of(info, version), "linux") == 0)
        ret |= NEEDS_FREEZER | NEEDS_PRIVILEGED | NEEDS_IPV6;
    return ret;
}

const char *need_name(unsigned need)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].need == need)
            return names[i].name;
    return "something without a name";
}

unsigned needs_missing(unsigned needs, unsigned capabilities, char *text, size_t size)
{
    unsigned missing = needs & ~capabilities, count = 0;
    size_t used = 0;

    if (size)
        text[0] = '\0';
    for (unsigned bit = 1; bit && bit <= missing; bit <<= 1) {
        int n;
        if (!(missing & bit))
            continue;
        n = used < size ? snprintf(text + used, size - used, "%s%s", count ? ", " : "", need_name(bit)) : 0;
        used += n > 0 ? (size_t)n : 0;
        count++;
    }
    return count;
}
