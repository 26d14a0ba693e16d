/* cli/cli.h - what every command of `engine` has: the connection, its arguments and how it fails.
 *
 * A command is a row of the table in main.c: name, flags and help in one place, so that what is parsed and what --help
 * says cannot differ. It knows the engine through HTTP alone. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/args.h"
#include "http/client.h"

#define CLI_API_VERSION "1.51" /* the newest that we speak */

struct cli {
    struct http_client *http; /* made by cli_connect() */
    char *host;
    char *version;      /* "1.51", after the negotiation */
    bool version_fixed; /* DOCKER_API_VERSION */
    bool tls, tls_verify;
    char *ca, *cert, *key;
    json_t *engine_ping; /* "Ostype", "Api-Version" as headers of /_ping, for `version` */
};

/* Returns the exit status, or -1 with `err` set: main() prints it and exits with 1. */
typedef int (*command_run)(struct cli *cli, struct args *args, struct error *err);

struct command {
    const char *name;     /* "ps", or NULL when it stands in its group alone */
    const char *group;    /* "container", or NULL */
    const char *in_group; /* "ls" */
    const char *usage;    /* "[OPTIONS] CONTAINER [CONTAINER...]" */
    const char *summary;
    const struct flag *flags;
    int min, max;        /* positional arguments; max -1: no limit */
    bool first_arg_ends; /* flags end at the first argument, as of run and exec */
    command_run run;
    int usage_status; /* exit status of wrong use; 0: 125 for a bad flag and 1 for a bad count */
};

/* -- requests -- */

/* Negotiates the version at the first call. ERR_UNAVAILABLE says how the engine cannot be reached. */
int cli_connect(struct cli *cli, struct error *err);
/* Adds "?name=value" or "&name=value", escaped. A NULL value adds nothing. */
void query_add(struct str *path, const char *name, const char *value);
void query_add_bool(struct str *path, const char *name, bool value); /* only when true */
void query_add_filters(struct str *path, const json_t *filters);
/* "/containers/ID/start": the id is escaped. */
char *cli_path(const char *before, const char *id, const char *after);

/* Opens a call; a refusal is an error "Error response from daemon: ...". */
int cli_open(struct cli *cli, const struct http_call_spec *spec, struct http_call **ret, struct error *err);
int cli_open_get(struct cli *cli, const char *path, struct http_call **ret, struct error *err);
/* A whole exchange. `ret` may be NULL; *ret is NULL when the answer has no body. */
int cli_request(struct cli *cli, const char *method, const char *path, const json_t *body, json_t **ret,
                struct error *err);
int cli_get(struct cli *cli, const char *path, json_t **ret, struct error *err);
int cli_post(struct cli *cli, const char *path, struct error *err);

/* True when the API version in use is at least `version` ("1.45"). */
bool cli_version_at_least(const struct cli *cli, const char *version);

/* -- messages -- */

void cli_complain(const struct error *err); /* one line on standard error */
/* Runs `one` for every argument, complains about each failure and goes on; 1 if any failed, else 0. */
int cli_each(struct cli *cli, struct args *args,
             int (*one)(struct cli *cli, struct args *args, const char *name, struct error *err));
/* "-f key=value" (several) as a filters object; NULL when there are none. A new reference. */
int cli_filters(const struct strv *given, json_t **ret, struct error *err);
bool cli_confirm(const struct args *args, const char *warning); /* asks, unless --force */

#endif
