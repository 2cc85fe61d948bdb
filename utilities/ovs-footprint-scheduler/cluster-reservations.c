/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster-reservations.h"

#include <string.h>

#include "cluster-nodes.h"
#include "hash.h"
#include "util.h"

/* A pod that was just placed: on one of the nodes, each as probable as the
 * others. */
struct reservation {
    struct hmap_node hmap_node; /* In the cluster, by 'pod'. */
    struct ovs_list list_node;  /* In the cluster's 'expiring'. */
    char *pod;
    long long int ends;         /* When, as the cluster's 'msec'. */
    bool heavy;
    bool seen;                  /* Has its instance turned up? */
    double rate, share;         /* As in struct cluster_arrival. */
    struct cluster_node **nodes;
    size_t n_nodes;
};

static struct reservation *
find_reservation(const struct cluster *cluster, const char *pod)
{
    struct reservation *r;

    HMAP_FOR_EACH_WITH_HASH (r, hmap_node, hash_string(pod, 0),
                             &cluster->reservations) {
        if (!strcmp(r->pod, pod)) {
            return r;
        }
    }
    return NULL;
}

/* Adds what 'r' expects to its nodes, or with 'sign' -1 takes it off. */
static void
expect(const struct reservation *r, int sign)
{
    double part = r->n_nodes ? (double) sign / r->n_nodes : 0;

    for (size_t i = 0; i < r->n_nodes; i++) {
        struct cluster_node *node = r->nodes[i];

        node->expected += part * r->rate;
        node->expected_rated += r->rate > 0 ? part : 0;
        node->expected_share += r->rate > 0 ? 0 : part * r->share;
        node->expected_usual += part * r->share;
        node->expected_heavy += r->heavy ? part : 0;
        node->expected_light += r->heavy ? 0 : part;
        cluster_note_change(node);
    }
}

/* Counts 'r' on its nodes, among which one may be several times. */
static void
take_nodes(struct reservation *r)
{
    expect(r, 1);
    for (size_t i = 0; i < r->n_nodes; i++) {
        r->nodes[i]->n_reservations++;
    }
}

/* Does not count 'r' on any node any more. */
static void
release_nodes(struct cluster *cluster, struct reservation *r)
{
    expect(r, -1);
    for (size_t i = 0; i < r->n_nodes; i++) {
        r->nodes[i]->n_reservations--;
        cluster_forget_node(cluster, r->nodes[i]);
    }
    free(r->nodes);
    r->nodes = NULL;
    r->n_nodes = 0;
}

/* Sets to zero what is expected of reservations when there are none: rounding
 * may have left a remainder. */
static void
forget_expectations(struct cluster *cluster)
{
    struct cluster_node *node;

    CLUSTER_FOR_EACH_NODE (node, cluster) {
        if (node->expected || node->expected_usual || node->expected_light) {
            cluster_note_change(node);
        }
        node->expected = node->expected_rated = 0;
        node->expected_share = node->expected_usual = 0;
        node->expected_heavy = node->expected_light = 0;
    }
}

static void
end_reservation(struct cluster *cluster, struct reservation *r)
{
    release_nodes(cluster, r);
    hmap_remove(&cluster->reservations, &r->hmap_node);
    ovs_list_remove(&r->list_node);
    if (hmap_is_empty(&cluster->reservations)) {
        forget_expectations(cluster);
    }
    free(r->pod);
    free(r);
}

void
cluster_expire_reservations(struct cluster *cluster)
{
    struct reservation *r;

    LIST_FOR_EACH_SAFE (r, list_node, &cluster->expiring) {
        if (r->ends > cluster->msec) {
            break;
        }
        end_reservation(cluster, r);
    }
}

void
cluster_clear_reservations(struct cluster *cluster)
{
    struct reservation *r;

    LIST_FOR_EACH_SAFE (r, list_node, &cluster->expiring) {
        end_reservation(cluster, r);
    }
}

void
cluster_check_reservation(struct cluster *cluster,
                          const struct cluster_instance *instance)
{
    struct reservation *r = find_reservation(cluster, instance->container);

    if (!r) {
        return;
    }
    if (!r->heavy || instance->class == FOOTPRINT_HEAVY || instance->resting) {
        end_reservation(cluster, r);
    } else if (!r->seen) {
        r->seen = true;
        release_nodes(cluster, r);
        r->nodes = xmemdup(&instance->node, sizeof instance->node);
        r->n_nodes = 1;
        take_nodes(r);
    }
}

void
cluster_note_departure(struct cluster *cluster,
                       const struct cluster_instance *instance)
{
    struct reservation *r = find_reservation(cluster, instance->container);

    if (r && r->seen) {
        end_reservation(cluster, r);
    }
}

void
cluster_unreserve(struct cluster *cluster, const char *pod)
{
    struct reservation *r = find_reservation(cluster, pod);

    if (r) {
        end_reservation(cluster, r);
    }
}

struct reservation *
cluster_suspend(struct cluster *cluster, const char *pod)
{
    struct reservation *r = find_reservation(cluster, pod);

    if (r) {
        expect(r, -1);
    }
    return r;
}

void
cluster_resume(struct reservation *r)
{
    if (r) {
        expect(r, 1);
    }
}

void
cluster_reserve(struct cluster *cluster, const struct cluster_arrival *a,
                const struct cluster_node *const *nodes, size_t n)
{
    struct reservation *r;

    cluster_unreserve(cluster, a->pod);
    r = xzalloc(sizeof *r);
    r->pod = xstrdup(a->pod);
    r->heavy = a->heavy;
    r->rate = a->rate;
    r->share = a->share;
    r->ends = cluster->msec + cluster->patience;
    r->nodes = xmalloc(n * sizeof *r->nodes);
    for (size_t i = 0; i < n; i++) {
        if (nodes[i]) {
            r->nodes[r->n_nodes++] = CONST_CAST(struct cluster_node *,
                                                nodes[i]);
        }
    }
    hmap_insert(&cluster->reservations, &r->hmap_node, hash_string(a->pod, 0));
    ovs_list_push_back(&cluster->expiring, &r->list_node);
    take_nodes(r);
}
