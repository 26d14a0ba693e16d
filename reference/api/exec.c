/* api/exec.c - tag Exec: decode, ask container/, encode. */
#include "api/container.h"

#include "base/json.h"
#include "base/str.h"

DEFINE_SCOPED(struct exec *, exec_unref)

static int find_exec(struct request *req, struct exec **ret, struct error *err)
{
    return exec_find(request_engine(req)->containers, request_param(req, "id"), ret, err);
}

static int container_exec_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped(json_decref) json_t *body = NULL;
    scoped_free char *id = NULL;

    if (request_json(req, false, &body, err) < 0 || find_container(req, &c, err) < 0 ||
        exec_create(c, body, request_version(req), &id, err) < 0)
        return -1;
    return reply_json(reply, 201, json_pack("{s:s}", "Id", id));
}

static const struct json_field start_fields[] = {
    {"Detach",       "bool" },
    { "Tty",         "bool" },
    { "ConsoleSize", "array"},
    { NULL,          NULL   },
};

struct taking_over {
    struct request *req;
    struct reply *reply;
    bool tty;
};

static int take_over(void *user, struct error *err)
{
    struct taking_over *t = user;

    return reply_hijack(t->req, t->reply, stream_type(t->req, t->tty, wants_upgrade(t->req)), err);
}

static int exec_start_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(exec_unref) struct exec *e = NULL;
    scoped(json_decref) json_t *body = NULL;
    struct taking_over taking = { .req = req, .reply = reply };
    struct byte_stream client = hijacked_stream(req);

    if (request_json(req, true, &body, err) < 0 || (body && json_check(body, start_fields, err) < 0) ||
        find_exec(req, &e, err) < 0)
        return -1;
    if (request_version(req) < 42 && body)
        json_object_del(body, "ConsoleSize");
    taking.tty = json_bool_at(body, "Tty", false);
    if (!json_bool_at(body, "Detach", false))
        return exec_start(e, body, &client, take_over, &taking, err);
    if (exec_start(e, body, NULL, NULL, NULL, err) < 0)
        return -1;
    return reply_empty(reply, 200);
}

static int exec_inspect_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(exec_unref) struct exec *e = NULL;
    json_t *body = NULL;

    if (find_exec(req, &e, err) < 0 || exec_inspect(e, &body, err) < 0)
        return -1;
    return reply_json(reply, 200, body);
}

static int exec_resize_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(exec_unref) struct exec *e = NULL;
    uint16_t rows, cols;

    if (size_arguments(req, &rows, &cols, err) < 0 || find_exec(req, &e, err) < 0 ||
        exec_resize(e, rows, cols, err) < 0)
        return -1;
    return reply_empty(reply, 200);
}

const struct route exec_routes[] = {
    {"ContainerExec",             POST, "/containers/{id...}/exec", container_exec_handler, 0 },
    { "ExecStart", POST, "/exec/{id}/start", exec_start_handler, 0 },
    { "ExecInspect",                          GET, "/exec/{id}/json", exec_inspect_handler, 0 },
    { "ExecResize",                POST, "/exec/{id}/resize", exec_resize_handler, 0 },
    { 0        },
};
