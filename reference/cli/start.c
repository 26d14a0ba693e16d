/* cli/start.c - start, attach and exec: sessions with containers that are there already. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/spec.h"
#include "cli/terminal.h"

#define FILE_MAX (1u << 20)

static int inspect(struct cli *cli, const char *name, json_t **ret, struct error *err)
{
    scoped_free char *path = cli_path("/containers/", name, "/json");

    return cli_get(cli, path, ret, err);
}

static int open_attach(struct cli *cli, const char *id, const char *detach_keys, bool input,
                       struct session *s, struct error *err)
{
    scoped_free char *plain = cli_path("/containers/", id, "/attach");
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "POST", .hijack = 1 };

    str_add(&path, plain);
    query_add(&path, "stream", "1");
    query_add_bool(&path, "stdin", input);
    query_add(&path, "stdout", "1");
    query_add(&path, "stderr", "1");
    query_add(&path, "detachKeys", detach_keys);
    spec.path = str_text(&path);
    return cli_open(cli, &spec, &s->stream, err);
}

static int open_wait(struct cli *cli, const char *id, const char *condition, struct session *s,
                     struct error *err)
{
    scoped_free char *plain = cli_path("/containers/", id, "/wait");
    scoped_str path = { 0 };
    struct http_call_spec spec = { .method = "POST" };

    str_add(&path, plain);
    query_add(&path, "condition", condition);
    spec.path = str_text(&path);
    return cli_open(cli, &spec, &s->wait, err);
}

static void session_free(struct session *s)
{
    session_end(s);
    http_call_close(s->stream);
    http_call_close(s->wait);
}

/* -- start -- */

static int start_plain(struct cli *cli, struct args *args, const char *name, struct error *err)
{
    scoped_free char *plain = cli_path("/containers/", name, "/start");
    scoped_str path = { 0 };

    str_add(&path, plain);
    query_add(&path, "detachKeys", args_value(args, "detach-keys", NULL));
    if (cli_post(cli, str_text(&path), err) < 0)
        return -1;
    printf("%s\n", name);
    return 0;
}

static int start_session(struct cli *cli, struct args *args, const json_t *container, struct session *s,
                         struct error *err)
{
    const char *id = json_str_at(container, "Id", ""), *keys = args_value(args, "detach-keys", NULL);
    scoped_free char *start = cli_path("/containers/", id, "/start");
    scoped_free char *resize = cli_path("/containers/", id, "");

    s->tty = json_bool_at(container, "Config.Tty", false);
    s->input = args_bool(args, "interactive", false) && json_bool_at(container, "Config.OpenStdin", false);
    s->detach_keys = keys;
    s->kill_id = !s->tty && args_bool(args, "sig-proxy", true) ? id : NULL;
    s->resize = resize;
    if (session_check_tty(s->input, s->tty, err) < 0 || session_begin(s, err) < 0 ||
        open_attach(cli, id, keys, s->input, s, err) < 0 ||
        open_wait(cli, id, json_bool_at(container, "HostConfig.AutoRemove", false) ? "removed" : "next-exit",
                  s, err) < 0 ||
        cli_post(cli, start, err) < 0)
        return -1;
    return session_run(cli, s, err);
}

static int start_attached(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *container = NULL;
    struct session s = { .signal_fd = -1 };
    int result;

    if (args->count > 1)
        return error_set(err, ERR_INVALID, "you cannot start and attach multiple containers at once");
    if (inspect(cli, args->rest[0], &container, err) < 0)
        return -1;
    result = start_session(cli, args, container, &s, err);
    session_free(&s);
    return result < 0 ? -1 : s.detached ? 0 : s.exit_code;
}

static int start_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped_strv failed = { 0 };
    scoped_free char *names = NULL;

    if (args_bool(args, "attach", false) || args_bool(args, "interactive", false))
        return start_attached(cli, args, err);
    for (int i = 0; i < args->count; i++) {
        if (start_plain(cli, args, args->rest[i], err) < 0) {
            cli_complain(err);
            if (!cli->http)
                return 1;
            strv_add(&failed, args->rest[i]);
        }
    }
    if (!failed.count)
        return 0;
    names = strv_join(&failed, ", ");
    return error_set(err, ERR_INVALID, "Error: failed to start containers: %s", names);
}

/* -- attach -- */

static int check_running(const json_t *container, struct error *err)
{
    if (!json_bool_at(container, "State.Running", false))
        return error_set(err, ERR_CONFLICT, "cannot attach to a stopped container, start it first");
    if (json_bool_at(container, "State.Paused", false))
        return error_set(err, ERR_CONFLICT, "cannot attach to a paused container, unpause it first");
    if (json_bool_at(container, "State.Restarting", false))
        return error_set(err, ERR_CONFLICT,
                         "cannot attach to a restarting container, wait until it is running");
    return 0;
}

