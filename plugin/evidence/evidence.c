/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/evidence.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/link-counters.h"
#include "evidence/ovs-counters.h"
#include "evidence/zone-snapshot.h"
#include "hash.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "pipeline/pipeline.h"
#include "sset.h"
#include "topology/port.h"
#include "topology/published.h"
#include "topology/topology.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(evidence);

/* How long a port may be without any counter, in milliseconds, until it is
 * believed that it has none. */
#define PATIENCE 10000

/* How long at most what a previous run published is believed
 * rather than what this one sees, in milliseconds.  Usually it takes less:
 * some seconds, until the detector has found the elephants again. */
#define MAX_SETTLING 30000

struct evidence_collector {
    bool changed;               /* Did the counters change a verdict? */
    bool waiting;               /* Is more to be found out about any port? */
    uint32_t faults;            /* hash_faults() when last looked at. */
    bool stale;                 /* Does it differ? */
    struct link_counters *links;
    struct ovs_counters *ovs;
    struct zone_snapshot *snapshot;
    long long int next_run;     /* LLONG_MIN at first. */
    long long int next_reading; /* Of 'links'. */
};

void
evidence_destroy(struct evidence *e)
{
    visibility_destroy(&e->visibility);
}

void
evidence_restore(struct evidence *e, const struct published *previous)
{
    e->restoring = true;
    e->visibility.seen = previous->kind == EVIDENCE_FLOWS;
    e->has_visibility = true;
    e->zone = previous->zone;
}

struct evidence_collector *
evidence_collector_create(const char *remote)
{
    struct evidence_collector *ec = xzalloc(sizeof *ec);

    ec->links = link_counters_create();
    ec->ovs = ovs_counters_create(remote);
    ec->snapshot = zone_snapshot_create();
    ec->next_run = ec->next_reading = LLONG_MIN;
    return ec;
}

void
evidence_collector_destroy(struct evidence_collector *ec)
{
    if (ec) {
        link_counters_destroy(ec->links);
        ovs_counters_destroy(ec->ovs);
        zone_snapshot_destroy(ec->snapshot);
        free(ec);
    }
}

/* Has 'port' a zone that others fill, or not? */
static bool
needs_visibility(const struct port *port)
{
    return port->zone && port->bridge->mode == ZONES_OVN;
}

/* Are the flows that account 'port', on a bridge where that is our task, where
 * they should be? */
static const char *
find_fault_with_pipeline(const struct port *port,
                         const struct detector_view *view)
{
    const struct pipeline *p = view->find_pipeline(port->bridge->name,
                                                   view->aux);

    return (view->is_withdrawn(port->zone, view->aux)
            ? "its flows were withdrawn to keep conntrack's table from "
              "filling up"
            : p && pipeline_get_problem(p) && !pipeline_is_synced(p)
            ? "its bridge's flows are not in place"
            : !port->macs.n && !view->track_unassured
            ? "its Ethernet address is not known, so that packets to it are "
              "not tracked"
            : NULL);
}

/* Returns a number that changes when find_fault_with_pipeline() may find what
 * it did not find before, or not what it did. */
static uint32_t
hash_faults(const struct topology *t, const struct detector_view *view)
{
    struct shash_node *node;
    uint32_t hash = 0;

    SHASH_FOR_EACH (node, topology_get_bridges(t)) {
        const struct bridge *br = node->data;
        const struct pipeline *p = view->find_pipeline(br->name, view->aux);

        if (p && pipeline_get_problem(p) && !pipeline_is_synced(p)) {
            hash ^= hash_string(br->name, 0);
        }
    }
    return hash;
}

/* Returns why the detector does not see what 'port' does, or null if it
 * does. */
static const char *
find_reason(const struct evidence *e, const struct detector_view *view)
{
    const struct port *port = e->port;
    const struct bridge *br = port->bridge;

    if (detector_get_kind(view->detector) == DETECTOR_NONE) {
        return "there is no detector";
    } else if (br->is_userspace) {
        return EVIDENCE_USERSPACE;
    } else if (br->mode == ZONES_SHARED) {
        return (port->identity.n_addrs ? NULL
                : "its zone is shared, and no address tells its flows from "
                  "those of others");
    } else if (!port->zone) {
        return "it has no conntrack zone";
    } else if (view->get_watch_error(port->zone, view->aux)) {
        return "its conntrack zone cannot be watched";
    } else if (br->mode == ZONES_MANAGED) {
        return find_fault_with_pipeline(port, view);
    } else {
        return (e->visibility.seen ? NULL
                : "conntrack has seen none of its packets in OVN's zone");
    }
}

