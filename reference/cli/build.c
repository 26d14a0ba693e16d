/* cli/build.c - build: a folder, or what comes on standard input, and its Dockerfile to an image; builder prune.
 *
 * A folder is packed by a thread into a pipe that the request's body is read from. What .dockerignore names is left out, but for it and
 * the Dockerfile, which the engine needs. On standard input is a tar, or a Dockerfile alone, which is put into one. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/ignore.h"
#include "archive/tar.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/spec.h"
#include "cli/units.h"

#define TAR_BLOCK      512
#define DOCKERFILE_MAX (1u << 20)

struct sending {
    const char *root;       /* the folder; NULL: standard input */
    const char *dockerfile; /* in it */
    struct ignore *ignore;
    struct str head; /* of standard input: what was read already */
    int fd;          /* the pipe's end to write to */
    struct error err;
    int result;
};

/* -- what is sent -- */

static bool leave_out(void *user, const char *path, bool is_dir)
{
    struct sending *s = user;

    if (str_eq(path, ".dockerignore") || str_eq(path, s->dockerfile) || !ignore_fits(s->ignore, path))
        return false;
    if (!is_dir)
        return true;
    return !ignore_keeps_below(s->ignore, path) &&
           !(str_starts(s->dockerfile, path) && s->dockerfile[strlen(path)] == '/');
}

static int to_pipe(void *user, const void *bytes, size_t n, struct error *err)
{
    return fd_write_all(((struct sending *)user)->fd, bytes, n, err);
}

static int send_folder(struct sending *s)
{
    struct tar_pack what = { .root = s->root, .path = "/", .leave_out = leave_out, .leave_out_user = s };

    return tar_pack(&what, to_pipe, s, &s->err);
}

/* The checksum of a tar's header, or the first bytes of what compresses. */
static bool is_archive(const struct str *head)
{
    static const char *const magics[] = { "\x1f\x8b", "BZh",
                                          "\xfd"
                                          "7zXZ",
                                          "\x28\xb5\x2f\xfd" };

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (head->len >= strlen(magics[i]) && memcmp(head->data, magics[i], strlen(magics[i])) == 0)
            return true;
    return head->len == TAR_BLOCK && memcmp(head->data + 257, "ustar", 5) == 0;
}

static int send_rest(struct sending *s)
{
    char bytes[32768];
    ssize_t n;

    if (to_pipe(s, s->head.data, s->head.len, &s->err) < 0)
        return -1;
    while ((n = fd_read_full(STDIN_FILENO, bytes, sizeof(bytes), &s->err)) > 0)
        if (to_pipe(s, bytes, (size_t)n, &s->err) < 0)
            return -1;
    return (int)n;
}

static int send_dockerfile(struct sending *s)
{
    struct tar_writer *w = tar_writer_new(to_pipe, s);
    int r = -1;

    if (fd_read_all(STDIN_FILENO, DOCKERFILE_MAX, &s->head, &s->err) == 0 &&
        tar_writer_file(w, s->dockerfile, (int64_t)s->head.len, &s->err) == 0 &&
        tar_writer_add(w, str_text(&s->head), s->head.len, &s->err) == 0)
        r = tar_writer_end(w, &s->err);
    tar_writer_free(w);
    return r;
}

static int send_input(struct sending *s)
{
    char block[TAR_BLOCK];
    ssize_t n = fd_read_full(STDIN_FILENO, block, sizeof(block), &s->err);

    if (n < 0)
        return -1;
    str_add_bytes(&s->head, block, (size_t)n);
    return is_archive(&s->head) ? send_rest(s) : send_dockerfile(s);
}

static void *send_all(void *arg)
{
    struct sending *s = arg;

    s->result = s->root ? send_folder(s) : send_input(s);
    close(s->fd);
    return NULL;
}

static ssize_t from_pipe(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    while ((got = read(*(int *)user, bytes, n)) < 0 && errno == EINTR)
        ;
    return got < 0 ? error_errno(err, "read") : got;
}

static int read_ignore(struct sending *s, struct error *err)
{
    scoped_free char *path = s->root ? path_join(s->root, ".dockerignore") : NULL;
    scoped_str text = { 0 };
    struct error failure = { 0 };

    if (path && file_read(path, IGNORE_MAX, &text, &failure) < 0 && failure.kind != ERR_NOT_FOUND) {
        *err = failure;
        return -1;
    }
    s->ignore = ignore_parse(str_text(&text));
    return 0;
}

static int check_folder(const struct sending *s, struct error *err)
{
    scoped_free char *file = path_join(s->root, s->dockerfile);

    if (!path_is_dir(s->root))
        return error_set(err, ERR_INVALID, "unable to prepare context: path \"%s\" not found", s->root);
    if (!path_exists(file))
        return error_set(err, ERR_INVALID,
                         "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat "
                         "%s: no such file or directory",
                         file);
    return 0;
}

