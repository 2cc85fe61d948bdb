/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTAINER_MACS_H
#define CONTAINER_MACS_H 1

/* The Ethernet addresses of the container behind a port, by which packets to
 * it are known.
 *
 * What external_ids say has precedence, then the address of the other end of a
 * veth pair or of the internal port that is the container's own device.  Where
 * nobody says anything, it is what the bridge has learned at the port
 * (addresses/mac-learning.h), but for what another port of the bridge
 * claims. */

#include <stdbool.h>

struct bridge;
struct endpoint;
struct mac_learning;
struct ovsrec_interface;
struct port;

/* Finds what is claimed for 'port', whose row is 'iface'.  Returns true if its
 * addresses changed. */
bool container_macs_read(struct port *port,
                         const struct ovsrec_interface *iface);

/* Finds what 'endpoint' gives its port 'child', which is behind 'parent'.
 * Returns true if its addresses changed. */
bool container_macs_read_endpoint(struct port *child,
                                  const struct port *parent,
                                  const struct endpoint *endpoint);

/* Is there a port on the bridge whose addresses nobody claims, so that it is
 * worth asking what the bridge has learned? */
bool container_macs_need_learning(const struct bridge *);

/* Gives such ports what was learned.  Returns true if the addresses of any
 * changed. */
bool container_macs_learn(struct bridge *, const struct mac_learning *);

#endif /* container-macs.h */
