/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOREIGN_ZONES_H
#define FOREIGN_ZONES_H 1

/* Which conntrack zones others use: what must never be allocated.  And on which
 * bridges there are flows of ours, since all flows are looked at anyway.
 *
 * Two sources are read, neither is changed: the flows and groups of every
 * bridge of this switch, for the zones that their ct() actions name, and the
 * kernel's conntrack table, for the zones that have entries without our mark
 * (see ct-mark.h).  Zones that a flow takes from a register cannot be known
 * before they are used; OVN's are known from OVSDB.
 *
 * Reading takes time.  zone_users_is_ready() says when all of it was done
 * once; after that, zone_users_refresh() does it again in the background. */

#include <stdbool.h>
#include <stdint.h>

struct sset;
struct zone_users;

struct zone_users *zone_users_create(void);
void zone_users_destroy(struct zone_users *);

/* The bridges of this switch are those named in 'bridges'.  New ones are
 * read. */
void zone_users_set_bridges(struct zone_users *, const struct sset *bridges);

/* Reads all again, unless it was done a short while ago. */
void zone_users_refresh(struct zone_users *, long long int now);

/* Reads conntrack's table again, now.  zone_users_is_reading() says when it is
 * done. */
void zone_users_read_conntrack(struct zone_users *);
bool zone_users_is_reading(const struct zone_users *);

/* Was it ever read?  If not, nobody is allowed to, or there is none. */
bool zone_users_has_read(const struct zone_users *);

void zone_users_run(struct zone_users *, long long int now);
void zone_users_wait(struct zone_users *);

/* Was everything read at least once, or tried for long enough? */
bool zone_users_is_ready(const struct zone_users *, long long int now);

/* A number that changes when what follows may. */
uint64_t zone_users_get_seq(const struct zone_users *);

/* Sets in the bitmap 'ids' the zones that flows of others name. */
void zone_users_add_in_flows(const struct zone_users *, unsigned long *ids);

/* Were there flows of ours on 'bridge' when it was last read? */
bool zone_users_has_our_flows(const struct zone_users *, const char *bridge);

/* There are none on 'bridge' any more. */
void zone_users_note_no_flows(struct zone_users *, const char *bridge);

/* The bitmap of zones that have conntrack entries that are not ours. */
const unsigned long *zone_users_in_conntrack(const struct zone_users *);

/* May 'zone' have conntrack entries, ours or not? */
bool zone_users_may_have_entries(const struct zone_users *, uint16_t zone);

/* 'zone' was in use by us until now, or was flushed just now. */
void zone_users_note_entries(struct zone_users *, uint16_t zone, bool any);

#endif /* foreign-zones.h */
