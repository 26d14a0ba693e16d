/* network/proxy_udp.h - proxy.h for datagrams: what a peer sends goes on from a socket of that peer's own, and what comes back there goes
 * to the peer. Peers that were silent for long, or when there are many the one silent longest, are forgotten. */
#ifndef NETWORK_PROXY_UDP_H
#define NETWORK_PROXY_UDP_H

#include "network/cidr.h"

/* Until `stop` is readable. */
void proxy_udp_serve(int listener, int stop, enum family family, ip_number address, uint16_t port);

/* proxy.c: a socket of that type that is connected to the container. -1 with errno. */
int proxy_connect(int type, enum family family, ip_number address, uint16_t port);

#endif
