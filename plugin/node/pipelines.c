/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/pipelines.h"

#include <limits.h>
#include <stdlib.h>

#include "addresses/jumbos.h"
#include "footprint/judge.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "pipeline/pipeline.h"
#include "policy/policies.h"
#include "timeval.h"
#include "topology/topology.h"
#include "upkeep/guard.h"
#include "util.h"

/* How often it is looked whether accounting a bridge's packets first does
 * harm, in milliseconds. */
#define HARM_INTERVAL 10000

/* What there is of one bridge. */
struct bridge_pipeline {
    struct pipeline *pipeline;  /* Null if no flow of ours was ever there. */
    uint64_t version;           /* The bridge's when it was last told what to
                                 * want; 0 if it never was. */
    uint64_t guard_seq;         /* guard_get_seq() then. */
    uint64_t tracking_seq;      /* judge_get_tracking_seq() then. */
    uint64_t policies_seq;      /* policies_get_seq() when it was last told
                                 * which elephants to treat. */
    bool has_all;               /* Were those all? */
    long long int harm_at;      /* When look_for_harm() is due; LLONG_MIN for
                                 * as soon as there is reason to. */
    char *harm;                 /* What that found, or null. */
};

struct pipelines {
    struct shash bridges;       /* Contains "struct bridge_pipeline"s. */
};

struct pipelines *
pipelines_create(void)
{
    struct pipelines *ps = xmalloc(sizeof *ps);

    shash_init(&ps->bridges);
    return ps;
}

static void
remove_node(struct pipelines *ps, struct shash_node *node)
{
    struct bridge_pipeline *bp = node->data;

    shash_delete(&ps->bridges, node);
    pipeline_destroy(bp->pipeline);
    free(bp->harm);
    free(bp);
}

void
pipelines_destroy(struct pipelines *ps)
{
    struct shash_node *node;

    if (!ps) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &ps->bridges) {
        remove_node(ps, node);
    }
    shash_destroy(&ps->bridges);
    free(ps);
}

void
pipelines_remove(struct pipelines *ps, const char *bridge)
{
    struct shash_node *node = shash_find(&ps->bridges, bridge);

    if (node) {
        remove_node(ps, node);
    }
}

const struct pipeline *
pipelines_find(const struct pipelines *ps, const char *bridge)
{
    const struct bridge_pipeline *bp = shash_find_data(&ps->bridges, bridge);

    return bp ? bp->pipeline : NULL;
}

/* What a pipeline is told. */

/* Returns the zone that the packets of 'port' should pass, or 0. */
static uint16_t
get_zone(const struct port *port, const struct pipelines_inputs *in)
{
    return (guard_is_withdrawn(in->guard, port->zone)
            || !judge_needs_flows(in->judge, port) ? 0 : port->zone);
}

static void
push_ports(struct pipeline *pipeline, const struct bridge *br,
           const struct pipelines_inputs *in)
{
    struct pipeline_port *ports;
    const struct port *port;
    size_t n = 0;

    ports = xmalloc(MAX(ovs_list_size(&br->ports), 1) * sizeof *ports);
    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (port->ofport != OFPP_NONE) {
            ports[n++] = (struct pipeline_port) {
                .ofport = port->ofport,
                .zone = get_zone(port, in),
                .vlan = port->vlan,
                .native = port->native,
                .patch = port->is_patch,
                .adaptive = port_is_adaptive(port),
                .withdrawn = guard_is_withdrawn(in->guard, port->zone),
                .macs = port->macs.addrs,
                .n_macs = port->macs.n,
                .endpoint_vlan = MAX(port->endpoint_vlan, 0),
                .endpoint_addr = port->endpoint_addr,
            };
        }
    }
    pipeline_set_ports(pipeline, ports, n);
    free(ports);
}

/* Has the flows of 'br' be as its settings say and 'harm', which takes the
 * place of 'bp->harm' and of which this takes ownership, allows. */
static void
configure(struct bridge_pipeline *bp, const struct bridge *br, char *harm)
{
    struct pipeline_options options = br->pipeline_options;

    options.harm = options.order == PIPELINE_AUTO ? harm : NULL;
    pipeline_configure(bp->pipeline, &options);
    if (harm != bp->harm) {
        free(bp->harm);
        bp->harm = harm;
    }
}

