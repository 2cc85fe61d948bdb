/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/evidence-collector.h"

#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/evidence.h"
#include "evidence/flow-faults.h"
#include "evidence/link-counters.h"
#include "evidence/ovs-counters.h"
#include "evidence/wire-check.h"
#include "openvswitch/poll-loop.h"
#include "pipeline/pipeline.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"

/* How long a port may be without any counter, in milliseconds, until it is
 * believed that it has none. */
#define PATIENCE 10000

/* How long at most what a previous run published is believed
 * rather than what this one sees, in milliseconds.  Usually it takes less:
 * some seconds, until the detector has found the elephants again. */
#define MAX_SETTLING 30000

struct evidence_collector {
    bool changed;               /* Did the counters change a verdict? */
    struct flow_faults *faults;
    bool faults_changed;        /* May they have, since last looked at? */
    struct link_counters *links;
    struct ovs_counters *ovs;
    struct wire_check *wire;
    long long int next_run;     /* LLONG_MIN at first. */
    long long int next_reading; /* When to read 'links'. */
    size_t n_waiting;           /* Evidences of which more is to be found
                                 * out, */
    size_t n_tracked;           /* of containers that need flows, */
    size_t n_links;             /* that need 'links', */
    size_t n_often;             /* and that need them often. */
    bool nobody_tracked;        /* Is it known that 'n_tracked' is 0? */
    bool turned;                /* Did evidence_needs_flows() change? */
    uint64_t tracking_seq;      /* evidence_collector_get_tracking_seq(). */
};

struct evidence_collector *
evidence_collector_create(const char *remote)
{
    struct evidence_collector *ec = xzalloc(sizeof *ec);

    ec->faults = flow_faults_create();
    ec->links = link_counters_create();
    ec->ovs = ovs_counters_create(remote);
    ec->wire = wire_check_create();
    ec->next_run = ec->next_reading = LLONG_MIN;
    return ec;
}

void
evidence_collector_destroy(struct evidence_collector *ec)
{
    if (ec) {
        flow_faults_destroy(ec->faults);
        link_counters_destroy(ec->links);
        ovs_counters_destroy(ec->ovs);
        wire_check_destroy(ec->wire);
        free(ec);
    }
}

/* Is the network device of 'e' in another network namespace than this
 * daemon? */
static bool
is_elsewhere(struct evidence *e)
{
    const struct port *port = e->port;

    if (e->parent) {
        return e->parent->elsewhere;
    } else if (!port->has_driver || !port->link_ifindex) {
        e->checked_ifindex = 0;
        return false;
    } else if (!e->elsewhere && port->link_ifindex == e->checked_ifindex) {
        return false;
    }
    e->checked_ifindex = port->link_ifindex;
    return if_nametoindex(port->name) != port->link_ifindex;
}

/* Flows of ours would use the conntrack table there, whereas all that protects
 * others from what that costs would look at the one here.  So there are
 * none. */
static void
update_elsewhere(struct evidence_collector *ec, struct evidence *e)
{
    bool elsewhere = is_elsewhere(e);

    ec->turned |= elsewhere != e->elsewhere;
    e->elsewhere = elsewhere;
}

/* Returns why what the flows of an adaptive port tell is not all yet, or null
 * if it is. */
static const char *
find_gap(const struct evidence *e)
{
    const struct tracking *t = e->parent ? &e->parent->tracking : &e->tracking;

    return (tracking_tells_all(t) ? NULL
            : tracking_stands(t) ? EVIDENCE_BEFORE
            : tracking_needs_flows(t) ? EVIDENCE_STARTING
            : EVIDENCE_QUIET);
}

/* When what the flows of 'e' depend on was there, flows being those of
 * ours. */
static void
update_flows_since(struct evidence *e, long long int now)
{
    bool may_have_flows = e->port->ofport != OFPP_NONE && e->port->macs.n;

    if (!e->since) {
        e->since = e->flows_since = now;
    } else if (may_have_flows && !e->may_have_flows) {
        e->flows_since = now;
    }
    e->may_have_flows = may_have_flows;
}

/* Returns what the wire check has against a port whose flows are all there, or
 * null.  If 'e->wire.reason' says that, sets 'e->wire_fault' and returns null,
 * too. */
