/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_ELEPHANTS_H
#define PIPELINE_ELEPHANTS_H 1

/* The elephants of a bridge that are treated, and the claims to flows that
 * follow from them.
 *
 * Keeps what was said last, so that one elephant that comes or goes costs one
 * flow.  Pure, like the flow table that it makes claims in. */

#include <stdbool.h>
#include <stddef.h>

struct flow_table;
struct pipeline_elephant;
struct pipeline_elephants;
struct pipeline_layout;

struct pipeline_elephants *pipeline_elephants_create(struct flow_table *);
void pipeline_elephants_destroy(struct pipeline_elephants *);

/* From now on the elephants are exactly these 'n' and, if these are not 'all',
 * those whose flows are seen in the switch. */
void pipeline_elephants_set(struct pipeline_elephants *,
                            const struct pipeline_elephant *, size_t n,
                            bool all);

/* Is nobody treated? */
bool pipeline_elephants_is_empty(const struct pipeline_elephants *);

/* From now on their flows live where 'layout' says, or nowhere if it is
 * null. */
void pipeline_elephants_place(struct pipeline_elephants *,
                              const struct pipeline_layout *);

#endif /* pipeline-elephants.h */
