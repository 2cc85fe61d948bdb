/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TRACKING_H
#define TRACKING_H 1

/* Whether a container's packets pass conntrack, if they do only while its
 * interface moves so much that it may have an elephant.
 *
 * An elephant moves at least the elephant rate, and so does the interface of
 * either of its ends.  A container whose interface moves less has none, and
 * its packets need no conntrack.  So the interface's byte counters decide:
 *
 *      UNKNOWN --------------------------+
 *         | a new port                   | a previous run left its flows
 *         v                              v
 *       QUIET ----------------------> STARTING
 *         ^    half of the rate          | its flows are in the switch
 *         |                              v
 *         | less for the hold         CATCHING
 *         | (from all of these)          | the counters' run ended, or flows
 *         |                              v would have seen an elephant in it
 *         +---------------------------- ON <--- flows show an elephant
 *
 * Half of the rate leaves room for the counters being looked at only now and
 * then.  The hold, the one after which an elephant that became slow is none
 * any more, is the hysteresis: nobody is turned on more than once a hold.
 *
 * What flows can tell begins when they are in the switch.  What was moved
 * before that, the counters tell: as long as what they measure began before
 * flows covered a whole interval, measurement continues, and may make the
 * container heavy.  If as much as an elephant moves was moved since and flows
 * still find none, many mice moved it.  If the measurement has ended, nobody
 * can tell any more: the container stays like one with an elephant for the
 * hold, as it would with an elephant that flows had seen.
 *
 * Pure: takes 'now', in time_msec() time, and what the counters say. */

#include <stdbool.h>
#include <stdint.h>

struct elephant_threshold;

/* How long flows may take to find an elephant, in milliseconds, once there is
 * one. */
#define TRACKING_PATIENCE 3000

enum tracking_state {
    TRACKING_UNKNOWN,           /* Nobody has said how it begins. */
    TRACKING_QUIET,             /* It needs no flows. */
    TRACKING_STARTING,          /* It needs flows, which may not be in the
                                 * switch yet. */
    TRACKING_CATCHING,          /* They are, but the counters may still know
                                 * of what was before. */
    TRACKING_ON,                /* They are, and tell everything. */
};

struct tracking {
    enum tracking_state state;
    long long int last_busy;    /* When it last moved enough. */
    long long int covered;      /* Since when flows are in the switch;
                                 * LLONG_MAX if they are not. */
    uint64_t moved;             /* What its interface moved since then. */
    bool run_ended;             /* TRACKING_CATCHING: did the look before see
                                 * the end of the counters' run? */
    long long int stands_until; /* See tracking_stands(); LLONG_MIN if that is
                                 * over. */
};

/* What there is to see of the container at a moment. */
struct tracking_view {
    uint64_t moved;             /* Bytes that its interface moved, both
                                 * directions together. */
    uint64_t rate;              /* The same in bit/s, since 'since'. */
    long long int since;        /* When it was looked at before. */
    bool has_run;               /* Does the run of its counters
                                 * (counter-judge.h) go on? */
    long long int counted;      /* When it last was like one with an elephant,
                                 * by counters; LLONG_MIN if it is not. */
    bool in_place;              /* Are its flows in the switch? */
};

/* A container is seen for the first time at 'now'.  'had_flows' says whether a
 * previous run of the daemon left its flows in the switch. */
void tracking_begin(struct tracking *, bool had_flows, long long int now);

/* Returns true if the state changed. */
bool tracking_update(struct tracking *, const struct tracking_view *,
                     const struct elephant_threshold *, long long int now);

/* There is an elephant among its flows: they are as good as counters.  Returns
 * true if the state changed. */
bool tracking_saw_elephant(struct tracking *);

/* Should its flows be in the switch? */
bool tracking_needs_flows(const struct tracking *);

/* Are its flows what it is judged by? */
bool tracking_tells_all(const struct tracking *);

/* Is it like one with an elephant because of what it moved before its flows
 * could tell? */
bool tracking_stands(const struct tracking *);

const char *tracking_state_to_string(enum tracking_state);

#endif /* tracking.h */