static const char *
find_wire_fault(struct evidence *e)
{
    const struct wire_evidence *wire = &e->wire;
    bool unseen = wire->has_visibility && !wire->visibility.seen;

    e->wire_fault = evidence_is_denied(e) || (unseen && wire->reason);
    return (e->wire_fault || !unseen ? NULL
            : e->port->bridge->mode == ZONES_OVN
            ? "conntrack has seen none of its packets in OVN's zone"
            : "conntrack has counted none of its packets in its zone");
}

/* Returns why the detector does not see what 'port' does, or null if it does
 * or if 'e->wire_fault' is set.  Sets '*pending' to true if it is too early to
 * say. */
static const char *
find_fault(struct evidence_collector *ec, struct evidence *e,
           const struct detector_view *view, long long int now,
           bool *pending)
{
    const struct port *port = e->port;
    const struct bridge *br = port->bridge;
    const char *fault;

    *pending = false;
    if (detector_get_kind(view->detector) == DETECTOR_NONE) {
        return "there is no detector";
    } else if (br->is_userspace) {
        return EVIDENCE_USERSPACE;
    } else if (e->elsewhere) {
        return EVIDENCE_ELSEWHERE;
    } else if (br->mode == ZONES_SHARED) {
        return (port->identity.n_addrs ? NULL
                : "its zone is shared, and no address tells its flows from "
                  "those of others");
    } else if (!port->zone) {
        return "it has no conntrack zone";
    } else if (view->get_watch_error(port->zone, view->aux)) {
        return "its conntrack zone cannot be watched";
    }
    fault = (br->mode == ZONES_MANAGED
             ? flow_faults_find(ec->faults, e, view, now, pending)
             : NULL);
    if (e->is_adaptive && (!fault || *pending)) {
        *pending = false;
        fault = find_gap(e);
    }
    return fault ? fault : find_wire_fault(e);
}

/* Finds out whether flows are evidence of what 'e' does. */
static void
update_fault(struct evidence_collector *ec, struct evidence *e,
             const struct detector_view *view, long long int now)
{
    bool pending = false;
    const char *fault = NULL;

    update_flows_since(e, now);
    update_elsewhere(ec, e);
    e->wire_fault = false;
    if (e->port->is_container) {
        fault = find_fault(ec, e, view, now, &pending);
    }
    e->fault = fault;
    e->awaits_flows = pending;
}

/* Counters. */

/* Takes the sample 'counters' of 'e'. */
static void
take_sample(struct evidence_collector *ec, struct evidence *e,
            const struct byte_counters *counters, long long int now)
{
    const struct elephant_threshold *threshold = &e->port->threshold;

    ec->changed |= counter_judge_update(&e->judge, counters, threshold, now);
    volume_update(&e->volume, counters->sent + counters->received,
                  threshold->hold, now);
}

/* The counters were looked at, after 'last'. */
static void
update_tracking(struct evidence_collector *ec, struct evidence *e,
                const struct detector_view *view,
                const struct counter_judge *last, long long int now)
{
    const struct counter_judge *j = &e->judge;
    const struct tracking_view v = {
        .moved = (j->last.sent + j->last.received
                  - last->last.sent - last->last.received),
        .rate = j->rate,
        .since = last->last_time,
        .has_run = ((j->run.sent || j->run.received)
                    && (j->fast || !j->elephant)),
        .counted = j->elephant ? j->last_fast : LLONG_MIN,
        .in_place = (tracking_needs_flows(&e->tracking)
                     && view->has_flows(e->port, view->aux)),
    };
    bool needed = tracking_needs_flows(&e->tracking);

    if (counter_judge_is_ready(j)
        && tracking_update(&e->tracking, &v, &e->port->threshold, now)) {
        ec->changed = true;
        ec->turned |= tracking_needs_flows(&e->tracking) != needed;
    }
}

/* How often to read the counters of network devices. */
static int
get_interval(const struct evidence_collector *ec)
{
    return ec->n_often ? EVIDENCE_READ_INTERVAL : EVIDENCE_INTERVAL;
}

