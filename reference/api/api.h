/* api/api.h - from a request to a handler: the route tables, the version in the path, the one table from error kind to status.
 *
 *     /v1.45/containers/{id}/start -> version.c -> route.c -> container_start_handler() -> container/lifecycle.c
 *
 * A handler decodes, asks the domain and encodes; no rule of the domain lives here. Each tag of the OpenAPI file has a file with
 * its handlers and its table of routes at the end; those of the orchestration share one. */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>

#include "base/error.h"
#include "http/server.h"

#define API_VERSION_MAX "1.55"
#define API_VERSION_MIN "1.24"

#define ENGINE_NAME    "Plimsoll" /* in "Server:" */
#define ENGINE_VERSION "0.1.0"
#ifndef ENGINE_COMMIT /* the build gives both */
#define ENGINE_COMMIT     ""
#define ENGINE_BUILD_TIME ""
#endif

/* Everything that handlers ask. Made by the daemon, lives as long as it. */
struct engine {
    struct events *events;
    struct image_store *images;
    struct volumes *volumes;
    struct networks *networks;
    struct containers *containers;
    struct builder *builder;
    const struct strv *insecure_registries; /* that may speak plain HTTP, beside the loopback's */
    struct system_facts *facts; /* api/system.c: what SystemInfo and SystemVersion say of the host */
};

enum method { GET, HEAD, POST, PUT, DELETE };

struct route {
    const char *operation; /* operationId of the OpenAPI file */
    enum method method;
    const char *path; /* "/containers/{id}/start"; {name...} also takes what holds slashes */
    http_handler handler;
    int since; /* first API version as minor number (42 for 1.42); 0: all */
};

extern const struct route system_routes[], image_routes[], container_routes[], exec_routes[],
    network_routes[], volume_routes[], distribution_routes[], build_routes[],
    orchestration_routes[]; /* each ended by { 0 } */

/* The server's handler and fail functions; request_user() is the struct engine. */
int api_handle(struct request *req, struct reply *reply, struct error *err);
void api_fail(struct request *req, struct reply *reply, const struct error *err);

struct engine *request_engine(const struct request *req);
/* The API version of this request as minor number: 51 for 1.51. */
int request_version(const struct request *req);

int status_of(enum error_kind kind); /* status.c: the one table */

#endif
