/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "extender.h"
#include "lib/workload.h"
#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "explain.h"
#include "util.h"

void
scheduler_init(struct scheduler *s, struct cluster *cluster)
{
    memset(s, 0, sizeof *s);
    s->cluster = cluster;
}

static void
decision_clear(struct scheduler_decision *d)
{
    free(d->pod);
    free(d->workload);
    free(d->best);
    free(d->why);
    memset(d, 0, sizeof *d);
}

void
scheduler_destroy(struct scheduler *s)
{
    for (size_t i = 0; i < SCHEDULER_N_DECISIONS; i++) {
        decision_clear(&s->decisions[i]);
    }
}

/* Pods. */

/* Stores the class that 's', an annotation or null, names in '*class'.
 * Returns false if it names none. */
static bool
class_from_string(const char *s, enum workload_class *class)
{
    static const enum workload_class classes[] = {
        WORKLOAD_UNKNOWN, WORKLOAD_LIGHT, WORKLOAD_MIXED, WORKLOAD_HEAVY,
    };

    for (size_t i = 0; s && i < ARRAY_SIZE(classes); i++) {
        if (!strcmp(s, workload_class_to_string(classes[i]))) {
            *class = classes[i];
            return true;
        }
    }
    return false;
}

/* Sets the rate of 'pod' to what was learned, as far as its class has one. */
static void
set_rate(struct scheduler_pod *pod)
{
    const struct learned *l = &pod->learned;

    pod->policy.rate = (pod->policy.class == WORKLOAD_HEAVY
                        ? l->typical_rate
                        : pod->policy.class == WORKLOAD_MIXED
                        ? l->typical_rate * l->share : 0);
}

/* Fills in what is known of the workload, and takes ownership of its
 * strings. */
static void
set_workload(struct scheduler *s, struct scheduler_pod *pod,
             struct workload *workload)
{
    const struct learned *learned;

    pod->workload = workload->key;
    pod->problem = workload->why;
    learned = (workload->key
               ? cluster_get_workload(s->cluster, workload->key) : NULL);
    pod->source = learned ? SCHEDULER_LEARNED : SCHEDULER_NOBODY;
    if (learned) {
        pod->learned = *learned;
        pod->policy.class = learned->class;
        set_rate(pod);
    }
}

static void
pod_from_question(struct scheduler *s, struct scheduler_pod *pod,
                  const struct extender_pod *asked)
{
    const char *namespace = asked->namespace ? asked->namespace : "default";
    const char *name = asked->name ? asked->name : "";
    const struct workload_pod source = {
        .namespace = asked->namespace,
        .name = asked->name,
        .generate_name = asked->generate_name,
        .annotation = asked->workload,
        .label = asked->workload_label,
    };
    struct workload workload;

    memset(pod, 0, sizeof *pod);
    pod->name = xasprintf("%s/%s", namespace, name);
    workload_from_pod(&workload, &source);
    set_workload(s, pod, &workload);
    if (class_from_string(asked->class, &pod->policy.class)) {
        pod->source = SCHEDULER_SAID;
        set_rate(pod);
    } else {
        pod->bad_class = nullable_xstrdup(asked->class);
    }
}

/* Returns the last decision on the pod 'name', or null. */
static const struct scheduler_decision *
find_decision(const struct scheduler *s, const char *name)
{
    uint64_t n = MIN(s->n_decisions, SCHEDULER_N_DECISIONS);

    for (uint64_t i = 1; i <= n; i++) {
        const struct scheduler_decision *d
            = &s->decisions[(s->n_decisions - i) % SCHEDULER_N_DECISIONS];

        if (!strcmp(d->pod, name)) {
            return d;
        }
    }
    return NULL;
}

/* A name says nothing of the pod's annotations, but the last decision on the
 * pod took them into account. */
void
scheduler_pod_from_name(struct scheduler *s, struct scheduler_pod *pod,
                        const char *name)
{
    const char *slash = strchr(name, '/');
    char *namespace = (slash ? xmemdup0(name, slash - name)
                       : xstrdup("default"));
    const struct scheduler_decision *d;
    struct workload workload;

    memset(pod, 0, sizeof *pod);
    pod->name = (slash ? xstrdup(name) : xasprintf("default/%s", name));
    d = find_decision(s, pod->name);
    if (d && d->workload) {
        workload.key = xstrdup(d->workload);
        workload.why = NULL;
    } else {
        workload_from_pod_name(&workload, namespace, slash ? slash + 1 : name);
    }
    set_workload(s, pod, &workload);
    if (d && d->source == SCHEDULER_SAID) {
        pod->source = SCHEDULER_SAID;
        pod->policy.class = d->class;
        set_rate(pod);
    }
    free(namespace);
}

