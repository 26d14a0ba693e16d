/* network/cidr.h - IPv4 addresses and prefixes as numbers in host order. */
#ifndef NETWORK_CIDR_H
#define NETWORK_CIDR_H

#include <stdbool.h>
#include <stdint.h>

struct cidr {
    uint32_t address; /* with the host's bits, if it was written with them */
    unsigned prefix;  /* 0 to 32 */
};

#define CIDR_TEXT_MAX 19 /* "255.255.255.255/32" */

bool ipv4_parse(const char *s, uint32_t *ret);
void ipv4_format(uint32_t address, char ret[CIDR_TEXT_MAX]);
bool cidr_parse(const char *s, struct cidr *ret); /* "10.0.0.0/8"; no leading zeros, nothing around it */
void cidr_format(struct cidr c, char ret[CIDR_TEXT_MAX]);
uint32_t cidr_mask(struct cidr c);
uint32_t cidr_first(struct cidr c); /* the network address */
uint32_t cidr_last(struct cidr c);  /* the broadcast address */
bool cidr_has(struct cidr c, uint32_t address);
bool cidr_overlap(struct cidr a, struct cidr b);

#endif
