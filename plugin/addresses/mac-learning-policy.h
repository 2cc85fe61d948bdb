/* SPDX-License-Identifier: Apache-2.0 */

#ifndef MAC_LEARNING_POLICY_H
#define MAC_LEARNING_POLICY_H 1

/* Which Ethernet addresses may be taken for those of a port's container
 * because the bridge has learned them there.
 *
 * That is weaker than what external_ids or the other end of a veth say, since
 * anybody may send with anybody's address.  It matters little: an address
 * decides to whom received packets are accounted, never who sent them, and the
 * bridge delivers those where it has learned the address.  A liar could still
 * have another container's packets accounted to nobody or, for a moment, to
 * itself, but never to a third one, since
 *
 *   - an address that was learned at two ports, at once or one after the
 *     other, is nobody's until it has stayed at one for MAC_LEARNING_DOUBT;
 *
 *   - a port with more than MAC_LEARNING_MAX addresses has no one container
 *     behind it, and none of them counts.
 *
 * Pure: takes 'now', in time_msec() time. */

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/ofp-port.h"
#include "packets.h"

struct fdb_entry;
struct mac_learning_policy;

/* In milliseconds. */
#define MAC_LEARNING_DOUBT 60000

#define MAC_LEARNING_MAX 8

struct mac_learning_policy *mac_learning_policy_create(void);
void mac_learning_policy_destroy(struct mac_learning_policy *);

/* At 'now' these 'n' entries are all that 'bridge' has learned. */
void mac_learning_policy_update(struct mac_learning_policy *,
                                const char *bridge,
                                const struct fdb_entry *, size_t n,
                                long long int now);

/* Stores in 'macs', in order, the addresses at 'ofport' of 'bridge'.  Returns
 * how many. */
size_t mac_learning_policy_get(const struct mac_learning_policy *,
                               const char *bridge, ofp_port_t ofport,
                               struct eth_addr macs[MAC_LEARNING_MAX]);

/* A number that changes whenever an answer of mac_learning_policy_get()
 * may. */
uint64_t mac_learning_policy_get_seq(const struct mac_learning_policy *);

#endif /* mac-learning-policy.h */
