/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOOTPRINT_DB_H
#define FOOTPRINT_DB_H 1

/* A connection to the database OVS_Footprint, for those who write into it (a
 * node) and those who only read it (the scheduler shim).
 *
 * The database may not be there yet, may be away for any time, or may be newer
 * than we are.  None of that keeps anybody waiting: what was read last
 * remains, nothing is written meanwhile, and a sentence says why.
 *
 * A node replicates its own rows, and the observations of the workloads that
 * it names, whoever wrote them; a reader replicates all, or nodes only. */

#include <stdbool.h>

#include "lib/learning.h"

struct footprint_db;
struct fprec_instance;
struct fprec_observation;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct sset;

/* 'node' is the name of the node that writes, null for a reader. */
struct footprint_db *footprint_db_create(const char *node);
void footprint_db_destroy(struct footprint_db *);

/* Connects to 'remotes', one server or several of a cluster separated by
 * commas; or, if null, to none.  Does nothing if it is connected to these
 * already. */
void footprint_db_set_remote(struct footprint_db *, const char *remotes);

/* Has only the table Node replicated, for a reader that gets the rest in
 * another way, with changes tracked (OVSDB's _FOR_EACH_TRACKED): it must call
 * ovsdb_idl_track_clear() each time round.  To be called before
 * footprint_db_set_remote(). */
void footprint_db_read_nodes_only(struct footprint_db *);

/* 'node' is the name of the node that writes from now on. */
void footprint_db_set_node(struct footprint_db *, const char *node);

/* Has a node get the observations of 'workload', whoever made them, or not any
 * more. */
void footprint_db_add_workload(struct footprint_db *, const char *workload);
void footprint_db_remove_workload(struct footprint_db *, const char *workload);

/* Sets the half-life of evidence, in seconds, which holds unless the database
 * says otherwise (option "footprint-memory-half-life" of Footprint_Global).
 * If what that says is invalid, the last valid value stays in force. */
void footprint_db_set_half_life(struct footprint_db *, long long int);

/* Returns the half-life that is in force, in seconds. */
long long int footprint_db_get_half_life(const struct footprint_db *);

/* Returns a transaction that may be written to until footprint_db_commit(), or
 * null if nothing can be written at the moment. */
struct ovsdb_idl_txn *footprint_db_run(struct footprint_db *);

/* Sends what was written since footprint_db_run(), after each call of which it
 * must be called. */
void footprint_db_commit(struct footprint_db *);
void footprint_db_wait(struct footprint_db *);

/* The replica, for ovsdb/footprint-idl.h; null before there is one. */
struct ovsdb_idl *footprint_db_get_idl(const struct footprint_db *);

/* Is the replica as new as the server's? */
bool footprint_db_is_current(const struct footprint_db *);

/* Is it known that there is no such database? */
bool footprint_db_is_absent(const struct footprint_db *);

/* A number that changes with the database that is replicated. */
unsigned int footprint_db_get_generation(const struct footprint_db *);

/* A number that changes whenever the node's own rows in the replica may have
 * changed; those of others do not matter. */
unsigned int footprint_db_get_seqno(const struct footprint_db *);

/* Adds to 'interfaces' and to 'workloads' those whose rows of this node have
 * changed since the last call, whoever changed them.  Returns true if any row
 * may have changed, because there was a new connection since. */
bool footprint_db_take_own_changes(struct footprint_db *,
                                   struct sset *interfaces,
                                   struct sset *workloads);

/* The row of this node for an interface, or a workload; or null. */
const struct fprec_instance *footprint_db_find_instance(
    const struct footprint_db *, const char *interface);
const struct fprec_observation *footprint_db_find_observation(
    const struct footprint_db *, const char *workload);

/* Number of transactions that were sent. */
unsigned int footprint_db_count_sent(const struct footprint_db *);

/* Number of those that failed. */
unsigned int footprint_db_count_failed(const struct footprint_db *);

/* Returns a malloc()'d sentence that says why the replica is not current, null
 * if it is. */
char *footprint_db_explain(const struct footprint_db *);

/* Returns a sentence that says which option in the database is invalid, null
 * if none is. */
const char *footprint_db_get_problem(const struct footprint_db *);

/* Computes what is known of 'workload' at the time 'now', in seconds, from all
 * observations in the replica.  'own', which may be null, takes the place of
 * the one that stands there in our name. */
void footprint_db_learn(const struct footprint_db *, const char *workload,
                        const struct observation *own, long long int now,
                        struct learned *learned);

/* Adds to 'names' the workloads whose observations in the replica have changed
 * since the last call. */
void footprint_db_get_changed(struct footprint_db *, struct sset *names);

/* Adds to 'names' the names of all workloads in the replica. */
void footprint_db_get_workloads(const struct footprint_db *,
                                struct sset *names);

#endif /* footprint-db.h */
