/* SPDX-License-Identifier: Apache-2.0 */

#ifndef GUARD_H
#define GUARD_H 1

/* Sees to it that conntrack's table does not become full because of us.
 *
 * A bridge without our flows does not care about that table.  With them, once
 * it is full, the packets of every new connection are dropped (ct() fails, and
 * so does all that the datapath was to do with the packet).  So the guard
 * watches how full it is, and, before it is full, withdraws our flows: those
 * of the containers with most entries first, all of them if that is not
 * enough.  Their entries are deleted, which makes room at once, and they are
 * judged by counters until their flows come back.  guard-policy.h says when.
 *
 * Only in managed mode: elsewhere what is in the table is not due to us. */

#include <stdbool.h>
#include <stdint.h>

struct guard;
struct topology;

struct guard *guard_create(void);
void guard_destroy(struct guard *);

struct guard_inputs {
    const struct topology *topology;
    bool flows_have_gone;       /* Have the flows of all that was withdrawn
                                 * gone? */
    bool in_the_way;            /* Are there any packets that are accounted
                                 * before they are forwarded? */
};

/* Looks at the table if that is due.  Returns true if what is withdrawn has
 * changed. */
bool guard_run(struct guard *, const struct guard_inputs *,
               long long int now);
void guard_wait(const struct guard *);

/* 'zone' is not ours any more. */
void guard_forget_zone(struct guard *, uint16_t zone);

/* Must there be no flows for the container that has 'zone'? */
bool guard_is_withdrawn(const struct guard *, uint16_t zone);

/* Returns a number that changes whenever the answer of guard_is_withdrawn()
 * may have changed for any zone. */
uint64_t guard_get_seq(const struct guard *);

/* What is withdrawn and why, as a sentence, or null if nothing is.  Owned by
 * the guard. */
const char *guard_get_problem(const struct guard *);

#endif /* guard.h */
