/* SPDX-License-Identifier: Apache-2.0 */

#ifndef MAC_LEARNING_H
#define MAC_LEARNING_H 1

/* Gives ports whose container's address nobody claims those that the bridge
 * has learned there: asks (fdb.h), judges (mac-learning-policy.h) and hands out.
 *
 * What external_ids or the other end of a veth say has precedence: a port is
 * asked about only if neither says anything, and an address that another port
 * of the bridge claims that way is not handed out. */

#include <stdbool.h>
#include <stdint.h>

struct mac_learning;
struct topology;

struct mac_learning *mac_learning_create(void);
void mac_learning_destroy(struct mac_learning *);

/* A number that changes whenever mac_learning_apply() may do something. */
uint64_t mac_learning_get_seq(const struct mac_learning *);

/* Gives all ports their addresses, and takes note of which bridges to ask
 * about.  Sets 'changed' of bridges whose ports' addresses did, and returns
 * true if there are any. */
bool mac_learning_apply(struct mac_learning *, const struct topology *);

void mac_learning_run(struct mac_learning *, long long int now);
void mac_learning_wait(const struct mac_learning *);

#endif /* mac-learning.h */
