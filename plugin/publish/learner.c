/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/learner.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detector/detector.h"
#include "footprint/attribution.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "lib/footprint-db.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/uuid.h"
#include "publish/footprint-rows.h"
#include "publish/observer.h"
#include "publish/pupil.h"
#include "publish/uplinks.h"
#include "settings/settings.h"
#include "simap.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "topology/topology.h"
#include "util.h"
#include "uuid.h"

/* As time passes, evidence loses its worth: how often, in msec, all workloads
 * are looked at for that reason. */
#define REVIEW_MSEC (10 * 60 * 1000)

/* Not more often are all containers looked at, however many elephants come and
 * go. */
#define UPDATE_MSEC 100

/* The containers of one workload that are here. */
struct workload_pupils {
    struct ovs_list list;       /* Of struct pupil, through 'workload_node'. */
};

struct learner {
    char *remote;               /* Of Open_vSwitch. */
    char *node_name;
    struct footprint_db *db;
    struct footprint_rows *rows;
    struct observer *observer;
    struct uplinks *uplinks;
    struct shash pupils;        /* Of struct pupil, by port. */
    struct shash workloads;     /* Of struct workload_pupils, by workload. */
    struct sset changed;        /* Workloads that may have another class. */
    uint64_t judge_seq;         /* judge_get_seq() and judge_count_gone() when
                                 * pupils were last updated. */
    uint64_t n_gone;
    long long int next_review;
    long long int next_update;
    bool dirty;                 /* Must all pupils be updated? */
    bool ports_changed;         /* Is any port of another workload, or of none,
                                 * than when learner_run() began? */
    bool clean;                 /* See learner_is_clean(), */
    bool cleared;               /* and learner_has_cleared(). */
};

struct learner *
learner_create(const char *remote)
{
    struct learner *l = xzalloc(sizeof *l);

    l->remote = xstrdup(remote);
    l->observer = observer_create();
    l->uplinks = uplinks_create();
    shash_init(&l->pupils);
    shash_init(&l->workloads);
    sset_init(&l->changed);
    return l;
}

/* 'p' is not of 'workload', which may be null, any more. */
static void
leave_workload(struct learner *l, struct pupil *p, const char *workload)
{
    struct workload_pupils *pupils;
    struct shash_node *node;

    if (!workload) {
        return;
    }
    ovs_list_remove(&p->workload_node);
    ovs_list_init(&p->workload_node);
    node = shash_find(&l->workloads, workload);
    pupils = node->data;
    if (ovs_list_is_empty(&pupils->list)) {
        free(pupils);
        shash_delete(&l->workloads, node);
        footprint_db_remove_workload(l->db, workload);
    }
}

/* 'p', which is of no workload yet, has one now, if it is known. */
static void
join_workload(struct learner *l, struct pupil *p)
{
    const char *workload = p->workload.key;
    struct workload_pupils *pupils;

    if (!workload) {
        return;
    }
    pupils = shash_find_data(&l->workloads, workload);
    if (!pupils) {
        pupils = xmalloc(sizeof *pupils);
        ovs_list_init(&pupils->list);
        shash_add(&l->workloads, workload, pupils);
        footprint_db_add_workload(l->db, workload);
    }
    ovs_list_push_back(&pupils->list, &p->workload_node);
    sset_add(&l->changed, workload);
}

static void
remove_pupil(struct learner *l, struct shash_node *node)
{
    struct pupil *p = node->data;

    leave_workload(l, p, p->workload.key);
    shash_delete(&l->pupils, node);
    pupil_destroy(p);
}

void
learner_destroy(struct learner *l)
{
    struct shash_node *node;

    if (l) {
        SHASH_FOR_EACH_SAFE (node, &l->pupils) {
            remove_pupil(l, node);
        }
        shash_destroy(&l->pupils);
        shash_destroy(&l->workloads);
        sset_destroy(&l->changed);
        footprint_rows_destroy(l->rows);
        footprint_db_destroy(l->db);
        observer_destroy(l->observer);
        uplinks_destroy(l->uplinks);
        free(l->remote);
        free(l->node_name);
        free(l);
    }
}

