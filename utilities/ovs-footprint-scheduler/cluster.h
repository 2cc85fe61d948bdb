/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_H
#define CLUSTER_H 1

/* What OVS_Footprint says of the cluster, in the shape that the policy needs,
 * and the pods that were just placed.
 *
 * cluster-db.h feeds it row by row, as rows change, so that a change costs
 * what that row costs.  A node may be spoken of before it has a row, or
 * without ever having one.
 *
 * What instances of a node move is known from two sides: the daemon on the
 * node, and for a virtual machine its hypervisor's, which sees the same bytes
 * once more.  Sides are summed up each by itself, and the larger sum counts.
 *
 * Pure: the time comes in by cluster_run(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "known-names.h"
#include "lib/footprint-class.h"
#include "lib/learning.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"
#include "policy.h"

/* A row of the table Node. */
struct cluster_node_row {
    const char *name, *hypervisor, *detector, *version;
    long long int last_seen, interval; /* Seconds. */
    long long int elephants, heavy, light, unknown;
    double bits_in, bits_out, speed;
    long long int blind_spots;  /* Kinds of them. */
};

/* A row of the table Instance. */
struct cluster_instance_row {
    const char *writer, *node, *workload, *container;
    enum footprint_class class;
    enum footprint_role role;
    double rate;                /* bit/s in elephants. */
    long long int elephants;
};

/* What the instances of a node are, as one side sees them. */
struct cluster_sum {
    double in, out;             /* bit/s in elephants. */
    long long int heavy, light, unknown;
    long long int resting;      /* See cluster_instance. */
    long long int resting_heavy, resting_rated; /* Of those: heavy still, and
                                                 * with a rate. */
    double resting_rate;        /* Theirs, in bit/s. */
};

enum cluster_side {
    CLUSTER_OWN,                /* By a daemon on the node. */
    CLUSTER_FOREIGN,            /* By that of its hypervisor. */
    CLUSTER_N_SIDES
};

struct cluster_node {
    struct known_name known;    /* In the cluster's nodes. */
    const char *name;           /* The same as that has. */
    bool has_row;
    struct uuid uuid;           /* Of the row. */

    /* Of the row, if there is one. */
    char *detector, *version;
    long long int interval, last_seen;
    long long int heard;        /* When it was heard of, as the cluster's
                                 * 'msec'. */
    bool stale;                 /* See cluster_node_is_stale(). */
    long long int elephants, heavy, light, unknown, blind_spots;
    double bits_in, bits_out, speed;
    struct cluster_node *hypervisor;
    struct ovs_list guest_node; /* In the hypervisor's guests. */

    struct ovs_list guests;     /* Of this one, if it is a hypervisor. */
    struct ovs_list instances;  /* struct cluster_instance by node_node. */
    struct cluster_sum sums[CLUSTER_N_SIDES];

    /* What is expected of pods that were just placed, each divided by the
     * number of nodes that it may be on. */
    double expected;            /* bit/s of those with a known rate. */
    double expected_rated;      /* How many pods those are. */
    double expected_share;      /* Shares of a link, of the other ones. */
    double expected_usual;      /* Shares of a link, of all of them. */
    double expected_heavy;      /* Pods that are heavy. */
    double expected_light;      /* Pods that are not. */
    size_t n_reservations;      /* That may put a pod here. */

    struct policy_node policy;  /* See cluster_get_policy(). */
    struct policy_link group;   /* As a hypervisor: with all guests. */
    unsigned int group_version; /* Of 'group'. */
    unsigned int weighed;       /* 'group_version' of its hypervisor when
                                 * 'policy' was weighed. */
    bool changed;               /* Since those were computed? */
    bool filled;                /* Is policy.link all that it has to be, but
                                 * for its weight? */
};

struct cluster_instance {
    struct hmap_node hmap_node; /* In the cluster's instances, by 'uuid'. */
    struct ovs_list node_node;  /* In its node's instances. */
    struct uuid uuid;
    unsigned int generation;    /* The cluster's, when its row was set. */
    struct cluster_node *node;
    enum cluster_side side;
    const char *writer;         /* The node that says so. */
    const char *container;      /* Of what: in the same block. */
    struct cluster_workload *workload; /* Null if nobody knows. */
    struct ovs_list workload_node; /* In that one's instances. */
    enum footprint_class class;
    enum footprint_role role;
    double rate;
    long long int elephants;

    bool resting;               /* Is it at rest: of a workload that is heavy,
                                 * and without an elephant at the moment? */
    double resting_rate;        /* What it will take after its rest, in bit/s;
                                 * 0 if that is not known. */
};

struct cluster_workload {
    struct hmap_node hmap_node; /* In the cluster's workloads, by 'key'. */
    char *key;
    struct hmap observations;   /* By uuid. */
    struct ovs_list instances;  /* struct cluster_instance by workload_node. */
    struct learned learned;     /* See cluster_get_workload(). */
    long long int computed;     /* When; 0 if that has to be done again. */

    /* What its instances were last told of 'learned'. */
    bool heavy;
    double rate;                /* In bit/s. */
    bool in_review;             /* Is it in the cluster's 'to_review'? */
    struct ovs_list review_node; /* In that list. */
};

