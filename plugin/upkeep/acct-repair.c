/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/acct-repair.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bitmap.h"
#include "conntrack/ct-flush.h"
#include "conntrack/ct-message.h"
#include "conntrack/ct-sysctl.h"
#include "conntrack/ct-zone.h"
#include "detector/detector.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(acct_repair);

/* Milliseconds between two searches of conntrack's table. */
#define PAUSE_MSEC 10000

struct acct_repair {
    struct ct_flush *flush;
    const struct detector *detector; /* Whose 'seq' that is.  Only compared,
                                      * since it may not exist any more. */
    uint64_t seq;               /* Of detector_get_uncounted_seq(), when last
                                 * looked at. */
    bool wanted;                /* Must entries be deleted? */
    long long int due;          /* When to begin, if 'wanted'. */
};

struct acct_repair *
acct_repair_create(void)
{
    struct acct_repair *r = xzalloc(sizeof *r);

    r->flush = ct_flush_create();
    return r;
}

void
acct_repair_destroy(struct acct_repair *r)
{
    if (r) {
        ct_flush_destroy(r->flush);
        free(r);
    }
}

static bool
is_uncounted(const struct ct_message *m, const void *aux OVS_UNUSED)
{
    return !m->is_counted;
}

static void
start(struct acct_repair *r, const struct topology *t)
{
    unsigned long *zones = bitmap_allocate(CT_N_ZONES);
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (port->zone && port->bridge->mode == ZONES_MANAGED) {
            bitmap_set1(zones, port->zone);
        }
    }
    if (!bitmap_is_all_zeros(zones, CT_N_ZONES)) {
        ct_flush_start(r->flush, zones, is_uncounted, NULL);
    }
    bitmap_free(zones);
}

/* Handles the end of a flush.  If it failed, another one is wanted. */
static void
finish(struct acct_repair *r)
{
    r->wanted |= ct_flush_get_error(r->flush) != 0;
    if (ct_flush_count(r->flush)) {
        VLOG_INFO("deleted the conntrack entries of %"PRIuSIZE" connections "
                  "that it did not count, so that it does from now on",
                  ct_flush_count(r->flush));
    }
}

void
acct_repair_run(struct acct_repair *r, const struct detector *detector,
                const struct topology *t, long long int now)
{
    uint64_t seq = detector_get_uncounted_seq(detector);

    if (detector != r->detector) {
        r->detector = detector;
        r->seq = 0;
    }
    if (seq != r->seq) {
        r->seq = seq;
        r->wanted = true;
    }
    if (ct_flush_run(r->flush)) {
        finish(r);
    }

    if (r->wanted && now >= r->due && !ct_flush_is_busy(r->flush)) {
        r->due = now + PAUSE_MSEC;

        /* As long as conntrack does not count, new entries would have no
         * counters either. */
        if (ct_sysctl_get("nf_conntrack_acct") > 0) {
            r->wanted = false;
            start(r, t);
        }
    }
}

void
acct_repair_wait(const struct acct_repair *r)
{
    ct_flush_wait(r->flush);
    if (r->wanted && !ct_flush_is_busy(r->flush)) {
        poll_timer_wait_until(r->due);
    }
}
