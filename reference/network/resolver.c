/* network/resolver.c - see resolver.h. A resolver is started when a container has its first network with names, and ends with the
 * container's namespace. Its rules lie in that namespace and go with it. */
#include "network/resolver.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "network/network.h"
#include "network/rules.h"
#include "resolver/names.h"

#define END_WAIT_MS 1000

static char *names_dir(const struct networks *n)
{
    return path_join(n->run, "names");
}

static char *network_file(const struct networks *n, const char *id)
{
    return xasprintf("%s/names/%s", n->run, id);
}

static char *resolver_dir(const struct networks *n, const char *container_id)
{
    return xasprintf("%s/resolvers/%s", n->run, container_id);
}

/* -- files -- */

static void add_endpoint(struct str *s, const struct endpoint *e)
{
    char text[FAMILIES][CIDR_TEXT_MAX] = { "", "" };

    for (enum family f = FOUR; f < FAMILIES; f++)
        if (e->addresses[f])
            ip_format(f, e->addresses[f], text[f]);
    names_add_endpoint(s, e->container_id, text[FOUR], text[SIX], &e->names);
}

void resolver_write_network(const struct networks *n, const struct network *net)
{
    scoped_free char *path = network_file(n, net->id), *dir = names_dir(n);
    scoped_str s = { 0 };
    struct error err = { 0 };
    void *e;

    if (net->predefined || !*net->bridge)
        return;
    names_add_network(&s, net->name);
    for (size_t at = 0; map_next(net->endpoints, &at, NULL, &e);)
        add_endpoint(&s, e);
    if (dir_make(dir, 0755, &err) < 0 || file_replace(path, s.data, s.len, 0644, &err) < 0)
        log_warn("names of network %s: %s", net->name, err.text);
}

void resolver_forget_network(const struct networks *n, const struct network *net)
{
    scoped_free char *path = network_file(n, net->id);

    unlink(path);
}

static void add_links(struct str *s, const struct network *net, const struct endpoint *e)
{
    json_t *link;
    size_t i;

    json_array_foreach (e->links, i, link) {
        const char *text = json_is_string(link) ? json_string_value(link) : "", *colon = strchr(text, ':');
        scoped_free char *target = xstrndup(text, strcspn(text, ":"));

        names_add_line(s, "link", (const char *[]){ net->id, colon ? colon + 1 : target, target }, 3);
    }
}

static void add_server(struct str *s, const char *address)
{
    bool of_host = str_starts(address, "127.") || str_eq(address, "::1");

    names_add_line(s, of_host ? "host-server" : "server", &address, 1);
}

static void add_host_servers(struct str *s)
{
    scoped_str text = { 0 };
    scoped_strv lines = { 0 };

    if (file_read("/etc/resolv.conf", 65536, &text, NULL) < 0)
        return;
    strv_split(&lines, str_text(&text), '\n');
    for (size_t i = 0; i < lines.count; i++) {
        char address[64];

        if (sscanf(lines.items[i], "nameserver %63s", address) == 1)
            add_server(s, address);
    }
}

/* An address given by the user is asked from inside, whatever it is; the host's own ones from where they can be reached. */
static void add_servers(struct str *s, const json_t *dns, bool inside_only)
{
    json_t *server;
    size_t i;

    json_array_foreach (dns, i, server) {
        const char *address = json_string_value(server);

        names_add_line(s, "server", &address, 1);
    }
    if (json_array_size(dns) == 0) {
        add_host_servers(s);
        if (inside_only)
            str_add(s, "inside-only\n");
    }
}

/* The container's configuration; false when none of its networks has names. */
static bool config_text(struct networks *n, const char *container_id, const json_t *dns, struct str *s)
{
    bool has_names = false, inside_only = true;
    void *value;

    for (size_t at = 0; index_next(n->index, &at, &value);) {
        const struct network *net = value;
        const struct endpoint *e = map_get(net->endpoints, container_id);

        if (!e || !*net->bridge)
            continue;
        inside_only = inside_only && net->internal;
        if (net->predefined)
            continue;
        has_names = true;
        names_add_line(s, "network", (const char *[]){ net->id }, 1);
        add_links(s, net, e);
    }
    add_servers(s, dns, inside_only);
    return has_names;
}

