/* cli/system.c - version, info, events, df, system prune. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/units.h"

#define ENGINE_VERSION "0.1.0"

/* -- version -- */

static json_t *client_version(const struct cli *cli)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Version", ENGINE_VERSION, "ApiVersion",
                     cli->version, "DefaultAPIVersion", CLI_API_VERSION, "GitCommit", "", "GoVersion", "",
                     "Os", "linux", "Arch", sizeof(void *) == 8 ? "amd64" : "386", "BuildTime", "", "Context",
                     "default");
}

/* "2026-09-15T11:02:57.000000000+00:00" as "Tue Sep 15 11:02:57 2026"; what is no time stays. */
static char *build_time(const char *text)
{
    char out[64];
    nanos t;
    time_t seconds;
    struct tm tm;

    if (!clock_parse(text, &t))
        return xstrdup(text);
    seconds = (time_t)(t / NANOS_PER_SECOND);
    gmtime_r(&seconds, &tm);
    strftime(out, sizeof(out), "%a %b %e %H:%M:%S %Y", &tm);
    return xstrdup(out);
}

static void print_client(const json_t *client)
{
    printf("Client:\n Version:           %s\n API version:       %s\n OS/Arch:           %s/%s\n",
           json_str_at(client, "Version", ""), json_str_at(client, "ApiVersion", ""),
           json_str_at(client, "Os", ""), json_str_at(client, "Arch", ""));
}

static void print_engine(const json_t *details, const char *version)
{
    scoped_free char *built = build_time(json_str_at(details, "BuildTime", ""));
    const char *experimental = json_str_at(details, "Experimental", "false");

    printf(" Engine:\n  Version:          %s\n  API version:      %s (minimum version %s)\n", version,
           json_str_at(details, "ApiVersion", ""), json_str_at(details, "MinAPIVersion", ""));
    printf(
        "  Go version:       %s\n  Git commit:       %s\n  Built:            %s\n  OS/Arch:          %s/%s\n"
        "  Experimental:     %s\n",
        json_str_at(details, "GoVersion", ""), json_str_at(details, "GitCommit", ""), built,
        json_str_at(details, "Os", ""), json_str_at(details, "Arch", ""), experimental);
}

static void print_server(const json_t *server)
{
    const json_t *components = json_at(server, "Components");
    const char *platform = json_str_at(server, "Platform.Name", "");

    printf("\nServer:%s%s\n", *platform ? " " : "", platform);
    if (!json_array_size(components))
        print_engine(server, json_str_at(server, "Version", ""));
    for (size_t i = 0; i < json_array_size(components); i++) {
        const json_t *component = json_array_get(components, i);
        const char *name = json_str_at(component, "Name", ""), *key;
        json_t *value;

        if (strcmp(name, "Engine") == 0) {
            print_engine(json_at(component, "Details"), json_str_at(component, "Version", ""));
            continue;
        }
        printf(" %s:\n  Version:          %s\n", name, json_str_at(component, "Version", ""));
        json_object_foreach (json_at(component, "Details"), key, value)
            printf("  %s:%*s%s\n", key, (int)(17 - (strlen(key) < 17 ? strlen(key) : 17)), "",
                   json_string_value(value) ? json_string_value(value) : "");
    }
}

static int version_run(struct cli *cli, struct args *args, struct error *err)
{
    const char *format = args_value(args, "format", NULL);
    scoped(json_decref) json_t *all = json_object(), *server = NULL;
    int connected = cli_connect(cli, err) < 0 ? -1 : cli_get(cli, "/version", &server, err);

    json_object_set_new(all, "Client", client_version(cli));
    json_object_set(all, "Server", server ? server : json_null());
    if (format && *format) {
        struct error why = { 0 };

        if (output_value(all, format, TEMPLATE_MISSING_IS_ERROR, &why) < 0 && connected == 0) {
            *err = why;
            return -1;
        }
        return connected;
    }
    print_client(json_at(all, "Client"));
    if (connected == 0)
        print_server(server);
    return connected;
}

/* -- info -- */

static void info_text(const json_t *info, const char *label, const char *path)
{
    printf(" %s: %s\n", label, json_str_at(info, path, ""));
}

