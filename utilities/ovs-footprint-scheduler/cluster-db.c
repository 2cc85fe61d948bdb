/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster-db.h"

#include "cluster.h"
#include "lib/footprint-db.h"
#include "lib/row-facts.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-idl.h"

static void
set_node(struct cluster *cluster, const struct fprec_node *row)
{
    struct cluster_node_row node = {
        .name = row->name,
        .hypervisor = row->hypervisor,
        .detector = row->detector,
        .version = row->version,
        .last_seen = row->last_seen,
        .interval = row->heartbeat_interval,
        .elephants = row->elephants,
        .heavy = row->heavy,
        .light = row->light,
        .unknown = row->unknown,
        .bits_in = row->bits_in,
        .bits_out = row->bits_out,
        .speed = row->link_speed,
        .blind_spots = row->n_blind_spots,
    };

    cluster_set_node(cluster, &row->header_.uuid, &node);
}

static void
set_instance(struct cluster *cluster, const struct fprec_instance *row)
{
    struct cluster_instance_row instance = {
        .writer = row->node,
        .node = row->on_node,
        .workload = row->workload,
        .container = row->container,
        .role = footprint_role_from_string(row->role),
        .rate = row->bits_per_second,
        .elephants = row->elephants,
    };

    if (!footprint_class_from_string(row->class_, &instance.class)) {
        instance.class = FOOTPRINT_UNKNOWN;
    }
    cluster_set_instance(cluster, &row->header_.uuid, &instance);
}

static void
set_observation(struct cluster *cluster, const struct fprec_observation *row)
{
    struct observation observation = row_get_observation(row);

    cluster_set_observation(cluster, &row->header_.uuid, row->workload,
                            &observation);
}

/* What is gone goes first: a row may have come back under another UUID. */
static void
remove_rows(struct ovsdb_idl *idl, struct cluster *cluster)
{
    const struct fprec_node *node;
    const struct fprec_instance *instance;
    const struct fprec_observation *observation;

    FPREC_NODE_FOR_EACH_TRACKED (node, idl) {
        if (fprec_node_is_deleted(node)) {
            cluster_remove_node(cluster, &node->header_.uuid);
        }
    }
    FPREC_INSTANCE_FOR_EACH_TRACKED (instance, idl) {
        if (fprec_instance_is_deleted(instance)) {
            cluster_remove_instance(cluster, &instance->header_.uuid);
        }
    }
    FPREC_OBSERVATION_FOR_EACH_TRACKED (observation, idl) {
        if (fprec_observation_is_deleted(observation)) {
            cluster_remove_observation(cluster, &observation->header_.uuid);
        }
    }
}

static void
set_rows(struct ovsdb_idl *idl, struct cluster *cluster)
{
    const struct fprec_node *node;
    const struct fprec_instance *instance;
    const struct fprec_observation *observation;

    FPREC_NODE_FOR_EACH_TRACKED (node, idl) {
        if (!fprec_node_is_deleted(node)) {
            set_node(cluster, node);
        }
    }
    FPREC_INSTANCE_FOR_EACH_TRACKED (instance, idl) {
        if (!fprec_instance_is_deleted(instance)) {
            set_instance(cluster, instance);
        }
    }
    FPREC_OBSERVATION_FOR_EACH_TRACKED (observation, idl) {
        if (!fprec_observation_is_deleted(observation)) {
            set_observation(cluster, observation);
        }
    }
}

static bool
row_exists(enum cluster_table table, const struct uuid *uuid, const void *idl)
{
    return (table == CLUSTER_NODE ? !!fprec_node_get_for_uuid(idl, uuid)
            : table == CLUSTER_INSTANCE
            ? !!fprec_instance_get_for_uuid(idl, uuid)
            : !!fprec_observation_get_for_uuid(idl, uuid));
}

/* After a connection has been lost, the IDL may get all rows anew, and then
 * does not tell which of those that it had have gone. */
static void
notice_reconnection(struct cluster_db *cdb, struct cluster *cluster,
                    const struct ovsdb_idl *idl)
{
    unsigned int seqno = ovsdb_idl_get_seqno(idl);

    if (!ovsdb_idl_is_connected(idl)) {
        cdb->lost = true;
    } else if (cdb->lost && seqno != cdb->seqno) {
        cdb->lost = false;
        cluster_sweep(cluster, row_exists, idl);
    }
    cdb->seqno = seqno;
}

void
cluster_db_run(struct cluster_db *cdb, struct cluster *cluster,
               struct footprint_db *db)
{
    struct ovsdb_idl *idl = footprint_db_get_idl(db);

    if (idl) {
        cluster->half_life = footprint_db_get_half_life(db);
        remove_rows(idl, cluster);
        notice_reconnection(cdb, cluster, idl);
        set_rows(idl, cluster);
        ovsdb_idl_track_clear(idl);
    }
}
