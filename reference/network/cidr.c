/* network/cidr.c - see cidr.h. */
#include "network/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

unsigned ip_bits(enum family family)
{
    return family == SIX ? 128 : 32;
}

static int af(enum family family)
{
    return family == SIX ? AF_INET6 : AF_INET;
}

unsigned ip_bytes(enum family family, ip_number address, uint8_t ret[16])
{
    unsigned n = ip_bits(family) / 8;

    for (unsigned i = 0; i < n; i++)
        ret[i] = (uint8_t)(address >> (8 * (n - 1 - i)));
    return n;
}

ip_number ip_from_bytes(const uint8_t *bytes, unsigned n)
{
    ip_number address = 0;

    for (unsigned i = 0; i < n; i++)
        address = address << 8 | bytes[i];
    return address;
}

bool ip_parse(const char *s, enum family family, ip_number *ret)
{
    uint8_t bytes[16];

    if (!s || inet_pton(af(family), s, bytes) != 1)
        return false;
    *ret = ip_from_bytes(bytes, ip_bits(family) / 8);
    return true;
}

void ip_format(enum family family, ip_number address, char ret[CIDR_TEXT_MAX])
{
    uint8_t bytes[16];

    ip_bytes(family, address, bytes);
    inet_ntop(af(family), bytes, ret, CIDR_TEXT_MAX);
}

bool cidr_parse(const char *s, struct cidr *ret)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = s ? strchr(s, '/') : NULL;
    uint64_t prefix;
    struct cidr c = { FOUR, 0, 0 };

    if (!slash || (size_t)(slash - s) >= sizeof(address))
        return false;
    memcpy(address, s, (size_t)(slash - s));
    address[slash - s] = '\0';
    c.family = strchr(address, ':') ? SIX : FOUR;
    if (!str_to_uint64(slash + 1, &prefix) || prefix > ip_bits(c.family) || (slash[1] == '0' && slash[2]))
        return false;
    if (!ip_parse(address, c.family, &c.address))
        return false;
    c.prefix = (unsigned)prefix;
    *ret = c;
    return true;
}

void cidr_format(struct cidr c, char ret[CIDR_TEXT_MAX])
{
    size_t n;

    ip_format(c.family, c.address, ret);
    n = strlen(ret);
    snprintf(ret + n, CIDR_TEXT_MAX - n, "/%u", c.prefix % 1000);
}

/* The bits of the host. */
static ip_number rest(struct cidr c)
{
    unsigned bits = ip_bits(c.family) - c.prefix;

    return bits >= 128 ? ~(ip_number)0 : ((ip_number)1 << bits) - 1;
}

ip_number cidr_first(struct cidr c)
{
    return c.address & ~rest(c);
}

ip_number cidr_last(struct cidr c)
{
    return c.address | rest(c);
}

bool cidr_has(struct cidr c, ip_number address)
{
    return address >= cidr_first(c) && address <= cidr_last(c);
}

bool cidr_overlap(struct cidr a, struct cidr b)
{
    return a.family == b.family && (cidr_has(a, cidr_first(b)) || cidr_has(b, cidr_first(a)));
}
