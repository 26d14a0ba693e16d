/* daemon/config.h - engined's options. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"
#include "base/log.h"
#include "base/strv.h"
#include "http/server.h"

struct config {
    struct strv hosts, insecure_registries;
    const char *data_root, *exec_root, *pidfile, *group;
    struct http_tls tls;
    bool use_tls;
    const char *default_runtime; /* NULL: the first that works */
    json_t *runtimes;            /* {"name": "/path"} */
    const char *default_subnet;  /* NULL: the first that is free */
    const char *shim;            /* NULL: engine-shim beside engined, or in PATH */
    enum log_level log_level;
};

enum config_result { CONFIG_RUN, CONFIG_DONE, CONFIG_WRONG };

/* Strings point into argv. CONFIG_DONE: --help or --version was answered; CONFIG_WRONG: said on standard error what is wrong. */
enum config_result config_parse(int argc, char **argv, struct config *ret);
void config_free(struct config *c);

#endif
