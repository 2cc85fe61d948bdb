/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "scheduler-pod.h"

#include <stdlib.h>

#include "util.h"

void
scheduler_pod_destroy(struct scheduler_pod *pod)
{
    free(pod->name);
    free(pod->workload);
    free(pod->problem);
    free(pod->bad_class);
}

const char *
scheduler_source_to_string(enum scheduler_source source)
{
    return (source == SCHEDULER_SAID ? "said"
            : source == SCHEDULER_LEARNED ? "learned" : "nobody");
}
