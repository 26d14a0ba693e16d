/* network/resolver.h - the daemon's side of engine-resolver, the name server of a container in networks of its user's. Not for other
 * folders; the form of the files is resolver/names.h.
 *
 * What a resolver knows lies in files: one for each network, one for each container. So it needs no daemon, and a daemon that was
 * killed and comes back has only to write the files again. */
#ifndef NETWORK_RESOLVER_H
#define NETWORK_RESOLVER_H

#include "network/book.h"

/* Who is in the network, and by which names. The lock is held. */
void resolver_write_network(const struct networks *n, const struct network *net);
void resolver_forget_network(const struct networks *n, const struct network *net);
/* Ends the container's resolver, if there is one, and removes its folder. */
void resolver_end(const struct networks *n, const char *container_id);
/* Ends those of containers that no namespace is known of, and removes files of networks that are gone. The lock is held. */
void resolvers_settle(const struct networks *n);

#endif