/* Makes the pipeline of 'br', which exists, want what it should. */
static void
update_pipeline(struct bridge_pipeline *bp, const struct bridge *br,
                const struct pipelines_inputs *in)
{
    bool wants_flows = (br->wanted && br->mode == ZONES_MANAGED
                        && !br->is_userspace);

    /* Somebody else's bridge is not even looked at, unless it has been ours.
     * One that is not wanted any more may have flows of a previous run as
     * well. */
    if (!bp->pipeline && br->wanted && !wants_flows && !br->had_flows) {
        return;
    }
    if (!bp->pipeline) {
        bp->pipeline = pipeline_create(br->name);
    }
    if (wants_flows) {
        configure(bp, br, bp->harm);
        push_ports(bp->pipeline, br, in);
    } else {
        pipeline_set_ports(bp->pipeline, NULL, 0);
    }
}

/* Must 'bp' be told again what to want? */
static bool
is_stale(const struct bridge_pipeline *bp, const struct bridge *br,
         const struct pipelines_inputs *in)
{
    return (bp->version != br->version
            || bp->guard_seq != guard_get_seq(in->guard)
            || bp->tracking_seq != judge_get_tracking_seq(in->judge));
}

static void
update_bridge(struct bridge_pipeline *bp, const struct bridge *br,
              const struct pipelines_inputs *in)
{
    bp->version = br->version;
    bp->guard_seq = guard_get_seq(in->guard);
    bp->tracking_seq = judge_get_tracking_seq(in->judge);
    if (br->exists) {
        update_pipeline(bp, br, in);
    } else {
        pipeline_destroy(bp->pipeline);
        bp->pipeline = NULL;
        bp->policies_seq = 0;
    }
}

/* Is it known whose packets should pass conntrack?  If not, flows that are
 * there stay. */
static bool
can_update(const struct bridge *br, const struct pipelines_inputs *in)
{
    const struct port *port;

    if (judge_get_tracking_seq(in->judge)) {
        return true;
    }
    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (port_is_adaptive(port)) {
            return false;
        }
    }
    return true;
}

/* Tells the pipeline of 'br' which elephants to treat.  Those of a previous
 * run stay until it is known which of them there still are. */
static void
push_elephants(struct bridge_pipeline *bp, const struct bridge *br,
               const struct pipelines_inputs *in)
{
    const struct pipeline_elephant *elephants;
    size_t n = policies_get_elephants(in->policies, br->name, &elephants);
    uint64_t seq = policies_get_seq(in->policies);
    bool all = !judge_is_restoring(in->judge) || !policies_are_wanted(br);

    if (bp->pipeline && (bp->policies_seq != seq || bp->has_all != all)) {
        bp->policies_seq = seq;
        bp->has_all = all;
        pipeline_set_elephants(bp->pipeline, elephants, n, all);
    }
}

/* Returns a malloc()'d clause that says which harm it does to account the
 * packets of 'br' before they are forwarded, or null. */
static char *
find_harm(const struct bridge *br)
{
    const struct port *port;

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (!port->parent && jumbos_may_be_lost(port->link_ifindex)) {
            return xasprintf("to account packets before they are forwarded "
                             "would lose IPv6 packets above 64 KiB, for which "
                             "%s is set up, before Linux 6.4", port->name);
        }
    }
    return NULL;
}

/* If there is a reason to account packets before they are forwarded, looks
 * whether that does harm. */
static void
look_for_harm(struct bridge_pipeline *bp, const struct bridge *br,
              long long int now)
{
    if (!pipeline_get_obstacle(bp->pipeline)) {
        bp->harm_at = LLONG_MIN;
    } else if (now >= bp->harm_at) {
        configure(bp, br, find_harm(br));
        bp->harm_at = now + HARM_INTERVAL;
    }
}

