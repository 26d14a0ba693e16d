/* network/proxy.c - see proxy.h. A thread waits for connections, and each connection has one: a stop is told by an event that stays
 * readable, which all of them wait for as well. Whoever is the last one frees. */
#include "network/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "network/proxy_udp.h"

#define CONNECTIONS_MAX 256
#define STACK_SIZE      (128 * 1024)
#define CHUNK           16384

struct proxy {
    pthread_mutex_t lock; /* around the two counts */
    unsigned users, connections;
    int listener, stop;
    bool udp;
    enum family family;
    ip_number address;
    uint16_t port;
    pthread_t thread;
};

struct connection {
    struct proxy *proxy;
    int outside, inside;
};

static void leave(struct proxy *p)
{
    bool last;

    pthread_mutex_lock(&p->lock);
    last = --p->users == 0;
    pthread_mutex_unlock(&p->lock);
    if (!last)
        return;
    close(p->stop);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static int start_thread(void *(*main)(void *), void *arg, pthread_t *ret)
{
    pthread_attr_t attr;
    int failed;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    failed = pthread_create(ret, &attr, main, arg);
    pthread_attr_destroy(&attr);
    return failed ? -1 : 0;
}

/* Waits for one of them; false when it is to stop. */
static bool wait_for(const struct proxy *p, struct pollfd *fds, nfds_t count)
{
    fds[count] = (struct pollfd){ .fd = p->stop, .events = POLLIN };
    while (poll(fds, count + 1, -1) < 0)
        if (errno != EINTR)
            return false;
    return !fds[count].revents;
}

/* One chunk from one side to the other. 0: that side has ended; -1: the connection has. */
static int pass(int from, int to)
{
    char chunk[CHUNK];
    ssize_t n = recv(from, chunk, sizeof(chunk), MSG_DONTWAIT);

    if (n > 0)
        return fd_write_all(to, chunk, (size_t)n, NULL) < 0 ? -1 : 1;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    if (n == 0)
        shutdown(to, SHUT_WR);
    return n == 0 ? 0 : -1;
}

static void relay(const struct connection *c)
{
    const int from[] = { c->outside, c->inside };
    bool open[] = { true, true };
    struct pollfd fds[3];

    while (open[0] || open[1]) {
        for (int i = 0; i < 2; i++)
            fds[i] = (struct pollfd){ .fd = open[i] ? from[i] : -1, .events = POLLIN };
        if (!wait_for(c->proxy, fds, 2))
            return;
        for (int i = 0; i < 2; i++) {
            int result = fds[i].revents ? pass(from[i], from[1 - i]) : 1;

            if (result < 0)
                return;
            open[i] = open[i] && result > 0;
        }
    }
}

int proxy_connect(int type, enum family family, ip_number address, uint16_t port)
{
    const struct timeval patience = { 10, 0 };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
    const bool is_six = family == SIX;
    scoped_close int fd = socket(is_six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);

    ip_bytes(SIX, address, six.sin6_addr.s6_addr);
    four.sin_addr.s_addr = htonl((uint32_t)address);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
               sizeof(patience)); /* of connect(2) as well, socket(7) */
    if (connect(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
                is_six ? sizeof(six) : sizeof(four)) < 0)
        return -1;
    return take_fd(&fd);
}

static void *connection_main(void *arg)
{
    struct connection *c = arg;
    struct proxy *p = c->proxy;

    c->inside = proxy_connect(SOCK_STREAM, p->family, p->address, p->port);
    if (c->inside >= 0) {
        fd_nodelay(c->inside);
        fd_nodelay(c->outside);
        relay(c);
        close(c->inside);
    }
    close(c->outside);
    free(c);
    pthread_mutex_lock(&p->lock);
    p->connections--;
    pthread_mutex_unlock(&p->lock);
    leave(p);
    return NULL;
}

static bool enter(struct proxy *p)
{
    bool room;

    pthread_mutex_lock(&p->lock);
    room = p->connections < CONNECTIONS_MAX;
    if (room) {
        p->connections++;
        p->users++;
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

static void take_connection(struct proxy *p)
{
    const struct timeval patience = { 60, 0 }; /* for a peer that takes nothing */
    int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    struct connection *c;
    pthread_t thread;

    if (fd < 0)
        return;
    if (!enter(p)) {
        close(fd);
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    c = new_zeroed(struct connection);
    *c = (struct connection){ p, fd, -1 };
    if (start_thread(connection_main, c, &thread) == 0) {
        pthread_detach(thread);
        return;
    }
    close(fd);
    free(c);
    pthread_mutex_lock(&p->lock);
    p->connections--;
    p->users--; /* the caller is one, so it is not the last */
    pthread_mutex_unlock(&p->lock);
}

static void *listener_main(void *arg)
{
    struct proxy *p = arg;

    if (p->udp) {
        proxy_udp_serve(p->listener, p->stop, p->family, p->address, p->port);
        return NULL;
    }
    for (;;) {
        struct pollfd fds[2] = {
            {.fd = p->listener, .events = POLLIN}
        };

        if (!wait_for(p, fds, 1))
            break;
        take_connection(p);
    }
    return NULL;
}

int proxy_start(int listener, bool udp, enum family family, ip_number address, uint16_t port,
                struct proxy **ret, struct error *err)
{
    struct proxy *p = new_zeroed(struct proxy);

    *p = (struct proxy){
        .users = 1, .listener = listener, .udp = udp, .family = family, .address = address, .port = port
    };
    pthread_mutex_init(&p->lock, NULL);
    p->stop = eventfd(0, EFD_CLOEXEC);
    if (p->stop < 0 || fd_nonblock(listener, true, NULL) < 0 ||
        start_thread(listener_main, p, &p->thread) < 0) {
        error_errno(err, "serve a published port");
        if (p->stop >= 0)
            close(p->stop);
        pthread_mutex_destroy(&p->lock);
        free(p);
        return -1;
    }
    *ret = p;
    return 0;
}

struct proxy *proxy_stop(struct proxy *p)
{
    if (!p)
        return NULL;
    eventfd_write(p->stop, 1);
    pthread_join(p->thread, NULL);
    leave(p);
    return NULL;
}