/* Counters. */

static void
sample_link(struct evidence_collector *ec, struct evidence *e,
            long long int now)
{
    struct byte_counters counters;

    if (link_counters_get(ec->links, e->port->link_ifindex, &counters)) {
        ec->changed |= counter_judge_update(&e->judge, &counters,
                                            &e->port->threshold, now);
    } else {
        counter_judge_init(&e->judge);
    }
}

/* Stores in '*counters' what ovs-vswitchd says of 'port'.  Returns false if
 * that is nothing. */
static bool
get_statistics(struct evidence_collector *ec, const struct port *port,
               struct byte_counters *counters)
{
    if (!ovs_counters_get(ec->ovs, port->name, counters)) {
        return false;
    }

    /* What an internal port of the kernel's datapath receives the switch has
     * sent, and ovs-vswitchd reports it as that (but swaps the counters of the
     * tap device that is an internal port in user space). */
    if (port->is_internal && !port->bridge->is_userspace) {
        *counters = (struct byte_counters) {
            .sent = counters->received, .received = counters->sent,
        };
    }
    return true;
}

/* ovs-vswitchd's counters change every few seconds at most.  That they do not
 * says that nothing was moved only some time after they should have. */
static void
sample_statistics(struct evidence_collector *ec, struct evidence *e,
                  long long int now)
{
    long long int patience = ovs_counters_get_interval(ec->ovs) * 3 / 2;
    struct counter_judge *j = &e->judge;
    struct byte_counters counters;

    if (!get_statistics(ec, e->port, &counters)) {
        counter_judge_init(j);
    } else if (!j->n_samples || counters.sent != j->last.sent
               || counters.received != j->last.received
               || now >= j->last_time + patience) {
        ec->changed |= counter_judge_update(j, &counters, &e->port->threshold,
                                            now);
    }
}

static bool
needs_counters(const struct evidence *e)
{
    const struct port *port = e->port;

    return (port->is_container && port->bridge->wanted && !port->endpoint_id
            && (needs_visibility(port) || e->reason));
}

/* Sees to it that the counters of the ports that need them can be had.
 * Returns true if any are those of a network device here. */
static bool
find_counters(struct evidence_collector *ec, const struct evidence_inputs *in)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct evidence *e;
    bool links = false;

    LIST_FOR_EACH (e, node, in->evidences) {
        bool needed;

        e->reason = e->port->is_container ? find_reason(e, in->view) : NULL;
        needed = needs_counters(e);
        if (!needed) {
            if (e->needs_counters) {
                counter_judge_init(&e->judge);
            }
        } else if (e->port->link_ifindex) {
            links = true;
        } else {
            sset_add(&names, e->port->name);
        }
        e->needs_counters = needed;
    }
    ovs_counters_watch(ec->ovs, &names);
    sset_destroy(&names);
    return links;
}

static void
collect(struct evidence_collector *ec, const struct evidence_inputs *in,
        long long int now)
{
    bool reading = now >= ec->next_reading;
    struct evidence *e;

    if (find_counters(ec, in) && reading) {
        link_counters_read(ec->links);
        ec->next_reading = now + EVIDENCE_INTERVAL;
    }
    LIST_FOR_EACH (e, node, in->evidences) {
        ec->waiting |= e->needs_counters;
        if (e->needs_counters && !e->port->link_ifindex) {
            sample_statistics(ec, e, now);
        } else if (e->needs_counters && reading) {
            sample_link(ec, e, now);
        }
    }
}

/* Doubts, and what conntrack's table says about them. */

/* The table was looked through. */
static void
take_prints(struct evidence_collector *ec, struct ovs_list *evidences,
            long long int now)
{
    struct evidence *e;

    LIST_FOR_EACH (e, node, evidences) {
        uint64_t *prints;
        size_t n;

        if (now >= visibility_get_deadline(&e->visibility)
            && zone_snapshot_take(ec->snapshot, e->port->zone, &prints, &n)) {
            visibility_look(&e->visibility, prints, n, now);
        }
    }
}

