/* runtime/devices.h - device nodes and which devices a container may use (OCI runtime-spec config-linux.md "devices"). */
#ifndef RUNTIME_DEVICES_H
#define RUNTIME_DEVICES_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"

/* *nodes: linux.devices; *rules: linux.resources.devices. ERR_SYSTEM with dockerd's text for what cannot be had. */
int devices_make(const json_t *host_config, bool privileged, json_t **nodes, json_t **rules,
                 struct error *err);

#endif
