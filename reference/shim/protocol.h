/* shim/protocol.h - what is said on DIR/shim.sock. Private to shim/, its tests and its fuzz target.
 *
 *     daemon -> shim   one line of JSON {"op":"attach", ...}\n
 *     shim -> daemon   one line of JSON {"ok":true, ...}\n  or  {"error":"text","kind":"not_found"}\n
 *     then, of attach and exec, the streams: frames (or a terminal's bytes) to the daemon, stdin as it is to the shim
 *
 * A connection serves one request. Members by op:
 *     run          -> pid, started (nanoseconds)
 *     wait         -> code, oom, time; the answer comes when all output is in the log and exit.json is written
 *     attach       exec (id, or missing: the container), in, out, err
 *     exec         exec, process (an OCI process object), tty, in, out, err -> pid
 *     exec_wait    exec -> code
 *     resize       exec, rows, cols
 *     close_stdin, ping, abandon */
#ifndef SHIM_PROTOCOL_H
#define SHIM_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "base/error.h"

#define PROTOCOL_LINE_MAX   (4u << 20) /* of a request: a process with its environment */
#define PROTOCOL_ANSWER_MAX 8192

enum shim_op {
    OP_RUN,
    OP_WAIT,
    OP_ATTACH,
    OP_EXEC,
    OP_EXEC_WAIT,
    OP_RESIZE,
    OP_CLOSE_STDIN,
    OP_PING,
    OP_ABANDON
};

struct shim_request {
    enum shim_op op;
    const char *exec;      /* NULL: the container; no '/' in it. Borrowed from json, as process */
    const json_t *process; /* of OP_EXEC an object */
    bool tty, in, out, err;
    uint16_t rows, cols;
    json_t *json;
};

/* ERR_INVALID: not a request. */
int shim_request_parse(const char *line, size_t n, struct shim_request *ret, struct error *err);
void shim_request_free(struct shim_request *request);
const char *shim_op_name(enum shim_op op);

/* The kinds that travel; any other becomes ERR_SYSTEM. */
const char *shim_kind_name(enum error_kind kind);
enum error_kind shim_kind_parse(const char *name);

/* {"code":..,"oom":..,"time":..} */
struct shim_exit;
void shim_exit_from_json(const json_t *json, struct shim_exit *ret);

#endif
