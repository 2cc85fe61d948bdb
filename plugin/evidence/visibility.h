/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VISIBILITY_H
#define VISIBILITY_H 1

/* Whether conntrack sees the traffic of a port whose zone is not ours to fill.
 *
 * OVN gives every logical port a zone, but sends its packets through conntrack
 * only if stateful ACLs or load balancers need it.  A zone without elephants
 * may be one of a container that is light, or one that nothing ever enters,
 * and looking into conntrack's table all the time would be dear.  So:
 *
 *   - An elephant in the zone proves that conntrack sees the port.
 *
 *   - As long as the interface's byte counters say that no more is moved than
 *     a light container moves, the question does not matter: the container is
 *     light by either evidence.
 *
 *   - When they say that an elephant's worth was moved, and there is no
 *     elephant in the zone, the table is looked through.  If the zone has no
 *     entry, conntrack does not see the port.  If it has, they may be old
 *     ones (an established TCP connection's stays for days): the table is
 *     looked through again, VISIBILITY_LOOK_AGAIN later.  Conntrack sees the
 *     port if meanwhile an entry was added or has counted bytes.  Many mice
 *     did it then.
 *
 *   - While that goes on it is checked again, ever more rarely.
 *
 * Pure: takes 'now', in time_msec() time, and what was found in the table. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds between the two looks that a decision takes, and between
 * decisions, at first and at last. */
#define VISIBILITY_LOOK_AGAIN 5000
#define VISIBILITY_MIN_RECHECK 30000
#define VISIBILITY_MAX_RECHECK 480000

struct visibility {
    bool seen;                  /* Conntrack was last found to see it. */
    bool in_doubt;              /* Much is moved, and no elephant shows. */
    bool settled;               /* 'seen' was found out in this doubt. */
    long long int look_at;      /* In doubt: when to look into the table. */
    long long int recheck;      /* Last wait between decisions. */

    /* What the first of two looks found. */
    bool has_prints;
    uint64_t *prints;           /* Sorted. */
    size_t n_prints;
};

/* All zeros is a good beginning. */
void visibility_destroy(struct visibility *);

/* At 'now', are there 'elephants' in the zone, and is the container 'heavy' by
 * its interface's counters? */
void visibility_update(struct visibility *, bool elephants, bool heavy,
                       long long int now);

/* When the table should be looked into; LLONG_MAX for never. */
long long int visibility_get_deadline(const struct visibility *);

/* The table was looked through at 'now'.  'prints' has a number for each entry
 * of the zone, from visibility_print().  Takes ownership of 'prints'. */
void visibility_look(struct visibility *, uint64_t *prints, size_t n,
                     long long int now);

/* Returns a number that differs when the entry or its byte counters do. */
uint64_t visibility_print(uint32_t id, uint64_t bytes);

#endif /* visibility.h */