/* -- what is asked -- */

static void add_map(struct str *path, const char *name, const struct strv *given, bool from_environment)
{
    json_t *o = json_object();
    scoped_free char *text = NULL;

    for (size_t i = 0; i < given->count; i++) {
        const char *value = strchr(given->items[i], '=') ? NULL : getenv(given->items[i]);

        if (!strchr(given->items[i], '=') && from_environment)
            json_object_set_new(o, given->items[i], value ? json_string(value) : json_null());
        else
            spec_key_value(given->items[i], o);
    }
    text = json_text(o);
    query_add(path, name, given->count ? text : NULL);
    json_decref(o);
}

static int add_size(struct str *path, const struct args *args, const char *flag, const char *name,
                    struct error *err)
{
    const char *given = args_value(args, flag, NULL);
    char text[32];
    int64_t n;

    if (!given)
        return 0;
    if (!str_eq(given, "-1") && !units_parse_size(given, &n))
        return args_invalid(args, flag, given, err, "invalid size: '%s'", given);
    snprintf(text, sizeof(text), "%lld", str_eq(given, "-1") ? -1LL : (long long)n);
    query_add(path, name, text);
    return 0;
}

static int add_query(struct str *path, struct args *args, const char *dockerfile, struct error *err)
{
    static const char *const same[][2] = {
        {"target",       "target"     },
        { "platform",    "platform"   },
        { "network",     "networkmode"},
        { "cpu-shares",  "cpushares"  },
        { "cpu-period",  "cpuperiod"  },
        { "cpu-quota",   "cpuquota"   },
        { "cpuset-cpus", "cpusetcpus" },
        { "cpuset-mems", "cpusetmems" },
    };
    const struct strv *tags = args_list(args, "tag"), *hosts = args_list(args, "add-host"),
                      *from = args_list(args, "cache-from");
    json_t *names = json_from_strv(from);
    scoped_free char *from_text = json_text(names);

    json_decref(names);
    query_add(path, "version", "1");
    query_add(path, "dockerfile", dockerfile);
    for (size_t i = 0; i < tags->count; i++)
        query_add(path, "t", tags->items[i]);
    for (size_t i = 0; i < hosts->count; i++)
        query_add(path, "extrahosts", hosts->items[i]);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        query_add(path, same[i][1], args_value(args, same[i][0], NULL));
    add_map(path, "buildargs", args_list(args, "build-arg"), true);
    add_map(path, "labels", args_list(args, "label"), false);
    query_add(path, "cachefrom", from->count ? from_text : NULL);
    query_add_bool(path, "nocache", args_bool(args, "no-cache", false));
    query_add_bool(path, "pull", args_bool(args, "pull", false));
    query_add_bool(path, "q", args_bool(args, "quiet", false));
    query_add_bool(path, "forcerm", args_bool(args, "force-rm", false));
    query_add(path, "rm", args_bool(args, "rm", true) ? "1" : "0");
    if (add_size(path, args, "memory", "memory", err) < 0 ||
        add_size(path, args, "memory-swap", "memswap", err) < 0)
        return -1;
    return add_size(path, args, "shm-size", "shmsize", err);
}

/* -- the answer -- */

/* A command that fails gives its code to us. */
static int show(struct http_call *call, struct error *err)
{
    json_t *message = NULL;
    int r, code = 0;

    while (code == 0 && (r = http_call_next_json(call, &message, err)) == 1) {
        const char *failure = json_str_at(message, "error", NULL);

        fputs(json_str_at(message, "stream", ""), stdout);
        fflush(stdout);
        if (failure) {
            error_set(err, ERR_SYSTEM, "%s", failure);
            code = (int)json_int_at(message, "errorDetail.code", 0);
            if (code == 0)
                code = -1;
        }
        json_decref(message);
    }
    if (code > 0)
        cli_complain(err);
    return code ? code : r;
}

static int send_and_show(struct cli *cli, struct sending *s, const char *path, struct error *err)
{
    scoped(http_call_close) struct http_call *call = NULL;
    int ends[2], r;
    pthread_t thread;
    struct http_call_spec spec = { .method = "POST",
                                   .path = path,
                                   .source = from_pipe,
                                   .source_user = &ends[0],
                                   .content_type = "application/x-tar" };

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, "pipe");
    s->fd = ends[1];
    r = pthread_create(&thread, NULL, send_all, s);
    if (r) {
        close(ends[0]);
        close(ends[1]);
        errno = r;
        return error_errno(err, "thread");
    }
    r = cli_open(cli, &spec, &call, err);
    if (r == 0)
        r = show(call, err);
    close(ends[0]); /* ends the thread if the engine did not want all of it */
    pthread_join(thread, NULL);
    if (r == 0 && s->result < 0) {
        *err = s->err;
        return -1;
    }
    return r;
}

