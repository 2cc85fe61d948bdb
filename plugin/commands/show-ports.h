/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_PORTS_H
#define SHOW_PORTS_H 1

/* "show-ports": what is behind each port, and how that is known. */

struct node_parts;
struct report;

/* Returns a new report; the caller must destroy it. */
struct report *show_ports(const struct node_parts *);

#endif /* show-ports.h */
