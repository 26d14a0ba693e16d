/* http/client.c - see client.h.
 *
 * The descriptor never blocks; calls that wait do so in poll(2). So the same connection serves a plain request, and the
 * two-way stream of attach, where neither side may wait for the other. A call reads at most READ_SIZE bytes ahead. */
#include "http/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "http/json_split.h"
#include "http/parser.h"

#define HEAD_MAX    (64u << 10)
#define READ_SIZE   (32u << 10)
#define SOURCE_SIZE (64u << 10)

struct http_client {
    char *socket_path; /* of unix://, or */
    char *name, *port; /* of tcp:// */
    char *prefix, *user_agent;
    SSL_CTX *tls; /* NULL: plain */
};

struct http_call {
    int fd;
    SSL *ssl;
    struct parser *parser;
    int status;
    size_t head_size;
    bool head_only, head_done, done, raw, in_value;
    struct str field, value;
    struct strv headers; /* "name: value" */
    struct str body;     /* parsed, not yet read */
    struct str text;     /* of http_call_next_json(), not yet a whole value */
    struct json_split split;
    size_t split_at;
};

/* -- where -- */

static int tls_error(struct error *err, const char *what)
{
    char text[256];
    unsigned long code = ERR_get_error();

    ERR_error_string_n(code, text, sizeof(text));
    ERR_clear_error();
    return error_set(err, ERR_SYSTEM, "%s: %s", what, code ? text : "connection closed");
}

