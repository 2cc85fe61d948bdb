/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_PORTS_H
#define SHOW_PORTS_H 1

/* "show-ports": each container's conntrack zone, and what is wrong with it. */

struct node_parts;
struct report;

/* Returns a new report; the caller must destroy it. */
struct report *show_ports(const struct node_parts *);

#endif /* show-ports.h */
