/* network/cidr.h - addresses and prefixes of both families as numbers in host order. */
#ifndef NETWORK_CIDR_H
#define NETWORK_CIDR_H

#include <stdbool.h>
#include <stdint.h>

enum family { FOUR, SIX, FAMILIES }; /* an index into what there is of each */

__extension__ typedef unsigned __int128 ip_number; /* 0: no address */

struct cidr {
    enum family family;
    ip_number address; /* with the host's bits, if it was written with them */
    unsigned prefix;   /* 0 to 32, 0 to 128 */
};

#define CIDR_TEXT_MAX 50 /* "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128" */

bool ip_parse(const char *s, enum family family, ip_number *ret);
void ip_format(enum family family, ip_number address, char ret[CIDR_TEXT_MAX]);
/* In network order: 4 bytes or 16. */
unsigned ip_bytes(enum family family, ip_number address, uint8_t ret[16]);
ip_number ip_from_bytes(const uint8_t *bytes, unsigned n);
unsigned ip_bits(enum family family); /* 32, 128 */
/* "10.0.0.0/8", "fd00::/64"; no leading zeros in the prefix, nothing around it */
bool cidr_parse(const char *s, struct cidr *ret);
void cidr_format(struct cidr c, char ret[CIDR_TEXT_MAX]);
ip_number cidr_first(struct cidr c); /* the network address */
ip_number cidr_last(struct cidr c);  /* of IPv4 the broadcast address */
bool cidr_has(struct cidr c, ip_number address);
bool cidr_overlap(struct cidr a, struct cidr b);

#endif
