/* resolver/main.c - engine-resolver: the name server of one container.
 *
 *     engine-resolver NETNS NAMES-DIR DIR
 *
 * It belongs to the container's network namespace and to nothing else: it reads the tables that the daemon wrote (names.h), so that
 * names resolve as well while no daemon is there. Its parent reads its two ports (UDP and TCP, of 127.0.0.11) and sees status 0 when
 * it answers; packet rules lead port 53 there, which stays the container's own. It is ended by a connection to DIR/socket.
 *
 * What comes in is written by the container, so it is read without any right: after the sockets are open this is nobody, and may
 * gain nothing. One thread waits for everything; a question that is passed on waits in a table of bounded size with a socket, and so a
 * source port, of its own. TCP, which is rare, gets a process for each connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"
#include "resolver/answer.h"
#include "resolver/names.h"

#define PENDING_MAX 128
#define TCP_MAX     16
#define TCP_SECONDS 20
#define SERVER_WAIT (2 * NANOS_PER_SECOND) /* then the next one is asked */
#define TRIES_MAX   4
#define QUERY_MAX   4096
#define NOBODY      65534

struct pending {
    int fd; /* -1: free */
    bool of_host;
    struct sockaddr_in asker;
    uint8_t *query;
    size_t n;
    unsigned tries;
    nanos deadline;
};

static struct {
    struct names *names;
    struct names_server servers[NAMES_SERVERS_MAX];
    int host_fds[NAMES_SERVERS_MAX]; /* connected before the namespace was entered; -1 */
    size_t server_count;
    int udp, tcp, control, lock;
    struct pending pending[PENDING_MAX];
    unsigned tcp_children;
} r;

/* -- questions that others answer -- */

static void pending_end(struct pending *p)
{
    if (!p->of_host)
        close(p->fd);
    free(p->query);
    *p = (struct pending){ .fd = -1 };
}

static void fail(struct pending *p)
{
    size_t n = answer_failure(p->query, p->n);

    sendto(r.udp, p->query, n, 0, (struct sockaddr *)&p->asker, sizeof(p->asker));
    pending_end(p);
}

/* A socket to the server; a host's own ones are shared, for this process cannot make any there. */
static int open_to(size_t server, int type)
{
    const struct names_server *s = &r.servers[server];
    int fd;

    if (s->of_host)
        return type == SOCK_DGRAM ? r.host_fds[server] : -1;
    fd = socket(s->address.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&s->address, s->length) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Asks the next server, and on from there while one cannot even be sent to. False: there is none left. */
static bool ask_next(struct pending *p)
{
    while (r.server_count && p->tries < TRIES_MAX && !names_inside_only(r.names)) {
        size_t server = p->tries++ % r.server_count;

        if (p->fd >= 0 && !p->of_host)
            close(p->fd);
        p->of_host = r.servers[server].of_host;
        p->fd = open_to(server, SOCK_DGRAM);
        if (p->fd < 0 || send(p->fd, p->query, p->n, MSG_DONTWAIT) < 0)
            continue;
        p->deadline = clock_monotonic() + SERVER_WAIT;
        return true;
    }
    return false;
}

static void forward(const uint8_t *query, size_t n, const struct sockaddr_in *asker)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending *p = &r.pending[i];

        if (p->fd >= 0)
            continue;
        p->asker = *asker;
        p->query = xmalloc(n);
        memcpy(p->query, query, n);
        p->n = n;
        if (!ask_next(p))
            fail(p);
        return;
    }
    /* full: not answered, and the asker asks again */
}

/* An answer for whoever waits on this socket: the id tells, and the question must be the same one. */
static void answered(int fd)
{
    static uint8_t reply[MESSAGE_MAX];
    ssize_t n = recv(fd, reply, sizeof(reply), MSG_DONTWAIT);

    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending *p = &r.pending[i];

        if (p->fd != fd)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EINTR) { /* nobody listens there */
            if (!ask_next(p))
                fail(p);
            return;
        }
        if (n < 2 || memcmp(p->query, reply, 2) != 0 || !answer_fits(p->query, p->n, reply, (size_t)n))
            continue;
        sendto(r.udp, reply, (size_t)n, 0, (struct sockaddr *)&p->asker, sizeof(p->asker));
        pending_end(p);
        return;
    }
}

