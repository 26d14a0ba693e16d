/* cli/ps.c - the list of containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/units.h"

#define COMMAND_WIDTH 20
#define MOUNT_WIDTH   16

/* -- ports: "0.0.0.0:8080-8081->80-81/tcp" -- */

struct port {
    const char *ip, *type;
    int inside, outside; /* outside 0: not published */
};

static int by_place(const void *a, const void *b)
{
    const struct port *p = a, *q = b;
    int order = p->inside != q->inside ? p->inside - q->inside : strcmp(p->ip, q->ip);

    if (!order)
        order = p->outside != q->outside ? p->outside - q->outside : strcmp(p->type, q->type);
    return order;
}

static void print_range(struct str *ret, int first, int last)
{
    str_addf(ret, first == last ? "%d" : "%d-%d", first, last);
}

/* Ports that follow each other are one item when all of them are published likewise. */
static bool continues(const struct port *first, const struct port *last, const struct port *next)
{
    if (strcmp(first->ip, next->ip) != 0 || strcmp(first->type, next->type) != 0 ||
        next->inside != last->inside + 1)
        return false;
    return first->outside ? next->outside == last->outside + 1 && first->outside == first->inside
                          : next->outside == 0;
}

static void print_item(struct str *ret, const struct port *first, const struct port *last)
{
    bool is_v6 = strchr(first->ip, ':') != NULL;

    if (ret->len)
        str_add(ret, ", ");
    if (first->outside) {
        if (*first->ip)
            str_addf(ret, is_v6 ? "[%s]:" : "%s:", first->ip);
        print_range(ret, first->outside, last->outside);
        str_add(ret, "->");
    }
    print_range(ret, first->inside, last->inside);
    str_addf(ret, "/%s", first->type);
}

static char *ports_text(const json_t *ports)
{
    size_t count = json_array_size(ports), i = 0;
    struct port *list = xcalloc(count + 1, sizeof(*list));
    struct str ret = { 0 };

    for (size_t j = 0; j < count; j++) {
        const json_t *p = json_array_get(ports, j);

        list[j] =
            (struct port){ json_str_at(p, "IP", ""), json_str_at(p, "Type", ""),
                           (int)json_int_at(p, "PrivatePort", 0), (int)json_int_at(p, "PublicPort", 0) };
    }
    qsort(list, count, sizeof(*list), by_place);
    str_add(&ret, "");
    while (i < count) {
        size_t last = i;

        while (last + 1 < count && continues(&list[i], &list[last], &list[last + 1]))
            last++;
        print_item(&ret, &list[i], &list[last]);
        i = last + 1;
    }
    free(list);
    return str_take(&ret);
}

/* -- one row -- */

static char *names_text(const json_t *names, bool whole)
{
    scoped_strv list = { 0 };
    size_t i;
    json_t *name;

    json_array_foreach (names, i, name) {
        const char *text = json_string_value(name);

        text += text && *text == '/';
        if (text && (whole || !strchr(text, '/'))) /* a link's name has another '/' */
            strv_add(&list, text);
    }
    return strv_join(&list, ",");
}

static char *command_text(const char *command, bool whole)
{
    scoped_free char *cut = whole ? xstrdup(command) : output_ellipsis(command, COMMAND_WIDTH);
    struct str ret = { 0 };

    str_add(&ret, "\"");
    for (const char *c = cut; *c; c++) {
        if (*c == '\n')
            str_add(&ret, "\\n");
        else if (*c == '\t')
            str_add(&ret, "\\t");
        else if (*c == '"' || *c == '\\')
            str_addf(&ret, "\\%c", *c);
        else
            str_add_char(&ret, *c);
    }
    str_add(&ret, "\"");
    return str_take(&ret);
}

static void row_put_mounts(json_t *row, const json_t *mounts, bool whole)
{
    scoped_strv list = { 0 };
    scoped_free char *text = NULL;
    size_t i, local = 0;
    json_t *mount;

    json_array_foreach (mounts, i, mount) {
        const char *name = json_str_at(mount, "Name", "");
        scoped_free char *cut = NULL;

        local += strcmp(json_str_at(mount, "Driver", ""), "local") == 0;
        if (!*name)
            name = json_str_at(mount, "Source", "");
        cut = whole ? xstrdup(name) : output_ellipsis(name, MOUNT_WIDTH);
        strv_add(&list, cut);
    }
    text = strv_join(&list, ",");
    row_put(row, "Mounts", text);
    row_putf(row, "LocalVolumes", "%zu", local);
}

static void row_put_networks(json_t *row, const json_t *networks)
{
    scoped_strv list = { 0 };
    scoped_free char *text = NULL;
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)networks, name, value)
        strv_add(&list, name);
    strv_sort(&list);
    text = strv_join(&list, ",");
    row_put(row, "Networks", text);
}

static void row_put_size(json_t *row, const json_t *c)
{
    char own[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX];
    int64_t root = json_int_at(c, "SizeRootFs", 0);

    units_size((double)json_int_at(c, "SizeRw", 0), 3, own);
    units_size((double)root, 3, all);
    if (root > 0)
        row_putf(row, "Size", "%s (virtual %s)", own, all);
    else
        row_put(row, "Size", own);
}

