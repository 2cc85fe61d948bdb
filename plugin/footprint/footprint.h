/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOOTPRINT_H
#define FOOTPRINT_H 1

/* Whether a container is heavy or light.
 *
 *                        an elephant
 *      +---------+ ----------------------> +---------+
 *      |  light  |                         |  heavy  |
 *      +---------+ <---------------------- +---------+
 *           ^        none for heavy-hold        ^
 *            \                                 /
 *             +----- unknown (no detector) ---+
 *
 * Pure: takes 'now' and the number of elephants, and decides.  Monotonic times
 * are those of time_msec(), wall clock times those of time_wall_msec(). */

#include <stdbool.h>

#include "lib/footprint-class.h"

struct footprint {
    enum footprint_class class;
    enum footprint_role role;   /* FOOTPRINT_NONE unless heavy; without an
                                 * elephant at the moment, the last role. */
    unsigned int n_elephants;
    long long int since;        /* Wall clock time of the last change of
                                 * 'class'. */
    long long int last_elephant; /* Monotonic time when there last was an
                                  * elephant; only if heavy. */
};

/* A container just seen: light if it can be judged, otherwise unknown. */
void footprint_init(struct footprint *, bool judged, long long int wall_now);

/* A container that was 'class' before the daemon restarted, since the wall
 * clock time 'since'.  A heavy one gets a full hold time from 'now' on to show
 * an elephant, so that a restart goes unnoticed. */
void footprint_restore(struct footprint *, enum footprint_class,
                       enum footprint_role, long long int since,
                       long long int now);

/* What a container is judged by. */
struct footprint_inputs {
    bool judged;                /* False while there is no detector. */
    unsigned int n_elephants;   /* That the container has now. */
    enum footprint_role role;   /* What it does with them: FOOTPRINT_NONE if
                                 * that is not known. */
    unsigned int hold;          /* In seconds. */
};

/* Judges by what there is at 'now'.  Returns true if the class changed. */
bool footprint_update(struct footprint *, const struct footprint_inputs *,
                      long long int now, long long int wall_now);

/* When footprint_update() may decide otherwise though no elephant came or
 * went; LLONG_MAX if never. */
long long int footprint_get_deadline(const struct footprint *,
                                     unsigned int hold);

#endif /* footprint.h */
