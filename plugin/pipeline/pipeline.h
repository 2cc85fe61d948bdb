/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_H
#define PIPELINE_H 1

/* The OpenFlow flows that make conntrack account each container's traffic in
 * the container's own zone, on one bridge.
 *
 * Forwarding does not change: the flows track the packet without recirculating
 * it, clear what tracking left on it, and hand it to the bridge's own table 0
 * as it was, unless it is an elephant's and pipeline_set_elephants() says what
 * is to become of it.  (pipeline.c opens with the whole mechanism.)
 *
 * A pipeline holds what the flows should be, compares it with what the switch
 * has whenever it connects or either changes, and applies the difference in
 * one bundle.  It touches only flows that carry its cookie.  It never blocks;
 * while ovs-vswitchd is away it keeps trying.  Destroying a pipeline leaves
 * the flows in the switch, so that a restart of the daemon goes unnoticed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/pipeline-types.h"

struct ds;
struct pipeline;

/* Makes the pipeline of the bridge 'name'.  It wants no flows until
 * pipeline_set_ports() is called, and removes none before that. */
struct pipeline *pipeline_create(const char *name);

/* From now on the flows use the first table and the one after it, and the
 * register.  Whatever others have there makes the pipeline withdraw, with a
 * problem.  Flows that move do so all at once. */
void pipeline_configure(struct pipeline *, const struct pipeline_options *);

/* Leaves the flows in the switch. */
void pipeline_destroy(struct pipeline *);

/* From now on the flows for exactly these 'n' ports should be in the switch;
 * with 'n' zero, no flow of ours.  Copies what it needs.  Cheap when nothing
 * changed. */
void pipeline_set_ports(struct pipeline *, const struct pipeline_port *,
                        size_t n);

/* From now on exactly these 'n' elephants are treated and, if these are not
 * 'all', those of a previous run whose flows are in the switch.  Copies what
 * it needs.  Costs as much as changed, beside one look at each. */
void pipeline_set_elephants(struct pipeline *,
                            const struct pipeline_elephant *, size_t n,
                            bool all);

void pipeline_run(struct pipeline *);
void pipeline_wait(struct pipeline *);

/* True when the switch has confirmed exactly the flows last asked for. */
bool pipeline_is_synced(const struct pipeline *);

/* True when the switch is known to have no flow of ours. */
bool pipeline_is_empty(const struct pipeline *);

/* PIPELINE_INLINE or PIPELINE_ISOLATED, whichever the flows are made for. */
enum pipeline_order pipeline_get_order(const struct pipeline *);

/* With PIPELINE_AUTO, what speaks against PIPELINE_ISOLATED: a phrase for
 * people, or null.  Owned by the pipeline, valid until its next run. */
const char *pipeline_get_obstacle(const struct pipeline *);

/* A phrase for people that names a flow of others that has to do with any of
 * those 'bits' of packets' marks, so that ours leave them alone; null if there
 * is none.  Owned by the pipeline, valid until its next run. */
const char *pipeline_get_marker(const struct pipeline *, uint32_t bits);

/* Number of flows of ours in the switch, as last known. */
size_t pipeline_count_flows(const struct pipeline *);

/* What keeps the pipeline from being in sync, as a sentence for people, or
 * null.  Owned by the pipeline, valid until its next run. */
const char *pipeline_get_problem(const struct pipeline *);

#endif /* pipeline.h */