static void
sample_link(struct evidence_collector *ec, struct evidence *e,
            const struct detector_view *view, long long int now)
{
    const struct counter_judge last = e->judge;
    struct byte_counters counters;

    switch (link_counters_get(ec->links, e->port->link_ifindex, &counters)) {
    case LINK_MISSING:
        counter_judge_init(&e->judge);
        break;

    case LINK_LATE:
        break;

    case LINK_READ:
        take_sample(ec, e, &counters, now);
        if (e->is_adaptive) {
            update_tracking(ec, e, view, &last, now);
        }
        break;
    }
}

/* Has the port of 'e' a network device whose counters can be read? */
static bool
has_link(const struct evidence *e)
{
    return e->port->link_ifindex && !e->elsewhere;
}

/* Reads the counters of the network devices here, if that is due. */
static void
sample_links(struct evidence_collector *ec, const struct evidence_inputs *in,
             long long int now)
{
    struct evidence *e;

    if (!ec->n_links || now < ec->next_reading) {
        return;
    }
    link_counters_read(ec->links);
    ec->next_reading = now + get_interval(ec);
    LIST_FOR_EACH (e, node, in->evidences) {
        if (e->needs_counters && has_link(e)) {
            sample_link(ec, e, in->view, now);
        }
    }
}

/* Stores in '*counters' what ovs-vswitchd says of 'e'.  Returns false if that
 * is nothing. */
