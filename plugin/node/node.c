/* SPDX-License-Identifier: Apache-2.0 */

/* The node: what the daemon does, with all its parts put together. */

#include <config.h>
#include "node/node.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "addresses/mac-learning.h"
#include "addresses/veth-peer.h"
#include "bitmap.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "detector/detector-choice.h"
#include "detector/detector.h"
#include "dirs.h"
#include "evidence/evidence.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "node/detector-cost.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "pipeline/pipeline.h"
#include "publish/external-ids.h"
#include "settings/settings.h"
#include "timeval.h"
#include "topology/shared-zones.h"
#include "topology/topology.h"
#include "upkeep/acct-repair.h"
#include "upkeep/guard.h"
#include "upkeep/zone-cleaner.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"

VLOG_DEFINE_THIS_MODULE(node);

COVERAGE_DEFINE(node_elephant_seen);
COVERAGE_DEFINE(node_elephant_gone);
COVERAGE_DEFINE(node_events_lost);

/* While no detector works, how often to try again, in milliseconds.  The
 * reason may go away: nf_conntrack is a module that Open vSwitch loads. */
#define DETECTOR_RETRY_MSEC 10000

struct node {
    struct ovsdb_idl *idl;
    unsigned int idl_seqno;
    uint64_t peer_seq;
    struct settings settings;
    struct topology *topology;
    struct tracker *tracker;
    struct publisher *publisher;
    struct zone_users *zone_users;
    struct zone_cleaner *zone_cleaner;
    uint64_t users_seq;         /* Of 'zone_users' when last looked at. */
    bool may_allocate;          /* Is 'zone_users' complete? */
    bool allocated;             /* Was a zone given away just now? */
    bool cleaning_up;

    struct judge *judge;
    struct guard *guard;
    struct mac_learning *mac_learning;
    uint64_t learning_seq;      /* Of 'mac_learning' when last looked at. */
    struct recount *recount;
    struct cost *cost;

    struct detector *detector;
    bool detector_chosen;       /* Was choose_detector() called yet? */
    enum detector_choice detector_choice; /* What 'detector' was made for. */
    struct detector_options detector_options; /* What it was told. */
    char *detector_problem;     /* Why not a better one; or null. */
    long long int detector_retry; /* When to try again; LLONG_MAX: never. */
    unsigned long *detector_zones; /* Bitmap of zones the detector has. */

    bool publish;               /* Must OVSDB be compared again? */
};

static struct detector *
create_null_detector(void)
{
    char *error;

    return detector_create(DETECTOR_NONE, &error);
}

struct node *
node_create(struct ovsdb_idl *idl, const char *remote)
{
    struct node *node = xzalloc(sizeof *node);

    peer_init();
    node->idl = idl;
    settings_init(&node->settings);
    node->topology = topology_create();
    node->tracker = tracker_create();
    node->publisher = publisher_create();
    node->zone_users = zone_users_create();
    node->zone_cleaner = zone_cleaner_create();
    node->judge = judge_create(remote);
    node->guard = guard_create();
    node->mac_learning = mac_learning_create();
    node->recount = recount_create();
    node->cost = cost_create();
    node->detector = create_null_detector();
    node->detector_retry = LLONG_MAX;
    node->detector_zones = bitmap_allocate(CT_N_ZONES);
    return node;
}

void
node_destroy(struct node *node)
{
    if (!node) {
        return;
    }
    topology_destroy(node->topology);
    detector_destroy(node->detector);
    tracker_destroy(node->tracker);
    publisher_destroy(node->publisher);
    zone_users_destroy(node->zone_users);
    zone_cleaner_destroy(node->zone_cleaner);
    judge_destroy(node->judge);
    guard_destroy(node->guard);
    mac_learning_destroy(node->mac_learning);
    recount_destroy(node->recount);
    cost_destroy(node->cost);
    settings_destroy(&node->settings);
    free(node->detector_problem);
    bitmap_free(node->detector_zones);
    peer_destroy();
    free(node);
}

void
node_register(struct ovsdb_idl *idl)
{
    topology_register(idl);
    publisher_register(idl);
}

/* The detector. */

static bool
has_detector(const struct node *node)
{
    return detector_get_kind(node->detector) != DETECTOR_NONE;
}

