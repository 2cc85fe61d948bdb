/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ATTACHMENT_H
#define ATTACHMENT_H 1

/* One interface of one container in one network.
 *
 * The specification says that these three names are what a plugin keeps its
 * state by.  Ours is in the names: the port's is made from the three, so that
 * DEL finds it without having been told and two ADDs for the same cannot both
 * have it; and its first half from the network's alone, so that GC finds the
 * remains of an ADD that was killed before it could write anything down.
 * Pure. */

#include <net/if.h>
#include <stdbool.h>

struct attachment {
    const char *network;
    const char *container;
    const char *ifname;         /* In the container. */
};

/* Stores the name of the attachment's port and of its link on the host. */
void attachment_get_port(const struct attachment *, char port[IFNAMSIZ]);

/* Could a port of 'network', of whatever container, be called 'port'? */
bool attachment_port_is_of(const char *network, const char *port);

/* Could a port of any network be called 'port'? */
bool attachment_is_port(const char *port);

#endif /* attachment.h */
