/* daemon/config.c - see config.h. The options' names are dockerd's where it has the same thing. */
#include "daemon/config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    OPT_DATA_ROOT = 256,
    OPT_EXEC_ROOT,
    OPT_TLS,
    OPT_TLS_CA,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_DEFAULT_RUNTIME,
    OPT_ADD_RUNTIME,
    OPT_SUBNET,
    OPT_INSECURE,
    OPT_SHIM,
    OPT_LOG_LEVEL,
    OPT_HELP,
};

/* clang-format off */
static const struct option options[] = {
    { "host", required_argument, NULL, 'H' },
    { "group", required_argument, NULL, 'G' },
    { "pidfile", required_argument, NULL, 'p' },
    { "debug", no_argument, NULL, 'D' },
    { "version", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, OPT_HELP },
    { "data-root", required_argument, NULL, OPT_DATA_ROOT },
    { "exec-root", required_argument, NULL, OPT_EXEC_ROOT },
    { "tls", no_argument, NULL, OPT_TLS },
    { "tlsverify", no_argument, NULL, OPT_TLS },
    { "tlscacert", required_argument, NULL, OPT_TLS_CA },
    { "tlscert", required_argument, NULL, OPT_TLS_CERT },
    { "tlskey", required_argument, NULL, OPT_TLS_KEY },
    { "default-runtime", required_argument, NULL, OPT_DEFAULT_RUNTIME },
    { "runtime", required_argument, NULL, OPT_DEFAULT_RUNTIME },
    { "add-runtime", required_argument, NULL, OPT_ADD_RUNTIME },
    { "default-subnet", required_argument, NULL, OPT_SUBNET },
    { "insecure-registry", required_argument, NULL, OPT_INSECURE },
    { "shim", required_argument, NULL, OPT_SHIM },
    { "log-level", required_argument, NULL, OPT_LOG_LEVEL },
    { 0 },
};
/* clang-format on */

static const char help[] =
    "Usage: engined [OPTIONS]\n"
    "A container engine that speaks the Docker Engine API.\n"
    "\n"
    "  -H, --host URL              where to listen, repeatable: unix:///PATH, tcp://HOST:PORT, fd://\n"
    "                              (default unix:///run/engined/engined.sock)\n"
    "  -G, --group NAME            group that may use a unix socket (default docker, if it exists)\n"
    "      --data-root DIR         images, volumes, containers (default /var/lib/engined)\n"
    "      --exec-root DIR         what a reboot may lose (default /run/engined)\n"
    "  -p, --pidfile FILE          (default EXEC-ROOT/engined.pid)\n"
    "      --tls                   TLS for tcp://; clients must show a certificate (also --tlsverify)\n"
    "      --tlscacert FILE        who signs the clients' certificates\n"
    "      --tlscert FILE          our certificate\n"
    "      --tlskey FILE           and its key\n"
    "      --default-runtime NAME  OCI runtime of containers that name none (also --runtime;\n"
    "                              default: the first of crun, runc that works here)\n"
    "      --add-runtime NAME=PATH another OCI runtime, repeatable\n"
    "      --default-subnet CIDR   of the network bridge (default: the first that is free)\n"
    "      --insecure-registry REG registry that may speak plain HTTP, repeatable: HOST, HOST:PORT or\n"
    "                              CIDR (those of the loopback may without it)\n"
    "      --shim PATH             engine-shim (default: beside engined, then in PATH)\n"
    "  -D, --debug                 as --log-level debug\n"
    "      --log-level LEVEL       debug, info, warn, error (default info)\n"
    "  -v, --version\n"
    "      --help\n"
    "\n"
    "SIGTERM or SIGINT stops the containers and ends the daemon; killed, it leaves them running and finds\n"
    "them again when it is started with the same --data-root.\n"
    "Exit status: 0 ended as asked, 1 failed, 2 wrong use.\n";

static int set_log_level(struct config *c, const char *name)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };

    for (int i = 0; i < 4; i++) {
        if (str_eq(name, names[i])) {
            c->log_level = (enum log_level)i;
            return 0;
        }
    }
    fprintf(stderr, "engined: --log-level is debug, info, warn or error, not '%s'\n", name);
    return -1;
}

