/* cli/registry.c - push, search, login: what is asked of registries, and with which credentials.
 *
 * They stand where docker's command line keeps them, config.json in $DOCKER_CONFIG or ~/.docker: {"auths": {SERVER: {"auth": base64 of
 * "name:password", "identitytoken"}}}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/spec.h"

#define DEFAULT_SERVER "https://index.docker.io/v1/"
#define SECRET_MAX     8192

/* In a header it is the form for URLs (RFC 4648, section 5). */
static char *encode_for_url(const char *text)
{
    char *ret = base64_encode(text, strlen(text));

    for (char *p = ret; *p; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    return ret;
}

/* -- credentials -- */

static char *config_path(void)
{
    const char *dir = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
    scoped_free char *below = dir && *dir ? xstrdup(dir) : path_join(home ? home : "/", ".docker");

    return path_join(below, "config.json");
}

/* "host:port" of "host:port/a/b"; the default index when it begins with no host. */
static char *server_of(const char *name)
{
    size_t n = strcspn(name, "/");
    scoped_free char *host = xstrndup(name, n);

    if (name[n] && (strpbrk(host, ".:") || str_eq(host, "localhost")) && !str_eq(host, "docker.io"))
        return take_ptr(&host);
    return xstrdup(DEFAULT_SERVER);
}

static json_t *credentials_for(const char *server)
{
    scoped_free char *path = config_path();
    scoped_str both = { 0 }; /* "NAME:PASSWORD" */
    scoped(json_decref) json_t *config = NULL;
    json_t *entry, *ret = json_pack("{s:s}", "serveraddress", server);
    const char *token;

    if (json_read_file(path, &config, NULL) < 0)
        return ret;
    entry = json_object_get(json_at(config, "auths"), server);
    token = json_str_at(entry, "identitytoken", "");
    if (*token) {
        json_put_str(ret, "identitytoken", token);
    } else if (base64_decode(json_str_at(entry, "auth", ""), &both) && strchr(str_text(&both), ':')) {
        char *colon = strchr(both.data, ':');

        json_put_str(ret, "password", colon + 1);
        *colon = '\0';
        json_put_str(ret, "username", both.data);
    }
    return ret;
}

char *registry_header(const char *name)
{
    scoped_free char *server = server_of(name), *text = NULL, *coded = NULL;
    scoped(json_decref) json_t *credentials = credentials_for(server);

    text = json_text(credentials);
    coded = encode_for_url(text);
    return xasprintf("X-Registry-Auth: %s", coded);
}

/* -- push -- */

static int push_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *header = registry_header(args->rest[0]);
    const char *headers[] = { header, NULL };
    struct spec_ref ref = { NULL, NULL, NULL };
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "POST", .headers = headers };
    bool all = args_bool(args, "all-tags", false), quiet = args_bool(args, "quiet", false);

    if (spec_ref(args->rest[0], &ref, err) < 0)
        return -1;
    if (all && ref.tag) {
        spec_ref_free(&ref);
        return error_set(err, ERR_INVALID, "tag can't be used with --all-tags/-a");
    }
    if (!all && !ref.tag && !quiet)
        printf("Using default tag: latest\n");
    fflush(stdout);
    str_addf(&path, "/images/%s/push", ref.name);
    query_add(&path, "tag", all ? NULL : ref.tag ? ref.tag : "latest");
    spec.path = str_text(&path);
    if (cli_open(cli, &spec, &call, err) < 0 || progress_show(call, stdout, quiet, err) < 0) {
        spec_ref_free(&ref);
        return -1;
    }
    if (quiet)
        printf("%s%s%s\n", ref.name, all ? "" : ":", all ? "" : ref.tag ? ref.tag : "latest");
    spec_ref_free(&ref);
    return 0;
}

/* -- search -- */

static const char *const search_headers[][2] = {
    {"Name",         "NAME"       },
    { "Description", "DESCRIPTION"},
    { "StarCount",   "STARS"      },
    { "IsOfficial",  "OFFICIAL"   },
    { NULL,          NULL         },
};

static int search_run(struct cli *cli, struct args *args, struct error *err)
{
    struct output_table table = { .columns = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}",
                                  .quiet = "{{.Name}}",
                                  .headers = search_headers };
    scoped_free char *header = registry_header(args->rest[0]);
    const char *headers[] = { header, NULL };
    scoped(http_call_close) struct http_call *call = NULL;
    scoped(json_decref) json_t *filters = NULL, *found = NULL, *rows = json_array();
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "GET", .headers = headers };
    json_t *one;
    size_t i;

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    str_add(&path, "/images/search");
    query_add(&path, "term", args->rest[0]);
    query_add(&path, "limit", args_value(args, "limit", NULL));
    query_add_filters(&path, filters);
    spec.path = str_text(&path);
    if (cli_open(cli, &spec, &call, err) < 0 || http_call_json(call, &found, err) < 0)
        return -1;
    json_array_foreach (found, i, one) {
        json_t *row = json_object();

        row_put(row, "Name", json_str_at(one, "name", ""));
        row_put(row, "Description", json_str_at(one, "description", ""));
        row_putf(row, "StarCount", "%lld", (long long)json_int_at(one, "star_count", 0));
        row_put(row, "IsOfficial", json_bool_at(one, "is_official", false) ? "[OK]" : "");
        json_array_append_new(rows, row);
    }
    return output_rows(&table, rows, args_value(args, "format", NULL), false, err);
}

