/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VOLUME_H
#define VOLUME_H 1

/* Whether an interface moves so much that it does not matter by how many
 * flows.
 *
 * A thousand flows of mice fill the same queues as an elephant.  What counts
 * is what was moved within the elephant hold, in whatever bursts: as much as
 * the volume rate moves in that time.  So no light container moves more than
 * the volume rate, on average over any such time.
 *
 * Pure: takes 'now', in time_msec() time, and the counters. */

#include <stdbool.h>
#include <stdint.h>

/* Parts of the time that is looked back on. */
#define VOLUME_N_SLOTS 10

/* All zeros is a valid initial state. */
struct volume {
    uint64_t slots[VOLUME_N_SLOTS + 1]; /* Bytes moved, in a ring. */
    long long int slot;         /* Number of the present one, since time 0. */
    unsigned int hold;          /* Seconds that the slots look back on; 0:
                                 * there is no sample yet. */
    uint64_t last;              /* The last sample. */
    long long int last_time;    /* When that was. */
};

/* Takes the sample 'total', which is what the interface had moved at 'now',
 * both directions together. */
void volume_update(struct volume *, uint64_t total, unsigned int hold,
                   long long int now);

/* Was as much moved in the last 'hold' seconds as 'rate', in bit/s and not 0,
 * moves in that time? */
bool volume_exceeds(const struct volume *, uint64_t rate);

#endif /* volume.h */
