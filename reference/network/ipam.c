/* network/ipam.c - a sorted list of taken addresses: pools hold hundreds of them, not the 65534 that a bitmap would be sized for. */
#include "network/ipam.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct ipam {
    struct cidr subnet, range;
    uint32_t *taken; /* ascending */
    size_t count, room;
    uint32_t last; /* given out most recently */
};

/* Index of the first taken address >= `address`. */
static size_t position(const struct ipam *pool, uint32_t address)
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

static bool is_taken(const struct ipam *pool, uint32_t address)
{
    size_t at = position(pool, address);

    return at < pool->count && pool->taken[at] == address;
}

static void insert(struct ipam *pool, uint32_t address)
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
    if (subnet.prefix < 31) { /* RFC 3021: a /31 has neither */
        insert(pool, cidr_first(subnet));
        insert(pool, cidr_last(subnet));
    }
    return pool;
}

int ipam_take(struct ipam *pool, uint32_t address, struct error *err)
{
    char text[CIDR_TEXT_MAX];

    if (!cidr_has(pool->subnet, address)) {
        ipv4_format(address, text);
        return error_set(err, ERR_INVALID, "Requested address %s is out of range of the subnet", text);
    }
    if (is_taken(pool, address))
        return error_set(err, ERR_FORBIDDEN, "Address already in use");
    insert(pool, address);
    return 0;
}

int ipam_take_any(struct ipam *pool, uint32_t *ret, struct error *err)
{
    uint32_t first = cidr_first(pool->range), last = cidr_last(pool->range), at = pool->last;
    uint64_t size = (uint64_t)last - first + 1;

    for (uint64_t i = 0; i < size && i <= pool->count; i++) {
        at = at >= last ? first : at + 1;
        if (is_taken(pool, at))
            continue;
        insert(pool, at);
        pool->last = *ret = at;
        return 0;
    }
    return error_set(err, ERR_FORBIDDEN, "no available IPv4 addresses on this network's address pools");
}

uint64_t ipam_in_use(const struct ipam *pool)
{
    return pool->count;
}

uint64_t ipam_available(const struct ipam *pool)
{
    uint64_t size = (uint64_t)cidr_last(pool->range) - cidr_first(pool->range) + 1;
    size_t from = position(pool, cidr_first(pool->range)), to = from;

    while (to < pool->count && pool->taken[to] <= cidr_last(pool->range))
        to++;
    return size - (to - from);
}

void ipam_release(struct ipam *pool, uint32_t address)
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
        *ret = (struct cidr){ (172u << 24) + ((17u + n) << 16), 16 };
    else if (n < 31)
        *ret = (struct cidr){ (192u << 24) + (168u << 16) + ((n - 15) << 12), 20 };
    else
        return false;
    return true;
}
