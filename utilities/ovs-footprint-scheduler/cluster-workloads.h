/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_WORKLOADS_H
#define CLUSTER_WORKLOADS_H 1

/* The workloads of a cluster, for the other files that make a cluster up.
 *
 * A workload is there as long as anything speaks of it: what was learned, or
 * its instances.  Pure: the time is the cluster's. */

#include "cluster.h"

/* Returns the workload 'key', which is made if nothing spoke of it before. */
struct cluster_workload *cluster_take_workload(struct cluster *,
                                               const char *key);

/* Frees the workload, which may be null, if nothing speaks of it any more. */
void cluster_forget_workload(struct cluster *, struct cluster_workload *);

/* Updates what instances of the workload are told to what was learned of it.
 * Returns true if that changed: whether it is heavy, or its rate, by more than
 * a tenth. */
bool cluster_settle_workload(struct cluster *, struct cluster_workload *);

/* Removes the observations that were not set since the cluster's generation
 * was increased. */
void cluster_sweep_observations(struct cluster *);

#endif /* cluster-workloads.h */
