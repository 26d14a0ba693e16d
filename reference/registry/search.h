/* registry/search.h - ImageSearch, by the old index protocol that registries with a search still speak (GET /v1/search). */
#ifndef REGISTRY_SEARCH_H
#define REGISTRY_SEARCH_H

#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"
#include "registry/credentials.h"

#define SEARCH_LIMIT_MAX     100
#define SEARCH_LIMIT_DEFAULT 25

/* `term`: "[HOST/]WORDS"; without a host the default index. *ret: an array of {"name", "description", "star_count", "is_official",
 * "is_automated"}. */
int registry_search(const char *term, int limit, const struct credentials *who, const struct strv *insecure,
                    json_t **ret, struct error *err);

#endif
