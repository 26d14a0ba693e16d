/* shim/protocol.c - see protocol.h. */
#include "shim/protocol.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shim/shim.h"

static const char *const ops[] = {
    [OP_RUN] = "run",
    [OP_WAIT] = "wait",
    [OP_ATTACH] = "attach",
    [OP_EXEC] = "exec",
    [OP_EXEC_WAIT] = "exec_wait",
    [OP_RESIZE] = "resize",
    [OP_CLOSE_STDIN] = "close_stdin",
    [OP_PING] = "ping",
    [OP_ABANDON] = "abandon",
};

static const struct kind_name {
    enum error_kind kind;
    const char *name;
} kinds[] = {
    {ERR_NOT_FOUND, "not_found"},
    { ERR_INVALID,  "invalid"  },
    { ERR_CONFLICT, "conflict" },
    { ERR_SYSTEM,   "system"   },
};

const char *shim_op_name(enum shim_op op)
{
    return ops[op];
}

const char *shim_kind_name(enum error_kind kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "system";
}

enum error_kind shim_kind_parse(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_eq(kinds[i].name, name))
            return kinds[i].kind;
    return ERR_SYSTEM;
}

static bool find_op(const char *name, enum shim_op *ret)
{
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
        if (str_eq(ops[i], name)) {
            *ret = (enum shim_op)i;
            return true;
        }
    return false;
}

static bool id_is_safe(const char *id)
{
    return *id && strlen(id) <= 128 && id[0] != '.' && !strchr(id, '/');
}

static uint16_t size_at(const json_t *json, const char *member)
{
    int64_t value = json_int_at(json, member, 0);

    return value > 0 && value <= UINT16_MAX ? (uint16_t)value : 0;
}

int shim_request_parse(const char *line, size_t n, struct shim_request *ret, struct error *err)
{
    struct shim_request r = { 0 };
    scoped(json_decref) json_t *json = NULL;

    if (json_parse(line, n, &json, err) < 0)
        return -1;
    if (!find_op(json_str_at(json, "op", NULL), &r.op))
        return error_set(err, ERR_INVALID, "no such operation");
    r.exec = json_str_at(json, "exec", NULL);
    if (r.exec && !id_is_safe(r.exec))
        return error_set(err, ERR_INVALID, "bad exec id");
    if (!r.exec && (r.op == OP_EXEC || r.op == OP_EXEC_WAIT))
        return error_set(err, ERR_INVALID, "no exec id");
    r.process = json_at(json, "process");
    if (r.op == OP_EXEC && !json_is_object(r.process))
        return error_set(err, ERR_INVALID, "no process");
    r.tty = json_bool_at(json, "tty", false);
    r.in = json_bool_at(json, "in", false);
    r.out = json_bool_at(json, "out", false);
    r.err = json_bool_at(json, "err", false);
    r.rows = size_at(json, "rows");
    r.cols = size_at(json, "cols");
    r.json = take_ptr(&json);
    *ret = r;
    return 0;
}

void shim_request_free(struct shim_request *request)
{
    json_decref(request->json);
    request->json = NULL;
}

void shim_exit_from_json(const json_t *json, struct shim_exit *ret)
{
    *ret = (struct shim_exit){ .code = (int)json_int_at(json, "code", 255),
                               .oom_killed = json_bool_at(json, "oom", false),
                               .time = json_int_at(json, "time", 0) };
}
