/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOOTPRINT_ROWS_H
#define FOOTPRINT_ROWS_H 1

/* Writes a node's rows into OVS_Footprint: what it is (Node), what is on it
 * (Instance) and what it has seen of workloads (Observation).
 *
 * It compares what should be there with what is there, and writes the
 * difference, so that after a time without the database the truth is written,
 * not the history.  What a container is (heavy, light) is written at once,
 * though not more often than each ROWS_MIN_GAP_MSEC; all else is batched.  At
 * rest there is one transaction each heartbeat, and all rows are compared.  In
 * between, only rows that were reported to have changed, or to be out of date,
 * are compared, so that a change costs the same however many containers there
 * are.
 *
 * At first it reads what the node wrote in its previous run, so that the
 * observer goes on where that one ended.  An observation that somebody removed
 * from the database is forgotten; but if all rows of the node are gone, the
 * database is a new one, and they are written again. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/row-facts.h"

struct footprint_db;
struct footprint_rows;
struct moment;
struct observer;
struct ovsdb_idl_txn;
struct shash;
struct shash_node;

#define ROWS_MIN_GAP_MSEC 250
#define ROWS_BATCH_MSEC 5000
#define ROWS_HEARTBEAT 30       /* Seconds, unless configured. */

/* All that is to be written. */
struct rows_facts {
    struct observer *observer;  /* Has what was learned; at first, what a
                                 * previous run wrote is restored into it. */
    const char *system_id;
    const char *version;
    const struct node_facts *nodes;
    size_t n_nodes;

    /* The containers, by interface. */
    const struct shash *instances;

    /* Stores in '*facts' what one of them is.  Called with 'aux'. */
    void (*get_instance)(const struct shash_node *, const void *aux,
                         struct instance_facts *facts);
    const void *aux;
};

/* Rows are written in the name of 'node'. */
struct footprint_rows *footprint_rows_create(const char *node);
void footprint_rows_destroy(struct footprint_rows *);

/* Writes in the name of 'node' from now on, and removes what stands under the
 * previous name. */
void footprint_rows_set_node(struct footprint_rows *, const char *node);

/* 'seconds' may pass between heartbeats. */
void footprint_rows_set_heartbeat(struct footprint_rows *, int seconds);

/* Any facts may have changed that the database does not have yet. */
void footprint_rows_invalidate(struct footprint_rows *);

/* The facts of the container behind 'interface' changed, or it is gone. */
void footprint_rows_touch(struct footprint_rows *, const char *interface);

/* Would footprint_rows_run() look at its facts now? */
bool footprint_rows_is_due(const struct footprint_rows *,
                           const struct footprint_db *,
                           const struct moment *);

/* Adds to 'txn' what has to change.  Null means: not this time round. */
void footprint_rows_run(struct footprint_rows *, struct footprint_db *,
                        struct ovsdb_idl_txn *txn, const struct rows_facts *,
                        const struct moment *);
void footprint_rows_wait(const struct footprint_rows *);

/* Removes the Node and Instance rows.  What was learned remains.  Returns true
 * if there were any. */
bool footprint_rows_clear(struct footprint_rows *,
                          const struct footprint_db *,
                          struct ovsdb_idl_txn *txn);

/* Why nothing is written though the database is there, or null. */
const char *footprint_rows_get_problem(const struct footprint_rows *);

#endif /* footprint-rows.h */
