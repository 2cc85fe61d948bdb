/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLUSTER_RESERVATIONS_H
#define CLUSTER_RESERVATIONS_H 1

/* The pods of a cluster that were just placed and have no instance yet, for
 * the other files that make a cluster up; cluster_reserve() adds one.  Pure:
 * the time is the cluster's. */

#include "cluster.h"

/* Ends those whose time is over. */
void cluster_expire_reservations(struct cluster *);

/* Ends the reservation of the pod whose 'instance' is there, or, for one that
 * is expected to be heavy, is not yet, and does not count as resting, moves it
 * to where that is. */
void cluster_check_reservation(struct cluster *,
                               const struct cluster_instance *instance);

/* Ends the reservation of the pod whose 'instance' has been there and is there
 * no more. */
void cluster_note_departure(struct cluster *,
                            const struct cluster_instance *instance);

/* Ends all. */
void cluster_clear_reservations(struct cluster *);

#endif /* cluster-reservations.h */
