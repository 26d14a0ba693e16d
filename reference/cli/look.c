/* cli/look.c - what goes on in a container: top, port, diff, stats; and commit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/spec.h"
#include "cli/units.h"

/* -- top -- */

static int top_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *plain = cli_path("/containers/", args->rest[0], "/top");
    scoped(json_decref) json_t *answer = NULL;
    scoped_strv ps = { 0 };
    scoped_free char *ps_text = NULL, *titles = NULL;
    scoped_str path = { 0 }, out = { 0 }, aligned = { 0 };
    scoped_strv words = { 0 };

    for (int i = 1; i < args->count; i++)
        strv_add(&ps, args->rest[i]);
    ps_text = strv_join(&ps, " ");
    str_add(&path, plain);
    if (ps.count)
        query_add(&path, "ps_args", ps_text);
    if (cli_get(cli, str_text(&path), &answer, err) < 0)
        return -1;
    json_strv_at(answer, "Titles", &words);
    titles = strv_join(&words, "\t");
    str_addf(&out, "%s\n", titles ? titles : "");
    for (size_t i = 0; i < json_array_size(json_at(answer, "Processes")); i++) {
        const json_t *process = json_array_get(json_at(answer, "Processes"), i);

        for (size_t j = 0; j < json_array_size(process); j++)
            str_addf(&out, "%s%s", j ? "\t" : "", json_string_value(json_array_get(process, j)));
        str_add(&out, "\n");
    }
    output_align(str_text(&out), 20, 3, &aligned);
    fputs(str_text(&aligned), stdout);
    return 0;
}

/* -- port -- */

static void port_lines(const char *key, const json_t *bindings, bool with_key, struct strv *ret)
{
    for (size_t i = 0; i < json_array_size(bindings); i++) {
        const json_t *b = json_array_get(bindings, i);
        const char *ip = json_str_at(b, "HostIp", ""), *port = json_str_at(b, "HostPort", "");
        bool is_v6 = strchr(ip, ':') != NULL;

        strv_addf(ret, "%s%s%s%s%s:%s", with_key ? key : "", with_key ? " -> " : "", is_v6 ? "[" : "", ip,
                  is_v6 ? "]" : "", port);
    }
}

static int port_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", args->rest[0], "/json");
    scoped(json_decref) json_t *container = NULL;
    scoped_strv lines = { 0 };
    const char *key;
    json_t *bindings;

    if (cli_get(cli, path, &container, err) < 0)
        return -1;
    if (args->count > 1) {
        scoped_free char *wanted =
            strchr(args->rest[1], '/') ? xstrdup(args->rest[1]) : xasprintf("%s/tcp", args->rest[1]);

        bindings = json_object_get(json_at(container, "NetworkSettings.Ports"), wanted);
        if (!json_array_size(bindings))
            return error_set(err, ERR_NOT_FOUND, "Error: No public port '%s' published for %s", args->rest[1],
                             args->rest[0]);
        port_lines(wanted, bindings, false, &lines);
    } else {
        json_object_foreach (json_at(container, "NetworkSettings.Ports"), key, bindings)
            port_lines(key, bindings, true, &lines);
        strv_sort(&lines);
    }
    for (size_t i = 0; i < lines.count; i++)
        printf("%s\n", lines.items[i]);
    return 0;
}

/* -- diff -- */

static int diff_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", args->rest[0], "/changes");
    scoped(json_decref) json_t *list = NULL;

    if (cli_get(cli, path, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        int64_t kind = json_int_at(json_array_get(list, i), "Kind", 0);

        printf("%c %s\n",
               kind == 1   ? 'A'
               : kind == 2 ? 'D'
                           : 'C',
               json_str_at(json_array_get(list, i), "Path", ""));
    }
    return 0;
}

/* -- stats: one reading; the moving table of docker is not there -- */

