/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/quiet-zones.h"

#include <limits.h>
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

/* Milliseconds from the removal of the OpenFlow flows until the flush:
 * ovs-vswitchd revalidates the datapath flows every half a second, or less
 * often if there are very many. */
#define DELAY_MSEC 4000

struct quiet_zones {
    uint64_t seq;               /* Of the judge, when last looked at; 0 at
                                 * first. */
    /* Bitmaps of zones. */
    unsigned long *tracked;     /* Those that needed flows then. */
    unsigned long *going;       /* Those whose flows are being removed. */
    unsigned long *gone;        /* Those whose flows have been removed, and
                                 * that are to be flushed. */
    long long int due;          /* When to flush 'gone'; LLONG_MAX if there
                                 * are none. */
};

struct quiet_zones *
quiet_zones_create(void)
{
    struct quiet_zones *qz = xzalloc(sizeof *qz);

    qz->tracked = bitmap_allocate(CT_N_ZONES);
    qz->going = bitmap_allocate(CT_N_ZONES);
    qz->gone = bitmap_allocate(CT_N_ZONES);
    qz->due = LLONG_MAX;
    return qz;
}

void
quiet_zones_destroy(struct quiet_zones *qz)
{
    if (qz) {
        bitmap_free(qz->tracked);
        bitmap_free(qz->going);
        bitmap_free(qz->gone);
        free(qz);
    }
}

/* Returns true if the zone of 'port', which needs no flows, may have entries
 * of when it did.  A previous run may have left some as well. */
static bool
has_become_quiet(const struct quiet_zones *qz, const struct port *port)
{
    return !qz->seq || bitmap_is_set(qz->tracked, port->zone);
}

/* Takes note of which containers need flows now. */
static void
update(struct quiet_zones *qz, const struct quiet_zones_inputs *in)
{
    unsigned long *quiet = bitmap_allocate(CT_N_ZONES);
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
        bool needs_flows = judge_needs_flows(in->judge, port);

        /* What is in a zone of OVN's, or here under its number, is not
         * ours. */
        if (!port->zone || port->bridge->mode != ZONES_MANAGED) {
            continue;
        }
        if (!needs_flows) {
            bitmap_set1(quiet, port->zone);
            if (has_become_quiet(qz, port)) {
                bitmap_set1(qz->going, port->zone);
            }
        }
        bitmap_set(qz->tracked, port->zone, needs_flows);
    }
    bitmap_and(qz->going, quiet, CT_N_ZONES);
    bitmap_and(qz->gone, quiet, CT_N_ZONES);
    bitmap_free(quiet);
    qz->seq = judge_get_tracking_seq(in->judge);
}

static void
flush(struct quiet_zones *qz, struct zone_cleaner *zc,
      struct foreign_zones *fz)
{
    size_t zone;

    COVERAGE_INC(quiet_zones_flush);
    BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, qz->gone) {
        foreign_zones_note_entries(fz, zone, true);
        zone_cleaner_flush(zc, fz, zone);
    }
    bitmap_set_multiple(qz->gone, 0, CT_N_ZONES, false);
    qz->due = LLONG_MAX;
}

/* The flows of all zones in 'qz->going' have gone. */
static void
note_gone(struct quiet_zones *qz, long long int now)
{
    unsigned long *zones = qz->gone;

    qz->gone = qz->going;
    qz->going = zones;
    qz->due = now + DELAY_MSEC;
}

void
quiet_zones_run(struct quiet_zones *qz, const struct quiet_zones_inputs *in,
                long long int now)
{
    if (judge_get_tracking_seq(in->judge) != qz->seq) {
        update(qz, in);
    }
    if (now >= qz->due) {
        flush(qz, in->zone_cleaner, in->foreign_zones);
    }
    /* Zones that become quiet before 'due' wait for the next flush, so that
     * they never put off this one. */
    if (qz->due == LLONG_MAX && in->flows_have_gone
        && !bitmap_is_all_zeros(qz->going, CT_N_ZONES)) {
        note_gone(qz, now);
    }
}

void
quiet_zones_wait(const struct quiet_zones *qz)
{
    poll_timer_wait_until(qz->due);
}
