/* runtime/mounts.h - what a container finds mounted. Private to runtime/. */
#ifndef RUNTIME_MOUNTS_H
#define RUNTIME_MOUNTS_H

#include "runtime/spec.h"

#define INIT_TARGET "/sbin/docker-init" /* where clients and images expect it */

int mounts_make(const struct spec *spec, const struct host *host, json_t **ret, struct error *err);

#endif
