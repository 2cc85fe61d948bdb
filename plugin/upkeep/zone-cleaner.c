/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/zone-cleaner.h"

#include <limits.h>
#include <stdlib.h>

#include "bitmap.h"
#include "conntrack/ct-netlink.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"
#include "zones/foreign-zones.h"
#include "zones/zones.h"

VLOG_DEFINE_THIS_MODULE(zone_cleaner);

COVERAGE_DEFINE(zone_cleaner_flushed);

/* Milliseconds from the loss of a zone until its entries are looked for: time
 * for its flows to go.  And between two flushes, each of which may take the
 * kernel a walk through its whole table. */
#define DELAY_MSEC 5000
#define PAUSE_MSEC 1000

enum cleaner_state {
    CLEANER_IDLE,               /* No zone to clean. */
    CLEANER_DELAYED,            /* There are; waiting until 'due'. */
    CLEANER_READING,            /* The table is being read. */
    CLEANER_FLUSHING,           /* Known who has entries; next flush at
                                 * 'due'. */
};

struct zone_cleaner {
    enum cleaner_state state;
    long long int due;
    unsigned long *zones;       /* Bitmap of the zones to clean. */
    struct ct_netlink *netlink; /* Null until first needed. */
};

struct zone_cleaner *
zone_cleaner_create(void)
{
    struct zone_cleaner *zc = xzalloc(sizeof *zc);

    zc->zones = bitmap_allocate(CT_N_ZONES);
    return zc;
}

void
zone_cleaner_destroy(struct zone_cleaner *zc)
{
    if (zc) {
        bitmap_free(zc->zones);
        ct_netlink_close(zc->netlink);
        free(zc);
    }
}

void
zone_cleaner_add(struct zone_cleaner *zc, uint16_t zone, long long int now)
{
    bitmap_set1(zc->zones, zone);
    if (zc->state == CLEANER_IDLE) {
        zc->state = CLEANER_DELAYED;
        zc->due = now + DELAY_MSEC;
    }
}

int
zone_cleaner_flush(struct zone_cleaner *zc, struct foreign_zones *fz,
                   uint16_t zone)
{
    int error;

    if (!foreign_zones_may_have_entries(fz, zone)) {
        return 0;
    }
    error = zc->netlink ? 0 : ct_netlink_open(&zc->netlink);
    if (!error) {
        error = ct_netlink_flush_zone(zc->netlink, zone);
    }
    if (!error) {
        foreign_zones_note_entries(fz, zone, false);
    }
    return error;
}

/* Flushes the next zone that needs it.  Returns false if there is none. */
static bool
flush_one(struct zone_cleaner *zc, struct foreign_zones *fz,
          const struct zones *zones)
{
    size_t zone;

    BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, zc->zones) {
        bool wanted = (zones_get_state(zones, zone) == ZONE_FREE
                       && foreign_zones_may_have_entries(fz, zone));
        int error;

        bitmap_set0(zc->zones, zone);
        if (!wanted) {
            continue;
        }
        COVERAGE_INC(zone_cleaner_flushed);
        error = zone_cleaner_flush(zc, fz, zone);
        if (error) {
            VLOG_WARN("zone %"PRIuSIZE": deleting the conntrack entries of a "
                      "container that is gone failed (%s)", zone,
                      ovs_strerror(error));
        }
        return true;
    }
    return false;
}

void
zone_cleaner_run(struct zone_cleaner *zc, struct foreign_zones *fz,
                 const struct zones *zones, long long int now)
{
    if (zc->state == CLEANER_DELAYED && now >= zc->due) {
        foreign_zones_read_conntrack(fz);
        zc->state = CLEANER_READING;
    }
    if (zc->state == CLEANER_READING && !foreign_zones_is_reading(fz)) {
        zc->state = CLEANER_FLUSHING;
        zc->due = now;
        if (!foreign_zones_has_read(fz)) {
            bitmap_set_multiple(zc->zones, 0, CT_N_ZONES, false);
        }
    }
    if (zc->state == CLEANER_FLUSHING && now >= zc->due) {
        if (flush_one(zc, fz, zones)) {
            zc->due = now + PAUSE_MSEC;
        } else {
            zc->state = CLEANER_IDLE;
        }
    }
}

void
zone_cleaner_wait(const struct zone_cleaner *zc)
{
    if (zc->state == CLEANER_DELAYED || zc->state == CLEANER_FLUSHING) {
        poll_timer_wait_until(zc->due);
    }
}
