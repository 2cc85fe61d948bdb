/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/footprint-db.h"

#include <stdlib.h>
#include <string.h>

#include "lib/db-probe.h"
#include "lib/printable.h"
#include "lib/problem.h"
#include "lib/row-facts.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-idl.h"
#include "ovsdb/footprint-keys.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(footprint_db);

/* The major version of the schema, which changes only when clients must
 * change. */
#define SCHEMA_MAJOR 1

/* A server that has sent nothing for so long is probed.  A reader of nodes
 * only gets the other tables over another connection, and a server that sends
 * it a million rows at once answers nothing else meanwhile. */
#define PROBE_INTERVAL_MSEC 10000
#define PATIENT_PROBE_INTERVAL_MSEC 60000

/*             set_remote()             the database is there
 *     none  ---------------> probing ------------------------> replicating
 *       ^                       |                                   |
 *       +-----------------------+-----------------------------------+
 *                          set_remote() */
struct footprint_db {
    char *remotes;              /* Null: none. */
    char *node;                 /* The node that writes; null for a reader. */
    char *old_node;             /* Its previous name, whose rows are to be
                                 * removed, or null. */
    struct sset workloads;      /* Whose observations a node wants. */
    long long int half_life;    /* Of evidence, in seconds. */
    long long int said_half_life; /* The same as the database has it; 0 if it
                                   * does not. */
    char *option_problem;       /* Which option is invalid, or null. */

    struct db_probe *probe;     /* Nonnull while probing. */
    struct ovsdb_idl_loop loop; /* Its 'idl' is nonnull while replicating. */
    struct ovsdb_idl_index *by_workload; /* Of observations; null if
                                          * only nodes are read. */
    struct ovsdb_idl_txn *txn;  /* That may be written to, or null. */
    struct ovsdb_idl_index *by_interface; /* Of instances. */
    unsigned int generation;    /* Of the replica. */

    /* What has changed in the replica, for a node. */
    struct sset changed;        /* Workloads, whosever observations. */
    struct sset own_workloads;  /* Those of our own rows. */
    struct sset own_interfaces; /* The interfaces of our own rows. */
    bool own_all;               /* May any of our own rows have changed? */
    unsigned int own_seqno;     /* Raised when one of our own rows changed. */
    unsigned int idl_seqno;     /* The IDL's, as of the last look at it. */
    bool was_connected;         /* Was it connected at that look? */

    bool own_pending;           /* Are our own rows still to come? */
    bool all_pending;           /* Are all workloads' observations to come? */
    unsigned int n_sent;        /* Transactions that were sent. */
    unsigned int n_failed;      /* Transactions that failed. */
    char *problem;              /* As last logged, or null. */
    bool nodes_only;            /* See footprint_db_read_nodes_only(). */
};

struct footprint_db *
footprint_db_create(const char *node)
{
    struct footprint_db *db = xzalloc(sizeof *db);

    db->node = nullable_xstrdup(node);
    sset_init(&db->workloads);
    sset_init(&db->changed);
    sset_init(&db->own_workloads);
    sset_init(&db->own_interfaces);
    db->half_life = LEARNING_HALF_LIFE;
    return db;
}

static void
disconnect(struct footprint_db *db)
{
    db_probe_destroy(db->probe);
    db->probe = NULL;
    if (db->loop.idl) {
        ovsdb_idl_loop_destroy(&db->loop);
    }
    memset(&db->loop, 0, sizeof db->loop);
    db->by_workload = NULL;
    db->by_interface = NULL;
    db->was_connected = false;
    db->txn = NULL;
}

void
footprint_db_destroy(struct footprint_db *db)
{
    if (db) {
        disconnect(db);
        sset_destroy(&db->workloads);
        sset_destroy(&db->changed);
        sset_destroy(&db->own_workloads);
        sset_destroy(&db->own_interfaces);
        free(db->remotes);
        free(db->node);
        free(db->old_node);
        free(db->problem);
        free(db->option_problem);
        free(db);
    }
}