/* Watches 'zone', for 'who', and adds it to the bitmap 'wanted'.  Returns 0 or
 * a positive errno. */
static int
watch_zone(struct node *node, uint16_t zone, const char *who,
           const struct elephant_threshold *threshold, unsigned long *wanted)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    int error;

    bitmap_set1(wanted, zone);
    tracker_set_hold(node->tracker, zone, threshold->hold);
    error = detector_set_zone(node->detector, zone, threshold);
    if (error) {
        VLOG_WARN_RL(&rl, "%s: cannot watch zone %"PRIu16" (%s)",
                     who, zone, ovs_strerror(error));
    }
    return error;
}

/* Zones that ports have in common are watched with the node's threshold. */
static void
sync_shared_zones(struct node *node, unsigned long *wanted)
{
    const struct shared_zones *sz = topology_get_shared_zones(node->topology);
    const struct settings *s = &node->settings;

    for (size_t i = 0; i < s->n_shared_zones; i++) {
        if (shared_zones_contain(sz, s->shared_zones[i])) {
            watch_zone(node, s->shared_zones[i], "shared", &s->elephant,
                       wanted);
        }
    }
}

static bool
threshold_equals(const struct elephant_threshold *a,
                 const struct elephant_threshold *b)
{
    return a->bytes == b->bytes && a->rate == b->rate && a->hold == b->hold;
}

/* Makes the zones that the detector has those that ports have. */
static void
sync_detector_zones(struct node *node)
{
    unsigned long *wanted = bitmap_allocate(CT_N_ZONES);
    struct port *port;
    size_t zone;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(node->topology)) {
        if (!port->zone) {
            port->watch_error = 0;
        } else if (!port->watch_error
                   && bitmap_is_set(node->detector_zones, port->zone)
                   && threshold_equals(&port->watched, &port->threshold)) {
            bitmap_set1(wanted, port->zone);
        } else {
            port->watched = port->threshold;
            port->watch_error = watch_zone(node, port->zone, port->name,
                                           &port->threshold, wanted);
        }
    }
    sync_shared_zones(node, wanted);
    BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, node->detector_zones) {
        if (!bitmap_is_set(wanted, zone)) {
            detector_set_zone(node->detector, zone, NULL);
            tracker_remove_zone(node->tracker, zone);
        }
    }
    bitmap_free(node->detector_zones);
    node->detector_zones = wanted;
}

/* Says why 'node->detector' is not a better one.  Takes ownership of 'problem',
 * which may be null. */
static void
set_detector_problem(struct node *node, char *problem)
{
    if (problem && (!node->detector_problem
                    || strcmp(problem, node->detector_problem))) {
        if (!has_detector(node)) {
            VLOG_WARN("no elephants can be seen: %s", problem);
        } else if (node->detector_choice == DETECTOR_CHOICE_AUTO) {
            VLOG_WARN("elephants are seen later than they could be: %s",
                      problem);
        }
    }
    free(node->detector_problem);
    node->detector_problem = problem;
}

static void
configure_detector(struct node *node)
{
    node->detector_options = node->settings.detector_options;
    detector_configure(node->detector, &node->detector_options);
}

/* Takes ownership of 'detector'. */
static void
use_detector(struct node *node, struct detector *detector)
{
    if (detector_get_kind(detector) != detector_get_kind(node->detector)) {
        VLOG_INFO("detector in use: %s (%s)",
                  detector_kind_to_string(detector_get_kind(detector)),
                  detector_get_how(detector));
    }
    detector_destroy(node->detector);
    node->detector = detector;
    tracker_mark_all(node->tracker);
    tracker_sweep(node->tracker);
    bitmap_set_multiple(node->detector_zones, 0, CT_N_ZONES, false);
    configure_detector(node);
    sync_detector_zones(node);
    judge_recall(node->judge);
    node->publish = true;
}

