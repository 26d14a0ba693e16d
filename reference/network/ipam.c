/* network/ipam.c - a sorted list of taken addresses: pools hold hundreds of them, not the 65534 that a bitmap would be sized for. */
#include "network/ipam.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct ipam {
    struct cidr subnet, range;
    ip_number *taken; /* ascending */
    size_t count, room;
    ip_number last; /* given out most recently */
};

/* Index of the first taken address >= `address`. */
static size_t position(const struct ipam *pool, ip_number address)
{
    size_t low = 0, high = pool->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (pool->taken[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_taken(const struct ipam *pool, ip_number address)
{
    size_t at = position(pool, address);

    return at < pool->count && pool->taken[at] == address;
}

static void insert(struct ipam *pool, ip_number address)
{
    size_t at = position(pool, address);

    if (at < pool->count && pool->taken[at] == address)
        return;
    if (pool->count == pool->room) {
        pool->room = pool->room ? 2 * pool->room : 16;
        pool->taken = xreallocarray(pool->taken, pool->room, sizeof(*pool->taken));
    }
    memmove(pool->taken + at + 1, pool->taken + at, (pool->count - at) * sizeof(*pool->taken));
    pool->taken[at] = address;
    pool->count++;
}

struct ipam *ipam_new(struct cidr subnet, struct cidr range)
{
    struct ipam *pool = new_zeroed(struct ipam);

    pool->subnet = subnet;
    pool->range = range;
    pool->last = cidr_first(range);
    if (subnet.prefix < ip_bits(subnet.family) - 1) /* RFC 3021: a /31 has neither; RFC 4291: routers' own */
        insert(pool, cidr_first(subnet));
    if (subnet.prefix < 31 && subnet.family == FOUR)
        insert(pool, cidr_last(subnet));
    return pool;
}

int ipam_take(struct ipam *pool, ip_number address, struct error *err)
{
    char text[CIDR_TEXT_MAX];

    if (!cidr_has(pool->subnet, address)) {
        ip_format(pool->subnet.family, address, text);
        return error_set(err, ERR_INVALID, "Requested address %s is out of range of the subnet", text);
    }
    if (is_taken(pool, address))
        return error_set(err, ERR_FORBIDDEN, "Address already in use");
    insert(pool, address);
    return 0;
}

int ipam_take_any(struct ipam *pool, ip_number *ret, struct error *err)
{
    ip_number first = cidr_first(pool->range), last = cidr_last(pool->range), at = pool->last;
    ip_number others = last - first; /* than the one */

    for (ip_number i = 0; i <= others && i <= pool->count; i++) {
        at = at >= last ? first : at + 1;
        if (is_taken(pool, at))
            continue;
        insert(pool, at);
        pool->last = *ret = at;
        return 0;
    }
    return error_set(err, ERR_FORBIDDEN, "no available IPv%d addresses on this network's address pools",
                     pool->subnet.family == SIX ? 6 : 4);
}

uint64_t ipam_in_use(const struct ipam *pool)
{
    return pool->count;
}

uint64_t ipam_available(const struct ipam *pool)
{
    ip_number free = cidr_last(pool->range) - cidr_first(pool->range);
    size_t from = position(pool, cidr_first(pool->range)), to = from;

    while (to < pool->count && pool->taken[to] <= cidr_last(pool->range))
        to++;
    free = free + 1 - (to - from);
    return free > INT64_MAX ? INT64_MAX : (uint64_t)free;
}

void ipam_release(struct ipam *pool, ip_number address)
{
    size_t at = position(pool, address);

    if (at == pool->count || pool->taken[at] != address)
        return;
    pool->count--;
    memmove(pool->taken + at, pool->taken + at + 1, (pool->count - at) * sizeof(*pool->taken));
}

struct ipam *ipam_free(struct ipam *pool)
{
    if (pool)
        free(pool->taken);
    free(pool);
    return NULL;
}

bool ipam_default_pool(unsigned n, struct cidr *ret)
{
    if (n < 15)
        *ret = (struct cidr){ FOUR, (172u << 24) + ((17u + n) << 16), 16 };
    else if (n < 31)
        *ret = (struct cidr){ FOUR, (192u << 24) + (168u << 16) + ((n - 15) << 12), 20 };
    else
        return false;
    return true;
}
