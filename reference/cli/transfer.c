/* cli/transfer.c - load, save, import, export, pull: what streams whole files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/spec.h"

static ssize_t read_fd(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    while ((got = read(*(int *)user, bytes, n)) < 0 && errno == EINTR)
        ;
    return got < 0 ? error_errno(err, "read") : got;
}

/* -- into the engine -- */

static int open_input(const char *path, int *ret, struct error *err)
{
    *ret = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret >= 0)
        return 0;
    return error_set(err, ERR_SYSTEM, "open %s: %s", path,
                     errno == ENOENT ? "no such file or directory" : strerror(errno));
}

static int load_run(struct cli *cli, struct args *args, struct error *err)
{
    const char *input = args_value(args, "input", NULL);
    bool quiet = args_bool(args, "quiet", false) || !isatty(STDOUT_FILENO);
    scoped_close int fd = -1;
    int from = STDIN_FILENO;
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "POST", .source = read_fd, .source_user = &from };

    if (input && open_input(input, &fd, err) < 0)
        return -1;
    if (!input && isatty(STDIN_FILENO))
        return error_set(err, ERR_INVALID, "requested load from stdin, but stdin is empty");
    from = input ? fd : STDIN_FILENO;
    str_add(&path, "/images/load");
    query_add(&path, "quiet", quiet ? "1" : "0");
    query_add(&path, "platform", args_value(args, "platform", NULL));
    spec.path = str_text(&path);
    if (cli_open(cli, &spec, &call, err) < 0)
        return -1;
    return progress_show(call, stdout, false, err);
}

static int import_run(struct cli *cli, struct args *args, struct error *err)
{
    const struct strv *changes = args_list(args, "change");
    scoped_close int fd = -1;
    int from = STDIN_FILENO;
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_str path = { 0 };
    struct spec_ref ref = { NULL, NULL, NULL };
    struct http_call_spec spec = { .method = "POST", .source = read_fd, .source_user = &from };
    bool url = strstr(args->rest[0], "://") != NULL;

    if (args->count > 1 && spec_ref(args->rest[1], &ref, err) < 0)
        return -1;
    spec_ref_free(&ref);
    if (!url && strcmp(args->rest[0], "-") != 0 && open_input(args->rest[0], &fd, err) < 0)
        return -1;
    from = fd >= 0 ? fd : STDIN_FILENO;
    str_add(&path, "/images/create");
    query_add(&path, "fromSrc", url ? args->rest[0] : "-");
    query_add(&path, "repo", args->count > 1 ? args->rest[1] : NULL);
    query_add(&path, "message", args_value(args, "message", NULL));
    query_add(&path, "platform", args_value(args, "platform", NULL));
    for (size_t i = 0; i < changes->count; i++)
        query_add(&path, "changes", changes->items[i]);
    spec.path = str_text(&path);
    if (url)
        spec.source = NULL;
    if (cli_open(cli, &spec, &call, err) < 0)
        return -1;
    return progress_show(call, stdout, false, err);
}

int image_pull(struct cli *cli, const char *reference, const char *platform, bool quiet, FILE *out,
               struct error *err)
{
    struct spec_ref ref = { NULL, NULL, NULL };
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_str path = { 0 };
    scoped_free char *header = registry_header(reference);
    const char *headers[] = { header, NULL };
    struct http_call_spec spec = { .method = "POST", .headers = headers };

    if (spec_ref(reference, &ref, err) < 0)
        return -1;
    str_add(&path, "/images/create");
    query_add(&path, "fromImage", ref.name);
    query_add(&path, "tag", ref.digest ? ref.digest : ref.tag ? ref.tag : "latest");
    query_add(&path, "platform", platform);
    spec_ref_free(&ref);
    spec.path = str_text(&path);
    if (cli_open(cli, &spec, &call, err) < 0)
        return -1;
    return progress_show(call, out, quiet, err);
}

static int pull_run(struct cli *cli, struct args *args, struct error *err)
{
    struct spec_ref ref = { NULL, NULL, NULL };
    bool quiet = args_bool(args, "quiet", false);

    if (spec_ref(args->rest[0], &ref, err) < 0)
        return -1;
    if (!ref.tag && !ref.digest && !quiet)
        printf("Using default tag: latest\n");
    fflush(stdout);
    if (image_pull(cli, args->rest[0], args_value(args, "platform", NULL), quiet, stdout, err) < 0) {
        spec_ref_free(&ref);
        return -1;
    }
    printf("%s%s%s\n", ref.name, ref.digest ? "@" : ":",
           ref.digest ? ref.digest
           : ref.tag  ? ref.tag
                      : "latest");
    spec_ref_free(&ref);
    return 0;
}

/* -- out of the engine -- */