static void
choose_detector(struct node *node, long long int now)
{
    enum detector_choice choice = node->settings.detector;
    struct detector *detector;
    char *why;

    node->detector_chosen = true;
    node->detector_choice = choice;
    detector = detector_choose(choice, &why);
    if (detector_get_kind(detector) != DETECTOR_NONE || has_detector(node)) {
        use_detector(node, detector);
    } else {
        detector_destroy(detector);
    }
    set_detector_problem(node, why);

    /* What works is not replaced by what may work later, since that would know
     * nothing of the present elephants. */
    node->detector_retry = (has_detector(node)
                            || choice == DETECTOR_CHOICE_NONE
                            ? LLONG_MAX : now + DETECTOR_RETRY_MSEC);
}

static void
handle_event(enum detector_event_type type, const struct ct_flow *flow,
             void *node_)
{
    struct node *node = node_;

    switch (type) {
    case DETECTOR_ELEPHANT:
        COVERAGE_INC(node_elephant_seen);

        /* A report may have been on its way while its zone was taken away. */
        if (bitmap_is_set(node->detector_zones, flow->zone)) {
            tracker_update(node->tracker, flow, time_msec());
        }
        break;
    case DETECTOR_GONE:
        COVERAGE_INC(node_elephant_gone);
        tracker_remove(node->tracker, flow->id);
        break;
    case DETECTOR_LOST:
        COVERAGE_INC(node_events_lost);
        tracker_mark_all(node->tracker);
        break;
    default:
        OVS_NOT_REACHED();
    }
    judge_recall(node->judge);
}

static bool
refresh_flow(struct ct_flow *flow, void *node_)
{
    struct node *node = node_;

    return detector_refresh(node->detector, flow);
}

static void
run_detector(struct node *node, long long int now)
{
    detector_run(node->detector, handle_event, node);

    /* After a loss the detector has told all the elephants again: the others
     * are gone. */
    tracker_sweep(node->tracker);
    if (now >= tracker_get_deadline(node->tracker)
        && tracker_expire(node->tracker, now, refresh_flow, node)) {
        judge_recall(node->judge);
    }
}

/* The footprints. */

static void
run_footprints(struct node *node, long long int now)
{
    const struct evidence_eyes eyes = {
        .detector = node->detector,
        .track_unassured = node->settings.detector_options.track_unassured,
    };

    node->publish |= judge_run(node->judge, node->topology, node->tracker,
                               &eyes, node->settings.heavy_hold, now);
}

/* The bridges. */

static void
push_ports(struct bridge *br)
{
    struct pipeline_port *ports;
    const struct port *port;
    size_t n = 0;

    ports = xmalloc(MAX(ovs_list_size(&br->ports), 1) * sizeof *ports);
    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (port->ofport != OFPP_NONE) {
            ports[n++] = (struct pipeline_port) {
                .ofport = port->ofport,
                .zone = port->withdrawn ? 0 : port->zone,
                .vlan = port->vlan,
                .native = port->native,
                .patch = port->is_patch,
                .macs = port->macs.addrs,
                .n_macs = port->macs.n,
                .endpoint_vlan = MAX(port->endpoint_vlan, 0),
                .endpoint_addr = port->endpoint_addr,
            };
        }
    }
    pipeline_set_ports(br->pipeline, ports, n);
    free(ports);
}

/* Makes the pipeline of 'br' want what it should. */
static void
update_pipeline(struct bridge *br)
{
    bool wants_flows = (br->wanted && br->mode == ZONES_MANAGED
                        && !br->is_userspace);

    /* Somebody else's bridge is not even looked at, unless it has been ours.
     * One that is not wanted any more may have flows of an earlier life of the
     * daemon as well. */
    if (!br->pipeline && br->wanted && !wants_flows && !br->had_flows) {
        return;
    }
    if (!br->pipeline) {
        char *target = xasprintf("unix:%s/%s.mgmt", ovs_rundir(), br->name);

        br->pipeline = pipeline_create(br->name, target);
        free(target);
    }
    if (wants_flows) {
        pipeline_configure(br->pipeline, &br->pipeline_options);
        push_ports(br);
    } else {
        pipeline_set_ports(br->pipeline, NULL, 0);
    }
}

/* Is nothing of ours left on 'br'? */
static bool
bridge_is_clean(const struct bridge *br)
{
    return (!br->exists || !br->pipeline || pipeline_is_synced(br->pipeline));
}

