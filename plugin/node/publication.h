/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PUBLICATION_H
#define PUBLICATION_H 1

/* What others may know of the node: keys and queues in OVSDB, and for those
 * who do not read that, /metrics and the file for node-feature-discovery.
 *
 * It decides when each of these is to be compared with what there is;
 * plugin/publish does that. */

#include <stdbool.h>
#include <stddef.h>

struct node_parts;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct publication;
struct svec;

/* 'parts' is what it tells of.  It need not be filled in yet. */
struct publication *publication_create(const struct node_parts *parts);

/* Leaves all that was published as it is. */
void publication_destroy(struct publication *);

/* Adds the columns that it reads and writes to what 'idl' replicates. */
void publication_register(struct ovsdb_idl *idl);

/* Anything that is published may have changed. */
void publication_note_change(struct publication *);

/* What judge_get_changed() finds has changed, or what is published of the node
 * as a whole. */
void publication_note_ports(struct publication *);

/* What stands in the database may not be what was last written there. */
void publication_invalidate(struct publication *);

/* Publishes what has to be, or removes all of it if 'cleaning_up'.  'txn' may
 * be null: then the database has to wait. */
void publication_run(struct publication *, struct ovsdb_idl_txn *txn,
                     bool cleaning_up, long long int now);
void publication_wait(const struct publication *);

/* Did anything change since the database was last compared? */
bool publication_is_due(const struct publication *);

/* Number of rows of OVSDB from which keys of ours were removed, when all of
 * them were. */
size_t publication_count_cleared(const struct publication *);

/* Is there an uplink without the queues that are asked for? */
bool publication_are_queues_refused(const struct publication *);

/* Appends what is wrong to 'problems', as sentences for people. */
void publication_get_problems(const struct publication *,
                              struct svec *problems);

#endif /* publication.h */
