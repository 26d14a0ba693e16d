/* scene/facts.h - what the runner must know of an engine before the first case. */
#ifndef PLIMSOLL_SCENE_FACTS_H
#define PLIMSOLL_SCENE_FACTS_H

#include "harness/wire/target.h"

#include <jansson.h>
#include <stdbool.h>

struct engine_facts {
    bool reachable;    /* something answers HTTP there */
    bool is_engine;    /* ... and its /_ping, /version and /info have the form of an engine's */
    char *why;         /* why not, in one line; NULL when is_engine */
    char *api_version; /* the newest it speaks; the rest is NULL or 0 unless is_engine */
    char *min_api_version;
    char *product; /* "Docker Engine", "Podman Engine", ...: Components[0].Name, or Platform.Name, or "engine"
                    */
    char *version; /* "28.5.2" */
    char *os, *arch, *kernel;
    unsigned capabilities; /* spec/capability.h */
    json_t *info;          /* the answers as they came */
    json_t *version_json;
};

/* Asks GET /_ping, /version and /info, without a version prefix, each within `timeout_ms`. Never fails: the
 * facts say it. */
void facts_probe(const struct wire_target *target, unsigned timeout_ms, struct engine_facts *ret);
/* The facts of an engine that gave these answers to GET /version and GET /info, as a recording keeps them. */
void facts_read(json_t *version, json_t *info, struct engine_facts *ret);
void facts_clear(struct engine_facts *facts); /* takes NULL */

#endif