static void
run_bridges(struct node *node)
{
    struct shash_node *n;

    SHASH_FOR_EACH_SAFE (n, topology_get_bridges(node->topology)) {
        struct bridge *br = n->data;

        if (br->changed) {
            br->changed = false;
            if (br->exists) {
                update_pipeline(br);
            } else {
                pipeline_destroy(br->pipeline);
                br->pipeline = NULL;
            }
        }
        if (br->pipeline) {
            pipeline_run(br->pipeline);
        }
        if (!br->wanted && bridge_is_clean(br)) {
            zone_users_note_no_flows(node->zone_users, br->name);
            topology_remove_bridge(node->topology, br);
        }
    }
}

/* OVSDB. */

static void
handle_zone_lost(const struct port *port, uint16_t zone, void *node_)
{
    struct node *node = node_;

    VLOG_DBG("%s does not have zone %"PRIu16" any more", port->name, zone);
    detector_set_zone(node->detector, zone, NULL);
    bitmap_set0(node->detector_zones, zone);
    tracker_remove_zone(node->tracker, zone);
    guard_forget_zone(node->guard, zone);
    if (port->bridge->mode == ZONES_MANAGED) {
        zone_users_note_entries(node->zone_users, zone, true);
        zone_cleaner_add(node->zone_cleaner, zone, time_msec());
    }
}

/* 'zone' is about to be given away. */
static int
handle_flush_zone(uint16_t zone, void *node_)
{
    struct node *node = node_;
    int error;

    node->allocated = true;
    if (!zone_users_may_have_entries(node->zone_users, zone)) {
        return 0;
    }
    error = detector_flush_zone(node->detector, zone);
    if (!error) {
        zone_users_note_entries(node->zone_users, zone, false);
    }
    return error;
}

/* Tells who looks for zones of others which bridges there are. */
static void
update_bridge_names(struct node *node, const struct ovsrec_open_vswitch *cfg)
{
    struct sset names = SSET_INITIALIZER(&names);

    for (size_t i = 0; i < cfg->n_bridges; i++) {
        sset_add(&names, cfg->bridges[i]->name);
    }
    zone_users_set_bridges(node->zone_users, &names);
    sset_destroy(&names);
}

static void
run_topology(struct node *node)
{
    const struct topology_listener listener = {
        .zone_lost = handle_zone_lost,
        .flush_zone = handle_flush_zone,
        .aux = node,
    };
    const struct ovsrec_open_vswitch *cfg;
    bool changed;
    unsigned int seqno = ovsdb_idl_get_seqno(node->idl);
    bool settings_changed = node->cleaning_up;
    bool may_allocate = zone_users_is_ready(node->zone_users, time_msec());

    cfg = ovsrec_open_vswitch_first(node->idl);
    if (!cfg || (seqno == node->idl_seqno
                 && may_allocate == node->may_allocate
                 && zone_users_get_seq(node->zone_users) == node->users_seq
                 && peer_get_seq() == node->peer_seq
                 && (mac_learning_get_seq(node->mac_learning)
                     == node->learning_seq))) {
        return;
    }
    node->may_allocate = may_allocate;
    node->users_seq = zone_users_get_seq(node->zone_users);
    node->idl_seqno = seqno;
    node->peer_seq = peer_get_seq();
    node->learning_seq = mac_learning_get_seq(node->mac_learning);
    if (!node->cleaning_up) {
        settings_changed = settings_update(&node->settings,
                                           &cfg->external_ids);
    }
    if (!node->detector_chosen
        || node->detector_choice != node->settings.detector) {
        choose_detector(node, time_msec());
    } else if (!detector_options_equal(&node->detector_options,
                                       &node->settings.detector_options)) {
        configure_detector(node);
    }
    update_bridge_names(node, cfg);
    changed = topology_update(node->topology, &(struct topology_inputs) {
                                  .idl = node->idl,
                                  .settings = &node->settings,
                                  .zone_users = node->zone_users,
                                  .mac_learning = node->mac_learning,
                                  .may_allocate = node->may_allocate,
                                  .settings_changed = settings_changed,
                              }, &listener);
    ovsdb_idl_track_clear(node->idl);
    if (topology_has_orphans(node->topology)) {
        publisher_recall(node->publisher);
    }
    if (node->allocated) {
        /* Somebody may have taken a zone since we looked. */
        node->allocated = false;
        zone_users_refresh(node->zone_users, time_msec());
    }
    if (changed || settings_changed) {
        sync_detector_zones(node);
        judge_recall(node->judge);
    }
    node->publish = true;
}

