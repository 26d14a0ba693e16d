/* network/cidr.c - see cidr.h. */
#include "network/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool ipv4_parse(const char *s, uint32_t *ret)
{
    struct in_addr in;

    if (!s || inet_pton(AF_INET, s, &in) != 1)
        return false;
    *ret = ntohl(in.s_addr);
    return true;
}

void ipv4_format(uint32_t address, char ret[CIDR_TEXT_MAX])
{
    snprintf(ret, CIDR_TEXT_MAX, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
             address & 255);
}

bool cidr_parse(const char *s, struct cidr *ret)
{
    char address[INET_ADDRSTRLEN];
    const char *slash = s ? strchr(s, '/') : NULL;
    uint64_t prefix;

    if (!slash || (size_t)(slash - s) >= sizeof(address))
        return false;
    memcpy(address, s, (size_t)(slash - s));
    address[slash - s] = '\0';
    if (!str_to_uint64(slash + 1, &prefix) || prefix > 32 || (slash[1] == '0' && slash[2]))
        return false;
    if (!ipv4_parse(address, &ret->address))
        return false;
    ret->prefix = (unsigned)prefix;
    return true;
}

void cidr_format(struct cidr c, char ret[CIDR_TEXT_MAX])
{
    size_t n;

    ipv4_format(c.address, ret);
    n = strlen(ret);
    snprintf(ret + n, CIDR_TEXT_MAX - n, "/%u", c.prefix % 100);
}

uint32_t cidr_mask(struct cidr c)
{
    return c.prefix ? UINT32_MAX << (32 - c.prefix) : 0;
}

uint32_t cidr_first(struct cidr c)
{
    return c.address & cidr_mask(c);
}

uint32_t cidr_last(struct cidr c)
{
    return c.address | ~cidr_mask(c);
}

bool cidr_has(struct cidr c, uint32_t address)
{
    return (address & cidr_mask(c)) == cidr_first(c);
}

bool cidr_overlap(struct cidr a, struct cidr b)
{
    return cidr_has(a, cidr_first(b)) || cidr_has(b, cidr_first(a));
}
