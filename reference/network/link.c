/* network/link.c - see link.h.
 *
 * To speak to another namespace, the calling thread enters it, opens a socket and comes back at once: the socket stays there. A thread
 * that could not come back would do its later work in a container's network, so that ends the daemon. */
#include "network/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/route.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/strv.h"

DEFINE_SCOPED(struct nl_sock *, nl_socket_free)
DEFINE_SCOPED(struct nl_cache *, nl_cache_free)
DEFINE_SCOPED(struct rtnl_link *, rtnl_link_put)
DEFINE_SCOPED(struct rtnl_addr *, rtnl_addr_put)
DEFINE_SCOPED(struct rtnl_route *, rtnl_route_put)
DEFINE_SCOPED(struct nl_addr *, nl_addr_put)

/* libnl's error numbers are negative and its own. */
static int failed(struct error *err, int code, const char *what, const char *name)
{
    return error_set(err, ERR_SYSTEM, "%s '%s': %s", what, name, nl_geterror(code));
}

static int own_namespace(struct error *err)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? error_errno(err, "open the thread's network namespace") : fd;
}

static void come_back(int fd)
{
    if (setns(fd, CLONE_NEWNET) < 0) {
        perror("cannot return from a network namespace");
        abort();
    }
}

static int connected(struct nl_sock **ret, struct error *err)
{
    struct nl_sock *sock = nl_socket_alloc();
    int code = sock ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NOMEM;

    if (code < 0) {
        nl_socket_free(sock);
        return failed(err, code, "connect to", "rtnetlink");
    }
    *ret = sock;
    return 0;
}

static int open_in(const char *netns, struct nl_sock **ret, struct error *err)
{
    scoped_close int own = -1;
    scoped_close int there = -1;
    int result;

    if (!netns)
        return connected(ret, err);
    own = own_namespace(err);
    if (own < 0)
        return -1;
    there = open(netns, O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) < 0)
        return error_errno(err, "enter network namespace '%s'", netns);
    result = connected(ret, err);
    come_back(own);
    return result;
}

/* -- namespaces -- */

static int loopback_up(struct error *err)
{
    scoped(nl_socket_free) struct nl_sock *sock = NULL;
    scoped(rtnl_link_put) struct rtnl_link *lo = NULL;
    scoped(rtnl_link_put) struct rtnl_link *change = rtnl_link_alloc();
    int code;

    if (connected(&sock, err) < 0)
        return -1;
    code = rtnl_link_get_kernel(sock, 0, "lo", &lo);
    if (code == 0) {
        rtnl_link_set_flags(change, IFF_UP);
        code = rtnl_link_change(sock, lo, change, 0);
    }
    return code < 0 ? failed(err, code, "bring up", "lo") : 0;
}

static int bind_own_namespace(const char *path, struct error *err)
{
    scoped_close int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

    if (file < 0)
        return error_errno(err, "create '%s'", path);
    if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) < 0) {
        error_errno(err, "bind a network namespace to '%s'", path);
        unlink(path);
        return -1;
    }
    return 0;
}

int netns_create(const char *path, struct error *err)
{
    scoped_close int own = own_namespace(err);
    int result;

    if (own < 0)
        return -1;
    if (unshare(CLONE_NEWNET) < 0)
        return error_errno(err, "make a network namespace");
    result = loopback_up(err);
    if (result == 0)
        result = bind_own_namespace(path, err);
    come_back(own);
    return result;
}

int netns_call(const char *netns, int (*f)(void *user, struct error *err), void *user, struct error *err)
{
    scoped_close int own = own_namespace(err);
    scoped_close int there = -1;
    int result;

    if (own < 0)
        return -1;
    there = open(netns, O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) < 0)
        return error_errno(err, "enter network namespace '%s'", netns);
    result = f(user, err);
    come_back(own);
    return result;
}

/* -- links -- */

bool link_exists(const char *name)
{
    return if_nametoindex(name) != 0;
}

static struct nl_addr *address_build(enum family family, ip_number address, unsigned prefix)
{
    uint8_t bytes[16];
    unsigned n = ip_bytes(family, address, bytes);
    struct nl_addr *built = nl_addr_build(family == SIX ? AF_INET6 : AF_INET, bytes, n);