static void look_at_deadlines(void)
{
    nanos now = clock_monotonic();

    for (size_t i = 0; i < PENDING_MAX; i++)
        if (r.pending[i].fd >= 0 && r.pending[i].deadline <= now && !ask_next(&r.pending[i]))
            fail(&r.pending[i]);
}

/* -- questions -- */

static void udp_question(void)
{
    struct sockaddr_in asker;
    socklen_t length = sizeof(asker);
    static uint8_t query[QUERY_MAX];
    uint8_t *reply = NULL;
    size_t reply_n;
    ssize_t n = recvfrom(r.udp, query, sizeof(query), MSG_DONTWAIT, (struct sockaddr *)&asker, &length);

    if (n <= 0 || length != sizeof(asker))
        return;
    names_refresh(r.names);
    switch (answer_make(r.names, query, (size_t)n, true, &reply, &reply_n)) {
    case VERDICT_ANSWER:
        sendto(r.udp, reply, reply_n, MSG_DONTWAIT, (struct sockaddr *)&asker, sizeof(asker));
        free(reply);
        break;
    case VERDICT_FORWARD:
        forward(query, (size_t)n, &asker);
        break;
    case VERDICT_DROP:
        break;
    }
}

/* A message after its length, as TCP carries it. Its length; 0 at the end or when it is too long. */
static size_t tcp_read(int fd, uint8_t *m, size_t max)
{
    uint8_t length[2];
    size_t n;

    if (fd_read_full(fd, length, 2, NULL) != 2)
        return 0;
    n = (size_t)length[0] << 8 | length[1];
    return n <= max && fd_read_full(fd, m, n, NULL) == (ssize_t)n ? n : 0;
}

static bool tcp_write(int fd, const uint8_t *m, size_t n)
{
    const uint8_t length[2] = { (uint8_t)(n >> 8), (uint8_t)n };

    return fd_write_all(fd, length, 2, NULL) == 0 && fd_write_all(fd, m, n, NULL) == 0;
}

/* The answer of the first server that has one; its length, or that of a SERVFAIL. */
static size_t tcp_forward(uint8_t *query, size_t n, uint8_t *reply)
{
    const struct timeval patience = { 3, 0 };

    for (size_t i = 0; i < r.server_count && !names_inside_only(r.names); i++) {
        int fd = open_to(i, SOCK_STREAM);
        size_t got = 0;

        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        if (tcp_write(fd, query, n))
            got = tcp_read(fd, reply, MESSAGE_MAX);
        close(fd);
        if (got && answer_fits(query, n, reply, got))
            return got;
    }
    memcpy(reply, query, n);
    return answer_failure(reply, n);
}

static void tcp_serve(int fd)
{
    static uint8_t query[QUERY_MAX], reply[MESSAGE_MAX];
    size_t n;

    close(r.lock);
    alarm(TCP_SECONDS);
    while ((n = tcp_read(fd, query, sizeof(query))) > 0) {
        uint8_t *own = NULL;
        size_t own_n, reply_n;
        bool sent = false;

        names_refresh(r.names);
        switch (answer_make(r.names, query, n, false, &own, &own_n)) {
        case VERDICT_ANSWER:
            sent = tcp_write(fd, own, own_n);
            free(own);
            break;
        case VERDICT_FORWARD:
            reply_n = tcp_forward(query, n, reply);
            sent = reply_n && tcp_write(fd, reply, reply_n);
            break;
        case VERDICT_DROP:
            break;
        }
        if (!sent)
            return;
    }
}

static void tcp_question(void)
{
    scoped_close int fd = accept4(r.tcp, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0 || r.tcp_children >= TCP_MAX)
        return;
    switch (fork()) {
    case 0:
        tcp_serve(fd);
        _exit(0);
    case -1:
        return;
    default:
        r.tcp_children++;
    }
}

/* -- the beginning -- */

static int listen_at(int type, const char *address, struct error *err)
{
    struct sockaddr_in here = { .sin_family = AF_INET };
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    inet_pton(AF_INET, address, &here.sin_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0 ||
        (type == SOCK_STREAM && listen(fd, 16) < 0))
        return error_errno(err, "listen on %s", address);
    return fd;
}

