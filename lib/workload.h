/* SPDX-License-Identifier: Apache-2.0 */

#ifndef WORKLOAD_H
#define WORKLOAD_H 1

/* What comes back under another container's name.
 *
 * A Deployment's pods are called web-7d4b9c6f5-x2x4z today and
 * web-5c8f6d7b4-k9w2p tomorrow.  What is learned is learned of the workload,
 * whose key is the same for both: "prod/deployment/web".
 *
 * A node knows the namespace and the name of a pod; the scheduler sees the
 * whole Pod.  Both must arrive at the same key.  So the key is a function of
 * namespace and name alone, and the scheduler ignores its better knowledge.
 * Kubernetes makes the names of pods by few rules, which leave a shape that
 * can be told nearly always:
 *
 *     NAME-HASH-RANDOM            deployment  (Deployment, Argo's Rollout)
 *     NAME-ORDINAL                statefulset
 *     NAME-MINUTES-RANDOM         cronjob     (or a Job named by date or time)
 *     NAME-INDEX-RANDOM           job         (Indexed Job, or numbered Jobs)
 *     NAME-RANDOM                 generated   (DaemonSet, Job, ReplicaSet,
 *                                              CloneSet: there is no telling)
 *     WORKFLOW[-TEMPLATE]-NUMBER  workflow    (Argo)
 *     SERVICE-REVISION-deployment-HASH-RANDOM
 *                                 deployment  (Knative)
 *     anything else               pod
 *
 * HASH is 6 to 10 of "456789bcdf", the decimal digits of 32 bits as Kubernetes
 * spells them; RANDOM is 5 of "bcdfghjklmnpqrstvwxz2456789".  Inside a name,
 * what is as random as that, or a long number, becomes "*".
 *
 * What Kubernetes generates is 63 characters at most: a longer prefix is cut
 * at 58, within the hash or before it, so that the last part of the workload's
 * own name may be missing.  Then the shape is "cut", as the key says:
 * different workloads may share it.  Equally, a pod that somebody named
 * "web-0" by hand counts as StatefulSet web's.  The worst outcome of either is
 * that two workloads learn from each other.
 *
 * Virtual machines have "vm:NAME" without a number at the end, containers that
 * only have an image "image:NAME" without its tag.  What somebody says
 * outright (footprint-workload in external_ids of the Interface; a label or an
 * annotation of that name of the Pod) is taken as it is.  Pure. */

#include <stdbool.h>

struct identity;

enum workload_kind {
    WORKLOAD_NONE,              /* There is no telling. */
    WORKLOAD_SAID,              /* Said outright. */
    WORKLOAD_DEPLOYMENT,
    WORKLOAD_STATEFULSET,
    WORKLOAD_CRONJOB,
    WORKLOAD_JOB,
    WORKLOAD_GENERATED,
    WORKLOAD_WORKFLOW,
    WORKLOAD_POD,
    WORKLOAD_CUT,
    WORKLOAD_VM,
    WORKLOAD_IMAGE,
};

/* No key is longer. */
#define WORKLOAD_KEY_MAX 600

struct workload {
    enum workload_kind kind;
    char *key;                  /* Null if 'kind' is WORKLOAD_NONE. */
    char *why;                  /* If WORKLOAD_NONE, a sentence with the reason
                                 * and the remedy; otherwise null. */
};

/* Stores in 'workload', which the caller must destroy, the workload of a
 * container on this node. */
void workload_from_identity(struct workload *, const struct identity *);

/* What says of a Pod, as Kubernetes' API has it, which workload it belongs to.
 * Each may be null, and an empty string says nothing either. */
struct workload_pod {
    const char *namespace;      /* Null stands for "default". */
    const char *name, *generate_name;
    const char *annotation;     /* Its name is FP_CFG_WORKLOAD. */
    const char *label;          /* Likewise. */
};

/* The same, from a Pod. */
void workload_from_pod(struct workload *, const struct workload_pod *);

/* The same, from the namespace and the name of a pod. */
void workload_from_pod_name(struct workload *, const char *namespace,
                            const char *name);
void workload_destroy(struct workload *);

/* Returns null if 'key' may be a workload's, otherwise a malloc()'d sentence
 * that says why not. */
char *workload_check_key(const char *key);

#endif /* workload.h */
