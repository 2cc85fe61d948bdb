/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_DB_H
#define CLUSTER_DB_H 1

/* Brings what OVS_Footprint says into the cluster, change by change. */

#include <stdbool.h>

struct cluster;
struct cluster_feed;
struct footprint_db;

/* All zeros at the beginning, but for 'remotes'. */
struct cluster_db {
    const char *remotes;        /* The database's. */
    struct cluster_feed *feed;  /* Null until the nodes are known. */
    bool lost;                  /* Was the connection lost, without all nodes
                                 * having been looked at since? */
    unsigned int seqno;         /* Of the IDL, when it was looked at last. */
};

void cluster_db_destroy(struct cluster_db *);

/* Takes over what has changed since the last call.  'db' is of the same
 * remotes, and reads nodes only. */
void cluster_db_run(struct cluster_db *, struct cluster *,
                    struct footprint_db *db);
void cluster_db_wait(struct cluster_db *);

/* Is the cluster as new as the server's rows? */
bool cluster_db_is_current(const struct cluster_db *,
                           const struct footprint_db *);

/* Returns a malloc()'d sentence that says why it is not, null if it is. */
char *cluster_db_explain(const struct cluster_db *,
                         const struct footprint_db *);

#endif /* cluster-db.h */
