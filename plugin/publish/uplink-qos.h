/* SPDX-License-Identifier: Apache-2.0 */

#ifndef UPLINK_QOS_H
#define UPLINK_QOS_H 1

/* The queues of uplinks: rows QoS and Queue of OVSDB, of type linux-htb, which
 * ovs-vswitchd makes real.
 *
 * An uplink is a Port that footprint-uplinks names, or if that names none, one
 * of a bridge that we serve by which packets leave the machine.  One that has
 * a QoS of somebody else's is left alone: if that has the queues that are
 * asked for, they are used, and if not, none is. */

#include <stdbool.h>

struct ovsdb_idl;
struct ovsdb_idl_txn;
struct queue_plan;
struct settings;
struct sset;
struct topology;
struct uplink_qos;

struct uplink_qos *uplink_qos_create(void);
void uplink_qos_destroy(struct uplink_qos *);

/* Adds the columns that this module reads and writes to what 'idl'
 * replicates. */
void uplink_qos_register(struct ovsdb_idl *idl);

struct uplink_qos_inputs {
    const struct ovsdb_idl *idl;
    const struct topology *topology;
    const struct settings *settings;
    const struct queue_plan *plan; /* No queues: nothing of ours stays. */
};

/* Adds to 'txn' what has to change. */
void uplink_qos_run(struct uplink_qos *, struct ovsdb_idl_txn *txn,
                    const struct uplink_qos_inputs *);

/* Is there an uplink without the queues that are asked for? */
bool uplink_qos_is_refused(const struct uplink_qos *);

/* What is wrong, as sentences for people. */
const struct sset *uplink_qos_get_problems(const struct uplink_qos *);

#endif /* uplink-qos.h */