static struct moment
get_moment(long long int now)
{
    return (struct moment) { now, time_wall_msec() };
}

/* Returns the node's name, malloc()'d: said, or the hostname. */
static char *
get_node_name(const struct learner_inputs *in)
{
    const char *said = in->settings->learning.node_name;
    const char *hostname = smap_get(in->external_ids, "hostname");
    char name[HOST_NAME_MAX + 1] = "localhost";

    if (*said || (hostname && *hostname)) {
        return xstrdup(*said ? said : hostname);
    }
    gethostname(name, sizeof name - 1);
    return xstrdup(name);
}

/* Takes over the settings. */
static void
configure(struct learner *l, const struct learner_inputs *in)
{
    const struct learning_settings *s = &in->settings->learning;
    char *name = get_node_name(in);

    if (!l->db) {
        l->db = footprint_db_create(name);
        l->rows = footprint_rows_create(name);
    }
    footprint_db_set_node(l->db, name);
    footprint_rows_set_node(l->rows, name);
    free(l->node_name);
    l->node_name = name;
    footprint_db_set_half_life(l->db, s->half_life);
    footprint_rows_set_heartbeat(l->rows, s->heartbeat);
    footprint_db_set_remote(l->db, *s->remote ? s->remote : l->remote);
}

/* The containers. */

/* Reads who 'p' is, from 'port'. */
static void
read_pupil(struct learner *l, struct pupil *p, const struct port *port)
{
    char *workload = nullable_xstrdup(p->workload.key);

    pupil_read(p, port);
    if (!nullable_string_is_equal(p->workload.key, workload)) {
        p->public.class = WORKLOAD_UNKNOWN;
        leave_workload(l, p, workload);
        join_workload(l, p);
        l->ports_changed = true;
    }
    free(workload);
}

static struct pupil *
get_pupil(struct learner *l, const struct port *port)
{
    struct pupil *p = shash_find_data(&l->pupils, port->name);

    if (!p) {
        p = pupil_create();
        shash_add(&l->pupils, port->name, p);
    }
    if (p->version != port->version) {
        read_pupil(l, p, port);
    }
    return p;
}

/* Tells the observer what 'port' is, and has its row written, if that is not
 * what it was. */
static void
see(struct learner *l, const struct port *port, const struct verdict *v,
    const struct moment *now)
{
    struct pupil *p = get_pupil(l, port);
    struct pupil_state state = pupil_state_of_verdict(v, p->new_rate);

    if (p->known && pupil_state_equal(&state, &p->state)) {
        return;
    }
    if (p->workload.key && p->state.class != state.class) {
        sset_add(&l->changed, p->workload.key);
    }
    p->state = state;
    p->known = true;
    footprint_rows_touch(l->rows, port->name);
    if (p->workload.key) {
        const struct sighting s = {
            .workload = p->workload.key,
            .class = state.class,
            .role = state.role,
            .rate = state.rate,
            .resting = v->evidence.kind == EVIDENCE_FLOWS && !state.elephants,
        };

        observer_see(l->observer, port->name, &s, now);
    } else {
        observer_lose(l->observer, port->name, now);
    }
}

/* Sums up what each container's elephants move. */
static void
add_rates(struct learner *l, const struct learner_inputs *in)
{
    struct elephant **elephants;
    struct shash_node *node;
    size_t n;

    SHASH_FOR_EACH (node, &l->pupils) {
        struct pupil *p = node->data;

        p->new_rate = 0;
    }
    n = tracker_get_all(in->tracker, &elephants);
    for (size_t i = 0; i < n; i++) {
        struct attribution parts[ATTRIBUTION_MAX];
        bool ambiguous;
        size_t n_parts = attribution_of_flow(in->topology,
                                             &elephants[i]->flow, parts,
                                             &ambiguous);

        for (size_t j = 0; j < n_parts; j++) {
            struct pupil *p = shash_find_data(&l->pupils,
                                              parts[j].port->name);

            if (p) {
                p->new_rate += elephants[i]->flow.rate;
            }
        }
    }
    free(elephants);
}

