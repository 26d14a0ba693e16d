/* api/container.c - tag Container: decode, ask container/, encode. What carries a stream is in container_stream.c. */
#include "api/api.h"

#include <stdio.h>
#include <string.h>

#include "api/container.h"
#include "base/filters.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

int find_container(struct request *req, struct container **ret, struct error *err)
{
    return container_find(request_engine(req)->containers, request_param(req, "id"), ret, err);
}

/* -- create, inspect, list -- */

static int container_create_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    scoped_free char *id = NULL;
    struct container_create create = {
        .name = request_query(req, "name"),
        .platform = request_query(req, "platform"),
        .api_version = request_version(req),
    };
    json_t *warnings = NULL;

    if (request_json(req, false, &body, err) < 0)
        return -1;
    create.body = body;
    if (container_create(request_engine(req)->containers, &create, &id, &warnings, err) < 0)
        return -1;
    return reply_json(reply, 201, json_pack("{s:s, s:o}", "Id", id, "Warnings", warnings));
}

static int container_inspect_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    json_t *body = NULL;

    if (find_container(req, &c, err) < 0 ||
        container_inspect(c, request_query_bool(req, "size", false), request_version(req), &body, err) < 0)
        return -1;
    return reply_json(reply, 200, body);
}

static int number(struct request *req, const char *name, int64_t otherwise, int64_t *ret, struct error *err)
{
    const char *text = request_query(req, name);

    *ret = otherwise;
    if (str_empty(text) || str_to_int64(text, ret))
        return 0;
    return error_set(err, ERR_SYSTEM, "strconv.Atoi: parsing \"%s\": invalid syntax", text);
}

static int container_list_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "ancestor", "before",    "exited", "expose", "health",  "id",
                                         "is-task",  "isolation", "label",  "name",   "network", "publish",
                                         "since",    "status",    "volume", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    struct container_list_query query = {
        .all = request_query_bool(req, "all", false),
        .size = request_query_bool(req, "size", false),
        .api_version = request_version(req),
    };
    json_t *body = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        number(req, "limit", 0, &query.limit, err) < 0)
        return -1;
    query.filters = filters;
    if (container_list(request_engine(req)->containers, &query, &body, err) < 0)
        return -1;
    return reply_json(reply, 200, body);
}

static int container_top_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    json_t *body = NULL;

    if (find_container(req, &c, err) < 0 || container_top(c, request_query(req, "ps_args"), &body, err) < 0)
        return -1;
    return reply_json(reply, 200, body);
}

/* -- moves -- */

