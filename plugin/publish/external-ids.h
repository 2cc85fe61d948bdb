/* SPDX-License-Identifier: Apache-2.0 */

#ifndef EXTERNAL_IDS_H
#define EXTERNAL_IDS_H 1

/* Writes footprints to external_ids in OVSDB: the only module that does.
 *
 * It compares what should stand in external_ids with what stands there, and
 * sets or removes single keys, so that it never disturbs another writer of the
 * same map.  Classes and roles are written at once, mere counters at most
 * every EXTERNAL_IDS_COUNTER_MSEC.  What stands there from a previous run of
 * the daemon stays as it is until this one knows as much, unless it is sure of
 * another class. */

#include <stdbool.h>
#include <stddef.h>

struct judge;
struct learner;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct external_ids;
struct topology;

#define EXTERNAL_IDS_COUNTER_MSEC 5000

/* What is published of the node as a whole. */
struct external_ids_node {
    size_t n_bridges;           /* Bridges that are served. */
    unsigned int n_elephants;   /* Conversations, each counted once. */
    unsigned int n_heavy;       /* Heavy containers. */
    bool restoring;             /* May some elephants of a previous run not
                                 * have been found again? */
    const char *detector;       /* Detector in use. */
};

struct external_ids *external_ids_create(void);
void external_ids_destroy(struct external_ids *);

/* Adds the columns that this module writes to what 'idl' replicates. */
void external_ids_register(struct ovsdb_idl *idl);

/* What is published. */
struct external_ids_inputs {
    const struct ovsdb_idl *idl;
    const struct topology *topology;
    const struct judge *judge;
    const struct learner *learner;
    struct external_ids_node node;
    bool all;                   /* May anything have changed but what
                                 * judge_get_changed() finds? */
};

/* Adds to 'txn' what has to change; null means: not this time round. */
void external_ids_run(struct external_ids *, struct ovsdb_idl_txn *txn,
                      const struct external_ids_inputs *, long long int now);

/* What was written did not reach the database, or there are Interfaces that
 * ceased to be ports of the topology: external_ids_run() is to compare them
 * all. */
void external_ids_invalidate(struct external_ids *);

/* True if external_ids_run() should be called though nothing changed: counters
 * that were out of date may be written now. */
bool external_ids_is_due(const struct external_ids *, long long int now);
void external_ids_wait(const struct external_ids *);

/* Removes every key of ours in 'txn'.  Returns the number of rows that had
 * any. */
size_t external_ids_clear(const struct ovsdb_idl *idl,
                          struct ovsdb_idl_txn *txn);

#endif /* external-ids.h */