static double cpu_percent(const json_t *s)
{
    double used = (double)(json_int_at(s, "cpu_stats.cpu_usage.total_usage", 0) -
                           json_int_at(s, "precpu_stats.cpu_usage.total_usage", 0));
    double all = (double)(json_int_at(s, "cpu_stats.system_cpu_usage", 0) -
                          json_int_at(s, "precpu_stats.system_cpu_usage", 0));
    double cpus = (double)json_int_at(s, "cpu_stats.online_cpus", 0);

    return used > 0 && all > 0 ? used / all * (cpus > 0 ? cpus : 1) * 100 : 0;
}

/* Without the page cache that can be given back at once (docs of ContainerStats). */
static double memory_used(const json_t *s)
{
    double used = (double)json_int_at(s, "memory_stats.usage", 0);
    double cache = (double)json_int_at(s, "memory_stats.stats.total_inactive_file",
                                       json_int_at(s, "memory_stats.stats.inactive_file", 0));

    return cache < used ? used - cache : used;
}

static void put_traffic(json_t *row, const json_t *s)
{
    double in = 0, out = 0, read = 0, written = 0;
    char a[UNITS_TEXT_MAX], b[UNITS_TEXT_MAX];
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach (json_at(s, "networks"), name, value) {
        in += (double)json_int_at(value, "rx_bytes", 0);
        out += (double)json_int_at(value, "tx_bytes", 0);
    }
    json_array_foreach (json_at(s, "blkio_stats.io_service_bytes_recursive"), i, value) {
        const char *op = json_str_at(value, "op", "");

        read += *op == 'r' || *op == 'R' ? (double)json_int_at(value, "value", 0) : 0;
        written += *op == 'w' || *op == 'W' ? (double)json_int_at(value, "value", 0) : 0;
    }
    units_size(in, 3, a);
    units_size(out, 3, b);
    row_putf(row, "NetIO", "%s / %s", a, b);
    units_size(read, 3, a);
    units_size(written, 3, b);
    row_putf(row, "BlockIO", "%s / %s", a, b);
}

static json_t *stats_row(const char *given, const json_t *s, bool whole)
{
    json_t *row = json_object();
    double used = memory_used(s), limit = (double)json_int_at(s, "memory_stats.limit", 0);
    char a[UNITS_TEXT_MAX], b[UNITS_TEXT_MAX];
    const char *name = json_str_at(s, "name", "");

    row_put(row, "Container", given);
    row_put(row, "Name", *name == '/' ? name + 1 : name);
    row_put_id(row, "ID", json_str_at(s, "id", given), whole);
    row_putf(row, "CPUPerc", "%.2f%%", cpu_percent(s));
    units_binary_size(used, a);
    units_binary_size(limit, b);
    row_putf(row, "MemUsage", "%s / %s", a, b);
    row_putf(row, "MemPerc", "%.2f%%", limit > 0 ? used / limit * 100 : 0);
    put_traffic(row, s);
    row_putf(row, "PIDs", "%lld", (long long)json_int_at(s, "pids_stats.current", 0));
    return row;
}

static int stats_one(struct cli *cli, const char *id, bool whole, json_t *rows, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", id, "/stats?stream=0");
    scoped(json_decref) json_t *s = NULL;

    if (cli_get(cli, path, &s, err) < 0)
        return -1;
    json_array_append_new(rows, stats_row(id, s, whole));
    return 0;
}

static const char *const stats_headers[][2] = {
    {"ID",         "CONTAINER ID"     },
    { "Container", "CONTAINER"        },
    { "Name",      "NAME"             },
    { "CPUPerc",   "CPU %"            },
    { "MemUsage",  "MEM USAGE / LIMIT"},
    { "MemPerc",   "MEM %"            },
    { "NetIO",     "NET I/O"          },
    { "BlockIO",   "BLOCK I/O"        },
    { "PIDs",      "PIDS"             },
    { NULL,        NULL               },
};

