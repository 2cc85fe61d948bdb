/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/wire-check.h"

#include <stdlib.h>

#include "evidence/evidence.h"
#include "evidence/zone-snapshot.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "topology/port.h"
#include "topology/published.h"
#include "topology/topology.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(wire_check);

struct wire_check {
    struct zone_snapshot *snapshot;
};

struct wire_check *
wire_check_create(void)
{
    struct wire_check *wc = xzalloc(sizeof *wc);

    wc->snapshot = zone_snapshot_create();
    return wc;
}

void
wire_check_destroy(struct wire_check *wc)
{
    if (wc) {
        zone_snapshot_destroy(wc->snapshot);
        free(wc);
    }
}

void
wire_check_restore(struct evidence *e, const struct published *previous)
{
    e->wire.was_seen = previous->kind == EVIDENCE_FLOWS;
    e->wire.zone = previous->zone;
}

/* Can it be told from the zone of 'port' whether conntrack sees all that its
 * interface moves?  An interface with endpoints moves what is theirs, too. */
static bool
has_visibility(const struct port *port)
{
    return (port->zone && port->is_container && !port->bridge->is_userspace
            && port->bridge->mode != ZONES_SHARED
            && !port->endpoint_id && ovs_list_is_empty(&port->children));
}

/* Takes ownership of 'reason', which may be null. */
static void
set_wire_reason(struct evidence *e, char *reason)
{
    free(e->wire.reason);
    e->wire.reason = reason;
}

/* Says what the looks at the table, or at the interface, found of 'e'. */
static void
describe_wire(struct evidence *e)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (evidence_is_denied(e)) {
        passage_format(&e->wire.passage, &s);
        set_wire_reason(e, ds_steal_cstr(&s));
        return;
    } else if (e->wire.visibility.seen) {
        set_wire_reason(e, NULL);
        return;
    }
    visibility_format(&e->wire.visibility.figures, &s);
    if (s.length) {
        set_wire_reason(e, ds_steal_cstr(&s));
    }
    ds_destroy(&s);
}

/* The table cannot be looked through. */
static void
give_up(const struct ovs_list *evidences, long long int now)
{
    struct evidence *e;

    LIST_FOR_EACH (e, node, evidences) {
        if (now >= visibility_get_deadline(&e->wire.visibility)) {
            visibility_give_up(&e->wire.visibility, now);
            set_wire_reason(e, xstrdup(
                "its interface moves as much as an elephant, and conntrack's "
                "table cannot be looked through for what that is"));
        }
    }
}

/* The table was looked through. */
static void
take_entries(struct wire_check *wc, struct ovs_list *evidences,
             long long int now)
{
    struct evidence *e;

    if (zone_snapshot_has_failed(wc->snapshot)) {
        give_up(evidences, now);
        return;
    }
    LIST_FOR_EACH (e, node, evidences) {
        struct zone_entry *entries;
        size_t n;

        if (now >= visibility_get_deadline(&e->wire.visibility)
            && zone_snapshot_take(wc->snapshot, e->port->zone, &entries, &n)) {
            visibility_look(&e->wire.visibility, entries, n,
                            &e->port->threshold, now);
            describe_wire(e);
        }
    }
}

/* Begins to look through the table for all ports for which it is due. */
static void
start_look(struct wire_check *wc, const struct ovs_list *evidences,
           long long int now)
{
    size_t n = 0, allocated = 0;
    uint16_t *zones = NULL;
    const struct evidence *e;

    LIST_FOR_EACH (e, node, evidences) {
        if (now >= visibility_get_deadline(&e->wire.visibility)) {
            if (n >= allocated) {
                zones = x2nrealloc(zones, &allocated, sizeof *zones);
            }
            zones[n++] = e->port->zone;
        }
    }
    if (n) {
        int error = zone_snapshot_start(wc->snapshot, zones, n);

        if (error) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_WARN_RL(&rl, "cannot look into conntrack's table (%s)",
                         ovs_strerror(error));
            give_up(evidences, now);
        }
    }
    free(zones);
}

/* Begins anew.  Flows of ours are believed until something speaks against
 * them, those of others when something speaks for them. */
static void
init_visibility(struct evidence *e, bool has)
{
    bool same_zone = e->wire.zone == e->port->zone;

    visibility_destroy(&e->wire.visibility);
    e->wire.visibility = (struct visibility) {
        .seen = (e->port->bridge->mode == ZONES_MANAGED
                 || (e->wire.was_seen && same_zone)),
    };
    e->wire.passage = (struct passage) { .denied = false };
    e->wire.was_seen = false;
    e->wire.has_visibility = has;
    e->wire.zone = e->port->zone;
    set_wire_reason(e, NULL);
}

/* Compares elephants with the interface if that moves too little to have one.
 * Only where both are counted here: counters of ovs-vswitchd's are old. */
static void
update_passage(struct evidence *e, const struct detector_view *view,
               long long int now)
{
    const struct counter_judge *j = &e->judge;
    bool in_doubt = (e->n_elephants && e->port->link_ifindex
                     && !e->port->is_internal && counter_judge_is_ready(j)
                     && j->last_time == now && !j->elephant);
    const struct passage_view v = {
        .n_elephants = in_doubt ? e->n_elephants : 0,
        .flows = (in_doubt ? view->count_elephants(e->wire.zone, view->aux)
                  : 0),
        .wire = j->last.sent + j->last.received,
    };

    if (in_doubt || !e->n_elephants || j->elephant) {
        passage_update(&e->wire.passage, &v, &e->port->threshold, now);
    }
}

static void
update_visibility(struct evidence *e, long long int now)
{
    const struct counter_judge *j = &e->judge;
    bool by_wire = !evidence_get_reason(e) || !e->wire.visibility.seen;
    bool by_flows = (j->run_since >= e->flows_since
                     && (!e->is_adaptive
                         || j->run_since >= e->tracking.covered));
    const struct visibility_inputs inputs = {
        .elephants = evidence_count_elephants(e),
        .heavy = j->elephant && by_wire,
        .wire = {
            .bytes = j->last.sent + j->last.received,
            .rate = j->rate,
            .run = by_flows ? j->run.sent + j->run.received : 0,
            .run_since = j->run_since,
            .when = counter_judge_is_ready(j) ? j->last_time : 0,
        },
    };

    visibility_update(&e->wire.visibility, &inputs, &e->port->threshold, now);
    describe_wire(e);
}

void
wire_check_update(struct evidence *e, const struct detector_view *view,
                  long long int now)
{
    bool has = has_visibility(e->port);

    if (e->wire.zone != e->port->zone || has != e->wire.has_visibility) {
        init_visibility(e, has);
    } else if (has) {
        update_passage(e, view, now);
        update_visibility(e, now);
    }
}

void
wire_check_start(struct wire_check *wc, struct ovs_list *evidences,
                 long long int now)
{
    if (zone_snapshot_is_idle(wc->snapshot)) {
        start_look(wc, evidences, now);
    }
}

bool
wire_check_run(struct wire_check *wc, struct ovs_list *evidences,
               long long int now)
{
    bool ended = zone_snapshot_run(wc->snapshot);

    if (ended) {
        take_entries(wc, evidences, now);
    }
    return ended;
}

void
wire_check_wait(const struct wire_check *wc)
{
    zone_snapshot_wait(wc->snapshot);
}
