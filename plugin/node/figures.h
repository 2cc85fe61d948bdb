/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FIGURES_H
#define FIGURES_H 1

/* Collects the figures of the node that are told by /metrics and in the
 * feature file for node-feature-discovery. */

struct metrics_figures;
struct nfd_file_node;
struct node_parts;

/* Fills in '*figures', except for the entries of zones, which others count. */
void figures_gather_metrics(const struct node_parts *,
                            struct metrics_figures *figures);

/* Fills in all of the struct. */
void figures_gather_nfd(const struct node_parts *, struct nfd_file_node *);

#endif /* figures.h */
