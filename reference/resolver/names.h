/* resolver/names.h - which names a container may ask for: two kinds of small text files that the daemon writes and the resolver
 * reads. Whoever reads finds the old or the new one whole, and needs no daemon to be there.
 *
 *     NAMES/<network id>            "name NETWORK", then a line for each endpoint: "at CONTAINER-ID IPV4 IPV6 NAME...", "-" for none
 *     RESOLVER/<container id>/config    "network ID", "link ID ALIAS TARGET", "server ADDRESS", "host-server
 *                                      ADDRESS", "inside-only"
 *
 * A word has no white space in it: a name with some could not be asked for. */
#ifndef RESOLVER_NAMES_H
#define RESOLVER_NAMES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "base/strv.h"

#define NAMES_FILE_MAX    (8u << 20)
#define NAMES_TEXT_MAX    256
#define NAMES_SERVERS_MAX 8
#define NAMES_ANSWERS_MAX 1024
#define RESOLVER_ADDRESS  "127.0.0.11" /* where containers ask */
#define RESOLVER_SOCKET   "socket" /* in the container's folder: whoever connects to it ends the resolver */
#define RESOLVER_CONFIG   "config"

/* -- what the daemon writes -- */

void names_add_network(struct str *s, const char *name);
/* `ipv4` and `ipv6` may be "". The first of `names` is what a reverse lookup tells. */
void names_add_endpoint(struct str *s, const char *container_id, const char *ipv4, const char *ipv6,
                        const struct strv *names);
/* "network ID", "server 10.0.0.1": words that hold white space are left out with their line. */
void names_add_line(struct str *s, const char *word, const char *const *rest, size_t count);

/* -- what the resolver reads -- */

struct names_address {
    bool six;
    union {
        struct in_addr v4;
        struct in6_addr v6;
    };
};

struct names;

/* `names_dir` holds a file for each network, `dir` the container's configuration. Both are kept open. */
int names_open(const char *names_dir, const char *dir, struct names **ret, struct error *err);
struct names *names_close(struct names *n);
/* Reads again what has changed. A file that is not there is an empty one. */
void names_refresh(struct names *n);
/* Does one of the container's networks know the name? Then *count of its addresses of that family, which may be none. Without regard
 * to case; "NAME.NETWORK" asks one network alone. */
bool names_find(const struct names *n, const char *name, bool six, struct names_address *ret, size_t max,
                size_t *count);
/* "web.net" of an address in one of its networks. */
bool names_reverse(const struct names *n, const struct names_address *address, char ret[2 * NAMES_TEXT_MAX]);

struct names_server {
    struct sockaddr_storage address;
    socklen_t length;
    bool of_host; /* to be asked from the host's own network: on its loopback */
};
/* Other names are theirs. Returns how many. */
bool names_inside_only(const struct names *n); /* nothing but the container's networks may be asked */
size_t names_servers(const struct names *n, struct names_server ret[NAMES_SERVERS_MAX]);

#endif