/* There is no container behind the port 'name' any more.  Returns true if
 * there was. */
static bool
lose(struct learner *l, const char *name, const struct moment *now)
{
    struct shash_node *node = shash_find(&l->pupils, name);

    if (node) {
        observer_lose(l->observer, name, now);
        footprint_rows_touch(l->rows, name);
        remove_pupil(l, node);
    }
    return node != NULL;
}

/* Brings the pupil of 'port' to what the topology and the judge say. */
static void
update_pupil(struct learner *l, const struct port *port,
             const struct verdict *v, const struct moment *now)
{
    if (port->is_container && port->bridge->wanted) {
        see(l, port, v, now);
    } else if (lose(l, port->name, now)) {
        l->ports_changed = true;
    }
}

/* Forgets the pupils whose ports have gone. */
static void
remove_gone(struct learner *l, const struct learner_inputs *in,
            const struct moment *now)
{
    uint64_t n_gone = judge_count_gone(in->judge);
    struct shash_node *node;

    if (n_gone != l->n_gone) {
        l->n_gone = n_gone;
        SHASH_FOR_EACH_SAFE (node, &l->pupils) {
            if (!topology_find_port(in->topology, node->name)) {
                lose(l, node->name, now);
            }
        }
    }
}

/* Updates all pupils, or else those of ports that have changed. */
static void
update_pupils(struct learner *l, const struct learner_inputs *in, bool all,
              const struct moment *now)
{
    const struct verdict *v = NULL;
    const struct port *port;

    add_rates(l, in);
    if (all) {
        HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
            update_pupil(l, port, judge_get_verdict(in->judge, port), now);
        }
    } else {
        while ((v = judge_get_changed(in->judge, l->judge_seq, v)) != NULL) {
            update_pupil(l, v->evidence.port, v, now);
        }
    }
    remove_gone(l, in, now);
    l->judge_seq = judge_get_seq(in->judge);
}

void
learner_learn(const struct learner *l, const char *workload,
              struct learned *learned)
{
    struct moment now = get_moment(time_msec());
    struct observation own;
    bool any;

    observer_account(l->observer, workload, &now, NULL);
    any = observer_get(l->observer, workload, &now, &own);
    footprint_db_learn(l->db, workload, any ? &own : NULL, now.wall / 1000,
                       learned);
}

/* Finds out anew what 'workload' is, of which 'pupils' are.  Returns true if
 * that is something else than before. */
static bool
review_workload(struct learner *l, const char *workload,
                const struct workload_pupils *pupils)
{
    struct learned learned;
    bool changed = false;
    struct pupil *p;

    learner_learn(l, workload, &learned);
    LIST_FOR_EACH (p, workload_node, &pupils->list) {
        changed |= learned.class != p->public.class;
        p->public.class = learned.class;
    }
    return changed;
}

/* Reviews the workloads that may have changed, or all.  Returns true if any is
 * something else than before. */
static bool
review(struct learner *l, bool all)
{
    struct shash_node *node;
    bool changed = false;
    const char *name;

    if (all) {
        SHASH_FOR_EACH (node, &l->workloads) {
            changed |= review_workload(l, node->name, node->data);
        }
    } else {
        SSET_FOR_EACH (name, &l->changed) {
            const struct workload_pupils *pupils
                = shash_find_data(&l->workloads, name);

            changed |= pupils && review_workload(l, name, pupils);
        }
    }
    sset_clear(&l->changed);
    return changed;
}

/* The rows. */

/* Stores in 'blind' what the detector cannot see. */
static void
get_blind_spots(struct detector *detector, struct simap *blind)
{
    const struct detector_blind_spot *spots;
    size_t n = detector_get_blind_spots(detector, &spots);

    simap_init(blind);
    for (size_t i = 0; i < n; i++) {
        if (spots[i].count) {
            simap_put(blind, spots[i].name, MIN(spots[i].count, INT_MAX));
        }
    }
}

/* Adds 'p' to the facts of the machine it is on, which is one of the 'n'
 * 'nodes'. */
