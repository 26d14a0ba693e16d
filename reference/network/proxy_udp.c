/* network/proxy_udp.c - see proxy_udp.h. One thread: a datagram is small, and nobody waits for one. */
#include "network/proxy_udp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define PEERS_MAX    128
#define SILENT_S     90
#define DATAGRAM_MAX 65536
#define BURST        64 /* datagrams of one socket before the others have their turn */

struct peer {
    struct sockaddr_storage from;
    socklen_t length;
    time_t heard;
    int inside;
};

struct relay {
    int listener;
    enum family family;
    ip_number address;
    uint16_t port;
    struct peer peers[PEERS_MAX];
    size_t count;
    char datagram[DATAGRAM_MAX];
};

static time_t seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void forget(struct relay *r, size_t i)
{
    close(r->peers[i].inside);
    r->peers[i] = r->peers[--r->count];
}

static void forget_silent(struct relay *r)
{
    time_t now = seconds();

    for (size_t i = r->count; i-- > 0;)
        if (now - r->peers[i].heard > SILENT_S)
            forget(r, i);
}

static struct peer *peer_new(struct relay *r, const struct sockaddr_storage *from, socklen_t length)
{
    size_t oldest = 0;
    struct peer *p;

    for (size_t i = 1; i < r->count; i++)
        if (r->peers[i].heard < r->peers[oldest].heard)
            oldest = i;
    if (r->count == PEERS_MAX)
        forget(r, oldest);
    p = &r->peers[r->count];
    *p = (struct peer){ .from = *from,
                        .length = length,
                        .inside = proxy_connect(SOCK_DGRAM, r->family, r->address, r->port) };
    if (p->inside < 0)
        return NULL;
    r->count++;
    return p;
}

static struct peer *peer_of(struct relay *r, const struct sockaddr_storage *from, socklen_t length)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->peers[i].length == length && memcmp(&r->peers[i].from, from, length) == 0)
            return &r->peers[i];
    return peer_new(r, from, length);
}

static void pass_in(struct relay *r)
{
    for (int i = 0; i < BURST; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t length = sizeof(from);
        ssize_t n = recvfrom(r->listener, r->datagram, sizeof(r->datagram), MSG_DONTWAIT,
                             (struct sockaddr *)&from, &length);
        struct peer *p = n < 0 ? NULL : peer_of(r, &from, length);

        if (n < 0)
            return;
        if (!p)
            continue;
        p->heard = seconds();
        send(p->inside, r->datagram, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL); /* what is lost is lost: UDP */
    }
}

static void pass_out(struct relay *r, struct peer *p)
{
    for (int i = 0; i < BURST; i++) {
        ssize_t n = recv(p->inside, r->datagram, sizeof(r->datagram), MSG_DONTWAIT);

        if (n < 0)
            return;
        p->heard = seconds();
        sendto(r->listener, r->datagram, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&p->from,
               p->length);
    }
}

void proxy_udp_serve(int listener, int stop, enum family family, ip_number address, uint16_t port)
{
    struct relay *r = new_zeroed(struct relay);
    struct pollfd fds[PEERS_MAX + 2];

    r->listener = listener;
    r->family = family;
    r->address = address;
    r->port = port;
    for (;;) {
        size_t count = r->count;

        fds[0] = (struct pollfd){ .fd = stop, .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = listener, .events = POLLIN };
        for (size_t i = 0; i < count; i++)
            fds[i + 2] = (struct pollfd){ .fd = r->peers[i].inside, .events = POLLIN };
        if (poll(fds, count + 2, count ? SILENT_S * 1000 : -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents)
            break;
        for (size_t i = 0; i < count; i++)
            if (fds[i + 2].revents)
                pass_out(r, &r->peers[i]);
        if (fds[1].revents)
            pass_in(r);
        forget_silent(r);
    }
    while (r->count)
        forget(r, r->count - 1);
    free(r);
}
