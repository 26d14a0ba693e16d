/* runtime/resources.h - HostConfig's limits as the OCI's linux.resources. Private to runtime/. */
#ifndef RUNTIME_RESOURCES_H
#define RUNTIME_RESOURCES_H

#include "runtime/runtime.h"

/* Without "devices". What the host has no controller for is left out. */
json_t *resources_make(const json_t *host_config, const struct host *host);

#endif
