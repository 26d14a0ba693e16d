/* http/request.c - the request as it comes in, and what a handler asks of it. */
#include "http/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/json.h"
#include "base/mem.h"

/* -- as the parser sees it -- */

static bool fits(struct request *r, size_t n)
{
    r->too_large = r->too_large || r->target.len + r->text.len + n > HEAD_MAX;
    return !r->too_large;
}

static int on_url(void *user, const char *bytes, size_t n)
{
    struct request *r = ((struct connection *)user)->request;

    if (!fits(r, n))
        return 1;
    str_add_bytes(&r->target, bytes, n);
    return 0;
}

/* A field that follows a value begins the next header. */
static int on_field(void *user, const char *bytes, size_t n)
{
    struct request *r = ((struct connection *)user)->request;

    if (r->header_count == 0 || r->in_value) {
        if (r->header_count == HEADERS_MAX)
            r->too_large = true;
        if (!fits(r, n + 2))
            return 1;
        if (r->header_count)
            str_add_char(&r->text, '\0');
        r->headers[r->header_count++] = (struct header){ .name = r->text.len, .value = 0 };
        r->in_value = false;
    }
    if (!fits(r, n + 2))
        return 1;
    str_add_bytes(&r->text, bytes, n);
    return 0;
}

static int on_value(void *user, const char *bytes, size_t n)
{
    struct request *r = ((struct connection *)user)->request;

    if (r->header_count == 0 || !fits(r, n + 2))
        return 1;
    if (!r->in_value) {
        str_add_char(&r->text, '\0');
        r->headers[r->header_count - 1].value = r->text.len;
        r->in_value = true;
    }
    str_add_bytes(&r->text, bytes, n);
    return 0;
}

static int on_body(void *user, const char *bytes, size_t n)
{
    struct connection *c = user;

    str_add_bytes(&c->body, bytes, n);
    return 0;
}

const struct parser_events request_events = { on_url, on_field, on_value, on_body };

struct request *request_new(struct connection *c)
{
    struct request *r = new_zeroed(struct request);

    r->connection = c;
    return r;
}

struct request *request_free(struct request *r)
{
    size_t at = 0;
    void *value;

    if (!r)
        return NULL;
    while (r->params && map_next(r->params, &at, NULL, &value))
        free(value);
    map_free(r->params);
    query_free(&r->query);
    str_free(&r->target);
    str_free(&r->text);
    free(r->path);
    free(r);
    return NULL;
}

/* -- as the handler sees it -- */

void *request_user(const struct request *req)
{
    return server_config(req->connection->server)->user;
}

const char *request_method(const struct request *req)
{
    return parser_method(req->connection->parser);
}

const char *request_path(const struct request *req)
{
    return req->path;
}

void request_set_path(struct request *req, const char *path)
{
    char *copy = xstrdup(path);

    free(req->path);
    req->path = copy;
}

const char *request_header(const struct request *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++)
        if (strcasecmp(req->text.data + req->headers[i].name, name) == 0)
            return req->headers[i].value ? req->text.data + req->headers[i].value : "";
    return NULL;
}

const char *request_query_nth(const struct request *req, const char *name, size_t n)
{
    for (size_t i = 0; i < req->query.count; i++)
        if (str_eq(req->query.names[i], name) && n-- == 0)
            return req->query.values[i];
    return NULL;
}

const char *request_query(const struct request *req, const char *name)
{
    return request_query_nth(req, name, 0);
}

size_t request_query_count(const struct request *req, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < req->query.count; i++)
        count += str_eq(req->query.names[i], name);
    return count;
}

const char *request_query_wrong(const struct request *req)
{
    return req->query.wrong;
}

/* Bounds of the text without the spaces around it. */
static void trimmed(const char *s, char *ret, size_t room)
{
    size_t n;

    s += strspn(s, " \t\r\n");
    n = strlen(s);
    while (n && strchr(" \t\r\n", s[n - 1]))
        n--;
    if (n >= room)
        n = room - 1;
    memcpy(ret, s, n);
    ret[n] = '\0';
}

bool request_query_bool(const struct request *req, const char *name, bool otherwise)
{
    const char *value = request_query(req, name);
    char text[8];

    if (!value)
        return otherwise;
    trimmed(value, text, sizeof(text));
    return !(!text[0] || !strcmp(text, "0") || !strcasecmp(text, "no") || !strcasecmp(text, "false") ||
             !strcasecmp(text, "none"));
}

int request_query_int(const struct request *req, const char *name, int64_t otherwise, int64_t *ret,
                      struct error *err)
{
    const char *value = request_query(req, name);