/* -- login -- */

static int read_password(struct args *args, char **ret, struct error *err)
{
    scoped_str text = { 0 };

    if (args_value(args, "password", NULL)) {
        *ret = xstrdup(args_value(args, "password", NULL));
        return 0;
    }
    if (!args_bool(args, "password-stdin", false))
        return error_set(err, ERR_INVALID, "login wants --username, and --password or --password-stdin");
    if (fd_read_all(STDIN_FILENO, SECRET_MAX, &text, err) < 0)
        return -1;
    while (text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
        str_cut(&text, text.len - 1);
    *ret = xstrdup(str_text(&text));
    return 0;
}

static int keep_credentials(const char *server, const char *user, const char *password, const char *token,
                            struct error *err)
{
    scoped_free char *path = config_path(), *dir = xstrdup(path), *both = NULL, *coded = NULL;
    scoped(json_decref) json_t *config = NULL;
    json_t *auths, *entry = json_object();

    *strrchr(dir, '/') = '\0';
    both = xasprintf("%s:%s", user, *token ? "" : password);
    coded = base64_encode(both, strlen(both));
    json_put_str(entry, "auth", coded);
    if (*token)
        json_put_str(entry, "identitytoken", token);
    if (json_read_file(path, &config, NULL) < 0 || !json_is_object(config)) {
        json_decref(config);
        config = json_object();
    }
    auths = json_object_get(config, "auths");
    if (!json_is_object(auths)) {
        auths = json_object();
        json_object_set_new(config, "auths", auths);
    }
    json_object_set_new(auths, server, entry);
    return dir_make(dir, 0700, err) < 0 ? -1 : json_write_file(path, config, err);
}

static int login_run(struct cli *cli, struct args *args, struct error *err)
{
    const char *server = args->count ? args->rest[0] : DEFAULT_SERVER,
               *user = args_value(args, "username", NULL);
    scoped_free char *password = NULL;
    scoped(json_decref) json_t *body = NULL, *answer = NULL;

    if (!user)
        return error_set(err, ERR_INVALID, "login wants --username, and --password or --password-stdin");
    if (read_password(args, &password, err) < 0)
        return -1;
    body = json_pack("{s:s, s:s, s:s}", "username", user, "password", password, "serveraddress", server);
    if (!body)
        return error_set(err, ERR_INVALID, "name and password are UTF-8");
    if (cli_request(cli, "POST", "/auth", body, &answer, err) < 0 ||
        keep_credentials(server, user, password, json_str_at(answer, "IdentityToken", ""), err) < 0)
        return -1;
    printf("%s\n", json_str_at(answer, "Status", ""));
    return 0;
}

static const struct flag push_flags[] = {
    {'a',  "all-tags", FLAG_BOOL, NULL, "Push all tags of the repository"},
    { 'q', "quiet",    FLAG_BOOL, NULL, "Only print the image's name"    },
    FLAGS_END,
};
static const struct flag search_flags[] = {
    {'f', "filter", FLAG_LIST,  "filter", "Only what matches, such as stars=3, is-official=true"},
    { 0,  "format", FLAG_VALUE, "string", "Go template, 'json' or 'table TEMPLATE'"             },
    { 0,  "limit",  FLAG_VALUE, "int",    "How many results at most"                            },
    FLAGS_END,
};
static const struct flag login_flags[] = {
    {'u',  "username",       FLAG_VALUE, "string", "Name"                                       },
    { 'p', "password",       FLAG_VALUE, "string", "Password; others on this machine may see it"},
    { 0,   "password-stdin", FLAG_BOOL,  NULL,     "Take the password from standard input"      },
    FLAGS_END,
};

const struct command push_command = { .name = "push",
                                      .group = "image",
                                      .in_group = "push",
                                      .usage = "[OPTIONS] NAME[:TAG]",
                                      .summary = "Upload an image to a registry",
                                      .flags = push_flags,
                                      .min = 1,
                                      .max = 1,
                                      .run = push_run };
const struct command search_command = { .name = "search",
                                        .usage = "[OPTIONS] TERM",
                                        .summary = "Search a registry for images",
                                        .flags = search_flags,
                                        .min = 1,
                                        .max = 1,
                                        .run = search_run };
const struct command login_command = { .name = "login",
                                       .usage = "[OPTIONS] [SERVER]",
                                       .summary = "Keep credentials that a registry takes",
                                       .flags = login_flags,
                                       .max = 1,
                                       .run = login_run };
