/* report/har.c - every exchange in HTTP Archive form (HAR 1.2), for the tools that show, filter and repeat such: a page is a case, its
 * title begins with the verdict.
 *
 * A result does not say when an exchange began, only how long it took: all of them carry the run's begin, in their order. */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/memory.h"
#include "report/result.h"

static json_t *pairs(const json_t *headers)
{
    json_t *ret = json_array();
    const json_t *pair;
    size_t i;

    must_have(ret);
    json_array_foreach (headers, i, pair)
        json_array_append_new(
            ret, json_pack("{s:O, s:O}", "name", json_array_get(pair, 0), "value", json_array_get(pair, 1)));
    return ret;
}

static const char *header(const json_t *headers, const char *name)
{
    const json_t *pair;
    size_t i;

    json_array_foreach (headers, i, pair)
        if (strcasecmp(json_string_value(json_array_get(pair, 0)), name) == 0)
            return json_string_value(json_array_get(pair, 1));
    return "";
}

/* As they stand in the path, still escaped: what was sent is what is shown. */
static json_t *query(const char *path)
{
    json_t *ret = json_array();
    const char *at = strchr(path, '?');

    must_have(ret);
    while (at && *++at) {
        size_t length = strcspn(at, "&"), name = strcspn(at, "=&"), value = name < length ? name + 1 : length;
        json_array_append_new(
            ret, json_pack("{s:s%, s:s%}", "name", at, name, "value", at + value, length - value));
        at = at[length] ? at + length : NULL;
    }
    return ret;
}

/* A Unix socket has no name in a URL: the host of the Host header stands for it. */
static char *url_of(const json_t *exchange)
{
    const char *host = header(value_at(exchange, "request_headers"), "Host");

    return must_format("http://%s%s", host[0] ? host : "localhost", text_at(exchange, "path"));
}

static json_t *request_of(const json_t *exchange)
{
    const json_t *headers = value_at(exchange, "request_headers");
    char *url = url_of(exchange);
    json_t *ret = json_pack("{s:s, s:s, s:s, s:[], s:o, s:o, s:i, s:I}", "method",
                            text_at(exchange, "method"), "url", url, "httpVersion", "HTTP/1.1", "cookies",
                            "headers", pairs(headers), "queryString", query(text_at(exchange, "path")),
                            "headersSize", -1, "bodySize", (json_int_t)number_at(exchange, "request_size"));

    free(url);
    must_have(ret);
    if (json_is_string(value_at(exchange, "request_body")))
        json_object_set_new(ret, "postData",
                            json_pack("{s:s, s:s}", "mimeType", header(headers, "Content-Type"), "text",
                                      text_at(exchange, "request_body")));
    return ret;
}

static json_t *response_of(const json_t *exchange)
{
    const json_t *headers = value_at(exchange, "headers");
    json_int_t size = (json_int_t)number_at(exchange, "size");
    json_t *ret =
        json_pack("{s:i, s:s, s:s, s:[], s:o, s:{s:I, s:s, s:s}, s:s, s:i, s:I}", "status",
                  (int)number_at(exchange, "status"), "statusText", text_at(exchange, "reason"),
                  "httpVersion", "HTTP/1.1", "cookies", "headers", pairs(headers), "content", "size", size,
                  "mimeType", header(headers, "Content-Type"), "text", text_at(exchange, "body"),
                  "redirectURL", header(headers, "Location"), "headersSize", -1, "bodySize", size);

    must_have(ret);
    if (text_at(exchange, "error")[0])
        json_object_set_new(ret, "_error", text_new(text_at(exchange, "error")));
    return ret;
}

static json_t *entry_of(const json_t *exchange, const char *page, const char *started)
{
    double ms = number_at(exchange, "ms");
    json_t *ret =
        json_pack("{s:s, s:s, s:f, s:o, s:o, s:{}, s:{s:i, s:f, s:i}}", "pageref", page, "startedDateTime",
                  started, "time", ms, "request", request_of(exchange), "response", response_of(exchange),
                  "cache", "timings", "send", 0, "wait", ms, "receive", 0);

    must_have(ret);
    return ret;
}

void view_har(const json_t *result, FILE *out)
{
    const char *started = text_at(result, "run.started");
    json_t *pages = json_array(), *entries = json_array(), *har;
    const json_t *one, *exchange;
    size_t i, j;

    json_array_foreach (value_at(result, "cases"), i, one) {
        char *page = must_format("case_%zu", i + 1),
             *title = must_format("%s %s", text_at(one, "verdict"), text_at(one, "id"));
        json_array_append_new(pages, json_pack("{s:s, s:s, s:s, s:{}, s:s}", "id", page, "title", title,
                                               "startedDateTime", started, "pageTimings", "comment",
                                               case_message(one)));
        json_array_foreach (value_at(one, "exchanges"), j, exchange)
            json_array_append_new(entries, entry_of(exchange, page, started));
        free(title);
        free(page);
    }
    har =
        json_pack("{s:{s:s, s:{s:s, s:s}, s:o, s:o}}", "log", "version", "1.2", "creator", "name", "plimsoll",
                  "version", text_at(result, "suite.version"), "pages", pages, "entries", entries);
    must_have(har);
    json_dumpf(har, out, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    putc('\n', out);
    json_decref(har);
}
