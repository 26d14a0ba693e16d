/* http/reply.c - answers: whole, piecewise, or the connection itself.
 *
 * A whole answer goes out with one write. Like net/http, a body of at most 2048 bytes has a Content-Length
 * and a longer one is chunked: some clients take the one for a document and the other for a stream. A peer
 * that speaks HTTP/1.0 gets no chunks; the end of the connection ends its answer. */
#include "http/internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"

#define LENGTH_MAX 2048

static const struct {
    int status;
    const char *text;
    /* clang-format off */
} reasons[] = {
    { 100, "Continue" },
    { 101, "UPGRADED" },
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 205, "Reset Content" },
    { 301, "Moved Permanently" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 409, "Conflict" },
    { 413, "Request Entity Too Large" },
    { 416, "Requested Range Not Satisfiable" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
};
/* clang-format on */

static const char *reason(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Unknown";
}

void reply_init(struct reply *r, struct connection *c)
{
    str_free(&r->headers);
    *r = (struct reply){ .connection = c };
    r->head_only = str_eq(request_method(c->request), "HEAD");
}

/* A line break in a value would begin another header. */
void reply_header(struct reply *reply, const char *name, const char *value)
{
    size_t at;

    str_addf(&reply->headers, "%s: ", name);
    at = reply->headers.len;
    str_add(&reply->headers, value);
    for (; at < reply->headers.len; at++)
        if (reply->headers.data[at] == '\r' || reply->headers.data[at] == '\n')
            reply->headers.data[at] = ' ';
    str_add(&reply->headers, "\r\n");
}

bool reply_begun(const struct reply *reply)
{
    return reply->begun || reply->connection->request->hijacked;
}

static void add_date(struct str *head)
{
    time_t now = time(NULL);
    struct tm parts;
    char text[64];

    gmtime_r(&now, &parts);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    str_addf(head, "Date: %s\r\n", text);
}

static void add_head(struct reply *r, struct str *out, int status)
{
    const char *server = server_config(r->connection->server)->server_header;

    str_addf(out, "HTTP/1.%d %d %s\r\n", parser_is_http_1_0(r->connection->parser) ? 0 : 1, status,
             reason(status));
    str_add_bytes(out, str_text(&r->headers), r->headers.len);
    if (server)
        str_addf(out, "Server: %s\r\n", server);
    if (status != 101)
        add_date(out);
}

/* The end of the connection is announced where we know of it: a body that was never asked for cannot be
 * skipped. */
static void add_connection(struct reply *r, struct str *out)
{
    const struct parser *parser = r->connection->parser;

    if (r->connection->request->expects_continue && !request_body_done(r->connection->request))
        r->close = true;
    if (r->close || !parser_keep_alive(parser))
        str_add(out, "Connection: close\r\n");
    else if (parser_is_http_1_0(parser))
        str_add(out, "Connection: keep-alive\r\n");
}

static bool has_no_body(int status)
{
    return status == 204 || status == 304 || status < 200;
}

static int send_str(struct reply *r, const struct str *out)
{
    return stream_write(&r->connection->stream, str_text(out), out->len, NULL);
}

static int whole(struct reply *r, int status, const char *type, const char *body, size_t n)
{
    scoped_str out = { 0 };
    bool chunked = n > LENGTH_MAX && !r->head_only && !parser_is_http_1_0(r->connection->parser);

    r->begun = r->ended = true;
    r->status = status;
    add_head(r, &out, status);
    if (type)
        str_addf(&out, "Content-Type: %s\r\n", type);
    if (chunked)
        str_add(&out, "Transfer-Encoding: chunked\r\n");
    else if (!has_no_body(status))
        str_addf(&out, "Content-Length: %zu\r\n", r->head_only ? 0 : n);
    add_connection(r, &out);
    str_add(&out, "\r\n");
    if (chunked)
        str_addf(&out, "%zx\r\n", n);
    if (!r->head_only && !has_no_body(status))
        str_add_bytes(&out, body, n);
    if (chunked)
        str_add(&out, "\r\n0\r\n\r\n");
    return send_str(r, &out);
}

int reply_json(struct reply *reply, int status, json_t *body)
{
    scoped_free char *text = json_text(body);
    scoped_str line = { 0 };

    json_decref(body);
    str_addf(&line, "%s\n", text);
    return whole(reply, status, "application/json", str_text(&line), line.len);
}

int reply_text(struct reply *reply, int status, const char *content_type, const char *text)
{
    return whole(reply, status, content_type, text, strlen(text));
}

