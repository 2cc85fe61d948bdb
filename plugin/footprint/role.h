/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */


#ifndef ROLE_H
#define ROLE_H 1

/* Which end of a flow a container is, and so whether it sends or receives.
 *
 * Conntrack's zone says whose flow it is, and the tuple says who speaks to
 * whom, but nothing in either says which of the two addresses is the
 * container's.  Pure. */

#include "conntrack/ct-flow.h"
#include "footprint/footprint.h"

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

/* The same by the mark alone. */
enum role_end role_find_marked_end(const struct ct_flow *flow);

/* Whether a container at 'end' of 'flow' sends most of the bytes or receives
 * them; FOOTPRINT_NONE if 'end' is unknown. */
enum footprint_role role_of_end(const struct ct_flow *flow, enum role_end);

#endif /* role.h */
