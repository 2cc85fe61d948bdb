/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SCHEDULER_POD_H
#define SCHEDULER_POD_H 1

/* What is known of a pod that is to be placed.  scheduler.h finds that out.
 * Pure. */

#include "lib/learning.h"
#include "policy.h"

/* Where a pod's class comes from. */
enum scheduler_source {
    SCHEDULER_SAID,             /* The pod's annotation footprint-class. */
    SCHEDULER_LEARNED,          /* What was learned of its workload. */
    SCHEDULER_NOBODY,           /* Nobody knows it. */
};

/* A pod in question. */
struct scheduler_pod {
    char *name;                 /* "namespace/name", or "" for a workload's. */
    char *workload;             /* Its key; null if there is no telling. */
    char *problem;              /* Why there is no telling; otherwise null. */
    char *bad_class;            /* What its annotation says, if that is no
                                 * class; otherwise null. */
    enum scheduler_source source;
    struct policy_pod policy;
    struct learned learned;     /* All zeros unless learned. */
};

void scheduler_pod_destroy(struct scheduler_pod *);

const char *scheduler_source_to_string(enum scheduler_source);

#endif /* scheduler-pod.h */
