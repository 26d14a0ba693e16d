/* runtime/seccomp.h - which system calls a container may make (OCI runtime-spec config-linux.md "seccomp"). */
#ifndef RUNTIME_SECCOMP_H
#define RUNTIME_SECCOMP_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"

/* The default profile for a container with these capabilities. */
json_t *seccomp_default(const struct strv *capabilities);
/* A profile as "--security-opt seccomp=" takes it: conditions by capability, architecture and kernel are resolved.
 * ERR_SYSTEM "Decoding seccomp profile failed: ..." (dockerd answers 500 at start). */
int seccomp_from_profile(const char *text, const struct strv *capabilities, json_t **ret, struct error *err);

#endif
