/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "policy/policies.h"

#include <limits.h>
#include <stdlib.h>

#include "footprint/attribution.h"
#include "footprint/role.h"
#include "footprint/tracker.h"
#include "openvswitch/shash.h"
#include "pipeline/pipeline.h"
#include "policy/policy-scope.h"
#include "policy/queue-plan.h"
#include "settings/policy-setting.h"
#include "sset.h"
#include "topology/topology.h"
#include "util.h"

/* The elephants to treat on one bridge. */
struct herd {
    struct pipeline_elephant *elephants;
    size_t n, allocated;
};

struct policies {
    struct shash herds;         /* Contains "struct herd"s, by bridge. */
    struct sset starts;         /* Ports of which all is treated, as they are
                                 * new. */
    long long int deadline;     /* See policies_get_deadline(). */
    uint64_t start_seq;         /* See policies_get_start_seq(). */
    bool invalidated;           /* See policies_invalidate(). */
    bool wanted;                /* Does any port have a policy? */
    uint64_t tracker_seq;       /* tracker_get_seq() when last decided. */
    uint64_t seq;
    bool queues_refused;        /* See policies_refuse_queues(). */
    struct queue_plan queue_plan;
};

struct policies *
policies_create(void)
{
    struct policies *ps = xzalloc(sizeof *ps);

    shash_init(&ps->herds);
    sset_init(&ps->starts);
    ps->deadline = LLONG_MAX;
    queue_plan_init(&ps->queue_plan);
    return ps;
}

static void
clear(struct policies *ps)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &ps->herds) {
        struct herd *herd = node->data;

        shash_delete(&ps->herds, node);
        free(herd->elephants);
        free(herd);
    }
}

void
policies_destroy(struct policies *ps)
{
    if (ps) {
        clear(ps);
        shash_destroy(&ps->herds);
        sset_destroy(&ps->starts);
        queue_plan_destroy(&ps->queue_plan);
        free(ps);
    }
}

void
policies_invalidate(struct policies *ps)
{
    ps->invalidated = true;
}

void
policies_note_workloads(struct policies *ps)
{
    ps->invalidated |= ps->wanted;
}

void
policies_refuse_queues(struct policies *ps, bool refused)
{
    ps->invalidated |= refused != ps->queues_refused;
    ps->queues_refused = refused;
}

/* Is anything to be done about elephants of 'port'? */
static bool
has_policy(const struct port *port)
{
    return (policy_scope_has(port)
            && !policy_is_none(port_get_policy(port)));
}

bool
policies_are_wanted(const struct bridge *br)
{
    const struct port *port;

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (has_policy(port)) {
            return true;
        }
    }
    return false;
}

static bool
has_any_policy(const struct topology *t)
{
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (has_policy(port)) {
            return true;
        }
    }
    return false;
}

static struct pipeline_treatment
get_treatment(const struct policies *ps, const struct policy *policy)
{
    return (struct pipeline_treatment) {
        .dscp = policy->dscp,
        .queue = ps->queues_refused ? 0 : policy->queue,
        .mark = policy->mark,
        .mark_mask = policy->mark_mask,
    };
}

static struct ct_tuple
reverse(const struct ct_tuple *tuple)
{
    struct ct_tuple t = *tuple;

    t.src = tuple->dst;
    t.dst = tuple->src;
    t.src_port = tuple->dst_port;
    t.dst_port = tuple->src_port;
    return t;
}

static struct herd *
get_herd(struct policies *ps, const char *bridge)
{
    struct herd *herd = shash_find_data(&ps->herds, bridge);

    if (!herd) {
        herd = xzalloc(sizeof *herd);
        shash_add(&ps->herds, bridge, herd);
    }
    return herd;
}

/* Has packets of 'tuple' that 'port' sends treated. */
static void
add_packets(struct policies *ps, const struct port *port,
            const struct ct_tuple *tuple)
{
    struct pipeline_treatment treatment
        = get_treatment(ps, port_get_policy(port));
    struct herd *herd;

    if (treatment.dscp < 0 && !treatment.mark_mask && !treatment.queue) {
        return;
    }
    herd = get_herd(ps, port->bridge->name);
    if (herd->n >= herd->allocated) {
        herd->elephants = x2nrealloc(herd->elephants, &herd->allocated,
                                     sizeof *herd->elephants);
    }
    herd->elephants[herd->n++] = (struct pipeline_elephant) {
        .ofport = port->ofport,
        .endpoint_vlan = MAX(port->endpoint_vlan, 0),
        .tuple = *tuple,
        .treatment = treatment,
    };
}

/* Has what 'port' sends of 'flow' treated.  If it is not known which end it
 * is, the packets that it does not send will never come from it. */