/* The image as the user named it; its short id when the name has moved on. */
static void row_put_image(json_t *row, const json_t *c, bool whole)
{
    const char *image = json_str_at(c, "Image", "");
    const char *id = json_str_at(c, "ImageID", "");
    size_t n = strlen(image);

    if (!*image)
        row_put(row, "Image", "<no image>");
    else if (!whole && (str_starts(image, "sha256:") ||
                        (n >= 12 && str_starts(id, "sha256:") && str_starts(id + 7, image))))
        row_put_id(row, "Image", image, false);
    else
        row_put(row, "Image", image);
}

static json_t *container_row(const json_t *c, bool whole)
{
    json_t *row = json_object();
    int64_t created = json_int_at(c, "Created", 0);
    char text[UNITS_TEXT_MAX];
    scoped_free char *names = names_text(json_at(c, "Names"), whole);
    scoped_free char *command = command_text(json_str_at(c, "Command", ""), whole);
    scoped_free char *ports = ports_text(json_at(c, "Ports"));

    row_put_id(row, "ID", json_str_at(c, "Id", ""), whole);
    row_put_image(row, c, whole);
    row_put(row, "Command", command);
    units_go_time(created, text);
    row_put(row, "CreatedAt", text);
    units_duration(clock_now() - created * NANOS_PER_SECOND, text);
    row_putf(row, "RunningFor", "%s ago", text);
    row_put(row, "Ports", ports);
    row_put(row, "Names", names);
    row_put(row, "State", json_str_at(c, "State", ""));
    row_put(row, "Status", json_str_at(c, "Status", ""));
    row_put_labels(row, json_at(c, "Labels"));
    row_put_mounts(row, json_at(c, "Mounts"), whole);
    row_put_networks(row, json_at(c, "NetworkSettings.Networks"));
    row_put_size(row, c);
    json_object_set_new(row, "Platform", json_null());
    return row;
}

static const char *const ps_headers[][2] = {
    {"ID",            "CONTAINER ID" },
    { "Image",        "IMAGE"        },
    { "Command",      "COMMAND"      },
    { "CreatedAt",    "CREATED AT"   },
    { "RunningFor",   "CREATED"      },
    { "Ports",        "PORTS"        },
    { "State",        "STATE"        },
    { "Status",       "STATUS"       },
    { "Size",         "SIZE"         },
    { "Names",        "NAMES"        },
    { "Labels",       "LABELS"       },
    { "Mounts",       "MOUNTS"       },
    { "LocalVolumes", "LOCAL VOLUMES"},
    { "Networks",     "NETWORKS"     },
    { "Platform",     "PLATFORM"     },
    { NULL,           NULL           },
};

#define PS_COLUMNS "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

static int ps_run(struct cli *cli, struct args *args, struct error *err)
{
    struct output_table table = { .columns = PS_COLUMNS, .quiet = "{{.ID}}", .headers = ps_headers };
    const char *format = args_value(args, "format", NULL);
    bool whole = args_bool(args, "no-trunc", false), latest = args_bool(args, "latest", false);
    bool size = args_bool(args, "size", false) || (format && strstr(format, ".Size"));
    scoped(json_decref) json_t *filters = NULL, *list = NULL, *rows = json_array();
    scoped_str path = { 0 };
    long long last;

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0 ||
        args_int(args, "last", -1, &last, err) < 0)
        return -1;
    if (latest)
        last = 1;
    str_add(&path, "/containers/json");
    query_add_bool(&path, "all", args_bool(args, "all", false) || last > 0);
    if (last > 0) {
        scoped_free char *limit = xasprintf("%lld", last);

        query_add(&path, "limit", limit);
    }
    query_add_bool(&path, "size", size);
    query_add_filters(&path, filters);
    if (cli_get(cli, str_text(&path), &list, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(rows, container_row(json_array_get(list, i), whole));
    if (args_bool(args, "size", false))
        table.columns = PS_COLUMNS "\t{{.Size}}";
    return output_rows(&table, rows, format, args_bool(args, "quiet", false), err);
}

static const struct flag ps_flags[] = {
    {'a',  "all",      FLAG_BOOL,  NULL,     "Show all containers, not only those that run"                },
    { 'f', "filter",   FLAG_LIST,  "filter",
     "Only those for which KEY=VALUE holds (ancestor, before, expose, exited, health, id, "
      "label, name, network, publish, since, status, volume)"                                              },
    { 0,   "format",   FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"    },
    { 'n', "last",     FLAG_VALUE, "int",    "Show the last n that were created, in any state (default -1)"},
    { 'l', "latest",   FLAG_BOOL,  NULL,     "Show the one that was created last, in any state"            },
    { 0,   "no-trunc", FLAG_BOOL,  NULL,     "Cut nothing short"                                           },
    { 'q', "quiet",    FLAG_BOOL,  NULL,     "Only the ids"                                                },
    { 's', "size",     FLAG_BOOL,  NULL,     "Show sizes"                                                  },
    FLAGS_END,
};

const struct command ps_command = { .name = "ps",
                                    .group = "container",
                                    .in_group = "ls",
                                    .usage = "[OPTIONS]",
                                    .summary = "List containers",
                                    .flags = ps_flags,
                                    .max = 0,
                                    .run = ps_run };