void
scheduler_pod_from_workload(struct scheduler *s, struct scheduler_pod *pod,
                            const char *key)
{
    struct workload workload = {
        .kind = WORKLOAD_SAID,
        .key = xstrdup(key),
    };

    memset(pod, 0, sizeof *pod);
    pod->name = xstrdup("");
    set_workload(s, pod, &workload);
}

/* Judging. */

/* The nodes of a question, as the policy wants them. */
struct question {
    const struct scheduler_pod *pod;
    size_t n;
    const struct cluster_node **nodes; /* Null where the cluster has none. */
    const struct policy_node **policies;
    struct policy_verdict *verdicts; /* Null until they are judged. */
};

static void
question_init(struct question *q, const struct scheduler_pod *pod, size_t n)
{
    q->pod = pod;
    q->n = n;
    q->nodes = xmalloc(n * sizeof *q->nodes);
    q->policies = xmalloc(n * sizeof *q->policies);
    q->verdicts = NULL;
}

static void
question_init_from_args(struct question *q, struct scheduler *s,
                        const struct scheduler_pod *pod,
                        const struct extender_args *args)
{
    question_init(q, pod, args->n_nodes);
    for (size_t i = 0; i < q->n; i++) {
        q->nodes[i] = cluster_node_from_name(args->nodes[i].known);
        q->policies[i] = cluster_get_policy(s->cluster, q->nodes[i]);
    }
}

static void
question_destroy(struct question *q)
{
    free(q->nodes);
    free(q->policies);
    free(q->verdicts);
}

static void
judge(const struct scheduler *s, struct question *q)
{
    q->verdicts = xmalloc(q->n * sizeof *q->verdicts);
    policy_judge(s->cluster->weights, &q->pod->policy, q->policies, q->n,
                 q->verdicts);
}

/* Returns the verdict on node number 'i': that of judge(), or on this node
 * alone if the nodes were not judged together. */
static struct policy_verdict
get_verdict(const struct scheduler *s, const struct question *q, size_t i)
{
    struct policy_verdict verdict;

    if (q->verdicts) {
        return q->verdicts[i];
    }
    policy_judge(s->cluster->weights, &q->pod->policy, &q->policies[i], 1,
                 &verdict);
    return verdict;
}

/* Stores the nodes' scores in 'scores' and returns the index of the first of
 * the best.  Nodes have to be compared for heavy pods only. */
static size_t
score(struct scheduler *s, struct question *q, int *scores)
{
    size_t best = 0;

    if (q->pod->policy.class == WORKLOAD_HEAVY) {
        judge(s, q);
    }
    for (size_t i = 0; i < q->n; i++) {
        scores[i] = q->verdicts ? q->verdicts[i].score : q->policies[i]->score;
        s->by_reason[q->verdicts ? q->verdicts[i].reason
                     : q->policies[i]->reason]++;
        best = scores[i] > scores[best] ? i : best;
    }
    return best;
}

/* Decisions. */

/* Returns the decision to fill in: the oldest one, empty. */
static struct scheduler_decision *
new_decision(struct scheduler *s, const struct scheduler_pod *pod)
{
    struct scheduler_decision *d =
        &s->decisions[s->n_decisions++ % SCHEDULER_N_DECISIONS];

    decision_clear(d);
    d->when = s->cluster->now;
    d->pod = xstrdup(pod->name);
    d->workload = nullable_xstrdup(pod->workload);
    d->class = pod->policy.class;
    d->source = pod->source;
    return d;
}

/* Fills in which node is the best, and why; none is if 'best' is not below
 * q->n. */
