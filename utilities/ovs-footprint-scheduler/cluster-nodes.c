/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster-nodes.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "uuid.h"

/* A node that has missed this many heartbeats is stale. */
#define MISSED_HEARTBEATS 3

/* The longest time between two heartbeats, in seconds, that is believed. */
#define MAX_INTERVAL (30 * 24 * 3600)

/* No link is faster, in bit/s. */
#define MAX_RATE 1e15

size_t
cluster_count_nodes(const struct cluster *cluster)
{
    return hmap_count(&cluster->nodes.names);
}

const struct cluster_node *
cluster_find_node(const struct cluster *cluster, const char *name)
{
    return cluster_node_from_name(known_names_find(&cluster->nodes, name,
                                                   strlen(name)));
}

struct cluster_node *
cluster_get_node(struct cluster *cluster, const char *name)
{
    struct cluster_node *node = CONST_CAST(struct cluster_node *,
                                           cluster_find_node(cluster, name));

    if (!node) {
        node = xzalloc(sizeof *node);
        known_names_add(&cluster->nodes, &node->known, name);
        node->name = node->known.name;
        node->changed = true;
        ovs_list_init(&node->guests);
        ovs_list_init(&node->instances);
    }
    return node;
}

double
cluster_clean_rate(double rate)
{
    return rate > 0 ? MIN(rate, MAX_RATE) : 0; /* 0 for a NaN, too. */
}

void
cluster_note_change(struct cluster_node *node)
{
    node->changed = true;
    node->filled = false;
    if (node->hypervisor) {
        node->hypervisor->changed = true;
    }
}

void
cluster_forget_node(struct cluster *cluster, struct cluster_node *node)
{
    if (!node || node->has_row || !ovs_list_is_empty(&node->guests)
        || !ovs_list_is_empty(&node->instances)
        || node->n_reservations) {
        return;
    }
    known_names_remove(&cluster->nodes, &node->known);
    free(node->detector);
    free(node->version);
    free(node);
}

static void
set_hypervisor(struct cluster *cluster, struct cluster_node *node,
               const char *name)
{
    struct cluster_node *old = node->hypervisor;

    cluster_note_change(node);
    if (old && !strcmp(old->name, name)) {
        return;
    }
    if (old) {
        ovs_list_remove(&node->guest_node);
    }
    /* A node that names itself as its hypervisor has none. */
    node->hypervisor = (*name && strcmp(name, node->name)
                        ? cluster_get_node(cluster, name) : NULL);
    if (node->hypervisor) {
        ovs_list_push_back(&node->hypervisor->guests, &node->guest_node);
        cluster_note_change(node);
    }
    cluster_forget_node(cluster, old);
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

/* Notes when 'node' was heard of.  For a new row, only the time that the node
 * wrote, by its own clock, can tell.  Later ones count from when they arrive,
 * by our steady clock, so that neither a wrong clock on the node nor a change
 * of our wall clock matters. */
static void
hear(struct cluster *cluster, struct cluster_node *node,
     long long int last_seen)
{
    if (!node->has_row) {
        long long int seen = MAX(MIN(last_seen, cluster->now), 0);

        node->heard = cluster->msec - 1000 * (cluster->now - seen);
    } else if (node->last_seen != last_seen) {
        node->heard = cluster->msec;
    }
    node->last_seen = last_seen;
}

static bool
is_late(const struct cluster *cluster, const struct cluster_node *node)
{
    return (cluster_get_age(cluster, node)
            >= MISSED_HEARTBEATS * node->interval);
}

/* Notes whether 'node' is stale, on which its guests depend as well. */
static void
set_stale(struct cluster_node *node, bool stale)
{
    struct cluster_node *guest;

    if (stale != node->stale) {
        node->stale = stale;
        cluster_note_change(node);
        LIST_FOR_EACH (guest, guest_node, &node->guests) {
            cluster_note_change(guest);
        }
    }
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
    node = cluster_get_node(cluster, from->name);
    if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        row->node = node;
        hmap_insert(&cluster->node_rows, &row->hmap_node, uuid_hash(uuid));
    }
    hear(cluster, node, from->last_seen);
    node->has_row = true;
    node->uuid = *uuid;
    node->interval = MIN(MAX(from->interval, 1), MAX_INTERVAL);
    node->elephants = from->elephants;
    node->heavy = from->heavy;
    node->light = from->light;
    node->unknown = from->unknown;
    node->blind_spots = from->blind_spots;
    node->bits_in = cluster_clean_rate(from->bits_in);
    node->bits_out = cluster_clean_rate(from->bits_out);
    node->speed = from->speed >= 1 ? cluster_clean_rate(from->speed) : 0;
    replace(&node->detector, from->detector);
    replace(&node->version, from->version);
    set_hypervisor(cluster, node, from->hypervisor);
    set_stale(node, is_late(cluster, node));
}

void
cluster_sweep_nodes(struct cluster *cluster, cluster_exists *exists,
                    const void *aux)
{
    struct node_row *row;

    HMAP_FOR_EACH_SAFE (row, hmap_node, &cluster->node_rows) {
        if (!exists(&row->uuid, aux)) {
            cluster_remove_node(cluster, &row->uuid);
        }
    }
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
        set_stale(node, false);
        cluster_forget_node(cluster, node);
    }
}

long long int
cluster_get_age(const struct cluster *cluster, const struct cluster_node *node)
{
    return MAX(cluster->msec - node->heard, 0) / 1000;
}

void
cluster_find_stale_nodes(struct cluster *cluster)
{
    const struct node_row *row;

    if (cluster->msec < cluster->looked + 1000) {
        return;
    }
    cluster->looked = cluster->msec;
    HMAP_FOR_EACH (row, hmap_node, &cluster->node_rows) {
        set_stale(row->node, is_late(cluster, row->node));
    }
}

bool
cluster_node_is_stale(const struct cluster_node *node)
{
    return node->stale;
}

bool
cluster_is_stale(struct cluster *cluster)
{
    const struct node_row *row;

    HMAP_FOR_EACH (row, hmap_node, &cluster->node_rows) {
        if (!cluster_node_is_stale(row->node)) {
            return false;
        }
    }
    return !hmap_is_empty(&cluster->node_rows);
}