    nl_addr_set_prefixlen(built, (int)prefix);
    return built;
}

/* An IPv6 address is used at once: we know that nobody else has it (no duplicate address detection, rfc4862). */
static int address_add(struct nl_sock *sock, int ifindex, struct cidr address, struct error *err)
{
    scoped(nl_addr_put) struct nl_addr *local =
        address_build(address.family, address.address, address.prefix);
    scoped(nl_addr_put) struct nl_addr *broadcast = address_build(address.family, cidr_last(address), 32);
    scoped(rtnl_addr_put) struct rtnl_addr *addr = rtnl_addr_alloc();
    char text[CIDR_TEXT_MAX];
    int code;

    rtnl_addr_set_ifindex(addr, ifindex);
    rtnl_addr_set_local(addr, local);
    if (address.family == FOUR)
        rtnl_addr_set_broadcast(addr, broadcast);
    else
        rtnl_addr_set_flags(addr, IFA_F_NODAD);
    code = rtnl_addr_add(sock, addr, 0);
    cidr_format(address, text);
    return code < 0 && code != -NLE_EXIST ? failed(err, code, "add address", text) : 0;
}

static int addresses_add(struct nl_sock *sock, int ifindex, const struct cidr addresses[FAMILIES],
                         struct error *err)
{
    for (enum family f = FOUR; f < FAMILIES; f++)
        if (addresses[f].address && address_add(sock, ifindex, addresses[f], err) < 0)
            return -1;
    return 0;
}

static int bridge_add(struct nl_sock *sock, const char *name, unsigned mtu, struct error *err)
{
    scoped(rtnl_link_put) struct rtnl_link *bridge = rtnl_link_bridge_alloc();
    int code;

    rtnl_link_set_name(bridge, name);
    if (mtu)
        rtnl_link_set_mtu(bridge, mtu);
    rtnl_link_set_flags(bridge, IFF_UP);
    code = rtnl_link_add(sock, bridge, NLM_F_CREATE);
    return code < 0 && code != -NLE_EXIST ? failed(err, code, "make bridge", name) : 0;
}

int link_bridge_up(const char *name, const struct cidr addresses[FAMILIES], unsigned mtu, struct error *err)
{
    scoped(nl_socket_free) struct nl_sock *sock = NULL;
    bool there = link_exists(name);

    if (connected(&sock, err) < 0)
        return -1;
    if (!there && bridge_add(sock, name, mtu, err) < 0)
        return -1;
    if (addresses_add(sock, (int)if_nametoindex(name), addresses, err) < 0) {
        if (!there)
            link_remove(name, NULL);
        return error_wrap(err, "bridge '%s'", name);
    }
    return 0;
}

int link_remove(const char *name, struct error *err)
{
    scoped(nl_socket_free) struct nl_sock *sock = NULL;
    scoped(rtnl_link_put) struct rtnl_link *link = NULL;
    int code;

    if (!link_exists(name))
        return 0;
    if (connected(&sock, err) < 0)
        return -1;
    link = rtnl_link_alloc();
    rtnl_link_set_name(link, name);
    code = rtnl_link_delete(sock, link);
    return code < 0 && code != -NLE_NODEV && code != -NLE_OBJ_NOTFOUND
               ? failed(err, code, "remove link", name)
               : 0;
}

void link_sweep(const char *prefix, bool (*keep)(void *user, const char *name), void *user)
{
    struct if_nameindex *all = if_nameindex();

    for (struct if_nameindex *i = all; i && i->if_name; i++)
        if (str_starts(i->if_name, prefix) && !keep(user, i->if_name))
            link_remove(i->if_name, NULL);
    if (all)
        if_freenameindex(all);
}

/* -- veth pairs -- */

static void first_free_name(struct nl_sock *there, const char *prefix, char ret[LINK_NAME_MAX + 1])
{
    for (unsigned n = 0; n < 1000; n++) {
        scoped(rtnl_link_put) struct rtnl_link *found = NULL;

        snprintf(ret, LINK_NAME_MAX + 1, "%.10s%u", prefix, n);
        if (rtnl_link_get_kernel(there, 0, ret, &found) < 0)
            return;
    }
}