static void
set_best(struct scheduler *s, struct scheduler_decision *d,
         const struct question *q, const struct extender_args *args,
         size_t best)
{
    struct ds why = DS_EMPTY_INITIALIZER;

    d->n_nodes = q->n;
    if (best < q->n) {
        d->best = xmemdup0(args->nodes[best].name.s, args->nodes[best].name.n);
        d->verdict = get_verdict(s, q, best);
        explain_verdict(s->cluster, q->nodes[best], &d->verdict, &why);
        explain_bad_class(q->pod, &why);
    }
    d->why = ds_steal_cstr(&why);
}

/* Notes that 'pod' will be on one of 'nodes'. */
static void
reserve(struct scheduler *s, const struct scheduler_pod *pod,
        const struct cluster_node *const *nodes, size_t n)
{
    const struct policy_pod *p = &pod->policy;
    const struct cluster_arrival arrival = {
        .pod = pod->name,
        .heavy = p->class == WORKLOAD_HEAVY,
        .rate = p->rate,
        .share = policy_get_share(s->cluster->weights, p),
    };

    cluster_reserve(s->cluster, &arrival, nodes, n);
}

/* Reserves for the pod on all nodes with the best score: kube-scheduler
 * chooses one of these. */
static void
reserve_best(struct scheduler *s, struct scheduler_decision *d,
             const struct question *q, const int *scores, size_t best)
{
    const struct cluster_node **nodes = xmalloc(q->n * sizeof *nodes);

    for (size_t i = best; i < q->n; i++) {
        if (scores[i] == scores[best]) {
            nodes[d->n_best++] = q->nodes[i];
        }
    }
    reserve(s, q->pod, nodes, d->n_best);
    free(nodes);
}

void
scheduler_prioritize(struct scheduler *s, const struct extender_args *args,
                     struct ds *answer)
{
    int *scores = xmalloc(args->n_nodes * sizeof *scores);
    struct scheduler_decision *d;
    struct scheduler_pod pod;
    struct question q;
    size_t best;

    pod_from_question(s, &pod, &args->pod);
    /* If the pod was placed before, that has failed. */
    cluster_unreserve(s->cluster, pod.name);
    question_init_from_args(&q, s, &pod, args);
    best = score(s, &q, scores);
    extender_put_scores(answer, args, scores);

    d = new_decision(s, &pod);
    set_best(s, d, &q, args, best);
    s->by_class[pod.policy.class]++;
    reserve_best(s, d, &q, scores, best);

    free(scores);
    question_destroy(&q);
    scheduler_pod_destroy(&pod);
}

/* In soft mode, all nodes pass. */
void
scheduler_filter(struct scheduler *s, const struct extender_args *args,
                 struct ds *answer)
{
    char **reasons = xcalloc(args->n_nodes, sizeof *reasons);
    struct scheduler_decision *d;
    struct scheduler_pod pod;
    struct question q;
    size_t first = SIZE_MAX;

    pod_from_question(s, &pod, &args->pod);
    /* If the pod was placed before, that has failed. */
    cluster_unreserve(s->cluster, pod.name);
    question_init_from_args(&q, s, &pod, args);
    judge(s, &q);
    d = new_decision(s, &pod);
    d->filter = true;
    for (size_t i = 0; i < q.n; i++) {
        if (s->mode == SCHEDULER_STRICT && q.verdicts[i].refused) {
            struct ds why = DS_EMPTY_INITIALIZER;

            ds_put_cstr(&why, "footprint: ");
            explain_verdict(s->cluster, q.nodes[i], &q.verdicts[i], &why);
            reasons[i] = ds_steal_cstr(&why);
            s->refused++;
        } else {
            d->n_best++;
            first = MIN(first, i);
        }
    }
    extender_put_filtered(answer, args, (const char *const *) reasons);
    set_best(s, d, &q, args, first);
    for (size_t i = 0; i < q.n; i++) {
        free(reasons[i]);
    }
    free(reasons);
    question_destroy(&q);
    scheduler_pod_destroy(&pod);
}

/* Explanations. */

static const struct cluster_node *
find_node(const struct scheduler *s, const char *name)
{
    return cluster_find_node(s->cluster, name);
}

/* Judges the node 'name' by itself, and returns it, null if there is none. */
static const struct cluster_node *
judge_one(struct scheduler *s, const struct scheduler_pod *pod,
          const char *name, struct policy_verdict *verdict)
{
    const struct cluster_node *node = find_node(s, name);
    const struct policy_node *policy = cluster_get_policy(s->cluster, node);

    policy_judge(s->cluster->weights, &pod->policy, &policy, 1, verdict);
    return node;
}

