/* api/image.c - the operations of the tag Image, but for those that make images otherwise than by loading them. */
#include "api/api.h"
#include "api/container.h"

#include <string.h>

#include "api/exchange.h"
#include "base/filters.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/store.h"

DEFINE_SCOPED(struct image *, image_unref)

#define SHARED_SIZE_SINCE       42 /* ImageList, shared-size */
#define PLATFORM_SINCE          48 /* ImageGet, ImageGetAll, ImageLoad, ImageHistory */
#define INSPECT_PLATFORM_SINCE  49
#define DELETE_PLATFORMS_SINCE  50
#define SEVERAL_PLATFORMS_SINCE 52 /* ImageGet, ImageGetAll, ImageLoad */
#define IDENTITY_SINCE          54 /* ImageList */

int image_platforms(struct request *req, const char *name, int since, json_t **ret, struct error *err)
{
    size_t count = request_version(req) >= since ? request_query_count(req, name) : 0;
    scoped(json_decref) json_t *list = json_array();

    if (count > 1 && str_eq(name, "platform") && request_version(req) < SEVERAL_PLATFORMS_SINCE)
        return error_set(err, ERR_INVALID, "multiple platform parameters not supported");
    for (size_t i = 0; i < count; i++) {
        const char *text = request_query_nth(req, name, i);
        json_t *platform = NULL;

        if (str_empty(text) && str_eq(name, "platform"))
            continue;
        if (image_platform_parse(text ? text : "", &platform, err) < 0)
            return -1;
        json_array_append_new(list, platform);
    }
    *ret = take_ptr(&list);
    return 0;
}

/* Reads them, and refuses an image that is for none of them. */
static int check_platforms(struct request *req, const char *name, int since, struct error *err)
{
    scoped(json_decref) json_t *platforms = NULL;

    return image_platforms(req, name, since, &platforms, err) < 0
               ? -1
               : image_platform_check(request_engine(req)->images, request_param(req, "name"), platforms,
                                      err);
}

static int image_list_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "before", "dangling", "label", "reference", "since", "until", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    struct image_list_query query = { .api_version = request_version(req) };
    json_t *list = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0)
        return -1;
    if (query.api_version >= IDENTITY_SINCE && request_query_bool(req, "identity", false) &&
        !request_query_bool(req, "manifests", false))
        return error_set(err, ERR_INVALID, "conflicting options: identity requires manifests");
    query.filters = filters;
    query.all = request_query_bool(req, "all", false);
    query.digests = request_query_bool(req, "digests", false);
    query.shared_size =
        query.api_version >= SHARED_SIZE_SINCE && request_query_bool(req, "shared-size", false);
    if (image_list(request_engine(req)->images, &query, &list, err) < 0)
        return -1;
    return reply_json(reply, 200, list);
}

static int image_inspect_handler(struct request *req, struct reply *reply, struct error *err)
{
    json_t *image = NULL;

    if (request_version(req) >= INSPECT_PLATFORM_SINCE && !str_empty(request_query(req, "platform")) &&
        request_query_bool(req, "manifests", false))
        return error_set(err, ERR_INVALID,
                         "conflicting options: manifests and platform options cannot both be set");
    if (check_platforms(req, "platform", INSPECT_PLATFORM_SINCE, err) < 0 ||
        image_inspect(request_engine(req)->images, request_param(req, "name"), request_version(req), &image,
                      err) < 0)
        return -1;
    return reply_json(reply, 200, image);
}

static int image_history_handler(struct request *req, struct reply *reply, struct error *err)
{
    json_t *history = NULL;

    if (check_platforms(req, "platform", PLATFORM_SINCE, err) < 0 ||
        image_history(request_engine(req)->images, request_param(req, "name"), &history, err) < 0)
        return -1;
    return reply_json(reply, 200, history);
}

static int image_tag_handler(struct request *req, struct reply *reply, struct error *err)
{
    if (image_tag(request_engine(req)->images, request_param(req, "name"), request_query(req, "repo"),
                  request_query(req, "tag"), err) < 0)
        return -1;
    return reply_empty(reply, 201);
}

static int image_delete_handler(struct request *req, struct reply *reply, struct error *err)
{
    json_t *steps = NULL;

    if (check_platforms(req, "platforms", DELETE_PLATFORMS_SINCE, err) < 0 ||
        image_delete(request_engine(req)->images, request_param(req, "name"),
                     request_query_bool(req, "force", false), request_query_bool(req, "noprune", false),
                     &steps, err) < 0)
        return -1;
    return reply_json(reply, 200, steps);
}

