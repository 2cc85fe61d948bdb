/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_FEED_H
#define CLUSTER_FEED_H 1

/* Feeds a cluster with instances and with what was learned, as OVS_Footprint
 * changes.
 *
 * With 100,000 containers there are so many of these rows that the OVSDB IDL
 * would take ten times the memory that they take in the cluster: it keeps each
 * column of a row twice, whether that is of interest or not.  So they come
 * from one level below it, from ovsdb-cs, which keeps nothing.
 *
 * They are not read all at once, since that would be a tree of JSON of the
 * same size: the server is asked for the rows that some nodes have written,
 * then for those of some more, and in the end for all.  After a connection was
 * lost, all of that is done again, and the rows that did not come again are
 * removed; until then, what was known remains. */

#include <stdbool.h>

struct cluster;
struct cluster_feed;

/* Connects to 'remotes'; 'cluster' knows the names of the nodes already, if
 * they have rows. */
struct cluster_feed *cluster_feed_create(const char *remotes,
                                         struct cluster *cluster);
void cluster_feed_destroy(struct cluster_feed *);

void cluster_feed_run(struct cluster_feed *);
void cluster_feed_wait(struct cluster_feed *);

/* Is all there, as new as the server has it? */
bool cluster_feed_is_current(const struct cluster_feed *);

#endif /* cluster-feed.h */
