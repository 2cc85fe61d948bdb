/* SPDX-License-Identifier: Apache-2.0 */

#ifndef QUIET_ZONES_H
#define QUIET_ZONES_H 1

/* Deletes the conntrack entries of containers whose packets do not pass
 * conntrack any more, since their interfaces move too little (tracking.h).
 *
 * Nothing would refresh the entries, and some of them would stay for days, in
 * a table that all containers share.  When the flows have gone, and the
 * datapath has had the time to notice, zone-cleaner.h has them deleted. */

#include <stdbool.h>

struct foreign_zones;
struct judge;
struct quiet_zones;
struct topology;
struct zone_cleaner;

struct quiet_zones *quiet_zones_create(void);
void quiet_zones_destroy(struct quiet_zones *);

struct quiet_zones_inputs {
    const struct topology *topology;
    const struct judge *judge;  /* Knows whose packets pass conntrack. */
    bool flows_have_gone;       /* Are the flows, on all bridges, those that
                                 * 'judge' says are needed? */
    struct zone_cleaner *zone_cleaner; /* Deletes the entries. */
    struct foreign_zones *foreign_zones; /* Knows where there are entries. */
};

void quiet_zones_run(struct quiet_zones *, const struct quiet_zones_inputs *,
                     long long int now);
void quiet_zones_wait(const struct quiet_zones *);

#endif /* quiet-zones.h */
