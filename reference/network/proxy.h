/* network/proxy.h - a published port where packet rules cannot lead to the container: nothing that was sent to ::1 leaves this
 * host, and an address of IPv6 leads to no container that has none.
 *
 * Connections are taken and passed on by the daemon, so they end with it; the next one takes new ones. Datagrams too (proxy_udp.h). */
#ifndef NETWORK_PROXY_H
#define NETWORK_PROXY_H

#include "base/error.h"
#include "network/cidr.h"

struct proxy;

/* Serves `listener`, which stays the caller's and must stay open until proxy_stop(). */
int proxy_start(int listener, bool udp, enum family family, ip_number address, uint16_t port,
                struct proxy **ret, struct error *err);
/* Ends its connections, too. Takes NULL, returns NULL. */
struct proxy *proxy_stop(struct proxy *p);

#endif
