/* registry/inspect.h - see inspect.c. */
#ifndef REGISTRY_INSPECT_H
#define REGISTRY_INSPECT_H

#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"
#include "registry/credentials.h"

/* *ret: {"Descriptor": {...}, "Platforms": [...]}. Errors as in registry/client.h. */
int registry_inspect(const char *name, const struct credentials *who, const struct strv *insecure,
                     json_t **ret, struct error *err);

#endif
