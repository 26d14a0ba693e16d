/* api/orchestration.c - tags Swarm, Node, Service, Task, Secret, Config, Plugin, Session: what an engine answers that is in no
 * swarm, has no plugins and speaks no BuildKit. What is wrong with a request is told before that, as dockerd does, so that a
 * client learns of its own mistakes first. */
#include "api/api.h"

#include <stdlib.h>

#include "base/filters.h"
#include "base/json.h"
#include "base/scope.h"
#include "base/str.h"

static int not_manager(struct error *err)
{
    return error_set(
        err, ERR_UNAVAILABLE,
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
        "connect this node to swarm and try again.");
}

/* NodeInspect, ServiceDelete ...: there is nothing to read before the answer. */
static int no_swarm_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)req;
    (void)reply;
    return not_manager(err);
}

/* NodeList, TaskList ... */
static int no_swarm_list_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(filters_free) struct filters *filters = NULL;

    (void)reply;
    if (filters_parse(request_query(req, "filters"), NULL, &filters, err) < 0)
        return -1;
    return not_manager(err);
}

/* The body as an object, or as a list. */
static int read_body(struct request *req, json_type wanted, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;

    if (request_json(req, false, &body, err) < 0)
        return -1;
    if (json_typeof(body) != wanted)
        return error_set(err, ERR_INVALID, "invalid JSON: wanted %s",
                         wanted == JSON_ARRAY ? "a list" : "an object");
    *ret = take_ptr(&body);
    return 0;
}

/* ServiceCreate, SwarmUnlock ... */
static int no_swarm_body_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;

    (void)reply;
    if (read_body(req, JSON_OBJECT, &body, err) < 0)
        return -1;
    return not_manager(err);
}

/* NodeUpdate, SwarmUpdate ...: `version` is that of the object, against lost updates. */
static int no_swarm_update_handler(struct request *req, struct reply *reply, struct error *err)
{
    const char *version = request_query(req, "version");
    scoped(json_decref) json_t *body = NULL;
    uint64_t number;

    (void)reply;
    if (read_body(req, JSON_OBJECT, &body, err) < 0)
        return -1;
    if (!version || !str_to_uint64(version, &number))
        return error_set(err, ERR_INVALID, "invalid version '%s'", version ? version : "");
    return not_manager(err);
}

/* ServiceLogs, TaskLogs */
static int no_swarm_logs_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)reply;
    if (!request_query_bool(req, "stdout", false) && !request_query_bool(req, "stderr", false))
        return error_set(err, ERR_SYSTEM, "Bad parameters: you must choose at least one stream");
    return not_manager(err);
}

/* SwarmInit and SwarmJoin: this engine cannot be part of a swarm, and says so. */
static int no_swarm_enter_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    const char *address;

    (void)reply;
    if (read_body(req, JSON_OBJECT, &body, err) < 0)
        return -1;
    address = json_str_at(body, "ListenAddr", "");
    if (!*address)
        return error_set(err, ERR_INVALID, "invalid ListenAddr \"\": invalid empty address");
    return error_set(err, ERR_NOT_IMPLEMENTED, "this engine has no swarm mode");
}

static int swarm_leave_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)req;
    (void)reply;
    return error_set(err, ERR_UNAVAILABLE, "This node is not part of a swarm");
}

/* -- plugins -- */

static int plugin_list_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "enabled", "capability", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    bool enabled;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        filters_bool(filters, "enabled", false, &enabled, err) < 0)
        return -1;
    return reply_json(reply, 200, json_array());
}

static int plugin_missing(const struct request *req, struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "plugin \"%s\" not found", request_param(req, "name"));
}

/* PluginInspect, PluginDelete, PluginDisable ... */
static int no_plugin_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)reply;
    return plugin_missing(req, err);
}

static int plugin_enable_handler(struct request *req, struct reply *reply, struct error *err)
{
    const char *timeout = request_query(req, "timeout");
    int64_t seconds;

    (void)reply;
    if (!timeout || !str_to_int64(timeout, &seconds))
        return error_set(err, ERR_SYSTEM, "invalid timeout \"%s\": a number of seconds is wanted",
                         timeout ? timeout : "");
    return plugin_missing(req, err);
}

/* PluginSet and PluginUpgrade have lists for a body. */
static int no_plugin_body_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;

    (void)reply;
    if (read_body(req, JSON_ARRAY, &body, err) < 0)
        return -1;
    return plugin_missing(req, err);
}

/* GetPluginPrivileges, PluginPull, PluginCreate */
static int no_plugins_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)req;
    (void)reply;
    return error_set(err, ERR_NOT_IMPLEMENTED, "this engine has no plugins");
}

/* -- session -- */

