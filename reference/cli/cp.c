/* cli/cp.c - cp between a container and a tar stream on our standard input or output. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "cli/commands.h"

static ssize_t read_input(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    (void)user;
    while ((got = read(STDIN_FILENO, bytes, n)) < 0 && errno == EINTR)
        ;
    return got < 0 ? error_errno(err, "read") : got;
}

static char *archive_path(const char *container_path, const char **path)
{
    scoped_free char *container = xstrndup(container_path, strcspn(container_path, ":"));

    *path = container_path + strlen(container) + 1;
    return cli_path("/containers/", container, "/archive");
}

static int copy_from(struct cli *cli, const char *source, struct error *err)
{
    const char *inside;
    scoped_free char *plain = archive_path(source, &inside);
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_str path = { 0 };
    char bytes[32u << 10];
    ssize_t n;

    str_add(&path, plain);
    query_add(&path, "path", inside);
    if (cli_open_get(cli, str_text(&path), &call, err) < 0)
        return -1;
    while ((n = http_call_read(call, bytes, sizeof(bytes), err)) > 0)
        if (fd_write_all(STDOUT_FILENO, bytes, (size_t)n, err) < 0)
            return -1;
    return n < 0 ? -1 : 0;
}

static int copy_to(struct cli *cli, const char *target, struct error *err)
{
    const char *inside;
    scoped_free char *plain = archive_path(target, &inside);
    scoped(http_call_close) struct http_call *call = NULL;
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "PUT", .source = read_input };

    str_add(&path, plain);
    query_add(&path, "path", inside);
    query_add(&path, "noOverwriteDirNonDir", "true");
    spec.path = str_text(&path);
    return cli_open(cli, &spec, &call, err);
}

static int cp_run(struct cli *cli, struct args *args, struct error *err)
{
    const char *from = args->rest[0], *to = args->rest[1];

    if (strchr(from, ':') && strcmp(to, "-") == 0)
        return copy_from(cli, from, err);
    if (strcmp(from, "-") == 0 && strchr(to, ':'))
        return copy_to(cli, to, err);
    return error_set(err, ERR_NOT_IMPLEMENTED,
                     "engine cp knows CONTAINER:PATH and \"-\", a tar stream: "
                     "pipe it through tar(1)");
}

static const struct flag cp_flags[] = { FLAGS_END };

const struct command cp_command = { .name = "cp",
                                    .group = "container",
                                    .in_group = "cp",
                                    .usage = "CONTAINER:SRC_PATH - | - CONTAINER:DEST_PATH",
                                    .summary = "Copy files out of or into a container, as a tar stream",
                                    .flags = cp_flags,
                                    .min = 2,
                                    .max = 2,
                                    .run = cp_run };
