/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/node.h"

#include <stdlib.h>

#include "addresses/mac-learning.h"
#include "addresses/netns-addrs.h"
#include "addresses/veth-peer.h"
#include "detector/detector.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "node/detector-cost.h"
#include "node/node-parts.h"
#include "node/pipelines.h"
#include "node/publication.h"
#include "node/removal.h"
#include "node/renewal.h"
#include "node/sources.h"
#include "node/treatment.h"
#include "node/watch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "policy/policies.h"
#include "publish/learner.h"
#include "settings/settings.h"
#include "timeval.h"
#include "topology/topology-columns.h"
#include "topology/topology.h"
#include "upkeep/acct-repair.h"
#include "upkeep/guard.h"
#include "upkeep/quiet-zones.h"
#include "upkeep/zone-cleaner.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"

VLOG_DEFINE_THIS_MODULE(node);

struct node {
    struct ovsdb_idl *idl;
    struct settings settings;
    struct topology *topology;
    struct tracker *tracker;
    struct watch *watch;
    struct policies *policies;
    struct pipelines *pipelines;
    struct publication *publication;
    struct foreign_zones *foreign_zones;
    struct zone_cleaner *zone_cleaner;
    struct quiet_zones *quiet_zones;
    struct removal removal;
    bool cleaning_up;

    struct judge *judge;
    struct learner *learner;
    struct guard *guard;
    struct mac_learning *mac_learning;
    struct acct_repair *acct_repair;
    struct detector_cost *cost;
    struct node_parts parts;    /* All of these that others may see. */

    bool renewed;               /* OVSDB, since the learner was told? */
    bool all_changed;           /* Anything but single ports, likewise? */
    struct renewal renewal;
    struct treatment treatment;
};

/* Tells the parts that work on others which those are. */
static void
connect_parts(struct node *node)
{
    node->parts = (struct node_parts) {
        .idl = node->idl,
        .settings = &node->settings,
        .topology = node->topology,
        .tracker = node->tracker,
        .watch = node->watch,
        .policies = node->policies,
        .pipelines = node->pipelines,
        .judge = node->judge,
        .learner = node->learner,
        .guard = node->guard,
        .publication = node->publication,
    };
    node->renewal = (struct renewal) {
        .idl = node->idl,
        .settings = &node->settings,
        .topology = node->topology,
        .watch = node->watch,
        .guard = node->guard,
        .foreign_zones = node->foreign_zones,
        .zone_cleaner = node->zone_cleaner,
        .mac_learning = node->mac_learning,
        .publication = node->publication,
    };
    node->treatment = (struct treatment) {
        .policies = node->policies,
        .pipelines = node->pipelines,
        .topology = node->topology,
        .tracker = node->tracker,
        .learner = node->learner,
        .settings = &node->settings,
    };
}

struct node *
node_create(struct ovsdb_idl *idl, const char *remote)
{
    struct node *node = xzalloc(sizeof *node);

    veth_peer_init();
    node->idl = idl;
    settings_init(&node->settings);
    node->topology = topology_create();
    node->tracker = tracker_create();
    node->watch = watch_create(node->tracker);
    node->policies = policies_create();
    node->pipelines = pipelines_create();
    node->foreign_zones = foreign_zones_create();
    node->zone_cleaner = zone_cleaner_create();
    node->quiet_zones = quiet_zones_create();
    node->judge = judge_create(remote);
    node->learner = learner_create(remote);
    node->guard = guard_create();
    node->mac_learning = mac_learning_create();
    node->acct_repair = acct_repair_create();
    node->cost = detector_cost_create();
    node->publication = publication_create(&node->parts);
    connect_parts(node);
    removal_init(&node->removal, &node->parts, node->foreign_zones);
    return node;
}

void
node_destroy(struct node *node)
{
    if (!node) {
        return;
    }
    removal_destroy(&node->removal);
    pipelines_destroy(node->pipelines);
    policies_destroy(node->policies);
    topology_destroy(node->topology);
    watch_destroy(node->watch);
    tracker_destroy(node->tracker);
    publication_destroy(node->publication);
    foreign_zones_destroy(node->foreign_zones);
    zone_cleaner_destroy(node->zone_cleaner);
    learner_destroy(node->learner);
    quiet_zones_destroy(node->quiet_zones);
    judge_destroy(node->judge);
    guard_destroy(node->guard);
    mac_learning_destroy(node->mac_learning);
    acct_repair_destroy(node->acct_repair);
    detector_cost_destroy(node->cost);
    settings_destroy(&node->settings);
    netns_addrs_destroy();
    veth_peer_destroy();
    free(node);
}

