/* tests/fake_engine.c - servers that are no engines, for the suite's own tests: none of them may pass a case,
 * and each must be told in bounded time.
 *
 *     fake-engine MODE SOCKET
 *
 * It prints "ready" once it listens, and serves until it is killed, or its standard input ends. */
#include "tests/fake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

bool send_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t sent = write(fd, text, size);
        if (sent < 0 && errno != EINTR)
            return false;
        if (sent > 0) {
            text += sent;
            size -= (size_t)sent;
        }
    }
    return true;
}

bool say(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

size_t read_into(int fd, char *buffer, size_t room)
{
    size_t size = 0;

    while (size < room - 1) {
        ssize_t got = read(fd, buffer + size, room - 1 - size);
        if (got <= 0)
            return 0;
        size += (size_t)got;
        buffer[size] = '\0';
        if (strstr(buffer, "\r\n\r\n") != NULL)
            return size;
    }
    return 0;
}

static bool read_request(int fd)
{
    char buffer[65536];

    return read_into(fd, buffer, sizeof(buffer)) > 0;
}

static void serve_empty_object(int fd)
{
    while (read_request(fd) &&
           say(fd, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
                   "Content-Length: 2\r\n\r\n{}"))
        ;
}

static void serve_not_found(int fd)
{
    while (read_request(fd) && say(fd, "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                                       "Content-Length: 23\r\n\r\n{\"message\":\"not found\"}"))
        ;
}

static void serve_silence(int fd)
{
    char buffer[4096];

    while (read(fd, buffer, sizeof(buffer)) > 0)
        ;
}

static void serve_nothing(int fd)
{
    (void)fd;
}

static void serve_endless_headers(int fd)
{
    if (!read_request(fd) || !say(fd, "HTTP/1.1 200 OK\r\n"))
        return;
    while (say(fd, "X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"))
        ;
}

static void serve_endless_body(int fd)
{
    static char block[65536];

    memset(block, ' ', sizeof(block));
    if (!read_request(fd) || !say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"))
        return;
    while (send_all(fd, block, sizeof(block)))
        ;
}

static void serve_garbage(int fd)
{
    if (read_request(fd))
        send_all(fd, "\0\xff\xfe SSH-2.0 \x1b[2J\r\n\r\n", 22);
}

/* A byte in a tenth of a second: always something, never an end. */
static void serve_drip(int fd)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n";
    struct timespec pause = { .tv_nsec = 100000000 };

    if (!read_request(fd))
        return;
    for (size_t i = 0; send_all(fd, i < sizeof(head) - 1 ? &head[i] : " ", 1); i++)
        nanosleep(&pause, NULL);
}

bool answer(int fd, const char *body)
{
    char head[128];

    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             strlen(body));
    return say(fd, head) && say(fd, body);
}

static bool asks(const char *request, const char *path)
{
    size_t length = strlen(path);

    return strncmp(request, "GET ", 4) == 0 && strncmp(request + 4, path, length) == 0 &&
           strchr(" ?", request[4 + length]) != NULL;
}

const char *engine_body(const char *request)
{
    if (asks(request, "/_ping"))
        return "OK";
    if (asks(request, "/version"))
        return "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\",\"Version\":\"0\",\"Os\":\"linux\"}";
    if (asks(request, "/info"))
        return "{\"ID\":\"wedged\",\"Containers\":0,\"OSType\":\"linux\"}";
    return NULL;
}

const char *empty_body(const char *request)
{
    if (asks(request, "/containers/json") || asks(request, "/images/json") || asks(request, "/networks"))
        return "[]";
    if (asks(request, "/volumes"))
        return "{\"Volumes\":[]}";
    return strstr(request, "/images/") != NULL ? "{}" : NULL;
}

/* Silent to everything but the first three. */
static void serve_wedged(int fd)
{
    char request[65536];

    while (read_into(fd, request, sizeof(request)) > 0) {
        const char *body = engine_body(request);
        if (body != NULL && !answer(fd, body))
            return;
    }
}

/* Silent once the cases begin. */
static void serve_mute(int fd)
{
    char request[65536];

    while (read_into(fd, request, sizeof(request)) > 0) {
        const char *body = engine_body(request);
        body = body != NULL ? body : empty_body(request);
        if (body != NULL && !answer(fd, body))
            return;
    }
}

/* Is gone with the first container that is asked for. */
static void serve_dying(int fd)
{
    char request[65536];

    while (read_into(fd, request, sizeof(request)) > 0) {
        const char *body = engine_body(request);
        if (strstr(request, "/containers/") != NULL && !asks(request, "/containers/json"))
            _exit(0);
        body = body != NULL ? body : empty_body(request);
        if (!answer(fd, body != NULL ? body : "{}"))
            return;
    }
}

static const struct mode modes[] = {
    {"empty-object",     serve_empty_object   },
    { "not-found",       serve_not_found      },
    { "silence",         serve_silence        },
    { "close",           serve_nothing        },
    { "endless-headers", serve_endless_headers},
    { "endless-body",    serve_endless_body   },
    { "garbage",         serve_garbage        },
    { "drip",            serve_drip           },
    { "wedged",          serve_wedged         },
    { "mute",            serve_mute           },
    { "dying",           serve_dying          },
    { NULL,              NULL                 },
};

struct connection {
    int fd;
    void (*serve)(int fd);
};

static void *serve_connection(void *argument)
{
    struct connection *connection = argument;

    connection->serve(connection->fd);
    close(connection->fd);
    free(connection);
    return NULL;
}

static void serve_all(int listener, void (*serve)(int fd))
{
    struct pollfd polled[2] = {
        {.fd = listener,      .events = POLLIN},
        { .fd = STDIN_FILENO, .events = POLLIN}
    };

    while (poll(polled, 2, -1) > 0 && polled[1].revents == 0) {
        pthread_t thread;
        struct connection *connection = malloc(sizeof(*connection));
        if (connection == NULL)
            return;
        *connection = (struct connection){ .fd = accept(listener, NULL, NULL), .serve = serve };
        if (connection->fd < 0 || pthread_create(&thread, NULL, serve_connection, connection) != 0)
            return;
        pthread_detach(thread);
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
        return -1;
    strcpy(address.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static const struct mode *mode_find(const struct mode *list, const char *name)
{
    while (list->name != NULL && strcmp(list->name, name) != 0)
        list++;
    return list->name != NULL ? list : NULL;
}

int main(int argc, char **argv)
{
    const struct mode *mode = argc == 3 ? mode_find(modes, argv[1]) : NULL;

    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && mode == NULL)
        mode = mode_find(hostile_modes, argv[1]);
    if (mode == NULL) {
        fputs("usage: fake-engine MODE SOCKET\n", stderr);
        return 2;
    }
    int listener = listen_at(argv[2]);
    if (listener < 0) {
        perror(argv[2]);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    serve_all(listener, mode->serve);
    return 0;
}