static void
count_pupil(struct node_facts *nodes, size_t n, const struct pupil *p)
{
    const struct pupil_state *s = &p->state;

    for (size_t i = 0; i < n; i++) {
        if (!i || (p->on_node && !strcmp(nodes[i].name, p->on_node))) {
            nodes[i].heavy += s->class == FOOTPRINT_HEAVY;
            nodes[i].light += s->class == FOOTPRINT_LIGHT;
            nodes[i].unknown += s->class == FOOTPRINT_UNKNOWN;
            if (i) {
                nodes[i].elephants += s->elephants;
                nodes[i].bits_in += s->role & FOOTPRINT_SINK ? s->rate : 0;
                nodes[i].bits_out += s->role & FOOTPRINT_SOURCE ? s->rate : 0;
            }
        }
    }
}

/* What the row of the container says that 'node', of 'l_->pupils', is. */
static void
get_instance(const struct shash_node *node, const void *l_,
             struct instance_facts *facts)
{
    const struct learner *l = l_;
    const struct pupil *p = node->data;
    const struct pupil_state *s = &p->state;

    *facts = (struct instance_facts) {
        .interface = node->name,
        .on_node = p->on_node ? p->on_node : l->node_name,
        .workload = p->workload.key ? p->workload.key : "",
        .container = p->container ? p->container : "",
        .class = s->class, .role = s->role, .evidence = s->evidence,
        .since = s->since, .elephants = s->elephants, .rate = s->rate,
    };
}

/* Stores the virtual machines that are nodes behind 'nodes[0]', the node
 * itself, and what is on each.  Returns how many nodes there are. */
static size_t
get_nodes(const struct learner *l, struct node_facts *nodes)
{
    struct shash_node *node;
    size_t n_nodes = 1;

    SHASH_FOR_EACH (node, &l->pupils) {
        const struct pupil *p = node->data;
        size_t i;

        for (i = 1; p->on_node && i < n_nodes
                    && strcmp(nodes[i].name, p->on_node); i++) {
            continue;
        }
        if (p->on_node && i == n_nodes && strcmp(p->on_node, l->node_name)) {
            nodes[n_nodes++] = (struct node_facts) {
                .name = p->on_node, .hypervisor = l->node_name,
                .blind_spots = nodes[0].blind_spots,
                .detector = nodes[0].detector,
            };
        }
        count_pupil(nodes, n_nodes, p);
    }
    return n_nodes;
}

static void
write_rows(struct learner *l, const struct learner_inputs *in,
           struct ovsdb_idl_txn *txn, const struct moment *now)
{
    struct node_facts *nodes = xcalloc(shash_count(&l->pupils) + 1,
                                       sizeof *nodes);
    const char *id = smap_get(in->external_ids, "system-id");
    char *uuid = xasprintf(UUID_FMT, UUID_ARGS(in->uuid));
    enum detector_kind kind = detector_get_kind(in->detector);
    struct uplinks_figures uplinks;
    struct simap blind_spots;

    get_blind_spots(in->detector, &blind_spots);
    uplinks_read(l->uplinks, in->settings->learning.uplinks, now->mono,
                 &uplinks);
    nodes[0] = (struct node_facts) {
        .name = l->node_name, .hypervisor = "",
        .elephants = tracker_count_conversations(in->tracker),
        .bits_in = uplinks.bits_in, .bits_out = uplinks.bits_out,
        .link_speed = uplinks.speed, .blind_spots = &blind_spots,
        .detector = detector_kind_to_string(kind),
    };
    struct rows_facts facts = {
        .observer = l->observer,
        .system_id = id && *id ? id : uuid, .version = PACKAGE_VERSION,
        .nodes = nodes, .n_nodes = get_nodes(l, nodes),
        .instances = &l->pupils, .get_instance = get_instance, .aux = l,
    };
    footprint_rows_run(l->rows, l->db, txn, &facts, now);
    simap_destroy(&blind_spots);
    free(uuid);
    free(nodes);
}

