/* cli/images.c - images, tag, rmi, history, image prune. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/spec.h"
#include "cli/units.h"

#define CREATED_BY_WIDTH 45

/* -- images -- */

static json_t *image_row(const json_t *image, const char *name, const char *tag, const char *digest,
                         bool whole)
{
    json_t *row = json_object();
    int64_t created = json_int_at(image, "Created", 0), containers = json_int_at(image, "Containers", -1);
    char text[UNITS_TEXT_MAX];

    if (containers < 0)
        row_put(row, "Containers", "N/A");
    else
        row_putf(row, "Containers", "%lld", (long long)containers);
    units_go_time(created, text);
    row_put(row, "CreatedAt", text);
    units_duration(clock_now() - created * NANOS_PER_SECOND, text);
    if (created)
        row_putf(row, "CreatedSince", "%s ago", text);
    else
        row_put(row, "CreatedSince", "N/A");
    row_put(row, "Digest", digest);
    row_put_id(row, "ID", json_str_at(image, "Id", ""), whole);
    row_put(row, "Repository", name);
    row_put(row, "SharedSize", "N/A");
    units_size((double)json_int_at(image, "Size", 0), 3, text);
    row_put(row, "Size", text);
    row_put(row, "Tag", tag);
    row_put(row, "UniqueSize", "N/A");
    units_size((double)json_int_at(image, "Size", 0), 4, text);
    row_put(row, "VirtualSize", text);
    return row;
}

static const char *digest_of(const json_t *image, const char *name)
{
    json_t *digests = json_at(image, "RepoDigests"), *item;
    size_t i, n = strlen(name);

    json_array_foreach (digests, i, item) {
        const char *text = json_string_value(item);

        if (text && strncmp(text, name, n) == 0 && text[n] == '@')
            return text + n + 1;
    }
    return "<none>";
}

/* A row for each name and tag, or one without. */
static void image_rows(const json_t *image, bool whole, json_t *rows)
{
    size_t i, before = json_array_size(rows);
    json_t *item;

    json_array_foreach (json_at(image, "RepoTags"), i, item) {
        const char *text = json_string_value(item), *colon = text ? strrchr(text, ':') : NULL;
        scoped_free char *name = colon ? xstrndup(text, (size_t)(colon - text)) : NULL;

        if (colon)
            json_array_append_new(rows, image_row(image, name, colon + 1, digest_of(image, name), whole));
    }
    if (json_array_size(rows) > before)
        return;
    json_array_foreach (json_at(image, "RepoDigests"), i, item) {
        const char *text = json_string_value(item), *at = text ? strchr(text, '@') : NULL;
        scoped_free char *name = at ? xstrndup(text, (size_t)(at - text)) : NULL;

        if (at)
            json_array_append_new(rows, image_row(image, name, "<none>", at + 1, whole));
    }
    if (json_array_size(rows) == before)
        json_array_append_new(rows, image_row(image, "<none>", "<none>", "<none>", whole));
}

/* "-q" names each image once for each of its names, as docker does. */
static const char *const image_headers[][2] = {
    {"ID",            "IMAGE ID"   },
    { "Repository",   "REPOSITORY" },
    { "Tag",          "TAG"        },
    { "Digest",       "DIGEST"     },
    { "CreatedSince", "CREATED"    },
    { "CreatedAt",    "CREATED AT" },
    { "Size",         "SIZE"       },
    { "Containers",   "CONTAINERS" },
    { "VirtualSize",  "SIZE"       },
    { "SharedSize",   "SHARED SIZE"},
    { "UniqueSize",   "UNIQUE SIZE"},
    { NULL,           NULL         },
};

