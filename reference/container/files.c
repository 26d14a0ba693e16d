/* container/files.c - /etc/hostname, /etc/hosts and /etc/resolv.conf of a container (hosts(5), resolv.conf(5)): files of the
 * engine, bound over what the image has. */
#include "container/internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "network/network.h"

#define HOST_FILE_MAX (1u << 20)

static int put(struct container *c, const char *name, const char *text, struct error *err)
{
    scoped_free char *path = container_dir(c, name);

    return file_replace(path, text, strlen(text), 0644, err);
}

/* The address by which a container reaches its host: the gateway of one of its networks. */
static const char *host_gateway(const json_t *networks)
{
    const char *name, *gateway;
    json_t *endpoint;

    json_object_foreach ((json_t *)networks, name, endpoint) {
        gateway = json_str_at(endpoint, "Gateway", "");
        if (gateway[0])
            return gateway;
    }
    return "127.0.0.1";
}

static void add_extra_hosts(struct str *s, const json_t *host_config, const json_t *networks)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(host_config, "ExtraHosts"), i, item) {
        const char *text = json_string_value(item), *colon = strchr(text, ':');

        if (colon)
            str_addf(s, "%s\t%.*s\n", str_eq(colon + 1, "host-gateway") ? host_gateway(networks) : colon + 1,
                     (int)(colon - text), text);
    }
}

/* The container's own name at an endpoint's address. */
static void add_endpoint(struct str *s, const json_t *config, const json_t *endpoint)
{
    const char *host = json_str_at(config, "Hostname", ""), *domain = json_str_at(config, "Domainname", "");
    static const char *const members[] = { "IPAddress", "GlobalIPv6Address" };

    for (size_t i = 0; i < 2; i++) {
        const char *address = json_str_at(endpoint, members[i], "");

        if (address[0] && domain[0])
            str_addf(s, "%s\t%s.%s %s\n", address, host, domain, host);
        else if (address[0])
            str_addf(s, "%s\t%s\n", address, host);
    }
}

static void add_own(struct str *s, const json_t *config, const json_t *networks)
{
    const char *name;
    json_t *endpoint;

    json_object_foreach ((json_t *)networks, name, endpoint)
        add_endpoint(s, config, endpoint);
}

static int write_hosts(struct container *c, const json_t *config, const json_t *host_config,
                       const json_t *networks, struct error *err)
{
    scoped_str s = { 0 };

    if (str_eq(json_str_at(host_config, "NetworkMode", ""), "host")) {
        if (file_read("/etc/hosts", HOST_FILE_MAX, &s, NULL) < 0)
            str_add(&s, "127.0.0.1\tlocalhost\n");
    } else {
        str_add(&s, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n"
                    "ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
    }
    add_extra_hosts(&s, host_config, networks);
    links_hosts(c, host_config, &s);
    add_own(&s, config, networks);
    return put(c, "hosts", str_text(&s), err);
}

static char *resolv_conf(struct container *c, const json_t *host_config, bool resolver)
{
    return network_resolv_conf(c->all->networks, resolver, json_object_get(host_config, "Dns"),
                               json_object_get(host_config, "DnsSearch"),
                               json_object_get(host_config, "DnsOptions"));
}

int files_write(struct container *c, const json_t *networks, struct error *err)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    scoped_free char *hostname = xasprintf("%s\n", json_str_at(config, "Hostname", ""));
    scoped_free char *resolv = resolv_conf(c, host_config, network_has_resolver(c->all->networks, networks));

    if (put(c, "hostname", hostname, err) < 0 || put(c, "resolv.conf", resolv, err) < 0)
        return -1;
    return write_hosts(c, config, host_config, networks, err);
}

static bool begins_with(const char *line, const char *address)
{
    size_t n = strlen(address);

    return n > 0 && strncmp(line, address, n) == 0 && (line[n] == ' ' || line[n] == '\t');
}

/* All lines of `from` but those that begin with an address of the endpoint. */
static void copy_without(struct str *to, const char *from, const json_t *endpoint)
{

    while (*from) {
        size_t line = strcspn(from, "\n");

        line += from[line] == '\n';
        if (!begins_with(from, json_str_at(endpoint, "IPAddress", "")) &&
            !begins_with(from, json_str_at(endpoint, "GlobalIPv6Address", "")))
            str_add_bytes(to, from, line);
        from += line;
    }
}

int files_move_host(struct container *c, const json_t *gone, const json_t *come, struct error *err)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    scoped_free char *path = container_dir(c, "hosts");
    scoped_str before = { 0 };
    scoped_str after = { 0 };
    scoped_close int fd = -1;

    if (file_read(path, HOST_FILE_MAX, &before, err) < 0)
        return -1;
    copy_without(&after, str_text(&before), gone);
    if (come)
        add_endpoint(&after, config, come);
    fd = open(path, O_WRONLY | O_TRUNC |
                        O_CLOEXEC); /* in place: the container sees this very file, bound over its own */
    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    return fd_write_all(fd, str_text(&after), after.len, err);
}

int files_use_resolver(struct container *c, struct error *err)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    scoped_free char *path = container_dir(c, "resolv.conf"), *before = resolv_conf(c, host_config, false);
    scoped_free char *after = resolv_conf(c, host_config, true);
    scoped_str now = { 0 };
    scoped_close int fd = -1;

    (void)config;
    if (file_read(path, HOST_FILE_MAX, &now, err) < 0)
        return -1;
    if (!str_eq(str_text(&now), before))
        return 0; /* it does already, or somebody changed the file: it is theirs */
    fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC); /* in place, as above */
    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    return fd_write_all(fd, after, strlen(after), err);
}