static int container_start_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;

    if (request_has_body(
            req)) /* a HostConfig here was taken until 1.24 and would be ignored now: ContainerStart.body */
        return error_set(err, ERR_INVALID,
                         "starting container with non-empty request body was deprecated since API v1.22 and "
                         "removed in v1.24");
    if (find_container(req, &c, err) < 0 || container_start(c, err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

/* ?signal= counts from 1.42 on; ?t= is NULL when it is not there. */
static int stop_arguments(struct request *req, const char **signal, int64_t *seconds, int64_t **timeout,
                          struct error *err)
{
    *signal = request_version(req) >= 42 ? request_query(req, "signal") : NULL;
    *timeout = str_empty(request_query(req, "t")) ? NULL : seconds;
    return number(req, "t", 0, seconds, err);
}

static int container_stop_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    const char *signal;
    int64_t seconds, *timeout;

    if (stop_arguments(req, &signal, &seconds, &timeout, err) < 0 || find_container(req, &c, err) < 0 ||
        container_stop(c, signal, timeout, err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int container_restart_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    const char *signal;
    int64_t seconds, *timeout;

    if (stop_arguments(req, &signal, &seconds, &timeout, err) < 0 || find_container(req, &c, err) < 0 ||
        container_restart(c, signal, timeout, err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int container_kill_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;

    if (container_signal_check(request_param(req, "id"), request_query(req, "signal"), err) < 0 ||
        find_container(req, &c, err) < 0 || container_kill(c, request_query(req, "signal"), err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int container_pause_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;

    if (find_container(req, &c, err) < 0 || container_pause(c, err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int container_unpause_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;

    if (find_container(req, &c, err) < 0 || container_unpause(c, err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int container_rename_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    const char *name = request_query(req, "name");

    if (str_empty(name))
        return error_set(err, ERR_INVALID, "Neither old nor new names may be empty");
    if (find_container(req, &c, err) < 0 || container_rename(c, name, err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int container_delete_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    struct container_remove how = {
        .force = request_query_bool(req, "force", false),
        .volumes = request_query_bool(req, "v", false),
        .link = request_query_bool(req, "link", false),
    };

    scoped_free char *id = xstrdup(request_param(req, "id"));
    char *alias = how.link ? strrchr(id, '/') : NULL;

    if (alias) { /* NAME/ALIAS is a link, not a container */
        *alias++ = '\0';
        if (container_find(request_engine(req)->containers, id, &c, err) < 0 ||
            container_unlink(c, alias, err) < 0)
            return -1;
    } else if (find_container(req, &c, err) < 0 || container_remove(c, &how, err) < 0) {
        return -1;
    }
    return reply_empty(reply, 204);
}

static int container_prune_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "label", "label!", "until", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    json_t *body = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        container_prune(request_engine(req)->containers, filters, &body, err) < 0)
        return -1;
    return reply_json(reply, 200, body);
}

static int container_update_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped(json_decref) json_t *body = NULL;
    json_t *warnings = NULL;

    if (request_json(req, false, &body, err) < 0 || find_container(req, &c, err) < 0 ||
        container_update(c, body, request_version(req), &warnings, err) < 0)
        return -1;
    return reply_json(reply, 200, json_pack("{s:o}", "Warnings", warnings));
}

int size_arguments(struct request *req, uint16_t *rows, uint16_t *cols, struct error *err)
{
    const char *h = request_query(req, "h"), *w = request_query(req, "w");
    int64_t height, width;

    if (str_empty(h) || !str_to_int64(h, &height) || height < 0 || height > UINT16_MAX)
        return error_set(err, ERR_INVALID, "invalid resize height \"%s\": invalid syntax", h ? h : "");
    if (str_empty(w) || !str_to_int64(w, &width) || width < 0 || width > UINT16_MAX)
        return error_set(err, ERR_INVALID, "invalid resize width \"%s\": invalid syntax", w ? w : "");
    *rows = (uint16_t)height;
    *cols = (uint16_t)width;
    return 0;
}

static int container_resize_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    uint16_t rows, cols;

    if (size_arguments(req, &rows, &cols, err) < 0 || find_container(req, &c, err) < 0 ||
        container_resize(c, rows, cols, err) < 0)
        return -1;
    return reply_empty(reply, 200);
}

const struct route container_routes[] = {
    {"ContainerList",               GET, "/containers/json", container_list_handler, 0 },
    { "ContainerCreate",           POST, "/containers/create", container_create_handler, 0 },
    { "ContainerPrune",                            POST, "/containers/prune", container_prune_handler, 25 },
    { "ContainerInspect",            GET, "/containers/{id...}/json", container_inspect_handler, 0 },
    { "ContainerTop",         GET, "/containers/{id...}/top", container_top_handler, 0 },
    { "ContainerLogs",                            GET, "/containers/{id...}/logs", container_logs_handler, 0 },
    { "ContainerStats",             GET, "/containers/{id...}/stats", container_stats_handler, 0 },
    { "ContainerResize",          POST, "/containers/{id...}/resize", container_resize_handler, 0 },
    { "ContainerStart",                           POST, "/containers/{id...}/start", container_start_handler, 0 },
    { "ContainerStop",           POST, "/containers/{id...}/stop", container_stop_handler, 0 },
    { "ContainerRestart",   POST, "/containers/{id...}/restart", container_restart_handler, 0 },
    { "ContainerKill",                            POST, "/containers/{id...}/kill", container_kill_handler, 0 },
    { "ContainerUpdate",               POST, "/containers/{id...}/update", container_update_handler, 0 },
    { "ContainerRename",    POST, "/containers/{id...}/rename", container_rename_handler, 0 },
    { "ContainerPause",                            POST, "/containers/{id...}/pause", container_pause_handler, 0 },
    { "ContainerUnpause",              POST, "/containers/{id...}/unpause", container_unpause_handler, 0 },
    { "ContainerAttach",   POST, "/containers/{id...}/attach", container_attach_handler, 0 },
    { "ContainerAttachWebsocket",                            GET, "/containers/{id...}/attach/ws", container_attach_websocket_handler,
     0 },
    { "ContainerWait",             POST, "/containers/{id...}/wait", container_wait_handler, 0 },
    { "ContainerArchive",  GET, "/containers/{id...}/archive", container_archive_handler, 0 },
    { "ContainerArchiveInfo",                            HEAD, "/containers/{id...}/archive", container_archive_info_handler, 0 },
    { "PutContainerArchive",            PUT, "/containers/{id...}/archive", put_container_archive_handler, 0 },
    { "ContainerChanges", GET, "/containers/{id...}/changes", container_changes_handler, 0 },
    { "ContainerExport",                            GET, "/containers/{id...}/export", container_export_handler, 0 },
    { "ContainerDelete",             DELETE, "/containers/{id...}", container_delete_handler, 0 },
    { 0 },
};
