/* daemon/main.c - engined: options, one instance per data directory, the domains, the server, and an orderly end.
 *
 *     lock DATA-ROOT -> domains (running containers are found again) -> listen -> READY=1 -> serve
 *     SIGTERM -> stop containers, so that streams end by themselves -> stop serving -> close the domains
 *
 * The signal handler only writes to an eventfd; a thread waits for that and stops the containers while the server still
 * answers, since clients attached to them want to see their end. A third signal ends the daemon at once. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "daemon/config.h"
#include "daemon/wiring.h"

#define CONNECTIONS_MAX 1024
#define GRACE_MS        2000
#define STOPPER_STACK   (1u << 20)

struct daemon {
    struct config config;
    struct wiring wiring;
    struct http_server *server;
    int lock_fd;
    char *pidfile;
    pthread_t stopper;
    bool stopper_runs;
};

static int stop_fd = -1;

static void tell_stopper(void)
{
    ssize_t put = write(stop_fd, &(uint64_t){ 1 }, sizeof(uint64_t));

    (void)put; /* a full counter tells it too */
}

static void on_signal(int number)
{
    static volatile sig_atomic_t count;
    int saved = errno;

    (void)number;
    if (++count >= 3)
        _exit(1);
    tell_stopper();
    errno = saved;
}

static int catch_signals(struct error *err)
{
    struct sigaction stop = { .sa_handler = on_signal, .sa_flags = SA_RESTART },
                     ignore = { .sa_handler = SIG_IGN };

    stop_fd = eventfd(0, EFD_CLOEXEC);
    if (stop_fd < 0)
        return error_errno(err, "eventfd");
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    return 0;
}

/* Two daemons on one data directory would each undo what the other does. The lock ends with the process, however it ends. */
static int lock_data_root(struct daemon *d, struct error *err)
{
    scoped_free char *path = path_join(d->config.data_root, "engined.lock");
    scoped_close int fd = -1;
    char owner[32] = "";

    if (dir_make(d->config.data_root, 0711, err) < 0 || dir_make(d->config.exec_root, 0711, err) < 0)
        return -1;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK)
            return error_errno(err, "lock '%s'", path);
        fd_read_full(fd, owner, sizeof(owner) - 1, NULL);
        return error_set(err, ERR_CONFLICT,
                         "another engined (process %.*s) uses '%s'; stop it or give another --data-root",
                         (int)strcspn(owner, "\n"), owner, d->config.data_root);
    }
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%d\n", (int)getpid());
    d->lock_fd = take_fd(&fd);
    return 0;
}

static int write_pidfile(struct daemon *d, struct error *err)
{
    char text[32];

    d->pidfile =
        d->config.pidfile ? xstrdup(d->config.pidfile) : path_join(d->config.exec_root, "engined.pid");
    snprintf(text, sizeof(text), "%d", (int)getpid());
    return file_write_atomic(d->pidfile, text, strlen(text), 0644, err);
}

static int listen_all(struct daemon *d, struct error *err)
{
    struct http_server_config config = {
        .user = &d->wiring.engine, .handler = api_handle, .fail = api_fail, .max_connections = CONNECTIONS_MAX
    };

    d->server = http_server_new(&config);
    for (size_t i = 0; i < d->config.hosts.count; i++) {
        const char *url = d->config.hosts.items[i];

        if (http_server_listen(d->server, url, d->config.group, d->config.use_tls ? &d->config.tls : NULL,
                               err) < 0)
            return -1;
        log_info("listening on %s", url);
    }
    return 0;
}

/* sd_notify(3): one datagram to the socket that the service manager named; "@" stands for an abstract one. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    scoped_close int fd = -1;
    size_t n = path ? strlen(path) : 0;

    if (n == 0 || n >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
        log_warn("tell '%s' to '%s': %s", state, path, strerror(errno));
}

static void *stopper_main(void *arg)
{
    struct daemon *d = arg;
    uint64_t count;

    while (read(stop_fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
    notify("STOPPING=1");
    log_info("stopping");
    wiring_stop_containers(&d->wiring);
    http_server_stop(d->server);
    return NULL;
}

static int start_stopper(struct daemon *d, struct error *err)
{
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STOPPER_STACK);
    errno = pthread_create(&d->stopper, &attr, stopper_main, d);
    pthread_attr_destroy(&attr);
    if (errno)
        return error_errno(err, "start a thread");
    d->stopper_runs = true;
    return 0;
}

static int run(struct daemon *d, struct error *err)
{
    if (lock_data_root(d, err) < 0 || catch_signals(err) < 0)
        return -1;
    if (wiring_open(&d->wiring, &d->config, err) < 0 || listen_all(d, err) < 0)
        return -1;
    if (write_pidfile(d, err) < 0 || start_stopper(d, err) < 0)
        return -1;
    notify("READY=1");
    log_info("engined " ENGINE_VERSION " is ready, API " API_VERSION_MIN " to " API_VERSION_MAX);
    return http_server_run(d->server, GRACE_MS, err);
}

/* A handler that would not end still uses what would be freed here: then the process ends without. */
static void end(struct daemon *d, int status)
{
    if (d->stopper_runs) {
        tell_stopper(); /* serving may have failed by itself */
        pthread_join(d->stopper, NULL);
        unlink(d->pidfile);
    }
    if (d->server && http_server_connections(d->server) > 0) {
        log_warn("%u requests did not end in time", http_server_connections(d->server));
        _exit(status);
    }
    if (d->server)
        http_server_free(d->server);
    if (d->wiring.engine.events)
        wiring_close(&d->wiring);
    free(d->pidfile);
    if (d->lock_fd >= 0)
        close(d->lock_fd);
    config_free(&d->config);
}

int main(int argc, char **argv)
{
    struct daemon d = { .lock_fd = -1 };
    struct error err = { .kind = ERR_NONE };
    enum config_result parsed = config_parse(argc, argv, &d.config);
    int failed;

    if (parsed != CONFIG_RUN) {
        config_free(&d.config);
        return parsed == CONFIG_DONE ? 0 : 2;
    }
    mallopt(M_ARENA_MAX, 2);             /* a thread per connection, but not a heap for each */
    mallopt(M_MMAP_THRESHOLD, 64 << 10); /* fixed: what a layer needs for a moment goes back to the kernel */
    mallopt(M_TRIM_THRESHOLD, 64 << 10);
    umask(022);
    log_set_level(d.config.log_level);
    failed = run(&d, &err) < 0;
    if (failed)
        log_error("%s", err.text);
    end(&d, failed ? 1 : 0);
    return failed ? 1 : 0;
}