    if (str_empty(value)) {
        *ret = otherwise;
        return 0;
    }
    if (!str_to_int64(value, ret))
        return error_set(err, ERR_INVALID, "strconv.Atoi: parsing \"%s\": invalid syntax", value);
    return 0;
}

const char *request_param(const struct request *req, const char *name)
{
    return req->params ? map_get(req->params, name) : NULL;
}

void request_set_param(struct request *req, const char *name, const char *value)
{
    if (!req->params)
        req->params = map_new();
    free(map_set(req->params, name, xstrdup(value)));
}

/* -- the body -- */

bool request_has_body(const struct request *req)
{
    return parser_has_body(req->connection->parser);
}

bool request_body_done(const struct request *r)
{
    const struct connection *c = r->connection;

    return parser_at(c->parser) == PARSER_MESSAGE_DONE && c->body_at == c->body.len;
}

static int send_continue(struct request *req, struct error *err)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (!req->expects_continue)
        return 0;
    req->expects_continue = false;
    return stream_write(&req->connection->stream, line, sizeof(line) - 1, err);
}

/* Decodes until there is a piece of the body or its end. */
static int more_body(struct connection *c, struct error *err)
{
    str_cut(&c->body, 0);
    c->body_at = 0;
    while (c->body.len == 0 && parser_at(c->parser) != PARSER_MESSAGE_DONE) {
        int got = connection_fill(c, err);

        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, ERR_CLOSED, "the request's body was cut short");
        if (connection_parse(c, err) < 0)
            return -1;
    }
    return 0;
}

ssize_t request_read(struct request *req, void *bytes, size_t n, struct error *err)
{
    struct connection *c = req->connection;
    size_t left;

    if (send_continue(req, err) < 0)
        return -1;
    if (c->body_at == c->body.len && more_body(c, err) < 0)
        return -1;
    left = c->body.len - c->body_at;
    if (n > left)
        n = left;
    if (n)
        memcpy(bytes, c->body.data + c->body_at, n);
    c->body_at += n;
    return (ssize_t)n;
}

/* "application/json; charset=utf-8" is JSON too. */
static int check_content_type(const struct request *req, struct error *err)
{
    const char *type = request_header(req, "content-type");
    size_t n = type ? strcspn(type, "; \t") : 0;

    if (n == 0)
        return error_set(err, ERR_INVALID, "malformed Content-Type header (): mime: no media type");
    if (n != strlen("application/json") || strncasecmp(type, "application/json", n) != 0)
        return error_set(err, ERR_INVALID,
                         "unsupported Content-Type header (%.*s): must be 'application/json'", (int)n, type);
    return 0;
}

static int read_all(struct request *req, struct str *text, struct error *err)
{
    char piece[4096];
    ssize_t got;

    while ((got = request_read(req, piece, sizeof(piece), err)) > 0) {
        if (text->len + (size_t)got > JSON_MAX_BYTES)
            return error_set(err, ERR_TOO_LARGE, "http: request body too large");
        str_add_bytes(text, piece, (size_t)got);
    }
    return (int)got;
}

/* jansson's complaint in the words that clients of Go servers look for. */
static int invalid_json(const json_error_t *why, struct error *err)
{
    if (json_error_code(why) == json_error_premature_end_of_input)
        return error_set(err, ERR_INVALID, "invalid JSON: unexpected EOF");
    return error_set(err, ERR_INVALID, "invalid JSON: %s", why->text);
}

static int parse_body(const struct str *text, json_t **ret, struct error *err)
{
    json_error_t why;
    json_t *value;
    size_t end;

    value = json_loadb(str_text(text), text->len, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &why);
    if (!value)
        return invalid_json(&why, err);
    end = (size_t)why.position;
    end += strspn(str_text(text) + end, " \t\r\n");
    if (end < text->len) {
        json_decref(value);
        return error_set(err, ERR_INVALID, "unexpected content after JSON");
    }
    *ret = value;
    return 0;
}

int request_json(struct request *req, bool optional, json_t **ret, struct error *err)
{
    scoped_str text = { 0 };
    size_t blank;

    if (request_has_body(req) && check_content_type(req, err) < 0)
        return -1;
    if (read_all(req, &text, err) < 0)
        return -1;
    blank = strspn(str_text(&text), " \t\r\n");
    if (blank == text.len) {
        if (!optional)
            return error_set(err, ERR_INVALID, "invalid JSON: got EOF while reading request body");
        *ret = NULL;
        return 0;
    }
    return parse_body(&text, ret, err);
}

bool request_peer_gone(struct request *req)
{
    struct pollfd p = { .fd = req->connection->stream.fd, .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}

int request_fd(const struct request *req)
{
    return req->connection->stream.fd;
}