void
footprint_db_set_remote(struct footprint_db *db, const char *remotes)
{
    if (nullable_string_is_equal(db->remotes, remotes)) {
        return;
    }
    disconnect(db);
    free(db->remotes);
    db->remotes = nullable_xstrdup(remotes);
    if (remotes) {
        db->probe = db_probe_create(remotes, "OVS_Footprint");
    }
}

void
footprint_db_read_nodes_only(struct footprint_db *db)
{
    db->nodes_only = true;
}

/* Has the server send the rows that this node needs, and finds out whether it
 * did.  Until then, and after each new connection, the IDL's condition
 * sequence number differs from the expected one. */
static void
set_conditions(struct footprint_db *db)
{
    struct ovsdb_idl_condition node, instance, observation;
    struct ovsdb_idl *idl = db->loop.idl;
    unsigned int seqno;
    const char *name;

    ovsdb_idl_condition_init(&node);
    ovsdb_idl_condition_init(&instance);
    ovsdb_idl_condition_init(&observation);
    fprec_node_add_clause_name(&node, OVSDB_F_EQ, db->node);
    fprec_node_add_clause_node(&node, OVSDB_F_EQ, db->node);
    fprec_instance_add_clause_node(&instance, OVSDB_F_EQ, db->node);
    fprec_observation_add_clause_node(&observation, OVSDB_F_EQ, db->node);
    if (db->old_node) {
        fprec_node_add_clause_node(&node, OVSDB_F_EQ, db->old_node);
        fprec_instance_add_clause_node(&instance, OVSDB_F_EQ, db->old_node);
        fprec_observation_add_clause_node(&observation, OVSDB_F_EQ,
                                          db->old_node);
    }
    SSET_FOR_EACH (name, &db->workloads) {
        fprec_observation_add_clause_workload(&observation, OVSDB_F_EQ, name);
    }
    seqno = fprec_node_set_condition(idl, &node);
    seqno = MAX(seqno, fprec_instance_set_condition(idl, &instance));
    seqno = MAX(seqno, fprec_observation_set_condition(idl, &observation));
    ovsdb_idl_condition_destroy(&node);
    ovsdb_idl_condition_destroy(&instance);
    ovsdb_idl_condition_destroy(&observation);
    db->all_pending = (!ovsdb_idl_has_ever_connected(idl)
                       || seqno != ovsdb_idl_get_condition_seqno(idl));
    db->own_pending = db->own_pending && db->all_pending;
}

void
footprint_db_set_node(struct footprint_db *db, const char *node)
{
    if (!nullable_string_is_equal(db->node, node)) {
        free(db->old_node);
        db->old_node = db->node;
        db->node = nullable_xstrdup(node);
        db->own_pending = db->all_pending = true;
    }
}

void
footprint_db_add_workload(struct footprint_db *db, const char *workload)
{
    if (sset_add(&db->workloads, workload)) {
        db->all_pending = true;
    }
}

void
footprint_db_remove_workload(struct footprint_db *db, const char *workload)
{
    if (sset_find_and_delete(&db->workloads, workload)) {
        db->all_pending = true;
    }
}

void
footprint_db_set_half_life(struct footprint_db *db, long long int half_life)
{
    db->half_life = half_life;
}

long long int
footprint_db_get_half_life(const struct footprint_db *db)
{
    return db->said_half_life ? db->said_half_life : db->half_life;
}

/* Reads the options that hold for all nodes. */
static void
read_options(struct footprint_db *db)
{
    const struct fprec_footprint_global *global
        = fprec_footprint_global_first(db->loop.idl);
    const char *value = (global ? smap_get(&global->options,
                                           FP_CFG_MEMORY_HALF_LIFE) : NULL);
    char *problem = NULL;

    if (value) {
        char *why = learning_parse_half_life(value, &db->said_half_life);

        if (why) {
            problem = xasprintf(FP_CFG_MEMORY_HALF_LIFE"=\"%s\" in options of "
                                "OVS_Footprint's Footprint_Global is "
                                "invalid: %s", printable(value), why);
            free(why);
        }
    } else if (footprint_db_is_current(db)) {
        db->said_half_life = 0;
    }
    if (problem_set(&db->option_problem, problem) && db->option_problem) {
        VLOG_WARN("%s; the last good value stays in force",
                  db->option_problem);
    }
}