static void info_number(const json_t *info, const char *label, const char *path)
{
    printf(" %s: %lld\n", label, (long long)json_int_at(info, path, 0));
}

static void info_words(const json_t *list, const char *before)
{
    scoped_strv words = { 0 };
    scoped_free char *text = NULL;

    for (size_t i = 0; i < json_array_size(list); i++)
        strv_add(&words, json_string_value(json_array_get(list, i)));
    text = strv_join(&words, " ");
    printf("%s%s\n", before, text ? text : "");
}

static void info_lines(const json_t *list, const char *title)
{
    if (json_array_size(list))
        printf(" %s:\n", title);
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("  %s\n", json_string_value(json_array_get(list, i)));
}

static void info_driver(const json_t *info)
{
    size_t i;
    json_t *pair;

    info_text(info, "Storage Driver", "Driver");
    json_array_foreach (json_at(info, "DriverStatus"), i, pair)
        printf("  %s: %s\n", json_string_value(json_array_get(pair, 0)),
               json_string_value(json_array_get(pair, 1)));
}

static void info_runtimes(const json_t *info)
{
    scoped_strv names = { 0 };
    scoped_free char *text = NULL;
    const char *name;
    json_t *value;

    json_object_foreach (json_at(info, "Runtimes"), name, value)
        strv_add(&names, name);
    strv_sort(&names);
    text = strv_join(&names, " ");
    printf(" Runtimes: %s\n", text ? text : "");
    info_text(info, "Default Runtime", "DefaultRuntime");
    info_text(info, "Init Binary", "InitBinary");
    info_text(info, "containerd version", "ContainerdCommit.ID");
    info_text(info, "runc version", "RuncCommit.ID");
    info_text(info, "init version", "InitCommit.ID");
}

/* "name=seccomp,profile=builtin" */
static void info_security(const json_t *info)
{
    size_t i;
    json_t *item;

    if (json_array_size(json_at(info, "SecurityOptions")))
        printf(" Security Options:\n");
    json_array_foreach (json_at(info, "SecurityOptions"), i, item) {
        scoped_strv parts = { 0 };

        strv_split(&parts, json_string_value(item) ? json_string_value(item) : "", ',');
        for (size_t j = 0; j < parts.count; j++) {
            const char *part = parts.items[j];

            if (str_starts(part, "name="))
                printf("  %s\n", part + 5);
            else if (str_starts(part, "profile="))
                printf("   Profile: %s\n", part + 8);
        }
    }
}

static void info_registries(const json_t *info)
{
    const char *name;
    json_t *value;

    printf(" Insecure Registries:\n");
    json_object_foreach (json_at(info, "RegistryConfig.IndexConfigs"), name, value)
        if (!json_bool_at(value, "Secure", true))
            printf("  %s\n", name);
    for (size_t i = 0; i < json_array_size(json_at(info, "RegistryConfig.InsecureRegistryCIDRs")); i++)
        printf("  %s\n",
               json_string_value(json_array_get(json_at(info, "RegistryConfig.InsecureRegistryCIDRs"), i)));
}

static const char *yes(const json_t *info, const char *path)
{
    return json_bool_at(info, path, false) ? "true" : "false";
}

static void print_host(const json_t *info)
{
    char memory[UNITS_TEXT_MAX];

    info_text(info, "Kernel Version", "KernelVersion");
    info_text(info, "Operating System", "OperatingSystem");
    info_text(info, "OSType", "OSType");
    info_text(info, "Architecture", "Architecture");
    info_number(info, "CPUs", "NCPU");
    units_binary_size((double)json_int_at(info, "MemTotal", 0), memory);
    printf(" Total Memory: %s\n", memory);
    info_text(info, "Name", "Name");
    info_text(info, "ID", "ID");
    info_text(info, "Docker Root Dir", "DockerRootDir");
    printf(" Debug Mode: %s\n", yes(info, "Debug"));
    info_lines(json_at(info, "Labels"), "Labels");
    printf(" Experimental: %s\n", yes(info, "ExperimentalBuild"));
    info_registries(info);
    printf(" Live Restore Enabled: %s\n", yes(info, "LiveRestoreEnabled"));
    printf("\n");
}

