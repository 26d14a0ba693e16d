/* daemon/wiring.h - the domains, opened in the order in which they need each other and closed in reverse. */
#ifndef DAEMON_WIRING_H
#define DAEMON_WIRING_H

#include "api/api.h"
#include "api/system.h"
#include "daemon/config.h"

struct runtimes;

struct wiring {
    struct engine engine; /* what handlers see */
    struct system_facts facts;
    struct runtimes *runtimes;
    char *shim, *resolver;
};

/* On failure wiring_close() undoes what was done. */
int wiring_open(struct wiring *w, const struct config *config, struct error *err);
/* Stops what runs, all at once, each with its own signal and timeout. */
void wiring_stop_containers(struct wiring *w);
void wiring_close(struct wiring *w);

#endif
