/* SPDX-License-Identifier: Apache-2.0 */

#ifndef NODE_H
#define NODE_H 1

/* The node: what the daemon does, with all its parts put together.
 *
 *     OVSDB --> settings, topology --> pipeline --> switch
 *                                 \
 *                 conntrack --> detector --> tracker --> footprint
 *                                                            \
 *                                                  OVSDB <-- publication
 */

#include <stdbool.h>

struct detector_cost_figures;
struct node;
struct node_parts;
struct ovsdb_idl;
struct ovsdb_idl_txn;

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

/* From now on node_run() removes all that is ours: flows and published keys.
 * Returns true when it has nothing left to remove. */
bool node_clean_up(struct node *);

/* After node_clean_up(), returns malloc()'d lines for people that say what was
 * removed or, if 'rest', what may be left, and why. */
char *node_describe_removal(const struct node *, bool rest);

/* The parts, for commands.c: see node-parts.h. */
const struct node_parts *node_get_parts(const struct node *);

/* Stores in '*figures' what the detector costs now, and what others would. */
void node_estimate_detector_cost(const struct node *,
                                 struct detector_cost_figures *figures);

#endif /* node.h */
