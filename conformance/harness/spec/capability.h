/* spec/capability.h - what an engine says that it has.
 *
 * Everything comes from its own answers (GET /info and GET /version) or from flags that a person gives:
 * NEEDS_SAME_HOST and NEEDS_EXCLUSIVE are never found out.
 *
 *     NEEDS_MEMORY_LIMIT    info.MemoryLimit
 *     NEEDS_PIDS_LIMIT      info.PidsLimit
 *     NEEDS_CPU_QUOTA       info.CpuCfsQuota
 *     NEEDS_CPUSET          info.CPUSet
 *     NEEDS_BRIDGE_NETWORK  "bridge" in info.Plugins.Network
 *     NEEDS_LOCAL_VOLUMES   "local" in info.Plugins.Volume
 *     NEEDS_FREEZER         the OS is linux
 *     NEEDS_PRIVILEGED      the OS is linux; a case tries, and is blocked where the engine may not
 *     NEEDS_IPV6            the OS is linux; a case tries
 */
#ifndef PLIMSOLL_SPEC_CAPABILITY_H
#define PLIMSOLL_SPEC_CAPABILITY_H

#include "harness/case.h"

#include <jansson.h>

/* enum need, or-ed. Either may be NULL. */
unsigned capabilities_of(const json_t *info, const json_t *version);

/* "memory limit"; for one bit. */
const char *need_name(unsigned need);

/* The names of all bits of `needs` that `capabilities` lacks: "memory limit, freezer". Returns how many;
 * `text` is always ended. */
unsigned needs_missing(unsigned needs, unsigned capabilities, char *text, size_t size);

#endif
