/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SCHEDULER_H
#define SCHEDULER_H 1

/* Answers questions on placement, and remembers what it has answered.
 *
 * From a pod it gets to a workload, a class and a rate; from those, by the
 * policy, to a score for each node; and it can say in a sentence why.  It
 * counts what it does, since kube-scheduler swallows whatever goes wrong.
 * Pure: the cluster tells it the time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster.h"
#include "policy.h"
#include "scheduler-pod.h"

struct ds;
struct extender_args;
struct extender_pod;
struct json;
struct report;

enum scheduler_mode {
    SCHEDULER_SOFT,             /* Scores only. */
    SCHEDULER_STRICT,           /* Takes nodes out as well. */
};

/* An answer that was given. */
struct scheduler_decision {
    long long int when;         /* Seconds of wall clock. */
    bool filter;                /* Or prioritize. */
    char *pod, *workload;       /* The latter may be null. */
    enum workload_class class;
    enum scheduler_source source;
    size_t n_nodes, n_best;     /* How many nodes, and how many with the best
                                 * score; for a filter, how many were let
                                 * through. */
    char *best;                 /* Name of one of those; null if there was no
                                 * node. */
    struct policy_verdict verdict; /* Its. */
    char *why;                  /* A sentence. */
};

#define SCHEDULER_N_DECISIONS 256

struct scheduler {
    struct cluster *cluster;
    enum scheduler_mode mode;

    /* The last decisions, a ring: that with the number i is at i modulo its
     * size. */
    struct scheduler_decision decisions[SCHEDULER_N_DECISIONS];
    uint64_t n_decisions;

    /* For metrics. */
    uint64_t by_class[WORKLOAD_HEAVY + 1]; /* Pods prioritized. */
    uint64_t by_reason[POLICY_N_REASONS];  /* Nodes scored. */
    uint64_t refused;           /* Nodes taken out. */
};

void scheduler_init(struct scheduler *, struct cluster *);
void scheduler_destroy(struct scheduler *);

/* Answer kube-scheduler. */
void scheduler_prioritize(struct scheduler *, const struct extender_args *,
                          struct ds *answer);
void scheduler_filter(struct scheduler *, const struct extender_args *,
                      struct ds *answer);

/* Each finds out what is known of a pod, which the caller must destroy. */

/* From "NAMESPACE/NAME" and what was last decided of it. */
void scheduler_pod_from_name(struct scheduler *, struct scheduler_pod *,
                             const char *name);

/* From a workload's key. */
void scheduler_pod_from_workload(struct scheduler *, struct scheduler_pod *,
                                 const char *key);

/* Judges 'node' by itself for the pod, as if that were to be placed now, and
 * returns the verdict with its evidence. */
struct json *scheduler_explain(struct scheduler *,
                               const struct scheduler_pod *,
                               const char *node);

/* The same for people. */
void scheduler_format_explanation(struct scheduler *,
                                  const struct scheduler_pod *,
                                  const char *node, struct ds *);

/* Scores the 'n' nodes together, as prioritize does, without reserving
 * anything. */
struct json *scheduler_score(struct scheduler *, const struct scheduler_pod *,
                             const char *const *nodes, size_t n);

/* What is known, for programs. */
struct json *scheduler_nodes_to_json(struct scheduler *, bool instances);
struct json *scheduler_workloads_to_json(struct scheduler *);

/* The last decisions, latest first, 'n' at most; the caller must destroy
 * it. */
struct report *scheduler_report_decisions(const struct scheduler *, size_t n);

#endif /* scheduler.h */
