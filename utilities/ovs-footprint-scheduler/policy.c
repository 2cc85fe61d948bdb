/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "policy.h"

#include <math.h>

#include "util.h"

#define MAX_SCORE 10

/* The scores for a heavy pod where no other is heavy. */
#define MOST_LIGHTS_SCORE 2
#define FEWEST_LIGHTS_SCORE 7

/* The best score for a heavy pod if no link has room. */
#define ALL_FULL_SCORE 3

const struct policy_weights policy_default_weights = {
    .heavy_share = 0.25,
    .heavy_floor = 0.05,
    .most_share = 0.5,
    .mixed_share = 0.125,
    .unknown_share = 0.02,
    .light_share = 0.01,
    .strict_load = 0.8,
};

double
policy_get_share(const struct policy_weights *w, const struct policy_pod *pod)
{
    return (pod->class == WORKLOAD_HEAVY ? w->heavy_share
            : pod->class == WORKLOAD_MIXED ? w->mixed_share
            : pod->class == WORKLOAD_LIGHT ? w->light_share
            : w->unknown_share);
}

/* Returns which share of the link 'rate' is.  If the link's speed is not
 * known, this is estimated from the number of heavy containers. */
static double
get_share_of(const struct policy_weights *w, const struct policy_link *link,
             double rate)
{
    return link->speed > 0 ? rate / link->speed : link->heavy * w->heavy_share;
}

/* Returns how many containers at rest are not counted as heavy. */
static double
get_quiet(const struct policy_link *link)
{
    return MAX(link->resting - link->resting_heavy, 0);
}

/* Returns the share of 'link' that 'n' pods, with a rate of 'rate' in sum, are
 * expected to take: at most 'n' times what one pod may need at most. */
static double
limit_share(const struct policy_weights *w, const struct policy_link *link,
            double rate, double n)
{
    return MIN(rate / link->speed, n * w->most_share);
}

/* Returns the share of 'link' that pods just placed are expected to take. */
static double
get_expected(const struct policy_weights *w, const struct policy_link *link)
{
    return (link->speed > 0
            ? limit_share(w, link, link->expected, link->expected_rated)
              + link->expected_share
            : link->expected_usual);
}

/* Returns the share of 'link' that containers at rest will take: that of any
 * heavy one where no rate is known. */
static double
get_at_rest(const struct policy_weights *w, const struct policy_link *link)
{
    double unrated = MAX(link->resting - link->resting_rated, 0);

    return (link->speed > 0
            ? limit_share(w, link, link->resting_rate, link->resting_rated)
              + unrated * w->heavy_share
            : get_quiet(link) * w->heavy_share);
}

void
policy_weigh_link(const struct policy_weights *w, struct policy_link *link)
{
    double floor = link->heavy * w->heavy_floor;
    double all = MAX(link->elephants, link->all);

    link->pending = get_expected(w, link);
    link->at_rest = get_at_rest(w, link);
    link->load = (get_share_of(w, link, link->elephants)
                  + link->pending + link->at_rest);
    link->load = MIN(MAX(link->load, floor), 1);
    link->filling = MAX(get_share_of(w, link, all)
                        + link->pending + link->at_rest, floor);
}

/* Returns the share of 'link' that is taken with 'pod' in addition: by its
 * rate, or else by the usual share of its class. */
static double
get_with_pod(const struct policy_weights *w, const struct policy_link *link,
             const struct policy_pod *pod)
{
    return link->filling + (pod->rate > 0 && link->speed > 0
                            ? MIN(pod->rate / link->speed, w->most_share)
                            : policy_get_share(w, pod));
}

/* Returns the reason for a neutral score, or POLICY_QUIET for a node that can
 * be judged. */
static enum policy_reason
get_first_reason(const struct policy_node *node)
{
    static const enum policy_reason reasons[] = {
        [POLICY_FRESH] = POLICY_QUIET,
        [POLICY_STALE] = POLICY_NEUTRAL_STALE,
        [POLICY_NO_NODE] = POLICY_NEUTRAL_NO_NODE,
        [POLICY_BLIND] = POLICY_NEUTRAL_BLIND,
    };

    return reasons[node->knowledge];
}