const char *
footprint_db_get_problem(const struct footprint_db *db)
{
    return db->option_problem;
}

/* Registers what we read and write; the rest of the schema is for ovsdb-server
 * itself. */
static void
register_tables(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_table_class *const tables[] = {
        &fprec_table_node, &fprec_table_instance, &fprec_table_observation,
    };

    ovsdb_idl_add_table(idl, &fprec_table_footprint_global);
    ovsdb_idl_add_column(idl, &fprec_footprint_global_col_options);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        ovsdb_idl_add_table(idl, tables[i]);
        for (size_t j = 0; j < tables[i]->n_columns; j++) {
            ovsdb_idl_add_column(idl, &tables[i]->columns[j]);
        }
    }
}

/* Registers what a reader of nodes only reads. */
static void
register_nodes(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_table(idl, &fprec_table_footprint_global);
    ovsdb_idl_add_column(idl, &fprec_footprint_global_col_options);
    ovsdb_idl_add_table(idl, &fprec_table_node);
    for (size_t i = 0; i < fprec_table_node.n_columns; i++) {
        const struct ovsdb_idl_column *c = &fprec_table_node.columns[i];

        if (c != &fprec_node_col_external_ids
            && c != &fprec_node_col_system_id) {
            ovsdb_idl_track_add_column(idl, c);
        }
    }
}

static void
begin_replication(struct footprint_db *db)
{
    struct ovsdb_idl *idl = ovsdb_idl_create_unconnected(&fprec_idl_class,
                                                         false);

    db->generation++;
    if (db->nodes_only) {
        register_nodes(idl);
    } else {
        register_tables(idl);
    }
    if (db->node) {
        ovsdb_idl_track_add_all(idl);
    }
    if (!db->nodes_only) {
        db->by_workload = ovsdb_idl_index_create1(
            idl, &fprec_observation_col_workload);
        db->by_interface = ovsdb_idl_index_create1(
            idl, &fprec_instance_col_interface);
    }
    ovsdb_idl_set_leader_only(idl, false);
    ovsdb_idl_set_write_changed_only_all(idl, true);
    db->loop = (struct ovsdb_idl_loop) OVSDB_IDL_LOOP_INITIALIZER(idl);
    if (db->node) {
        db->own_pending = true;
        set_conditions(db);
    }
    ovsdb_idl_set_remote(idl, db->remotes, true);
    ovsdb_idl_set_probe_interval(idl, db->nodes_only
                                 ? PATIENT_PROBE_INTERVAL_MSEC
                                 : PROBE_INTERVAL_MSEC);
    db_probe_destroy(db->probe);
    db->probe = NULL;
}

static bool
is_compatible(const char *version)
{
    return version && atoi(version) == SCHEMA_MAJOR;
}

/* Logs why the database cannot be used, or that it can, whenever that
 * changes. */
static void
log_problem(struct footprint_db *db)
{
    char *problem = footprint_db_explain(db);

    if (!nullable_string_is_equal(problem, db->problem)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

        if (problem) {
            VLOG_INFO_RL(&rl, "OVS_Footprint: %s", problem);
        } else {
            VLOG_INFO_RL(&rl, "OVS_Footprint: connected to %s", db->remotes);
        }
    }
    free(db->problem);
    db->problem = problem;
}

/* Adds the tracked rows to what has changed.  Returns true if there were
 * any. */
