/* network/ports.c - see ports.h. */
#include "network/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

/* "80/tcp" or "80". */
static bool parse_port(const char *text, uint16_t *port, char protocol[8])
{
    char number[8];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    uint64_t value;

    if (n >= sizeof(number))
        return false;
    memcpy(number, text, n);
    number[n] = '\0';
    if (!str_to_uint64(number, &value) || value == 0 || value > 65535)
        return false;
    snprintf(protocol, 8, "%s", slash ? slash + 1 : "tcp");
    *port = (uint16_t)value;
    return str_eq(protocol, "tcp") || str_eq(protocol, "udp") || str_eq(protocol, "sctp");
}

/* A socket on that port; 0 lets the kernel choose one. */
static int bind_one(const char *protocol, uint32_t address, uint16_t *port)
{
    bool udp = str_eq(protocol, "udp");
    int fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC,
                    str_eq(protocol, "sctp") ? IPPROTO_SCTP : 0);
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_port = htons(*port),
                               .sin_addr.s_addr = htonl(address) };
    socklen_t length = sizeof(sin);
    int one = 1;

    if (fd < 0)
        return -1;
    if (!udp)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    /* listen(2) is what makes the port ours: two bound sockets with SO_REUSEADDR would share it */
    if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 || (!udp && listen(fd, 1) < 0) ||
        getsockname(fd, (struct sockaddr *)&sin, &length) < 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(sin.sin_port);
    return fd;
}

static void keep(struct ports *p, const char *key, const char *protocol, uint16_t inside, uint32_t address,
                 uint16_t port, int fd)
{
    char host[CIDR_TEXT_MAX], number[8];
    json_t *list = json_object_get(p->published, key);

    p->rules = xreallocarray(p->rules, p->count + 1, sizeof(*p->rules));
    p->protocols = xreallocarray(p->protocols, p->count + 1, sizeof(*p->protocols));
    p->fds = xreallocarray(p->fds, p->count + 1, sizeof(*p->fds));
    snprintf(p->protocols[p->count], sizeof(*p->protocols), "%s", protocol);
    p->rules[p->count] = (struct rules_port){ .host_address = address, .host_port = port, .port = inside };
    p->fds[p->count++] = fd;
    if (!json_is_array(list)) {
        list = json_array();
        json_object_set_new(p->published, key, list);
    }
    ipv4_format(address, host);
    snprintf(number, sizeof(number), "%u", port);
    json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", host, "HostPort", number));
}

/* "", "80", "8000-8010": the first one that is free. */
static int bind_binding(struct ports *p, const char *key, const json_t *binding, struct error *err)
{
    const char *ip = json_str_at(binding, "HostIp", ""), *host_port = json_str_at(binding, "HostPort", "");
    char protocol[8];
    uint16_t inside;
    uint32_t address = 0;
    unsigned first = 0, last = 0;
    int used = 0;

    if (!parse_port(key, &inside, protocol))
        return error_set(err, ERR_INVALID, "invalid port specification: \"%s\"", key);
    if (strchr(ip, ':'))
        return 0; /* an IPv6 address: we publish on IPv4 alone, see reference/README.md */
    if (*ip && !ipv4_parse(ip, &address))
        return error_set(err, ERR_INVALID, "invalid host address: \"%s\"", ip);
    if (*host_port && (sscanf(host_port, "%u%n-%u%n", &first, &used, &last, &used) < 1 || host_port[used] ||
                       first > 65535 || last > 65535))
        return error_set(err, ERR_INVALID, "invalid port specification: \"%s\"", host_port);
    for (unsigned port = first; port <= (last ? last : first); port++) {
        uint16_t got = (uint16_t)port;
        int fd = bind_one(protocol, address, &got);

        if (fd >= 0) {
            keep(p, key, protocol, inside, address, got, fd);
            return 0;
        }
    }
    if (errno != EADDRINUSE)
        return error_errno(err, "Bind for %s:%s failed", *ip ? ip : "0.0.0.0", host_port);
    return error_set(err, ERR_SYSTEM, "Bind for %s:%s failed: port is already allocated",
                     *ip ? ip : "0.0.0.0", host_port);
}

static int bind_all(const json_t *bindings, const json_t *exposed, bool publish_all, struct ports *p,
                    struct error *err)
{
    const char *key;
    json_t *list, *binding;
    size_t i;

    json_object_foreach ((json_t *)exposed, key, list)
        json_object_set_new(p->published, key, json_null());
    json_object_foreach ((json_t *)bindings, key, list) {
        json_array_foreach (list, i, binding)
            if (bind_binding(p, key, binding, err) < 0)
                return -1;
    }
    if (!publish_all)
        return 0;
    json_object_foreach ((json_t *)exposed, key, list)
        if (json_array_size(json_object_get(bindings, key)) == 0 && bind_binding(p, key, NULL, err) < 0)
            return -1;
    return 0;
}

int ports_bind(const json_t *bindings, const json_t *exposed, bool publish_all, struct ports *ret,
               struct error *err)
{
    struct ports p = { .published = json_object() };

    if (bind_all(bindings, exposed, publish_all, &p, err) < 0) {
        ports_free(&p);
        return -1;
    }
    *ret = p;
    return 0;
}

void ports_rebind(const json_t *published, struct ports *ret)
{
    const char *key;
    json_t *list, *binding;
    size_t i;

    *ret = (struct ports){ .published = json_object() };
    json_object_foreach ((json_t *)published, key, list) {
        if (!json_is_array(list))
            json_object_set_new(ret->published, key, json_null());
        json_array_foreach (list, i, binding)
            bind_binding(ret, key, binding, NULL);
    }
}

void ports_free(struct ports *p)
{
    for (size_t i = 0; i < p->count; i++)
        close(p->fds[i]);
    free(p->rules);
    free(p->protocols);
    free(p->fds);
    json_decref(p->published);
    *p = (struct ports){ 0 };
}