static void
add_flow(struct policies *ps, const struct port *port,
         const struct ct_flow *flow)
{
    enum role_end end = role_find_end(flow, &port->identity);

    if (!pipeline_can_match(&flow->tuple)) {
        return;
    }
    if (end != ROLE_END_DST) {
        add_packets(ps, port, &flow->tuple);
    }
    if (end != ROLE_END_SRC) {
        struct ct_tuple reply = reverse(&flow->tuple);

        add_packets(ps, port, &reply);
    }
}

/* When, if ever, does it end that 'port' is treated as it is because it is
 * new? */
static long long int
get_end_of_start(const struct port *port, const struct policies_inputs *in)
{
    return (port->since == LLONG_MIN || port->previous.zone ? LLONG_MIN
            : port->since + in->heavy_hold * 1000LL);
}

/* Do only packets of its container come from the port, or at least in the
 * endpoint's VLAN? */
static bool
is_alone(const struct port *port)
{
    return (ovs_list_is_empty(&port->children)
            && (!port->parent
                || (port->endpoint_vlan > 0
                    && !ipv6_addr_is_set(&port->endpoint_addr))));
}

/* Has all treated that new containers of heavy workloads send. */
static void
decide_starts(struct policies *ps, const struct policies_inputs *in,
              long long int now)
{
    static const struct ct_tuple all;
    struct sset starts = SSET_INITIALIZER(&starts);
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
        long long int end = get_end_of_start(port, in);

        if (now < end && has_policy(port) && is_alone(port)
            && port_get_policy(port)->from_start
            && in->is_known_heavy(port, in->aux)) {
            add_packets(ps, port, &all);
            ps->deadline = MIN(ps->deadline, end);
            ps->start_seq += !sset_contains(&ps->starts, port->name);
            sset_add(&starts, port->name);
        }
    }
    sset_swap(&ps->starts, &starts);
    sset_destroy(&starts);
}

static void
decide(struct policies *ps, const struct topology *topology,
       const struct tracker *tracker)
{
    struct elephant **elephants;
    size_t n = tracker_get_all(tracker, &elephants);

    for (size_t i = 0; i < n; i++) {
        const struct ct_flow *flow = &elephants[i]->flow;
        struct attribution parts[ATTRIBUTION_MAX];
        bool ambiguous;
        size_t n_parts = attribution_of_flow(topology, flow, parts,
                                             &ambiguous);

        for (size_t j = 0; j < n_parts; j++) {
            if (has_policy(parts[j].port)) {
                add_flow(ps, parts[j].port, flow);
            }
        }
    }
    free(elephants);
}

void
policies_run(struct policies *ps, const struct policies_inputs *in,
             long long int now)
{
    bool was_wanted = ps->wanted;
    uint64_t tracker_seq = tracker_get_seq(in->tracker);

    if (ps->invalidated) {
        ps->wanted = has_any_policy(in->topology);
        queue_plan_update(&ps->queue_plan, in->topology);
    } else if (!ps->wanted
               || (tracker_seq == ps->tracker_seq && now < ps->deadline)) {
        return;
    }
    ps->invalidated = false;
    ps->tracker_seq = tracker_seq;
    if (ps->wanted || was_wanted) {
        clear(ps);
        ps->seq++;
    }
    ps->deadline = LLONG_MAX;
    if (ps->wanted) {
        decide_starts(ps, in, now);
        decide(ps, in->topology, in->tracker);
    } else {
        sset_clear(&ps->starts);
    }
}

long long int
policies_get_deadline(const struct policies *ps)
{
    return ps->deadline;
}

bool
policies_are_due(const struct policies *ps)
{
    return ps->invalidated;
}

uint64_t
policies_get_start_seq(const struct policies *ps)
{
    return ps->start_seq;
}

uint64_t
policies_get_seq(const struct policies *ps)
{
    return ps->seq;
}

size_t
policies_get_elephants(const struct policies *ps, const char *bridge,
                       const struct pipeline_elephant **elephants)
{
    const struct herd *herd = shash_find_data(&ps->herds, bridge);

    *elephants = herd ? herd->elephants : NULL;
    return herd ? herd->n : 0;
}

const struct queue_plan *
policies_get_queue_plan(const struct policies *ps)
{
    return &ps->queue_plan;
}

size_t
policies_count_treated(const struct policies *ps, const struct port *port)
{
    const struct pipeline_elephant *elephants;
    size_t n = policies_get_elephants(ps, port->bridge->name, &elephants);
    size_t n_treated = 0;

    for (size_t i = 0; i < n; i++) {
        n_treated += (elephants[i].ofport == port->ofport
                      && elephants[i].endpoint_vlan
                         == MAX(port->endpoint_vlan, 0));
    }
    return n_treated;
}
