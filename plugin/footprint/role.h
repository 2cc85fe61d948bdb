/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ROLE_H
#define ROLE_H 1

/* Which end of a flow a container is, and so whether it sends or receives.
 *
 * Conntrack's zone says whose flow it is, and the tuple says who speaks to
 * whom, but nothing in either says which of the two addresses is the
 * container's.  Pure. */

#include <stdbool.h>

#include "conntrack/ct-flow.h"
#include "lib/footprint-class.h"

struct identity;

/* Which end of a flow's tuple the container is. */
enum role_end {
    ROLE_END_UNKNOWN,
    ROLE_END_SRC,               /* It sends the original direction. */
    ROLE_END_DST,               /* It receives the original direction. */
};

/* Finds which end of 'flow' the container with the given identity is.  Tried
 * in this order: the container's addresses, if its identity gives any; the low
 * byte of its address in the conntrack mark, where the pipeline of pipeline.h
 * put it and the two ends differ in it. */
enum role_end role_find_end(const struct ct_flow *flow,
                            const struct identity *);

/* Returns which end is the container, given whether 'src' and whether 'dst'
 * may be it: ROLE_END_UNKNOWN unless it is exactly one of them. */
enum role_end role_choose_end(bool src, bool dst);

/* Whether a container at 'end' of 'flow' sends most of the bytes or receives
 * them; FOOTPRINT_NONE if 'end' is unknown. */
enum footprint_role role_of_end(const struct ct_flow *flow, enum role_end);

#endif /* role.h */