static bool
collect_tracked_rows(struct footprint_db *db)
{
    const struct fprec_observation *observation;
    const struct fprec_instance *instance;
    const struct fprec_node *node;
    bool any = false, own = false;

    FPREC_OBSERVATION_FOR_EACH_TRACKED (observation, db->loop.idl) {
        any = true;
        sset_add(&db->changed, observation->workload);
        if (!strcmp(observation->node, db->node)) {
            own = true;
            sset_add(&db->own_workloads, observation->workload);
        }
    }
    FPREC_INSTANCE_FOR_EACH_TRACKED (instance, db->loop.idl) {
        any = own = true;
        sset_add(&db->own_interfaces, instance->interface);
    }
    FPREC_NODE_FOR_EACH_TRACKED (node, db->loop.idl) {
        any = own = true;
    }
    ovsdb_idl_track_clear(db->loop.idl);
    db->own_seqno += own;
    return any;
}

/* Finds out what has changed in the replica.  After a new connection, perhaps
 * to another server, changes need not be tracked, so that any of our own rows
 * may have changed. */
static void
collect_changes(struct footprint_db *db)
{
    unsigned int seqno = ovsdb_idl_get_seqno(db->loop.idl);
    bool connected = ovsdb_idl_is_connected(db->loop.idl);
    bool again = connected && !db->was_connected;

    db->was_connected = connected;
    if (seqno != db->idl_seqno || again) {
        db->idl_seqno = seqno;
        if (!collect_tracked_rows(db) || again) {
            db->own_all = true;
            db->own_seqno++;
        }
    }
}

struct ovsdb_idl_txn *
footprint_db_run(struct footprint_db *db)
{
    if (db->probe) {
        db_probe_run(db->probe);
        if (is_compatible(db_probe_get_version(db->probe))) {
            begin_replication(db);
        }
    }
    if (db->loop.idl) {
        db->txn = ovsdb_idl_loop_run(&db->loop);
        if (db->node && db->all_pending) {
            set_conditions(db);
        }
        read_options(db);
        if (db->node) {
            collect_changes(db);
        }
    }
    log_problem(db);
    return footprint_db_is_current(db) ? db->txn : NULL;
}

void
footprint_db_commit(struct footprint_db *db)
{
    if (db->loop.idl) {
        bool had_txn = db->loop.committing_txn != NULL;
        int result = ovsdb_idl_loop_commit_and_wait(&db->loop);

        db->txn = NULL;
        db->n_sent += !had_txn && db->loop.committing_txn;
        db->n_failed += !result;
    }
}

void
footprint_db_wait(struct footprint_db *db)
{
    /* While replicating, footprint_db_commit() waits. */
    if (db->probe) {
        db_probe_wait(db->probe);
        if (is_compatible(db_probe_get_version(db->probe))) {
            poll_immediate_wake();
        }
    }
}

struct ovsdb_idl *
footprint_db_get_idl(const struct footprint_db *db)
{
    return db->loop.idl;
}

bool
footprint_db_is_current(const struct footprint_db *db)
{
    struct ovsdb_idl *idl = db->loop.idl;

    return (idl && ovsdb_idl_has_ever_connected(idl)
            && ovsdb_idl_is_connected(idl)
            && !(db->node && db->own_pending));
}

bool
footprint_db_is_absent(const struct footprint_db *db)
{
    return !db->remotes || (db->probe && db_probe_is_absent(db->probe));
}

unsigned int
footprint_db_get_generation(const struct footprint_db *db)
{
    return db->generation;
}

unsigned int
footprint_db_get_seqno(const struct footprint_db *db)
{
    return db->own_seqno;
}

/* Moves all of 'from' to 'to'.  'from' is made anew, since an sset that was
 * large once stays large, and slow to iterate over. */
static void
move_names(struct sset *to, struct sset *from)
{
    const char *name;

    if (!sset_is_empty(from)) {
        SSET_FOR_EACH (name, from) {
            sset_add(to, name);
        }
        sset_destroy(from);
        sset_init(from);
    }
}

bool
footprint_db_take_own_changes(struct footprint_db *db,
                              struct sset *interfaces, struct sset *workloads)
{
    bool all = db->own_all;

    move_names(interfaces, &db->own_interfaces);
    move_names(workloads, &db->own_workloads);
    db->own_all = false;
    return all;
}

