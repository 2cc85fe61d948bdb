/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_POLICIES_H
#define SHOW_POLICIES_H 1

/* "show-policies": what is done about the elephants of each container
 * for which somebody asked for it. */

struct node_parts;
struct report;

/* Returns a new report; the caller must destroy it. */
struct report *show_policies(const struct node_parts *);

#endif /* show-policies.h */
