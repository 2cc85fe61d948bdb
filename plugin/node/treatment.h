/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TREATMENT_H
#define TREATMENT_H 1

/* Has policies decide, and sees to it that they are in force in time.
 *
 * Where a policy says "from-start", the flows of a container whose workload is
 * known to be heavy are to be there before its first packet.  So that somebody
 * can wait for that (the CNI plugin does), the class of its workload is
 * published only when they are there, unless the switch takes too long. */

#include <stdbool.h>

struct learner;
struct pipelines;
struct pipelines_inputs;
struct policies;
struct settings;
struct topology;
struct tracker;

/* What it points to belongs to others and must outlive it. */
struct treatment {
    struct policies *policies;
    const struct pipelines *pipelines;
    const struct topology *topology;
    const struct tracker *tracker;
    const struct learner *learner;
    const struct settings *settings;
    long long int starting_until; /* How long to wait for flows. */
};

void treatment_run(struct treatment *, long long int now);
void treatment_wait(const struct treatment *);

/* Are flows still on their way? */
bool treatment_is_starting(const struct treatment *,
                           const struct pipelines_inputs *,
                           long long int now);

#endif /* treatment.h */
