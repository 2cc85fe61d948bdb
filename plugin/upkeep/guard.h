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
struct port;
struct topology;

struct guard *guard_create(void);
void guard_destroy(struct guard *);

/* Looks at the table if that is due.  Brings 'withdrawn' of the ports up to
 * date, and sets 'changed' of bridges whose flows are to be others then.
 * Returns true if it did so for any. */
bool guard_run(struct guard *, const struct topology *, long long int now);
void guard_wait(const struct guard *);

/* 'zone' is not ours any more. */
void guard_forget_zone(struct guard *, uint16_t zone);

/* What is withdrawn and why, as a sentence, or null if nothing is.  Owned by
 * the guard. */
const char *guard_get_problem(const struct guard *);

#endif /* guard.h */
