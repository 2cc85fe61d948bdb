/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/zone-cleaner.h"

#include <limits.h>
#include <stdlib.h>

#include "bitmap.h"
#include "conntrack/ct-flush.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "openvswitch/poll-loop.h"
#include "upkeep/backoff.h"
#include "util.h"
#include "zones/foreign-zones.h"
#include "zones/zones.h"

COVERAGE_DEFINE(zone_cleaner_flushed);

/* Milliseconds from when a zone lost its owner until its entries are searched
 * for: time for its flows to be removed. */
#define DELAY_MSEC 5000

/* How long to wait after a flush that failed, at first and at most. */
#define MIN_BACKOFF_MSEC 1000
#define MAX_BACKOFF_MSEC 60000

enum cleaner_state {
    CLEANER_IDLE,               /* No zone lost its owner. */
    CLEANER_DELAYED,            /* Some did; waiting until 'due'. */
    CLEANER_READING,            /* The table is being read, to find out which
                                 * zones have entries. */
};

struct zone_cleaner {
    enum cleaner_state state;
    long long int due;

    /* Bitmaps of zones. */
    unsigned long *lost;        /* Without an owner, perhaps with entries. */
    unsigned long *dirty;       /* To be flushed. */
    unsigned long *flushing;    /* Those that 'flush' is about. */

    struct ct_flush *flush;
    struct backoff backoff;
};

struct zone_cleaner *
zone_cleaner_create(void)
{
    struct zone_cleaner *zc = xzalloc(sizeof *zc);

    zc->lost = bitmap_allocate(CT_N_ZONES);
    zc->dirty = bitmap_allocate(CT_N_ZONES);
    zc->flushing = bitmap_allocate(CT_N_ZONES);
    zc->flush = ct_flush_create();
    zc->backoff = (struct backoff) BACKOFF_INITIALIZER(MIN_BACKOFF_MSEC,
                                                       MAX_BACKOFF_MSEC);
    return zc;
}

void
zone_cleaner_destroy(struct zone_cleaner *zc)
{
    if (zc) {
        bitmap_free(zc->lost);
        bitmap_free(zc->dirty);
        bitmap_free(zc->flushing);
        ct_flush_destroy(zc->flush);
        free(zc);
    }
}

void
zone_cleaner_add(struct zone_cleaner *zc, uint16_t zone, long long int now)
{
    bitmap_set1(zc->lost, zone);
    if (zc->state == CLEANER_IDLE) {
        zc->state = CLEANER_DELAYED;
        zc->due = now + DELAY_MSEC;
    }
}

void
zone_cleaner_flush(struct zone_cleaner *zc, const struct foreign_zones *fz,
                   uint16_t zone)
{
    if (foreign_zones_may_have_entries(fz, zone)) {
        bitmap_set1(zc->dirty, zone);
    }
}

/* Makes dirty those of the zones that lost their owners that have entries, now
 * that this is known, unless they have new owners already. */
static void
find_dirty(struct zone_cleaner *zc, const struct foreign_zones *fz,
           const struct zones *zones)
{
    size_t zone;

    BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, zc->lost) {
        if (foreign_zones_has_read(fz)
            && zones_get_state(zones, zone) == ZONE_FREE) {
            zone_cleaner_flush(zc, fz, zone);
        }
    }
    bitmap_set_multiple(zc->lost, 0, CT_N_ZONES, false);
}

/* Handles the end of a flush.  If it failed, its zones are still dirty. */
static void
finish_flush(struct zone_cleaner *zc, struct foreign_zones *fz,
             long long int now)
{
    bool failed = ct_flush_get_error(zc->flush) != 0;
    size_t zone;

    BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, zc->flushing) {
        if (failed) {
            bitmap_set1(zc->dirty, zone);
        } else {
            COVERAGE_INC(zone_cleaner_flushed);
            foreign_zones_note_entries(fz, zone, false);
        }
    }
    bitmap_set_multiple(zc->flushing, 0, CT_N_ZONES, false);
    if (failed) {
        backoff_note_failure(&zc->backoff, now);
    } else {
        backoff_note_success(&zc->backoff);
    }
}

/* Begins to flush all zones that are dirty by now. */
static void
start_flush(struct zone_cleaner *zc, struct foreign_zones *fz,
            long long int now)
{
    unsigned long *zones = zc->dirty;

    zc->dirty = zc->flushing;
    zc->flushing = zones;
    if (ct_flush_start(zc->flush, zones, NULL, NULL)) {
        finish_flush(zc, fz, now);
    }
}

/* Are there dirty zones, and is no flush under way? */
static bool
is_dirty(const struct zone_cleaner *zc)
{
    return (!ct_flush_is_busy(zc->flush)
            && !bitmap_is_all_zeros(zc->dirty, CT_N_ZONES));
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
        find_dirty(zc, fz, zones);
        zc->state = CLEANER_IDLE;
    }
    if (ct_flush_run(zc->flush)) {
        finish_flush(zc, fz, now);
    }
    if (is_dirty(zc) && backoff_is_over(&zc->backoff, now)) {
        start_flush(zc, fz, now);
    }
}

void
zone_cleaner_wait(const struct zone_cleaner *zc)
{
    if (zc->state == CLEANER_DELAYED) {
        poll_timer_wait_until(zc->due);
    }
    if (is_dirty(zc)) {
        poll_timer_wait_until(zc->backoff.until);
    }
    ct_flush_wait(zc->flush);
}
