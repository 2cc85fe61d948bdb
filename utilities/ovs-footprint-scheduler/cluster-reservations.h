/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_RESERVATIONS_H
#define CLUSTER_RESERVATIONS_H 1

/* The pods of a cluster that were just placed and have no instance yet, for
 * the other files that make a cluster up; cluster_reserve() adds one.  Pure:
 * the time is the cluster's. */

#include "cluster.h"

/* Ends the reservations whose time is over. */
void cluster_expire_reservations(struct cluster *);

/* Ends the reservation of the pod that 'instance' is.  If the pod is expected
 * to be heavy, but the instance neither is yet nor counts as resting, moves
 * the reservation to the instance's node instead. */
void cluster_check_reservation(struct cluster *,
                               const struct cluster_instance *instance);

/* Ends the reservation of the pod that 'instance' was, if that was noted
 * before: the instance is gone. */
void cluster_note_departure(struct cluster *,
                            const struct cluster_instance *instance);

/* Ends all reservations. */
void cluster_clear_reservations(struct cluster *);

#endif /* cluster-reservations.h */
