/* SPDX-License-Identifier: Apache-2.0 */

#ifndef EXPLAIN_H
#define EXPLAIN_H 1

/* Says in words, and for programs, what a pod is, what a node carries, and why
 * it got its score: from which evidence, and how old that is.  Pure. */

#include <stdbool.h>

struct cluster;
struct cluster_node;
struct ds;
struct json;
struct policy_verdict;
struct scheduler_pod;

/* Appends one sentence without a full stop.  'node' is null if nobody knows
 * it. */
void explain_verdict(const struct cluster *, const struct cluster_node *node,
                     const struct policy_verdict *, struct ds *);

/* Appends that the pod's annotation is not a class, if that is so. */
void explain_bad_class(const struct scheduler_pod *, struct ds *);

/* Appends lines. */
void explain_pod(const struct scheduler_pod *, struct ds *);
void explain_node(struct cluster *, const struct cluster_node *, struct ds *);

/* Return a new object, or add to one. */
struct json *explain_pod_to_json(const struct scheduler_pod *);
struct json *explain_node_to_json(struct cluster *,
                                  const struct cluster_node *,
                                  bool instances);
void explain_verdict_to_json(const struct cluster *,
                             const struct cluster_node *,
                             const struct policy_verdict *, struct json *);

#endif /* explain.h */
