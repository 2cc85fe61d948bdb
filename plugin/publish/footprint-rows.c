/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/footprint-rows.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "lib/footprint-db.h"
#include "lib/problem.h"
#include "lib/row-facts.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-idl.h"
#include "publish/observation-rows.h"
#include "publish/observer.h"
#include "random.h"
#include "simap.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(footprint_rows);

COVERAGE_DEFINE(footprint_rows_written);
COVERAGE_DEFINE(footprint_rows_removed);

/* A transaction that failed is tried again after this time, which doubles. */
#define MIN_BACKOFF_MSEC 1000
#define MAX_BACKOFF_MSEC 60000

/* A Node row that is not renewed for so many of its heartbeats is dead. */
#define DEAD_HEARTBEATS 3

struct footprint_rows {
    char *node;
    char *old_node;             /* Whose rows are to be removed, or null. */
    int heartbeat;              /* In seconds. */
    bool invalid;               /* May any row be out of date? */
    bool batch_invalid;         /* And any Observation row, which waits for
                                 * the next batch? */
    struct sset touched;        /* Containers whose rows may be. */
    bool restored;              /* Was what a previous run wrote read? */
    unsigned int generation;    /* Of the database that is about. */
    unsigned int db_seqno;      /* Of the replica last compared with. */
    unsigned int n_failed;      /* As the database last counted. */
    long long int backoff;      /* 0 after a success. */
    struct observation_rows *observations;

    /* Monotonic times, in msec, before which nothing of the kind is written:
     * anything, what is batched, and what shows that we are alive. */
    long long int next, next_batch, next_heartbeat;

    /* Another node with our name: what it wrote last, and when we saw it. */
    long long int rival_seen, rival_since;
    char *problem;
};

/* What one call of footprint_rows_run() works with. */
struct pass {
    struct footprint_rows *rows;
    const struct footprint_db *db;
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;
    struct observer *observer;
    const struct rows_facts *facts;
    const struct moment *now;
    bool all;                   /* Are all rows looked at, or only those that
                                 * were touched? */
    bool batch;                 /* Not only flags, but also what is learned? */
    bool heartbeat;             /* And also mere numbers? */
    struct sset trials;         /* Containers whose trials are in an
                                 * Observation row that is written. */
};

struct footprint_rows *
footprint_rows_create(const char *node)
{
    struct footprint_rows *rows = xzalloc(sizeof *rows);

    rows->node = xstrdup(node);
    rows->heartbeat = ROWS_HEARTBEAT;
    rows->invalid = true;
    rows->observations = observation_rows_create();
    sset_init(&rows->touched);
    return rows;
}

void
footprint_rows_destroy(struct footprint_rows *rows)
{
    if (rows) {
        observation_rows_destroy(rows->observations);
        sset_destroy(&rows->touched);
        free(rows->node);
        free(rows->old_node);
        free(rows->problem);
        free(rows);
    }
}

static void
set_problem(struct footprint_rows *rows, char *problem)
{
    if (problem_set(&rows->problem, problem)) {
        VLOG_WARN("%s", rows->problem);
    }
}

void
footprint_rows_set_node(struct footprint_rows *rows, const char *node)
{
    if (strcmp(rows->node, node)) {
        free(rows->old_node);
        rows->old_node = rows->node;
        rows->node = xstrdup(node);
        rows->rival_since = 0;
        rows->next_heartbeat = 0;
        observation_rows_reset(rows->observations);
        set_problem(rows, NULL);
        footprint_rows_invalidate(rows);
    }
}

void
footprint_rows_set_heartbeat(struct footprint_rows *rows, int seconds)
{
    if (rows->heartbeat != seconds) {
        rows->heartbeat = seconds;
        rows->next_heartbeat = 0;
    }
}

void
footprint_rows_invalidate(struct footprint_rows *rows)
{
    rows->invalid = true;
}

void
footprint_rows_touch(struct footprint_rows *rows, const char *interface)
{
    sset_add(&rows->touched, interface);
}

/* When footprint_rows_run() has something to do, if the database is there. */
static long long int
get_deadline(const struct footprint_rows *rows)
{
    bool any = rows->invalid || !sset_is_empty(&rows->touched);
    long long int due = (any ? rows->next
                         : MIN(rows->next_heartbeat, rows->next_batch));

    return MAX(due, rows->next);
}