struct json *
scheduler_explain(struct scheduler *s, const struct scheduler_pod *pod,
                  const char *name)
{
    struct reservation *own = cluster_suspend(s->cluster, pod->name);
    struct policy_verdict verdict;
    const struct cluster_node *node = judge_one(s, pod, name, &verdict);
    struct json *json = explain_pod_to_json(pod);

    json_object_put_string(json, "node", name);
    explain_verdict_to_json(s->cluster, node, &verdict, json);
    json_object_put(json, "evidence", explain_node_to_json(s->cluster, node,
                                                           true));
    cluster_resume(own);
    return json;
}

void
scheduler_format_explanation(struct scheduler *s,
                             const struct scheduler_pod *pod,
                             const char *name, struct ds *out)
{
    struct reservation *own = cluster_suspend(s->cluster, pod->name);
    struct policy_verdict verdict;
    const struct cluster_node *node = judge_one(s, pod, name, &verdict);

    explain_pod(pod, out);
    ds_put_format(out, "%s: score %d: ", printable(name), verdict.score);
    explain_verdict(s->cluster, node, &verdict, out);
    ds_put_char(out, '\n');
    explain_node(s->cluster, node, out);
    cluster_resume(own);
}

struct json *
scheduler_score(struct scheduler *s, const struct scheduler_pod *pod,
                const char *const *nodes, size_t n)
{
    struct json *json = explain_pod_to_json(pod);
    struct json *scores = json_array_create_empty();
    struct reservation *own = cluster_suspend(s->cluster, pod->name);
    struct question q;

    question_init(&q, pod, n);
    for (size_t i = 0; i < n; i++) {
        q.nodes[i] = find_node(s, nodes[i]);
        q.policies[i] = cluster_get_policy(s->cluster, q.nodes[i]);
    }
    judge(s, &q);
    for (size_t i = 0; i < n; i++) {
        struct json *score = json_object_create();

        json_object_put_string(score, "node", nodes[i]);
        explain_verdict_to_json(s->cluster, q.nodes[i], &q.verdicts[i], score);
        json_array_add(scores, score);
    }
    json_object_put(json, "scores", scores);
    question_destroy(&q);
    cluster_resume(own);
    return json;
}

static int
compare_nodes(const void *a_, const void *b_)
{
    const struct cluster_node *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

struct json *
scheduler_nodes_to_json(struct scheduler *s, bool instances)
{
    size_t n = 0, n_nodes = cluster_count_nodes(s->cluster);
    const struct cluster_node **nodes = xmalloc(n_nodes * sizeof *nodes);
    struct json *array = json_array_create_empty();
    const struct cluster_node *node;

    CLUSTER_FOR_EACH_NODE (node, s->cluster) {
        nodes[n++] = node;
    }
    qsort(nodes, n, sizeof *nodes, compare_nodes);
    for (size_t i = 0; i < n; i++) {
        json_array_add(array, explain_node_to_json(s->cluster, nodes[i],
                                                   instances));
    }
    free(nodes);
    return array;
}

static int
compare_workloads(const void *a_, const void *b_)
{
    const struct cluster_workload *const *a = a_, *const *b = b_;

    return strcmp((*a)->key, (*b)->key);
}

struct json *
scheduler_workloads_to_json(struct scheduler *s)
{
    size_t n = 0, n_workloads = hmap_count(&s->cluster->workloads);
    const struct cluster_workload **all = xmalloc(n_workloads * sizeof *all);
    struct json *array = json_array_create_empty();
    const struct cluster_workload *workload;

    HMAP_FOR_EACH (workload, hmap_node, &s->cluster->workloads) {
        if (!hmap_is_empty(&workload->observations)) {
            all[n++] = workload;
        }
    }
    qsort(all, n, sizeof *all, compare_workloads);
    for (size_t i = 0; i < n; i++) {
        struct scheduler_pod pod;

        scheduler_pod_from_workload(s, &pod, all[i]->key);
        json_array_add(array, explain_pod_to_json(&pod));
        scheduler_pod_destroy(&pod);
    }
    free(all);
    return array;
}
