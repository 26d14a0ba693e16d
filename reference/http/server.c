/* http/server.c - the listening sockets, the accepting loop and the list of connections.
 *
 * Stopping is one write to an eventfd that nobody ever reads: every poll(2) on it returns from then on, in
 * the accepting loop and in each idle connection. write(2) is all that a signal handler may do anyway. */
#include "http/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/listen.h"

#define LISTENERS_MAX 16
/* Reserved, not resident: jansson recurses on a body nested 2048 deep, and the sanitizers make every frame
 * bigger. */
#define STACK_SIZE (2u << 20)

struct listener {
    int fd;
    SSL_CTX *tls;
    char *path; /* of a Unix socket, removed at the end */
};

struct http_server {
    struct http_server_config config;
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    int stop_fd;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct connection *first;
    unsigned count;
};

struct http_server *http_server_new(const struct http_server_config *config)
{
    struct http_server *s = new_zeroed(struct http_server);
    pthread_condattr_t attr;

    s->config = *config;
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    return s;
}

const struct http_server_config *server_config(const struct http_server *s)
{
    return &s->config;
}

int server_stop_fd(const struct http_server *s)
{
    return s->stop_fd;
}

int http_server_listen(struct http_server *s, const char *url, const char *group, const struct http_tls *tls,
                       struct error *err)
{
    struct listener l = { .fd = -1 };
    int fd;

    if (s->listener_count == LISTENERS_MAX)
        return error_set(err, ERR_INVALID, "no more than %d listening sockets", LISTENERS_MAX);
    if (tls && !str_starts(url, "unix:") && stream_tls_context(tls->ca, tls->cert, tls->key, &l.tls, err) < 0)
        return error_wrap(err, "TLS for '%s'", url);
    fd = listen_on(url, group, tls != NULL, &l.path, err);
    if (fd < 0) {
        SSL_CTX_free(l.tls);
        return error_wrap(err, "listen on '%s'", url);
    }
    l.fd = fd;
    s->listeners[s->listener_count++] = l;
    return 0;
}

void server_forget(struct connection *c)
{
    struct http_server *s = c->server;

    pthread_mutex_lock(&s->lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        s->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    s->count--;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static bool remember(struct http_server *s, struct connection *c)
{
    bool room;

    pthread_mutex_lock(&s->lock);
    room = !s->config.max_connections || s->count < s->config.max_connections;
    if (room) {
        c->next = s->first;
        if (s->first)
            s->first->previous = c;
        s->first = c;
        s->count++;
    }
    pthread_mutex_unlock(&s->lock);
    return room;
}

static void serve(struct http_server *s, const struct listener *l, int fd)
{
    struct connection *c = new_zeroed(struct connection);
    pthread_attr_t attr;
    pthread_t thread;
    int failed = 1;

    c->server = s;
    c->accepted = fd;
    c->tls = l->tls;
    c->stream.fd = fd;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (remember(s, c)) {
        failed = pthread_create(&thread, &attr, connection_main, c);
        if (failed)
            server_forget(c);
    }
    pthread_attr_destroy(&attr);
    if (failed) {
        close(fd);
        free(c);
    }
}

/* Out of descriptors or memory: those that are open end some day, and to try again at once helps nobody. */
static void accept_one(struct http_server *s, const struct listener *l)
{
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0)
        serve(s, l, fd);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
}

static struct timespec after_ms(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void wait_for_none(struct http_server *s, unsigned ms)
{
    struct timespec until = after_ms(ms);

    while (s->count && pthread_cond_timedwait(&s->changed, &s->lock, &until) == 0)
        ;
}

/* Busy ones get their time; then their sockets are shut down, which every read, write and poll(2) of them
 * notices. */
static void end_connections(struct http_server *s, unsigned grace_ms)
{
    pthread_mutex_lock(&s->lock);
    wait_for_none(s, grace_ms);
    for (struct connection *c = s->first; c; c = c->next)
        shutdown(c->accepted, SHUT_RDWR);
    wait_for_none(s, 5000);
    pthread_mutex_unlock(&s->lock);
}

static void close_listeners(struct http_server *s)
{
    for (size_t i = 0; i < s->listener_count; i++) {
        struct listener *l = &s->listeners[i];

        if (l->path)
            unlink(l->path);
        if (l->fd >= 0)
            close(l->fd);
        l->fd = -1;
        free(l->path);
        l->path = NULL;
    }
}

int http_server_run(struct http_server *s, unsigned grace_ms, struct error *err)
{
    struct pollfd fds[LISTENERS_MAX + 1];
    size_t n = s->listener_count;

    if (n == 0)
        return error_set(err, ERR_INVALID, "nothing to listen on");
    for (size_t i = 0; i < n; i++)
        fds[i] = (struct pollfd){ .fd = s->listeners[i].fd, .events = POLLIN };
    fds[n] = (struct pollfd){ .fd = s->stop_fd, .events = POLLIN };
    for (;;) {
        if (poll(fds, n + 1, -1) < 0 && errno != EINTR)
            return error_errno(err, "poll");
        if (fds[n].revents)
            break;
        for (size_t i = 0; i < n; i++)
            if (fds[i].revents)
                accept_one(s, &s->listeners[i]);
    }
    close_listeners(s);
    end_connections(s, grace_ms);
    return 0;
}

void http_server_stop(struct http_server *s)
{
    int saved = errno;
    ssize_t put = write(s->stop_fd, &(uint64_t){ 1 }, sizeof(uint64_t));

    (void)put; /* a full counter is a stop too */
    errno = saved;
}

unsigned http_server_connections(struct http_server *s)
{
    unsigned count;

    pthread_mutex_lock(&s->lock);
    count = s->count;
    pthread_mutex_unlock(&s->lock);
    return count;
}

struct http_server *http_server_free(struct http_server *s)
{
    if (!s)
        return NULL;
    close_listeners(s);
    for (size_t i = 0; i < s->listener_count; i++)
        SSL_CTX_free(s->listeners[i].tls);
    close(s->stop_fd);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}