static void
run_bridge(struct pipelines *ps, const struct bridge *br,
           const struct pipelines_inputs *in)
{
    struct bridge_pipeline *bp = shash_find_data(&ps->bridges, br->name);

    if (!bp) {
        bp = xzalloc(sizeof *bp);
        bp->harm_at = LLONG_MIN;
        shash_add(&ps->bridges, br->name, bp);
    }
    if (is_stale(bp, br, in) && can_update(br, in)) {
        update_bridge(bp, br, in);
    }
    push_elephants(bp, br, in);
    if (bp->pipeline) {
        look_for_harm(bp, br, time_msec());
        pipeline_run(bp->pipeline);
    }
}

void
pipelines_run(struct pipelines *ps, const struct pipelines_inputs *in)
{
    const struct bridge *br;

    HMAP_FOR_EACH (br, name_node, topology_get_bridges(in->topology)) {
        run_bridge(ps, br, in);
    }
}

/* Who is judged after the pipelines ran may have to be tracked at once. */
static void
wait_for_update(const struct pipelines *ps, const struct pipelines_inputs *in)
{
    const struct bridge *br;

    HMAP_FOR_EACH (br, name_node, topology_get_bridges(in->topology)) {
        struct bridge_pipeline *bp = shash_find_data(&ps->bridges, br->name);

        if (bp && is_stale(bp, br, in) && can_update(br, in)) {
            poll_immediate_wake();
        }
    }
}

void
pipelines_wait(const struct pipelines *ps, const struct pipelines_inputs *in)
{
    struct shash_node *node;

    wait_for_update(ps, in);

    SHASH_FOR_EACH (node, &ps->bridges) {
        const struct bridge_pipeline *bp = node->data;

        if (bp->pipeline) {
            pipeline_wait(bp->pipeline);
            if (bp->harm_at != LLONG_MIN) {
                poll_timer_wait_until(bp->harm_at);
            }
        }
    }
}

bool
pipelines_is_clean(const struct pipelines *ps, const struct bridge *br)
{
    const struct pipeline *pipeline = pipelines_find(ps, br->name);

    /* A flow of somebody else's that keeps ours out is none to wait for. */
    return (!br->exists || !pipeline || pipeline_is_synced(pipeline)
            || pipeline_is_empty(pipeline));
}

bool
pipelines_is_up_to_date(const struct pipelines *ps, const struct bridge *br,
                        const struct pipelines_inputs *in)
{
    const struct bridge_pipeline *bp = shash_find_data(&ps->bridges, br->name);

    return (bp && !is_stale(bp, br, in)
            && (!bp->pipeline || pipeline_is_synced(bp->pipeline)));
}

bool
pipelines_are_up_to_date(const struct pipelines *ps,
                         const struct pipelines_inputs *in)
{
    const struct bridge *br;

    HMAP_FOR_EACH (br, name_node, topology_get_bridges(in->topology)) {
        if (br->exists && !pipelines_is_up_to_date(ps, br, in)) {
            return false;
        }
    }
    return true;
}

bool
pipelines_have_withdrawn(const struct pipelines *ps,
                         const struct pipelines_inputs *in)
{
    const struct port *port;

    if (!guard_get_problem(in->guard)) {
        return true;
    }
    HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
        if (guard_is_withdrawn(in->guard, port->zone)
            && !pipelines_is_up_to_date(ps, port->bridge, in)) {
            return false;
        }
    }
    return true;
}

static bool
is_in_the_way(const struct pipelines *ps, const struct bridge *br)
{
    const struct pipeline *pipeline = pipelines_find(ps, br->name);

    return (br->wanted && br->mode == ZONES_MANAGED && !br->is_userspace
            && (br->pipeline_options.order == PIPELINE_INLINE
                || (br->pipeline_options.order == PIPELINE_AUTO
                    && pipeline && pipeline_get_obstacle(pipeline)
                    && pipeline_get_order(pipeline) == PIPELINE_INLINE)));
}

bool
pipelines_are_in_the_way(const struct pipelines *ps, const struct topology *t)
{
    const struct bridge *br;

    HMAP_FOR_EACH (br, name_node, topology_get_bridges(t)) {
        if (is_in_the_way(ps, br)) {
            return true;
        }
    }
    return false;
}
