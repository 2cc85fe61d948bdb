/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster.h"

#include <stdlib.h>
#include <string.h>

#include "cluster-nodes.h"
#include "cluster-reservations.h"
#include "hash.h"
#include "util.h"
#include "uuid.h"

/* For how long, in seconds, what was learned of a workload is not computed
 * anew: the half-life is a thousand times as long. */
#define LEARNED_VALID 60

struct observation_row {
    struct hmap_node hmap_node;     /* In the cluster, by 'uuid'. */
    struct hmap_node workload_node; /* In the workload, by 'uuid'. */
    struct uuid uuid;
    unsigned int generation;        /* As an instance's. */
    struct cluster_workload *workload;
    struct observation observation;
};

void
cluster_init(struct cluster *cluster)
{
    *cluster = (struct cluster) {
        .instances = HMAP_INITIALIZER(&cluster->instances),
        .workloads = HMAP_INITIALIZER(&cluster->workloads),
        .node_rows = HMAP_INITIALIZER(&cluster->node_rows),
        .observations = HMAP_INITIALIZER(&cluster->observations),
        .reservations = HMAP_INITIALIZER(&cluster->reservations),
        .expiring = OVS_LIST_INITIALIZER(&cluster->expiring),
        .weights = &policy_default_weights,
        .half_life = LEARNING_HALF_LIFE,
        .patience = 60000,
    };
    known_names_init(&cluster->nodes);
}

void
cluster_run(struct cluster *cluster, long long int now, long long int msec)
{
    cluster->now = now;
    cluster->msec = msec;
    cluster_expire_reservations(cluster);
    cluster_find_stale_nodes(cluster);
}

/* Instances. */

static struct cluster_instance *
find_instance(const struct cluster *cluster, const struct uuid *uuid)
{
    struct cluster_instance *instance;

    HMAP_FOR_EACH_WITH_HASH (instance, hmap_node, uuid_hash(uuid),
                             &cluster->instances) {
        if (uuid_equals(&instance->uuid, uuid)) {
            return instance;
        }
    }
    return NULL;
}

/* Adds 'instance' to the sums of its node, or with 'sign' -1 takes it off. */
static void
add_to_sum(const struct cluster_instance *instance, int sign)
{
    struct cluster_sum *sum = &instance->node->sums[instance->side];

    if (instance->class == FOOTPRINT_HEAVY) {
        sum->heavy += sign;
        if (instance->role != FOOTPRINT_SOURCE) {
            sum->in += sign * instance->rate;
        }
        if (instance->role != FOOTPRINT_SINK) {
            sum->out += sign * instance->rate;
        }
        if (!sum->heavy) {
            sum->in = sum->out = 0; /* No remains of rounding. */
        }
    } else if (instance->class == FOOTPRINT_LIGHT) {
        sum->light += sign;
    } else {
        sum->unknown += sign;
    }
}

/* Returns a new instance that says what 'from' does. */
static struct cluster_instance *
make_instance(struct cluster *cluster, const struct uuid *uuid,
              const struct cluster_instance_row *from)
{
    size_t writer = strlen(from->writer) + 1;
    size_t workload = strlen(from->workload) + 1;
    size_t container = strlen(from->container) + 1;
    struct cluster_instance *instance = xmalloc(sizeof *instance + writer
                                                + workload + container);
    char *strings = (char *) (instance + 1);

    *instance = (struct cluster_instance) {
        .uuid = *uuid,
        .generation = cluster->generation,
        .node = cluster_get_node(cluster, from->node),
        .side = (strcmp(from->writer, from->node)
                 ? CLUSTER_FOREIGN : CLUSTER_OWN),
        .writer = memcpy(strings, from->writer, writer),
        .workload = memcpy(strings + writer, from->workload, workload),
        .container = memcpy(strings + writer + workload, from->container,
                            container),
        .class = from->class,
        .role = from->role,
        .rate = cluster_clean_rate(from->rate),
        .elephants = from->elephants,
    };
    return instance;
}

static void
remove_instance(struct cluster *cluster, struct cluster_instance *instance)
{
    add_to_sum(instance, -1);
    cluster_note_change(instance->node);
    hmap_remove(&cluster->instances, &instance->hmap_node);
    ovs_list_remove(&instance->node_node);
    cluster_forget_node(cluster, instance->node);
    free(instance);
}

/* Does 'instance' say of a container that it is there, or what it is, and not
 * only how much it moves now?  'old' is the row as it was, or null. */
static bool
is_news(const struct cluster_instance *old,
        const struct cluster_instance *instance)
{
    return (!old || old->class != instance->class
            || old->node != instance->node
            || strcmp(old->container, instance->container));
}

