/* image/exchange.h - images from a registry, to a registry, and from a plain tar.
 *
 * What happens is told as it happens, in the messages of the API. A failure before the first message is an answer of its own; after it the
 * caller tells it in the stream. */
#ifndef IMAGE_EXCHANGE_H
#define IMAGE_EXCHANGE_H

#include <stdbool.h>
#include <jansson.h>

#include "archive/tar.h"
#include "base/error.h"
#include "base/strv.h"

struct credentials;
struct image_store;

struct exchange {
    const struct credentials *who;
    const struct strv *insecure; /* registries that may speak plain HTTP; NULL */
    /* One message, taken over. -1 gives up: nobody listens any more. */
    int (*say)(void *user, json_t *message, struct error *err);
    void *user;
};

/* ImageCreate with fromImage: `tag` may be a tag or a digest; without both, all tags. `platform`: "linux/arm64/v8", NULL or "": this host's. */
int image_pull(struct image_store *store, const char *name, const char *tag, const char *platform,
               const struct exchange *with, struct error *err);
/* ImagePush; without a tag, all of the repository. `platforms`: an image for none of them is not pushed; NULL: any. */
int image_push(struct image_store *store, const char *name, const char *tag, const json_t *platforms,
               const struct exchange *with, struct error *err);

struct import {
    const char *repo, *tag, *message, *platform; /* NULL or "": not said */
    const char *source;                          /* for the comment, "Imported from -" */
    const json_t *config;                        /* what the image runs; NULL: nothing is said */
    const char *engine_version;
};
/* ImageCreate with fromSrc: a tar, plain or compressed, becomes an image of one layer. `id` gets "sha256:..." */
int image_import(struct image_store *store, const struct import *what, tar_source source, void *user,
                 char id[72], struct error *err);

/* "linux/arm64/v8", "arm64", "linux" to {"os", "architecture", "variant"}; "" is this host's. ERR_INVALID. */
int image_platform_specified(const char *text, json_t **ret, struct error *err);

#endif
