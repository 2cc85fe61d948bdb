/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_NODES_H
#define CLUSTER_NODES_H 1

/* The nodes of a cluster, for the other files that make a cluster up.
 *
 * A node is there as long as anything speaks of it: its row, its guests, its
 * instances or pods that were just placed.  Pure. */

#include "cluster.h"

/* A row of the table Node, to find the node by. */
struct node_row {
    struct hmap_node hmap_node; /* In the cluster's node_rows, by 'uuid'. */
    struct uuid uuid;
    struct cluster_node *node;
};

/* Returns the node 'name', which is made if nothing spoke of it before. */
struct cluster_node *cluster_get_node(struct cluster *, const char *name);

/* Returns a row's 'rate', in bit/s, limited to what is possible: a row of
 * nonsense must not spoil sums. */
double cluster_clean_rate(double rate);

/* What is on the link of 'node', and so on its hypervisor's, has changed. */
void cluster_note_change(struct cluster_node *node);

/* Finds out, once a second, which nodes have missed too many heartbeats. */
void cluster_find_stale_nodes(struct cluster *);

/* Frees 'node', which may be null, if nothing speaks of it any more. */
void cluster_forget_node(struct cluster *, struct cluster_node *node);

#endif /* cluster-nodes.h */
