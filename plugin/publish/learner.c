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

struct learner {
    char *remote;               /* Of Open_vSwitch. */
    char *node_name;
    struct footprint_db *db;
    struct footprint_rows *rows;
    struct observer *observer;
    struct uplinks *uplinks;
    struct shash pupils;        /* Of struct pupil, by port. */
    struct sset changed;        /* Workloads that may have another class. */
    long long int next_review;
    long long int next_update;
    bool dirty;                 /* Must the pupils be updated? */
    bool workloads_changed;     /* Those of pupils, since the database was
                                 * asked for what is known of them? */
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
    sset_init(&l->changed);
    return l;
}

static void
remove_pupil(struct learner *l, struct shash_node *node)
{
    struct pupil *p = node->data;

    l->workloads_changed = true;
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

static struct pupil *
get_pupil(struct learner *l, const struct port *port)
{
    struct pupil *p = shash_find_data(&l->pupils, port->name);

    if (!p) {
        p = xzalloc(sizeof *p);
        shash_add(&l->pupils, port->name, p);
    }
    if (!p->version || p->version != port->version) {
        pupil_read(p, port);
        l->workloads_changed = true;
        if (p->workload.key) {
            sset_add(&l->changed, p->workload.key);
        }
    }
    p->seen = true;
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

/* Brings the pupils to what the topology and the judge say. */
static void
update_pupils(struct learner *l, const struct learner_inputs *in,
              const struct moment *now)
{
    const struct port *port;
    struct shash_node *node;

    add_rates(l, in);
    HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
        if (port->is_container && port->bridge->wanted) {
            see(l, port, judge_get_verdict(in->judge, port), now);
        }
    }
    SHASH_FOR_EACH_SAFE (node, &l->pupils) {
        struct pupil *p = node->data;

        if (!p->seen) {
            observer_lose(l->observer, node->name, now);
            footprint_rows_touch(l->rows, node->name);
            remove_pupil(l, node);
        } else {
            p->seen = false;
        }
    }
}

/* Has the database send what is known of the workloads that are here. */
static void
ask_for_workloads(struct learner *l)
{
    struct sset workloads = SSET_INITIALIZER(&workloads);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &l->pupils) {
        const struct pupil *p = node->data;

        if (p->workload.key) {
            sset_add(&workloads, p->workload.key);
        }
    }
    footprint_db_set_workloads(l->db, &workloads);
    sset_destroy(&workloads);
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

/* Finds out anew what the workloads are that may have changed, or all.
 * Returns true if any is another. */
static bool
review(struct learner *l, bool all)
{
    struct shash classes = SHASH_INITIALIZER(&classes);
    struct shash_node *node;
    bool any = false;

    SHASH_FOR_EACH (node, &l->pupils) {
        struct pupil *p = node->data;
        struct learned *learned;

        if (!p->workload.key
            || !(all || sset_contains(&l->changed, p->workload.key))) {
            continue;
        }
        learned = shash_find_data(&classes, p->workload.key);
        if (!learned) {
            learned = xmalloc(sizeof *learned);
            learner_learn(l, p->workload.key, learned);
            shash_add(&classes, p->workload.key, learned);
        }
        any |= learned->class != p->public.class;
        p->public.class = learned->class;
    }
    shash_destroy_free_data(&classes);
    sset_destroy(&l->changed);
    sset_init(&l->changed);
    return any;
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

/* Looks at the containers if it is time to.  Returns true if so. */
static bool
run_pupils(struct learner *l, const struct learner_inputs *in,
           const struct moment *now)
{
    l->dirty |= in->changed;
    if (!l->dirty || (!in->ports_changed && now->mono < l->next_update)) {
        return false;
    }
    l->dirty = false;
    l->next_update = now->mono + UPDATE_MSEC;
    update_pupils(l, in, now);
    if (l->workloads_changed) {
        l->workloads_changed = false;
        ask_for_workloads(l);
    }
    return true;
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

bool
learner_run(struct learner *l, const struct learner_inputs *in,
            long long int now)
{
    struct moment moment = get_moment(now);
    struct ovsdb_idl_txn *txn;
    bool any;

    if (in->ports_changed || !l->db) {
        configure(l, in);
    }
    txn = footprint_db_run(l->db);
    observer_set_half_life(l->observer, footprint_db_get_half_life(l->db));
    any = run_pupils(l, in, &moment) && in->ports_changed;
    any |= run_review(l, &moment);
    if (in->cleaning_up) {
        clear_rows(l, txn);
    } else if (footprint_rows_is_due(l->rows, l->db, &moment)) {
        write_rows(l, in, txn, &moment);
    }
    footprint_db_commit(l->db);
    return any;
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