void
node_register(struct ovsdb_idl *idl)
{
    topology_register(idl);
    publication_register(idl);
}

/* The footprints. */

static struct pipelines_inputs
get_pipelines_inputs(const struct node *node)
{
    return (struct pipelines_inputs) {
        .topology = node->topology,
        .guard = node->guard,
        .judge = node->judge,
        .policies = node->policies,
    };
}

static void
run_judge(struct node *node, long long int now)
{
    const struct sources sources = {
        .settings = &node->settings,
        .watch = node->watch,
        .tracker = node->tracker,
        .guard = node->guard,
        .foreign_zones = node->foreign_zones,
        .knows_old_flows = renewal_may_allocate(&node->renewal),
        .pipelines = node->pipelines,
        .pipelines_inputs = get_pipelines_inputs(node),
    };
    const struct detector_view view = sources_get_view(&sources);
    const struct judge_inputs inputs = {
        .topology = node->topology,
        .tracker = node->tracker,
        .view = &view,
        .heavy_hold = node->settings.heavy_hold,
    };

    switch (judge_run(node->judge, &inputs, now)) {
    case JUDGE_NO_CHANGE:
        break;

    case JUDGE_SOME:
        publication_note_ports(node->publication);
        break;

    case JUDGE_ALL:
        publication_note_change(node->publication);
        node->all_changed = true;
        break;
    }
}

static void
run_learner(struct node *node, long long int now)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(node->idl);

    if (cfg) {
        const struct learner_inputs inputs = {
            .external_ids = &cfg->external_ids,
            .uuid = &cfg->header_.uuid,
            .settings = &node->settings,
            .topology = node->topology,
            .judge = node->judge,
            .tracker = node->tracker,
            .detector = watch_get_detector(node->watch),
            .renewed = node->renewed,
            .all_changed = node->all_changed,
            .cleaning_up = node->cleaning_up,
        };

        switch (learner_run(node->learner, &inputs, now)) {
        case LEARNER_NO_CHANGE:
            break;

        case LEARNER_CLASSES:
            publication_note_change(node->publication);
            policies_note_workloads(node->policies);
            break;

        case LEARNER_PORTS:
            policies_note_workloads(node->policies);
            break;
        }
        node->renewed = node->all_changed = false;
    }
}

/* The load. */

static struct detector_cost_inputs
get_cost_inputs(const struct node *node)
{
    return (struct detector_cost_inputs) {
        .topology = node->topology,
        .judge = node->judge,
        .watch = node->watch,
    };
}

void
node_estimate_detector_cost(const struct node *node,
                            struct detector_cost_figures *figures)
{
    const struct detector_cost_inputs in = get_cost_inputs(node);

    detector_cost_estimate(node->cost, &in, time_msec(), figures);
}

/* The bridges. */

static void
run_guard(struct node *node, long long int now)
{
    const struct pipelines_inputs pipelines = get_pipelines_inputs(node);
    const struct guard_inputs in = {
        .topology = node->topology,
        .flows_have_gone = pipelines_have_withdrawn(node->pipelines,
                                                    &pipelines),
        .in_the_way = pipelines_are_in_the_way(node->pipelines,
                                               node->topology),
    };

    if (guard_run(node->guard, &in, now)) {
        judge_invalidate(node->judge);
    }
}

static void
run_bridges(struct node *node)
{
    const struct pipelines_inputs in = get_pipelines_inputs(node);
    const struct bridge *br;

    pipelines_run(node->pipelines, &in);
    HMAP_FOR_EACH_SAFE (br, name_node, topology_get_bridges(node->topology)) {
        if (node->cleaning_up) {
            removal_note_flows(&node->removal, br->name);
        }
        if (!br->wanted && pipelines_is_clean(node->pipelines, br)) {
            foreign_zones_note_no_flows(node->foreign_zones, br->name);
            pipelines_remove(node->pipelines, br->name);
            topology_remove_bridge(node->topology, br->name);
        }
    }
}

static void
run_quiet_zones(struct node *node, long long int now)
{
    const struct pipelines_inputs pipelines = get_pipelines_inputs(node);
    const struct quiet_zones_inputs in = {
        .topology = node->topology,
        .judge = node->judge,
        .flows_have_gone = pipelines_are_up_to_date(node->pipelines,
                                                    &pipelines),
        .zone_cleaner = node->zone_cleaner,
        .foreign_zones = node->foreign_zones,
    };

    if (!node->cleaning_up) {
        quiet_zones_run(node->quiet_zones, &in, now);
    }
}

