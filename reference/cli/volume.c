/* cli/volume.c - the volume group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/spec.h"
#include "cli/units.h"

static int create_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *body = json_object(), *answer = NULL;
    const struct strv *labels = args_list(args, "label"), *options = args_list(args, "opt");

    if (args_has(args, "name") && args->count)
        return error_set(
            err, ERR_INVALID,
            "conflicting options: cannot specify a volume-name through both --name and as a positional arg");
    json_put_str(body, "Name", args->count ? args->rest[0] : args_value(args, "name", ""));
    json_put_str(body, "Driver", args_value(args, "driver", "local"));
    json_put(body, "Labels", json_object());
    json_put(body, "DriverOpts", json_object());
    for (size_t i = 0; i < labels->count; i++)
        spec_key_value(labels->items[i], json_at(body, "Labels"));
    for (size_t i = 0; i < options->count; i++)
        spec_key_value(options->items[i], json_at(body, "DriverOpts"));
    if (cli_request(cli, "POST", "/volumes/create", body, &answer, err) < 0)
        return -1;
    printf("%s\n", json_str_at(answer, "Name", ""));
    return 0;
}

static const char *const ls_headers[][2] = {
    {"Name",          "VOLUME NAME" },
    { "Driver",       "DRIVER"      },
    { "Scope",        "SCOPE"       },
    { "Mountpoint",   "MOUNTPOINT"  },
    { "Labels",       "LABELS"      },
    { "Links",        "LINKS"       },
    { "Size",         "SIZE"        },
    { "Availability", "AVAILABILITY"},
    { "Group",        "GROUP"       },
    { "Status",       "STATUS"      },
    { NULL,           NULL          },
};

static json_t *volume_row(const json_t *v)
{
    static const char *const unknown[] = { "Availability", "Group", "Links", "Size", "Status" };
    json_t *row = json_object();

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        row_put(row, unknown[i], "N/A");
    row_put(row, "Driver", json_str_at(v, "Driver", ""));
    row_put_labels(row, json_at(v, "Labels"));
    row_put(row, "Mountpoint", json_str_at(v, "Mountpoint", ""));
    row_put(row, "Name", json_str_at(v, "Name", ""));
    row_put(row, "Scope", json_str_at(v, "Scope", ""));
    return row;
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(json_str_at(*(json_t *const *)a, "Name", ""),
                      json_str_at(*(json_t *const *)b, "Name", ""));
}

static int ls_run(struct cli *cli, struct args *args, struct error *err)
{
    static const struct output_table table = { .columns = "{{.Driver}}\t{{.Name}}",
                                               .quiet = "{{.Name}}",
                                               .headers = ls_headers };
    scoped(json_decref) json_t *filters = NULL, *answer = NULL, *rows = json_array();
    scoped_str path = { 0 };
    json_t *list, **items;
    size_t count;

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    str_add(&path, "/volumes");
    query_add_filters(&path, filters);
    if (cli_get(cli, str_text(&path), &answer, err) < 0)
        return -1;
    list = json_at(answer, "Volumes");
    count = json_array_size(list);
    items = xcalloc(count + 1, sizeof(json_t *));
    for (size_t i = 0; i < count; i++)
        items[i] = json_array_get(list, i);
    qsort(items, count, sizeof(*items), by_name);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, volume_row(items[i]));
    free(items);
    return output_rows(&table, rows, args_value(args, "format", NULL), args_bool(args, "quiet", false), err);
}

static int rm_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_free char *plain = cli_path("/volumes/", name, "");
    scoped_str path = { 0 };

    str_add(&path, plain);
    query_add_bool(&path, "force", args_bool(args, "force", false));
    if (cli_request(cli, "DELETE", str_text(&path), NULL, NULL, err) < 0)
        return -1;
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
    bool all = args_bool(args, "all", false);
    scoped(json_decref) json_t *filters = NULL, *answer = NULL;
    scoped_str path = { 0 };
    char size[UNITS_TEXT_MAX];
    size_t count;

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    if (!filters)
        filters = json_object();
    if (all)
        json_object_set_new(filters, "all", json_pack("{s:b}", "true", 1));
    if (!cli_confirm(
            args,
            all ? "WARNING! This will remove all local volumes not used by at least one container."
                : "WARNING! This will remove anonymous local volumes not used by at least one container."))
        return 0;
    str_add(&path, "/volumes/prune");
    query_add_filters(&path, filters);
    if (cli_request(cli, "POST", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    count = json_array_size(json_at(answer, "VolumesDeleted"));
    if (count)
        printf("Deleted Volumes:\n");
    for (size_t i = 0; i < count; i++)
        printf("%s\n", json_string_value(json_array_get(json_at(answer, "VolumesDeleted"), i)));
    units_size((double)json_int_at(answer, "SpaceReclaimed", 0), 4, size);
    printf("%sTotal reclaimed space: %s\n", count ? "\n" : "", size);
    return 0;
}

static const struct flag create_flags[] = {
    {'d',  "driver", FLAG_VALUE, "string", "Driver (default \"local\")"},
    { 0,   "label",  FLAG_LIST,  "list",   "A label (name=value)"      },
    { 0,   "name",   FLAG_VALUE, "string", "The volume's name"         },
    { 'o', "opt",    FLAG_LIST,  "map",    "Option of the driver"      },
    FLAGS_END,
};
static const struct flag ls_flags[] = {
    {'f',  "filter", FLAG_LIST,  "filter",
     "Only those for which KEY=VALUE holds (dangling, driver, label, name)"                          },
    { 0,   "format", FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"},
    { 'q', "quiet",  FLAG_BOOL,  NULL,     "Only the names"                                          },
    FLAGS_END,
};
static const struct flag rm_flags[] = {
    {'f', "force", FLAG_BOOL, NULL, "No error when it does not exist"},
    FLAGS_END
};
static const struct flag prune_flags[] = {
    {'a',  "all",    FLAG_BOOL, NULL,     "Those with a name too"               },
    { 0,   "filter", FLAG_LIST, "filter", "Which of them, such as \"label=a=b\""},
    { 'f', "force",  FLAG_BOOL, NULL,     "Ask nothing"                         },
    FLAGS_END,
};

const struct command volume_create_command = { .group = "volume",
                                               .in_group = "create",
                                               .usage = "[OPTIONS] [VOLUME]",
                                               .summary = "Create a volume",
                                               .flags = create_flags,
                                               .max = 1,
                                               .run = create_run };
const struct command volume_ls_command = { .group = "volume",
                                           .in_group = "ls",
                                           .usage = "[OPTIONS]",
                                           .summary = "List volumes",
                                           .flags = ls_flags,
                                           .max = 0,
                                           .run = ls_run };
const struct command volume_rm_command = { .group = "volume",
                                           .in_group = "rm",
                                           .usage = "[OPTIONS] VOLUME [VOLUME...]",
                                           .summary = "Remove one or more volumes",
                                           .flags = rm_flags,
                                           .min = 1,
                                           .max = -1,
                                           .run = rm_run };
const struct command volume_prune_command = { .group = "volume",
                                              .in_group = "prune",
                                              .usage = "[OPTIONS]",
                                              .summary = "Remove unused volumes",
                                              .flags = prune_flags,
                                              .max = 0,
                                              .run = prune_run };