static int add_runtime(struct config *c, const char *text)
{
    const char *equals = strchr(text, '=');
    scoped_free char *name = equals ? xstrndup(text, (size_t)(equals - text)) : NULL;

    if (!name || !name[0] || equals[1] != '/') {
        fprintf(stderr, "engined: --add-runtime takes NAME=/PATH, not '%s'\n", text);
        return -1;
    }
    json_object_set_new(c->runtimes, name, json_string(equals + 1));
    return 0;
}

static int set_option(struct config *c, int option, const char *value)
{
    switch (option) {
    case 'H':
        strv_add(&c->hosts, value);
        return 0;
    case 'G':
        c->group = value;
        return 0;
    case 'p':
        c->pidfile = value;
        return 0;
    case 'D':
        c->log_level = LOG_LEVEL_DEBUG;
        return 0;
    case OPT_DATA_ROOT:
        c->data_root = value;
        return 0;
    case OPT_EXEC_ROOT:
        c->exec_root = value;
        return 0;
    case OPT_TLS:
        c->use_tls = true;
        return 0;
    case OPT_TLS_CA:
        c->tls.ca = value;
        return 0;
    case OPT_TLS_CERT:
        c->tls.cert = value;
        return 0;
    case OPT_TLS_KEY:
        c->tls.key = value;
        return 0;
    case OPT_DEFAULT_RUNTIME:
        c->default_runtime = value;
        return 0;
    case OPT_ADD_RUNTIME:
        return add_runtime(c, value);
    case OPT_SUBNET:
        c->default_subnet = value;
        return 0;
    case OPT_INSECURE:
        strv_add(&c->insecure_registries, value);
        return 0;
    case OPT_SHIM:
        c->shim = value;
        return 0;
    case OPT_LOG_LEVEL:
        return set_log_level(c, value);
    default:
        return -1;
    }
}

/* What cannot be said of one option alone. */
static int check(struct config *c)
{
    c->use_tls = c->use_tls || c->tls.ca || c->tls.cert || c->tls.key;
    if (c->use_tls && !(c->tls.ca && c->tls.cert && c->tls.key)) {
        fprintf(stderr, "engined: TLS needs --tlscacert, --tlscert and --tlskey\n");
        return -1;
    }
    if (c->data_root[0] != '/' || c->exec_root[0] != '/') {
        fprintf(stderr, "engined: --data-root and --exec-root are absolute paths\n");
        return -1;
    }
    if (c->hosts.count == 0)
        strv_add(&c->hosts, "unix:///run/engined/engined.sock");
    return 0;
}

enum config_result config_parse(int argc, char **argv, struct config *ret)
{
    int option;

    *ret = (struct config){ .data_root = "/var/lib/engined",
                            .exec_root = "/run/engined",
                            .group = "docker",
                            .runtimes = json_object(),
                            .log_level = LOG_LEVEL_INFO };
    optind = 1;
    while ((option = getopt_long(argc, argv, "H:G:p:Dv", options, NULL)) != -1) {
        if (option == OPT_HELP) {
            fputs(help, stdout);
            return CONFIG_DONE;
        }
        if (option == 'v') {
            puts("engined version " ENGINE_VERSION ", API " API_VERSION_MIN " to " API_VERSION_MAX);
            return CONFIG_DONE;
        }
        if (set_option(ret, option, optarg) < 0) {
            if (option == '?')
                fprintf(stderr, "Try 'engined --help'.\n");
            return CONFIG_WRONG;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "engined: what is '%s'? Try 'engined --help'.\n", argv[optind]);
        return CONFIG_WRONG;
    }
    return check(ret) < 0 ? CONFIG_WRONG : CONFIG_RUN;
}

void config_free(struct config *c)
{
    strv_free(&c->hosts);
    strv_free(&c->insecure_registries);
    json_decref(c->runtimes);
    c->runtimes = NULL;
}
