/* api/exchange.c - see exchange.h. */
#include "api/exchange.h"

#include <string.h>

#include "api/api.h"
#include "base/filters.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"
#include "build/build.h"
#include "image/exchange.h"
#include "registry/credentials.h"
#include "registry/search.h"

#define PULL_PLATFORM_SINCE 32
#define PUSH_PLATFORM_SINCE 46

/* -- the stream of what happens -- */

/* The answer begins with the first message, so that what fails before is an answer with a status. */
static int send_message(void *user, json_t *message, struct error *err)
{
    struct reply *reply = user;

    if (!reply_begun(reply) && reply_begin(reply, 200, "application/json") < 0) {
        json_decref(message);
        return error_set(err, ERR_CLOSED, "the client is gone");
    }
    return reply_write_json(reply, message, err);
}

static int end_stream(struct reply *reply, int result, struct error *err)
{
    json_t *text;

    if (result == 0 || !reply_begun(reply) || err->kind == ERR_CLOSED)
        return result;
    text = json_string(err->text);
    if (!text)
        text = json_string("what came is damaged"); /* its own bytes were part of the text */
    return reply_write_json(reply, json_pack("{s:{s:O}, s:o}", "errorDetail", "message", text, "error", text),
                            err);
}

/* A header that cannot be read stands for nobody: so does a Docker Engine. */
static struct credentials *who_asks(struct request *req)
{
    struct credentials *who = NULL;

    if (credentials_parse(request_header(req, "X-Registry-Auth"), &who, NULL) < 0)
        credentials_parse(NULL, &who, NULL);
    return who;
}

static const struct strv *insecure(struct request *req)
{
    return request_engine(req)->insecure_registries;
}

int request_changes(struct request *req, json_t *config, struct error *err)
{
    scoped_strv changes = { 0 };

    for (size_t i = 0; i < request_query_count(req, "changes"); i++)
        strv_add(&changes, request_query_nth(req, "changes", i));
    return build_changes(config, &changes, err);
}

/* -- ImageCreate -- */

static ssize_t receive(void *user, void *bytes, size_t n, struct error *err)
{
    return request_read(user, bytes, n, err);
}

static int import(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *config = json_object();
    struct import what = { .repo = request_query(req, "repo"),
                           .tag = request_query(req, "tag"),
                           .message = request_query(req, "message"),
                           .platform = request_version(req) >= PULL_PLATFORM_SINCE
                                           ? request_query(req, "platform")
                                           : NULL,
                           .source = "-",
                           .config = config,
                           .engine_version = ENGINE_VERSION };
    char id[72];

    if (!str_eq(request_query(req, "fromSrc"), "-"))
        return error_set(err, ERR_SYSTEM, "only a body is imported (fromSrc=-), nothing from an address");
    if (request_changes(req, config, err) < 0)
        return -1;
    if (image_import(request_engine(req)->images, &what, receive, req, id, err) < 0)
        return -1;
    return send_message(reply, json_pack("{s:s}", "status", id), err);
}

int image_create_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(credentials_free) struct credentials *who = NULL;
    struct exchange with = { .insecure = insecure(req), .say = send_message, .user = reply };
    const char *platform =
        request_version(req) >= PULL_PLATFORM_SINCE ? request_query(req, "platform") : NULL;

    if (str_empty(request_query(req, "fromImage")))
        return import(req, reply, err);
    with.who = who = who_asks(req);
    return end_stream(reply,
                      image_pull(request_engine(req)->images, request_query(req, "fromImage"),
                                 request_query(req, "tag"), platform, &with, err),
                      err);
}

/* -- ImagePush -- */

int image_push_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(credentials_free) struct credentials *who = who_asks(req);
    scoped(json_decref) json_t *platforms = NULL;
    struct exchange with = { .who = who, .insecure = insecure(req), .say = send_message, .user = reply };

    if (image_platforms(req, "platform", PUSH_PLATFORM_SINCE, &platforms, err) < 0)
        return -1;
    return end_stream(reply,
                      image_push(request_engine(req)->images, request_param(req, "name"),
                                 request_query(req, "tag"), platforms, &with, err),
                      err);
}

/* -- ImageSearch -- */

static int read_stars(const struct filters *filters, int64_t *ret, struct error *err)
{
    int64_t stars;

    for (size_t i = 0; i < filters_count(filters, "stars"); i++) {
        if (!str_to_int64(filters_value(filters, "stars", i), &stars))
            return error_set(err, ERR_INVALID, "invalid filter 'stars=%s'",
                             filters_value(filters, "stars", i));
        *ret = stars > *ret ? stars : *ret;
    }
    return 0;
}

static int search_limit(struct request *req, int *ret, struct error *err)
{
    const char *text = request_query(req, "limit");
    int64_t limit = 0;

    if (!str_empty(text) && !str_to_int64(text, &limit))
        return error_set(err, ERR_INVALID, "invalid limit specified: '%s' is no number", text);
    if (limit < 0 || limit > SEARCH_LIMIT_MAX)
        return error_set(err, ERR_INVALID, "limit %lld is outside the range of [1, %d]", (long long)limit,
                         SEARCH_LIMIT_MAX);
    *ret = limit ? (int)limit : SEARCH_LIMIT_DEFAULT;
    return 0;
}

int image_search_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "is-automated", "is-official", "stars", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    scoped(credentials_free) struct credentials *who = who_asks(req);
    bool official = false, automated = false, by_official;
    int64_t stars = 0;
    int limit = SEARCH_LIMIT_DEFAULT;
    json_t *found = NULL;

    if (filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        filters_bool(filters, "is-official", false, &official, err) < 0 ||
        filters_bool(filters, "is-automated", false, &automated, err) < 0 ||
        read_stars(filters, &stars, err) < 0 || search_limit(req, &limit, err) < 0)
        return -1;
    if (automated) /* nothing is any more */
        return reply_json(reply, 200, json_array());
    if (registry_search(request_query(req, "term") ? request_query(req, "term") : "", limit, who,
                        insecure(req), &found, err) < 0)
        return -1;
    by_official = filters_count(filters, "is-official") > 0;
    for (size_t i = json_array_size(found); i-- > 0;) {
        const json_t *one = json_array_get(found, i);

        if (json_integer_value(json_object_get(one, "star_count")) < stars ||
            (by_official && json_is_true(json_object_get(one, "is_official")) != official))
            json_array_remove(found, i);
    }
    return reply_json(reply, 200, found);
}
