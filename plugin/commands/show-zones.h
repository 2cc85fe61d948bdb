/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_ZONES_H
#define SHOW_ZONES_H 1

/* "show-zones": each container's conntrack zone, and what is wrong with it. */

struct node_parts;
struct report;

/* Returns a new report; the caller must destroy it. */
struct report *show_zones(const struct node_parts *);

#endif /* show-zones.h */
