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
 * A zone is out for GUARD_MIN_EXILE, and each time for twice as long, up to
 * GUARD_MAX_EXILE, unless it went well for that long since it came back.  The
 * same holds for all zones together.
 *
 * The zone with most entries goes first: those that are in the table because
 * of its container, also in other containers' zones, and those in its own zone
 * that nobody here opened.  Those that its container opened in its own zone
 * count twice: if it cannot be told who opened those in other zones, as with
 * addresses that are invented, who opens connections has as many entries as
 * who is flooded with them.
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

/* The marks, in percent of the table. */
#define GUARD_LOW 60
#define GUARD_HIGH 80
#define GUARD_LAST 90

/* New entries per second that may come out of nowhere. */
#define GUARD_BURST 50000

/* In milliseconds: between two looks at the table, at least and at most. */
#define GUARD_MIN_INTERVAL 20
#define GUARD_MAX_INTERVAL 2000

/* In milliseconds: between two judgements, for the outcome of the first to
 * show. */
#define GUARD_JUDGE_INTERVAL 200

/* In milliseconds. */
#define GUARD_MIN_EXILE 60000
#define GUARD_MAX_EXILE 3600000

struct guard_policy *guard_policy_create(void);
void guard_policy_destroy(struct guard_policy *);

/* At 'now' the table has 'count' entries and room for 'max', or for any number
 * if 'max' is 0.  Returns true if it has to be known which zones have how
 * many: then guard_policy_judge() is to be called before anything else. */
bool guard_policy_update(struct guard_policy *, unsigned int count,
                         unsigned int max, long long int now);

/* One of our zones, and its container's share of a sample of the table. */
struct guard_share {
    uint16_t zone;
    unsigned int n;             /* Entries because of the container. */
    unsigned int n_opened;      /* Those in its own zone that it opened. */
};

/* Decides by a sample of 'n_sample' entries, of which the 'n' zones in
 * 'shares' have those that are ours, in any order, which changes. */
void guard_policy_judge(struct guard_policy *, struct guard_share *shares,
                        size_t n, unsigned int n_sample, long long int now);

/* 'zone' is not ours any more. */
void guard_policy_forget(struct guard_policy *, uint16_t zone);

/* Is any zone withdrawn?  Are all?  Is 'zone', alone or with all? */
bool guard_policy_is_any_withdrawn(const struct guard_policy *);
bool guard_policy_is_all_withdrawn(const struct guard_policy *);
bool guard_policy_is_withdrawn(const struct guard_policy *, uint16_t zone);

/* When guard_policy_update() is due next. */
long long int guard_policy_get_deadline(const struct guard_policy *);

#endif /* guard-policy.h */
