/* cli/network.c - the network group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/spec.h"

/* Each --subnet is one IPAM configuration; the n-th --gateway and --ip-range belong to the n-th of the same family. */
static json_t *find_pool(json_t *pools, const char *address, const char *member)
{
    bool is_v6 = strchr(address, ':') != NULL;
    size_t i;
    json_t *pool;

    json_array_foreach (pools, i, pool)
        if ((strchr(json_str_at(pool, "Subnet", ""), ':') != NULL) == is_v6 && !json_object_get(pool, member))
            return pool;
    return NULL;
}

static int add_to_pools(json_t *pools, const struct strv *given, const char *member, struct error *err)
{
    for (size_t i = 0; i < given->count; i++) {
        json_t *pool = find_pool(pools, given->items[i], member);

        if (!pool)
            return error_set(err, ERR_INVALID, "no matching subnet for %s %s",
                             strcmp(member, "Gateway") == 0 ? "gateway" : "range", given->items[i]);
        json_object_set_new(pool, member, json_string(given->items[i]));
    }
    return 0;
}

static int put_ipam(json_t *body, struct args *args, struct error *err)
{
    const struct strv *subnets = args_list(args, "subnet"), *options = args_list(args, "ipam-opt");
    json_t *pools = json_array();

    json_put(body, "IPAM.Config", pools);
    json_put_str(body, "IPAM.Driver", args_value(args, "ipam-driver", "default"));
    json_put(body, "IPAM.Options", json_object());
    for (size_t i = 0; i < options->count; i++)
        spec_key_value(options->items[i], json_at(body, "IPAM.Options"));
    for (size_t i = 0; i < subnets->count; i++)
        json_array_append_new(pools, json_pack("{s:s}", "Subnet", subnets->items[i]));
    if (add_to_pools(pools, args_list(args, "gateway"), "Gateway", err) < 0)
        return -1;
    return add_to_pools(pools, args_list(args, "ip-range"), "IPRange", err);
}

static int create_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *body = json_object(), *answer = NULL;
    const struct strv *labels = args_list(args, "label"), *options = args_list(args, "opt");

    json_put_str(body, "Name", args->rest[0]);
    json_put_str(body, "Driver", args_value(args, "driver", "bridge"));
    json_put(body, "Internal", json_boolean(args_bool(args, "internal", false)));
    json_put(body, "Attachable", json_boolean(args_bool(args, "attachable", false)));
    if (args_has(args, "ipv6"))
        json_put(body, "EnableIPv6", json_boolean(args_bool(args, "ipv6", false)));
    json_put(body, "Labels", json_object());
    json_put(body, "Options", json_object());
    for (size_t i = 0; i < labels->count; i++)
        spec_key_value(labels->items[i], json_at(body, "Labels"));
    for (size_t i = 0; i < options->count; i++)
        spec_key_value(options->items[i], json_at(body, "Options"));
    if (put_ipam(body, args, err) < 0)
        return -1;
    if (cli_connect(cli, err) < 0)
        return -1;
    if (!cli_version_at_least(cli, "1.44")) /* older engines make two of a name without it */
        json_put(body, "CheckDuplicate", json_true());
    if (cli_request(cli, "POST", "/networks/create", body, &answer, err) < 0)
        return -1;
    if (*json_str_at(answer, "Warning", ""))
        fprintf(stderr, "WARNING: %s\n", json_str_at(answer, "Warning", ""));
    printf("%s\n", json_str_at(answer, "Id", ""));
    return 0;
}

/* -- ls -- */

static const char *const ls_headers[][2] = {
    {"ID",         "NETWORK ID"},
    { "Name",      "NAME"      },
    { "Driver",    "DRIVER"    },
    { "Scope",     "SCOPE"     },
    { "IPv4",      "IPV4"      },
    { "IPv6",      "IPV6"      },
    { "Internal",  "INTERNAL"  },
    { "Labels",    "LABELS"    },
    { "CreatedAt", "CREATED AT"},
    { NULL,        NULL        },
};

static const char *yes(bool is)
{
    return is ? "true" : "false";
}

static json_t *network_row(const json_t *n, bool whole)
{
    json_t *row = json_object();
    scoped_free char *created = xstrdup(json_str_at(n, "Created", ""));

    /* as Go prints the time: "2026-01-02 03:04:05.6 +0000 UTC" */
    created[strcspn(created, "Z+")] = '\0';
    if (strlen(created) > 10)
        created[10] = ' ';
    row_putf(row, "CreatedAt", "%s +0000 UTC", created);
    row_put(row, "Driver", json_str_at(n, "Driver", ""));
    row_put_id(row, "ID", json_str_at(n, "Id", ""), whole);
    row_put(row, "IPv4", yes(json_bool_at(n, "EnableIPv4", true)));
    row_put(row, "IPv6", yes(json_bool_at(n, "EnableIPv6", false)));
    row_put(row, "Internal", yes(json_bool_at(n, "Internal", false)));
    row_put_labels(row, json_at(n, "Labels"));
    row_put(row, "Name", json_str_at(n, "Name", ""));
    row_put(row, "Scope", json_str_at(n, "Scope", ""));
    return row;
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(json_str_at(*(json_t *const *)a, "Name", ""),
                      json_str_at(*(json_t *const *)b, "Name", ""));
}

