/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster-workloads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cluster-nodes.h"
#include "hash.h"
#include "util.h"
#include "uuid.h"

/* For how long, in seconds, what was learned of a workload is not computed
 * anew if there is no new observation: the shortest half-life is an hour. */
#define LEARNED_VALID 60

/* A row of the table Observation. */
struct observation_row {
    struct hmap_node hmap_node;     /* In the cluster, by 'uuid'. */
    struct hmap_node workload_node; /* In the workload, by 'uuid'. */
    struct uuid uuid;
    unsigned int generation;        /* The cluster's, when it was set. */
    struct cluster_workload *workload;
    struct observation observation;
};

static struct cluster_workload *
find_workload(const struct cluster *cluster, const char *key)
{
    struct cluster_workload *workload;

    HMAP_FOR_EACH_WITH_HASH (workload, hmap_node, hash_string(key, 0),
                             &cluster->workloads) {
        if (!strcmp(workload->key, key)) {
            return workload;
        }
    }
    return NULL;
}

struct cluster_workload *
cluster_take_workload(struct cluster *cluster, const char *key)
{
    struct cluster_workload *workload = find_workload(cluster, key);

    if (!workload) {
        workload = xzalloc(sizeof *workload);
        workload->key = xstrdup(key);
        hmap_init(&workload->observations);
        ovs_list_init(&workload->instances);
        hmap_insert(&cluster->workloads, &workload->hmap_node,
                    hash_string(key, 0));
    }
    return workload;
}

void
cluster_forget_workload(struct cluster *cluster,
                        struct cluster_workload *workload)
{
    if (!workload || !hmap_is_empty(&workload->observations)
        || !ovs_list_is_empty(&workload->instances)) {
        return;
    }
    if (workload->in_review) {
        ovs_list_remove(&workload->review_node);
    }
    hmap_remove(&cluster->workloads, &workload->hmap_node);
    hmap_destroy(&workload->observations);
    free(workload->key);
    free(workload);
}

/* Notes that the observations of 'workload' have changed, so that what its
 * instances were told of it has to be reviewed. */
static void
note_news(struct cluster *cluster, struct cluster_workload *workload)
{
    workload->computed = 0;
    if (!workload->in_review) {
        workload->in_review = true;
        ovs_list_push_back(&cluster->to_review, &workload->review_node);
    }
}

static struct observation_row *
find_observation(const struct cluster *cluster, const struct uuid *uuid)
{
    struct observation_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, hmap_node, uuid_hash(uuid),
                             &cluster->observations) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

void
cluster_set_observation(struct cluster *cluster, const struct uuid *uuid,
                        const char *workload,
                        const struct observation *observation)
{
    struct observation_row *row = find_observation(cluster, uuid);

    if (row && strcmp(row->workload->key, workload)) {
        cluster_remove_observation(cluster, uuid);
        row = NULL;
    }
    if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        row->workload = cluster_take_workload(cluster, workload);
        hmap_insert(&cluster->observations, &row->hmap_node,
                    uuid_hash(uuid));
        hmap_insert(&row->workload->observations, &row->workload_node,
                    uuid_hash(uuid));
    }
    row->generation = cluster->generation;
    row->observation = *observation;
    note_news(cluster, row->workload);
}

void
cluster_remove_observation(struct cluster *cluster, const struct uuid *uuid)
{
    struct observation_row *row = find_observation(cluster, uuid);
    struct cluster_workload *workload;

    if (!row) {
        return;
    }
    workload = row->workload;
    note_news(cluster, workload);
    hmap_remove(&cluster->observations, &row->hmap_node);
    hmap_remove(&workload->observations, &row->workload_node);
    free(row);
    cluster_forget_workload(cluster, workload);
}

bool
cluster_get_observation(const struct cluster *cluster, const struct uuid *uuid,
                        const char **workload, struct observation *observation)
{
    const struct observation_row *row = find_observation(cluster, uuid);

    if (row) {
        *workload = row->workload->key;
        *observation = row->observation;
    }
    return row != NULL;
}

void
cluster_sweep_observations(struct cluster *cluster)
{
    struct observation_row *row;

    HMAP_FOR_EACH_SAFE (row, hmap_node, &cluster->observations) {
        if (row->generation != cluster->generation) {
            cluster_remove_observation(cluster, &row->uuid);
        }
    }
}

/* Computes what was learned of 'workload' from its observations. */
static void
learn(struct cluster *cluster, struct cluster_workload *workload)
{
    size_t n = hmap_count(&workload->observations), i = 0;
    struct observation *observations = xmalloc(n * sizeof *observations);
    const struct observation_row *row;

    HMAP_FOR_EACH (row, workload_node, &workload->observations) {
        observations[i++] = row->observation;
    }
    learning_sum(observations, n, cluster->half_life, cluster->now,
                 &workload->learned);
    workload->computed = cluster->now;
    free(observations);
}

const struct learned *
cluster_get_workload(struct cluster *cluster, const char *key)
{
    struct cluster_workload *workload = find_workload(cluster, key);

    if (!workload || hmap_is_empty(&workload->observations)) {
        return NULL;
    }
    if (!workload->computed
        || cluster->now > workload->computed + LEARNED_VALID
        || cluster->now < workload->computed) {
        learn(cluster, workload);
    }
    return &workload->learned;
}

bool
cluster_settle_workload(struct cluster *cluster,
                        struct cluster_workload *workload)
{
    const struct learned *learned = cluster_get_workload(cluster,
                                                         workload->key);
    bool heavy = learned && learned->class == WORKLOAD_HEAVY;
    double rate = heavy ? cluster_clean_rate(learned->typical_rate) : 0;

    if (heavy == workload->heavy
        && fabs(rate - workload->rate) <= workload->rate / 10) {
        return false;
    }
    workload->heavy = heavy;
    workload->rate = rate;
    return true;
}
