/* registry/credentials.h - who asks a registry: the header X-Registry-Auth, which is JSON in URL-safe base64 (RFC 4648, section 5).
 *
 * Secrets: they are sent to the registry and nowhere else, stand in no error text, and are wiped when they are freed. */
#ifndef REGISTRY_CREDENTIALS_H
#define REGISTRY_CREDENTIALS_H

#include <jansson.h>

#include "base/error.h"
#include "base/scope.h"

struct credentials {
    char *username, *password; /* NULL: not given, as all of these */
    char *identity_token;      /* exchanged for a token at the registry's token server */
    char *registry_token;      /* sent as it is */
    char *server;              /* "serveraddress" */
};

/* Of a header's value; NULL or "" gives empty ones. ERR_INVALID, and *ret is untouched. */
int credentials_parse(const char *header, struct credentials **ret, struct error *err);
/* Of the JSON itself. ERR_INVALID when a member is of another type. */
int credentials_from_json(const json_t *json, struct credentials **ret, struct error *err);
struct credentials *credentials_free(struct credentials *c);
DEFINE_SCOPED(struct credentials *, credentials_free)

/* Those of several registries, of the header X-Registry-Config: a JSON object of them by the registries' addresses. A header that is none
 * gives none, as with a Docker Engine. */
struct credentials_set *credentials_set_parse(const char *header);
struct credentials_set *credentials_set_free(struct credentials_set *set);
DEFINE_SCOPED(struct credentials_set *, credentials_set_free)
/* For "127.0.0.1:5000" or "docker.io"; borrowed. Empty ones when there are none. */
const struct credentials *credentials_for(const struct credentials_set *set, const char *domain);

/* "dXNlcjpwYXNz", of name and password; the caller wipes and frees it with secret_free(). */
char *credentials_basic(const struct credentials *c);
char *secret_free(char *secret);
DEFINE_SCOPED(char *, secret_free)

#endif
