/* wire/target.h - where the engine is and how it is reached.
 *
 * Understands what the docker command line understands: unix:///path, tcp://host:port, http://host:port,
 * https://host:port. A certificate folder holds ca.pem, cert.pem and key.pem; any may be missing. */
#ifndef PLIMSOLL_WIRE_TARGET_H
#define PLIMSOLL_WIRE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct wire_target {
    char *host;        /* as given */
    char *socket_path; /* of a Unix socket, else NULL */
    char *base_url;  /* "http://localhost" for a Unix socket, "https://host:2376", never a slash at its end */
    char *authority; /* the Host header */
    bool tls;
    bool verify;
    char *ca_file, *cert_file, *key_file; /* NULL: none */
};

/* `host` NULL or "": unix:///var/run/docker.sock. `tls_verify`: TLS, and the peer's certificate is checked;
 * `cert_path` may be NULL. Ends with wire_target_clear(). -1: `why` says what is wrong with it. */
int wire_target_parse(const char *host, bool tls_verify, const char *cert_path, struct wire_target *ret,
                      char *why, size_t why_size);

/* As above from DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH; `host` not NULL wins over DOCKER_HOST.
 */
int wire_target_from_environment(const char *host, struct wire_target *ret, char *why, size_t why_size);

void wire_target_clear(struct wire_target *target); /* takes NULL */

#endif