/* A sorted copy of an array of objects with a Name. */
static json_t *sorted(const json_t *list)
{
    size_t count = json_array_size(list);
    json_t **items = xcalloc(count + 1, sizeof(json_t *));
    json_t *copy = json_array();

    for (size_t i = 0; i < count; i++)
        items[i] = json_array_get(list, i);
    qsort(items, count, sizeof(*items), by_name);
    for (size_t i = 0; i < count; i++)
        json_array_append(copy, items[i]);
    free(items);
    return copy;
}

static int ls_run(struct cli *cli, struct args *args, struct error *err)
{
    static const struct output_table table = { .columns = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
                                               .quiet = "{{.ID}}",
                                               .headers = ls_headers };
    scoped(json_decref) json_t *filters = NULL, *list = NULL, *in_order = NULL, *rows = json_array();
    scoped_str path = { 0 };

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    str_add(&path, "/networks");
    query_add_filters(&path, filters);
    if (cli_get(cli, str_text(&path), &list, err) < 0)
        return -1;
    in_order = sorted(list);
    for (size_t i = 0; i < json_array_size(in_order); i++)
        json_array_append_new(rows,
                              network_row(json_array_get(in_order, i), args_bool(args, "no-trunc", false)));
    return output_rows(&table, rows, args_value(args, "format", NULL), args_bool(args, "quiet", false), err);
}

/* -- rm, connect, disconnect, prune -- */

static int rm_run(struct cli *cli, struct args *args, struct error *err)
{
    bool force = args_bool(args, "force", false);
    int result = 0;

    (void)err;
    for (int i = 0; i < args->count; i++) {
        scoped_free char *path = cli_path("/networks/", args->rest[i], "");
        struct error why = { 0 };

        if (cli_request(cli, "DELETE", path, NULL, NULL, &why) == 0) {
            printf("%s\n", args->rest[i]);
        } else if (!force || why.kind != ERR_NOT_FOUND) {
            cli_complain(&why);
            result = 1;
        }
    }
    return result;
}

static int connect_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *path = cli_path("/networks/", args->rest[0], "/connect");
    scoped(json_decref) json_t *body = json_object();
    json_t *endpoint = json_object();
    const struct strv *options = args_list(args, "driver-opt");

    json_put_str(body, "Container", args->rest[1]);
    json_put(body, "EndpointConfig", endpoint);
    if (args_has(args, "ip"))
        json_put_str(endpoint, "IPAMConfig.IPv4Address", args_value(args, "ip", ""));
    if (args_has(args, "ip6"))
        json_put_str(endpoint, "IPAMConfig.IPv6Address", args_value(args, "ip6", ""));
    if (args_has(args, "link-local-ip"))
        json_put(endpoint, "IPAMConfig.LinkLocalIPs", json_from_strv(args_list(args, "link-local-ip")));
    if (args_has(args, "alias"))
        json_put(endpoint, "Aliases", json_from_strv(args_list(args, "alias")));
    if (args_has(args, "link"))
        json_put(endpoint, "Links", json_from_strv(args_list(args, "link")));
    for (size_t i = 0; i < options->count; i++) {
        if (!json_at(endpoint, "DriverOpts"))
            json_put(endpoint, "DriverOpts", json_object());
        spec_key_value(options->items[i], json_at(endpoint, "DriverOpts"));
    }
    return cli_request(cli, "POST", path, body, NULL, err);
}

static int disconnect_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *path = cli_path("/networks/", args->rest[0], "/disconnect");
    scoped(json_decref) json_t *body =
        json_pack("{s:s, s:b}", "Container", args->rest[1], "Force", args_bool(args, "force", false));

    return cli_request(cli, "POST", path, body, NULL, err);
}

