/* network/ipam_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/scope.h"
#include "network/ipam.h"
#include "network/rules.h"

static struct cidr cidr(const char *text)
{
    struct cidr c;

    assert_true(cidr_parse(text, &c));
    return c;
}

static void subnets_are_parsed_strictly(void **state)
{
    static const char *const bad[] = { "",         "10.0.0.0",    "10.0.0.0/", "10.0.0.0/33",
                                       "10.0.0/8", "10.0.0.0/08", "::/129",    "10.0.0.0/8 " };
    struct cidr c;
    char text[CIDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(cidr_parse(bad[i], &c));
    c = cidr("255.255.255.255/32");
    cidr_format(c, text);
    assert_string_equal(text, "255.255.255.255/32");
    assert_true(cidr_overlap(cidr("10.0.0.0/8"), cidr("10.1.0.0/16")));
    assert_false(cidr_overlap(cidr("10.0.0.0/16"), cidr("10.1.0.0/16")));
    assert_true(cidr_has(cidr("0.0.0.0/0"), 12345));
}

static void a_pool_gives_each_address_once(void **state)
{
    struct ipam *pool = ipam_new(cidr("10.9.8.0/29"), cidr("10.9.8.0/29"));
    struct error err = { 0 };
    ip_number got, base = cidr_first(cidr("10.9.8.0/29"));

    (void)state;
    assert_int_equal(ipam_take(pool, base + 1, &err), 0); /* the gateway */
    assert_int_equal(ipam_take(pool, base + 1, &err), -1);
    for (ip_number i = 2; i <= 6; i++) {
        assert_int_equal(ipam_take_any(pool, &got, &err), 0);
        assert_int_equal(got, base + i);
    }
    assert_int_equal(ipam_take_any(pool, &got, &err), -1);
    assert_non_null(strstr(err.text, "no available IPv4 addresses"));
    ipam_release(pool, base + 3);
    assert_int_equal(ipam_take_any(pool, &got, &err), 0);
    assert_int_equal(got, base + 3);
    assert_int_equal(ipam_take(pool, base + 8, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    ipam_free(pool);
}

static void a_pool_of_ipv6_is_as_large_as_it_is(void **state)
{
    struct ipam *pool = ipam_new(cidr("fd00::/64"), cidr("fd00::/64"));
    ip_number got, base = cidr_first(cidr("fd00::/64"));
    char text[CIDR_TEXT_MAX];

    (void)state;
    assert_int_equal(ipam_take(pool, base + 1, NULL), 0);
    assert_int_equal(ipam_take_any(pool, &got, NULL), 0);
    ip_format(SIX, got, text);
    assert_string_equal(text, "fd00::2");
    assert_int_equal(ipam_take(pool, cidr_last(cidr("fd00::/64")), NULL), 0);
    assert_true(ipam_available(pool) == INT64_MAX);
    ipam_free(pool);
    assert_true(cidr_overlap(cidr("::/0"), cidr("fd00::/8")));
    assert_false(cidr_overlap(cidr("0.0.0.0/0"), cidr("::/0")));
}

static void an_address_just_freed_is_not_the_next_one_given(void **state)
{
    struct ipam *pool = ipam_new(cidr("10.9.0.0/16"), cidr("10.9.1.0/24"));
    ip_number first, second;

    (void)state;
    assert_int_equal(ipam_take_any(pool, &first, NULL), 0);
    ipam_release(pool, first);
    assert_int_equal(ipam_take_any(pool, &second, NULL), 0);
    assert_int_not_equal(first, second);
    ipam_free(pool);
}

static void rules_name_what_they_are_for(void **state)
{
    const struct rules_bridge bridges[] = {
        {.name = "b0",
         .subnets = { cidr("10.0.0.1/24"), cidr("fd00::1/64") },
         .masquerade = true,
         .icc = true                                                                           },
        { .name = "b1", .subnets = { cidr("10.1.0.0/24") },      .internal = true, .icc = false},
    };
    const struct rules_port ports[] = {
        {"b0",  "tcp", FOUR, 0x7f000001, 8080, 80,   0x0a000002                     },
        { "b0", "udp", SIX,  0,          53,   5353, cidr_first(cidr("fd00::2/128"))},
    };
    const struct rules rules = { "engined-test", bridges, 2, ports, 2 };
    scoped_free char *text = rules_text(&rules);

    (void)state;
    assert_non_null(strstr(text, "ip saddr 10.0.0.0/24 oifname != \"b0\" masquerade"));
    assert_non_null(strstr(text, "ip daddr 127.0.0.1 tcp dport 8080 dnat ip to 10.0.0.2:80"));
    assert_non_null(strstr(text, "ip6 saddr fd00::/64 oifname != \"b0\" masquerade"));
    assert_non_null(strstr(text, "udp dport 53 dnat ip6 to [fd00::2]:5353"));
    assert_non_null(strstr(text, "iifname \"b1\" oifname != \"b1\" drop"));
    assert_null(strstr(text, "10.1.0.0/24"));
}

static void a_mode_says_what_leads_in(void **state)
{
    const struct rules_bridge bridges[] = {
        {.name = "b0",
         .subnets = { cidr("10.0.0.1/24"), cidr("fd00::1/64") },
         .modes = { GATEWAY_ROUTED, GATEWAY_NAT },
         .masquerade = true,
         .icc = true },
        { .name = "b1",
         .subnets = { cidr("10.1.0.0/24") },
         .modes = { GATEWAY_NAT_UNPROTECTED },
         .masquerade = true},
    };
    const struct rules_port ports[] = {
        {"b0",  "tcp", FOUR, 0, 0,    80, 0x0a000002                     },
        { "b0", "tcp", SIX,  0, 8080, 80, cidr_first(cidr("fd00::2/128"))},
    };
    const struct rules rules = { "engined-test", bridges, 2, ports, 2 };
    scoped_free char *text = rules_text(&rules);

    (void)state;
    assert_null(strstr(text, "ip saddr 10.0.0.0/24 oifname"));
    assert_null(strstr(text, "dnat ip to"));
    assert_non_null(strstr(text, "oifname \"b0\" ip daddr 10.0.0.2 tcp dport 80 accept"));
    assert_non_null(strstr(text, "oifname \"b0\" meta l4proto icmp accept"));
    assert_non_null(strstr(text, "tcp dport 8080 dnat ip6 to [fd00::2]:80"));
    assert_non_null(strstr(text, "oifname \"b0\" meta nfproto ipv4 drop"));
    assert_non_null(strstr(text, "ip saddr 10.1.0.0/24 oifname != \"b1\" masquerade"));
    assert_null(strstr(text, "oifname \"b1\" meta nfproto ipv4 drop"));
    assert_non_null(strstr(text, "oifname \"b1\" meta nfproto ipv6 drop"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subnets_are_parsed_strictly),
        cmocka_unit_test(a_pool_gives_each_address_once),
        cmocka_unit_test(a_pool_of_ipv6_is_as_large_as_it_is),
        cmocka_unit_test(an_address_just_freed_is_not_the_next_one_given),
        cmocka_unit_test(rules_name_what_they_are_for),
        cmocka_unit_test(a_mode_says_what_leads_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