int reply_empty(struct reply *reply, int status)
{
    return whole(reply, status, NULL, "", 0);
}

int reply_begin(struct reply *reply, int status, const char *content_type)
{
    reply->status = status;
    reply->content_type = content_type;
    reply->streaming = true;
    return 0;
}

static void add_streaming_head(struct reply *r, struct str *out)
{
    r->begun = true;
    r->chunked = !parser_is_http_1_0(r->connection->parser);
    r->close = r->close || !r->chunked;
    add_head(r, out, r->status);
    if (r->content_type)
        str_addf(out, "Content-Type: %s\r\n", r->content_type);
    if (r->chunked && !r->head_only)
        str_add(out, "Transfer-Encoding: chunked\r\n");
    add_connection(r, out);
    str_add(out, "\r\n");
}

int reply_write(struct reply *reply, const void *bytes, size_t n, struct error *err)
{
    scoped_str out = { 0 };

    if (!reply->begun)
        add_streaming_head(reply, &out);
    if (n && !reply->head_only) {
        if (reply->chunked)
            str_addf(&out, "%zx\r\n", n);
        str_add_bytes(&out, bytes, n);
        if (reply->chunked)
            str_add(&out, "\r\n");
    }
    return out.len ? stream_write(&reply->connection->stream, out.data, out.len, err) : 0;
}

int reply_write_json(struct reply *reply, json_t *value, struct error *err)
{
    scoped_free char *text = json_text(value);
    scoped_str line = { 0 };

    json_decref(value);
    str_addf(&line, "%s\r\n", text);
    return reply_write(reply, line.data, line.len, err);
}

int reply_flush(struct reply *reply, struct error *err)
{
    return reply->begun ? 0 : reply_write(reply, NULL, 0, err);
}

int reply_end(struct reply *r)
{
    if (r->ended)
        return 0;
    if (!r->streaming)
        return reply_empty(r, 200);
    if (reply_flush(r, NULL) < 0)
        return -1;
    r->ended = true;
    return r->chunked && !r->head_only ? stream_write(&r->connection->stream, "0\r\n\r\n", 5, NULL) : 0;
}

void reply_refuse(struct connection *c, int status, const char *why)
{
    scoped_str out = { 0 };

    str_addf(&out, "HTTP/1.1 %d %s%s%s\r\n", status, reason(status), why ? ": " : "", why ? why : "");
    str_add(&out, "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n");
    str_addf(&out, "%d %s%s%s", status, reason(status), why ? ": " : "", why ? why : "");
    stream_write(&c->stream, out.data, out.len, NULL);
}

/* -- hijack -- */

int reply_hijack(struct request *req, struct reply *reply, const char *content_type, struct error *err)
{
    scoped_str out = { 0 };
    char sink[4096];
    ssize_t got;
    size_t total = 0;
    bool upgrade = parser_wants_upgrade(req->connection->parser);

    while (!request_body_done(req)) {
        got = request_read(req, sink, sizeof(sink), err);
        if (got < 0)
            return -1;
        total += (size_t)got;
        if (total > DRAIN_MAX)
            return error_set(err, ERR_TOO_LARGE, "http: request body too large");
    }
    add_head(reply, &out, upgrade ? 101 : 200);
    if (content_type)
        str_addf(&out, "Content-Type: %s\r\n", content_type);
    if (upgrade)
        str_add(&out, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    str_add(&out, "\r\n");
    reply->begun = reply->ended = true;
    req->hijacked = true;
    return stream_write(&req->connection->stream, out.data, out.len, err);
}

int hijack_fd(const struct request *req)
{
    return req->connection->stream.fd;
}

bool hijack_pending(const struct request *req)
{
    struct connection *c = req->connection;

    return c->in_at < c->in_end || stream_pending(&c->stream);
}

ssize_t hijack_read(struct request *req, void *bytes, size_t n, struct error *err)
{
    struct connection *c = req->connection;
    size_t left = c->in_end - c->in_at;

    if (left == 0)
        return stream_read(&c->stream, bytes, n, err);
    if (n > left)
        n = left;
    memcpy(bytes, c->in + c->in_at, n);
    c->in_at += n;
    return (ssize_t)n;
}

int hijack_write(struct request *req, const void *bytes, size_t n, struct error *err)
{
    return stream_write(&req->connection->stream, bytes, n, err);
}

void hijack_shutdown(struct request *req)
{
    stream_shutdown_write(&req->connection->stream);
}
