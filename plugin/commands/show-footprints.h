/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_FOOTPRINTS_H
#define SHOW_FOOTPRINTS_H 1

/* "show-footprints": what each container is, and by which evidence. */

struct node_parts;
struct report;

/* Returns a new report; the caller must destroy it. */
struct report *show_footprints(const struct node_parts *);

#endif /* show-footprints.h */
