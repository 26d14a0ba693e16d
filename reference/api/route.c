/* api/route.c - from a request to its handler, and from an error to its answer.
 *
 * The tables of the tags are searched in order, as dockerd does: at most a hundred short comparisons for a request that will
 * cost a thousand times that. Only a path that is known gets the headers that name the engine (Docker 20.10 to 28.5). */
#include "api/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/tables.h"
#include "api/version.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

static const char *const method_names[] = { "GET", "HEAD", "POST", "PUT", "DELETE" };

static bool fits_from(const char *pattern, const char *path, struct route_match *ret);

/* `pattern` begins with {name} or {name...}. Tries the shortest value first and lets it grow: patterns have two names at most, so this stays linear enough. */
static bool value_fits(const char *pattern, const char *path, struct route_match *ret)
{
    const char *close = strchr(pattern, '}');
    bool slashes = close - pattern > 4 && strncmp(close - 3, "...", 3) == 0;
    unsigned long name_length = (unsigned long)(close - pattern - 1) - (slashes ? 3 : 0);
    unsigned slot = ret->count++;

    snprintf(ret->params[slot].name, sizeof(ret->params[slot].name), "%.*s", (int)name_length, pattern + 1);
    ret->params[slot].at = path;
    for (unsigned long n = 1; path[n - 1] && (slashes || path[n - 1] != '/'); n++) {
        ret->params[slot].length = n;
        if (fits_from(close + 1, path + n, ret))
            return true;
        ret->count = slot + 1;
    }
    ret->count = slot;
    return false;
}

static bool fits_from(const char *pattern, const char *path, struct route_match *ret)
{
    while (*pattern && *pattern != '{') {
        if (*pattern++ != *path++)
            return false;
    }
    if (!*pattern)
        return *path == '\0';
    return value_fits(pattern, path, ret);
}

bool route_fits(const char *pattern, const char *path, struct route_match *ret)
{
    ret->count = 0;
    return fits_from(pattern, path, ret);
}

const struct route *route_find(const struct route *const *tables, const char *method, const char *path,
                               struct route_match *ret)
{
    for (; *tables; tables++)
        for (const struct route *r = *tables; r->path; r++)
            if (strcmp(method_names[r->method], method) == 0 && route_fits(r->path, path, ret))
                return r;
    return NULL;
}

char *route_clean(const char *path)
{
    char *clean = path_clean(path);
    char *with_slash;

    if (!str_ends(path, "/") || str_eq(clean, "/"))
        return clean;
    with_slash = xasprintf("%s/", clean);
    free(clean);
    return with_slash;
}

/* -- the server's functions -- */

struct engine *request_engine(const struct request *req)
{
    return request_user(req);
}

int request_version(const struct request *req)
{
    return version_minor(request_param(req, "version"));
}

static void add_engine_headers(struct reply *reply)
{
    reply_header(reply, "Api-Version", API_VERSION_MAX);
    reply_header(reply, "Docker-Experimental", "false");
    reply_header(reply, "Ostype", "linux");
    reply_header(reply, "Server", ENGINE_NAME "/" ENGINE_VERSION " (linux)");
}

static int redirect(struct reply *reply, const char *path)
{
    reply_header(reply, "Location", path);
    return reply_empty(reply, 301);
}

static int check_query(const struct request *req, struct error *err)
{
    const char *wrong = request_query_wrong(req);

    return wrong ? error_set(err, ERR_INVALID, "invalid URL escape \"%s\"", wrong) : 0;
}

static void set_params(struct request *req, const struct route_match *match, const char *version)
{
    request_set_param(req, "version", version[0] ? version : API_VERSION_MAX);
    for (unsigned i = 0; i < match->count; i++) {
        scoped_free char *value = xstrndup(match->params[i].at, match->params[i].length);

        request_set_param(req, match->params[i].name, value);
    }
}

int api_handle(struct request *req, struct reply *reply, struct error *err)
{
    scoped_free char *clean = route_clean(request_path(req));
    char version[32];
    const char *path = version_split(request_path(req), version, sizeof(version));
    const struct route *route;
    struct route_match match = { .count = 0 };
    bool options = str_eq(request_method(req), "OPTIONS");

    if (!str_eq(clean, request_path(req)))
        return redirect(reply, clean);
    route = route_find(route_tables, request_method(req), path, &match);
    if (!route && !options)
        return error_set(err, ERR_NOT_FOUND, "page not found");
    add_engine_headers(reply);
    if (version[0] && version_check(version, err) < 0)
        return -1;
    if (options)
        return reply_empty(reply, 200);
    set_params(req, &match, version);
    if (request_version(req) < route->since)
        return error_set(err, ERR_INVALID,
                         "%s %s requires API version 1.%d, but the Docker daemon API version is %s",
                         request_method(req), path, route->since, request_param(req, "version"));
    if (check_query(req, err) < 0)
        return -1;
    return route->handler(req, reply, err);
}

void api_fail(struct request *req, struct reply *reply, const struct error *err)
{
    int status = status_of(err->kind);

    if (status >= 500)
        log_error("%s %s: %s", request_method(req), request_path(req), err->text);
    if (status == 304) {
        reply_empty(reply, status);
        return;
    }
    reply_json(reply, status, json_pack("{s:o}", "message", json_string_lossy(err->text, strlen(err->text))));
}