static int stats_run(struct cli *cli, struct args *args, struct error *err)
{
    static const struct output_table table = { .columns = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{"
                                                          "{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
                                               .quiet = "{{.ID}}",
                                               .headers = stats_headers };
    bool whole = args_bool(args, "no-trunc", false), all = args_bool(args, "all", false);
    scoped(json_decref) json_t *rows = json_array(), *list = NULL;

    if (!args_bool(args, "no-stream", false))
        return error_set(err, ERR_NOT_IMPLEMENTED, "engine stats reads once: give --no-stream");
    for (int i = 0; i < args->count; i++)
        if (stats_one(cli, args->rest[i], whole, rows, err) < 0)
            return -1;
    if (!args->count && cli_get(cli, all ? "/containers/json?all=1" : "/containers/json", &list, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (stats_one(cli, json_str_at(json_array_get(list, i), "Id", ""), whole, rows, err) < 0)
            return -1;
    return output_rows(&table, rows, args_value(args, "format", NULL), false, err);
}

/* -- commit -- */

static int commit_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;
    scoped_str path = { 0 };
    const struct strv *changes = args_list(args, "change");
    struct spec_ref ref = { NULL, NULL, NULL };

    if (args->count > 1 && spec_ref(args->rest[1], &ref, err) < 0)
        return -1;
    str_add(&path, "/commit");
    query_add(&path, "container", args->rest[0]);
    query_add(&path, "repo", ref.name);
    query_add(&path, "tag", ref.tag);
    query_add(&path, "author", args_value(args, "author", NULL));
    query_add(&path, "comment", args_value(args, "message", NULL));
    for (size_t i = 0; i < changes->count; i++)
        query_add(&path, "changes", changes->items[i]);
    if (!args_bool(args, "pause", true))
        query_add(&path, "pause", "0");
    spec_ref_free(&ref);
    if (cli_request(cli, "POST", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    printf("%s\n", json_str_at(answer, "Id", ""));
    return 0;
}

static const struct flag no_flags[] = { FLAGS_END };
static const struct flag stats_flags[] = {
    {'a', "all",       FLAG_BOOL,  NULL,     "All containers, not only those that run"                 },
    { 0,  "format",    FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"},
    { 0,  "no-stream", FLAG_BOOL,  NULL,     "Read once (the only way that there is here)"             },
    { 0,  "no-trunc",  FLAG_BOOL,  NULL,     "Cut nothing short"                                       },
    FLAGS_END,
};
static const struct flag commit_flags[] = {
    {'a',  "author",  FLAG_VALUE, "string", "Author"                                                },
    { 'c', "change",  FLAG_LIST,  "list",   "A Dockerfile instruction for the image's configuration"},
    { 'm', "message", FLAG_VALUE, "string", "Commit message"                                        },
    { 'p', "pause",   FLAG_BOOL,  NULL,     "Pause the container meanwhile (default true)"          },
    FLAGS_END,
};

const struct command top_command = { .name = "top",
                                     .group = "container",
                                     .in_group = "top",
                                     .usage = "CONTAINER [ps OPTIONS]",
                                     .summary = "Show the processes of a container",
                                     .flags = no_flags,
                                     .min = 1,
                                     .max = -1,
                                     .first_arg_ends = true,
                                     .run = top_run };
const struct command port_command = { .name = "port",
                                      .group = "container",
                                      .in_group = "port",
                                      .usage = "CONTAINER [PRIVATE_PORT[/PROTO]]",
                                      .summary = "Show the published ports of a container",
                                      .flags = no_flags,
                                      .min = 1,
                                      .max = 2,
                                      .run = port_run };
const struct command diff_command = { .name = "diff",
                                      .group = "container",
                                      .in_group = "diff",
                                      .usage = "CONTAINER",
                                      .summary = "Show what changed in a container's file system",
                                      .flags = no_flags,
                                      .min = 1,
                                      .max = 1,
                                      .run = diff_run };
const struct command stats_command = { .name = "stats",
                                       .group = "container",
                                       .in_group = "stats",
                                       .usage = "--no-stream [OPTIONS] [CONTAINER...]",
                                       .summary = "Show what containers use now",
                                       .flags = stats_flags,
                                       .max = -1,
                                       .run = stats_run };
const struct command commit_command = { .name = "commit",
                                        .group = "container",
                                        .in_group = "commit",
                                        .usage = "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
                                        .summary = "Create an image of a container's changes",
                                        .flags = commit_flags,
                                        .min = 1,
                                        .max = 2,
                                        .run = commit_run };
