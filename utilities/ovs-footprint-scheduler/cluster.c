/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "json-scan.h"
#include "util.h"
#include "uuid.h"

/* How many heartbeats a node may miss. */
#define MISSED_HEARTBEATS 3

/* For how long, in seconds, what was learned of a workload is not computed
 * anew: the half-life is a thousand times as long. */
#define LEARNED_VALID 60

/* A row of the table Node, to find the node by. */
struct node_row {
    struct hmap_node hmap_node;
    struct uuid uuid;
    struct cluster_node *node;
};

struct observation_row {
    struct hmap_node hmap_node;     /* In the cluster, by 'uuid'. */
    struct hmap_node workload_node; /* In the workload, by 'uuid'. */
    struct uuid uuid;
    struct cluster_workload *workload;
    struct observation observation;
};

/* A pod that was just placed: on one of the nodes, each as probable. */
struct reservation {
    struct hmap_node hmap_node; /* In the cluster, by 'pod'. */
    struct ovs_list list_node;
    char *pod;
    long long int ends;
    bool heavy;
    bool seen;                  /* Has its instance turned up? */
    double rate, share;         /* What it is expected to take. */
    struct cluster_node **nodes;
    size_t n_nodes;
};

static void end_reservation(struct cluster *, struct reservation *);

void
cluster_init(struct cluster *cluster)
{
    *cluster = (struct cluster) {
        .nodes = HMAP_INITIALIZER(&cluster->nodes),
        .instances = HMAP_INITIALIZER(&cluster->instances),
        .containers = HMAP_INITIALIZER(&cluster->containers),
        .workloads = HMAP_INITIALIZER(&cluster->workloads),
        .node_rows = HMAP_INITIALIZER(&cluster->node_rows),
        .observations = HMAP_INITIALIZER(&cluster->observations),
        .reservations = HMAP_INITIALIZER(&cluster->reservations),
        .expiring = OVS_LIST_INITIALIZER(&cluster->expiring),
        .half_life = LEARNING_HALF_LIFE,
        .patience = 60000,
    };
}

void
cluster_run(struct cluster *cluster, long long int now, long long int msec)
{
    struct reservation *r;

    cluster->now = now;
    cluster->msec = msec;
    LIST_FOR_EACH_SAFE (r, list_node, &cluster->expiring) {
        if (r->ends > msec) {
            break;
        }
        end_reservation(cluster, r);
    }
}

/* Nodes. */

static struct cluster_node *
find_node(const struct cluster *cluster, const char *name, size_t n)
{
    struct cluster_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, hmap_node, hash_bytes(name, n, 0),
                             &cluster->nodes) {
        if (!strncmp(node->name, name, n) && !node->name[n]) {
            return node;
        }
    }
    return NULL;
}

const struct cluster_node *
cluster_find_node(const struct cluster *cluster, const struct slice *name)
{
    return find_node(cluster, name->s, name->n);
}

static struct cluster_node *
get_node(struct cluster *cluster, const char *name)
{
    struct cluster_node *node = find_node(cluster, name, strlen(name));

    if (!node) {
        node = xzalloc(sizeof *node);
        node->name = xstrdup(name);
        node->changed = true;
        ovs_list_init(&node->guests);
        ovs_list_init(&node->instances);
        hmap_insert(&cluster->nodes, &node->hmap_node,
                    hash_bytes(name, strlen(name), 0));
    }
    return node;
}

/* What is on the link of 'node', and so on its hypervisor's, has changed. */
static void
note_change(struct cluster_node *node)
{
    node->changed = true;
    if (node->hypervisor) {
        node->hypervisor->changed = true;
    }
}

static bool
is_reserved(const struct cluster *cluster, const struct cluster_node *node)
{
    const struct reservation *r;

    HMAP_FOR_EACH (r, hmap_node, &cluster->reservations) {
        for (size_t i = 0; i < r->n_nodes; i++) {
            if (r->nodes[i] == node || r->nodes[i]->hypervisor == node) {
                return true;
            }
        }
    }
    return false;
}

/* Frees 'node' if nothing speaks of it any more. */
static void
forget_node(struct cluster *cluster, struct cluster_node *node)
{
    if (!node || node->has_row || !ovs_list_is_empty(&node->guests)
        || !ovs_list_is_empty(&node->instances)
        || is_reserved(cluster, node)) {
        return;
    }
    hmap_remove(&cluster->nodes, &node->hmap_node);
    free(node->name);
    free(node->detector);
    free(node->version);
    free(node);
}

static void
set_hypervisor(struct cluster *cluster, struct cluster_node *node,
               const char *name)
{
    struct cluster_node *old = node->hypervisor;

    note_change(node);
    if (old && !strcmp(old->name, name)) {
        return;
    }
    if (old) {
        ovs_list_remove(&node->guest_node);
    }
    /* A node that says it is its own guest is a host. */
    node->hypervisor = (*name && strcmp(name, node->name)
                        ? get_node(cluster, name) : NULL);
    if (node->hypervisor) {
        ovs_list_push_back(&node->hypervisor->guests, &node->guest_node);
        note_change(node);
    }
    forget_node(cluster, old);
}

