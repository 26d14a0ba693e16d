/* build/build.h - ImageBuild: a context and a Dockerfile to an image, one step after the other.
 *
 *     text -> instructions (dockerfile.h) -> stages (stages.h) -> steps, each an image made of the one before
 *
 * A step that was made before, of the same image with the same words and files, is taken from what is there. RUN runs in a container;
 * COPY and ADD write into a tree mounted for them; all others change the config alone. From any thread, many builds at once. */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "archive/tar.h"
#include "base/error.h"
#include "base/strv.h"

struct builder;
struct containers;
struct credentials;
struct image_store;

/* `root` is a directory of the builder's own; what a crash left there is removed. */
int builder_open(const char *root, struct image_store *images, struct containers *containers,
                 const char *engine_version, struct builder **ret, struct error *err);
struct builder *builder_close(struct builder *b);

struct build_request {
    const char *dockerfile;        /* its path in the context; NULL, "": Dockerfile */
    const char *remote;            /* a URL to take the context from; NULL, "": `context` */
    const char *target, *platform; /* NULL, "": the last stage; the host's */
    const struct strv *tags;
    const struct strv *cache_from; /* NULL: anything serves */
    const json_t *args;            /* name -> text or null; NULL */
    const json_t *labels;          /* name -> text; NULL */
    const json_t *host_config;     /* of the containers that RUN runs in: limits, network, hosts */
    bool quiet, no_cache, pull;
    bool remove, force_remove; /* containers after a good step; after a failed one too */
    int api_version;
    /* Who asks for an image that is pulled. */
    const struct credentials *(*who)(void *user, const char *image);
    const struct strv *insecure; /* registries that may speak plain HTTP; NULL */

    tar_source context; /* a tar, plain or compressed */
    void *context_user;
    /* One message of the API's stream, taken over; before the first one an error is the answer itself. */
    int (*say)(void *user, json_t *message, struct error *err);
    bool (*gone)(void *user); /* nobody waits for the image any more */
    void *user;
};

/* *code: what the failed command of a RUN ended with; 0 for any other failure. ERR_INVALID, ERR_SYSTEM and others, worded as a Docker
 * Engine does. */
int builder_build(struct builder *b, const struct build_request *request, int64_t *code, struct error *err);

/* Applies instructions, as a Dockerfile has them, to a config: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL,
 * USER, VOLUME, WORKDIR. ERR_INVALID: another one, or a wrong one; the config may be changed in part then. */
int build_changes(json_t *config, const struct strv *changes, struct error *err);

#endif