static void
publish(struct node *node, struct ovsdb_idl_txn *txn, long long int now)
{
    struct publisher_node summary;

    if (!txn
        || (!node->publish && !publisher_is_due(node->publisher, now))) {
        return;
    }
    node->publish = false;
    if (node->cleaning_up) {
        publisher_clear(node->idl, txn);
        return;
    }
    summary = (struct publisher_node) {
        .n_bridges = sset_count(&node->settings.bridges),
        .n_elephants = tracker_count_conversations(node->tracker),
        .n_heavy = judge_count_heavy(node->judge),
        .settling = judge_is_settling(node->judge),
        .detector = detector_kind_to_string(
            detector_get_kind(node->detector)),
    };
    publisher_run(node->publisher, node->idl, txn, node->topology, &summary,
                  now);
}

void
node_run(struct node *node, struct ovsdb_idl_txn *txn)
{
    long long int now = time_msec();

    peer_run();
    zone_users_run(node->zone_users, now);
    mac_learning_run(node->mac_learning, now);
    run_topology(node);
    if (now >= node->detector_retry) {
        choose_detector(node, now);
    }
    run_detector(node, now);
    if (guard_run(node->guard, node->topology, now)) {
        judge_recall(node->judge);
    }
    recount_run(node->recount, node->detector, node->topology, now);
    cost_run(node->cost, node->topology, now);
    run_bridges(node);
    run_footprints(node, now);
    zone_cleaner_run(node->zone_cleaner, node->zone_users,
                     topology_get_zones(node->topology), node->detector, now);
    publish(node, txn, now);
}

void
node_wait(struct node *node)
{
    struct shash_node *n;

    peer_wait();
    zone_users_wait(node->zone_users);
    zone_cleaner_wait(node->zone_cleaner);
    detector_wait(node->detector);
    if (node->detector_retry != LLONG_MAX) {
        poll_timer_wait_until(node->detector_retry);
    }
    poll_timer_wait_until(tracker_get_deadline(node->tracker));
    judge_wait(node->judge);
    guard_wait(node->guard);
    mac_learning_wait(node->mac_learning);
    recount_wait(node->recount);
    cost_wait(node->cost);
    publisher_wait(node->publisher);
    SHASH_FOR_EACH (n, topology_get_bridges(node->topology)) {
        const struct bridge *br = n->data;

        if (br->pipeline) {
            pipeline_wait(br->pipeline);
        }
        if (br->changed) {
            poll_immediate_wake();
        }
    }
}

void
node_publish_again(struct node *node)
{
    publisher_recall(node->publisher);
    node->publish = true;
}

bool
node_clean_up(struct node *node)
{
    if (!node->cleaning_up) {
        VLOG_INFO("removing all flows and keys of ours");
        node->cleaning_up = true;
        node->publish = true;
        sset_clear(&node->settings.bridges);
        node->idl_seqno--;
    }
    return (shash_is_empty(topology_get_bridges(node->topology))
            && !node->publish);
}

const struct settings *
node_get_settings(const struct node *node)
{
    return &node->settings;
}

const struct topology *
node_get_topology(const struct node *node)
{
    return node->topology;
}

const struct tracker *
node_get_tracker(const struct node *node)
{
    return node->tracker;
}

struct detector *
node_get_detector(const struct node *node)
{
    return node->detector;
}

const char *
node_get_detector_problem(const struct node *node)
{
    return node->detector_problem;
}

unsigned int
node_count_heavy(const struct node *node)
{
    return judge_count_heavy(node->judge);
}

unsigned int
node_count_ambiguous(const struct node *node)
{
    return judge_count_ambiguous(node->judge);
}

const char *
node_get_guard_problem(const struct node *node)
{
    return guard_get_problem(node->guard);
}

void
node_estimate_cost(const struct node *node, struct cost_figures *figures)
{
    cost_estimate(node->cost, node->topology, &node->detector_options,
                  time_msec(), figures);
}
