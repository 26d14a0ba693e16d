/* archive/digest.h - sha256 digests, "sha256:" and 64 hex digits (OCI image-spec, descriptor.md "Digests").
 */
#ifndef ARCHIVE_DIGEST_H
#define ARCHIVE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define DIGEST_LENGTH 71 /* "sha256:" + 64 */

struct digest;

struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t n);
void digest_end(struct digest *d, char ret[DIGEST_LENGTH + 1]); /* d may only be freed afterwards */
struct digest *digest_free(struct digest *d);

void digest_of(const void *bytes, size_t n, char ret[DIGEST_LENGTH + 1]);
int digest_of_file(const char *path, char ret[DIGEST_LENGTH + 1], struct error *err);
bool digest_is_valid(const char *s);
const char *digest_hex(const char *digest); /* what follows "sha256:"; points into it */

#endif
