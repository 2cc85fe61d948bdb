/* SPDX-License-Identifier: Apache-2.0 */

#ifndef MAC_LEARNING_H
#define MAC_LEARNING_H 1

/* What bridges have learned of which Ethernet address is at which port: asks
 * them (fdb.h), and judges what may be believed (mac-learning-policy.h). */

#include <stddef.h>
#include <stdint.h>

#include "addresses/mac-learning-policy.h"
#include "openvswitch/ofp-port.h"
#include "packets.h"

struct mac_learning;
struct sset;

struct mac_learning *mac_learning_create(void);
void mac_learning_destroy(struct mac_learning *);

/* From now on the bridges with these names are asked. */
void mac_learning_set_bridges(struct mac_learning *, const struct sset *names);

/* Stores in 'addrs', in order, what may be believed to be the addresses at
 * 'ofport' of 'bridge'.  Returns how many. */
size_t mac_learning_get(const struct mac_learning *, const char *bridge,
                        ofp_port_t ofport,
                        struct eth_addr addrs[MAC_LEARNING_MAX]);

/* A number that changes whenever an answer of mac_learning_get() may. */
uint64_t mac_learning_get_seq(const struct mac_learning *);

void mac_learning_run(struct mac_learning *, long long int now);
void mac_learning_wait(const struct mac_learning *);

#endif /* mac-learning.h */