struct cluster {
    struct known_names nodes;   /* struct cluster_node by 'known'. */
    struct hmap instances, workloads;
    struct hmap node_rows, observations; /* By uuid. */
    struct ovs_list to_review;  /* struct cluster_workload of which something
                                 * was learned, by review_node. */
    long long int reviewed;     /* The 'msec' when those were reviewed last. */
    struct hmap reservations;   /* By pod. */
    struct ovs_list expiring;   /* The same, in the order of their ends. */
    long long int now;          /* Seconds of wall clock. */
    long long int msec;         /* Milliseconds of any steady clock. */
    long long int looked;       /* The 'msec' when stale nodes were looked for
                                 * last. */
    unsigned int generation;    /* Of rows: see cluster_sweep_rows(). */
    const struct policy_weights *weights;
    long long int half_life;    /* Of what is learned, in seconds. */
    long long int patience;     /* Milliseconds that a reservation lasts. */
};

void cluster_init(struct cluster *);
void cluster_destroy(struct cluster *);

/* Tells the time, forgets what was reserved for too long, and, once a second,
 * tells instances what was learned of their workloads. */
void cluster_run(struct cluster *, long long int now, long long int msec);

/* Add or change a row. */
void cluster_set_node(struct cluster *, const struct uuid *,
                      const struct cluster_node_row *);
void cluster_set_instance(struct cluster *, const struct uuid *,
                          const struct cluster_instance_row *);
void cluster_set_observation(struct cluster *, const struct uuid *,
                             const char *workload,
                             const struct observation *);

/* Remove a row; nothing happens if there is none. */
void cluster_remove_node(struct cluster *, const struct uuid *);
void cluster_remove_instance(struct cluster *, const struct uuid *);
void cluster_remove_observation(struct cluster *, const struct uuid *);

/* Stores what a row says now, for somebody who only knows what has changed in
 * it; the strings stay until it is set.  Returns false if there is no such
 * row. */
bool cluster_get_instance(const struct cluster *, const struct uuid *,
                          struct cluster_instance_row *);
bool cluster_get_observation(const struct cluster *, const struct uuid *,
                             const char **workload, struct observation *);

/* Removes each Node of which 'exists' returns false.  This is for after the
 * database was away, since nobody says what has gone meanwhile. */
typedef bool cluster_exists(const struct uuid *, const void *aux);
void cluster_sweep_nodes(struct cluster *, cluster_exists *, const void *aux);

/* The same for the rows of other tables: removes those that were not set since
 * the cluster's generation was increased. */
void cluster_sweep_rows(struct cluster *);

/* Returns the workload's key, "" if nobody knows it. */
static inline const char *
cluster_instance_get_workload(const struct cluster_instance *instance)
{
    return instance->workload ? instance->workload->key : "";
}

/* Walks through all nodes. */
#define CLUSTER_FOR_EACH_NODE(NODE, CLUSTER) \
    HMAP_FOR_EACH (NODE, known.hmap_node, &(CLUSTER)->nodes.names)

/* How many nodes there are, with or without a row. */
size_t cluster_count_nodes(const struct cluster *);

/* Returns the node of that name, or null. */
const struct cluster_node *cluster_find_node(const struct cluster *,
                                             const char *name);

/* Returns the node that 'known' is of, null for null. */
static inline const struct cluster_node *
cluster_node_from_name(const struct known_name *known)
{
    return known ? CONTAINER_OF(known, struct cluster_node, known) : NULL;
}

/* Returns what the policy wants to know of 'node', which may be null; valid
 * until the cluster changes. */
const struct policy_node *cluster_get_policy(struct cluster *,
                                             const struct cluster_node *);

/* Returns what is known of the workload 'key', null if nothing. */
const struct learned *cluster_get_workload(struct cluster *,
                                           const char *key);

/* Has the node missed so many heartbeats that what it said does not count?
 * This is found out once a second. */
bool cluster_node_is_stale(const struct cluster_node *);

/* Is every node with a row stale, and is there one? */
bool cluster_is_stale(struct cluster *);

/* Seconds since 'node', which has a row, was heard of. */
long long int cluster_get_age(const struct cluster *,
                              const struct cluster_node *);

/* A pod that will soon be on some node. */
struct cluster_arrival {
    const char *pod;
    bool heavy;
    double rate;                /* What it will take, in bit/s; 0 if that is
                                 * not known. */
    double share;               /* Of a link, if that, or the link's speed, is
                                 * not known. */
};

/* Notes that this pod will soon be on one of the 'n' nodes, each as probable
 * as the others; null nodes are of no interest.  Ends when an instance of that
 * name turns up, or after the patience. */
void cluster_reserve(struct cluster *, const struct cluster_arrival *,
                     const struct cluster_node *const *nodes, size_t n);

/* Ends the reservation of the pod, which is to be placed again. */
void cluster_unreserve(struct cluster *, const char *pod);

/* Leaves the reservation of the pod out for now, so that the pod may be judged
 * as if it were to be placed again.  Returns what cluster_resume() needs
 * before anything else changes. */
struct reservation *cluster_suspend(struct cluster *, const char *pod);
void cluster_resume(struct reservation *);

#endif /* cluster.h */
