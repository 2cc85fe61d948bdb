/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FLOW_FAULTS_H
#define FLOW_FAULTS_H 1

/* What keeps the flows that account a container's packets from doing so, on
 * bridges where that is our task.
 *
 * Flows are evidence of what a container does only when the switch has
 * confirmed them, and nothing is known that bypasses them. */

#include <stdbool.h>

struct detector_view;
struct flow_faults;
struct evidence;
struct topology;

/* In milliseconds: how long a switch may take to confirm flows until they are
 * believed to be missing. */
#define FLOW_FAULTS_PATIENCE 10000

struct flow_faults *flow_faults_create(void);
void flow_faults_destroy(struct flow_faults *);

/* Looks at all bridges.  Returns true if any answer of flow_faults_find() may
 * have changed. */
bool flow_faults_run(struct flow_faults *, const struct topology *,
                     const struct detector_view *, long long int now);

/* Returns why the flows of the port of 'e' do not account all of its packets,
 * or null if they do as far as is known.  If it is too early to say, sets
 * '*pending' to true and returns why.  Reasons are static phrases. */
const char *flow_faults_find(struct flow_faults *, const struct evidence *e,
                             const struct detector_view *,
                             long long int now, bool *pending);

#endif /* flow-faults.h */
