/* wire/server.c - see server.h. Requests are read by http-parser; an upgrade is seen and left to the handler, so that the
 * bytes behind the request stay in `early` until somebody asks for them. */
#include "harness/wire/server.h"
#include "harness/wire/headers.h"

#include <errno.h>
#include <http_parser.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 10000

struct server {
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    server_handler handler;
    void *user;
    pthread_t thread;
};

struct server_connection {
    int fd;
    server_handler handler;
    void *user;
    struct server_request request;
    struct buffer name, value; /* of the header line that is being read */
    struct buffer early;       /* came with the request and is not of it */
    size_t early_taken;
    bool in_value, complete;
};

/* --- the request
 * ---------------------------------------------------------------------------------------------------------- */

static int end_header_line(struct server_connection *c)
{
    bool ok = !c->name.size || headers_add(&c->request.headers, buffer_string(&c->name), c->name.size,
                                           buffer_string(&c->value), c->value.size);

    buffer_clear(&c->name);
    buffer_clear(&c->value);
    c->in_value = false;
    return ok ? 0 : -1;
}

static int on_url(http_parser *parser, const char *at, size_t size)
{
    struct server_connection *c = parser->data;

    return buffer_add(&c->request.path, at, size) ? 0 : -1;
}

static int on_header_field(http_parser *parser, const char *at, size_t size)
{
    struct server_connection *c = parser->data;

    if (c->in_value && end_header_line(c) < 0)
        return -1;
    return buffer_add(&c->name, at, size) ? 0 : -1;
}

static int on_header_value(http_parser *parser, const char *at, size_t size)
{
    struct server_connection *c = parser->data;

    c->in_value = true;
    return buffer_add(&c->value, at, size) ? 0 : -1;
}

static int on_headers_complete(http_parser *parser)
{
    return end_header_line(parser->data);
}

static int on_body(http_parser *parser, const char *at, size_t size)
{
    struct server_connection *c = parser->data;

    return buffer_add(&c->request.body, at, size) ? 0 : -1;
}

static int on_message_complete(http_parser *parser)
{
    struct server_connection *c = parser->data;

    c->complete = true;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static bool is_readable(int fd, unsigned ms)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    int n;

    do
        n = poll(&polled, 1, (int)ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static bool read_request(struct server_connection *c)
{
    http_parser parser;
    char data[32 * 1024];

    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = c;
    while (!c->complete) {
        ssize_t n = is_readable(c->fd, PATIENCE_MS) ? read(c->fd, data, sizeof data) : 0;
        size_t taken;
        if (n <= 0)
            return false;
        taken = http_parser_execute(&parser, &settings, data, (size_t)n);
        if (!c->complete && HTTP_PARSER_ERRNO(&parser) != HPE_OK)
            return false;
        if (c->complete && taken < (size_t)n)
            buffer_add(&c->early, data + taken, (size_t)n - taken);
    }
    c->request.method = strdup(http_method_str((enum http_method)parser.method));
    return c->request.method != NULL;
}

/* --- connections
 * ---------------------------------------------------------------------------------------------------------- */

static void connection_free(struct server_connection *c)
{
    shutdown(c->fd, SHUT_RDWR);
    close(c->fd);
    free(c->request.method);
    buffer_clear(&c->request.path);
    headers_clear(&c->request.headers);
    buffer_clear(&c->request.body);
    buffer_clear(&c->name);
    buffer_clear(&c->value);
    buffer_clear(&c->early);
    free(c);
}

static void *connection_run(void *argument)
{
    struct server_connection *c = argument;

    if (read_request(c))
        c->handler(c->user, c, &c->request);
    connection_free(c);
    return NULL;
}

static void connection_start(const struct server *server, int fd)
{
    struct server_connection *c = calloc(1, sizeof *c);
    pthread_t thread;

    if (c) {
        c->fd = fd;
        c->handler = server->handler;
        c->user = server->user;
        if (pthread_create(&thread, NULL, connection_run, c) == 0) {
            pthread_detach(thread);
            return;
        }
        free(c);
    }
    close(fd);
}

static void *accept_run(void *argument)
{
    const struct server *server = argument;

    for (;;) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd >= 0)
            connection_start(server, fd);
        else if (errno != EINTR && errno != ECONNABORTED)
            return NULL;
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

struct server *server_open(const char *path, server_handler handler, void *user)
{
    struct server *server = calloc(1, sizeof *server);
    int fd = server ? listen_at(path) : -1;

    if (fd < 0) {
        free(server);
        return NULL;
    }
    *server = (struct server){ .fd = fd, .handler = handler, .user = user };
    memcpy(server->path, path, strlen(path) + 1);
    if (pthread_create(&server->thread, NULL, accept_run, server) != 0) {
        close(fd);
        unlink(path);
        free(server);
        return NULL;
    }
    return server;
}

void server_close(struct server *server)
{
    if (!server)
        return;
    shutdown(server->fd, SHUT_RDWR); /* accept(2) returns */
    pthread_join(server->thread, NULL);
    close(server->fd);
    unlink(server->path);
    free(server);
}

bool server_send(struct server_connection *connection, const void *data, size_t size)
{
    const char *from = data;

    while (size) {
        struct pollfd polled = { .fd = connection->fd, .events = POLLOUT };
        ssize_t n = poll(&polled, 1, PATIENCE_MS) > 0
                        ? send(connection->fd, from, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                        : -1;
        if (n < 0 && (errno == EAGAIN || errno == EINTR) && !(polled.revents & (POLLERR | POLLHUP)) &&
            polled.revents)
            continue;
        if (n < 0)
            return false;
        from += n;
        size -= (size_t)n;
    }
    return true;
}

long server_receive(struct server_connection *connection, void *data, size_t size, unsigned ms)
{
    size_t early = connection->early.size - connection->early_taken;
    ssize_t n;

    if (early) {
        size = early < size ? early : size;
        memcpy(data, connection->early.data + connection->early_taken, size);
        connection->early_taken += size;
        return (long)size;
    }
    if (!is_readable(connection->fd, ms))
        return 0;
    n = recv(connection->fd, data, size, MSG_DONTWAIT);
    return n > 0 ? (long)n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

bool server_is_gone(const struct server_connection *connection)
{
    struct pollfd polled = {
        .fd = connection->fd
    }; /* POLLHUP is told unasked, once both directions are closed */

    return poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR));
}

int server_descriptor(const struct server_connection *connection)
{
    return connection->fd;
}