static int build_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_free char *dockerfile = path_clean(args_value(args, "file", "Dockerfile"));
    struct sending s = { .root = str_eq(args->rest[0], "-") ? NULL : args->rest[0],
                         .dockerfile = dockerfile };
    scoped_str path = { 0 };
    int r = -1;

    str_add(&path, "/build");
    if ((!s.root || check_folder(&s, err) == 0) && read_ignore(&s, err) == 0 &&
        add_query(&path, args, dockerfile, err) == 0)
        r = send_and_show(cli, &s, str_text(&path), err);
    ignore_free(s.ignore);
    str_free(&s.head);
    return r;
}

static int prune_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *filters = NULL, *answer = NULL;
    scoped_str path = { 0 };
    char size[UNITS_TEXT_MAX];

    if (cli_filters(args_list(args, "filter"), &filters, err) < 0)
        return -1;
    if (!cli_confirm(args, "This will remove all dangling build cache."))
        return 0;
    str_add(&path, "/build/prune");
    query_add_bool(&path, "all", args_bool(args, "all", false));
    query_add_filters(&path, filters);
    if (cli_request(cli, "POST", str_text(&path), NULL, &answer, err) < 0)
        return -1;
    units_size((double)json_int_at(answer, "SpaceReclaimed", 0), 4, size);
    printf("Total:\t%s\n", size);
    return 0;
}

static const struct flag build_flags[] = {
    {0,    "add-host",    FLAG_LIST,  "list",   "Add a host to the hosts file (host:ip)"                  },
    { 0,   "build-arg",   FLAG_LIST,  "list",   "Set a value of ARG"                                      },
    { 0,   "cache-from",  FLAG_LIST,  "list",   "Images whose steps may serve again"                      },
    { 0,   "cpu-period",  FLAG_VALUE, "int",    "Limit the CPU CFS period"                                },
    { 0,   "cpu-quota",   FLAG_VALUE, "int",    "Limit the CPU CFS quota"                                 },
    { 'c', "cpu-shares",  FLAG_VALUE, "int",    "CPU shares (relative weight)"                            },
    { 0,   "cpuset-cpus", FLAG_VALUE, "string", "CPUs in which to run (0-3, 0,1)"                         },
    { 0,   "cpuset-mems", FLAG_VALUE, "string", "Memory nodes in which to run (0-3, 0,1)"                 },
    { 'f', "file",        FLAG_VALUE, "string", "Path of the Dockerfile in the folder"                    },
    { 0,   "force-rm",    FLAG_BOOL,  NULL,     "Remove containers of failed steps, too"                  },
    { 0,   "label",       FLAG_LIST,  "list",   "Set a label of the image"                                },
    { 'm', "memory",      FLAG_VALUE, "bytes",  "Memory limit"                                            },
    { 0,   "memory-swap", FLAG_VALUE, "bytes",  "Limit of memory and swap; -1: unlimited swap"            },
    { 0,   "network",     FLAG_VALUE, "string", "Network of the commands of RUN"                          },
    { 0,   "no-cache",    FLAG_BOOL,  NULL,     "Take nothing from before"                                },
    { 0,   "platform",    FLAG_VALUE, "string", "The image's platform"                                    },
    { 0,   "pull",        FLAG_BOOL,  NULL,     "Ask the registry for a newer base"                       },
    { 'q', "quiet",       FLAG_BOOL,  NULL,     "Only print the image's id"                               },
    { 0,   "rm",          FLAG_BOOL,  NULL,     "Remove containers of steps that ended well (the default)"},
    { 0,   "shm-size",    FLAG_VALUE, "bytes",  "Size of /dev/shm"                                        },
    { 't', "tag",         FLAG_LIST,  "list",   "Name of the image (name:tag)"                            },
    { 0,   "target",      FLAG_VALUE, "string", "The last stage"                                          },
    FLAGS_END,
};
static const struct flag prune_flags[] = {
    {'a',  "all",    FLAG_BOOL, NULL,     "Remove all that is unused"     },
    { 0,   "filter", FLAG_LIST, "filter", "What is removed (until=24h)"   },
    { 'f', "force",  FLAG_BOOL, NULL,     "Do not prompt for confirmation"},
    FLAGS_END,
};

const struct command build_command = { .name = "build",
                                       .group = "image",
                                       .in_group = "build",
                                       .usage = "[OPTIONS] PATH | -",
                                       .summary = "Build an image from a Dockerfile",
                                       .flags = build_flags,
                                       .min = 1,
                                       .max = 1,
                                       .run = build_run };
const struct command builder_prune_command = { .group = "builder",
                                               .in_group = "prune",
                                               .usage = "[OPTIONS]",
                                               .summary = "Remove build cache",
                                               .flags = prune_flags,
                                               .max = 0,
                                               .run = prune_run };