static bool
get_statistics(const struct evidence *e, struct byte_counters *counters)
{
    const struct port *port = e->port;

    if (!ovs_counter_get(e->statistics, counters)) {
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

/* How long ovs-vswitchd's counters of a port that moves something may stay as
 * they are, in milliseconds. */
static long long int
get_patience(const struct evidence_collector *ec)
{
    return ovs_counters_get_interval(ec->ovs) * 3 / 2;
}

/* ovs-vswitchd's counters change every few seconds at most.  That they do not
 * says that nothing was moved only 'patience' after they last did. */
static void
sample_statistics(struct evidence_collector *ec, struct evidence *e,
                  long long int patience, long long int now)
{
    struct counter_judge *j = &e->judge;
    struct byte_counters counters;

    if (!get_statistics(e, &counters)) {
        counter_judge_init(j);
    } else if (!j->n_samples || counters.sent != j->last.sent
               || counters.received != j->last.received
               || now >= j->last_time + patience) {
        take_sample(ec, e, &counters, now);
    }
}

static bool
needs_counters(const struct evidence *e)
{
    const struct port *port = e->port;

    return port->is_container && port->bridge->wanted && !port->endpoint_id;
}

/* Sees whether the packets of 'e' pass conntrack only at times, and if so, how
 * that begins. */
static void
begin_tracking(struct evidence_collector *ec, struct evidence *e,
               const struct detector_view *view, long long int now)
{
    const struct port *port = e->port;
    bool is_adaptive = port_is_adaptive(port);
    bool is_new = e->tracking.state == TRACKING_UNKNOWN;

    if (port->ofport == OFPP_NONE || (is_new && !view->had_flows)) {
        e->is_adaptive = is_adaptive;
    } else if (is_new || is_adaptive != e->is_adaptive) {
        bool had_flows = (!is_new || !is_adaptive
                          || (port->zone && port->previous.zone == port->zone
                              && view->had_flows(port->zone, view->aux)));

        /* One that always needs flows needed them before, too. */
        ec->turned |= is_adaptive || e->is_adaptive;
        e->is_adaptive = is_adaptive;
        tracking_begin(&e->tracking, had_flows, now);
    }
}

/* Has ovs-vswitchd's counters of the port sent to us, or not any more. */
static void
watch_statistics(struct evidence_collector *ec, struct evidence *e,
                 bool needed)
{
    if (needed && !e->statistics) {
        e->statistics = ovs_counters_add(ec->ovs, e->port->name);
    } else if (!needed && e->statistics) {
        ovs_counters_remove(ec->ovs, e->statistics);
        e->statistics = NULL;
    }
}

/* Sees to it that the counters of the port can be had, if it needs them. */
static void
find_counters(struct evidence_collector *ec, struct evidence *e,
              const struct detector_view *view, long long int now)
{
    bool needed = needs_counters(e);

    begin_tracking(ec, e, view, now);
    update_fault(ec, e, view, now);
    if (!needed && e->needs_counters) {
        counter_judge_init(&e->judge);
    }
    e->needs_counters = needed;
    watch_statistics(ec, e, needed && !has_link(e));
}

/* The outcome. */

/* Has 'e' count as 'tally' in the sums. */
static void
count_as(struct evidence_collector *ec, struct evidence *e,
         const struct evidence_tally *tally)
{
    ec->n_waiting += tally->waits - e->tally.waits;
    ec->n_tracked += tally->needs_flows - e->tally.needs_flows;
    ec->n_links += tally->needs_link - e->tally.needs_link;
    ec->n_often += tally->needs_link_often - e->tally.needs_link_often;
    e->tally = *tally;
}

static void
update_tally(struct evidence_collector *ec, struct evidence *e)
{
    bool by_link = e->needs_counters && !e->statistics;
    const struct evidence_tally tally = {
        .waits = e->pending || e->restoring || e->statistics,
        .needs_flows = e->port->is_container && evidence_needs_flows(e),
        .needs_link = by_link,
        .needs_link_often = by_link && e->is_adaptive,
    };

    count_as(ec, e, &tally);
}

void
evidence_collector_forget(struct evidence_collector *ec, struct evidence *e)
{
    static const struct evidence_tally nothing;

    count_as(ec, e, &nothing);
    watch_statistics(ec, e, false);
}

/* The counters that 'e' may be judged by. */
static const struct counter_judge *
get_counters(const struct evidence *e)
{
    return e->parent && e->is_adaptive ? &e->parent->judge : &e->judge;
}

static bool
is_pending(const struct evidence *e, long long int now)
{
    switch (e->kind) {
    case EVIDENCE_NONE:
        return now < MAX(e->since, e->counters_at) + PATIENCE;
    case EVIDENCE_FLOWS:
        return e->awaits_flows;
    case EVIDENCE_VOLUME:
        return false;
    case EVIDENCE_COUNTERS:
        return (!counter_judge_is_ready(get_counters(e))
                || (e->parent && e->parent->has_counted)
                || (e->wire.visibility.in_doubt
                    && !e->wire.visibility.settled));
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
    } else if (e->is_adaptive && e->tracking.state != TRACKING_QUIET
               && !tracking_tells_all(&e->tracking)) {
        /* Its flows are going to tell, however slow the machine is. */
        return false;
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

/* Takes what the counters say, unless it is better to wait for what the flows
 * are going to say, or they say it already.  Where they cannot, for another
 * reason than that its packets are tracked only at times, there is nothing to
 * wait for. */
static void
count(struct evidence *e)
{
    const struct tracking *t = &e->tracking;

    if (!e->is_adaptive || t->state < TRACKING_CATCHING
        || (evidence_get_reason(e) && !e->awaits_flows
            && !evidence_is_as_wished(e))) {
        e->has_counted = e->judge.elephant;
    } else if (t->state == TRACKING_ON || t->run_ended) {
        e->has_counted = tracking_stands(t);
    }
}

/* Does the interface move so much that it does not matter by which flows? */
static bool
is_voluminous(const struct evidence *e)
{
    return (e->needs_counters && e->port->volume_rate
            && volume_exceeds(&e->volume, e->port->volume_rate));
}

static enum evidence_kind
choose_kind(const struct evidence *e)
{
    bool by_flows = !evidence_get_reason(e) || e->awaits_flows;
    bool heavy = by_flows ? evidence_count_elephants(e) : e->has_counted;

    return (!e->port->is_container ? EVIDENCE_NONE
            : !heavy && is_voluminous(e) ? EVIDENCE_VOLUME
            : by_flows ? EVIDENCE_FLOWS
            : counter_judge_is_ready(get_counters(e)) ? EVIDENCE_COUNTERS
            : EVIDENCE_NONE);
}

void
evidence_collector_restore(struct evidence *e,
                           const struct published *previous)
{
    e->restoring = true;
    wire_check_restore(e, previous);
}

/* Returns true if the verdict on the port may have changed. */
static bool
conclude(struct evidence_collector *ec, struct evidence *e,
         const struct detector_view *view, long long int now)
{
    const struct port *port = e->port;
    enum evidence_kind old_kind = e->kind;
    bool was_pending = e->pending;
    bool was_restoring = e->restoring;

    if (e->is_adaptive && evidence_count_elephants(e)) {
        tracking_saw_elephant(&e->tracking);
    }
    update_fault(ec, e, view, now);
    if (counter_judge_is_ready(get_counters(e))) {
        e->counters_at = now;
    }
    count(e);
    e->kind = choose_kind(e);
    e->pending = port->is_container && is_pending(e, now);
    e->restoring = e->restoring && !is_settled(e, view, now);
    update_tally(ec, e);
    return (e->kind != old_kind || e->pending != was_pending
            || e->restoring != was_restoring);
}

/* The evidence was brought up to date, 'all' of it or what was stale. */
static void
conclude_round(struct evidence_collector *ec, const struct detector_view *view,
               bool all, long long int now)
{
    ec->nobody_tracked = view->had_flows && !ec->n_tracked;
    if (view->had_flows && (ec->tracking_seq ? ec->turned : all)) {
        ec->turned = false;
        ec->tracking_seq++;
        ec->changed = true;
    }
    if (ec->n_links) {
        ec->next_reading = MIN(ec->next_reading, now + get_interval(ec));
    }
}

/* Brings all evidence up to date. */
static void
run_all(struct evidence_collector *ec, const struct evidence_inputs *in,
        long long int now)
{
    long long int patience = get_patience(ec);
    struct evidence *e;

    ec->faults_changed = false;
    ec->next_run = now + EVIDENCE_INTERVAL;
    LIST_FOR_EACH (e, node, in->evidences) {
        find_counters(ec, e, in->view, now);
        update_tally(ec, e);
    }
    sample_links(ec, in, now);
    LIST_FOR_EACH (e, node, in->evidences) {
        if (e->statistics) {
            sample_statistics(ec, e, patience, now);
        }
        wire_check_update(e, in->view, now);
        ec->changed |= conclude(ec, e, in->view, now);
    }
    wire_check_start(ec->wire, in->evidences, now);
}

/* Brings up to date what has to be even if nothing is due.  Counters of
 * network devices are read when that is. */
static void
run_stale(struct evidence_collector *ec, const struct evidence_inputs *in,
          long long int now)
{
    long long int patience = get_patience(ec);
    struct evidence *e;

    LIST_FOR_EACH (e, stale_node, in->stale) {
        find_counters(ec, e, in->view, now);
        if (e->statistics) {
            sample_statistics(ec, e, patience, now);
        }
        wire_check_update(e, in->view, now);
        conclude(ec, e, in->view, now);
    }
}

enum evidence_extent
evidence_collector_run(struct evidence_collector *ec,
                       const struct evidence_inputs *in, long long int now)
{
    bool any_stale = !ovs_list_is_empty(in->stale);
    bool all;

    ovs_counters_run(ec->ovs, hmap_count(topology_get_ports(in->topology)));
    ec->faults_changed |= flow_faults_run(ec->faults, in->topology, in->view,
                                          now);
    ec->changed = false;
    sample_links(ec, in, now);
    all = (wire_check_run(ec->wire, in->evidences, now)
           || in->force || ec->changed || now >= ec->next_run);
    if (all) {
        run_all(ec, in, now);
    } else if (any_stale) {
        run_stale(ec, in, now);
    } else {
        return EVIDENCE_NO_CHANGE;
    }
    conclude_round(ec, in->view, all, now);
    return (!all ? EVIDENCE_STALE
            : ec->changed || any_stale ? EVIDENCE_ALL
            : EVIDENCE_NO_CHANGE);
}

bool
evidence_collector_is_anybody_tracked(const struct evidence_collector *ec)
{
    return !ec->nobody_tracked;
}

uint64_t
evidence_collector_get_tracking_seq(const struct evidence_collector *ec)
{
    return ec->tracking_seq;
}

void
evidence_collector_wait(const struct evidence_collector *ec)
{
    ovs_counters_wait(ec->ovs);
    wire_check_wait(ec->wire);
    if (ec->n_waiting || ec->faults_changed) {
        poll_timer_wait_until(ec->next_run);
    }
    if (ec->n_links) {
        poll_timer_wait_until(ec->next_reading);
    }
}
