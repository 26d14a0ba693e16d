/* network/rules.c - see rules.h.
 *
 *     prerouting, output (nat)    a published port on an address of this host -> the container
 *     postrouting (nat)           masquerade what leaves a subnet by another link, and what a container sends to itself through the
 *                                 host's port (hairpin), and what this host sends from 127.0.0.1 to a published port
 *     forward (filter)            into a bridge: only to published ports, by the host's or, routed, by the container's address;
 *                                 internal ones: nothing in or out
 *
 * "add table; delete table" before the new one makes the text valid whether or not the table was there. */
#include "network/rules.h"

#include <dlfcn.h>
#include <malloc.h>
#include <nftables/libnftables.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/str.h"
#include "network/link.h"

static void add_dnat(struct str *s, const struct rules_port *p)
{
    char host[CIDR_TEXT_MAX], inside[CIDR_TEXT_MAX];
    const char *ip = p->family == SIX ? "ip6" : "ip";

    if (!p->address || !p->host_port)
        return;
    ip_format(p->family, p->address, inside);
    str_addf(s, "    fib daddr type local meta nfproto ipv%d ", p->family == SIX ? 6 : 4);
    if (p->host_address) {
        ip_format(p->family, p->host_address, host);
        str_addf(s, "%s daddr %s ", ip, host);
    }
    str_addf(s, p->family == SIX ? "%s dport %u dnat %s to [%s]:%u\n" : "%s dport %u dnat %s to %s:%u\n",
             p->protocol, p->host_port, ip, inside, p->port);
}

static void add_masquerade(struct str *s, const struct rules_bridge *b)
{
    for (enum family f = FOUR; f < FAMILIES; f++) {
        struct cidr c = b->subnets[f];
        char subnet[CIDR_TEXT_MAX];

        if (!c.address || b->modes[f] == GATEWAY_ROUTED)
            continue;
        c.address = cidr_first(c);
        cidr_format(c, subnet);
        str_addf(s, "    %s saddr %s oifname != \"%s\" masquerade\n", f == SIX ? "ip6" : "ip", subnet,
                 b->name);
    }
}

/* What a container sends to a published port of its own network comes back as if from the gateway, or the answer would take another
 * way. Told by addresses: a bridge that asks the packet filter itself (br_netfilter) knows no interface to have come in by. */
static void add_hairpin(struct str *s, const struct rules_bridge *b)
{
    for (enum family f = FOUR; f < FAMILIES; f++) {
        struct cidr c = b->subnets[f];
        const char *ip = f == SIX ? "ip6" : "ip";
        char subnet[CIDR_TEXT_MAX];

        if (!c.address)
            continue;
        c.address = cidr_first(c);
        cidr_format(c, subnet);
        str_addf(s, "    %s saddr %s %s daddr %s ct status dnat masquerade\n", ip, subnet, ip, subnet);
    }
}

static void add_nat(struct str *s, const struct rules *r)
{
    str_add(s, "  chain ports {\n");
    for (size_t i = 0; i < r->port_count; i++)
        add_dnat(s, &r->ports[i]);
    str_add(s, "  }\n"
               "  chain prerouting { type nat hook prerouting priority dstnat; jump ports; }\n"
               "  chain output { type nat hook output priority -100; jump ports; }\n"
               "  chain postrouting {\n    type nat hook postrouting priority srcnat;\n");
    for (size_t i = 0; i < r->bridge_count; i++) {
        const struct rules_bridge *b = &r->bridges[i];

        if (b->internal)
            continue;
        if (b->masquerade)
            add_masquerade(s, b);
        str_addf(s, "    oifname \"%s\" ip saddr 127.0.0.0/8 masquerade\n", b->name);
        add_hairpin(s, b);
    }
    str_add(s, "  }\n");
}

static void add_bridges(struct str *s, const struct rules *r)
{
    str_add(s, "  set bridges {\n    type ifname\n");
    for (size_t i = 0; i < r->bridge_count; i++)
        str_addf(s, "%s\"%s\"%s", i ? ", " : "    elements = { ", r->bridges[i].name,
                 i + 1 == r->bridge_count ? " }\n" : "");
    str_add(s, "  }\n");
}

/* A published port of a network without translation. */
static void add_open_port(struct str *s, const struct rules_port *p)
{
    char inside[CIDR_TEXT_MAX];

    if (!p->address || p->host_port)
        return;
    ip_format(p->family, p->address, inside);
    str_addf(s, "    oifname \"%s\" %s daddr %s %s dport %u accept\n", p->bridge,
             p->family == SIX ? "ip6" : "ip", inside, p->protocol, p->port);
}

static void add_routed(struct str *s, const struct rules *r)
{
    for (size_t i = 0; i < r->port_count; i++)
        add_open_port(s, &r->ports[i]);
    for (size_t i = 0; i < r->bridge_count; i++)
        for (enum family f = FOUR; f < FAMILIES; f++)
            if (r->bridges[i].modes[f] == GATEWAY_ROUTED && !r->bridges[i].internal)
                str_addf(s, "    oifname \"%s\" meta l4proto %s accept\n", r->bridges[i].name,
                         f == SIX ? "icmpv6" : "icmp");
}

