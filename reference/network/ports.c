/* network/ports.c - see ports.h. */
#include "network/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "network/network.h"

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

static socklen_t name_of(enum family family, ip_number address, uint16_t port, struct sockaddr_storage *ret)
{
    struct sockaddr_in *four = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;

    memset(ret, 0, sizeof(*ret));
    if (family == SIX) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        ip_bytes(SIX, address, six->sin6_addr.s6_addr);
        return sizeof(*six);
    }
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    four->sin_addr.s_addr = htonl((uint32_t)address);
    return sizeof(*four);
}

/* A socket on that port; 0 lets the kernel choose one. listen(2) is what makes the port ours: two bound sockets with SO_REUSEADDR
 * would share it. */
static int bind_one(const char *protocol, enum family family, ip_number address, uint16_t *port)
{
    bool udp = str_eq(protocol, "udp");
    int fd = socket(family == SIX ? AF_INET6 : AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC,
                    str_eq(protocol, "sctp") ? IPPROTO_SCTP : 0);
    struct sockaddr_storage name;
    socklen_t length = name_of(family, address, *port, &name);
    int one = 1;

    if (fd < 0)
        return -1;
    if (!udp)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (family == SIX)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&name, length) < 0 || (!udp && listen(fd, family == SIX ? 64 : 1) < 0) ||
        getsockname(fd, (struct sockaddr *)&name, &length) < 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(((struct sockaddr_in *)&name)->sin_port); /* at the same place in both */
    return fd;
}

static void keep(struct ports *p, const char *key, const char *protocol, uint16_t inside, enum family family,
                 ip_number address, uint16_t port, int fd)
{
    char host[CIDR_TEXT_MAX], number[8] = "";
    json_t *list = json_object_get(p->published, key);

    p->rules = xreallocarray(p->rules, p->count + 1, sizeof(*p->rules));
    p->protocols = xreallocarray(p->protocols, p->count + 1, sizeof(*p->protocols));
    p->fds = xreallocarray(p->fds, p->count + 1, sizeof(*p->fds));
    p->proxies = xreallocarray(p->proxies, p->count + 1, sizeof(struct proxy *));
    p->proxies[p->count] = NULL;
    snprintf(p->protocols[p->count], sizeof(*p->protocols), "%s", protocol);
    p->rules[p->count] =
        (struct rules_port){ .family = family, .host_address = address, .host_port = port, .port = inside };
    p->fds[p->count++] = fd;
    if (!json_is_array(list)) {
        list = json_array();
        json_object_set_new(p->published, key, list);
    }
    ip_format(family, address, host);
    if (port)
        snprintf(number, sizeof(number), "%u", port);
    json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", host, "HostPort", number));
}

/* Where a binding is to be on the host. */
struct place {
    const char *text; /* of the address */
    bool has[FAMILIES];
    ip_number addresses[FAMILIES];
};

static int place_of(const char *ip, const char *host_address, bool six, struct place *ret, struct error *err)
{
    enum family family = strchr(ip, ':') ? SIX : FOUR;
    bool anywhere = !*ip && (str_empty(host_address) || str_eq(host_address, "0.0.0.0"));

    *ret = (struct place){ .text = *ip ? ip : anywhere ? "0.0.0.0" : host_address };
    ret->has[FOUR] = family == FOUR;
    ret->has[SIX] = six && (family == SIX || anywhere); /* nothing leads SCTP there, see proxy.h */
    if (!anywhere && !ip_parse(ret->text, family, &ret->addresses[family]))
        return error_set(err, ERR_INVALID, "invalid host address: \"%s\"", ret->text);
    return 0;
}

/* The same port of each family; -1 with errno when one of them is taken. */
static int bind_both(const struct ports_host *host, const char *protocol, const struct place *place,
                     uint16_t *port, int fds[FAMILIES])
{
    for (enum family f = FOUR; f < FAMILIES; f++) {
        bool bound = place->has[f] && !host->routed[f];

        fds[f] = bound ? bind_one(protocol, f, place->addresses[f], port) : -1;
        if (!bound || fds[f] >= 0)
            continue;
        if (f == SIX && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) && place->has[FOUR])
            break; /* a host without IPv6 */
        if (f == SIX && fds[FOUR] >= 0)
            close(fds[FOUR]);
        return -1;
    }
    return 0;
}

#define ANY_PORT_TRIES 16 /* what is free of one family may be taken of the other */