static void print_info(const json_t *info)
{
    printf("Client:\n Version:    " ENGINE_VERSION "\n Context:    default\n Debug Mode: false\n\nServer:\n");
    info_number(info, "Containers", "Containers");
    info_number(info, " Running", "ContainersRunning");
    info_number(info, " Paused", "ContainersPaused");
    info_number(info, " Stopped", "ContainersStopped");
    info_number(info, "Images", "Images");
    info_text(info, "Server Version", "ServerVersion");
    info_driver(info);
    info_text(info, "Logging Driver", "LoggingDriver");
    info_text(info, "Cgroup Driver", "CgroupDriver");
    info_text(info, "Cgroup Version", "CgroupVersion");
    printf(" Plugins:\n");
    info_words(json_at(info, "Plugins.Volume"), "  Volume: ");
    info_words(json_at(info, "Plugins.Network"), "  Network: ");
    info_words(json_at(info, "Plugins.Log"), "  Log: ");
    info_lines(json_at(info, "CDISpecDirs"), "CDI spec directories");
    info_text(info, "Swarm", "Swarm.LocalNodeState");
    info_runtimes(info);
    info_security(info);
    print_host(info);
}

static int info_run(struct cli *cli, struct args *args, struct error *err)
{
    const char *format = args_value(args, "format", NULL);
    scoped(json_decref) json_t *info = NULL;
    size_t i;
    json_t *warning;

    if (cli_get(cli, "/info", &info, err) < 0)
        return -1;
    if (format && *format)
        return output_value(info, format, TEMPLATE_MISSING_IS_ERROR, err);
    print_info(info);
    fflush(stdout);
    json_array_foreach (json_at(info, "Warnings"), i, warning)
        fprintf(stderr, "%s\n", json_string_value(warning));
    return 0;
}

/* -- events -- */

static void event_line(const json_t *event)
{
    int64_t at = json_int_at(event, "timeNano", json_int_at(event, "time", 0) * NANOS_PER_SECOND);
    char text[CLOCK_TEXT_MAX];
    scoped_strv attributes = { 0 };
    scoped_free char *joined = NULL;
    const char *name, *type = json_str_at(event, "Type", "");
    json_t *value;

    clock_format_fixed(at, text);
    printf("%s", text);
    if (*type)
        printf(" %s %s %s", type, json_str_at(event, "Action", ""), json_str_at(event, "Actor.ID", ""));
    json_object_foreach (json_at(event, "Actor.Attributes"), name, value)
        strv_addf(&attributes, "%s=%s", name, json_string_value(value) ? json_string_value(value) : "");
    strv_sort(&attributes);
    joined = strv_join(&attributes, ", ");
    if (attributes.count)
        printf(" (%s)", joined);
    printf("\n");
}

static int events_run(struct cli *cli, struct args *args, struct error *err)
{
    const char *format = args_value(args, "format", NULL), *times[] = { "since", "until" };
    scoped(http_call_close) struct http_call *call = NULL;
    scoped(json_decref) json_t *filters = NULL;
    scoped_str path = { 0 };
    json_t *event = NULL;
    int result;

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    str_add(&path, "/events");
    for (size_t i = 0; i < 2; i++) {
        const char *given = args_value(args, times[i], NULL);
        nanos at;

        if (given && clock_parse_query(given, clock_now(), &at)) {
            scoped_free char *text = xasprintf("%lld.%09lld", (long long)(at / NANOS_PER_SECOND),
                                               (long long)(at % NANOS_PER_SECOND));

            query_add(&path, times[i], text);
        } else {
            query_add(&path, times[i], given);
        }
    }
    query_add_filters(&path, filters);
    if (cli_open_get(cli, str_text(&path), &call, err) < 0)
        return -1;
    while ((result = http_call_next_json(call, &event, err)) == 1) {
        if (!format || !*format)
            event_line(event);
        else
            result = output_value(event, format, TEMPLATE_MISSING_IS_NO_VALUE, err);
        fflush(stdout);
        json_decref(event);
        if (result < 0)
            return -1;
    }
    return result;
}

/* -- df -- */

