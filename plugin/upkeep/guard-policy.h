/* SPDX-License-Identifier: Apache-2.0 */

#ifndef GUARD_POLICY_H
#define GUARD_POLICY_H 1

/* When to give up tracking connections, whose first, and when to begin again:
 * the part of the guard (guard.h) that decides.
 *
 *      0 %                           LOW           HIGH        LAST     100 %
 *      |------------------------------|-------------|-----------|--------|
 *        all is well; zones whose        nothing      the zones   all zones
 *        withdrawal is over come back         changes      with most   at once
 *                                                     entries, as
 *                                                     many as it
 *                                                     takes to get
 *                                                     to LOW
 *
 * Where packets are accounted before they are forwarded, a full table drops
 * them, so that what is above HIGH must not fill up before the flows have
 * gone.  HIGH is lowered there, if needed, to leave GUARD_ROOM above it; LOW
 * is three quarters of HIGH, and LAST half way between HIGH and the end.  In a
 * table that is no larger than that there are no flows at all.
 *
 * A zone is out for GUARD_MIN_WITHDRAWAL, and each time for twice as long, up
 * to GUARD_MAX_WITHDRAWAL, unless it went well for that long since it came
 * back.  The same holds for all zones together.
 *
 * The zone with most entries goes first.  Its entries are those that its
 * container opened, also in other containers' zones, and those in its own zone
 * that nobody here opened.  Those that its container opened in its own zone
 * count twice.  Otherwise, where it cannot be told who opened the entries in
 * other zones, as with invented addresses, a container that opens connections
 * would have as many entries as the one that it floods.
 *
 * How often the table is looked at depends on how soon it might reach the next
 * mark: if it grew at twice the rate that it was last seen to grow at, or at
 * GUARD_BURST if that is more, half of the way would be left.
 *
 * Pure: takes 'now', in time_msec() time, and numbers of entries. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guard_policy;

/* The marks: 60, 80 and 90 percent of the table, unless they are lower. */
enum guard_mark { GUARD_LOW, GUARD_HIGH, GUARD_LAST };

/* New entries per second that may come out of nowhere. */
#define GUARD_BURST 50000

/* Entries that may come in half a second, which is how long it may take until
 * flows have gone. */
#define GUARD_ROOM (GUARD_BURST / 2)

/* In milliseconds: between two looks at the table, at least and at most. */
#define GUARD_MIN_INTERVAL 20
#define GUARD_MAX_INTERVAL 2000

/* In milliseconds: between two judgements, for the outcome of the first to
 * show. */
#define GUARD_JUDGE_INTERVAL 200

/* In milliseconds: for how long a zone is withdrawn, at first and at most. */
#define GUARD_MIN_WITHDRAWAL 60000
#define GUARD_MAX_WITHDRAWAL 3600000

struct guard_policy *guard_policy_create(void);
void guard_policy_destroy(struct guard_policy *);

/* The table. */
struct guard_table {
    unsigned int count;         /* Entries that it has. */
    unsigned int max;           /* Entries it may have; 0: any number. */
    unsigned int room;          /* The least to leave above HIGH. */
};

/* Takes the 'table' as it is at 'now'.  Returns true if the entries of each
 * zone must be counted: then guard_policy_judge() is to be called before
 * anything else. */
bool guard_policy_update(struct guard_policy *, const struct guard_table *,
                         long long int now);

/* One of our zones, and its container's share of a sample of the table. */
struct guard_share {
    uint16_t zone;
    unsigned int n;             /* Entries because of the container. */
    unsigned int n_opened;      /* Those in its own zone that it opened. */
};

/* Decides by a sample of 'n_sample' entries.  'shares' has the 'n' zones of
 * ours with their shares of it, in any order; this changes the order. */
void guard_policy_judge(struct guard_policy *, struct guard_share *shares,
                        size_t n, unsigned int n_sample, long long int now);

/* 'zone' is not ours any more. */
void guard_policy_forget(struct guard_policy *, uint16_t zone);

/* Is the table too small for any flow? */
bool guard_policy_is_too_small(const struct guard_policy *);

/* Is any zone withdrawn? */
bool guard_policy_is_any_withdrawn(const struct guard_policy *);

/* Are all zones withdrawn together? */
bool guard_policy_is_all_withdrawn(const struct guard_policy *);

/* Is 'zone' withdrawn, by itself or with all others? */
bool guard_policy_is_withdrawn(const struct guard_policy *, uint16_t zone);

/* When guard_policy_update() is due next. */
long long int guard_policy_get_deadline(const struct guard_policy *);

#endif /* guard-policy.h */