static int attach_session(struct cli *cli, struct args *args, const json_t *container, struct session *s,
                          struct error *err)
{
    const char *id = json_str_at(container, "Id", "");
    scoped_free char *resize = cli_path("/containers/", id, "");

    s->tty = json_bool_at(container, "Config.Tty", false);
    s->input = !args_bool(args, "no-stdin", false) && json_bool_at(container, "Config.OpenStdin", false);
    s->detach_keys = args_value(args, "detach-keys", NULL);
    s->kill_id = !s->tty && args_bool(args, "sig-proxy", true) ? id : NULL;
    s->resize = resize;
    s->nudge = true;
    if (session_check_tty(s->input, s->tty, err) < 0 || session_begin(s, err) < 0 ||
        open_wait(cli, id, "not-running", s, err) < 0 ||
        open_attach(cli, id, s->detach_keys, s->input, s, err) < 0)
        return -1;
    return session_run(cli, s, err);
}

static int attach_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *container = NULL;
    struct session s = { .signal_fd = -1 };
    int result;

    if (inspect(cli, args->rest[0], &container, err) < 0 || check_running(container, err) < 0)
        return -1;
    result = attach_session(cli, args, container, &s, err);
    session_free(&s);
    if (s.detached)
        fputs("read escape sequence\n", stderr);
    return result < 0 ? -1 : s.detached ? 1 : s.exit_code;
}

/* -- exec -- */