static void df_row(json_t *rows, const char *type, size_t total, size_t active, double size, double free_size)
{
    json_t *row = json_object();
    char text[UNITS_TEXT_MAX];

    row_putf(row, "Active", "%zu", active);
    units_size(free_size > 0 ? free_size : 0, 4, text);
    if (size > 0)
        row_putf(row, "Reclaimable", "%s (%d%%)", text, (int)(free_size * 100 / size));
    else
        row_put(row, "Reclaimable", text);
    units_size(size, 4, text);
    row_put(row, "Size", text);
    row_putf(row, "TotalCount", "%zu", total);
    row_put(row, "Type", type);
    json_array_append_new(rows, row);
}

static void df_images(const json_t *df, json_t *rows)
{
    double size = (double)json_int_at(df, "LayersSize", 0), used = 0;
    size_t i, active = 0;
    json_t *image;

    json_array_foreach (json_at(df, "Images"), i, image) {
        if (json_int_at(image, "Containers", 0) <= 0)
            continue;
        active++;
        used += (double)(json_int_at(image, "Size", 0) - json_int_at(image, "SharedSize", 0));
    }
    df_row(rows, "Images", json_array_size(json_at(df, "Images")), active, size, size - used);
}

static void df_containers(const json_t *df, json_t *rows)
{
    double size = 0, unused = 0;
    size_t i, active = 0;
    json_t *c;

    json_array_foreach (json_at(df, "Containers"), i, c) {
        const char *state = json_str_at(c, "State", "");
        double own = (double)json_int_at(c, "SizeRw", 0);
        bool runs =
            strcmp(state, "running") == 0 || strcmp(state, "paused") == 0 || strcmp(state, "restarting") == 0;

        size += own;
        active += runs;
        unused += runs ? 0 : own;
    }
    df_row(rows, "Containers", json_array_size(json_at(df, "Containers")), active, size, unused);
}

static void df_volumes(const json_t *df, json_t *rows)
{
    double size = 0, unused = 0;
    size_t i, active = 0;
    json_t *v;

    json_array_foreach (json_at(df, "Volumes"), i, v) {
        double own = (double)json_int_at(v, "UsageData.Size", 0);
        bool in_use = json_int_at(v, "UsageData.RefCount", 0) > 0;

        own = own > 0 ? own : 0;
        size += own;
        active += in_use;
        unused += in_use ? 0 : own;
    }
    df_row(rows, "Local Volumes", json_array_size(json_at(df, "Volumes")), active, size, unused);
}

static void df_cache(const json_t *df, json_t *rows)
{
    double size = 0, unused = 0;
    size_t i, active = 0;
    json_t *b;

    json_array_foreach (json_at(df, "BuildCache"), i, b) {
        double own = json_bool_at(b, "Shared", false) ? 0 : (double)json_int_at(b, "Size", 0);
        bool in_use = json_bool_at(b, "InUse", false);

        size += own;
        active += in_use;
        unused += in_use ? 0 : own;
    }
    df_row(rows, "Build Cache", json_array_size(json_at(df, "BuildCache")), active, size, unused);
}

static const char *const df_headers[][2] = {
    {"Type",         "TYPE"       },
    { "TotalCount",  "TOTAL"      },
    { "Active",      "ACTIVE"     },
    { "Size",        "SIZE"       },
    { "Reclaimable", "RECLAIMABLE"},
    { NULL,          NULL         },
};

static int df_run(struct cli *cli, struct args *args, struct error *err)
{
    static const struct output_table table = {
        .columns = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
        .quiet = "{{.Type}}",
        .headers = df_headers
    };
    scoped(json_decref) json_t *df = NULL, *rows = json_array();

    if (cli_get(cli, "/system/df", &df, err) < 0)
        return -1;
    df_images(df, rows);
    df_containers(df, rows);
    df_volumes(df, rows);
    df_cache(df, rows);
    return output_rows(&table, rows, args_value(args, "format", NULL), false, err);
}

/* -- system prune -- */

static int prune_kind(struct cli *cli, const char *path, const char *list, const char *title,
                      const json_t *filters, double *reclaimed, struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;
    scoped_str whole = { 0 };
    size_t i;
    json_t *item;

    str_add(&whole, path);
    query_add_filters(&whole, filters);
    if (cli_request(cli, "POST", str_text(&whole), NULL, &answer, err) < 0)
        return -1;
    *reclaimed += (double)json_int_at(answer, "SpaceReclaimed", 0);
    if (json_array_size(json_at(answer, list)))
        printf("Deleted %s:\n", title);
    json_array_foreach (json_at(answer, list), i, item) {
        const char *untagged = json_str_at(item, "Untagged", NULL);

        if (json_is_string(item))
            printf("%s\n", json_string_value(item));
        else
            printf("%s: %s\n", untagged ? "untagged" : "deleted",
                   untagged ? untagged : json_str_at(item, "Deleted", ""));
    }
    if (i)
        printf("\n");
    return 0;
}

