/* api/volume.c - tag Volume: decode, ask volume/, encode. */
#include "api/api.h"

#include "base/filters.h"
#include "base/json.h"
#include "volume/volume.h"

static int volume_list_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "dangling", "name", "driver", "label", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    json_t *list = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        volume_list(request_engine(req)->volumes, filters, &list, err) < 0)
        return -1;
    return reply_json(reply, 200, list);
}

static int volume_create_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    json_t *made = NULL;

    if (request_json(req, false, &body, err) < 0 ||
        volume_create(request_engine(req)->volumes, body, &made, err) < 0)
        return -1;
    return reply_json(reply, 201, made);
}

static int volume_inspect_handler(struct request *req, struct reply *reply, struct error *err)
{
    json_t *volume = NULL;

    if (volume_inspect(request_engine(req)->volumes, request_param(req, "name"), &volume, err) < 0)
        return -1;
    return reply_json(reply, 200, volume);
}

/* Only cluster volumes can be updated, and they need a swarm. */
static int volume_update_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)req;
    (void)reply;
    return error_set(err, ERR_UNAVAILABLE,
                     "volume update only valid for cluster volumes, but swarm is unavailable");
}

static int volume_delete_handler(struct request *req, struct reply *reply, struct error *err)
{
    if (volume_remove(request_engine(req)->volumes, request_param(req, "name"),
                      request_query_bool(req, "force", false), err) < 0)
        return -1;
    return reply_empty(reply, 204);
}

static int volume_prune_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "label", "label!", "all", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    json_t *report = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        volume_prune(request_engine(req)->volumes, filters, request_version(req), &report, err) < 0)
        return -1;
    return reply_json(reply, 200, report);
}

const struct route volume_routes[] = {
    {"VolumeList",       GET, "/volumes", volume_list_handler, 0 },
    { "VolumeCreate",        POST, "/volumes/create", volume_create_handler, 0 },
    { "VolumeInspect",                 GET, "/volumes/{name}", volume_inspect_handler, 0 },
    { "VolumeUpdate",    PUT, "/volumes/{name}", volume_update_handler, 42 },
    { "VolumeDelete", DELETE, "/volumes/{name}", volume_delete_handler, 0 },
    { "VolumePrune",                 POST, "/volumes/prune", volume_prune_handler, 25 },
    { 0  },
};
