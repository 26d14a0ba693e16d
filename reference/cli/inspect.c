/* cli/inspect.c - inspect, of everything and of one kind. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/template.h"

static const struct kind {
    const char *name, *before, *after;
} kinds[] = {
    {"container", "/containers/", "/json"},
    { "image",    "/images/",     "/json"},
    { "network",  "/networks/",   ""     },
    { "volume",   "/volumes/",    ""     },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static int inspect_kind(struct cli *cli, const struct args *args, const struct kind *kind, const char *name,
                        json_t **ret, struct error *err)
{
    scoped_free char *plain = cli_path(kind->before, name, kind->after);
    scoped_str path = { 0 };

    str_add(&path, plain);
    query_add_bool(&path, "size", kind == &kinds[0] && args_bool(args, "size", false));
    query_add_bool(&path, "verbose", kind == &kinds[2] && args_bool(args, "verbose", false));
    return cli_get(cli, str_text(&path), ret, err);
}

/* The first kind that knows the name. */
static int inspect_any(struct cli *cli, const struct args *args, const char *name, json_t **ret,
                       struct error *err)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (inspect_kind(cli, args, &kinds[i], name, ret, err) == 0)
            return 0;
        if (err->kind != ERR_NOT_FOUND && err->kind != ERR_INVALID) /* a name that one kind cannot have */
            return -1;
    }
    return error_set(err, ERR_NOT_FOUND, "Error: No such object: %s", name);
}

static int print_found(const json_t *found, const char *format, struct error *err)
{
    scoped_str text = { 0 };

    if (!format) {
        output_json(found);
        return 0;
    }
    if (strcmp(format, "json") == 0) {
        template_json(found, false, &text);
        printf("%s\n", str_text(&text));
        return 0;
    }
    for (size_t i = 0; i < json_array_size(found); i++)
        if (output_value(json_array_get(found, i), format, TEMPLATE_MISSING_IS_ERROR, err) < 0) {
            printf("\n");
            return -1;
        }
    return 0;
}

static int inspect_all(struct cli *cli, const struct args *args, const char *type, struct error *err)
{
    const char *format = args_value(args, "format", NULL);
    const struct kind *kind = NULL;
    scoped(json_decref) json_t *found = json_array();
    scoped_strv failures = { 0 };

    for (size_t i = 0; i < KIND_COUNT && type; i++)
        if (strcmp(kinds[i].name, type) == 0)
            kind = &kinds[i];
    if (type && !kind)
        return error_set(
            err, ERR_INVALID,
            "unknown type: \"%s\": must be one of \"container\", \"image\", \"network\", \"volume\"", type);
    for (int i = 0; i < args->count; i++) {
        struct error why = { 0 };
        json_t *one = NULL;

        if ((kind ? inspect_kind(cli, args, kind, args->rest[i], &one, &why)
                  : inspect_any(cli, args, args->rest[i], &one, &why)) < 0) {
            strv_add(&failures, why.text);
            continue;
        }
        json_array_append_new(found, one);
    }
    if (print_found(found, format && *format ? format : NULL, err) < 0)
        return -1;
    fflush(stdout);
    for (size_t i = 0; i < failures.count; i++)
        fprintf(stderr, "%s\n", failures.items[i]);
    return failures.count ? 1 : 0;
}

static int inspect_run(struct cli *cli, struct args *args, struct error *err)
{
    return inspect_all(cli, args, args_value(args, "type", NULL), err);
}

static int container_inspect_run(struct cli *cli, struct args *args, struct error *err)
{
    return inspect_all(cli, args, "container", err);
}

static int image_inspect_run(struct cli *cli, struct args *args, struct error *err)
{
    return inspect_all(cli, args, "image", err);
}

static int network_inspect_run(struct cli *cli, struct args *args, struct error *err)
{
    return inspect_all(cli, args, "network", err);
}

static int volume_inspect_run(struct cli *cli, struct args *args, struct error *err)
{
    return inspect_all(cli, args, "volume", err);
}

#define FORMAT_FLAG                                                                                          \
    {                                                                                                        \
        'f', "format", FLAG_VALUE, "string", "\"json\" or a Go template"                                     \
    }
#define SIZE_FLAG                                                                                            \
    {                                                                                                        \
        's', "size", FLAG_BOOL, NULL, "Show sizes of containers"                                             \
    }

static const struct flag inspect_flags[] = {
    FORMAT_FLAG,
    SIZE_FLAG,
    {0, "type", FLAG_VALUE, "string", "Only of this kind: container, image, network, volume"},
    FLAGS_END,
};
static const struct flag container_flags[] = { FORMAT_FLAG, SIZE_FLAG, FLAGS_END };
static const struct flag plain_flags[] = { FORMAT_FLAG, FLAGS_END };
static const struct flag network_flags[] = {
    FORMAT_FLAG,
    {'v', "verbose", FLAG_BOOL, NULL, "More, for people who look for faults"},
    FLAGS_END,
};

const struct command inspect_command = { .name = "inspect",
                                         .usage = "[OPTIONS] NAME|ID [NAME|ID...]",
                                         .summary = "Show all that is known of an object",
                                         .flags = inspect_flags,
                                         .min = 1,
                                         .max = -1,
                                         .run = inspect_run };
const struct command container_inspect_command = { .group = "container",
                                                   .in_group = "inspect",
                                                   .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
                                                   .summary = "Show all that is known of containers",
                                                   .flags = container_flags,
                                                   .min = 1,
                                                   .max = -1,
                                                   .run = container_inspect_run };
const struct command image_inspect_command = { .group = "image",
                                               .in_group = "inspect",
                                               .usage = "[OPTIONS] IMAGE [IMAGE...]",
                                               .summary = "Show all that is known of images",
                                               .flags = plain_flags,
                                               .min = 1,
                                               .max = -1,
                                               .run = image_inspect_run };
const struct command network_inspect_command = { .group = "network",
                                                 .in_group = "inspect",
                                                 .usage = "[OPTIONS] NETWORK [NETWORK...]",
                                                 .summary = "Show all that is known of networks",
                                                 .flags = network_flags,
                                                 .min = 1,
                                                 .max = -1,
                                                 .run = network_inspect_run };
const struct command volume_inspect_command = { .group = "volume",
                                                .in_group = "inspect",
                                                .usage = "[OPTIONS] VOLUME [VOLUME...]",
                                                .summary = "Show all that is known of volumes",
                                                .flags = plain_flags,
                                                .min = 1,
                                                .max = -1,
                                                .run = volume_inspect_run };
