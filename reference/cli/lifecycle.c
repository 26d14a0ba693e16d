/* cli/lifecycle.c - stop, restart, kill, pause, unpause, wait, rename, rm, update, container prune. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/spec.h"
#include "cli/units.h"

/* POST /containers/NAME/ACTION?..., then its name on standard output. */
static int act(struct cli *cli, const char *name, const char *action, struct str *query, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", name, action);
    scoped_free char *whole = xasprintf("%s%s", path, str_text(query));

    if (cli_post(cli, whole, err) < 0)
        return -1;
    printf("%s\n", name);
    return 0;
}

static void stop_query(struct args *args, struct str *query)
{
    query_add(query, "signal", args_value(args, "signal", NULL));
    query_add(query, "t", args_value(args, "timeout", args_value(args, "time", NULL)));
}

static int stop_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_str query = { 0 };

    stop_query(args, &query);
    return act(cli, name, "/stop", &query, err);
}

static int stop_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, stop_one);
}

static int restart_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_str query = { 0 };

    stop_query(args, &query);
    return act(cli, name, "/restart", &query, err);
}

static int restart_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, restart_one);
}

static int kill_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_str query = { 0 };

    query_add(&query, "signal", args_value(args, "signal", NULL));
    return act(cli, name, "/kill", &query, err);
}

static int kill_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, kill_one);
}

static int pause_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_str query = { 0 };

    (void)args;
    return act(cli, name, "/pause", &query, err);
}

static int pause_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, pause_one);
}

static int unpause_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_str query = { 0 };

    (void)args;
    return act(cli, name, "/unpause", &query, err);
}

static int unpause_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, unpause_one);
}

static int wait_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", name, "/wait");
    scoped(json_decref) json_t *answer = NULL;

    (void)args;
    if (cli_request(cli, "POST", path, NULL, &answer, err) < 0)
        return -1;
    printf("%lld\n", (long long)json_int_at(answer, "StatusCode", 0));
    fflush(stdout);
    return 0;
}

static int wait_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, wait_one);
}

static int rename_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", args->rest[0], "/rename");
    scoped_str whole = { 0 };

    str_add(&whole, path);
    query_add(&whole, "name", args->rest[1]);
    if (cli_post(cli, str_text(&whole), err) < 0) {
        cli_complain(err);
        return error_set(err, err->kind, "Error: failed to rename container named %s", args->rest[0]);
    }
    return 0;
}

static int rm_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", *name == '/' ? name + 1 : name, "");
    scoped_str whole = { 0 };

    str_add(&whole, path);
    query_add_bool(&whole, "v", args_bool(args, "volumes", false));
    query_add_bool(&whole, "link", args_bool(args, "link", false));
    query_add_bool(&whole, "force", args_bool(args, "force", false));
    if (cli_request(cli, "DELETE", str_text(&whole), NULL, NULL, err) < 0) {
        if (err->kind != ERR_NOT_FOUND || !args_bool(args, "force", false))
            return -1;
        cli_complain(err); /* what is gone is removed */
        return 0;
    }
    printf("%s\n", name);
    return 0;
}

static int rm_run(struct cli *cli, struct args *args, struct error *err)
{
    (void)err;
    return cli_each(cli, args, rm_one);
}

