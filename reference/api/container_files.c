/* api/container_files.c - tag Container: files in and out, what has changed, the whole as a tar. */
#include <string.h>

#include "api/api.h"
#include "api/container.h"
#include "api/exchange.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/str.h"

static int path_of(struct request *req, const char **ret, struct error *err)
{
    *ret = request_query(req, "path");
    return str_empty(*ret) ? error_set(err, ERR_INVALID, "bad parameter: path cannot be empty") : 0;
}

static void put_stat(struct reply *reply, const json_t *stat)
{
    scoped_free char *text = json_text(stat), *coded = base64_encode(text, strlen(text));

    reply_header(reply, "X-Docker-Container-Path-Stat", coded);
}

int container_archive_info_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped(json_decref) json_t *stat = NULL;
    const char *path;

    if (path_of(req, &path, err) < 0 || find_container(req, &c, err) < 0 ||
        container_path_stat(c, request_param(req, "id"), path, &stat, err) < 0)
        return -1;
    put_stat(reply, stat);
    return reply_empty(reply, 200);
}

static int begin_archive(void *user, const json_t *stat, struct error *err)
{
    put_stat(user, stat);
    return reply_begin(user, 200, "application/x-tar") < 0 ? error_set(err, ERR_CLOSED, "the client is gone")
                                                           : 0;
}

static int send_bytes(void *user, const void *bytes, size_t n, struct error *err)
{
    return reply_write(user, bytes, n, err);
}

int container_archive_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    struct container_archive how = {
        .ref = request_param(req, "id"), .begin = begin_archive, .sink = send_bytes, .user = reply
    };

    if (path_of(req, &how.path, err) < 0 || find_container(req, &c, err) < 0)
        return -1;
    return container_archive(c, &how, err);
}

static ssize_t receive_bytes(void *user, void *bytes, size_t n, struct error *err)
{
    return request_read(user, bytes, n, err);
}

int put_container_archive_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    struct container_extract how = {
        .ref = request_param(req, "id"),
        .no_overwrite_dir_nondir = request_query_bool(req, "noOverwriteDirNonDir", false),
        .copy_uid_gid = request_query_bool(req, "copyUIDGID", false),
        .source = receive_bytes,
        .user = req,
    };

    if (path_of(req, &how.path, err) < 0 || find_container(req, &c, err) < 0 ||
        container_extract(c, &how, err) < 0)
        return -1;
    return reply_empty(reply, 200);
}

/* The answer begins with the first byte, so that what cannot be read at all is still refused. */
static int send_export(void *user, const void *bytes, size_t n, struct error *err)
{
    struct reply *reply = user;

    if (!reply_begun(reply) && reply_begin(reply, 200, "application/octet-stream") < 0)
        return error_set(err, ERR_CLOSED, "the client is gone");
    return reply_write(reply, bytes, n, err);
}

int container_export_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;

    return find_container(req, &c, err) < 0 ? -1 : container_export(c, send_export, reply, err);
}

int container_changes_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    json_t *changes = NULL;

    if (find_container(req, &c, err) < 0 || container_changes(c, &changes, err) < 0)
        return -1;
    return reply_json(reply, 200, changes);
}

/* -- ImageCommit: the container's half of it is here, so the whole is -- */

static int apply_changes(void *user, json_t *config, struct error *err)
{
    return request_changes(user, config, err);
}

int image_commit_handler(struct request *req, struct reply *reply, struct error *err)
{
    const char *ref = request_query(req, "container"), *pause = request_query(req, "pause");
    scoped(container_unref) struct container *c = NULL;
    scoped(json_decref) json_t *body = NULL;
    scoped_free char *id = NULL;
    struct container_commit how = {
        .repo = request_query(req, "repo"),
        .tag = request_query(req, "tag"),
        .comment = request_query(req, "comment"),
        .author = request_query(req, "author"),
        .engine_version = ENGINE_VERSION,
        .pause = str_empty(pause) || request_query_bool(req, "pause", true),
        .change = apply_changes,
        .user = req,
    };

    if (request_json(req, true, &body, err) < 0 || container_commit_check(&how, err) < 0)
        return -1;
    how.config = body;
    if (str_empty(ref))
        return error_set(err, ERR_INVALID, "invalid container name or ID: value is empty");
    if (container_find(request_engine(req)->containers, ref, &c, err) < 0 ||
        container_commit(c, &how, &id, err) < 0)
        return -1;
    return reply_json(reply, 201, json_pack("{s:s}", "Id", id));
}
