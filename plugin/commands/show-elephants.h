/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_ELEPHANTS_H
#define SHOW_ELEPHANTS_H 1

/* "show-elephants": the elephants, whose they are, and what they move. */

struct node_parts;
struct report;

/* Returns a new report; the caller must destroy it. */
struct report *show_elephants(const struct node_parts *);

#endif /* show-elephants.h */