static int client_tls(struct http_client *c, const struct http_client_config *config, struct error *err)
{
    c->tls = SSL_CTX_new(TLS_client_method());
    if (!c->tls)
        return tls_error(err, "TLS");
    SSL_CTX_set_min_proto_version(c->tls, TLS1_2_VERSION);
    SSL_CTX_set_mode(c->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(c->tls, config->tls_unverified ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (config->ca && SSL_CTX_load_verify_locations(c->tls, config->ca, NULL) != 1)
        return tls_error(err, config->ca);
    if (config->cert && SSL_CTX_use_certificate_chain_file(c->tls, config->cert) != 1)
        return tls_error(err, config->cert);
    if (config->key && SSL_CTX_use_PrivateKey_file(c->tls, config->key, SSL_FILETYPE_PEM) != 1)
        return tls_error(err, config->key);
    return 0;
}

static int client_address(struct http_client *c, const char *host, struct error *err)
{
    const char *colon;

    if (str_starts(host, "unix://")) {
        c->socket_path = xstrdup(host + strlen("unix://"));
        if (strlen(c->socket_path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
            return error_set(err, ERR_INVALID, "the socket's path is too long: %s", c->socket_path);
        return 0;
    }
    if (!str_starts(host, "tcp://"))
        return error_set(err, ERR_INVALID, "unable to parse docker host `%s`", host);
    host += strlen("tcp://");
    colon = strrchr(host, ':');
    if (!colon || strchr(colon, ']'))
        return error_set(err, ERR_INVALID, "no port in docker host `tcp://%s`", host);
    c->port = xstrdup(colon + 1);
    c->name = *host == '[' && colon[-1] == ']' ? xstrndup(host + 1, (size_t)(colon - host - 2))
                                               : xstrndup(host, (size_t)(colon - host));
    c->port[strcspn(c->port, "/")] = '\0';
    return 0;
}

int http_client_new(const struct http_client_config *config, struct http_client **ret, struct error *err)
{
    scoped(http_client_free) struct http_client *c = new_zeroed(struct http_client);

    if (client_address(c, config->host, err) < 0)
        return -1;
    if (c->port && (config->ca || config->tls_unverified) && client_tls(c, config, err) < 0)
        return -1;
    c->prefix = xstrdup(config->version_prefix ? config->version_prefix : "");
    c->user_agent = xstrdup(config->user_agent ? config->user_agent : "plimsoll");
    *ret = take_ptr(&c);
    return 0;
}

struct http_client *http_client_free(struct http_client *c)
{
    if (!c)
        return NULL;
    free(c->socket_path);
    free(c->name);
    free(c->port);
    free(c->prefix);
    free(c->user_agent);
    SSL_CTX_free(c->tls);
    free(c);
    return NULL;
}

/* -- bytes -- */

static int call_poll(struct http_call *call, short events, struct error *err)
{
    struct pollfd p = { .fd = call->fd, .events = events };

    while (poll(&p, 1, -1) < 0)
        if (errno != EINTR)
            return error_errno(err, "poll");
    return 0;
}

/* What an SSL call that did not succeed means: HTTP_AGAIN, 0 (closed) or -1. */
static ssize_t tls_result(struct http_call *call, int result, struct error *err)
{
    int why = SSL_get_error(call->ssl, result);

    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return HTTP_AGAIN;
    if (why == SSL_ERROR_ZERO_RETURN)
        return 0;
    if (why == SSL_ERROR_SYSCALL && (errno == EPIPE || errno == ECONNRESET))
        return error_set(err, ERR_CLOSED, "the engine closed the connection");
    return tls_error(err, "TLS");
}

static ssize_t wire_read(struct http_call *call, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    if (call->ssl) {
        int read = SSL_read(call->ssl, bytes, (int)n);

        return read > 0 ? read : tls_result(call, read, err);
    }
    while ((got = recv(call->fd, bytes, n, 0)) < 0 && errno == EINTR)
        ;
    if (got >= 0)
        return got;
    if (errno == EAGAIN)
        return HTTP_AGAIN;
    if (errno == ECONNRESET)
        return error_set(err, ERR_CLOSED, "the engine closed the connection");
    return error_errno(err, "read from the engine");
}

static ssize_t wire_write(struct http_call *call, const void *bytes, size_t n, struct error *err)
{
    ssize_t put;

    if (call->ssl) {
        int written = SSL_write(call->ssl, bytes, (int)n);

        return written > 0 ? written : tls_result(call, written, err);
    }
    while ((put = send(call->fd, bytes, n, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    if (put >= 0)
        return put;
    if (errno == EAGAIN)
        return HTTP_AGAIN;
    if (errno == EPIPE || errno == ECONNRESET)
        return error_set(err, ERR_CLOSED, "the engine closed the connection");
    return error_errno(err, "write to the engine");
}

ssize_t http_call_try_write(struct http_call *call, const void *bytes, size_t n, struct error *err)
{
    return wire_write(call, bytes, n < READ_SIZE ? n : READ_SIZE, err);
}

int http_call_write(struct http_call *call, const void *bytes, size_t n, struct error *err)
{
    for (const char *at = bytes; n;) {
        ssize_t put = wire_write(call, at, n < READ_SIZE ? n : READ_SIZE, err);

        if (put == HTTP_AGAIN) {
            if (call_poll(call, call->ssl && SSL_want_read(call->ssl) ? POLLIN : POLLOUT, err) < 0)
                return -1;
        } else if (put == 0) {
            return error_set(err, ERR_CLOSED, "the engine closed the connection");
        } else if (put < 0) {
            return -1;
        } else {
            at += put;
            n -= (size_t)put;
        }
    }
    return 0;
}

/* -- connecting -- */

static int connect_unix(const struct http_client *c, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_errno(err, "socket");
    strcpy(address.sun_path, c->socket_path); /* its length was checked by client_address() */
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        error_errno(err, "connect");
        close(fd);
        return error_as(err, ERR_UNAVAILABLE);
    }
    return fd;
}

static int connect_tcp(const struct http_client *c, struct error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    int fd = -1, why = getaddrinfo(c->name, c->port, &hints, &list);

    if (why)
        return error_set(err, ERR_UNAVAILABLE, "lookup %s: %s", c->name, gai_strerror(why));
    error_set(err, ERR_UNAVAILABLE, "lookup %s: no address", c->name);
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            error_errno(err, "connect");
            close(fd);
            fd = error_as(err, ERR_UNAVAILABLE);
        }
    }
    if (fd >= 0)
        fd_nodelay(fd);
    freeaddrinfo(list);
    return fd;
}

static int call_tls(const struct http_client *c, struct http_call *call, struct error *err)
{
    unsigned char address[sizeof(struct in6_addr)];
    bool is_address = inet_pton(AF_INET, c->name, address) == 1 || inet_pton(AF_INET6, c->name, address) == 1;
    int result;

    call->ssl = SSL_new(c->tls);
    if (!call->ssl || SSL_set_fd(call->ssl, call->fd) != 1)
        return tls_error(err, "TLS");
    if (is_address)
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(call->ssl), c->name);
    else if (SSL_set1_host(call->ssl, c->name) != 1 || SSL_set_tlsext_host_name(call->ssl, c->name) != 1)
        return tls_error(err, "TLS");
    while ((result = SSL_connect(call->ssl)) != 1) {
        if (tls_result(call, result, err) != HTTP_AGAIN)
            return error_wrap(err, "TLS with %s", c->name);
        if (call_poll(call, SSL_want_write(call->ssl) ? POLLOUT : POLLIN, err) < 0)
            return -1;
    }
    return 0;
}

static int call_connect(const struct http_client *c, struct http_call *call, struct error *err)
{
    call->fd = c->socket_path ? connect_unix(c, err) : connect_tcp(c, err);
    if (call->fd < 0 || fd_nonblock(call->fd, true, err) < 0)
        return -1;
    return c->tls ? call_tls(c, call, err) : 0;
}

/* -- the answer -- */

static void header_end(struct http_call *call)
{
    if (call->field.len)
        strv_addf(&call->headers, "%s: %s", str_text(&call->field), str_text(&call->value));
    str_cut(&call->field, 0);
    str_cut(&call->value, 0);
    call->in_value = false;
}

/* Pieces of a head; trailers are dropped. */
static int head_piece(struct http_call *call, struct str *to, const char *at, size_t n)
{
    if (call->head_done)
        return 0;
    call->head_size += n;
    if (call->head_size > HEAD_MAX)
        return -1;
    str_add_bytes(to, at, n);
    return 0;
}

static int on_field(void *user, const char *at, size_t n)
{
    struct http_call *call = user;

    if (call->in_value && !call->head_done)
        header_end(call);
    return head_piece(call, &call->field, at, n);
}

static int on_value(void *user, const char *at, size_t n)
{
    struct http_call *call = user;

    call->in_value = true;
    return head_piece(call, &call->value, at, n);
}

static int on_body(void *user, const char *at, size_t n)
{
    str_add_bytes(&((struct http_call *)user)->body, at, n);
    return 0;
}

static const struct parser_events events = { .field = on_field, .value = on_value, .body = on_body };

/* The head is complete. An interim answer (100 Continue) is dropped. */
static void head_end(struct http_call *call)
{
    header_end(call);
    call->status = parser_status(call->parser);
    if (call->status < 200 && call->status != 101) {
        strv_free(&call->headers);
        call->head_size = 0;
        parser_reset(call->parser);
        return;
    }
    call->head_done = true;
    if (call->head_only)
        call->done = true;
}

static int call_parse(struct http_call *call, const char *bytes, size_t n, struct error *err)
{
    while (n && !call->raw && !call->done) {
        ssize_t used = parser_feed(call->parser, bytes, n, err);

        if (used < 0)
            return error_wrap(err, "the engine's answer");
        bytes += used;
        n -= (size_t)used;
        if (!call->head_done && parser_at(call->parser) != PARSER_IN_HEAD)
            head_end(call);
        if (call->head_done && parser_at(call->parser) == PARSER_MESSAGE_DONE) {
            call->raw = call->status == 101;
            call->done = !call->raw; /* one answer per connection: what follows it is nobody's */
        }
    }
    if (call->raw)
        str_add_bytes(&call->body, bytes, n);
    return 0;
}

static int call_end(struct http_call *call, struct error *err)
{
    if (!call->head_done)
        return error_set(err, ERR_CLOSED, "the engine closed the connection: EOF");
    if (!call->raw && parser_finish(call->parser, err) < 0)
        return error_set(err, ERR_CLOSED, "the engine's answer was cut short: unexpected EOF");
    call->done = true;
    return 0;
}

/* Reads and parses once: 1, 0 when nothing more will come, HTTP_AGAIN, -1. */
static ssize_t call_fill(struct http_call *call, struct error *err)
{
    char bytes[READ_SIZE];
    ssize_t got;

    if (call->done)
        return 0;
    got = wire_read(call, bytes, sizeof(bytes), err);
    if (got < 0)
        return got;
    if (got == 0)
        return call_end(call, err);
    return call_parse(call, bytes, (size_t)got, err) < 0 ? -1 : 1;
}

ssize_t http_call_try_read(struct http_call *call, void *bytes, size_t n, struct error *err)
{
    while (!call->body.len) {
        ssize_t filled = call_fill(call, err);

        if (filled <= 0)
            return filled;
    }
    if (n > call->body.len)
        n = call->body.len;
    memcpy(bytes, call->body.data, n);
    str_drop_front(&call->body, n);
    return (ssize_t)n;
}

ssize_t http_call_read(struct http_call *call, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    while ((got = http_call_try_read(call, bytes, n, err)) == HTTP_AGAIN)
        if (call_poll(call, POLLIN, err) < 0)
            return -1;
    return got;
}

static int call_read_head(struct http_call *call, struct error *err)
{
    while (!call->head_done) {
        ssize_t filled = call_fill(call, err);

        if (filled == -1 || (filled == HTTP_AGAIN && call_poll(call, POLLIN, err) < 0))
            return -1;
    }
    return 0;
}

/* -- the request -- */

static void request_head(const struct http_client *c, const struct http_call_spec *spec, size_t length,
                         struct str *ret)
{
    str_addf(ret, "%s %s%s HTTP/1.1\r\n", spec->method, c->prefix, spec->path);
    str_addf(ret, "Host: %s\r\nUser-Agent: %s\r\n", c->name ? c->name : "api.moby.localhost", c->user_agent);
    for (size_t i = 0; spec->headers && spec->headers[i]; i++)
        str_addf(ret, "%s\r\n", spec->headers[i]);
    if (spec->hijack)
        str_add(ret, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    else
        str_add(ret, "Connection: close\r\n");
    if (spec->source)
        str_addf(ret, "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n",
                 spec->content_type ? spec->content_type : "application/x-tar");
    else if (spec->body)
        str_addf(ret, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", length);
    else if (strcmp(spec->method, "POST") == 0 || strcmp(spec->method, "PUT") == 0)
        str_add(ret, "Content-Length: 0\r\n\r\n");
    else
        str_add(ret, "\r\n");
}

static int send_source(struct http_call *call, const struct http_call_spec *spec, struct error *err)
{
    scoped_free char *bytes = xmalloc(SOURCE_SIZE);
    char size[32];
    ssize_t n;

    while ((n = spec->source(spec->source_user, bytes, SOURCE_SIZE, err)) > 0) {
        int length = snprintf(size, sizeof(size), "%zx\r\n", (size_t)n);

        if (http_call_write(call, size, (size_t)length, err) < 0 ||
            http_call_write(call, bytes, (size_t)n, err) < 0 || http_call_write(call, "\r\n", 2, err) < 0)
            return -1;
    }
    return n < 0 ? -1 : http_call_write(call, "0\r\n\r\n", 5, err);
}

/* An engine that refuses a body closes its end before it has read all of it: its answer is still there to read. */
static int call_send(const struct http_client *c, struct http_call *call, const struct http_call_spec *spec,
                     struct error *err)
{
    scoped_free char *text = spec->body ? json_text(spec->body) : NULL;
    scoped_str head = { 0 };
    struct error local = { 0 };

    request_head(c, spec, text ? strlen(text) : 0, &head);
    if (text)
        str_add(&head, text);
    if (http_call_write(call, head.data, head.len, &local) == 0 &&
        (!spec->source || send_source(call, spec, &local) == 0))
        return 0;
    if (local.kind == ERR_CLOSED)
        return 0;
    if (err)
        *err = local;
    return -1;
}

int http_call_open(struct http_client *c, const struct http_call_spec *spec, struct http_call **ret,
                   struct error *err)
{
    scoped(http_call_close) struct http_call *call = new_zeroed(struct http_call);

    call->fd = -1;
    call->head_only = strcmp(spec->method, "HEAD") == 0;
    call->parser = parser_new(PARSER_RESPONSE, &events, call);
    if (call_connect(c, call, err) < 0 || call_send(c, call, spec, err) < 0 || call_read_head(call, err) < 0)
        return -1;
    *ret = take_ptr(&call);
    return 0;
}

int http_call_status(const struct http_call *call)
{
    return call->status;
}

const char *http_call_header(const struct http_call *call, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < call->headers.count; i++) {
        const char *line = call->headers.items[i];

        if (strncasecmp(line, name, n) == 0 && line[n] == ':')
            return line + n + 2;
    }
    return NULL;
}

static int call_read_all(struct http_call *call, struct str *ret, struct error *err)
{
    char bytes[8192];
    ssize_t n;

    while ((n = http_call_read(call, bytes, sizeof(bytes), err)) > 0) {
        if (ret->len + (size_t)n > JSON_MAX_BYTES)
            return error_set(err, ERR_TOO_LARGE, "the engine's answer is larger than %u bytes",
                             JSON_MAX_BYTES);
        str_add_bytes(ret, bytes, (size_t)n);
    }
    return n < 0 ? -1 : 0;
}

int http_call_json(struct http_call *call, json_t **ret, struct error *err)
{
    scoped_str text = { 0 };

    if (call_read_all(call, &text, err) < 0)
        return -1;
    if (!text.len) {
        *ret = NULL;
        return 0;
    }
    return json_parse(text.data, text.len, ret, err);
}

int http_call_next_json(struct http_call *call, json_t **ret, struct error *err)
{
    char bytes[8192];

    for (;;) {
        size_t at = call->split_at, more = call->text.len - at;
        size_t end = more ? json_split_feed(&call->split, call->text.data + at, more) : 0;
        ssize_t n;

        if (end) {
            int result = json_parse(call->text.data, at + end, ret, err);

            str_drop_front(&call->text, at + end);
            call->split_at = 0;
            return result < 0 ? -1 : 1;
        }
        call->split_at = call->text.len;
        n = http_call_read(call, bytes, sizeof(bytes), err);
        if (n < 0)
            return -1;
        if (n == 0)
            return call->split.begun ? error_set(err, ERR_CLOSED, "unexpected EOF in a stream of JSON values")
                                     : 0;
        if (call->text.len + (size_t)n > JSON_MAX_BYTES)
            return error_set(err, ERR_TOO_LARGE, "a JSON value is larger than %u bytes", JSON_MAX_BYTES);
        str_add_bytes(&call->text, bytes, (size_t)n);
    }
}

int http_call_progress(struct http_call *call, struct error *err)
{
    ssize_t filled;

    while ((filled = call_fill(call, err)) > 0)
        if (call->body.len > JSON_MAX_BYTES)
            return error_set(err, ERR_TOO_LARGE, "the engine's answer is larger than %u bytes",
                             JSON_MAX_BYTES);
    return filled == HTTP_AGAIN ? 0 : filled < 0 ? -1 : 1;
}

static enum error_kind kind_of(int status)
{
    switch (status) {
    case 400:
        return ERR_INVALID;
    case 401:
        return ERR_UNAUTHORIZED;
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 501:
        return ERR_NOT_IMPLEMENTED;
    case 503:
        return ERR_UNAVAILABLE;
    default:
        return status < 500 ? ERR_INVALID : ERR_SYSTEM;
    }
}

int http_call_check(struct http_call *call, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    scoped_str text = { 0 };
    int status = http_call_status(call);
    const char *message;

    if (status < 400)
        return 0;
    if (call_read_all(call, &text, err) < 0)
        return -1;
    while (text.len && strchr("\r\n ", text.data[text.len - 1]))
        str_cut(&text, text.len - 1);
    if (json_parse(str_text(&text), text.len, &body, NULL) < 0)
        body = NULL;
    message = json_str_at(body, "message", NULL);
    if (!message)
        message = text.len && !body ? str_text(&text) : NULL;
    if (message)
        return error_set(err, kind_of(status), "%s", message);
    return error_set(err, kind_of(status), "status %d without a message", status);
}

int http_call_fd(const struct http_call *call)
{
    return call->fd;
}

void http_call_shutdown(struct http_call *call)
{
    if (call->ssl)
        SSL_shutdown(call->ssl);
    else
        shutdown(call->fd, SHUT_WR);
}

struct http_call *http_call_close(struct http_call *call)
{
    if (!call)
        return NULL;
    parser_free(call->parser);
    SSL_free(call->ssl);
    if (call->fd >= 0)
        close(call->fd);
    str_free(&call->field);
    str_free(&call->value);
    strv_free(&call->headers);
    str_free(&call->body);
    str_free(&call->text);
    free(call);
    return NULL;
}

char *http_escape(const char *s)
{
    struct str ret = { 0 };

    str_add(&ret, "");
    for (; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
                     strchr("-_.~", *s);

        if (plain)
            str_add_char(&ret, *s);
        else
            str_addf(&ret, "%%%02X", (unsigned char)*s);
    }
    return str_take(&ret);
}