/* Begins to look through the table for all ports for which it is due. */
static void
start_look(struct evidence_collector *ec, const struct ovs_list *evidences,
           long long int now)
{
    size_t n = 0, allocated = 0;
    uint16_t *zones = NULL;
    const struct evidence *e;

    LIST_FOR_EACH (e, node, evidences) {
        if (now >= visibility_get_deadline(&e->visibility)) {
            if (n >= allocated) {
                zones = x2nrealloc(zones, &allocated, sizeof *zones);
            }
            zones[n++] = e->port->zone;
        }
    }
    if (n) {
        int error = zone_snapshot_start(ec->snapshot, zones, n);

        if (error) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_WARN_RL(&rl, "cannot look into conntrack's table (%s)",
                         ovs_strerror(error));
        }
    }
    free(zones);
}

static void
update_visibilities(struct evidence_collector *ec, struct ovs_list *evidences,
                    long long int now)
{
    struct evidence *e;

    LIST_FOR_EACH (e, node, evidences) {
        bool needed = needs_visibility(e->port);

        if (e->zone != e->port->zone || needed != e->has_visibility) {
            visibility_destroy(&e->visibility);
            e->visibility = (struct visibility) { .seen = false };
            e->has_visibility = needed;
            e->zone = e->port->zone;
        } else if (needed) {
            visibility_update(&e->visibility, e->n_elephants,
                              e->judge.elephant, now);
        }
    }
    if (zone_snapshot_is_idle(ec->snapshot)) {
        start_look(ec, evidences, now);
    }
}

/* The outcome. */

static bool
is_pending(const struct evidence *e, long long int now)
{
    switch (e->kind) {
    case EVIDENCE_NONE:
        return now < e->since + PATIENCE;
    case EVIDENCE_FLOWS:
        return false;
    case EVIDENCE_COUNTERS:
        return (!counter_judge_is_ready(&e->judge)
                || (e->visibility.in_doubt && !e->visibility.settled));
    default:
        OVS_NOT_REACHED();
    }
}

/* Do we know the port as well as a previous run did, or is this as
 * well as we are going to? */
static bool
is_settled(const struct evidence *e, const struct detector_view *view,
           long long int now)
{
    const struct bridge *br = e->port->bridge;
    const struct pipeline *p = view->find_pipeline(br->name, view->aux);

    if (now >= e->since + MAX_SETTLING) {
        return true;
    } else if (e->kind != EVIDENCE_FLOWS) {
        /* That may be for want of a connection to the bridge, or of an
         * elephant that shows that OVN uses the zone. */
        return now >= e->since + PATIENCE;
    } else {
        return (detector_is_settled(view->detector)
                && (br->mode != ZONES_MANAGED
                    || (p && pipeline_is_synced(p))));
    }
}

/* Returns true if the verdict on the port may have changed. */
static bool
conclude(struct evidence *e, const struct detector_view *view,
         long long int now)
{
    const struct port *port = e->port;
    enum evidence_kind old_kind = e->kind;
    bool was_pending = e->pending;
    bool was_restoring = e->restoring;

    if (!e->since) {
        e->since = now;
    }
    if (port->is_container && needs_visibility(port)) {
        /* It may have been seen meanwhile. */
        e->reason = find_reason(e, view);
    }
    e->kind = (!port->is_container ? EVIDENCE_NONE
               : !e->reason ? EVIDENCE_FLOWS
               : e->judge.n_samples ? EVIDENCE_COUNTERS
               : EVIDENCE_NONE);
    e->pending = port->is_container && is_pending(e, now);
    e->restoring = e->restoring && !is_settled(e, view, now);
    return (e->kind != old_kind || e->pending != was_pending
            || e->restoring != was_restoring);
}

bool
evidence_collector_run(struct evidence_collector *ec,
                       const struct evidence_inputs *in, long long int now)
{
    uint32_t faults = hash_faults(in->topology, in->view);
    struct evidence *e;

    ovs_counters_run(ec->ovs);
    ec->stale = faults != ec->faults;
    if (zone_snapshot_run(ec->snapshot)) {
        take_prints(ec, in->evidences, now);
    } else if (!in->force && now < ec->next_run) {
        return false;
    }
    ec->changed = ec->waiting = ec->stale = false;
    ec->faults = faults;
    ec->next_run = now + EVIDENCE_INTERVAL;
    collect(ec, in, now);
    update_visibilities(ec, in->evidences, now);
    LIST_FOR_EACH (e, node, in->evidences) {
        ec->changed |= conclude(e, in->view, now);
        ec->waiting |= e->pending || e->restoring;
    }
    return ec->changed;
}

void
evidence_collector_wait(const struct evidence_collector *ec)
{
    ovs_counters_wait(ec->ovs);
    zone_snapshot_wait(ec->snapshot);
    if (ec->waiting || ec->stale) {
        poll_timer_wait_until(ec->next_run);
    }
}
