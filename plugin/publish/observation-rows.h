/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OBSERVATION_ROWS_H
#define OBSERVATION_ROWS_H 1

/* A node's Observation rows: what it has seen of workloads, as the observer
 * has it, and what its previous run wrote.
 *
 * A workload's row is written when there is news of it.  All rows are looked
 * at with each heartbeat; in between only those that somebody touched in the
 * database, so that a change costs the same however many workloads there are.
 * footprint-rows.h decides when. */

#include <stdbool.h>

struct footprint_db;
struct moment;
struct observation_rows;
struct observer;
struct ovsdb_idl_txn;
struct sset;

/* Where observations come from and go to. */
struct observation_target {
    const struct footprint_db *db;
    const char *node;           /* The name that we write in. */
    bool known;                 /* Does the database know that name? */
    struct ovsdb_idl_txn *txn;
    struct observer *observer;
    const struct moment *now;
    struct sset *interfaces;    /* Gets the containers whose trials are in a
                                 * row that is written. */
};

struct observation_rows *observation_rows_create(void);
void observation_rows_destroy(struct observation_rows *);

/* The database or the name has changed: nothing was written there yet. */
void observation_rows_reset(struct observation_rows *);

/* Reads into the observer what the database says that this node has seen.  If
 * it is not the 'first' database, workloads that the observer knows are left
 * out: what it knows is as new, or newer. */
void observation_rows_restore(const struct observation_target *, bool first);

/* The rows of these workloads have changed in the database. */
struct sset *observation_rows_get_touched(struct observation_rows *);

/* Adds to the transaction what has to change, of 'all' workloads or of those
 * with news. */
void observation_rows_run(struct observation_rows *,
                          const struct observation_target *, bool all);

/* The last transaction has reached the database, or failed. */
void observation_rows_sent(struct observation_rows *, bool success);

#endif /* observation-rows.h */
