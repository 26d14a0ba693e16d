/* http/listen.c - see listen.h.
 *
 * Who can connect can be root here, so a socket file is never open to others, not even for a moment: it is
 * made under a umask. And TCP without client certificates is only for this machine. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#define BACKLOG 128

static bool somebody_answers(const struct sockaddr_un *address)
{
    scoped_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
}

static int remove_stale(const struct sockaddr_un *address, struct error *err)
{
    struct stat st;

    if (lstat(address->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, "look at '%s'", address->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, ERR_CONFLICT, "'%s' is there and is no socket", address->sun_path);
    if (somebody_answers(address))
        return error_set(err, ERR_CONFLICT, "another program answers on '%s'", address->sun_path);
    if (unlink(address->sun_path) < 0)
        return error_errno(err, "remove the old socket '%s'", address->sun_path);
    return 0;
}

/* Without the group, or without the right to give the file away, root alone can connect. */
static void give_to_group(const char *path, const char *group)
{
    struct group entry, *found = NULL;
    scoped_free char *buffer = xmalloc(16384);

    if (!str_empty(group) && getgrnam_r(group, &entry, buffer, 16384, &found) == 0 && found &&
        chown(path, (uid_t)-1, found->gr_gid) < 0)
        return;
}

static int listen_unix(const char *file, const char *group, char **path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    scoped_close int fd = -1;
    mode_t old;
    int bound;

    if (strlen(file) == 0 || strlen(file) >= sizeof(address.sun_path))
        return error_set(err, ERR_INVALID, "the path of a socket has 1 to %zu bytes",
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, file, strlen(file) + 1);
    if (remove_stale(&address, err) < 0)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, "make a socket");
    old = umask(0117);
    bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(old);
    if (bound < 0)
        return error_errno(err, "bind");
    give_to_group(file, group);
    if (listen(fd, BACKLOG) < 0)
        return error_errno(err, "listen");
    *path = xstrdup(file);
    return take_fd(&fd);
}

static bool is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
    return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

static int bind_tcp(const struct addrinfo *a, bool tls, struct error *err)
{
    scoped_close int fd = -1;

    if (!tls && !is_loopback(a->ai_addr))
        return error_set(err, ERR_FORBIDDEN,
                         "TCP beyond loopback needs TLS: give --tlscacert, --tlscert and --tlskey");
    fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, "make a socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    fd_nodelay(fd); /* each connection has it from here */
    if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        error_errno(err, "bind");
        return errno == EADDRINUSE ? error_as(err, ERR_CONFLICT) : -1;
    }
    return take_fd(&fd);
}

/* "host:port" or "[::1]:port"; without a host, 127.0.0.1; without a port, 2375, with TLS 2376. */
static int listen_tcp(const char *where, bool tls, struct error *err)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE },
                    *found = NULL;
    const char *colon = strrchr(where, ':');
    const char *bracket = strrchr(where, ']');
    const char *port;
    scoped_free char *host = NULL;
    int fd, failed;

    if (colon && bracket && bracket > colon)
        colon = NULL;
    port = colon && colon[1] ? colon + 1 : tls ? "2376" : "2375";
    host = colon ? xstrndup(where, (size_t)(colon - where)) : xstrdup(where);
    if (host[0] == '[' && str_ends(host, "]")) {
        memmove(host, host + 1, strlen(host));
        host[strlen(host) - 1] = '\0';
    }
    failed = getaddrinfo(host[0] ? host : "127.0.0.1", port, &hints, &found);
    if (failed)
        return error_set(err, ERR_INVALID, "'%s': %s", where, gai_strerror(failed));
    fd = bind_tcp(found, tls, err);
    freeaddrinfo(found);
    return fd;
}

/* The first descriptor of sd_listen_fds(3). */
static int listen_inherited(struct error *err)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    int64_t n;

    if (!pid || !count || !str_to_int64(pid, &n) || n != getpid() || !str_to_int64(count, &n) || n < 1)
        return error_set(err, ERR_INVALID, "no socket was handed over (LISTEN_PID, LISTEN_FDS)");
    return fd_nonblock(3, true, err) < 0 ? -1 : 3;
}

int listen_on(const char *url, const char *group, bool tls, char **path, struct error *err)
{
    *path = NULL;
    if (str_starts(url, "unix://"))
        return listen_unix(url + strlen("unix://"), group, path, err);
    if (str_starts(url, "tcp://"))
        return listen_tcp(url + strlen("tcp://"), tls, err);
    if (str_starts(url, "fd://"))
        return listen_inherited(err);
    return error_set(err, ERR_INVALID, "wanted unix://PATH, tcp://HOST:PORT or fd://");
}