/* Returns the load of the more loaded link of 'node'. */
static double
get_load(const struct policy_node *node)
{
    return (node->hypervisor ? MAX(node->link.load, node->hypervisor->load)
            : node->link.load);
}

/* Fills '*v' with what can be said of the node by itself. */
static void
look_at(const struct policy_weights *w, const struct policy_pod *pod,
        const struct policy_node *node, struct policy_verdict *v)
{
    const struct policy_link *hypervisor = node->hypervisor;

    *v = (struct policy_verdict) {
        .reason = get_first_reason(node),
        .score = POLICY_NEUTRAL_SCORE,
        .load = get_load(node),
        .expected = node->link.pending,
        .at_rest = node->link.at_rest,
        .with_pod = get_with_pod(w, &node->link, pod),
        .light = (node->link.light + node->link.unknown
                  - get_quiet(&node->link) + node->link.expected_light),
    };
    if (hypervisor) {
        double with_pod = get_with_pod(w, hypervisor, pod);

        v->by_hypervisor = (pod->class == WORKLOAD_HEAVY
                            ? with_pod > v->with_pod
                            : hypervisor->load > node->link.load);
        v->with_pod = MAX(v->with_pod, with_pod);
        if (v->by_hypervisor) {
            v->expected = hypervisor->pending;
            v->at_rest = hypervisor->at_rest;
        }
    }
}

/* Rounds 'x', which is not negative. */
static int
nearest(double x)
{
    return x + 0.5;
}

/* Are there heavy containers, including those at rest, or is there probably a
 * heavy pod that was just placed?  Those on other guests of the hypervisor do
 * not count here: they only matter for whether the link has room. */
static bool
is_heavy_already(const struct policy_node *node)
{
    return (node->link.heavy + get_quiet(&node->link)
            + node->link.expected_heavy) >= 0.5;
}

void
policy_weigh_node(struct policy_node *node)
{
    node->reason = get_first_reason(node);
    node->score = POLICY_NEUTRAL_SCORE;
    if (!policy_reason_is_neutral(node->reason)) {
        node->score = nearest(MAX_SCORE * (1 - get_load(node)));
        node->reason = (node->score < MAX_SCORE
                        ? POLICY_LOADED : POLICY_QUIET);
    }
}

static void
judge_light(const struct policy_weights *w, const struct policy_node *node,
            struct policy_verdict *v)
{
    v->score = node->score;
    v->reason = node->reason;
    v->refused = v->load >= w->strict_load;
}

/* What has to be known of all nodes together to judge one for a heavy pod. */
struct overview {
    bool any_room;              /* Has any node room? */
    double fewest, most;        /* Light containers on nodes that have room and
                                 * no heavy one. */
    double least;               /* The least 'with_pod' of all. */
};

static bool
has_room(const struct policy_verdict *v)
{
    return v->with_pod <= 1;
}

static void
get_overview(const struct policy_node *const *nodes, size_t n,
             const struct policy_verdict *verdicts, struct overview *o)
{
    *o = (struct overview) { .fewest = INFINITY, .least = INFINITY };
    for (size_t i = 0; i < n; i++) {
        const struct policy_verdict *v = &verdicts[i];

        if (policy_reason_is_neutral(v->reason)) {
            continue;
        }
        o->least = MIN(o->least, v->with_pod);
        if (has_room(v)) {
            o->any_room = true;
            if (!is_heavy_already(nodes[i])) {
                o->fewest = MIN(o->fewest, v->light);
                o->most = MAX(o->most, v->light);
            }
        }
    }
}

/* Returns the score for a heavy pod of a node with 'light' light containers
 * and no heavy one. */
static int
score_by_lights(const struct overview *o, double light)
{
    double spread = o->most - o->fewest;

    return (spread <= 0 ? FEWEST_LIGHTS_SCORE
            : nearest(FEWEST_LIGHTS_SCORE
                     - (FEWEST_LIGHTS_SCORE - MOST_LIGHTS_SCORE)
                     * (light - o->fewest) / spread));
}