static int copy_out(struct http_call *call, int fd, struct error *err)
{
    scoped_free char *bytes = xmalloc(64u << 10);
    ssize_t n;

    while ((n = http_call_read(call, bytes, 64u << 10, err)) > 0)
        if (fd_write_all(fd, bytes, (size_t)n, err) < 0)
            return -1;
    return n < 0 ? -1 : 0;
}

/* Into a file of that name once all of it has come, or to standard output. */
static int write_out(struct cli *cli, const char *path, const char *output, const char *verb,
                     struct error *err)
{
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_free char *temporary = output ? xasprintf("%s.XXXXXX", output) : NULL;
    scoped_close int fd = -1;
    struct stat st;

    if (!output && isatty(STDOUT_FILENO))
        return error_set(err, ERR_INVALID,
                         "cowardly refusing to %s to a terminal. Use the -o flag or redirect", verb);
    if (cli_open_get(cli, path, &call, err) < 0)
        return -1;
    if (!output)
        return copy_out(call, STDOUT_FILENO, err);
    if (stat(output, &st) == 0 && !S_ISREG(st.st_mode)) { /* /dev/null, a pipe: nothing to rename */
        fd = open(output, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? error_errno(err, "open %s", output) : copy_out(call, fd, err);
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open %s", output);
    if (copy_out(call, fd, err) < 0 ||
        (rename(temporary, output) < 0 && error_errno(err, "rename to %s", output) < 0)) {
        unlink(temporary);
        return -1;
    }
    return 0;
}

static int save_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_str path = { 0 };

    str_add(&path, "/images/get");
    for (int i = 0; i < args->count; i++)
        query_add(&path, "names", args->rest[i]);
    query_add(&path, "platform", args_value(args, "platform", NULL));
    return write_out(cli, str_text(&path), args_value(args, "output", NULL), "save", err);
}

static int export_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", args->rest[0], "/export");

    return write_out(cli, path, args_value(args, "output", NULL), "export", err);
}

static const struct flag load_flags[] = {
    {'i',  "input",    FLAG_VALUE, "string", "Read this archive instead of standard input"},
    { 0,   "platform", FLAG_VALUE, "string", "Only this platform's image"                 },
    { 'q', "quiet",    FLAG_BOOL,  NULL,     "Only say what was loaded"                   },
    FLAGS_END,
};
static const struct flag output_flags[] = {
    {'o', "output",   FLAG_VALUE, "string", "Write to this file instead of standard output"},
    { 0,  "platform", FLAG_VALUE, "string", "Only this platform's image"                   },
    FLAGS_END,
};
static const struct flag export_flags[] = {
    {'o', "output", FLAG_VALUE, "string", "Write to this file instead of standard output"},
    FLAGS_END,
};
static const struct flag import_flags[] = {
    {'c',  "change",   FLAG_LIST,  "list",   "A Dockerfile instruction for the image's configuration"},
    { 'm', "message",  FLAG_VALUE, "string", "Commit message"                                        },
    { 0,   "platform", FLAG_VALUE, "string", "The image's platform"                                  },
    FLAGS_END,
};
static const struct flag pull_flags[] = {
    {0,    "platform", FLAG_VALUE, "string", "The image's platform"       },
    { 'q', "quiet",    FLAG_BOOL,  NULL,     "Only print the image's name"},
    FLAGS_END,
};

const struct command load_command = { .name = "load",
                                      .group = "image",
                                      .in_group = "load",
                                      .usage = "[OPTIONS]",
                                      .summary = "Load images from a tar archive or standard input",
                                      .flags = load_flags,
                                      .max = 0,
                                      .run = load_run };
const struct command save_command = { .name = "save",
                                      .group = "image",
                                      .in_group = "save",
                                      .usage = "[OPTIONS] IMAGE [IMAGE...]",
                                      .summary = "Save images to a tar archive, or to standard output",
                                      .flags = output_flags,
                                      .min = 1,
                                      .max = -1,
                                      .run = save_run };
const struct command import_command = { .name = "import",
                                        .group = "image",
                                        .in_group = "import",
                                        .usage = "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
                                        .summary = "Create an image of a tar archive's files",
                                        .flags = import_flags,
                                        .min = 1,
                                        .max = 2,
                                        .run = import_run };
const struct command export_command = { .name = "export",
                                        .group = "container",
                                        .in_group = "export",
                                        .usage = "[OPTIONS] CONTAINER",
                                        .summary = "Write a container's file system as a tar archive",
                                        .flags = export_flags,
                                        .min = 1,
                                        .max = 1,
                                        .run = export_run };
const struct command pull_command = { .name = "pull",
                                      .group = "image",
                                      .in_group = "pull",
                                      .usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
                                      .summary = "Download an image from a registry",
                                      .flags = pull_flags,
                                      .min = 1,
                                      .max = 1,
                                      .run = pull_run };
