/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ZONE_SNAPSHOT_H
#define ZONE_SNAPSHOT_H 1

/* What conntrack has in some zones, as visibility.h wants to know it.
 *
 * It takes a dump of the whole table, which costs time, so it is done in small
 * steps. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone_entry;
struct zone_snapshot;

struct zone_snapshot *zone_snapshot_create(void);
void zone_snapshot_destroy(struct zone_snapshot *);

/* Begins to look at the 'n' zones in 'zones'.  Abandons what it was doing.
 * Returns 0 or a positive errno. */
int zone_snapshot_start(struct zone_snapshot *, const uint16_t *zones,
                        size_t n);

/* Returns true if there is nothing (more) to look at. */
bool zone_snapshot_is_idle(const struct zone_snapshot *);

/* Did the last look fail? */
bool zone_snapshot_has_failed(const struct zone_snapshot *);

/* Goes on for a while.  Returns true if it came to an end just now.  If it
 * failed, there is nothing to take. */
bool zone_snapshot_run(struct zone_snapshot *);
void zone_snapshot_wait(struct zone_snapshot *);

/* After the end, stores in '*entries' the entries in 'zone', which the caller
 * must free, and in '*n' how many.  Returns false if 'zone' was not looked
 * at. */
bool zone_snapshot_take(struct zone_snapshot *, uint16_t zone,
                        struct zone_entry **entries, size_t *n);

#endif /* zone-snapshot.h */