static unsigned port_of(int fd)
{
    struct sockaddr_in here = { 0 };
    socklen_t length = sizeof(here);

    getsockname(fd, (struct sockaddr *)&here, &length);
    return ntohs(here.sin_port);
}

static int listen_for_end(const char *dir, struct error *err)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = RESOLVER_SOCKET };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (chdir(dir) < 0)
        return error_errno(err, "enter '%s'", dir);
    r.lock = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r.lock < 0 || flock(r.lock, LOCK_EX | LOCK_NB) < 0)
        return error_errno(err, "lock '%s'", dir);
    unlink(RESOLVER_SOCKET);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 4) < 0)
        return error_errno(err, "listen in '%s'", dir);
    return fd;
}

/* Sockets of the host's own network are made while we are still in it. */
static void open_host_side(void)
{
    r.server_count = names_servers(r.names, r.servers);
    for (size_t i = 0; i < r.server_count; i++) {
        const struct names_server *s = &r.servers[i];
        int fd = s->of_host ? socket(s->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

        if (fd >= 0 && connect(fd, (const struct sockaddr *)&s->address, s->length) < 0) {
            close(fd);
            fd = -1;
        }
        r.host_fds[i] = fd;
    }
}

static int enter(const char *netns, struct error *err)
{
    scoped_close int fd = open(netns, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        return error_errno(err, "enter '%s'", netns);
    return 0;
}

static int give_up_rights(struct error *err)
{
    if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_errno(err, "become nobody");
    return 0;
}

static int prepare(char **argv, struct error *err)
{
    if (names_open(argv[2], argv[3], &r.names, err) < 0)
        return -1;
    open_host_side();
    if ((r.control = listen_for_end(argv[3], err)) < 0 || enter(argv[1], err) < 0 ||
        (r.udp = listen_at(SOCK_DGRAM, RESOLVER_ADDRESS, err)) < 0 ||
        (r.tcp = listen_at(SOCK_STREAM, RESOLVER_ADDRESS, err)) < 0)
        return -1;
    for (size_t i = 0; i < PENDING_MAX; i++)
        r.pending[i].fd = -1;
    return give_up_rights(err);
}

static void leave_terminal(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; i < 3; i++)
        dup2(null, i);
    close(null);
    setsid();
    if (chdir("/") < 0) /* the folder may be removed */
        _exit(1);
}

/* -- the loop -- */

static void reap(void)
{
    while (r.tcp_children && waitpid(-1, NULL, WNOHANG) > 0)
        r.tcp_children--;
}

static size_t wait_for(struct pollfd *fds)
{
    size_t n = 0;

    fds[n++] = (struct pollfd){ .fd = r.control, .events = POLLIN };
    fds[n++] = (struct pollfd){ .fd = r.udp, .events = POLLIN };
    fds[n++] = (struct pollfd){ .fd = r.tcp_children < TCP_MAX ? r.tcp : -1, .events = POLLIN };
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (r.pending[i].fd >= 0)
            fds[n++] = (struct pollfd){ .fd = r.pending[i].fd, .events = POLLIN };
    poll(fds, n, n > 3 || r.tcp_children ? 200 : -1);
    return n;
}

static void serve(void)
{
    struct pollfd fds[3 + PENDING_MAX];

    for (;;) {
        size_t n = wait_for(fds);

        if (fds[0].revents)
            _exit(0);
        if (fds[1].revents)
            udp_question();
        if (fds[2].revents)
            tcp_question();
        for (size_t i = 3; i < n; i++)
            if (fds[i].revents)
                answered(fds[i].fd);
        look_at_deadlines();
        reap();
    }
}

int main(int argc, char **argv)
{
    struct error err = { 0 };
    pid_t pid;

    if (argc != 4) {
        fputs("usage: engine-resolver NETNS NAMES-DIR DIR; engined starts it\n", stderr);
        return 2;
    }
    umask(022);
    signal(SIGPIPE, SIG_IGN);
    if (prepare(argv, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%u %u\n", port_of(r.udp), port_of(r.tcp));
    fflush(stdout);
    pid = fork();
    if (pid != 0)
        _exit(pid < 0);
    leave_terminal();
    serve();
}
