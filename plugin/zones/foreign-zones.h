/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOREIGN_ZONES_H
#define FOREIGN_ZONES_H 1

/* Which conntrack zones others use: these must never be allocated.  It also
 * knows on which bridges there are flows of ours, since it looks at all flows
 * anyway.
 *
 * Two sources are read, and neither is changed: the flows and groups of every
 * bridge of this switch, for the zones that their ct() actions name, and the
 * kernel's conntrack table, for the zones that have entries without our mark
 * (see ct-mark.h).  Zones that a flow takes from a register cannot be known
 * before they are used; OVN's are known from OVSDB.
 *
 * Reading takes time.  foreign_zones_is_ready() says when all of it was done
 * once; after that, foreign_zones_refresh() does it again in the
 * background. */

#include <stdbool.h>
#include <stdint.h>

struct foreign_zones;
struct sset;

struct foreign_zones *foreign_zones_create(void);
void foreign_zones_destroy(struct foreign_zones *);

/* The bridges of this switch are those named in 'bridges'.  New ones are
 * read. */
void foreign_zones_set_bridges(struct foreign_zones *,
                               const struct sset *bridges);

/* Reads all again, unless it was done a short while ago. */
void foreign_zones_refresh(struct foreign_zones *, long long int now);

/* Reads conntrack's table again, now.  foreign_zones_is_reading() says when
 * it is done. */
void foreign_zones_read_conntrack(struct foreign_zones *);
bool foreign_zones_is_reading(const struct foreign_zones *);

/* Was the table ever read?  If not, it may not be read, or does not exist. */
bool foreign_zones_has_read(const struct foreign_zones *);

void foreign_zones_run(struct foreign_zones *, long long int now);
void foreign_zones_wait(struct foreign_zones *);

/* Was everything read at least once, or tried for long enough? */
bool foreign_zones_is_ready(const struct foreign_zones *, long long int now);

/* A number that changes when what follows may. */
uint64_t foreign_zones_get_seq(const struct foreign_zones *);

/* Sets in the bitmap 'ids' the zones that flows of others name. */
void foreign_zones_add_in_flows(const struct foreign_zones *,
                                unsigned long *ids);

/* Were there flows of ours on 'bridge' when it was last read? */
bool foreign_zones_has_our_flows(const struct foreign_zones *,
                                 const char *bridge);

/* Adds to 'bridges' the names of those whose flows have not been read yet. */
void foreign_zones_get_unread(const struct foreign_zones *,
                              struct sset *bridges);

/* Did flows of ours name 'zone' at any time when a bridge was read? */
bool foreign_zones_was_in_our_flows(const struct foreign_zones *,
                                    uint16_t zone);

/* There are no flows of ours on 'bridge' any more. */
void foreign_zones_note_no_flows(struct foreign_zones *, const char *bridge);

/* The bitmap of zones that have conntrack entries that are not ours. */
const unsigned long *foreign_zones_in_conntrack(const struct foreign_zones *);

/* May 'zone' have conntrack entries, ours or not? */
bool foreign_zones_may_have_entries(const struct foreign_zones *,
                                    uint16_t zone);

/* Notes whether there may be 'any' entries in 'zone': we used it until now, or
 * it was flushed just now. */
void foreign_zones_note_entries(struct foreign_zones *, uint16_t zone,
                                bool any);

#endif /* foreign-zones.h */