static int session_handler(struct request *req, struct reply *reply, struct error *err)
{
    const char *protocol = request_header(req, "Upgrade");

    (void)reply;
    if (!protocol)
        return error_set(err, ERR_INVALID, "no upgrade proto in request");
    return error_set(err, ERR_INVALID, "protocol %s not supported", protocol);
}

/* clang-format off */
const struct route orchestration_routes[] = {
    { "SwarmInspect",        GET,    "/swarm",                 no_swarm_handler,        0 },
    { "SwarmInit",           POST,   "/swarm/init",            no_swarm_enter_handler,  0 },
    { "SwarmJoin",           POST,   "/swarm/join",            no_swarm_enter_handler,  0 },
    { "SwarmLeave",          POST,   "/swarm/leave",           swarm_leave_handler,     0 },
    { "SwarmUpdate",         POST,   "/swarm/update",          no_swarm_update_handler, 0 },
    { "SwarmUnlockkey",      GET,    "/swarm/unlockkey",       no_swarm_handler,        0 },
    { "SwarmUnlock",         POST,   "/swarm/unlock",          no_swarm_body_handler,   0 },
    { "NodeList",            GET,    "/nodes",                 no_swarm_list_handler,   0 },
    { "NodeInspect",         GET,    "/nodes/{id}",            no_swarm_handler,        0 },
    { "NodeDelete",          DELETE, "/nodes/{id}",            no_swarm_handler,        0 },
    { "NodeUpdate",          POST,   "/nodes/{id}/update",     no_swarm_update_handler, 0 },
    { "ServiceList",         GET,    "/services",              no_swarm_list_handler,   0 },
    { "ServiceCreate",       POST,   "/services/create",       no_swarm_body_handler,   0 },
    { "ServiceInspect",      GET,    "/services/{id}",         no_swarm_handler,        0 },
    { "ServiceDelete",       DELETE, "/services/{id}",         no_swarm_handler,        0 },
    { "ServiceUpdate",       POST,   "/services/{id}/update",  no_swarm_update_handler, 0 },
    { "ServiceLogs",         GET,    "/services/{id}/logs",    no_swarm_logs_handler,   0 },
    { "TaskList",            GET,    "/tasks",                 no_swarm_list_handler,   0 },
    { "TaskInspect",         GET,    "/tasks/{id}",            no_swarm_handler,        0 },
    { "TaskLogs",            GET,    "/tasks/{id}/logs",       no_swarm_logs_handler,   0 },
    { "SecretList",          GET,    "/secrets",               no_swarm_list_handler,   0 },
    { "SecretCreate",        POST,   "/secrets/create",        no_swarm_body_handler,   0 },
    { "SecretInspect",       GET,    "/secrets/{id}",          no_swarm_handler,        0 },
    { "SecretDelete",        DELETE, "/secrets/{id}",          no_swarm_handler,        0 },
    { "SecretUpdate",        POST,   "/secrets/{id}/update",   no_swarm_update_handler, 0 },
    { "ConfigList",          GET,    "/configs",               no_swarm_list_handler,   0 },
    { "ConfigCreate",        POST,   "/configs/create",        no_swarm_body_handler,   0 },
    { "ConfigInspect",       GET,    "/configs/{id}",          no_swarm_handler,        0 },
    { "ConfigDelete",        DELETE, "/configs/{id}",          no_swarm_handler,        0 },
    { "ConfigUpdate",        POST,   "/configs/{id}/update",   no_swarm_update_handler, 0 },
    { "PluginList",          GET,    "/plugins",               plugin_list_handler,     0 },
    { "GetPluginPrivileges", GET,    "/plugins/privileges",    no_plugins_handler,      0 },
    { "PluginPull",          POST,   "/plugins/pull",          no_plugins_handler,      0 },
    { "PluginCreate",        POST,   "/plugins/create",        no_plugins_handler,      0 },
    { "PluginInspect",       GET,    "/plugins/{name...}/json",    no_plugin_handler,      0 },
    { "PluginDelete",        DELETE, "/plugins/{name...}",         no_plugin_handler,      0 },
    { "PluginEnable",        POST,   "/plugins/{name...}/enable",  plugin_enable_handler,  0 },
    { "PluginDisable",       POST,   "/plugins/{name...}/disable", no_plugin_handler,      0 },
    { "PluginUpgrade",       POST,   "/plugins/{name...}/upgrade", no_plugin_body_handler, 0 },
    { "PluginPush",          POST,   "/plugins/{name...}/push",    no_plugin_handler,      0 },
    { "PluginSet",           POST,   "/plugins/{name...}/set",     no_plugin_body_handler, 0 },
    { "Session",             POST,   "/session",               session_handler,         0 },
    { 0 },
};
/* clang-format on */
