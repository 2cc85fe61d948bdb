/* SPDX-License-Identifier: Apache-2.0 */

/* Creates and destroys a cluster, adds and removes its instances, and tells it
 * the time. */

#include <config.h>
#include "cluster.h"

#include <stdlib.h>
#include <string.h>

#include "cluster-nodes.h"
#include "cluster-reservations.h"
#include "cluster-workloads.h"
#include "hash.h"
#include "util.h"
#include "uuid.h"

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
        .to_review = OVS_LIST_INITIALIZER(&cluster->to_review),
        .weights = &policy_default_weights,
        .half_life = LEARNING_HALF_LIFE,
        .patience = 60000,
    };
    known_names_init(&cluster->nodes);
}

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

/* Adds 'instance', if it is at rest, to what is expected in 'sum', or
 * subtracts it if 'sign' is -1. */
static void
add_resting(const struct cluster_instance *instance, int sign,
            struct cluster_sum *sum)
{
    if (instance->resting) {
        sum->resting += sign;
        sum->resting_heavy += instance->class == FOOTPRINT_HEAVY ? sign : 0;
        sum->resting_rated += instance->resting_rate > 0 ? sign : 0;
        sum->resting_rate += sign * instance->resting_rate;
        if (!sum->resting_rated) {
            sum->resting_rate = 0; /* No remains of rounding. */
        }
    }
}

/* Adds 'instance' to the sums of its node, or subtracts it if 'sign' is
 * -1. */
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
    add_resting(instance, sign, sum);
    cluster_note_change(instance->node);
}

/* Finds out whether 'instance' is at rest.  A heavy one without a rate only is
 * if the rate of its workload is known. */
static void
find_rest(struct cluster_instance *instance)
{
    const struct cluster_workload *workload = instance->workload;

    instance->resting = (workload && workload->heavy
                         && (instance->class != FOOTPRINT_HEAVY
                             || (instance->rate <= 0 && workload->rate > 0)));
    instance->resting_rate = instance->resting ? workload->rate : 0;
}

/* Returns a new instance with what is in 'from'; its strings are in the same
 * block of memory. */
static struct cluster_instance *
make_instance(struct cluster *cluster, const struct uuid *uuid,
              const struct cluster_instance_row *from)
{
    size_t writer = strlen(from->writer) + 1;
    size_t container = strlen(from->container) + 1;
    struct cluster_instance *instance = xmalloc(sizeof *instance + writer
                                                + container);
    char *strings = (char *) (instance + 1);

    *instance = (struct cluster_instance) {
        .uuid = *uuid,
        .generation = cluster->generation,
        .node = cluster_get_node(cluster, from->node),
        .side = (strcmp(from->writer, from->node)
                 ? CLUSTER_FOREIGN : CLUSTER_OWN),
        .writer = memcpy(strings, from->writer, writer),
        .container = memcpy(strings + writer, from->container, container),
        .workload = (*from->workload
                     ? cluster_take_workload(cluster, from->workload) : NULL),
        .class = from->class,
        .role = from->role,
        .rate = cluster_clean_rate(from->rate),
        .elephants = from->elephants,
    };
    find_rest(instance);
    return instance;
}

static void
remove_instance(struct cluster *cluster, struct cluster_instance *instance)
{
    add_to_sum(instance, -1);
    hmap_remove(&cluster->instances, &instance->hmap_node);
    ovs_list_remove(&instance->node_node);
    cluster_forget_node(cluster, instance->node);
    if (instance->workload) {
        ovs_list_remove(&instance->workload_node);
        cluster_forget_workload(cluster, instance->workload);
    }
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

/* Removes 'instance', whose container is gone. */
static void
lose_instance(struct cluster *cluster, struct cluster_instance *instance)
{
    cluster_note_departure(cluster, instance);
    remove_instance(cluster, instance);
}

/* The strings of 'from' may be those of the former instance, which is
 * therefore freed last. */
void
cluster_set_instance(struct cluster *cluster, const struct uuid *uuid,
                     const struct cluster_instance_row *from)
{
    struct cluster_instance *old = find_instance(cluster, uuid);
    struct cluster_instance *instance = make_instance(cluster, uuid, from);
    bool news = is_news(old, instance);

    hmap_insert(&cluster->instances, &instance->hmap_node, uuid_hash(uuid));
    ovs_list_push_back(&instance->node->instances, &instance->node_node);
    if (instance->workload) {
        ovs_list_push_back(&instance->workload->instances,
                           &instance->workload_node);
    }
    if (old && strcmp(old->container, instance->container)) {
        lose_instance(cluster, old);
    } else if (old) {
        remove_instance(cluster, old);
    }
    add_to_sum(instance, 1);
    if (news) {
        cluster_check_reservation(cluster, instance);
    }
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
            .workload = cluster_instance_get_workload(instance),
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

/* Tells instances what was learned of their workloads.  This is done once a
 * second because many nodes may write observations of one workload, and each
 * time all of these have to be summed. */
static void
review_workloads(struct cluster *cluster)
{
    struct cluster_workload *workload;
    struct cluster_instance *instance;

    if (cluster->msec < cluster->reviewed + 1000) {
        return;
    }
    cluster->reviewed = cluster->msec;
    LIST_FOR_EACH_POP (workload, review_node, &cluster->to_review) {
        workload->in_review = false;
        if (!cluster_settle_workload(cluster, workload)) {
            continue;
        }
        LIST_FOR_EACH (instance, workload_node, &workload->instances) {
            add_to_sum(instance, -1);
            find_rest(instance);
            add_to_sum(instance, 1);
            if (instance->resting) {
                cluster_check_reservation(cluster, instance);
            }
        }
    }
}

void
cluster_run(struct cluster *cluster, long long int now, long long int msec)
{
    cluster->now = now;
    cluster->msec = msec;
    cluster_expire_reservations(cluster);
    cluster_find_stale_nodes(cluster);
    review_workloads(cluster);
}

void
cluster_sweep_rows(struct cluster *cluster)
{
    struct cluster_instance *instance;

    HMAP_FOR_EACH_SAFE (instance, hmap_node, &cluster->instances) {
        if (instance->generation != cluster->generation) {
            lose_instance(cluster, instance);
        }
    }
    cluster_sweep_observations(cluster);
}

void
cluster_destroy(struct cluster *cluster)
{
    struct cluster_instance *instance;
    struct node_row *row;

    cluster_clear_reservations(cluster);
    HMAP_FOR_EACH_SAFE (instance, hmap_node, &cluster->instances) {
        cluster_remove_instance(cluster, &instance->uuid);
    }
    cluster->generation++;
    cluster_sweep_observations(cluster);
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