static int system_prune_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *filters = NULL, *images = NULL;
    double reclaimed = 0;
    char size[UNITS_TEXT_MAX];

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    images = filters ? json_copy(filters) : json_object();
    json_object_set_new(images, "dangling",
                        json_pack("{s:b}", args_bool(args, "all", false) ? "false" : "true", 1));
    if (!cli_confirm(args,
                     "WARNING! This will remove all stopped containers, unused networks and unused images."))
        return 0;
    if (prune_kind(cli, "/containers/prune", "ContainersDeleted", "Containers", filters, &reclaimed, err) <
            0 ||
        prune_kind(cli, "/networks/prune", "NetworksDeleted", "Networks", filters, &reclaimed, err) < 0)
        return -1;
    if (args_bool(args, "volumes", false) &&
        prune_kind(cli, "/volumes/prune", "VolumesDeleted", "Volumes", filters, &reclaimed, err) < 0)
        return -1;
    if (prune_kind(cli, "/images/prune", "ImagesDeleted", "Images", images, &reclaimed, err) < 0)
        return -1;
    units_size(reclaimed, 4, size);
    printf("Total reclaimed space: %s\n", size);
    return 0;
}

#define FORMAT_FLAG                                                                                          \
    {                                                                                                        \
        'f', "format", FLAG_VALUE, "string", "\"json\" or a Go template"                                     \
    }

static const struct flag format_flags[] = { FORMAT_FLAG, FLAGS_END };
static const struct flag events_flags[] = {
    {'f', "filter", FLAG_LIST,  "filter",
     "Only those for which KEY=VALUE holds (container, event, image, label, network, type, volume)"},
    { 0,  "format", FLAG_VALUE, "string", "\"json\" or a Go template"                              },
    { 0,  "since",  FLAG_VALUE, "string", "Also those since then"                                  },
    { 0,  "until",  FLAG_VALUE, "string", "End then"                                               },
    FLAGS_END,
};
static const struct flag df_flags[] = {
    {0, "format", FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"},
    FLAGS_END,
};
static const struct flag prune_flags[] = {
    {'a',  "all",     FLAG_BOOL, NULL,     "All unused images, not only those without a name"     },
    { 0,   "filter",  FLAG_LIST, "filter", "Which of them, such as \"until=24h\" or \"label=a=b\""},
    { 'f', "force",   FLAG_BOOL, NULL,     "Ask nothing"                                          },
    { 0,   "volumes", FLAG_BOOL, NULL,     "Anonymous volumes too"                                },
    FLAGS_END,
};

const struct command version_command = { .name = "version",
                                         .usage = "[OPTIONS]",
                                         .summary = "Show the versions of both sides",
                                         .flags = format_flags,
                                         .max = 0,
                                         .run = version_run };
const struct command info_command = { .name = "info",
                                      .group = "system",
                                      .in_group = "info",
                                      .usage = "[OPTIONS]",
                                      .summary = "Show what the engine says of itself",
                                      .flags = format_flags,
                                      .max = 0,
                                      .run = info_run };
const struct command events_command = { .name = "events",
                                        .group = "system",
                                        .in_group = "events",
                                        .usage = "[OPTIONS]",
                                        .summary = "Show events as they happen",
                                        .flags = events_flags,
                                        .max = 0,
                                        .run = events_run };
const struct command df_command = { .group = "system",
                                    .in_group = "df",
                                    .usage = "[OPTIONS]",
                                    .summary = "Show the disk's usage",
                                    .flags = df_flags,
                                    .max = 0,
                                    .run = df_run };
const struct command system_prune_command = { .group = "system",
                                              .in_group = "prune",
                                              .usage = "[OPTIONS]",
                                              .summary = "Remove what is not used",
                                              .flags = prune_flags,
                                              .max = 0,
                                              .run = system_prune_run };
