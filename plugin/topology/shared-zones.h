/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHARED_ZONES_H
#define SHARED_ZONES_H 1

/* Ports that share conntrack zones, because somebody else's pipeline
 * (Antrea's, for instance) made it so, and are told apart by their
 * addresses. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hmap;
struct port;
struct settings;
struct shared_zones;

struct shared_zones *shared_zones_create(void);
void shared_zones_destroy(struct shared_zones *);

/* Takes note of which of 'ports' share the zones that 'settings' name, and of
 * the addresses by which they are known.  Sets 'sharing_problem' of those
 * that cannot be told from the others, and of no others. */
void shared_zones_update(struct shared_zones *, const struct settings *,
                         const struct hmap *ports);

/* Is 'zone' shared by any port? */
bool shared_zones_contain(const struct shared_zones *, uint16_t zone);

/* Returns how many ports have the address 'addr' (IPv4-mapped for IPv4), and
 * stores one of them, null if there is none, in '*port'. */
size_t shared_zones_find(const struct shared_zones *,
                         const struct in6_addr *addr,
                         const struct port **port);

#endif /* shared-zones.h */