static int image_prune_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "dangling", "label", "label!", "until", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    json_t *report = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        image_prune(request_engine(req)->images, filters, &report, err) < 0)
        return -1;
    return reply_json(reply, 200, report);
}

/* -- archives -- */

/* The answer begins with the first byte, so that an image that is not there is still a 404. */
static int send_archive(void *user, const void *bytes, size_t n, struct error *err)
{
    struct reply *reply = user;

    if (!reply_begun(reply) && reply_begin(reply, 200, "application/x-tar") < 0)
        return error_set(err, ERR_CLOSED, "the client is gone");
    return reply_write(reply, bytes, n, err);
}

/* A platform that an image is not for is not in what is saved, which is no fault of the client's: 500. */
static int save(struct request *req, struct reply *reply, const struct strv *names, struct error *err)
{
    struct image_store *images = request_engine(req)->images;
    scoped(json_decref) json_t *platforms = NULL;

    if (image_platforms(req, "platform", PLATFORM_SINCE, &platforms, err) < 0)
        return -1;
    for (size_t i = 0; i < names->count && json_array_size(platforms); i++) {
        scoped(image_unref) struct image *image = NULL;

        if (image_store_find(images, names->items[i], &image, err) < 0)
            return -1;
        if (image_platform_check(images, names->items[i], platforms, err) < 0)
            return error_as(err, ERR_SYSTEM);
    }
    return image_save(images, names, send_archive, reply, err);
}

static int image_get_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped_strv names = { 0 };

    strv_add(&names, request_param(req, "name"));
    return save(req, reply, &names, err);
}

static int image_get_all_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped_strv names = { 0 };

    for (size_t i = 0; i < request_query_count(req, "names"); i++)
        strv_add(&names, request_query_nth(req, "names", i));
    return save(req, reply, &names, err);
}

struct load_stream {
    struct reply *reply;
    bool quiet;
};

static ssize_t receive_archive(void *user, void *bytes, size_t n, struct error *err)
{
    return request_read(user, bytes, n, err);
}

static int send_message(void *user, json_t *message, struct error *err)
{
    struct load_stream *s = user;

    if (s->quiet && json_object_get(message, "status")) {
        json_decref(message);
        return 0;
    }
    return reply_write_json(s->reply, message, err);
}

/* The answer has begun by the time that something is found to be wrong with the archive: it is said in the stream. */
static int send_load_error(struct reply *reply, const struct error *failure, struct error *err)
{
    json_t *text = json_string(failure->text);

    if (!text)
        text = json_string("the archive is damaged"); /* its own bytes were part of the text */
    return reply_write_json(reply, json_pack("{s:{s:O}, s:o}", "errorDetail", "message", text, "error", text),
                            err);
}

static int image_load_handler(struct request *req, struct reply *reply, struct error *err)
{
    struct load_stream stream = { reply, request_query_bool(req, "quiet", true) };
    scoped(json_decref) json_t *platforms = NULL;
    struct error failure = { 0 };

    if (image_platforms(req, "platform", PLATFORM_SINCE, &platforms, err) < 0)
        return -1;
    if (reply_begin(reply, 200, "application/json") < 0)
        return error_set(err, ERR_CLOSED, "the client is gone");
    if (image_load_for(request_engine(req)->images, platforms, receive_archive, req, send_message, &stream,
                       &failure) == 0)
        return reply_flush(reply, err);
    return send_load_error(reply, &failure, err);
}

/* clang-format off */
const struct route image_routes[] = {
    { "ImageList",    GET,    "/images/json",             image_list_handler,    0 },
    { "ImageCreate",  POST,   "/images/create",           image_create_handler,  0 },
    { "ImageSearch",  GET,    "/images/search",           image_search_handler,  0 },
    { "ImageGetAll",  GET,    "/images/get",              image_get_all_handler, 0 },
    { "ImageGet",     GET,    "/images/{name...}/get",    image_get_handler,     0 },
    { "ImageHistory", GET,    "/images/{name...}/history", image_history_handler, 0 },
    { "ImageInspect", GET,    "/images/{name...}/json",   image_inspect_handler, 0 },
    { "ImageLoad",    POST,   "/images/load",             image_load_handler,    0 },
    { "ImagePrune",   POST,   "/images/prune",            image_prune_handler,   25 },
    { "ImageCommit",  POST,   "/commit",                  image_commit_handler,  0 },
    { "ImagePush",    POST,   "/images/{name...}/push",   image_push_handler,    0 },
    { "ImageTag",     POST,   "/images/{name...}/tag",    image_tag_handler,     0 },
    { "ImageDelete",  DELETE, "/images/{name...}",        image_delete_handler,  0 },
    { 0 },
};
/* clang-format on */
