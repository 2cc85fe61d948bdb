/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_WORKLOADS_H
#define SHOW_WORKLOADS_H 1

/* "show-workloads": what is known of each workload that was on this node. */

struct node_parts;
struct report;

/* The caller must destroy the report. */
struct report *show_workloads(const struct node_parts *);

#endif /* show-workloads.h */
