/* SPDX-License-Identifier: Apache-2.0 */

#ifndef REMOVAL_H
#define REMOVAL_H 1

/* Tells whether all that is ours has been removed, when the daemon is told to
 * clean up, and gives an account of it for people.  The other parts do the
 * removing. */

#include <stdbool.h>

#include "simap.h"

struct ds;
struct foreign_zones;
struct node_parts;

struct removal {
    const struct node_parts *parts;
    const struct foreign_zones *foreign_zones;
    struct simap flows;         /* How many there were, by bridge. */
};

void removal_init(struct removal *, const struct node_parts *,
                  const struct foreign_zones *);
void removal_destroy(struct removal *);

/* Remembers how many flows of ours 'bridge' has, as long as there are any. */
void removal_note_flows(struct removal *, const char *bridge);

/* Is nothing of ours left?  'has_all' says whether the topology knows of all
 * flows. */
bool removal_is_done(const struct removal *, bool has_all);

/* Appends to 's' what was removed, a line for each. */
void removal_describe(const struct removal *, struct ds *s);

/* Appends to 's' what may be left, and why, a line for each. */
void removal_describe_rest(const struct removal *, struct ds *s);

#endif /* removal.h */
