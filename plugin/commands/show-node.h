/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_NODE_H
#define SHOW_NODE_H 1

/* "show-node": the rows in OVS_Footprint of this node and of its virtual
 * machines that are nodes themselves, and whether the database can be
 * reached. */

struct node_parts;
struct report;

/* The caller must destroy the report. */
struct report *show_node(const struct node_parts *);

#endif /* show-node.h */
