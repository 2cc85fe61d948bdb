/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ZONE_CLEANER_H
#define ZONE_CLEANER_H 1

/* Deletes the conntrack entries of zones that nobody has any more.
 *
 * A container that is gone leaves connections behind that conntrack keeps for
 * up to five days, in a table that all containers share.  Without us they
 * would not be there.  A few seconds after a port loses its zone, when its
 * flows have gone as well, the table is read once, and the zones that do have
 * entries are flushed, all of them at once and in the background.  A zone that
 * is allocated again is flushed too: until that is done, its new owner has old
 * entries, in which nothing moves any more. */

#include <stdint.h>

struct zone_cleaner;
struct foreign_zones;
struct zones;

struct zone_cleaner *zone_cleaner_create(void);
void zone_cleaner_destroy(struct zone_cleaner *);

/* 'zone' was somebody's until 'now'. */
void zone_cleaner_add(struct zone_cleaner *, uint16_t zone, long long int now);

/* Deletes the entries of 'zone', if it may have any: it is about to be
 * somebody else's. */
void zone_cleaner_flush(struct zone_cleaner *, const struct foreign_zones *,
                        uint16_t zone);

void zone_cleaner_run(struct zone_cleaner *, struct foreign_zones *,
                      const struct zones *, long long int now);
void zone_cleaner_wait(const struct zone_cleaner *);

#endif /* zone-cleaner.h */