static int pair_add(struct nl_sock *here, const struct link_veth *v, int netns, const char *name,
                    struct error *err)
{
    scoped(rtnl_link_put) struct rtnl_link *host = rtnl_link_veth_alloc();
    scoped(nl_addr_put) struct nl_addr *mac = nl_addr_build(AF_LLC, v->mac, sizeof(v->mac));
    struct rtnl_link *inside = rtnl_link_veth_get_peer(host);
    int code;

    rtnl_link_set_name(host, v->host_name);
    rtnl_link_set_master(host, (int)if_nametoindex(v->bridge));
    rtnl_link_set_flags(host, IFF_UP);
    rtnl_link_set_name(inside, name);
    rtnl_link_set_ns_fd(inside, netns);
    rtnl_link_set_addr(inside, mac);
    if (v->mtu) {
        rtnl_link_set_mtu(host, v->mtu);
        rtnl_link_set_mtu(inside, v->mtu);
    }
    rtnl_link_put(inside); /* _get_peer() took a reference */
    code = rtnl_link_add(here, host, NLM_F_CREATE | NLM_F_EXCL);
    return code < 0 ? failed(err, code, "make veth pair", v->host_name) : 0;
}

static int configure_inside(struct nl_sock *there, const struct link_veth *v, const char *name,
                            struct error *err)
{
    scoped(rtnl_link_put) struct rtnl_link *inside = NULL;
    scoped(rtnl_link_put) struct rtnl_link *change = rtnl_link_alloc();
    int code = rtnl_link_get_kernel(there, 0, name, &inside);

    if (code < 0)
        return failed(err, code, "find link", name);
    if (addresses_add(there, rtnl_link_get_ifindex(inside), v->addresses, err) < 0)
        return -1;
    rtnl_link_set_flags(change, IFF_UP);
    code = rtnl_link_change(there, inside, change, 0);
    return code < 0 ? failed(err, code, "bring up", name) : 0;
}

/* "net.ipv4.conf.IFNAME.x=1" of this interface, in the namespace that the thread is in. */
static int sysctl_write(const char *setting, const char *name, struct error *err)
{
    const char *equals = strchr(setting, '=');
    scoped_strv parts = { 0 };
    scoped_free char *key = equals ? xstrndup(setting, (size_t)(equals - setting)) : NULL;
    scoped_str path = { 0 };
    scoped_close int fd = -1;

    if (!equals)
        return error_set(err, ERR_INVALID, "invalid sysctl '%s'", setting);
    strv_split(&parts, key, '.');
    str_add(&path, "/proc/sys");
    for (size_t i = 0; i < parts.count; i++) {
        if (!parts.items[i][0] || strchr(parts.items[i], '/'))
            return error_set(err, ERR_INVALID, "invalid sysctl '%s'", setting);
        str_addf(&path, "/%s", str_eq(parts.items[i], "IFNAME") ? name : parts.items[i]);
    }
    if (parts.count < 4 || !str_eq(parts.items[0], "net"))
        return error_set(err, ERR_INVALID, "the sysctl '%s' is not of an interface", setting);
    fd = open(str_text(&path), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, equals + 1, strlen(equals + 1)) < 0)
        return error_errno(err, "set sysctl '%s'", setting);
    return 0;
}

static int sysctls_write(const struct link_veth *v, int netns, const char *name, struct error *err)
{
    scoped_close int own = -1;
    scoped_strv settings = { 0 };
    int result = 0;

    own = own_namespace(err);
    if (own < 0)
        return -1;
    if (setns(netns, CLONE_NEWNET) < 0)
        return error_errno(err, "enter network namespace '%s'", v->netns);
    sysctl_write(v->addresses[SIX].address ? "net.ipv6.conf.IFNAME.disable_ipv6=0"
                                           : "net.ipv6.conf.IFNAME.disable_ipv6=1",
                 name, NULL); /* a kernel without IPv6 has no such file */
    if (v->sysctls)
        strv_split(&settings, v->sysctls, ',');
    for (size_t i = 0; i < settings.count && result == 0; i++)
        result = sysctl_write(settings.items[i], name, err);
    come_back(own);
    return result;
}