static int exec_body(struct args *args, json_t *body, struct error *err)
{
    const struct strv *files = args_list(args, "env-file"), *given = args_list(args, "env");
    bool detach = args_bool(args, "detach", false);
    scoped_strv env = { 0 };
    json_t *command = json_array();

    for (int i = 1; i < args->count; i++)
        json_array_append_new(command, json_string_lossy(args->rest[i], strlen(args->rest[i])));
    json_put(body, "Cmd", command);
    for (size_t i = 0; i < files->count; i++) {
        scoped_str text = { 0 };

        if (file_read(files->items[i], FILE_MAX, &text, err) < 0 ||
            spec_env_file(files->items[i], str_text(&text), true, &env, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < given->count; i++)
        spec_env(given->items[i], &env);
    if (env.count)
        json_put(body, "Env", json_from_strv(&env));
    json_put_str(body, "User", args_value(args, "user", ""));
    json_put_str(body, "WorkingDir", args_value(args, "workdir", ""));
    json_put_str(body, "DetachKeys", args_value(args, "detach-keys", ""));
    json_put(body, "Privileged", json_boolean(args_bool(args, "privileged", false)));
    json_put(body, "Tty", json_boolean(args_bool(args, "tty", false)));
    json_put(body, "Detach", json_boolean(detach));
    json_put(body, "AttachStdin", json_boolean(!detach && args_bool(args, "interactive", false)));
    json_put(body, "AttachStdout", json_boolean(!detach));
    json_put(body, "AttachStderr", json_boolean(!detach));
    return 0;
}

static json_t *exec_start_body(const json_t *body)
{
    bool tty = json_bool_at(body, "Tty", false);
    json_t *start = json_pack("{s:b, s:b}", "Detach", json_bool_at(body, "Detach", false), "Tty", tty);
    unsigned rows, columns;

    if (tty && terminal_size(STDOUT_FILENO, &rows, &columns)) {
        json_put(start, "ConsoleSize", json_pack("[ii]", (int)rows, (int)columns));
    }
    return start;
}

static int exec_session(struct cli *cli, const char *id, const json_t *body, struct session *s,
                        struct error *err)
{
    scoped(json_decref) json_t *start = exec_start_body(body);
    scoped_free char *path = cli_path("/exec/", id, "/start");
    scoped_free char *resize = cli_path("/exec/", id, "");
    struct http_call_spec spec = { .method = "POST", .path = path, .body = start, .hijack = 1 };

    s->tty = json_bool_at(body, "Tty", false);
    s->input = json_bool_at(body, "AttachStdin", false);
    s->detach_keys = json_str_at(body, "DetachKeys", "");
    if (!*s->detach_keys)
        s->detach_keys = NULL;
    s->resize = resize;
    if (session_begin(s, err) < 0 || cli_open(cli, &spec, &s->stream, err) < 0)
        return -1;
    return session_run(cli, s, err);
}

static int exec_exit_code(struct cli *cli, const char *id, struct error *err)
{
    scoped(json_decref) json_t *answer = NULL;
    scoped_free char *path = cli_path("/exec/", id, "/json");

    if (cli_get(cli, path, &answer, err) < 0)
        return -1;
    return (int)json_int_at(answer, "ExitCode", 0);
}

/* What went wrong with starting the command is told by the same statuses as of `run`. */
static int exec_failed(const struct error *err)
{
    cli_complain(err);
    if (strstr(err->text, "executable file not found") || strstr(err->text, "no such file or directory"))
        return 127;
    return strstr(err->text, "permission denied") ? 126 : 1;
}

static int exec_run(struct cli *cli, struct args *args, struct error *err)
{
    scoped(json_decref) json_t *body = json_object(), *container = NULL, *answer = NULL;
    scoped_free char *path = cli_path("/containers/", args->rest[0], "/exec");
    struct session s = { .signal_fd = -1 };
    const char *id;
    int result;

    if (exec_body(args, body, err) < 0 || inspect(cli, args->rest[0], &container, err) < 0)
        return -1;
    if (!json_bool_at(body, "Detach", false) && session_check_tty(json_bool_at(body, "AttachStdin", false),
                                                                  json_bool_at(body, "Tty", false), err) < 0)
        return -1;
    if (cli_request(cli, "POST", path, body, &answer, err) < 0)
        return -1;
    id = json_str_at(answer, "Id", "");
    if (json_bool_at(body, "Detach", false)) {
        scoped_free char *start_path = cli_path("/exec/", id, "/start");
        scoped(json_decref) json_t *start = exec_start_body(body);

        return cli_request(cli, "POST", start_path, start, NULL, err) < 0 ? exec_failed(err) : 0;
    }
    result = exec_session(cli, id, body, &s, err);
    session_free(&s);
    if (s.detached)
        fputs("read escape sequence\n", stderr);
    return result < 0 ? exec_failed(err) : s.detached ? 1 : exec_exit_code(cli, id, err);
}

#define DETACH_KEYS                                                                                          \
    {                                                                                                        \
        0, "detach-keys", FLAG_VALUE, "string", "Keys that detach (default \"ctrl-p,ctrl-q\")"               \
    }
#define SIG_PROXY                                                                                            \
    {                                                                                                        \
        0, "sig-proxy", FLAG_BOOL, NULL, "Send our signals on to the process (default true)"                 \
    }

static const struct flag start_flags[] = {
    {'a',  "attach",      FLAG_BOOL, NULL, "Attach to its output and forward signals"},
    DETACH_KEYS,
    { 'i', "interactive", FLAG_BOOL, NULL, "Attach to its standard input"            },
    FLAGS_END,
};
static const struct flag attach_flags[] = {
    DETACH_KEYS,
    {0, "no-stdin", FLAG_BOOL, NULL, "Leave its standard input alone"},
    SIG_PROXY,
    FLAGS_END,
};
static const struct flag exec_flags[] = {
    {'d',  "detach",      FLAG_BOOL,  NULL,     "Do not attach"                  },
    DETACH_KEYS,
    { 'e', "env",         FLAG_LIST,  "list",   "Environment variables"          },
    { 0,   "env-file",    FLAG_LIST,  "list",   "A file of environment variables"},
    { 'i', "interactive", FLAG_BOOL,  NULL,     "Keep standard input open"       },
    { 0,   "privileged",  FLAG_BOOL,  NULL,     "All privileges"                 },
    { 't', "tty",         FLAG_BOOL,  NULL,     "A terminal"                     },
    { 'u', "user",        FLAG_VALUE, "string", "User (name|uid[:group|gid])"    },
    { 'w', "workdir",     FLAG_VALUE, "string", "Working directory"              },
    FLAGS_END,
};

const struct command start_command = { .name = "start",
                                       .group = "container",
                                       .in_group = "start",
                                       .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
                                       .summary = "Start one or more stopped containers",
                                       .flags = start_flags,
                                       .min = 1,
                                       .max = -1,
                                       .run = start_run };
const struct command attach_command = { .name = "attach",
                                        .group = "container",
                                        .in_group = "attach",
                                        .usage = "[OPTIONS] CONTAINER",
                                        .summary = "Attach our standard streams to a running container",
                                        .flags = attach_flags,
                                        .min = 1,
                                        .max = 1,
                                        .run = attach_run };
const struct command exec_command = { .name = "exec",
                                      .group = "container",
                                      .in_group = "exec",
                                      .usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
                                      .summary = "Execute a command in a running container",
                                      .flags = exec_flags,
                                      .min = 2,
                                      .max = -1,
                                      .first_arg_ends = true,
                                      .run = exec_run };