/* 'instance' is there no more. */
static void
lose_instance(struct cluster *cluster, struct cluster_instance *instance)
{
    cluster_note_departure(cluster, instance);
    remove_instance(cluster, instance);
}

/* The strings of 'from' may be those of the row as it was. */
void
cluster_set_instance(struct cluster *cluster, const struct uuid *uuid,
                     const struct cluster_instance_row *from)
{
    struct cluster_instance *old = find_instance(cluster, uuid);
    struct cluster_instance *instance = make_instance(cluster, uuid, from);
    bool news = is_news(old, instance);

    hmap_insert(&cluster->instances, &instance->hmap_node, uuid_hash(uuid));
    ovs_list_push_back(&instance->node->instances, &instance->node_node);
    if (old && strcmp(old->container, instance->container)) {
        lose_instance(cluster, old);
    } else if (old) {
        remove_instance(cluster, old);
    }
    add_to_sum(instance, 1);
    if (news) {
        cluster_check_reservation(cluster, instance);
    }
    cluster_note_change(instance->node);
}

bool
cluster_get_instance(const struct cluster *cluster, const struct uuid *uuid,
                     struct cluster_instance_row *row)
{
    const struct cluster_instance *instance = find_instance(cluster, uuid);

    if (instance) {
        *row = (struct cluster_instance_row) {
            .writer = instance->writer,
            .node = instance->node->name,
            .workload = instance->workload,
            .container = instance->container,
            .class = instance->class,
            .role = instance->role,
            .rate = instance->rate,
            .elephants = instance->elephants,
        };
    }
    return instance != NULL;
}

void
cluster_remove_instance(struct cluster *cluster, const struct uuid *uuid)
{
    struct cluster_instance *instance = find_instance(cluster, uuid);

    if (instance) {
        lose_instance(cluster, instance);
    }
}

/* Workloads. */

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

static struct cluster_workload *
get_workload(struct cluster *cluster, const char *key)
{
    struct cluster_workload *workload = find_workload(cluster, key);

    if (!workload) {
        workload = xzalloc(sizeof *workload);
        workload->key = xstrdup(key);
        hmap_init(&workload->observations);
        hmap_insert(&cluster->workloads, &workload->hmap_node,
                    hash_string(key, 0));
    }
    return workload;
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
        row->workload = get_workload(cluster, workload);
        hmap_insert(&cluster->observations, &row->hmap_node,
                    uuid_hash(uuid));
        hmap_insert(&row->workload->observations, &row->workload_node,
                    uuid_hash(uuid));
    }
    row->generation = cluster->generation;
    row->observation = *observation;
    row->workload->computed = 0;
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
    workload->computed = 0;
    hmap_remove(&cluster->observations, &row->hmap_node);
    hmap_remove(&workload->observations, &row->workload_node);
    free(row);
    if (hmap_is_empty(&workload->observations)) {
        hmap_remove(&cluster->workloads, &workload->hmap_node);
        hmap_destroy(&workload->observations);
        free(workload->key);
        free(workload);
    }
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
cluster_sweep_rows(struct cluster *cluster)
{
    struct observation_row *observation;
    struct cluster_instance *instance;

    HMAP_FOR_EACH_SAFE (instance, hmap_node, &cluster->instances) {
        if (instance->generation != cluster->generation) {
            lose_instance(cluster, instance);
        }
    }
    HMAP_FOR_EACH_SAFE (observation, hmap_node, &cluster->observations) {
        if (observation->generation != cluster->generation) {
            cluster_remove_observation(cluster, &observation->uuid);
        }
    }
}

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

    if (!workload) {
        return NULL;
    }
    if (!workload->computed
        || cluster->now > workload->computed + LEARNED_VALID
        || cluster->now < workload->computed) {
        learn(cluster, workload);
    }
    return &workload->learned;
}

void
cluster_destroy(struct cluster *cluster)
{
    struct observation_row *observation;
    struct cluster_instance *instance;
    struct node_row *row;

    cluster_clear_reservations(cluster);
    HMAP_FOR_EACH_SAFE (instance, hmap_node, &cluster->instances) {
        cluster_remove_instance(cluster, &instance->uuid);
    }
    HMAP_FOR_EACH_SAFE (observation, hmap_node, &cluster->observations) {
        cluster_remove_observation(cluster, &observation->uuid);
    }
    HMAP_FOR_EACH_SAFE (row, hmap_node, &cluster->node_rows) {
        cluster_remove_node(cluster, &row->uuid);
    }
    known_names_destroy(&cluster->nodes);
    hmap_destroy(&cluster->instances);
    hmap_destroy(&cluster->workloads);
    hmap_destroy(&cluster->node_rows);
    hmap_destroy(&cluster->observations);
    hmap_destroy(&cluster->reservations);
}