static void
replace(char **to, const char *from)
{
    if (!*to || strcmp(*to, from)) {
        free(*to);
        *to = xstrdup(from);
    }
}

static struct node_row *
find_node_row(const struct cluster *cluster, const struct uuid *uuid)
{
    struct node_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, hmap_node, uuid_hash(uuid),
                             &cluster->node_rows) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

/* Notes when 'node' was heard of.  For a new row, its own clock has to do;
 * from then on ours does, so that its clock may be as wrong as it likes. */
static void
hear(struct cluster *cluster, struct cluster_node *node,
     long long int last_seen)
{
    if (!node->has_row) {
        node->heard = MIN(last_seen, cluster->now);
    } else if (node->last_seen != last_seen) {
        node->heard = cluster->now;
    }
    node->last_seen = last_seen;
}

void
cluster_set_node(struct cluster *cluster, const struct uuid *uuid,
                 const struct cluster_node_row *from)
{
    struct node_row *row = find_node_row(cluster, uuid);
    struct cluster_node *node;

    if (row && strcmp(row->node->name, from->name)) {
        cluster_remove_node(cluster, uuid);
        row = NULL;
    }
    node = get_node(cluster, from->name);
    if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        row->node = node;
        hmap_insert(&cluster->node_rows, &row->hmap_node, uuid_hash(uuid));
    }
    hear(cluster, node, from->last_seen);
    node->has_row = true;
    node->uuid = *uuid;
    node->interval = MAX(from->interval, 1);
    node->elephants = from->elephants;
    node->heavy = from->heavy;
    node->light = from->light;
    node->unknown = from->unknown;
    node->blind_spots = from->blind_spots;
    node->bits_in = from->bits_in;
    node->bits_out = from->bits_out;
    node->speed = from->speed;
    replace(&node->detector, from->detector);
    replace(&node->version, from->version);
    set_hypervisor(cluster, node, from->hypervisor);
}

void
cluster_remove_node(struct cluster *cluster, const struct uuid *uuid)
{
    struct node_row *row = find_node_row(cluster, uuid);

    if (row) {
        struct cluster_node *node = row->node;

        hmap_remove(&cluster->node_rows, &row->hmap_node);
        free(row);
        set_hypervisor(cluster, node, "");
        node->has_row = false;
        forget_node(cluster, node);
    }
}

long long int
cluster_get_age(const struct cluster *cluster, const struct cluster_node *node)
{
    return MAX(cluster->now - node->heard, 0);
}

bool
cluster_node_is_stale(const struct cluster *cluster,
                      const struct cluster_node *node)
{
    return (cluster_get_age(cluster, node)
            >= MISSED_HEARTBEATS * node->interval);
}