static void
judge_heavy(const struct policy_node *node, const struct overview *o,
            struct policy_verdict *v)
{
    if (has_room(v) && is_heavy_already(node)) {
        v->reason = POLICY_WITH_HEAVIES;
        v->score = MAX_SCORE;
    } else if (has_room(v)) {
        v->reason = POLICY_FEW_LIGHTS;
        v->score = score_by_lights(o, v->light);
    } else if (o->any_room) {
        v->reason = POLICY_FULL;
        v->score = 0;
        v->refused = true;
    } else {
        v->reason = POLICY_ALL_FULL;
        v->score = nearest(ALL_FULL_SCORE * o->least / v->with_pod);
    }
}

/* If all nodes are refused, lets those with the best score pass: the pod has
 * to go somewhere. */
static void
keep_the_last(struct policy_verdict *verdicts, size_t n)
{
    int best = -1;

    for (size_t i = 0; i < n; i++) {
        if (!verdicts[i].refused) {
            return;
        }
        best = MAX(best, verdicts[i].score);
    }
    for (size_t i = 0; i < n; i++) {
        verdicts[i].refused = verdicts[i].score < best;
    }
}

/* If several nodes are the best and have no heavy container yet, raises the
 * score of the first one.  Otherwise it would not be known where the pod will
 * be when kube-scheduler asks about the next heavy one. */
static void
choose_first(struct policy_verdict *verdicts, size_t n)
{
    size_t best = 0, n_best = 0;

    for (size_t i = 0; i < n; i++) {
        if (verdicts[i].score > verdicts[best].score) {
            best = i;
            n_best = 0;
        }
        n_best += verdicts[i].score == verdicts[best].score;
    }
    if (n_best > 1 && verdicts[best].reason == POLICY_FEW_LIGHTS) {
        verdicts[best].score++;
    }
}

static void
judge_heavies(const struct policy_node *const *nodes, size_t n,
              struct policy_verdict *verdicts)
{
    struct overview o;

    get_overview(nodes, n, verdicts, &o);
    for (size_t i = 0; i < n; i++) {
        if (!policy_reason_is_neutral(verdicts[i].reason)) {
            judge_heavy(nodes[i], &o, &verdicts[i]);
        }
    }
    choose_first(verdicts, n);
}

void
policy_judge(const struct policy_weights *w, const struct policy_pod *pod,
             const struct policy_node *const *nodes, size_t n,
             struct policy_verdict *verdicts)
{
    for (size_t i = 0; i < n; i++) {
        look_at(w, pod, nodes[i], &verdicts[i]);
        if (pod->class != WORKLOAD_HEAVY
            && !policy_reason_is_neutral(verdicts[i].reason)) {
            judge_light(w, nodes[i], &verdicts[i]);
        }
    }
    if (pod->class == WORKLOAD_HEAVY) {
        judge_heavies(nodes, n, verdicts);
    }
    keep_the_last(verdicts, n);
}

const char *
policy_reason_to_string(enum policy_reason reason)
{
    switch (reason) {
    case POLICY_QUIET:
        return "quiet";
    case POLICY_LOADED:
        return "loaded";
    case POLICY_WITH_HEAVIES:
        return "with-heavies";
    case POLICY_FEW_LIGHTS:
        return "few-lights";
    case POLICY_FULL:
        return "full";
    case POLICY_ALL_FULL:
        return "all-full";
    case POLICY_NEUTRAL_STALE:
        return "stale";
    case POLICY_NEUTRAL_NO_NODE:
        return "no-node";
    case POLICY_NEUTRAL_BLIND:
        return "blind";
    case POLICY_N_REASONS:
    default:
        OVS_NOT_REACHED();
    }
}

bool
policy_reason_is_neutral(enum policy_reason reason)
{
    return (reason == POLICY_NEUTRAL_STALE || reason == POLICY_NEUTRAL_NO_NODE
            || reason == POLICY_NEUTRAL_BLIND);
}