static int images_run(struct cli *cli, struct args *args, struct error *err)
{
    struct output_table table = { .columns =
                                      "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
                                  .quiet = "{{.ID}}",
                                  .headers = image_headers };
    scoped(json_decref) json_t *filters = NULL, *list = NULL, *rows = json_array();
    scoped_str path = { 0 };

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    if (args->count) {
        scoped(json_decref) json_t *old = filters;

        filters = json_pack("{s:{s:b}}", "reference", args->rest[0], 1);
        json_object_update_missing(filters, old);
    }
    str_add(&path, "/images/json");
    query_add_bool(&path, "all", args_bool(args, "all", false));
    query_add_filters(&path, filters);
    if (cli_get(cli, str_text(&path), &list, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++)
        image_rows(json_array_get(list, i), args_bool(args, "no-trunc", false), rows);
    if (args_bool(args, "digests", false))
        table.columns = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
    return output_rows(&table, rows, args_value(args, "format", NULL), args_bool(args, "quiet", false), err);
}

/* -- tag, rmi -- */

static int tag_run(struct cli *cli, struct args *args, struct error *err)
{
    struct spec_ref ref = { NULL, NULL, NULL };
    scoped_free char *plain = cli_path("/images/", args->rest[0], "/tag");
    scoped_str path = { 0 };

    if (spec_ref(args->rest[1], &ref, err) < 0)
        return error_wrap(err, "Error parsing reference: \"%s\" is not a valid repository/tag",
                          args->rest[1]);
    str_add(&path, plain);
    query_add(&path, "repo", ref.name);
    query_add(&path, "tag", ref.tag ? ref.tag : "latest");
    spec_ref_free(&ref);
    return cli_post(cli, str_text(&path), err);
}

static int rmi_one(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_free char *plain = cli_path("/images/", name, "");
    scoped(json_decref) json_t *answer = NULL;
    scoped_str path = { 0 };

    str_add(&path, plain);
    query_add_bool(&path, "force", args_bool(args, "force", false));
    query_add_bool(&path, "noprune", args_bool(args, "no-prune", false));
    if (cli_request(cli, "DELETE", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(answer); i++) {
        const json_t *item = json_array_get(answer, i);
        const char *deleted = json_str_at(item, "Deleted", NULL);

        printf("%s: %s\n", deleted ? "Deleted" : "Untagged",
               deleted ? deleted : json_str_at(item, "Untagged", ""));
    }
    return 0;
}

static int rmi_run(struct cli *cli, struct args *args, struct error *err)
{
    bool force = args_bool(args, "force", false);
    int result = 0;

    (void)err;
    for (int i = 0; i < args->count; i++) {
        struct error why = { 0 };

        if (rmi_one(cli, args, args->rest[i], &why) < 0) {
            cli_complain(&why);
            if (!force || why.kind != ERR_NOT_FOUND)
                result = 1;
        }
    }
    return result;
}

/* -- history -- */

static const char *const history_headers[][2] = {
    {"ID",            "IMAGE"     },
    { "CreatedSince", "CREATED"   },
    { "CreatedAt",    "CREATED AT"},
    { "CreatedBy",    "CREATED BY"},
    { "Size",         "SIZE"      },
    { "Comment",      "COMMENT"   },
    { NULL,           NULL        },
};

static json_t *history_row(const json_t *layer, bool whole, bool human)
{
    json_t *row = json_object();
    int64_t created = json_int_at(layer, "Created", 0);
    char text[UNITS_TEXT_MAX];
    scoped_free char *by = xstrdup(json_str_at(layer, "CreatedBy", ""));
    scoped_free char *cut = NULL;

    for (char *c = by; *c; c++)
        *c = *c == '\t' ? ' ' : *c;
    cut = whole ? xstrdup(by) : output_ellipsis(by, CREATED_BY_WIDTH);
    row_put(row, "Comment", json_str_at(layer, "Comment", ""));
    units_go_time(created, text);
    text[10] = 'T';
    row_putf(row, "CreatedAt", "%.19s%.3s:%.2s", text, text + 20, text + 23);
    if (str_ends(json_str_at(row, "CreatedAt", ""), "+00:00"))
        row_putf(row, "CreatedAt", "%.19sZ", text);
    units_duration(clock_now() - created * NANOS_PER_SECOND, text);
    row_putf(row, "CreatedSince", "%s ago", text);
    row_put(row, "CreatedBy", cut);
    row_put_id(row, "ID", json_str_at(layer, "Id", ""), whole);
    units_size((double)json_int_at(layer, "Size", 0), 3, text);
    if (human)
        row_put(row, "Size", text);
    else
        row_putf(row, "Size", "%lld", (long long)json_int_at(layer, "Size", 0));
    return row;
}

static int history_run(struct cli *cli, struct args *args, struct error *err)
{
    struct output_table table = { .columns =
                                      "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
                                  .quiet = "{{.ID}}",
                                  .headers = history_headers };
    scoped_free char *path = cli_path("/images/", args->rest[0], "/history");
    scoped(json_decref) json_t *list = NULL, *rows = json_array();
    bool whole = args_bool(args, "no-trunc", false), human = args_bool(args, "human", true);

    if (cli_get(cli, path, &list, err) < 0)
        return -1;
    if (!human)
        table.columns = "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(rows, history_row(json_array_get(list, i), whole, human));
    return output_rows(&table, rows, args_value(args, "format", NULL), args_bool(args, "quiet", false), err);
}

/* -- prune -- */

static int prune_run(struct cli *cli, struct args *args, struct error *err)
{
    bool all = args_bool(args, "all", false);
    scoped(json_decref) json_t *filters = NULL, *answer = NULL;
    scoped_str path = { 0 };
    char size[UNITS_TEXT_MAX];

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    if (!filters)
        filters = json_object();
    json_object_set_new(filters, "dangling", json_pack("{s:b}", all ? "false" : "true", 1));
    if (!cli_confirm(
            args,
            all ? "WARNING! This will remove all images without at least one container associated to them."
                : "WARNING! This will remove all dangling images."))
        return 0;
    str_add(&path, "/images/prune");
    query_add_filters(&path, filters);
    if (cli_request(cli, "POST", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    if (json_array_size(json_at(answer, "ImagesDeleted")))
        printf("Deleted Images:\n");
    for (size_t i = 0; i < json_array_size(json_at(answer, "ImagesDeleted")); i++) {
        const json_t *item = json_array_get(json_at(answer, "ImagesDeleted"), i);
        const char *deleted = json_str_at(item, "Deleted", NULL);

        printf("%s: %s\n", deleted ? "deleted" : "untagged",
               deleted ? deleted : json_str_at(item, "Untagged", ""));
    }
    units_size((double)json_int_at(answer, "SpaceReclaimed", 0), 4, size);
    printf("%sTotal reclaimed space: %s\n", json_array_size(json_at(answer, "ImagesDeleted")) ? "\n" : "",
           size);
    return 0;
}

static const struct flag no_flags[] = { FLAGS_END };
static const struct flag images_flags[] = {
    {'a',  "all",      FLAG_BOOL,  NULL,     "Show all images, those between too"                      },
    { 0,   "digests",  FLAG_BOOL,  NULL,     "Show digests"                                            },
    { 'f', "filter",   FLAG_LIST,  "filter",
     "Only those for which KEY=VALUE holds (before, dangling, label, reference, since, until)"         },
    { 0,   "format",   FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"},
    { 0,   "no-trunc", FLAG_BOOL,  NULL,     "Cut nothing short"                                       },
    { 'q', "quiet",    FLAG_BOOL,  NULL,     "Only the ids"                                            },
    FLAGS_END,
};
static const struct flag rmi_flags[] = {
    {'f', "force",    FLAG_BOOL, NULL, "Remove it also when it has other names or stopped containers"},
    { 0,  "no-prune", FLAG_BOOL, NULL, "Leave untagged parents"                                      },
    FLAGS_END,
};
static const struct flag history_flags[] = {
    {0,    "format",   FLAG_VALUE, "string", "\"table\", \"table TEMPLATE\", \"json\" or a Go template"},
    { 'H', "human",    FLAG_BOOL,  NULL,     "Sizes and dates for people (default true)"               },
    { 0,   "no-trunc", FLAG_BOOL,  NULL,     "Cut nothing short"                                       },
    { 'q', "quiet",    FLAG_BOOL,  NULL,     "Only the ids"                                            },
    FLAGS_END,
};
static const struct flag prune_flags[] = {
    {'a',  "all",    FLAG_BOOL, NULL,     "All unused images, not only those without a name"     },
    { 0,   "filter", FLAG_LIST, "filter", "Which of them, such as \"until=24h\" or \"label=a=b\""},
    { 'f', "force",  FLAG_BOOL, NULL,     "Ask nothing"                                          },
    FLAGS_END,
};

const struct command images_command = { .name = "images",
                                        .group = "image",
                                        .in_group = "ls",
                                        .usage = "[OPTIONS] [REPOSITORY[:TAG]]",
                                        .summary = "List images",
                                        .flags = images_flags,
                                        .max = 1,
                                        .run = images_run };
const struct command tag_command = { .name = "tag",
                                     .group = "image",
                                     .in_group = "tag",
                                     .usage = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
                                     .summary = "Give an image one more name",
                                     .flags = no_flags,
                                     .min = 2,
                                     .max = 2,
                                     .run = tag_run };
const struct command rmi_command = { .name = "rmi",
                                     .group = "image",
                                     .in_group = "rm",
                                     .usage = "[OPTIONS] IMAGE [IMAGE...]",
                                     .summary = "Remove one or more images",
                                     .flags = rmi_flags,
                                     .min = 1,
                                     .max = -1,
                                     .run = rmi_run };
const struct command history_command = { .name = "history",
                                         .group = "image",
                                         .in_group = "history",
                                         .usage = "[OPTIONS] IMAGE",
                                         .summary = "Show the history of an image",
                                         .flags = history_flags,
                                         .min = 1,
                                         .max = 1,
                                         .run = history_run };
const struct command image_prune_command = { .group = "image",
                                             .in_group = "prune",
                                             .usage = "[OPTIONS]",
                                             .summary = "Remove unused images",
                                             .flags = prune_flags,
                                             .max = 0,
                                             .run = prune_run };
