/* registry/reference.h - names of images: "[DOMAIN/]PATH[:TAG][@DIGEST]" (distribution-spec, "Pulling manifests"; the grammar that
 * Docker Engines take).
 *
 * The familiar name "probe:1" and the full one "docker.io/library/probe:1" are the same reference. */
#ifndef REGISTRY_REFERENCE_H
#define REGISTRY_REFERENCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/scope.h"

struct reference {
    char *domain; /* "docker.io", "localhost:5000" */
    char *path;   /* "library/probe" */
    char *tag;    /* NULL: none was given */
    char *digest; /* NULL: none was given */
};

/* ERR_INVALID, worded as Docker Engine does. */
int reference_parse(const char *text, struct reference **ret, struct error *err);
struct reference *reference_free(struct reference *r);
DEFINE_SCOPED(struct reference *, reference_free)

void reference_set_tag(struct reference *r, const char *tag); /* must be valid */
bool reference_tag_is_valid(const char *tag);

/* The caller frees what these return. */
char *reference_full_name(const struct reference *r); /* "docker.io/library/probe" */
char *reference_full(const struct reference *r);      /* ... with tag and digest, as far as it has them */
char *reference_familiar_name(const struct reference *r);
char *reference_familiar(const struct reference *r); /* "probe:1" */

#endif