/* What no rule before has let in. What comes from other bridges is dropped by now, of nat-unprotected too. */
static void add_protection(struct str *s, const struct rules_bridge *b)
{
    for (enum family f = FOUR; f < FAMILIES; f++)
        if (b->modes[f] != GATEWAY_NAT_UNPROTECTED)
            str_addf(s, "    oifname \"%s\" meta nfproto ipv%d drop\n", b->name, f == SIX ? 6 : 4);
}

static void add_filter(struct str *s, const struct rules *r)
{
    str_add(s, "  chain forward {\n    type filter hook forward priority filter; policy accept;\n");
    for (size_t i = 0; i < r->bridge_count; i++) {
        const struct rules_bridge *b = &r->bridges[i];

        if (b->internal) {
            str_addf(s, "    iifname \"%s\" oifname != \"%s\" drop\n", b->name, b->name);
            str_addf(s, "    oifname \"%s\" iifname != \"%s\" drop\n", b->name, b->name);
        }
        str_addf(s, "    iifname \"%s\" oifname \"%s\" ct status dnat accept\n", b->name, b->name);
        str_addf(s, "    iifname \"%s\" oifname \"%s\" %s\n", b->name, b->name, b->icc ? "accept" : "drop");
    }
    str_add(s, "    ct state established,related accept\n    ct status dnat accept\n");
    add_routed(s, r);
    str_add(s, "    iifname @bridges oifname @bridges drop\n"); /* the same bridge twice was decided above */
    for (size_t i = 0; i < r->bridge_count; i++)
        add_protection(s, &r->bridges[i]);
    str_add(s, "  }\n");
}

char *rules_text(const struct rules *r)
{
    struct str s = { 0 };

    str_addf(&s, "add table inet %s\ndelete table inet %s\ntable inet %s {\n", r->table, r->table, r->table);
    add_bridges(&s, r);
    add_nat(&s, r);
    add_filter(&s, r);
    str_add(&s, "}\n");
    return str_take(&s);
}

/* libnftables is in memory only while rules are written: with what it needs (libgmp, libnftnl, libxtables) and what its
 * parser leaves behind it would be a third of what the daemon holds, for a few milliseconds of use in hours. */
#define NFTABLES "libnftables.so.1"
#define NFTABLES_FUNCTIONS(X)                                                                                \
    X(nft_ctx_new)                                                                                           \
    X(nft_ctx_free)                                                                                          \
    X(nft_ctx_buffer_output) X(nft_ctx_buffer_error) X(nft_ctx_get_error_buffer) X(nft_run_cmd_from_buffer)

struct nftables {
    void *library;
#define MEMBER(name) __typeof__(name) *name;
    NFTABLES_FUNCTIONS(MEMBER)
#undef MEMBER
};

static void nftables_close(struct nftables *nft)
{
    if (nft->library)
        dlclose(nft->library);
    malloc_trim(0);
}

static int nftables_open(struct nftables *nft, struct error *err)
{
    nft->library = dlopen(NFTABLES, RTLD_LAZY | RTLD_LOCAL);
    if (!nft->library)
        return error_set(err, ERR_SYSTEM, "nftables: %s", dlerror());
#define LOOK_UP(name)                                                                                        \
    if (!(*(void **)&nft->name = dlsym(nft->library, #name)))                                                \
        return error_set(err, ERR_SYSTEM, "nftables: " NFTABLES " lacks " #name);
    NFTABLES_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
    return 0;
}

static int run(const struct nftables *nft, const char *text, struct error *err)
{
    struct nft_ctx *context = nft->nft_ctx_new(NFT_CTX_DEFAULT);
    const char *why;
    int failed;

    if (!context)
        return error_set(err, ERR_SYSTEM, "nftables: no context");
    nft->nft_ctx_buffer_error(context);
    nft->nft_ctx_buffer_output(context);
    failed = nft->nft_run_cmd_from_buffer(context, text);
    why = nft->nft_ctx_get_error_buffer(context);
    if (failed)
        error_set(err, ERR_SYSTEM, "nftables: %s", why && *why ? why : "refused without a reason");
    nft->nft_ctx_free(context);
    return failed ? -1 : 0;
}

static int load(const char *text, struct error *err)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* the library has state of its own */
    struct nftables nft = { 0 };
    int failed;

    pthread_mutex_lock(&one_at_a_time);
    failed = nftables_open(&nft, err) < 0 || run(&nft, text, err) < 0;
    nftables_close(&nft);
    pthread_mutex_unlock(&one_at_a_time);
    return failed ? -1 : 0;
}

static int load_there(void *text, struct error *err)
{
    return load(text, err);
}

int rules_lead_dns(const char *netns, const char *address, unsigned udp, unsigned tcp, struct error *err)
{
    scoped_str text = { 0 };

    str_addf(
        &text,
        "add table ip engined\ndelete table ip engined\ntable ip engined {\n  chain output {\n"
        "    type nat hook output priority -100;\n"
        "    ip daddr %s udp dport 53 dnat to %s:%u\n    ip daddr %s tcp dport 53 dnat to %s:%u\n  }\n}\n",
        address, address, udp, address, address, tcp);
    return netns_call(netns, load_there, text.data, err);
}

int rules_apply(const struct rules *rules, struct error *err)
{
    scoped_free char *text = rules_text(rules);

    return load(text, err);
}

int rules_remove(const char *table, struct error *err)
{
    scoped_str text = { 0 };

    str_addf(&text, "add table inet %s\ndelete table inet %s\n", table, table);
    return load(str_text(&text), err);
}