static int prune_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *filters = NULL, *answer = NULL;
    scoped_str path = { 0 };

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    if (!cli_confirm(args,
                     "WARNING! This will remove all custom networks not used by at least one container."))
        return 0;
    str_add(&path, "/networks/prune");
    query_add_filters(&path, filters);
    if (cli_request(cli, "POST", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    if (json_array_size(json_at(answer, "NetworksDeleted")))
        printf("Deleted Networks:\n");
    for (size_t i = 0; i < json_array_size(json_at(answer, "NetworksDeleted")); i++)
        printf("%s\n", json_string_value(json_array_get(json_at(answer, "NetworksDeleted"), i)));
    if (json_array_size(json_at(answer, "NetworksDeleted")))
        printf("\n");
    return 0;
}

static const struct flag create_flags[] = {
    {0,    "attachable",  FLAG_BOOL,  NULL,      "Containers may be connected by hand"              },
    { 'd', "driver",      FLAG_VALUE, "string",  "Driver (default \"bridge\")"                      },
    { 0,   "gateway",     FLAG_LIST,  "strings", "Gateway of a subnet"                              },
    { 0,   "internal",    FLAG_BOOL,  NULL,      "No way out"                                       },
    { 0,   "ip-range",    FLAG_LIST,  "strings", "Part of a subnet that containers get addresses of"},
    { 0,   "ipam-driver", FLAG_VALUE, "string",  "Driver of the addresses (default \"default\")"    },
    { 0,   "ipam-opt",    FLAG_LIST,  "map",     "Option of that driver"                            },
    { 0,   "ipv6",        FLAG_BOOL,  NULL,      "IPv6 too"                                         },
    { 0,   "label",       FLAG_LIST,  "list",    "A label (name=value)"                             },
    { 'o', "opt",         FLAG_LIST,  "map",     "Option of the driver"                             },
    { 0,   "subnet",      FLAG_LIST,  "strings", "Subnet in CIDR form"                              },
    FLAGS_END,
};
static const struct flag ls_flags[] = {
    {'f',  "filter",   FLAG_LIST,  "filter",
     "Only those for which KEY=VALUE holds (dangling, driver, id, label, name, scope, type)"           },
    { 0,   "format",   FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"},
    { 0,   "no-trunc", FLAG_BOOL,  NULL,     "Cut nothing short"                                       },
    { 'q', "quiet",    FLAG_BOOL,  NULL,     "Only the ids"                                            },
    FLAGS_END,
};
static const struct flag rm_flags[] = {
    {'f', "force", FLAG_BOOL, NULL, "No error when it does not exist"},
    FLAGS_END
};
static const struct flag disconnect_flags[] = {
    {'f', "force", FLAG_BOOL, NULL, "Also when the container is gone"},
    FLAGS_END
};
static const struct flag connect_flags[] = {
    {0,  "alias",         FLAG_LIST,  "strings", "A name of the container in this network"},
    { 0, "driver-opt",    FLAG_LIST,  "strings", "Option of the driver"                   },
    { 0, "ip",            FLAG_VALUE, "string",  "IPv4 address"                           },
    { 0, "ip6",           FLAG_VALUE, "string",  "IPv6 address"                           },
    { 0, "link",          FLAG_LIST,  "list",    "Link to another container"              },
    { 0, "link-local-ip", FLAG_LIST,  "strings", "Link-local addresses"                   },
    FLAGS_END,
};
static const struct flag prune_flags[] = {
    {0,    "filter", FLAG_LIST, "filter", "Which of them, such as \"until=24h\" or \"label=a=b\""},
    { 'f', "force",  FLAG_BOOL, NULL,     "Ask nothing"                                          },
    FLAGS_END,
};

const struct command network_create_command = { .group = "network",
                                                .in_group = "create",
                                                .usage = "[OPTIONS] NETWORK",
                                                .summary = "Create a network",
                                                .flags = create_flags,
                                                .min = 1,
                                                .max = 1,
                                                .run = create_run };
const struct command network_ls_command = { .group = "network",
                                            .in_group = "ls",
                                            .usage = "[OPTIONS]",
                                            .summary = "List networks",
                                            .flags = ls_flags,
                                            .max = 0,
                                            .run = ls_run };
const struct command network_rm_command = { .group = "network",
                                            .in_group = "rm",
                                            .usage = "[OPTIONS] NETWORK [NETWORK...]",
                                            .summary = "Remove one or more networks",
                                            .flags = rm_flags,
                                            .min = 1,
                                            .max = -1,
                                            .run = rm_run };
const struct command network_connect_command = { .group = "network",
                                                 .in_group = "connect",
                                                 .usage = "[OPTIONS] NETWORK CONTAINER",
                                                 .summary = "Connect a container to a network",
                                                 .flags = connect_flags,
                                                 .min = 2,
                                                 .max = 2,
                                                 .run = connect_run };
const struct command network_disconnect_command = { .group = "network",
                                                    .in_group = "disconnect",
                                                    .usage = "[OPTIONS] NETWORK CONTAINER",
                                                    .summary = "Disconnect a container from a network",
                                                    .flags = disconnect_flags,
                                                    .min = 2,
                                                    .max = 2,
                                                    .run = disconnect_run };
const struct command network_prune_command = { .group = "network",
                                               .in_group = "prune",
                                               .usage = "[OPTIONS]",
                                               .summary = "Remove all unused networks",
                                               .flags = prune_flags,
                                               .max = 0,
                                               .run = prune_run };
