/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOREIGN_FLOWS_H
#define FOREIGN_FLOWS_H 1

/* Looks through the flows and groups of a bridge that are not ours for
 * whatever a pipeline of ours would collide with.
 *
 * Pure: remembers nothing but its findings. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_spec;
struct ofpact;
struct ofputil_group_desc;
struct pipeline_layout;

/* Number of 32-bit registers of a packet that may be ours, reg0 and so on.
 * Open vSwitch 4.0 has more than these, which 3.1 does not know. */
#define FOREIGN_N_REGS 16

/* The findings.  Strings are malloc()'d. */
struct foreign_flows {
    char *collision;            /* A sentence for people that names the first
                                 * flow or group that is in the way, or
                                 * null. */
    char *end;                  /* A phrase that names the first after which
                                 * nothing can be accounted, or null. */
    char *marker;               /* A phrase that names the first flow that has
                                 * to do with packets' marks, or null. */
    uint32_t marks;             /* Bits of marks that any of them are about. */
    uint16_t regs;              /* Registers that are named by any of them: a
                                 * 1-bit for each. */
    bool tracks;                /* Some track connections, or look at what
                                 * tracking found. */
    bool irreversible;          /* Some in table 0 have actions that cannot be
                                 * undone. */
};

void foreign_flows_init(struct foreign_flows *);
void foreign_flows_destroy(struct foreign_flows *);

/* Takes account of 'flow', which is not ours. */
void foreign_flows_add_flow(struct foreign_flows *,
                            const struct pipeline_layout *,
                            const struct flow_spec *flow);

/* Does 'flow' have an action after which nothing can be accounted? */
bool foreign_flows_is_end(const struct flow_spec *flow);

/* Takes account of 'group', whoever made it. */
void foreign_flows_add_group(struct foreign_flows *,
                             const struct pipeline_layout *,
                             const struct ofputil_group_desc *group);

#endif /* foreign-flows.h */
