/* cli/cli.c - requests as commands make them; see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"

#define USER_AGENT "engine/" CLI_API_VERSION

/* Compares "1.9" and "1.10" by their numbers. */
static int version_compare(const char *a, const char *b)
{
    int major[2] = { 0, 0 }, minor[2] = { 0, 0 };

    sscanf(a, "%d.%d", &major[0], &minor[0]);
    sscanf(b, "%d.%d", &major[1], &minor[1]);
    return major[0] != major[1] ? major[0] - major[1] : minor[0] - minor[1];
}

bool cli_version_at_least(const struct cli *cli, const char *version)
{
    return version_compare(cli->version, version) >= 0;
}

static int client_make(struct cli *cli, const char *prefix, struct error *err)
{
    bool tls = cli->tls || cli->tls_verify;
    struct http_client_config config = {
        .host = cli->host,
        .version_prefix = prefix,
        .user_agent = USER_AGENT,
        .ca = cli->tls_verify ? cli->ca : NULL,
        .cert = tls && access(cli->cert, R_OK) == 0 ? cli->cert : NULL,
        .key = tls && access(cli->key, R_OK) == 0 ? cli->key : NULL,
        .tls_unverified = cli->tls && !cli->tls_verify,
    };

    cli->http = http_client_free(cli->http);
    return http_client_new(&config, &cli->http, err);
}

/* The words that scripts look for. */
static int unreachable(struct cli *cli, struct error *err)
{
    if (err->kind == ERR_UNAVAILABLE && err->sys == EACCES)
        return error_wrap(err, "permission denied while trying to connect to the Docker daemon socket at %s",
                          cli->host);
    if (err->kind == ERR_UNAVAILABLE)
        return error_set(err, ERR_UNAVAILABLE,
                         "Cannot connect to the Docker daemon at %s. Is the docker daemon running?",
                         cli->host);
    return error_wrap(err, "error during connect: %s", cli->host);
}

static int ping(struct cli *cli, const char *method, struct http_call **ret, struct error *err)
{
    struct http_call_spec spec = { .method = method, .path = "/_ping" };

    return http_call_open(cli->http, &spec, ret, err);
}

static int negotiate(struct cli *cli, struct error *err)
{
    scoped(http_call_close) struct http_call *call = NULL;
    const char *theirs;

    if (ping(cli, "HEAD", &call, err) < 0)
        return unreachable(cli, err);
    if (http_call_status(call) != 200) { /* engines before 1.40 know GET alone */
        call = http_call_close(call);
        if (ping(cli, "GET", &call, err) < 0)
            return unreachable(cli, err);
    }
    theirs = http_call_header(call, "Api-Version");
    if (!cli->version_fixed && theirs && version_compare(theirs, cli->version) < 0) {
        free(cli->version);
        cli->version = xstrdup(theirs);
    }
    return 0;
}

int cli_connect(struct cli *cli, struct error *err)
{
    scoped_free char *prefix = NULL;

    if (cli->http)
        return 0;
    if (client_make(cli, "", err) < 0 || negotiate(cli, err) < 0) {
        cli->http = http_client_free(cli->http);
        return -1;
    }
    prefix = xasprintf("/v%s", cli->version);
    return client_make(cli, prefix, err);
}

void query_add(struct str *path, const char *name, const char *value)
{
    scoped_free char *escaped = NULL;

    if (!value)
        return;
    escaped = http_escape(value);
    str_addf(path, "%c%s=%s", strchr(str_text(path), '?') ? '&' : '?', name, escaped);
}

void query_add_bool(struct str *path, const char *name, bool value)
{
    query_add(path, name, value ? "1" : NULL);
}

void query_add_filters(struct str *path, const json_t *filters)
{
    scoped_free char *text = filters && json_object_size(filters) ? json_text(filters) : NULL;

    query_add(path, "filters", text);
}

char *cli_path(const char *before, const char *id, const char *after)
{
    scoped_free char *escaped = http_escape(id);

    return xasprintf("%s%s%s", before, escaped, after);
}

int cli_open(struct cli *cli, const struct http_call_spec *spec, struct http_call **ret, struct error *err)
{
    scoped(http_call_close) struct http_call *call = NULL;

    if (cli_connect(cli, err) < 0)
        return -1;
    if (http_call_open(cli->http, spec, &call, err) < 0)
        return unreachable(cli, err);
    if (http_call_check(call, err) < 0)
        return error_wrap(err, "Error response from daemon");
    *ret = take_ptr(&call);
    return 0;
}

int cli_open_get(struct cli *cli, const char *path, struct http_call **ret, struct error *err)
{
    struct http_call_spec spec = { .method = "GET", .path = path };

    return cli_open(cli, &spec, ret, err);
}

int cli_request(struct cli *cli, const char *method, const char *path, const json_t *body, json_t **ret,
                struct error *err)
{
    struct http_call_spec spec = { .method = method, .path = path, .body = body };
    scoped(http_call_close) struct http_call *call = NULL;

    if (cli_open(cli, &spec, &call, err) < 0)
        return -1;
    return ret ? http_call_json(call, ret, err) : 0;
}

int cli_get(struct cli *cli, const char *path, json_t **ret, struct error *err)
{
    return cli_request(cli, "GET", path, NULL, ret, err);
}

int cli_post(struct cli *cli, const char *path, struct error *err)
{
    return cli_request(cli, "POST", path, NULL, NULL, err);
}

void cli_complain(const struct error *err)
{
    fflush(stdout);
    fprintf(stderr, "%s\n", err->text);
}

int cli_each(struct cli *cli, struct args *args,
             int (*one)(struct cli *cli, struct args *args, const char *name, struct error *err))
{
    int result = 0;

    for (int i = 0; i < args->count; i++) {
        struct error err = { 0 };

        if (one(cli, args, args->rest[i], &err) < 0) {
            cli_complain(&err);
            result = 1;
            if (err.kind == ERR_UNAVAILABLE && !cli->http)
                break; /* nobody there: once is enough */
        }
    }
    return result;
}

int cli_filters(const struct strv *given, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *filters = given->count ? json_object() : NULL;

    for (size_t i = 0; i < given->count; i++) {
        const char *item = given->items[i], *equals = strchr(item, '=');
        scoped_free char *key = NULL;
        json_t *values;

        if (!equals)
            return error_set(err, ERR_INVALID,
                             "invalid argument \"%s\" for \"-f, --filter\" flag: bad format of filter "
                             "(expected name=value)",
                             item);
        key = xstrndup(item, (size_t)(equals - item));
        values = json_object_get(filters, key);
        if (!values) {
            values = json_object();
            json_object_set_new(filters, key, values);
        }
        json_object_set_new(values, equals + 1, json_true());
    }
    *ret = take_ptr(&filters);
    return 0;
}

bool cli_confirm(const struct args *args, const char *warning)
{
    char answer[16];

    if (args_bool(args, "force", false))
        return true;
    printf("%s\nAre you sure you want to continue? [y/N] ", warning);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}
