/* SPDX-License-Identifier: Apache-2.0 */

/* What the cluster's links carry, in the shape that the policy needs. */

#include <config.h>
#include "cluster.h"

#include "util.h"

/* Fills 'link' with what the instances on 'node' are, by the side that has
 * seen more of them, and with what is expected.  A stale side does not count:
 * a virtual machine that is gone may have left its rows. */
static void
fill_sums(const struct cluster_node *node, struct policy_link *link)
{
    static const struct cluster_sum nothing;
    const struct cluster_node *host = node->hypervisor;
    const struct cluster_sum *own
        = node->stale ? &nothing : &node->sums[CLUSTER_OWN];
    const struct cluster_sum *foreign
        = host && host->stale ? &nothing : &node->sums[CLUSTER_FOREIGN];

    *link = (struct policy_link) {
        .elephants = MAX(MAX(own->in, own->out),
                         MAX(foreign->in, foreign->out)),
        .heavy = MAX(own->heavy, foreign->heavy),
        .light = MAX(own->light, foreign->light),
        .unknown = MAX(own->unknown, foreign->unknown),
        .resting = MAX(own->resting, foreign->resting),
        .resting_heavy = MAX(own->resting_heavy, foreign->resting_heavy),
        .resting_rated = MAX(own->resting_rated, foreign->resting_rated),
        .resting_rate = MAX(own->resting_rate, foreign->resting_rate),
        .expected = MAX(node->expected, 0),
        .expected_rated = MAX(node->expected_rated, 0),
        .expected_share = MAX(node->expected_share, 0),
        .expected_usual = MAX(node->expected_usual, 0),
        /* Less is a remainder of rounding. */
        .expected_heavy = (node->expected_heavy > 1e-6
                           ? node->expected_heavy : 0),
        .expected_light = MAX(node->expected_light, 0),
    };
}

/* Adds what the row of 'node' says, where that is more than the instances say.
 * Of a stale row, only the link's speed counts, which rarely changes. */
static void
add_row(const struct cluster_node *node, struct policy_link *link)
{
    if (!node->has_row) {
        return;
    }
    link->speed = node->speed;
    if (node->stale) {
        return;
    }
    link->all = MAX(node->bits_in, node->bits_out);
    link->heavy = MAX(link->heavy, node->heavy);
    link->light = MAX(link->light, node->light);
    link->unknown = MAX(link->unknown, node->unknown);
    if (!link->elephants && (node->elephants || node->heavy)) {
        /* No instance says how much elephants take: assume everything. */
        link->elephants = link->all;
    }
}

/* Brings the link of 'node' up to date, except for what policy_weigh_link()
 * computes. */
static void
fill(struct cluster_node *node)
{
    if (!node->filled) {
        fill_sums(node, &node->policy.link);
        add_row(node, &node->policy.link);
        node->filled = true;
    }
}

/* Fills 'link' with what is on a hypervisor's link, that of its own containers
 * and that of its guests.  If the link's speed is not known, it is taken to be
 * that of the fastest guest's. */
static void
fill_group(const struct cluster_node *hypervisor, struct policy_link *link)
{
    struct cluster_node *guest;
    double fastest = 0;

    fill_sums(hypervisor, link);
    LIST_FOR_EACH (guest, guest_node, &hypervisor->guests) {
        const struct policy_link *one = &guest->policy.link;

        fill(guest);
        fastest = MAX(fastest, one->speed);
        link->elephants += one->elephants;
        link->heavy += one->heavy;
        link->light += one->light;
        link->unknown += one->unknown;
        link->resting += one->resting;
        link->resting_heavy += one->resting_heavy;
        link->resting_rated += one->resting_rated;
        link->resting_rate += one->resting_rate;
        link->expected += one->expected;
        link->expected_rated += one->expected_rated;
        link->expected_share += one->expected_share;
        link->expected_usual += one->expected_usual;
        link->expected_heavy += one->expected_heavy;
        link->expected_light += one->expected_light;
    }
    add_row(hypervisor, link);
    link->speed = link->speed > 0 ? link->speed : fastest;
}

static enum policy_knowledge
get_knowledge(const struct cluster_node *node)
{
    const struct policy_link *link = &node->policy.link;

    return (!node->has_row ? POLICY_NO_NODE
            : cluster_node_is_stale(node) ? POLICY_STALE
            : link->unknown && !link->heavy && !link->light ? POLICY_BLIND
            : POLICY_FRESH);
}

/* Scores 'node' again after one of its links has been weighed. */
static void
weigh(struct cluster_node *node)
{
    policy_weigh_node(&node->policy);
    node->weighed = node->hypervisor ? node->hypervisor->group_version : 0;
}

/* Brings what cluster_get_policy() returns of 'node' up to date, and that of
 * its hypervisor first. */
static void
refresh(const struct policy_weights *weights, struct cluster_node *node)
{
    node->changed = false;
    if (node->hypervisor && node->hypervisor->changed) {
        refresh(weights, node->hypervisor);
    }
    fill(node);
    policy_weigh_link(weights, &node->policy.link);
    if (!ovs_list_is_empty(&node->guests)) {
        fill_group(node, &node->group);
        policy_weigh_link(weights, &node->group);
        node->group_version++;
    }
    node->policy.knowledge = get_knowledge(node);
    node->policy.hypervisor = (node->hypervisor ? &node->hypervisor->group
                               : !ovs_list_is_empty(&node->guests)
                               ? &node->group : NULL);
    weigh(node);
}

const struct policy_node *
cluster_get_policy(struct cluster *cluster, const struct cluster_node *node_)
{
    static const struct policy_node nobody = {
        .knowledge = POLICY_NO_NODE,
        .score = POLICY_NEUTRAL_SCORE,
        .reason = POLICY_NEUTRAL_NO_NODE,
    };
    struct cluster_node *node = CONST_CAST(struct cluster_node *, node_);
    const struct cluster_node *host;

    if (!node) {
        return &nobody;
    }
    host = node->hypervisor;
    if (node->changed || (host && host->changed)) {
        refresh(cluster->weights, node);
    } else if (host && node->weighed != host->group_version) {
        weigh(node);
    }
    return &node->policy;
}