/* OVSDB. */

/* Tells who has to know which ports have changed. */
static void
announce_ports(struct node *node, long long int now)
{
    const struct ovs_list *changed
        = topology_get_changed_ports(node->topology);

    if (changed) {
        judge_note_ports(node->judge, node->topology, changed, now);
        publication_note_ports(node->publication);
    } else {
        judge_invalidate(node->judge);
        publication_note_change(node->publication);
    }
}

static void
run_renewal(struct node *node, long long int now)
{
    switch (renewal_run(&node->renewal, node->cleaning_up)) {
    case RENEWAL_NOT_DUE:
        return;

    case RENEWAL_CHANGED:
        policies_invalidate(node->policies);
        break;

    case RENEWAL_UNCHANGED:
        break;
    }
    announce_ports(node, now);
    node->renewed = true;
}

static void
publish(struct node *node, struct ovsdb_idl_txn *txn, long long int now)
{
    const struct pipelines_inputs pipelines = get_pipelines_inputs(node);
    bool queues_refused = publication_are_queues_refused(node->publication);

    if (treatment_is_starting(&node->treatment, &pipelines, now)) {
        txn = NULL;
    }
    publication_run(node->publication, txn, node->cleaning_up, now);
    if (publication_are_queues_refused(node->publication) != queues_refused) {
        policies_refuse_queues(node->policies, !queues_refused);
        poll_immediate_wake();
    }
}

void
node_run(struct node *node, struct ovsdb_idl_txn *txn)
{
    const struct detector_cost_inputs cost_inputs = get_cost_inputs(node);
    long long int now = time_msec();

    veth_peer_run();
    foreign_zones_run(node->foreign_zones, now);
    mac_learning_run(node->mac_learning, now);
    run_renewal(node, now);

    /* To load a detector takes seconds on a slow machine, which are not to
     * count as time in which the others could have found out anything. */
    now = time_msec();
    watch_set_needed(node->watch, judge_is_anybody_tracked(node->judge), now);
    if (watch_run(node->watch, &node->settings, node->topology, now)) {
        judge_invalidate(node->judge);
    }
    run_guard(node, now);
    acct_repair_run(node->acct_repair, watch_get_detector(node->watch),
                    node->topology, now);
    detector_cost_run(node->cost, &cost_inputs, now);
    treatment_run(&node->treatment, now);
    run_bridges(node);
    run_judge(node, now);
    run_learner(node, now);
    zone_cleaner_run(node->zone_cleaner, node->foreign_zones,
                     topology_get_zones(node->topology), now);
    run_quiet_zones(node, now);
    publish(node, txn, now);
}

void
node_wait(struct node *node)
{
    const struct pipelines_inputs pipelines = get_pipelines_inputs(node);

    veth_peer_wait();
    foreign_zones_wait(node->foreign_zones);
    zone_cleaner_wait(node->zone_cleaner);
    quiet_zones_wait(node->quiet_zones);
    watch_wait(node->watch);
    judge_wait(node->judge);
    guard_wait(node->guard);
    mac_learning_wait(node->mac_learning);
    acct_repair_wait(node->acct_repair);
    detector_cost_wait(node->cost);
    publication_wait(node->publication);
    learner_wait(node->learner);
    pipelines_wait(node->pipelines, &pipelines);
    treatment_wait(&node->treatment);
}

void
node_note_refused(struct node *node, bool refused)
{
    node->parts.refused = refused;
}

void
node_publish_again(struct node *node)
{
    publication_invalidate(node->publication);
}

bool
node_clean_up(struct node *node)
{
    if (!node->cleaning_up) {
        VLOG_INFO("removing all flows and keys of ours");
        node->cleaning_up = true;
        publication_note_change(node->publication);
        sset_clear(&node->settings.bridges);
        renewal_force(&node->renewal);
    }
    return removal_is_done(&node->removal,
                           renewal_may_allocate(&node->renewal));
}

char *
node_describe_removal(const struct node *node, bool rest)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (rest) {
        removal_describe_rest(&node->removal, &s);
    } else {
        removal_describe(&node->removal, &s);
    }
    return ds_steal_cstr(&s);
}

const struct node_parts *
node_get_parts(const struct node *node)
{
    return &node->parts;
}
