/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/flow-faults.h"

#include <stdlib.h>

#include "evidence/evidence.h"
#include "openvswitch/shash.h"
#include "pipeline/pipeline.h"
#include "topology/topology.h"
#include "util.h"

/* A bridge. */
struct bridge_flows {
    bool synced;                /* Are the flows as they should be? */
    long long int since;        /* When 'synced' last changed. */
    long long int last_synced;  /* When it last was true, or 0. */
    bool awaited;               /* Is that of interest to any port? */
    const char *fault;          /* What is wrong with all of its ports. */
    bool seen;                  /* For mark and sweep. */
};

struct flow_faults {
    struct shash bridges;       /* Contains "struct bridge_flows"s. */

    /* What was looked up last, since ports come bridge by bridge, mostly. */
    const struct bridge *last;  /* Or null. */
    struct bridge_flows *last_flows;
};

struct flow_faults *
flow_faults_create(void)
{
    struct flow_faults *ff = xzalloc(sizeof *ff);

    shash_init(&ff->bridges);
    return ff;
}

void
flow_faults_destroy(struct flow_faults *ff)
{
    if (ff) {
        shash_destroy_free_data(&ff->bridges);
        free(ff);
    }
}

static struct bridge_flows *
get_bridge(struct flow_faults *ff, const char *name, long long int now)
{
    struct bridge_flows *bf = shash_find_data(&ff->bridges, name);

    if (!bf) {
        bf = xzalloc(sizeof *bf);
        bf->since = now;
        shash_add(&ff->bridges, name, bf);
    }
    return bf;
}

static const char *
find_bridge_fault(const struct bridge_flows *bf, const struct bridge *br,
                  const struct pipeline *p, long long int now)
{
    return (br->fails_open
            ? "its bridge has lost its controller and forwards by itself "
              "(fail_mode is not secure), past all flows"
            : bf->synced ? NULL
            : p && pipeline_get_problem(p)
            ? "its bridge's flows are not in place"
            : now >= bf->since + FLOW_FAULTS_PATIENCE
            ? "the switch has not confirmed its bridge's flows"
            : NULL);
}

static bool
run_bridge(struct flow_faults *ff, const struct bridge *br,
           const struct pipeline *p, long long int now)
{
    struct bridge_flows *bf = get_bridge(ff, br->name, now);
    bool synced = p && pipeline_is_synced(p);
    const char *fault;
    bool changed;

    bf->seen = true;
    if (synced != bf->synced) {
        bf->synced = synced;
        bf->since = now;
    }
    changed = synced && bf->awaited;
    if (synced) {
        bf->last_synced = now;
        bf->awaited = false;
    }
    fault = find_bridge_fault(bf, br, p, now);
    changed |= fault != bf->fault;
    bf->fault = fault;
    return changed;
}

bool
flow_faults_run(struct flow_faults *ff, const struct topology *t,
                const struct detector_view *view, long long int now)
{
    struct shash_node *node;
    const struct bridge *br;
    bool changed = false;

    ff->last = NULL;
    SHASH_FOR_EACH (node, &ff->bridges) {
        struct bridge_flows *bf = node->data;

        bf->seen = false;
    }
    HMAP_FOR_EACH (br, name_node, topology_get_bridges(t)) {
        if (br->wanted && br->mode == ZONES_MANAGED) {
            changed |= run_bridge(ff, br, view->find_pipeline(br->name,
                                                              view->aux), now);
        }
    }
    SHASH_FOR_EACH_SAFE (node, &ff->bridges) {
        struct bridge_flows *bf = node->data;

        if (!bf->seen) {
            free(bf);
            shash_delete(&ff->bridges, node);
        }
    }
    return changed;
}

/* Flows come and go, and for a moment the switch has always something to
 * confirm.  So only a port for which that never happened has to wait. */
static const char *
await_confirmation(struct bridge_flows *bf, long long int since,
                   long long int now, bool *pending)
{
    if (bf->last_synced >= since && bf->last_synced) {
        return NULL;
    }
    bf->awaited = true;
    *pending = now < since + FLOW_FAULTS_PATIENCE;
    return "the switch has not confirmed its flows yet";
}

static struct bridge_flows *
get_flows(struct flow_faults *ff, const struct bridge *br, long long int now)
{
    if (br != ff->last) {
        ff->last = br;
        ff->last_flows = get_bridge(ff, br->name, now);
    }
    return ff->last_flows;
}

const char *
flow_faults_find(struct flow_faults *ff, const struct evidence *e,
                 const struct detector_view *view, long long int now,
                 bool *pending)
{
    const struct port *port = e->port;
    struct bridge_flows *bf = get_flows(ff, port->bridge, now);

    *pending = false;
    return (view->is_withdrawn(port->zone, view->aux)
            ? "its flows were withdrawn to keep conntrack's table from "
              "filling up"
            : bf->fault ? bf->fault
            : port->ofport == OFPP_NONE
            ? "ovs-vswitchd has given it no OpenFlow port number, so that it "
              "has no flows: is there a device of that name?"
            : !port->macs.n && !view->track_unassured
            ? "its Ethernet address is not known, so that packets to it are "
              "not tracked"
            : await_confirmation(bf, e->flows_since, now, pending));
}
