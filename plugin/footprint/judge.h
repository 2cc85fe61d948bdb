/* SPDX-License-Identifier: Apache-2.0 */

#ifndef JUDGE_H
#define JUDGE_H 1

/* The footprints of all ports: puts together whose elephants there are
 * (tracker.h, attribution.h), what else a port may be judged by (evidence.h),
 * and when that makes a container heavy or light (footprint.h). */

#include <stdbool.h>

struct evidence_eyes;
struct judge;
struct topology;
struct tracker;

/* 'remote' is the database's. */
struct judge *judge_create(const char *remote);
void judge_destroy(struct judge *);

/* The elephants, the ports or the settings may have changed. */
void judge_recall(struct judge *);

/* Judges all ports if there is any reason to.  'heavy_hold' is in seconds.
 * Returns true if there was. */
bool judge_run(struct judge *, const struct topology *,
               const struct tracker *, const struct evidence_eyes *,
               unsigned int heavy_hold, long long int now);
void judge_wait(const struct judge *);

/* Number of containers that are heavy now. */
unsigned int judge_count_heavy(const struct judge *);

/* May there be elephants, known to an earlier life of the daemon, that have not
 * been found again yet? */
bool judge_is_settling(const struct judge *);

/* Number of elephants that could be several ports'. */
unsigned int judge_count_ambiguous(const struct judge *);

#endif /* judge.h */
