/* registry/client.h - one repository of one registry (distribution-spec 1.1): manifests, blobs, tags, there and back.
 *
 *     ping -> challenge -> token (where one is wanted) -> manifests and blobs, each asked again where that can help
 *
 * Loopback registries and those of --insecure-registry may speak plain HTTP, or TLS by any certificate; all others TLS by one that this
 * host trusts. What goes by the network is verified
 * here: a manifest against its digest, a blob while it streams to a file. Nothing of a blob's size is held in memory.
 *
 * Errors are worded as Docker Engine's. ERR_UNAUTHORIZED; ERR_FORBIDDEN: denied; ERR_NOT_FOUND; ERR_INVALID: what came is not what was
 * promised; ERR_SYSTEM: the rest. */
#ifndef REGISTRY_CLIENT_H
#define REGISTRY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/digest.h"
#include "base/error.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"
#include "registry/credentials.h"
#include "registry/reference.h"

#define MANIFEST_MAX (4u << 20) /* distribution-spec: registries need not take more */

#define TYPE_OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define TYPE_OCI_INDEX       "application/vnd.oci.image.index.v1+json"
#define TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define TYPE_DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define TYPE_DOCKER_CONFIG   "application/vnd.docker.container.image.v1+json"
#define TYPE_DOCKER_LAYER    "application/vnd.docker.image.rootfs.diff.tar.gzip"

struct registry;

/* `insecure`: HOST, HOST:PORT or CIDR of registries that may speak plain HTTP beside the loopback's; NULL. All are borrowed for the call,
 * but `who`, which must outlive it. Asks the registry how it wants to be asked. */
int registry_open(const struct reference *repository, const char *actions, const struct credentials *who,
                  const struct strv *insecure, struct registry **ret, struct error *err);
struct registry *registry_close(struct registry *r);
DEFINE_SCOPED(struct registry *, registry_close)

/* SystemAuth: are these credentials good? *token: an identity token for the next times, or NULL; the caller frees it by secret_free(). */
int registry_login(const char *server, const struct credentials *who, const struct strv *insecure,
                   char **token, struct error *err);

struct manifest {
    char digest[DIGEST_LENGTH + 1];
    char *type; /* media type */
    struct str bytes;
};
/* By tag or digest. */
int registry_manifest(struct registry *r, const char *reference, struct manifest *ret, struct error *err);
void manifest_clear(struct manifest *m);
int registry_tags(struct registry *r, struct strv *ret, struct error *err);

/* Called now and then with how much is done; and with `wait` seconds left before the next try. -1 gives up. */
typedef int (*registry_progress)(void *user, int64_t done, int wait, struct error *err);

/* A whole blob into the file `fd`, which is empty; `size` is what the manifest says. */
int registry_fetch(struct registry *r, const char *digest, int64_t size, int fd, registry_progress progress,
                   void *user, struct error *err);
/* A small one, a config, into memory. */
int registry_fetch_text(struct registry *r, const char *digest, size_t max, struct str *ret,
                        struct error *err);

int registry_has_blob(struct registry *r, const char *digest, bool *ret, struct error *err);
/* Takes it over from another repository of the same registry, where the registry does that. */
int registry_mount(struct registry *r, const char *digest, const char *from, bool *ret, struct error *err);
int registry_upload(struct registry *r, const char *digest, int fd, int64_t size, struct error *err);
int registry_put_manifest(struct registry *r, const char *reference, const char *type, const char *bytes,
                          size_t n, struct error *err);

/* -- what the unit tests and fuzz targets look at -- */
bool registry_is_insecure(const char *domain, const struct strv *insecure);
/* {"token"} or {"access_token"} of a token server's answer; NULL: neither. The caller frees it by secret_free(). */
char *token_of_answer(const char *bytes, size_t n, char **identity);
/* "unauthorized: authentication required" of a refusal's body. */
void registry_error_text(const char *bytes, size_t n, int status, struct str *ret);

#endif