bool
footprint_rows_is_due(const struct footprint_rows *rows,
                      const struct footprint_db *db,
                      const struct moment *now)
{
    return (footprint_db_is_current(db)
            && (now->mono >= get_deadline(rows)
                || (now->mono >= rows->next
                    && footprint_db_get_seqno(db) != rows->db_seqno)));
}

void
footprint_rows_wait(const struct footprint_rows *rows)
{
    poll_timer_wait_until(get_deadline(rows));
}

static bool
is_ours(const struct pass *pass, const char *node)
{
    return !strcmp(pass->rows->node, node);
}

static const struct fprec_node *
find_node(const struct pass *pass, const char *name)
{
    const struct fprec_node *row;

    FPREC_NODE_FOR_EACH (row, pass->idl) {
        if (!strcmp(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

static struct observation_target
get_target(struct pass *pass)
{
    return (struct observation_target) {
        .db = pass->db, .node = pass->rows->node, .txn = pass->txn,
        .known = find_node(pass, pass->rows->node) != NULL,
        .observer = pass->observer, .now = pass->now,
        .interfaces = &pass->trials,
    };
}

/* Reads what the previous run of this node wrote, once. */
static void
restore(struct pass *pass, unsigned int generation)
{
    struct footprint_rows *rows = pass->rows;
    struct observation_target target = get_target(pass);
    const struct fprec_instance *row;
    bool first = !rows->restored;

    if (!first && rows->generation == generation) {
        return;
    }
    rows->restored = true;
    rows->generation = generation;
    rows->invalid = true;
    observation_rows_reset(rows->observations);
    observation_rows_restore(&target, first);
    if (!first) {
        return;
    }
    FPREC_INSTANCE_FOR_EACH (row, pass->idl) {
        struct trial trial = { row->trial_since, row->trial_counted,
                               row->trial_heavy };

        if (is_ours(pass, row->node)) {
            observer_restore_trial(pass->observer, row->interface,
                                   row->workload, &trial, pass->now);
        }
    }
}

/* Is there another node with our name, and alive?  A row that is not renewed
 * while we watch is what we were before our system-id changed. */
static bool
has_rival(struct pass *pass)
{
    struct footprint_rows *rows = pass->rows;
    const struct fprec_node *row = find_node(pass, rows->node);
    long long int patience;

    if (!row || (!strcmp(row->system_id, pass->facts->system_id)
                 && !strcmp(row->node, rows->node))) {
        rows->rival_since = 0;
        set_problem(rows, NULL);
        return false;
    }
    if (!rows->rival_since || rows->rival_seen != row->last_seen) {
        rows->rival_since = pass->now->mono;
        rows->rival_seen = row->last_seen;
    }
    patience = MIN(row->heartbeat_interval, 3600) * 1000 * DEAD_HEARTBEATS;
    if (pass->now->mono - rows->rival_since < patience) {
        set_problem(rows, xasprintf(
            "another node (system-id %s) writes into OVS_Footprint as \"%s\", "
            "so this one does not: give this node another name with "
            "external_ids:footprint-node-name", row->system_id, rows->node));
        return true;
    }
    set_problem(rows, NULL);
    return false;
}

/* Removes what stands under the name that we had before. */
static void
remove_old_name(struct pass *pass)
{
    const struct fprec_observation *observation;
    const struct fprec_instance *instance;
    const struct fprec_node *node;
    const char *old = pass->rows->old_node;

    if (!old) {
        return;
    }
    FPREC_NODE_FOR_EACH_SAFE (node, pass->idl) {
        if (!strcmp(node->node, old)) {
            fprec_node_delete(node);
        }
    }
    FPREC_INSTANCE_FOR_EACH_SAFE (instance, pass->idl) {
        if (!strcmp(instance->node, old)) {
            fprec_instance_delete(instance);
        }
    }
    FPREC_OBSERVATION_FOR_EACH_SAFE (observation, pass->idl) {
        if (!strcmp(observation->node, old)) {
            fprec_observation_delete(observation);
        }
    }
    free(pass->rows->old_node);
    pass->rows->old_node = NULL;
}

static void
write_node(struct pass *pass, const struct node_facts *facts)
{
    const struct fprec_node *row = find_node(pass, facts->name);

    if (!row) {
        row = fprec_node_insert(pass->txn);
        fprec_node_set_name(row, facts->name);
    }
    fprec_node_set_node(row, pass->rows->node);
    fprec_node_set_system_id(row, pass->facts->system_id);
    fprec_node_set_heartbeat_interval(row, pass->rows->heartbeat);
    fprec_node_set_last_seen(row, pass->now->wall / 1000);
    row_set_node_facts(row, facts);
    fprec_node_set_version(row, pass->facts->version);
    COVERAGE_INC(footprint_rows_written);
}

static const struct node_facts *
find_node_facts(const struct rows_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->n_nodes; i++) {
        if (!strcmp(facts->nodes[i].name, name)) {
            return &facts->nodes[i];
        }
    }
    return NULL;
}

static void
write_nodes(struct pass *pass)
{
    const struct fprec_node *row;

    FPREC_NODE_FOR_EACH_SAFE (row, pass->idl) {
        if (is_ours(pass, row->node)
            && !find_node_facts(pass->facts, row->name)) {
            fprec_node_delete(row);
        }
    }
    for (size_t i = 0; i < pass->facts->n_nodes; i++) {
        const struct node_facts *facts = &pass->facts->nodes[i];

        row = find_node(pass, facts->name);
        if (row && !is_ours(pass, row->node) && i) {
            /* Somebody else's: not ours to change. */
            continue;
        }
        if (pass->heartbeat || !row
            || (pass->batch && row_lacks_node_news(row, facts))) {
            write_node(pass, facts);
        }
    }
}

static void
write_trial(struct pass *pass, const struct fprec_instance *row,
            const char *interface)
{
    struct trial trial;

    if (observer_get_trial(pass->observer, interface, pass->now, &trial)) {
        fprec_instance_set_trial_since(row, trial.since);
        fprec_instance_set_trial_counted(row, trial.counted);
        fprec_instance_set_trial_heavy(row, trial.heavy);
    }
}

static void
write_instance(struct pass *pass, const struct fprec_instance *row,
               const struct instance_facts *facts)
{
    if (!row) {
        row = fprec_instance_insert(pass->txn);
        fprec_instance_set_node(row, pass->rows->node);
        fprec_instance_set_interface(row, facts->interface);
    }
    row_set_instance_facts(row, facts);
    if (sset_contains(&pass->trials, facts->interface)) {
        write_trial(pass, row, facts->interface);
    }
    COVERAGE_INC(footprint_rows_written);
}

/* Writes the row of the container that 'node', one of pass->facts->instances,
 * stands for, if that is necessary.  'row' is null if there is none. */
static void
check_instance(struct pass *pass, const struct fprec_instance *row,
               const struct shash_node *node)
{
    struct instance_facts facts;

    pass->facts->get_instance(node, pass->facts->aux, &facts);
    if (!row || row_lacks_instance_flag(row, &facts)
        || (pass->heartbeat && row_lacks_instance_number(row, &facts))
        || sset_contains(&pass->trials, facts.interface)) {
        write_instance(pass, row, &facts);
    }
}

static void
remove_instance(const struct fprec_instance *row)
{
    fprec_instance_delete(row);
    COVERAGE_INC(footprint_rows_removed);
}

static void
write_all_instances(struct pass *pass)
{
    struct shash own = SHASH_INITIALIZER(&own);
    const struct fprec_instance *row;
    struct shash_node *node;

    FPREC_INSTANCE_FOR_EACH (row, pass->idl) {
        if (is_ours(pass, row->node)) {
            shash_add(&own, row->interface, row);
        }
    }
    SHASH_FOR_EACH (node, pass->facts->instances) {
        check_instance(pass, shash_find_and_delete(&own, node->name), node);
    }
    SHASH_FOR_EACH (node, &own) {
        remove_instance(node->data);
    }
    shash_destroy(&own);
}

static void
write_touched_instances(struct pass *pass)
{
    const char *name;

    SSET_FOR_EACH (name, &pass->trials) {
        sset_add(&pass->rows->touched, name);
    }
    SSET_FOR_EACH (name, &pass->rows->touched) {
        const struct fprec_instance *row
            = footprint_db_find_instance(pass->db, name);
        const struct shash_node *node = shash_find(pass->facts->instances,
                                                   name);

        if (node) {
            check_instance(pass, row, node);
        } else if (row) {
            remove_instance(row);
        }
    }
}

/* A transaction that failed, because the database refuses it, say, is not
 * repeated four times a second. */
static void
check_failures(struct footprint_rows *rows, const struct footprint_db *db,
               long long int now)
{
    unsigned int n_failed = footprint_db_count_failed(db);

    if (n_failed != rows->n_failed) {
        rows->n_failed = n_failed;
        rows->backoff = MIN(MAX(rows->backoff * 2, MIN_BACKOFF_MSEC),
                            MAX_BACKOFF_MSEC);
        rows->next = now + rows->backoff;
        rows->invalid = true;
        rows->next_heartbeat = 0;
        observation_rows_sent(rows->observations, false);
    } else if (now >= rows->next + MIN_BACKOFF_MSEC) {
        rows->backoff = 0;
    }
}

/* All nodes together must not write in step. */
static long long int
jitter(long long int msec)
{
    return msec - random_range(msec / 4 + 1);
}

static void
set_deadlines(struct pass *pass)
{
    struct footprint_rows *rows = pass->rows;
    long long int now = pass->now->mono;

    rows->next = now + ROWS_MIN_GAP_MSEC;
    if (pass->heartbeat) {
        rows->next_heartbeat = now + jitter(rows->heartbeat * 1000LL);
    }
    if (pass->batch) {
        rows->next_batch = LLONG_MAX;
    } else {
        rows->next_batch = MIN(rows->next_batch, now + ROWS_BATCH_MSEC);
    }
    rows->invalid = false;
}

/* What others, or we, have changed in the database is looked at again. */
static void
take_changes(struct footprint_rows *rows, struct footprint_db *db)
{
    struct sset *touched = observation_rows_get_touched(rows->observations);

    rows->db_seqno = footprint_db_get_seqno(db);
    if (footprint_db_take_own_changes(db, &rows->touched, touched)) {
        rows->invalid = true;
    }
}

/* Writes what 'pass' says has to be looked at. */
static void
write_rows(struct pass *pass)
{
    struct footprint_rows *rows = pass->rows;

    remove_old_name(pass);
    rows->batch_invalid |= pass->all;
    if (pass->batch) {
        struct observation_target target = get_target(pass);

        observation_rows_run(rows->observations, &target,
                             rows->batch_invalid);
        rows->batch_invalid = false;
    }
    write_nodes(pass);
    if (pass->all) {
        write_all_instances(pass);
    } else {
        write_touched_instances(pass);
    }
    sset_destroy(&rows->touched);
    sset_init(&rows->touched);
}

void
footprint_rows_run(struct footprint_rows *rows, struct footprint_db *db,
                   struct ovsdb_idl_txn *txn, const struct rows_facts *facts,
                   const struct moment *now)
{
    struct pass pass = {
        .rows = rows, .db = db, .idl = footprint_db_get_idl(db), .txn = txn,
        .observer = facts->observer, .facts = facts, .now = now,
    };

    check_failures(rows, db, now->mono);
    if (!txn || !footprint_rows_is_due(rows, db, now)) {
        return;
    }
    take_changes(rows, db);
    if (has_rival(&pass)) {
        rows->next = now->mono + MIN_BACKOFF_MSEC;
        return;
    }
    sset_init(&pass.trials);
    restore(&pass, footprint_db_get_generation(db));
    observation_rows_sent(rows->observations, true);
    pass.heartbeat = now->mono >= rows->next_heartbeat;
    pass.batch = pass.heartbeat || now->mono >= rows->next_batch;
    pass.all = pass.heartbeat || rows->invalid;
    write_rows(&pass);
    sset_destroy(&pass.trials);
    set_deadlines(&pass);
}

bool
footprint_rows_clear(struct footprint_rows *rows,
                     const struct footprint_db *db, struct ovsdb_idl_txn *txn)
{
    struct ovsdb_idl *idl = footprint_db_get_idl(db);
    const struct fprec_instance *instance;
    const struct fprec_node *node;
    bool any = false;

    if (!txn) {
        return true;
    }
    FPREC_NODE_FOR_EACH_SAFE (node, idl) {
        if (!strcmp(node->node, rows->node)) {
            fprec_node_delete(node);
            any = true;
        }
    }
    FPREC_INSTANCE_FOR_EACH_SAFE (instance, idl) {
        if (!strcmp(instance->node, rows->node)) {
            fprec_instance_delete(instance);
            any = true;
        }
    }
    return any;
}

const char *
footprint_rows_get_problem(const struct footprint_rows *rows)
{
    return rows->problem;
}
