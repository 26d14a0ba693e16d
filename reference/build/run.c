/* build/run.c - RUN: a container of the image so far, and what it changed as the next layer.
 *
 * Its output is read by an attach that is there before the start, in a thread of its own; this one waits for the end, and looks
 * meanwhile whether the client is still there. What an attach sees as its client is one end of a socket pair: closing the other one
 * ends it, when the start fails or the build is given up. */
#include "build/internal.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/id.h"
#include "container/overlay.h"

#define GONE_CHECK_MS 100
#define FRAME_HEADER  8
#define STDERR_FRAME  2

struct output {
    struct build *b;
    struct attachment *attachment;
    int fd;
    unsigned char header[FRAME_HEADER];
    size_t have, left;
    bool failed; /* nobody reads any more */
};

/* -- output -- */

static int say_piece(struct output *o, const char *bytes, size_t n, struct error *err)
{
    scoped_str text = { 0 };

    if (o->header[0] != STDERR_FRAME)
        return build_say_bytes(o->b, bytes, n, err);
    str_add(&text, "\x1b[91m"); /* red, which is how clients tell it */
    str_add_bytes(&text, bytes, n);
    str_add(&text, "\x1b[0m");
    return build_say_bytes(o->b, text.data, text.len, err);
}

/* The bytes of frames, in pieces of any size. */
static int take_output(void *user, const void *bytes, size_t n, struct error *err)
{
    struct output *o = user;
    const unsigned char *at = bytes;

    while (n > 0) {
        size_t take;

        if (o->left == 0) {
            o->header[o->have++] = *at++;
            n--;
            if (o->have < FRAME_HEADER)
                continue;
            o->have = 0;
            for (int i = 4; i < FRAME_HEADER; i++)
                o->left = o->left << 8 | o->header[i];
            continue;
        }
        take = n < o->left ? n : o->left;
        if (!o->failed && say_piece(o, (const char *)at, take, err) < 0)
            o->failed = true; /* go on: the process must not wait for us */
        at += take;
        n -= take;
        o->left -= take;
    }
    return 0;
}

static ssize_t read_nothing(void *user, void *bytes, size_t n, struct error *err)
{
    (void)user;
    (void)bytes;
    (void)n;
    (void)err;
    return 0;
}

static void shut_nothing(void *user)
{
    (void)user;
}

static int output_fd(void *user)
{
    return ((struct output *)user)->fd;
}

static bool never_pending(void *user)
{
    (void)user;
    return false;
}

static void *follow_output(void *arg)
{
    struct output *o = arg;
    struct byte_stream stream = { .user = o,
                                  .read = read_nothing,
                                  .write = take_output,
                                  .shutdown = shut_nothing,
                                  .fd = output_fd,
                                  .pending = never_pending };

    container_attach_serve(o->attachment, &stream, NULL);
    return NULL;
}

/* -- the container -- */

static json_t *run_command(struct build *b, const struct instruction *i)
{
    json_t *cmd = i->json ? json_array() : shell_of(b);

    for (size_t k = 0; k < i->words.count; k++)
        json_array_append_new(cmd, json_string_lossy(i->words.items[k], strlen(i->words.items[k])));
    return cmd;
}

/* By this the step is known again: the build args that it sees are a part of its command. */
static json_t *command_with_args(struct build *b, const json_t *cmd, const struct strv *args)
{
    json_t *ret = json_array();
    scoped_strv counted = { 0 };

    for (size_t k = 0; k < args->count; k++) {
        scoped_free char *name = xstrndup(args->items[k], strcspn(args->items[k], "="));

        if (!args_is_predefined(name) || json_object_get(b->args.declared, name))
            strv_add(&counted, args->items[k]);
    }
    if (counted.count)
        json_array_append_new(ret, json_sprintf("|%zu", counted.count));
    for (size_t k = 0; k < counted.count; k++)
        json_array_append_new(ret, json_string_lossy(counted.items[k], strlen(counted.items[k])));
    json_array_extend(ret, (json_t *)cmd);
    return ret;
}

