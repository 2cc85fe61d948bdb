/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/treatment.h"

#include "node/pipelines.h"
#include "openvswitch/poll-loop.h"
#include "policy/policies.h"
#include "publish/learner.h"
#include "settings/settings.h"
#include "timeval.h"

/* How long, in milliseconds, a switch may take until what is known of a
 * container is published all the same. */
#define MAX_STARTING 1000

static bool
is_known_heavy(const struct port *port, const void *learner)
{
    const struct port_workload *w = learner_get_workload(learner, port);

    return w && w->key && w->class == WORKLOAD_HEAVY;
}

void
treatment_run(struct treatment *t, long long int now)
{
    const struct policies_inputs inputs = {
        .topology = t->topology,
        .tracker = t->tracker,
        .heavy_hold = t->settings->heavy_hold,
        .is_known_heavy = is_known_heavy,
        .aux = t->learner,
    };
    uint64_t seq = policies_get_start_seq(t->policies);

    policies_run(t->policies, &inputs, now);
    if (policies_get_start_seq(t->policies) != seq) {
        t->starting_until = now + MAX_STARTING;
    }
}

void
treatment_wait(const struct treatment *t)
{
    poll_timer_wait_until(policies_get_deadline(t->policies));
    if (policies_are_due(t->policies)) {
        poll_immediate_wake();
    }
    if (time_msec() < t->starting_until) {
        poll_timer_wait_until(t->starting_until);
    }
}

bool
treatment_is_starting(const struct treatment *t,
                      const struct pipelines_inputs *in, long long int now)
{
    return (policies_are_due(t->policies)
            || (now < t->starting_until
                && !pipelines_are_up_to_date(t->pipelines, in)));
}
