/* network/rules.c - see rules.h.
 *
 *     prerouting, output (nat)    a published port on an address of this host -> the container
 *     postrouting (nat)           masquerade what leaves a subnet by another link, and what a container sends to itself through the
 *                                 host's port (hairpin), and what this host sends from 127.0.0.1 to a published port
 *     forward (filter)            between bridges: only to published ports; internal ones: nothing in or out
 *
 * "add table; delete table" before the new one makes the text valid whether or not the table was there. */
#include "network/rules.h"

#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/str.h"

static void add_dnat(struct str *s, const struct rules_port *p)
{
    char host[CIDR_TEXT_MAX], inside[CIDR_TEXT_MAX];

    ipv4_format(p->address, inside);
    str_add(s, "    fib daddr type local ");
    if (p->host_address) {
        ipv4_format(p->host_address, host);
        str_addf(s, "ip daddr %s ", host);
    }
    str_addf(s, "%s dport %u dnat to %s:%u\n", p->protocol, p->host_port, inside, p->port);
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
        char subnet[CIDR_TEXT_MAX];

        cidr_format((struct cidr){ cidr_first(b->subnet), b->subnet.prefix }, subnet);
        if (b->internal)
            continue;
        if (b->masquerade)
            str_addf(s, "    ip saddr %s oifname != \"%s\" masquerade\n", subnet, b->name);
        str_addf(s, "    oifname \"%s\" ip saddr 127.0.0.0/8 masquerade\n", b->name);
        str_addf(s, "    iifname \"%s\" oifname \"%s\" ct status dnat masquerade\n", b->name, b->name);
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
    str_add(
        s, "    iifname @bridges oifname @bridges drop\n  }\n"); /* the same bridge twice was decided above */
}

char *rules_text(const struct rules *r)
{
    struct str s = { 0 };

    str_addf(&s, "add table ip %s\ndelete table ip %s\ntable ip %s {\n", r->table, r->table, r->table);
    add_bridges(&s, r);
    add_nat(&s, r);
    add_filter(&s, r);
    str_add(&s, "}\n");
    return str_take(&s);
}

static int load(const char *text, struct error *err)
{
    struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
    const char *why;
    int failed;

    if (!nft)
        return error_set(err, ERR_SYSTEM, "nftables: no context");
    nft_ctx_buffer_error(nft);
    nft_ctx_buffer_output(nft);
    failed = nft_run_cmd_from_buffer(nft, text);
    why = nft_ctx_get_error_buffer(nft);
    if (failed)
        error_set(err, ERR_SYSTEM, "nftables: %s", why && *why ? why : "refused without a reason");
    nft_ctx_free(nft);
    return failed ? -1 : 0;
}

int rules_apply(const struct rules *rules, struct error *err)
{
    scoped_free char *text = rules_text(rules);

    return load(text, err);
}

int rules_remove(const char *table, struct error *err)
{
    scoped_str text = { 0 };

    str_addf(&text, "add table ip %s\ndelete table ip %s\n", table, table);
    return load(str_text(&text), err);
}
