/* network/ipam.h - which addresses of a subnet are taken.
 *
 * A pool knows nothing of the kernel and holds no lock. Addresses are given out upwards from the last one, so that one that was just
 * freed is not the next one given (as dockerd does): a peer's ARP cache may still name its old owner. */
#ifndef NETWORK_IPAM_H
#define NETWORK_IPAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "network/cidr.h"

struct ipam;

/* `range` (inside `subnet`) is what is given out unasked. The network's and, of IPv4, the broadcast address are
 * taken from the start. */
struct ipam *ipam_new(struct cidr subnet, struct cidr range);
/* ERR_CONFLICT "Address already in use"; ERR_INVALID outside of the subnet. */
int ipam_take(struct ipam *pool, ip_number address, struct error *err);
int ipam_take_any(struct ipam *pool, ip_number *ret,
                  struct error *err);          /* ERR_CONFLICT "no available IPv4 addresses ..." */
uint64_t ipam_in_use(const struct ipam *pool); /* of the subnet, with its two reserved ones */
uint64_t ipam_available(
    const struct ipam *pool); /* of the range, to be given out unasked; INT64_MAX at most */
void ipam_release(struct ipam *pool, ip_number address);
struct ipam *ipam_free(struct ipam *pool);

/* The n-th default pool: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 upwards. False past the last one. */
bool ipam_default_pool(unsigned n, struct cidr *ret);

#endif
