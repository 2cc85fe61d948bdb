/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PASSAGE_H
#define PASSAGE_H 1

/* Whether the elephants in a container's zone pass its interface.
 *
 * A packet to a container's Ethernet address counts in its zone before it is
 * known what the bridge does with it.  The bridge may drop it, or send it
 * elsewhere, where another container has sent something from the same address,
 * so others could make a container heavy without reaching it.  So where an
 * interface moves less than one with an elephant while flows say that there
 * are some, what these count is compared with what the interface moves: if the
 * elephant rate is missing there, they do not belong to it.
 *
 * Elephants that stand still move nothing that could be missing, and remain
 * what they are.  Where that was found, flows are not believed for a while
 * unless the interface moves as much.
 *
 * Pure: takes 'now', in time_msec() time, and counters. */

#include <stdbool.h>
#include <stdint.h>

struct ds;
struct elephant_threshold;

/* In milliseconds: for how long to compare, at least. */
#define PASSAGE_WINDOW 5000

/* In milliseconds: for how long what was found holds if there is nothing more
 * to compare. */
#define PASSAGE_REST 600000

/* What there is to compare at a moment. */
struct passage_view {
    unsigned int n_elephants;   /* The same number is taken for the same
                                 * elephants; 0: there is no doubt. */
    uint64_t flows;             /* Bytes of frames that these have counted. */
    uint64_t wire;              /* Those that the interface has moved. */
};

/* All zeros is a valid initial state. */
struct passage {
    bool denied;                /* Do the elephants not belong to it? */
    long long int until;        /* Until when 'denied' holds, at least. */
    uint64_t missing;           /* How much of what they move does not pass the
                                 * interface, in bit/s. */
    uint64_t moved;             /* How much they do move, in bit/s. */
    struct passage_view first;  /* At the beginning of the window. */
    long long int since;        /* When that was; 0: there is none. */
};

/* Takes what there is at 'now', while there are elephants, by flows, though
 * the interface moves less than one with an elephant does; at any other time
 * 'n_elephants' is 0.  Returns true if 'denied' changed. */
bool passage_update(struct passage *, const struct passage_view *,
                    const struct elephant_threshold *, long long int now);

/* Appends to the string a sentence on why it is 'denied', without a full
 * stop. */
void passage_format(const struct passage *, struct ds *);

#endif /* passage.h */