/* -- the process -- */

static int connect_to(const char *dir)
{
    scoped_close int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
    struct sockaddr_un name = { .sun_family = AF_UNIX };

    if (folder < 0 || (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return -1;
    snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/" RESOLVER_SOCKET, folder);
    return connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ? -1 : take_fd(&fd);
}

/* A resolver holds a lock on its folder as long as it lives. */
static bool is_alive(const char *dir)
{
    scoped_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

void resolver_end(const struct networks *n, const char *container_id)
{
    scoped_free char *dir = resolver_dir(n, container_id);
    scoped_close int fd = connect_to(dir);
    char nothing;

    if (fd >= 0 && fd_wait_readable(fd, END_WAIT_MS, NULL) == 1 && read(fd, &nothing, 1) > 0)
        log_warn("the resolver of %s does not end", container_id);
    tree_remove(dir, NULL);
}

static int launch(const struct networks *n, const char *netns, const char *dir, struct error *err)
{
    scoped_free char *names = names_dir(n);
    const char *const argv[] = { n->resolver, netns, names, dir, NULL };
    scoped_str output = { 0 };
    unsigned udp, tcp;
    int status;

    if (proc_run(argv, 4096, &output, &status, err) < 0)
        return -1;
    if (status != 0 || sscanf(str_text(&output), "%u %u", &udp, &tcp) != 2) {
        str_cut(&output, strcspn(str_text(&output), "\n"));
        return error_set(err, ERR_SYSTEM, "%s", output.len ? str_text(&output) : "it could not be started");
    }
    return rules_lead_dns(netns, RESOLVER_ADDRESS, udp, tcp, err);
}

int network_names_up(struct networks *n, const char *container_id, const char *netns, const json_t *dns,
                     struct error *err)
{
    scoped_free char *dir = resolver_dir(n, container_id);
    scoped_free char *config = path_join(dir, RESOLVER_CONFIG);
    scoped_str text = { 0 };
    bool has_names;

    if (!netns || !n->resolver)
        return 0;
    pthread_mutex_lock(&n->lock);
    has_names = config_text(n, container_id, dns, &text);
    pthread_mutex_unlock(&n->lock);
    if (!has_names && !path_exists(config))
        return 0;
    if (dir_make(dir, 0755, err) < 0 || file_replace(config, str_text(&text), text.len, 0644, err) < 0)
        return error_wrap(err, "names");
    if (has_names && !is_alive(dir) && launch(n, netns, dir, err) < 0)
        return error_wrap(err, "engine-resolver");
    return 0;
}

/* -- after a restart of the daemon -- */

static bool network_is_known(const struct networks *n, const char *id)
{
    return index_by_id(n->index, id) != NULL;
}

static bool container_is_known(const struct networks *n, const char *id)
{
    return map_get(n->namespaces, id) != NULL;
}

static void each_unknown(const struct networks *n, const char *folder,
                         bool (*known)(const struct networks *n, const char *id),
                         void (*end)(const struct networks *n, const char *id))
{
    scoped_free char *path = path_join(n->run, folder);
    scoped(closedir) DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' && !known(n, entry->d_name))
            end(n, entry->d_name);
}

static void remove_names(const struct networks *n, const char *id)
{
    scoped_free char *path = network_file(n, id);

    unlink(path);
}

void resolvers_settle(const struct networks *n)
{
    void *net;

    for (size_t at = 0; index_next(n->index, &at, &net);)
        resolver_write_network(n, net);
    each_unknown(n, "names", network_is_known, remove_names);
    each_unknown(n, "resolvers", container_is_known, resolver_end);
}
