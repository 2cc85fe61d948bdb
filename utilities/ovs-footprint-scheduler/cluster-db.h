/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_DB_H
#define CLUSTER_DB_H 1

/* Brings what OVS_Footprint says into the cluster, change by change. */

#include <stdbool.h>

struct cluster;
struct footprint_db;

/* All zeros at the beginning. */
struct cluster_db {
    bool lost;                  /* Was the connection, and have all rows not
                                 * been looked at since? */
    unsigned int seqno;         /* Of the IDL, when it was looked at last. */
};

/* Takes over what has changed since the last call. */
void cluster_db_run(struct cluster_db *, struct cluster *,
                    struct footprint_db *);

#endif /* cluster-db.h */