static int prune_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *filters = NULL, *answer = NULL;
    scoped_str path = { 0 };
    char size[UNITS_TEXT_MAX];
    size_t i;
    json_t *id;

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    if (!cli_confirm(args, "WARNING! This will remove all stopped containers."))
        return 0;
    str_add(&path, "/containers/prune");
    query_add_filters(&path, filters);
    if (cli_request(cli, "POST", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    if (json_array_size(json_at(answer, "ContainersDeleted")))
        printf("Deleted Containers:\n");
    json_array_foreach (json_at(answer, "ContainersDeleted"), i, id)
        printf("%s\n%s", json_string_value(id),
               i + 1 == json_array_size(json_at(answer, "ContainersDeleted")) ? "\n" : "");
    units_size((double)json_int_at(answer, "SpaceReclaimed", 0), 4, size);
    printf("Total reclaimed space: %s\n", size);
    return 0;
}

/* -- update -- */

static const struct {
    const char *flag, *member;
    enum { AS_SIZE, AS_INT, AS_TEXT } as;
} update_fields[] = {
    {"memory",              "Memory",             AS_SIZE},
    { "memory-reservation", "MemoryReservation",  AS_SIZE},
    { "memory-swap",        "MemorySwap",         AS_SIZE},
    { "cpu-shares",         "CpuShares",          AS_INT },
    { "cpu-period",         "CpuPeriod",          AS_INT },
    { "cpu-quota",          "CpuQuota",           AS_INT },
    { "cpu-rt-period",      "CpuRealtimePeriod",  AS_INT },
    { "cpu-rt-runtime",     "CpuRealtimeRuntime", AS_INT },
    { "blkio-weight",       "BlkioWeight",        AS_INT },
    { "pids-limit",         "PidsLimit",          AS_INT },
    { "cpuset-cpus",        "CpusetCpus",         AS_TEXT},
    { "cpuset-mems",        "CpusetMems",         AS_TEXT},
};

static int update_body(struct args *args, json_t *body, struct error *err)
{
    for (size_t i = 0; i < sizeof(update_fields) / sizeof(update_fields[0]); i++) {
        const char *text = args_value(args, update_fields[i].flag, NULL);
        int64_t number;

        if (!text)
            continue;
        if (update_fields[i].as == AS_TEXT) {
            json_object_set_new(body, update_fields[i].member, json_string(text));
            continue;
        }
        if (!(update_fields[i].as == AS_SIZE && units_parse_size(text, &number)) &&
            !str_to_int64(text, &number))
            return error_set(err, ERR_INVALID,
                             "invalid argument \"%s\" for \"--%s\" flag: invalid size: '%s'", text,
                             update_fields[i].flag, text);
        json_object_set_new(body, update_fields[i].member, json_integer(number));
    }
    if (args_has(args, "cpus")) {
        int64_t cpus;

        if (spec_cpus(args_value(args, "cpus", ""), &cpus, err) < 0)
            return -1;
        json_object_set_new(body, "NanoCpus", json_integer(cpus));
    }
    if (args_has(args, "restart")) {
        json_t *policy = NULL;

        if (spec_restart(args_value(args, "restart", ""), &policy, err) < 0)
            return -1;
        json_object_set_new(body, "RestartPolicy", policy);
    }
    return 0;
}

static int update_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", name, "/update");
    scoped(json_decref) json_t *body = json_object(), *answer = NULL;
    size_t i;
    json_t *warning;

    if (update_body(args, body, err) < 0)
        return -1;
    if (cli_request(cli, "POST", path, body, &answer, err) < 0)
        return -1;
    json_array_foreach (json_at(answer, "Warnings"), i, warning)
        fprintf(stderr, "%s\n", json_string_value(warning));
    printf("%s\n", name);
    return 0;
}

static int update_run(struct cli *cli, struct args *args, struct error *err)
{
    if (!map_count(args->given))
        return error_set(err, ERR_INVALID, "you must provide one or more flags when using this command");
    return cli_each(cli, args, update_one);
}

static const struct flag no_flags[] = { FLAGS_END };
static const struct flag stop_flags[] = {
    {'s',  "signal",  FLAG_VALUE, "string", "Signal to send to the container"             },
    { 't', "timeout", FLAG_VALUE, "int",    "Seconds to wait before killing the container"},
    { 0,   "time",    FLAG_VALUE, "int",    "The same as --timeout"                       },
    FLAGS_END,
};
static const struct flag kill_flags[] = {
    {'s', "signal", FLAG_VALUE, "string", "Signal to send to the container (default KILL)"},
    FLAGS_END,
};
static const struct flag rm_flags[] = {
    {'f',  "force",   FLAG_BOOL, NULL, "Remove a running container as well: it is killed"},
    { 'l', "link",    FLAG_BOOL, NULL, "Remove the link of that name"                    },
    { 'v', "volumes", FLAG_BOOL, NULL, "Remove the container's anonymous volumes too"    },
    FLAGS_END,
};
static const struct flag prune_flags[] = {
    {0,    "filter", FLAG_LIST, "filter", "Which of them, such as \"until=24h\" or \"label=a=b\""},
    { 'f', "force",  FLAG_BOOL, NULL,     "Ask nothing"                                          },
    FLAGS_END,
};
static const struct flag update_flags[] = {
    {0,    "blkio-weight",       FLAG_VALUE, "uint16",  "Block IO, relative weight, 10 to 1000, or 0"},
    { 0,   "cpu-period",         FLAG_VALUE, "int",     "Period of the CPU quota in microseconds"    },
    { 0,   "cpu-quota",          FLAG_VALUE, "int",     "CPU quota in microseconds per period"       },
    { 0,   "cpu-rt-period",      FLAG_VALUE, "int",     "Real-time CPU period in microseconds"       },
    { 0,   "cpu-rt-runtime",     FLAG_VALUE, "int",     "Real-time CPU time in microseconds"         },
    { 'c', "cpu-shares",         FLAG_VALUE, "int",     "CPU shares, relative weight"                },
    { 0,   "cpus",               FLAG_VALUE, "decimal", "Number of CPUs"                             },
    { 0,   "cpuset-cpus",        FLAG_VALUE, "string",  "CPUs it may run on (0-3, 0,1)"              },
    { 0,   "cpuset-mems",        FLAG_VALUE, "string",  "Memory nodes it may use"                    },
    { 'm', "memory",             FLAG_VALUE, "bytes",   "Memory limit"                               },
    { 0,   "memory-reservation", FLAG_VALUE, "bytes",   "Memory soft limit"                          },
    { 0,   "memory-swap",        FLAG_VALUE, "bytes",   "Memory and swap together, -1: no limit"     },
    { 0,   "pids-limit",         FLAG_VALUE, "int",     "Number of processes, -1: no limit"          },
    { 0,   "restart",            FLAG_VALUE, "string",  "Restart policy"                             },
    FLAGS_END,
};