/* A container may reach itself by a published port: the bridge sends back where it came from. */
static void let_back(const char *port)
{
    scoped_free char *path = xasprintf("/sys/class/net/%s/brport/hairpin_mode", port);

    file_poke(path, "1", NULL);
}

int link_veth_make(const struct link_veth *v, struct error *err)
{
    scoped(nl_socket_free) struct nl_sock *here = NULL;
    scoped(nl_socket_free) struct nl_sock *there = NULL;
    scoped_close int netns = open(v->netns, O_RDONLY | O_CLOEXEC);
    char name[LINK_NAME_MAX + 1];

    if (netns < 0)
        return error_errno(err, "open network namespace '%s'", v->netns);
    if (connected(&here, err) < 0 || open_in(v->netns, &there, err) < 0)
        return -1;
    if (v->name)
        snprintf(name, sizeof(name), "%s", v->name);
    else
        first_free_name(there, v->prefix, name);
    if (pair_add(here, v, netns, name, err) < 0)
        return -1;
    let_back(v->host_name);
    if (sysctls_write(v, netns, name, err) < 0 || configure_inside(there, v, name, err) < 0) {
        link_remove(v->host_name, NULL); /* the other end goes with it */
        return -1;
    }
    return 0;
}

int link_default_route(const char *netns, enum family family, ip_number gateway, struct error *err)
{
    scoped(nl_socket_free) struct nl_sock *there = NULL;
    scoped(rtnl_route_put) struct rtnl_route *route = rtnl_route_alloc();
    scoped(nl_addr_put) struct nl_addr *everywhere = address_build(family, 0, 0);
    scoped(nl_addr_put) struct nl_addr *via = address_build(family, gateway, ip_bits(family));
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    int code;

    rtnl_route_set_family(route, family == SIX ? AF_INET6 : AF_INET);
    rtnl_route_set_dst(route, everywhere);
    rtnl_route_nh_set_gateway(hop, via);
    rtnl_route_add_nexthop(route, hop); /* route owns hop */
    if (open_in(netns, &there, err) < 0)
        return -1;
    code = rtnl_route_add(there, route, NLM_F_CREATE | NLM_F_REPLACE);
    return code < 0 ? failed(err, code, "set the", "default route") : 0;
}

/* -- what the host uses -- */

static struct cidr cidr_of(const struct nl_addr *addr, enum family family)
{
    struct cidr c = { family, 0, nl_addr_get_prefixlen(addr) };

    if (nl_addr_get_len(addr) == ip_bits(family) / 8)
        c.address = ip_from_bytes(nl_addr_get_binary_addr(addr), nl_addr_get_len(addr));
    return c;
}

static void name_of(int ifindex, char ret[IF_NAMESIZE])
{
    if (!if_indextoname((unsigned)ifindex, ret))
        ret[0] = '\0';
}

static int each_route(struct nl_sock *sock, enum family family,
                      void (*each)(void *user, struct cidr c, const char *link), void *user,
                      struct error *err)
{
    scoped(nl_cache_free) struct nl_cache *routes = NULL;
    int wanted = family == SIX ? AF_INET6 : AF_INET;
    int code = rtnl_route_alloc_cache(sock, wanted, 0, &routes);

    if (code < 0)
        return failed(err, code, "list", "routes");
    for (struct nl_object *o = nl_cache_get_first(routes); o; o = nl_cache_get_next(o)) {
        struct rtnl_route *route = (struct rtnl_route *)o;
        struct nl_addr *to = rtnl_route_get_dst(route);
        struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
        char link[IF_NAMESIZE] = "";

        if (!to || nl_addr_get_prefixlen(to) == 0 || nl_addr_get_family(to) != wanted)
            continue;
        if (hop)
            name_of(rtnl_route_nh_get_ifindex(hop), link);
        each(user, cidr_of(to, family), link);
    }
    return 0;
}

int link_each_subnet(void (*each)(void *user, struct cidr c, const char *link), void *user, struct error *err)
{
    scoped(nl_socket_free) struct nl_sock *sock = NULL;

    if (connected(&sock, err) < 0)
        return -1;
    return each_route(sock, FOUR, each, user, err) < 0 ? -1 : each_route(sock, SIX, each, user, err);
}