bool
cluster_is_stale(struct cluster *cluster)
{
    const struct node_row *row;

    HMAP_FOR_EACH (row, hmap_node, &cluster->node_rows) {
        if (!cluster_node_is_stale(cluster, row->node)) {
            return false;
        }
    }
    return !hmap_is_empty(&cluster->node_rows);
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

static void set_reserved_nodes(struct reservation *,
                               struct cluster_node *const *, size_t n);

/* Ends the reservation of a pod whose instance is there, or, for one that is
 * expected to be heavy and is not yet, moves it to where that is. */
static void
check_reservation(struct cluster *cluster, struct cluster_instance *instance)
{
    struct reservation *r = find_reservation(cluster, instance->container);

    if (!r) {
        return;
    }
    if (!r->heavy || instance->class == FOOTPRINT_HEAVY) {
        end_reservation(cluster, r);
    } else if (!r->seen) {
        r->seen = true;
        set_reserved_nodes(r, &instance->node, 1);
    }
}

void
cluster_set_instance(struct cluster *cluster, const struct uuid *uuid,
                     const struct cluster_instance_row *from)
{
    struct cluster_instance *instance;

    cluster_remove_instance(cluster, uuid);
    instance = xzalloc(sizeof *instance);
    instance->uuid = *uuid;
    instance->node = get_node(cluster, from->node);
    instance->side = (strcmp(from->writer, from->node)
                      ? CLUSTER_FOREIGN : CLUSTER_OWN);
    instance->workload = xstrdup(from->workload);
    instance->container = xstrdup(from->container);
    instance->class = from->class;
    instance->role = from->role;
    instance->rate = from->rate >= 0 ? from->rate : 0; /* Not for a NaN. */
    instance->elephants = from->elephants;
    hmap_insert(&cluster->instances, &instance->hmap_node, uuid_hash(uuid));
    hmap_insert(&cluster->containers, &instance->pod_node,
                hash_string(instance->container, 0));
    ovs_list_push_back(&instance->node->instances, &instance->node_node);
    add_to_sum(instance, 1);
    check_reservation(cluster, instance);
    note_change(instance->node);
}

void
cluster_remove_instance(struct cluster *cluster, const struct uuid *uuid)
{
    struct cluster_instance *instance = find_instance(cluster, uuid);

    if (instance) {
        add_to_sum(instance, -1);
        note_change(instance->node);
        hmap_remove(&cluster->instances, &instance->hmap_node);
        hmap_remove(&cluster->containers, &instance->pod_node);
        ovs_list_remove(&instance->node_node);
        forget_node(cluster, instance->node);
        free(instance->workload);
        free(instance->container);
        free(instance);
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

void
cluster_sweep(struct cluster *cluster, cluster_exists *exists, const void *aux)
{
    struct observation_row *observation;
    struct cluster_instance *instance;
    struct node_row *node;

    HMAP_FOR_EACH_SAFE (node, hmap_node, &cluster->node_rows) {
        if (!exists(CLUSTER_NODE, &node->uuid, aux)) {
            cluster_remove_node(cluster, &node->uuid);
        }
    }
    HMAP_FOR_EACH_SAFE (instance, hmap_node, &cluster->instances) {
        if (!exists(CLUSTER_INSTANCE, &instance->uuid, aux)) {
            cluster_remove_instance(cluster, &instance->uuid);
        }
    }
    HMAP_FOR_EACH_SAFE (observation, hmap_node, &cluster->observations) {
        if (!exists(CLUSTER_OBSERVATION, &observation->uuid, aux)) {
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

/* Reservations. */

static void
expect_on(struct cluster_node *node, const struct reservation *r, double part)
{
    node->expected += part * r->rate;
    node->expected_share += part * r->share;
    node->expected_heavy += r->heavy ? part : 0;
    node->expected_light += r->heavy ? 0 : part;
}

/* Adds what 'r' expects to its nodes and their hypervisors, or with 'sign' -1
 * takes it off. */
static void
expect(const struct reservation *r, int sign)
{
    double part = r->n_nodes ? (double) sign / r->n_nodes : 0;

    for (size_t i = 0; i < r->n_nodes; i++) {
        expect_on(r->nodes[i], r, part);
        note_change(r->nodes[i]);
        if (r->nodes[i]->hypervisor) {
            expect_on(r->nodes[i]->hypervisor, r, part);
        }
    }
}

static void
set_reserved_nodes(struct reservation *r,
                   struct cluster_node *const *nodes, size_t n)
{
    expect(r, -1);
    free(r->nodes);
    r->nodes = xmemdup(nodes, n * sizeof *nodes);
    r->n_nodes = n;
    expect(r, 1);
}

/* Rounding may leave something of what should be nothing. */
static void
forget_expectations(struct cluster *cluster)
{
    struct cluster_node *node;

    HMAP_FOR_EACH (node, hmap_node, &cluster->nodes) {
        node->changed |= (node->expected || node->expected_share
                          || node->expected_light);
        node->expected = node->expected_share = 0;
        node->expected_heavy = node->expected_light = 0;
    }
}

static void
end_reservation(struct cluster *cluster, struct reservation *r)
{
    expect(r, -1);
    hmap_remove(&cluster->reservations, &r->hmap_node);
    ovs_list_remove(&r->list_node);
    if (hmap_is_empty(&cluster->reservations)) {
        forget_expectations(cluster);
    }
    for (size_t i = 0; i < r->n_nodes; i++) {
        forget_node(cluster, r->nodes[i]);
    }
    free(r->nodes);
    free(r->pod);
    free(r);
}

void
cluster_reserve(struct cluster *cluster, const struct cluster_arrival *a,
                const struct cluster_node *const *nodes, size_t n)
{
    struct reservation *r = find_reservation(cluster, a->pod);

    if (r) {
        end_reservation(cluster, r);
    }
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
    expect(r, 1);
}

void
cluster_destroy(struct cluster *cluster)
{
    struct observation_row *observation;
    struct cluster_instance *instance;
    struct reservation *r;
    struct node_row *row;

    LIST_FOR_EACH_SAFE (r, list_node, &cluster->expiring) {
        end_reservation(cluster, r);
    }
    HMAP_FOR_EACH_SAFE (instance, hmap_node, &cluster->instances) {
        cluster_remove_instance(cluster, &instance->uuid);
    }
    HMAP_FOR_EACH_SAFE (observation, hmap_node, &cluster->observations) {
        cluster_remove_observation(cluster, &observation->uuid);
    }
    HMAP_FOR_EACH_SAFE (row, hmap_node, &cluster->node_rows) {
        cluster_remove_node(cluster, &row->uuid);
    }
    hmap_destroy(&cluster->nodes);
    hmap_destroy(&cluster->instances);
    hmap_destroy(&cluster->containers);
    hmap_destroy(&cluster->workloads);
    hmap_destroy(&cluster->node_rows);
    hmap_destroy(&cluster->observations);
    hmap_destroy(&cluster->reservations);
}
