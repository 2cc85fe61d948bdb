/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/quiet-zones.h"

#include <stdint.h>
#include <stdlib.h>

#include "bitmap.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "footprint/judge.h"
#include "openvswitch/poll-loop.h"
#include "topology/topology.h"
#include "upkeep/zone-cleaner.h"
#include "util.h"
#include "zones/foreign-zones.h"

COVERAGE_DEFINE(quiet_zones_flush);

/* Milliseconds from the end of the flows, or of one flush, until the next:
 * ovs-vswitchd looks through the datapath's flows every half a second. */
#define DELAY_MSEC 2000
#define N_ROUNDS 2

struct quiet_zones {
    uint64_t seq;               /* Of the judge, when last looked at; 0 at
                                 * first. */
    unsigned long *tracked;     /* Zones that had flows then. */
    unsigned long *dirty;       /* Zones to flush. */
    int rounds;                 /* How many times yet. */
    long long int due;          /* When, if 'rounds' and the flows have
                                 * gone. */
};

struct quiet_zones *
quiet_zones_create(void)
{
    struct quiet_zones *qz = xzalloc(sizeof *qz);

    qz->tracked = bitmap_allocate(CT_N_ZONES);
    qz->dirty = bitmap_allocate(CT_N_ZONES);
    return qz;
}

void
quiet_zones_destroy(struct quiet_zones *qz)
{
    if (qz) {
        bitmap_free(qz->tracked);
        bitmap_free(qz->dirty);
        free(qz);
    }
}

unsigned int
quiet_zones_count(const struct quiet_zones *qz)
{
    return qz->rounds ? bitmap_count1(qz->dirty, CT_N_ZONES) : 0;
}

/* Returns true if the zone of 'port', which needs no flows, may have entries
 * of when it did.  A previous run may have left some as well. */
static bool
has_become_quiet(const struct quiet_zones *qz, const struct port *port)
{
    return !qz->seq || bitmap_is_set(qz->tracked, port->zone);
}

/* Takes note of who needs flows now.  Returns true if others than before are
 * to be flushed. */
static bool
update(struct quiet_zones *qz, const struct quiet_zones_inputs *in)
{
    unsigned long *dirty = bitmap_allocate(CT_N_ZONES);
    const struct port *port;
    bool changed = false;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
        bool needs_flows = judge_needs_flows(in->judge, port);

        if (!port->zone) {
            continue;
        }
        if (!needs_flows && (has_become_quiet(qz, port)
                             || (qz->rounds
                                 && bitmap_is_set(qz->dirty, port->zone)))) {
            bitmap_set1(dirty, port->zone);
        }
        bitmap_set(qz->tracked, port->zone, needs_flows);
    }
    changed = !bitmap_equal(dirty, qz->dirty, CT_N_ZONES);
    bitmap_free(qz->dirty);
    qz->dirty = dirty;
    qz->seq = judge_get_tracking_seq(in->judge);
    return changed;
}

static void
flush(struct quiet_zones *qz, struct zone_cleaner *zc,
      struct foreign_zones *fz)
{
    size_t zone;

    COVERAGE_INC(quiet_zones_flush);
    BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, qz->dirty) {
        foreign_zones_note_entries(fz, zone, true);
        zone_cleaner_flush(zc, fz, zone);
    }
}

void
quiet_zones_run(struct quiet_zones *qz, const struct quiet_zones_inputs *in,
                long long int now)
{
    if (judge_get_tracking_seq(in->judge) != qz->seq && update(qz, in)) {
        qz->rounds = bitmap_is_all_zeros(qz->dirty, CT_N_ZONES) ? 0 : N_ROUNDS;
        qz->due = now + DELAY_MSEC;
    }
    if (qz->rounds && !in->flows_have_gone) {
        qz->due = now + DELAY_MSEC;
    }
    if (qz->rounds && now >= qz->due) {
        flush(qz, in->zone_cleaner, in->foreign_zones);
        qz->rounds--;
        qz->due = now + DELAY_MSEC;
    }
}

void
quiet_zones_wait(const struct quiet_zones *qz)
{
    if (qz->rounds) {
        poll_timer_wait_until(qz->due);
    }
}
