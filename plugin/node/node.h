/* SPDX-License-Identifier: Apache-2.0 */

#ifndef NODE_H
#define NODE_H 1

/* The node: what the daemon does, with all its parts put together.
 *
 *     OVSDB --> settings, topology --> pipeline --> switch
 *                                 \
 *                 conntrack --> detector --> tracker --> footprint
 *                                                            \
 *                                                  OVSDB <-- external_ids
 */

#include <stdbool.h>

struct detector_cost_figures;
struct guard;
struct judge;
struct learner;
struct metrics_server;
struct nfd_file;
struct node;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct pipelines;
struct policies;
struct uplink_qos;
struct watch;

/* The IDL is connected to the database 'remote'. */
struct node *node_create(struct ovsdb_idl *, const char *remote);

/* Leaves flows and published keys as they are, so that a restart of the daemon
 * goes unnoticed. */
void node_destroy(struct node *);

/* Adds everything that the node reads or writes to what 'idl' replicates. */
void node_register(struct ovsdb_idl *idl);

/* Does what there is to do.  'txn' may be null: then nothing is published this
 * time round. */
void node_run(struct node *, struct ovsdb_idl_txn *txn);
void node_wait(struct node *);

/* The transaction passed to node_run() did not reach the database: publish
 * again. */
void node_publish_again(struct node *);

/* Whether the database keeps refusing what is published, for show-status. */
void node_note_refused(struct node *, bool refused);
bool node_is_refused(const struct node *);

/* Is there a connection to the database? */
bool node_is_connected(const struct node *);

/* From now on node_run() removes all that is ours: flows and published keys.
 * Returns true when it has nothing left to remove. */
bool node_clean_up(struct node *);

/* For commands.c. */
const struct settings *node_get_settings(const struct node *);
const struct topology *node_get_topology(const struct node *);
const struct tracker *node_get_tracker(const struct node *);
struct learner *node_get_learner(const struct node *);
const struct guard *node_get_guard(const struct node *);
const struct judge *node_get_judge(const struct node *);
const struct uplink_qos *node_get_uplink_qos(const struct node *);
const struct policies *node_get_policies(const struct node *);
const struct pipelines *node_get_pipelines(const struct node *);
struct watch *node_get_watch(const struct node *);
const struct metrics_server *node_get_metrics_server(const struct node *);
const struct nfd_file *node_get_nfd_file(const struct node *);

/* Stores in '*figures' what the detector costs now, and what others would. */
void node_estimate_detector_cost(const struct node *,
                                 struct detector_cost_figures *figures);

#endif /* node.h */