static void
clear_rows(struct learner *l, struct ovsdb_idl_txn *txn)
{
    if (footprint_db_is_absent(l->db)) {
        l->clean = true;
    } else if (txn) {
        l->clean = !footprint_rows_clear(l->rows, l->db, txn);
        l->cleared |= !l->clean;
    }
}

/* Looks at the containers if it is time to. */
static void
run_pupils(struct learner *l, const struct learner_inputs *in,
           const struct moment *now)
{
    bool all;

    l->dirty |= in->all_changed;
    all = l->dirty && (in->renewed || now->mono >= l->next_update);
    if (all) {
        l->dirty = false;
        l->next_update = now->mono + UPDATE_MSEC;
    }
    if (all || judge_get_seq(in->judge) != l->judge_seq) {
        update_pupils(l, in, all, now);
    }
}

/* Returns true if the class of any workload here is another. */
static bool
run_review(struct learner *l, const struct moment *now)
{
    bool all = now->mono >= l->next_review;

    footprint_db_get_changed(l->db, &l->changed);
    if (all) {
        l->next_review = now->mono + REVIEW_MSEC;
        observer_run(l->observer, now);
    }
    return (all || !sset_is_empty(&l->changed)) && review(l, all);
}

enum learner_result
learner_run(struct learner *l, const struct learner_inputs *in,
            long long int now)
{
    struct moment moment = get_moment(now);
    struct ovsdb_idl_txn *txn;
    bool classes_changed;

    if (in->renewed || !l->db) {
        configure(l, in);
    }
    txn = footprint_db_run(l->db);
    observer_set_half_life(l->observer, footprint_db_get_half_life(l->db));
    l->ports_changed = false;
    run_pupils(l, in, &moment);
    classes_changed = run_review(l, &moment);
    if (in->cleaning_up) {
        clear_rows(l, txn);
    } else if (footprint_rows_is_due(l->rows, l->db, &moment)) {
        write_rows(l, in, txn, &moment);
    }
    footprint_db_commit(l->db);
    return (classes_changed ? LEARNER_CLASSES
            : l->ports_changed ? LEARNER_PORTS
            : LEARNER_NO_CHANGE);
}

void
learner_wait(const struct learner *l)
{
    if (l->db) {
        footprint_db_wait(l->db);
        if (footprint_db_is_current(l->db)) {
            footprint_rows_wait(l->rows);
        }
        poll_timer_wait_until(l->dirty ? l->next_update : l->next_review);
    }
}

const struct port_workload *
learner_get_workload(const struct learner *l, const struct port *port)
{
    const struct pupil *p = shash_find_data(&l->pupils, port->name);

    return p ? &p->public : NULL;
}

bool
learner_is_clean(const struct learner *l)
{
    return !l->db || l->clean;
}

bool
learner_has_cleared(const struct learner *l)
{
    return l->cleared;
}

unsigned int
learner_count_instances(const struct learner *l, const char *workload)
{
    const struct shash_node *node;
    unsigned int n = 0;

    SHASH_FOR_EACH (node, &l->pupils) {
        const struct pupil *p = node->data;

        n += p->workload.key && !strcmp(p->workload.key, workload);
    }
    return n;
}

void
learner_get_workloads(const struct learner *l, struct sset *names)
{
    struct observer_entry entry;
    void *cursor = NULL;

    while (observer_next(l->observer, &cursor, &entry)) {
        sset_add(names, entry.workload);
    }
    if (l->db) {
        footprint_db_get_workloads(l->db, names);
    }
}

bool
learner_forget(struct learner *l, const char *workload)
{
    struct moment now = get_moment(time_msec());
    bool any = observer_forget(l->observer, workload, &now);

    l->next_review = 0;
    if (l->rows) {
        footprint_rows_invalidate(l->rows);
    }
    poll_immediate_wake();
    return any;
}

const char *
learner_get_node_name(const struct learner *l)
{
    return l->node_name;
}

const struct footprint_db *
learner_get_db(const struct learner *l)
{
    return l->db;
}

const char *
learner_get_problem(const struct learner *l)
{
    return l->rows ? footprint_rows_get_problem(l->rows) : NULL;
}
