/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ZONES_H
#define ZONES_H 1

/* Who owns which conntrack zone.
 *
 * Pure bookkeeping over the 65,535 zones (zone 0 is everybody's and never
 * allocated): knows neither OVSDB nor OpenFlow nor the kernel.  Owners are
 * named by strings (Interface names).  What survives a restart is what the
 * caller publishes in OVSDB and claims again with zones_claim(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zones;

/* The life of a zone.
 *
 *                 zones_get(), which flushes it
 *      +--------+ ------------------------------> +---------+
 *      |  free  |         zones_claim()           |  owned  |
 *      +--------+ <------------------------------ +---------+
 *                        zones_release()
 *
 * RESERVED overrides both, as long as it lasts. */
enum zone_state {
    ZONE_FREE,                  /* Nobody's.  It may have conntrack entries of
                                 * an earlier owner, from this run of the
                                 * daemon or another. */
    ZONE_OWNED,                 /* Exactly one owner's. */
    ZONE_RESERVED,              /* Somebody else uses it (OVN, for instance):
                                 * never allocated, never flushed. */
};

struct zones *zones_create(void);
void zones_destroy(struct zones *);

/* Only zones from 'min' to 'max' may be owned from now on.  Owners of others
 * keep theirs until they ask again.  Returns true if the range changed. */
bool zones_set_range(struct zones *, uint16_t min, uint16_t max);

/* Somebody else uses exactly the zones in the bitmap 'ids', which has a bit
 * for each zone, from now on.  Returns true if these zones changed. */
bool zones_set_reserved(struct zones *, const unsigned long *ids);

/* Gives 'owner' the zone 'id', which it had in a previous run.
 * Does nothing and returns false if it may not have it: out of range,
 * reserved, or somebody else's. */
bool zones_claim(struct zones *, const char *owner, uint16_t id);

/* Has the conntrack entries of zone 'id' flushed. */
typedef void zones_flush_cb(uint16_t id, void *aux);

/* Returns the zone of 'owner', which gets one if it has none.  Calls 'flush'
 * first, to rid a new one of old entries.  Zones are allocated in ascending
 * order, starting after the one allocated last, so that a zone rests as long
 * as possible before it is used again.  Returns 0 if there is none left. */
uint16_t zones_get(struct zones *, const char *owner,
                   zones_flush_cb *flush, void *aux);

/* Returns the zone of 'owner', or 0 if it has none. */
uint16_t zones_find(const struct zones *, const char *owner);

/* 'owner' does not need its zone any more, if it has one. */
void zones_release(struct zones *, const char *owner);

enum zone_state zones_get_state(const struct zones *, uint16_t id);

/* How many zones the range has, and how many of them are owned. */
void zones_count(const struct zones *, unsigned int *n_range,
                 unsigned int *n_owned);

#endif /* zones.h */