static int bind_port(struct ports *p, const struct ports_host *host, const char *key, const char *protocol,
                     uint16_t inside, unsigned port, const struct place *place)
{
    int fds[FAMILIES];

    for (int i = 0; i < (port ? 1 : ANY_PORT_TRIES); i++) {
        uint16_t got = (uint16_t)port;

        if (bind_both(host, protocol, place, &got, fds) < 0)
            continue;
        for (enum family f = FOUR; f < FAMILIES; f++)
            if (fds[f] >= 0)
                keep(p, key, protocol, inside, f, place->addresses[f], got, fds[f]);
            else if (place->has[f] && host->routed[f])
                keep(p, key, protocol, inside, f, 0, 0, -1);
        return 0;
    }
    return -1;
}

static bool parse_range(const char *text, unsigned *first, unsigned *last)
{
    int used = 0;

    *first = *last = 0;
    if (!*text)
        return true;
    if (sscanf(text, "%u%n-%u%n", first, &used, last, &used) < 1 || text[used] || *first > 65535 ||
        *last > 65535)
        return false;
    *last = *last ? *last : *first;
    return true;
}

/* "", "80", "8000-8010": the first one that is free. */
static int bind_binding(struct ports *p, const struct ports_host *host, const char *key,
                        const json_t *binding, struct error *err)
{
    const char *host_port = json_str_at(binding, "HostPort", "");
    char protocol[8];
    uint16_t inside;
    unsigned first, last;
    struct place place;

    if (!parse_port(key, &inside, protocol))
        return error_set(err, ERR_INVALID, "invalid port specification: \"%s\"", key);
    if (!parse_range(host_port, &first, &last))
        return error_set(err, ERR_INVALID, "invalid port specification: \"%s\"", host_port);
    if (place_of(json_str_at(binding, "HostIp", ""), host->address, host->six || !str_eq(protocol, "sctp"),
                 &place, err) < 0)
        return -1;
    for (unsigned port = first; port <= last; port++)
        if (bind_port(p, host, key, protocol, inside, port, &place) == 0)
            return 0;
    if (errno != EADDRINUSE)
        return error_errno(err, "Bind for %s:%s failed", place.text, host_port);
    return error_set(err, ERR_SYSTEM, "Bind for %s:%s failed: port is already allocated", place.text,
                     host_port);
}

static int bind_all(const struct network_endpoint *asked, const struct ports_host *host, struct ports *p,
                    struct error *err)
{
    const char *key;
    json_t *list, *binding;
    size_t i;

    json_object_foreach ((json_t *)asked->exposed_ports, key, list)
        json_object_set_new(p->published, key, json_null());
    json_object_foreach ((json_t *)asked->port_bindings, key, list) {
        if (!json_object_get(asked->exposed_ports, key)) /* PublishedPorts.exposed */
            continue;
        json_array_foreach (list, i, binding)
            if (bind_binding(p, host, key, binding, err) < 0)
                return -1;
    }
    if (!asked->publish_all)
        return 0;
    json_object_foreach ((json_t *)asked->exposed_ports, key, list)
        if (json_array_size(json_object_get(asked->port_bindings, key)) == 0 &&
            bind_binding(p, host, key, NULL, err) < 0)
            return -1;
    return 0;
}

int ports_bind(const struct network_endpoint *asked, const struct ports_host *host, struct ports *ret,
               struct error *err)
{
    struct ports p = { .published = json_object() };

    if (bind_all(asked, host, &p, err) < 0) {
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
        json_array_foreach (list, i, binding) {
            bool routed = str_empty(json_str_at(binding, "HostPort", ""));
            const struct ports_host host = {
                .six = strchr(json_str_at(binding, "HostIp", ""), ':') != NULL, .routed = {routed, routed}
            };

            bind_binding(ret, &host, key, binding, NULL);
        }
    }
}

void ports_serve(struct ports *p, const ip_number addresses[FAMILIES])
{
    enum family family = addresses[FOUR] ? FOUR : SIX;

    for (size_t i = 0; i < p->count; i++)
        if (p->rules[i].family == SIX && p->fds[i] >= 0 && !str_eq(p->protocols[i], "sctp") && !p->proxies[i])
            proxy_start(p->fds[i], str_eq(p->protocols[i], "udp"), family, addresses[family],
                        p->rules[i].port, &p->proxies[i], NULL);
}

void ports_free(struct ports *p)
{
    for (size_t i = 0; i < p->count; i++) {
        proxy_stop(p->proxies[i]);
        if (p->fds[i] >= 0)
            close(p->fds[i]);
    }
    free(p->proxies);
    free(p->rules);
    free(p->protocols);
    free(p->fds);
    json_decref(p->published);
    *p = (struct ports){ 0 };
}
