/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster-db.h"

#include "cluster-feed.h"
#include "cluster.h"
#include "lib/footprint-db.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-idl.h"
#include "util.h"

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

/* Deleted rows come first: a node's row may have been inserted again, with
 * another UUID. */
static void
take_changes(struct ovsdb_idl *idl, struct cluster *cluster)
{
    const struct fprec_node *node;

    FPREC_NODE_FOR_EACH_TRACKED (node, idl) {
        if (fprec_node_is_deleted(node)) {
            cluster_remove_node(cluster, &node->header_.uuid);
        }
    }
    FPREC_NODE_FOR_EACH_TRACKED (node, idl) {
        if (!fprec_node_is_deleted(node)) {
            set_node(cluster, node);
        }
    }
    ovsdb_idl_track_clear(idl);
}

static bool
node_exists(const struct uuid *uuid, const void *idl)
{
    return fprec_node_get_for_uuid(idl, uuid) != NULL;
}

/* After a connection has been lost, the IDL may get all rows anew, and then
 * does not report which of the former ones were deleted. */
static void
notice_reconnection(struct cluster_db *cdb, struct cluster *cluster,
                    const struct ovsdb_idl *idl)
{
    unsigned int seqno = ovsdb_idl_get_seqno(idl);

    if (!ovsdb_idl_is_connected(idl)) {
        cdb->lost = true;
    } else if (cdb->lost && seqno != cdb->seqno) {
        cdb->lost = false;
        cluster_sweep_nodes(cluster, node_exists, idl);
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
        notice_reconnection(cdb, cluster, idl);
        take_changes(idl, cluster);
    }
    if (!cdb->feed && footprint_db_is_current(db)) {
        cdb->feed = cluster_feed_create(cdb->remotes, cluster);
    }
    if (cdb->feed) {
        cluster_feed_run(cdb->feed);
    }
}

void
cluster_db_wait(struct cluster_db *cdb)
{
    if (cdb->feed) {
        cluster_feed_wait(cdb->feed);
    }
}

void
cluster_db_destroy(struct cluster_db *cdb)
{
    cluster_feed_destroy(cdb->feed);
}

bool
cluster_db_is_current(const struct cluster_db *cdb,
                      const struct footprint_db *db)
{
    return (footprint_db_is_current(db) && cdb->feed
            && cluster_feed_is_current(cdb->feed));
}

char *
cluster_db_explain(const struct cluster_db *cdb, const struct footprint_db *db)
{
    char *problem = footprint_db_explain(db);

    return (problem ? problem
            : cluster_db_is_current(cdb, db) ? NULL
            : xasprintf("%s: containers and workloads are being read",
                        cdb->remotes));
}