#define SOME_CONTAINERS "CONTAINER [CONTAINER...]"

const struct command stop_command = { .name = "stop",
                                      .group = "container",
                                      .in_group = "stop",
                                      .usage = "[OPTIONS] " SOME_CONTAINERS,
                                      .summary = "Stop one or more running containers",
                                      .flags = stop_flags,
                                      .min = 1,
                                      .max = -1,
                                      .run = stop_run };
const struct command restart_command = { .name = "restart",
                                         .group = "container",
                                         .in_group = "restart",
                                         .usage = "[OPTIONS] " SOME_CONTAINERS,
                                         .summary = "Restart one or more containers",
                                         .flags = stop_flags,
                                         .min = 1,
                                         .max = -1,
                                         .run = restart_run };
const struct command kill_command = { .name = "kill",
                                      .group = "container",
                                      .in_group = "kill",
                                      .usage = "[OPTIONS] " SOME_CONTAINERS,
                                      .summary = "Kill one or more running containers",
                                      .flags = kill_flags,
                                      .min = 1,
                                      .max = -1,
                                      .run = kill_run };
const struct command pause_command = { .name = "pause",
                                       .group = "container",
                                       .in_group = "pause",
                                       .usage = SOME_CONTAINERS,
                                       .summary = "Freeze all processes of one or more containers",
                                       .flags = no_flags,
                                       .min = 1,
                                       .max = -1,
                                       .run = pause_run };
const struct command unpause_command = { .name = "unpause",
                                         .group = "container",
                                         .in_group = "unpause",
                                         .usage = SOME_CONTAINERS,
                                         .summary = "Let the processes of one or more containers go on",
                                         .flags = no_flags,
                                         .min = 1,
                                         .max = -1,
                                         .run = unpause_run };
const struct command wait_command = { .name = "wait",
                                      .group = "container",
                                      .in_group = "wait",
                                      .usage = SOME_CONTAINERS,
                                      .summary = "Wait for containers to stop, then print their exit codes",
                                      .flags = no_flags,
                                      .min = 1,
                                      .max = -1,
                                      .run = wait_run };
const struct command rename_command = { .name = "rename",
                                        .group = "container",
                                        .in_group = "rename",
                                        .usage = "CONTAINER NEW_NAME",
                                        .summary = "Rename a container",
                                        .flags = no_flags,
                                        .min = 2,
                                        .max = 2,
                                        .run = rename_run };
const struct command rm_command = { .name = "rm",
                                    .group = "container",
                                    .in_group = "rm",
                                    .usage = "[OPTIONS] " SOME_CONTAINERS,
                                    .summary = "Remove one or more containers",
                                    .flags = rm_flags,
                                    .min = 1,
                                    .max = -1,
                                    .run = rm_run };
const struct command update_command = { .name = "update",
                                        .group = "container",
                                        .in_group = "update",
                                        .usage = "[OPTIONS] " SOME_CONTAINERS,
                                        .summary = "Change the limits of one or more containers",
                                        .flags = update_flags,
                                        .min = 1,
                                        .max = -1,
                                        .run = update_run };
const struct command container_prune_command = { .group = "container",
                                                 .in_group = "prune",
                                                 .usage = "[OPTIONS]",
                                                 .summary = "Remove all stopped containers",
                                                 .flags = prune_flags,
                                                 .max = 0,
                                                 .run = prune_run };
