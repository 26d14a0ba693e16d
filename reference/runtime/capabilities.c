/* runtime/capabilities.c - default set, CapAdd and CapDrop.
 *
 * A runtime that is told to keep a capability which is not in our own bounding set fails ("unable to apply caps"), so
 * such a one is left out: on a host that lacks one, a privileged container gets all that there is. Seen with dockerd:
 * 28.5 leaves them out of ALL too, 20.10 fails. */
#include "runtime/capabilities.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

/* By number (linux/capability.h). */
static const char *const names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
#define COUNT (sizeof(names) / sizeof(names[0]))

/* In dockerd's order. */
static const char *const defaults[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE",
};

static void normalise(const char *name, char ret[64])
{
    size_t n = 0;
    const char *prefix = strncasecmp(name, "CAP_", 4) == 0 || strcasecmp(name, "ALL") == 0 ? "" : "CAP_";

    while (*prefix)
        ret[n++] = *prefix++;
    while (*name && n < 63)
        ret[n++] = (char)toupper((unsigned char)*name++);
    ret[n] = '\0';
}

const char *capability_name(const char *name)
{
    char wanted[64];

    normalise(name, wanted);
    if (str_eq(wanted, "ALL") || str_eq(wanted, "CAP_ALL"))
        return "ALL";
    for (size_t i = 0; i < COUNT; i++)
        if (str_eq(names[i], wanted))
            return names[i];
    return NULL;
}

static int check_list(const json_t *host_config, const char *member, struct error *err)
{
    json_t *list = json_at(host_config, member), *item;
    size_t i;
    char wanted[64];

    json_array_foreach (list, i, item) {
        const char *name = json_string_value(item);

        if (name && capability_name(name))
            continue;
        normalise(name ? name : "", wanted);
        return error_set(err, ERR_INVALID, "invalid %s: unknown capability: \"%s\"", member, wanted);
    }
    return 0;
}

int capabilities_check(const json_t *host_config, struct error *err)
{
    if (check_list(host_config, "CapAdd", err) < 0 || check_list(host_config, "CapDrop", err) < 0)
        return -1;
    return 0;
}

static uint64_t mask_of(const char *name)
{
    if (str_eq(name, "ALL"))
        return (UINT64_C(1) << COUNT) - 1;
    for (size_t i = 0; i < COUNT; i++)
        if (str_eq(names[i], name))
            return UINT64_C(1) << i;
    return 0;
}

static uint64_t mask_of_list(const json_t *host_config, const char *member)
{
    json_t *list = json_at(host_config, member), *item;
    uint64_t mask = 0;
    size_t i;

    json_array_foreach (list, i, item)
        if (json_is_string(item) && capability_name(json_string_value(item)))
            mask |= mask_of(capability_name(json_string_value(item)));
    return mask;
}

static uint64_t own_bounding_set(void)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < COUNT; i++)
        if (prctl(PR_CAPBSET_READ, (unsigned long)i, 0, 0, 0) == 1)
            mask |= UINT64_C(1) << i;
    return mask;
}

/* ALL beats names: "add ALL, drop X" is all but X; "drop ALL, add X" is X alone. */
static uint64_t wanted_set(const json_t *host_config)
{
    const uint64_t all = mask_of("ALL");
    uint64_t add = mask_of_list(host_config, "CapAdd"), drop = mask_of_list(host_config, "CapDrop"), base = 0;

    if (add == all)
        return drop == all ? all : all & ~drop;
    if (drop == all)
        return add;
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        base |= mask_of(defaults[i]);
    return (base & ~drop) | add;
}

int capabilities_make(const json_t *host_config, bool privileged, struct strv *ret, struct error *err)
{
    uint64_t mask;

    if (capabilities_check(host_config, err) < 0)
        return -1;
    mask = privileged ? mask_of("ALL") : wanted_set(host_config);
    mask &= own_bounding_set();
    for (size_t i = 0; i < COUNT; i++)
        if (mask & UINT64_C(1) << i)
            strv_add(ret, names[i]);
    return 0;
}
