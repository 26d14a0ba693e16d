/* api/network.c - tag Network: decode, ask network/ (and container/ for what touches a container), encode. */
#include "api/api.h"

#include "base/filters.h"
#include "base/json.h"
#include "container/container.h"
#include "network/network.h"

#define CONNECT_MAC_SINCE                                                                                    \
    54 /* NetworkConnect, EndpointConfig.MacAddress; before, a running container's is ignored */

static int network_list_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "dangling", "driver", "id",   "label", "label!",
                                         "name",     "scope",  "type", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    json_t *list = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        network_list(request_engine(req)->networks, filters, request_version(req), &list, err) < 0)
        return -1;
    return reply_json(reply, 200, list);
}

static int network_inspect_handler(struct request *req, struct reply *reply, struct error *err)
{
    json_t *network = NULL;

    if (network_inspect(request_engine(req)->networks, request_param(req, "id"),
                        request_query_bool(req, "verbose", false), request_query(req, "scope"),
                        request_version(req), &network, err) < 0)
        return -1;
    return reply_json(reply, 200, network);
}

static int network_create_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    json_t *made = NULL;

    if (request_json(req, false, &body, err) < 0 ||
        network_create(request_engine(req)->networks, body, request_version(req), &made, err) < 0)
        return -1;
    return reply_json(reply, 201, made);
}

static int network_delete_handler(struct request *req, struct reply *reply, struct error *err)
{
    if (network_remove(request_engine(req)->networks, request_param(req, "id"), err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static const struct json_field connect_fields[] = {
    {"Container",                              "string" },
    { "Force",                                 "bool"   },
    { "EndpointConfig",                        "object" },
    { "EndpointConfig.Aliases",                "strings"},
    { "EndpointConfig.Links",                  "strings"},
    { "EndpointConfig.MacAddress",             "string" },
    { "EndpointConfig.IPAMConfig",             "object" },
    { "EndpointConfig.IPAMConfig.IPv4Address", "string" },
    { "EndpointConfig.IPAMConfig.IPv6Address", "string" },
    { "EndpointConfig.DriverOpts",             "map"    },
    { NULL,                                    NULL     },
};

DEFINE_SCOPED(struct container *, container_unref)

static int network_connect_handler(struct request *req, struct reply *reply, struct error *err)
{
    struct engine *engine = request_engine(req);
    scoped(json_decref) json_t *body = NULL;
    scoped(container_unref) struct container *c = NULL;

    if (request_json(req, false, &body, err) < 0 || json_check(body, connect_fields, err) < 0)
        return -1;
    if (container_find(engine->containers, json_str_at(body, "Container", ""), &c, err) < 0 ||
        container_network_connect(c, request_param(req, "id"), json_object_get(body, "EndpointConfig"),
                                  request_version(req) >= CONNECT_MAC_SINCE, err) < 0)
        return -1;
    return reply_empty(reply, 200);
}

static int network_disconnect_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;

    if (request_json(req, false, &body, err) < 0 || json_check(body, connect_fields, err) < 0 ||
        container_network_disconnect(request_engine(req)->containers, json_str_at(body, "Container", ""),
                                     request_param(req, "id"), json_bool_at(body, "Force", false), err) < 0)
        return -1;
    return reply_empty(reply, 200);
}

static int network_prune_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "label", "label!", "until", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    json_t *report = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        network_prune(request_engine(req)->networks, filters, &report, err) < 0)
        return -1;
    return reply_json(reply, 200, report);
}

const struct route network_routes[] = {
    {"NetworkList",       GET, "/networks", network_list_handler, 0 },
    { "NetworkList",        GET, "/networks/", network_list_handler, 0 },
    { "NetworkCreate",                  POST, "/networks/create", network_create_handler, 0 },
    { "NetworkPrune",      POST, "/networks/prune", network_prune_handler, 25 },
    { "NetworkInspect",       GET, "/networks/{id}", network_inspect_handler, 0 },
    { "NetworkDelete",                  DELETE, "/networks/{id}", network_delete_handler, 0 },
    { "NetworkConnect",    POST, "/networks/{id}/connect", network_connect_handler, 0 },
    { "NetworkDisconnect", POST, "/networks/{id}/disconnect", network_disconnect_handler, 0 },
    { 0                 },
};