const struct fprec_instance *
footprint_db_find_instance(const struct footprint_db *db,
                           const char *interface)
{
    struct fprec_instance *key
        = fprec_instance_index_init_row(db->by_interface);
    const struct fprec_instance *row, *found = NULL;

    fprec_instance_index_set_interface(key, interface);
    FPREC_INSTANCE_FOR_EACH_EQUAL (row, key, db->by_interface) {
        if (!strcmp(row->node, db->node)) {
            found = row;
            break;
        }
    }
    fprec_instance_index_destroy_row(key);
    return found;
}

const struct fprec_observation *
footprint_db_find_observation(const struct footprint_db *db,
                              const char *workload)
{
    struct fprec_observation *key
        = fprec_observation_index_init_row(db->by_workload);
    const struct fprec_observation *row, *found = NULL;

    fprec_observation_index_set_workload(key, workload);
    FPREC_OBSERVATION_FOR_EACH_EQUAL (row, key, db->by_workload) {
        if (!strcmp(row->node, db->node)) {
            found = row;
            break;
        }
    }
    fprec_observation_index_destroy_row(key);
    return found;
}

unsigned int
footprint_db_count_sent(const struct footprint_db *db)
{
    return db->n_sent;
}

unsigned int
footprint_db_count_failed(const struct footprint_db *db)
{
    return db->n_failed;
}

/* Returns a malloc()'d sentence that says why a database whose schema has
 * 'version' cannot be used. */
static char *
explain_version(const char *version)
{
    return xasprintf("the schema's version there, %s, is %s than ours, %d: %s",
                     version, atoi(version) > SCHEMA_MAJOR ? "newer" : "older",
                     SCHEMA_MAJOR, atoi(version) > SCHEMA_MAJOR
                     ? "upgrade ovs-footprint on this node"
                     : "\"ovs-footprint-ctl start\" converts it");
}

char *
footprint_db_explain(const struct footprint_db *db)
{
    if (!db->remotes) {
        return xstrdup("no database is configured");
    } else if (db->probe) {
        const char *version = db_probe_get_version(db->probe);

        return (!version ? db_probe_explain(db->probe)
                : is_compatible(version) ? xstrdup("connecting")
                : explain_version(version));
    } else if (!ovsdb_idl_is_connected(db->loop.idl)
               || !ovsdb_idl_has_ever_connected(db->loop.idl)) {
        return xasprintf("%s is away, retrying", db->remotes);
    }
    return NULL;
}

void
footprint_db_learn(const struct footprint_db *db, const char *workload,
                   const struct observation *own, long long int now,
                   struct learned *learned)
{
    struct observation *observations = NULL;
    size_t n = 0, allocated = 0;

    if (own) {
        observations = x2nrealloc(observations, &allocated,
                                  sizeof *observations);
        observations[n++] = *own;
    }

    if (db->by_workload) {
        struct fprec_observation *key
            = fprec_observation_index_init_row(db->by_workload);
        const struct fprec_observation *row;

        fprec_observation_index_set_workload(key, workload);
        FPREC_OBSERVATION_FOR_EACH_EQUAL (row, key, db->by_workload) {
            if (db->node && !strcmp(row->node, db->node)) {
                continue;
            }
            if (n >= allocated) {
                observations = x2nrealloc(observations, &allocated,
                                          sizeof *observations);
            }
            observations[n++] = row_get_observation(row);
        }
        fprec_observation_index_destroy_row(key);
    }
    learning_sum(observations, n, footprint_db_get_half_life(db), now,
                 learned);
    free(observations);
}

void
footprint_db_get_changed(struct footprint_db *db, struct sset *names)
{
    move_names(names, &db->changed);
}

void
footprint_db_get_workloads(const struct footprint_db *db, struct sset *names)
{
    const struct fprec_observation *row;

    if (db->loop.idl) {
        FPREC_OBSERVATION_FOR_EACH (row, db->loop.idl) {
            sset_add(names, row->workload);
        }
    }
}
