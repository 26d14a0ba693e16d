/* runtime/capabilities.h - which capabilities a container has (capabilities(7)). */
#ifndef RUNTIME_CAPABILITIES_H
#define RUNTIME_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"

/* "net_admin", "CAP_NET_ADMIN" -> "CAP_NET_ADMIN"; "all" -> "ALL"; NULL when the kernel's headers know no such one. */
const char *capability_name(const char *name);

/* Checks HostConfig.CapAdd and CapDrop as a Docker Engine does when a container is created: ERR_INVALID "invalid CapAdd:
 * unknown capability: \"CAP_FOO\"". */
int capabilities_check(const json_t *host_config, struct error *err);

/* The container's set, without what this process may not give away itself. */
int capabilities_make(const json_t *host_config, bool privileged, struct strv *ret, struct error *err);

#endif