static json_t *container_body(struct build *b, const json_t *cmd, const struct strv *args)
{
    json_t *body = json_deep_copy(b->config), *env = json_object_get(body, "Env");

    if (!json_is_array(env)) {
        env = json_array();
        json_object_set_new(body, "Env", env);
    }
    for (size_t k = 0; k < args->count; k++)
        json_array_append_new(env, json_string_lossy(args->items[k], strlen(args->items[k])));
    json_object_set(body, "Cmd", (json_t *)cmd);
    json_object_set_new(body, "Entrypoint", json_pack("[s]", "")); /* none, and not the image's either */
    json_object_set_new(body, "Image", json_string(build_image_id(b)));
    json_object_set_new(body, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
    json_object_set_new(body, "AttachStdout", json_true());
    json_object_set_new(body, "AttachStderr", json_true());
    if (b->request->host_config)
        json_object_set(body, "HostConfig", (json_t *)b->request->host_config);
    return body;
}

static int make_container(struct build *b, const json_t *cmd, const struct strv *args, struct container **ret,
                          struct error *err)
{
    scoped(json_decref) json_t *body = container_body(b, cmd, args), *warnings = NULL;
    struct container_create create = { .body = body, .api_version = b->request->api_version };
    scoped_free char *id = NULL;

    if (container_create(b->builder->containers, &create, &id, &warnings, err) < 0)
        return -1;
    strv_add(&b->containers, id);
    if (build_say(b, err, " ---> Running in %.*s\n", ID_SHORT_LENGTH, id) < 0)
        return -1;
    return container_find(b->builder->containers, id, ret, err);
}

static int wait_for_end(struct build *b, struct container *c, struct container_wait *wait,
                        struct output *output, int64_t *code, struct error *err)
{
    scoped_free char *error = NULL;

    while (!container_wait_poll(wait, GONE_CHECK_MS, code, &error)) {
        if (!output->failed && !b->request->gone(b->request->user))
            continue;
        container_kill(c, "KILL", NULL);
        container_wait_poll(wait, 10000, code, &error);
        return error_set(err, ERR_CLOSED, "the client is gone");
    }
    return 0;
}

static int start_and_wait(struct build *b, struct container *c, struct output *output, int64_t *code,
                          struct error *err)
{
    struct container_wait *wait = NULL;
    int r;

    if (container_wait_begin(c, "next-exit", &wait, err) < 0)
        return -1;
    r = container_start(c, err);
    if (r == 0)
        r = wait_for_end(b, c, wait, output, code, err);
    container_wait_end(wait);
    return r;
}

static int run_container(struct build *b, struct container *c, int64_t *code, struct error *err)
{
    struct container_attach how = { .stream = true, .out = true, .err = true };
    scoped(container_attach_end) struct attachment *attachment = NULL;
    struct output output = { .b = b };
    pthread_t thread;
    int ends[2], r;

    if (container_attach_begin(c, &how, &attachment, err) < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, "socketpair");
    output.attachment = attachment;
    output.fd = ends[0];
    r = pthread_create(&thread, NULL, follow_output, &output);
    if (r) {
        close(ends[0]);
        close(ends[1]);
        errno = r;
        return error_errno(err, "thread");
    }
    r = start_and_wait(b, c, &output, code, err);
    if (r < 0)
        close(ends[1]);
    pthread_join(thread, NULL);
    if (r == 0)
        close(ends[1]);
    close(ends[0]);
    return r == 0 && output.failed ? error_set(err, ERR_CLOSED, "the client is gone") : r;
}

static int refuse_code(struct build *b, const json_t *cmd, int64_t code, struct error *err)
{
    scoped_strv words = { 0 };
    scoped_free char *text = NULL;

    json_strv_at(cmd, "", &words);
    for (size_t k = 0; k < json_array_size(cmd) && words.count < json_array_size(cmd); k++)
        strv_add(&words, json_string_value(json_array_get(cmd, k)));
    text = strv_join(&words, " ");
    b->code = code;
    return error_set(err, ERR_INVALID, "The command '%.1500s' returned a non-zero code: %lld",
                     text ? text : "", (long long)code);
}

int step_run(struct build *b, const struct instruction *i, struct error *err)
{
    scoped(json_decref) json_t *cmd = run_command(b, i), *saved = NULL, *config = NULL;
    scoped(container_unref) struct container *c = NULL;
    scoped_strv args = { 0 };
    scoped_free char *upper = NULL;
    int64_t code = 0;
    int r;

    args_visible(&b->args, json_object_get(b->config, "Env"), &args);
    saved = command_with_args(b, cmd, &args);
    config = step_config(b, json_incref(saved));
    json_object_set_new(config, "Entrypoint", json_null());
    r = step_probe(b, config, err);
    if (r)
        return r < 0 ? -1 : 0;
    if (make_container(b, cmd, &args, &c, err) < 0 || run_container(b, c, &code, err) < 0)
        return -1;
    if (code)
        return refuse_code(b, cmd, code, err);
    upper = container_upper(c);
    return step_commit(b, config, upper, container_id(c), err);
}

void containers_drop(struct build *b)
{
    const struct container_remove how = { .force = true, .volumes = true };

    for (size_t k = 0; k < b->containers.count; k++) {
        scoped(container_unref) struct container *c = NULL;

        if (container_find(b->builder->containers, b->containers.items[k], &c, NULL) < 0)
            continue;
        if (container_remove(c, &how, NULL) == 0)
            build_say(b, NULL, " ---> Removed intermediate container %.*s\n", ID_SHORT_LENGTH,
                      container_id(c));
    }
    strv_free(&b->containers);
}
