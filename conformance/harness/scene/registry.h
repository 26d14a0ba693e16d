/* scene/registry.h - a registry of the case's own, beside the engine.
 *
 * It is the probe's (fixtures/images/probe/registry.c) in a container of the engine that is examined, in the network of the engine's host:
 * so the engine reaches it at 127.0.0.1, wherever it is, and may speak plain HTTP to it. It is told what to hold and what to do wrong by
 * its stdin, and says on its stdout what it was asked. */
#ifndef PLIMSOLL_SCENE_REGISTRY_H
#define PLIMSOLL_SCENE_REGISTRY_H

#include "harness/scene/scene.h"

#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX       "application/vnd.oci.image.index.v1+json"

struct registry;

/* Blocked when the engine does not say that it takes plain HTTP from the loopback (SystemInfo, InsecureRegistryCIDRs). */
struct registry *given_registry(struct scene *s);
const char *registry_host(const struct registry *g); /* "127.0.0.1:41833" */

/* An image that the registry holds; text is of the scene's. */
struct held {
    const char *path; /* of the repository: "plimsoll/run-RUN/1-a" */
    const char *name; /* as engines name it: HOST/path */
    const char *tag, *digest, *id, *layer, *diff_id;
    size_t size, layer_size;
    const char *type, *manifest;
};

struct holding {
    const char *path, *tag; /* NULL: a new repository, "1" */
    json_t *
        config; /* merged over the configuration (takes); '/architecture' and its like are members of the image itself */
    bool oci;
    const char *compression; /* "gzip" (NULL), "zstd", "" */
    const char *content;     /* of the layer's one file, /mark; NULL: like no other. */
    const char *below;       /* of a layer below it; NULL: there is none */
    bool probe;              /* its layer is the probe's */
};

/* Labelled as everything that the scene makes, once it is on the engine. */
const struct held *given_held(struct registry *g, struct holding what);
/* A manifest of one's own, of this JSON (takes) or text; returns its digest. */
const char *given_manifest(struct registry *g, const char *path, const char *tag, const char *type,
                           json_t *manifest);
const char *given_manifest_text(struct registry *g, const char *path, const char *tag, const char *type,
                                const char *text);
/* An entry of an index for it: {"mediaType", "digest", "size", "platform"}; the platform is JSON as json_of() has it. */
json_t *entry_of(const struct held *image, const char *platform_json);

/* "basic hold SECRET", "bearer hold SECRET IDENTITY TOKEN", "none". */
void given_auth(struct registry *g, const char *format, ...) PRINTF_LIKE(2, 3);
/* "GET /v2/PATH/blobs 1 cut 30": see registry.c. */
void given_fault(struct registry *g, const char *format, ...) PRINTF_LIKE(2, 3);

/* All lines "request METHOD TARGET STATUS RANGE AUTHORIZATION" so far. */
const char *registry_log(struct registry *g);
/* How many of them begin with this, behind "request ". */
int registry_requests(struct registry *g, const char *format, ...) PRINTF_LIKE(2, 3);
/* A manifest or a config that the registry has now; borrowed. NULL: not there, or no JSON. */
const json_t *registry_shown(struct registry *g, const char *path, const char *reference);

/* A file with a tar of the probe's files, compressed by "gzip" or "zstd", or "" plain. */
const char *archive_of_probe(struct scene *s, const char *compression);

/* The value of X-Registry-Auth: JSON of this template, in URL-safe base64. */
const char *registry_auth(struct scene *s, const char *json_template, ...) PRINTF_LIKE(2, 3);
const char *base64_url(struct scene *s, const char *text);

/* POST /images/create, and /images/NAME/push, with that header; NULL: without. */
struct exchange *when_pull(struct scene *s, const char *auth, const char *query, ...) PRINTF_LIKE(3, 4);
struct exchange *when_push(struct scene *s, const char *auth, const char *name, const char *query);

/* The first message of a progress stream whose members equal those of the template; NULL: none. Borrowed. */
const json_t *message_of(struct exchange *x, const char *json_template, ...) PRINTF_LIKE(2, 3);
/* The last one; NULL: it has none. */
const json_t *last_message(struct exchange *x);
/* Is there a message with this in its "status"; and with this in its "error" and "errorDetail.message"? */
bool says_status(struct exchange *x, const char *part);
bool says_error(struct exchange *x, const char *part);
/* "82e25ad3e816" of "sha256:82e25ad3e816..." */
const char *short_digest(struct scene *s, const char *digest);

#endif
