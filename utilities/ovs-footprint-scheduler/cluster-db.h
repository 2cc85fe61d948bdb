/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_DB_H
#define CLUSTER_DB_H 1

/* Brings what OVS_Footprint says into the cluster, change by change. */

struct cluster;
struct footprint_db;

/* Takes over what has changed since the last call. */
void cluster_db_run(struct cluster *, struct footprint_db *);

#endif /* cluster-db.h */
