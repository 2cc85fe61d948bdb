/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/guard-policy.h"

#include <limits.h>
#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "util.h"

/* A time without flows, of a zone or of all: the present one, or the last. */
struct withdrawal {
    bool out;                   /* Is it the present one? */
    long long int until;        /* When it ends, or ended. */
    long long int length;       /* In milliseconds; 0 if there was none. */
};

/* A zone that is or was withdrawn. */
struct withdrawn_zone {
    struct hmap_node node;      /* In guard_policy's 'withdrawn_zones'. */
    uint16_t zone;
    struct withdrawal withdrawal;
};

struct guard_policy {
    unsigned int count, max, room; /* As in struct guard_table, at the last
                                    * update. */
    long long int updated;      /* When that was; LLONG_MIN if never. */
    long long int deadline;     /* See guard_policy_get_deadline(). */
    long long int judge_at;     /* No judgement before this. */
    struct withdrawal all;      /* Of all zones together. */
    struct hmap withdrawn_zones; /* Contains "struct withdrawn_zone"s. */
};

struct guard_policy *
guard_policy_create(void)
{
    struct guard_policy *gp = xzalloc(sizeof *gp);

    gp->updated = gp->deadline = LLONG_MIN;
    hmap_init(&gp->withdrawn_zones);
    return gp;
}

static void
forget(struct guard_policy *gp, struct withdrawn_zone *wz)
{
    hmap_remove(&gp->withdrawn_zones, &wz->node);
    free(wz);
}

void
guard_policy_destroy(struct guard_policy *gp)
{
    if (gp) {
        struct withdrawn_zone *wz;

        HMAP_FOR_EACH_SAFE (wz, node, &gp->withdrawn_zones) {
            forget(gp, wz);
        }
        hmap_destroy(&gp->withdrawn_zones);
        free(gp);
    }
}

static struct withdrawn_zone *
find_withdrawn_zone(const struct guard_policy *gp, uint16_t zone)
{
    struct withdrawn_zone *wz;

    HMAP_FOR_EACH_WITH_HASH (wz, node, hash_int(zone, 0),
                             &gp->withdrawn_zones) {
        if (wz->zone == zone) {
            return wz;
        }
    }
    return NULL;
}

/* Returns the number of entries at which the table reaches 'mark'. */
static uint64_t
get_mark(const struct guard_policy *gp, enum guard_mark mark)
{
    uint64_t high = MIN((uint64_t) gp->max * 4 / 5,
                        gp->max - MIN(gp->room, gp->max));

    return (mark == GUARD_LOW ? high * 3 / 4
            : mark == GUARD_HIGH ? high
            : high + (gp->max - high) / 2);
}

static bool
is_above(const struct guard_policy *gp, uint64_t count, enum guard_mark mark)
{
    return gp->max && count >= get_mark(gp, mark);
}

bool
guard_policy_is_too_small(const struct guard_policy *gp)
{
    return gp->max && !get_mark(gp, GUARD_HIGH);
}

/* Withdrawals. */

static void
withdrawal_begin(struct withdrawal *w, long long int now)
{
    bool again = w->length && now < w->until + w->length;

    if (w->out) {
        return;
    }
    w->out = true;
    w->length = (again ? MIN(2 * w->length, GUARD_MAX_WITHDRAWAL)
                 : GUARD_MIN_WITHDRAWAL);
    w->until = now + w->length;
}

static void
withdrawal_end_if_over(struct withdrawal *w, long long int now)
{
    if (w->out && now >= w->until) {
        w->out = false;
        w->until = now;
    }
}

static void
end_withdrawals(struct guard_policy *gp, long long int now)
{
    struct withdrawn_zone *wz;

    withdrawal_end_if_over(&gp->all, now);
    HMAP_FOR_EACH_SAFE (wz, node, &gp->withdrawn_zones) {
        withdrawal_end_if_over(&wz->withdrawal, now);
        if (!wz->withdrawal.out
            && now >= wz->withdrawal.until + wz->withdrawal.length) {
            forget(gp, wz);
        }
    }
}

static void
withdraw(struct guard_policy *gp, uint16_t zone, long long int now)
{
    struct withdrawn_zone *wz = find_withdrawn_zone(gp, zone);

    if (!wz) {
        wz = xzalloc(sizeof *wz);
        wz->zone = zone;
        hmap_insert(&gp->withdrawn_zones, &wz->node, hash_int(zone, 0));
    }
    withdrawal_begin(&wz->withdrawal, now);
}

void
guard_policy_forget(struct guard_policy *gp, uint16_t zone)
{
    struct withdrawn_zone *wz = find_withdrawn_zone(gp, zone);

    if (wz) {
        forget(gp, wz);
    }
}

/* The table. */

/* Returns how many milliseconds later the table must be looked at again, which
 * had 'old_count' entries 'msec' milliseconds ago. */
static long long int
get_interval(const struct guard_policy *gp, unsigned int old_count,
             long long int msec)
{
    uint64_t limit = get_mark(gp, is_above(gp, gp->count, GUARD_HIGH)
                                  ? GUARD_LAST : GUARD_HIGH);
    uint64_t rate = GUARD_BURST;

    if (!gp->max || gp->all.out) {
        return GUARD_MAX_INTERVAL;
    }
    if (gp->count > old_count && msec > 0) {
        rate = MAX(rate, 2000ULL * (gp->count - old_count) / msec);
    }
    return MIN(MAX((limit - gp->count) * 1000 / rate / 2, GUARD_MIN_INTERVAL),
               GUARD_MAX_INTERVAL);
}

bool
guard_policy_update(struct guard_policy *gp,
                    const struct guard_table *table, long long int now)
{
    unsigned int count = table->count, old_count = gp->count;
    long long int msec = gp->updated == LLONG_MIN ? 0 : now - gp->updated;

    gp->count = count;
    gp->max = table->max;
    gp->room = table->room;
    gp->updated = now;
    if (is_above(gp, count, GUARD_LAST) || guard_policy_is_too_small(gp)) {
        withdrawal_begin(&gp->all, now);
    } else if (!is_above(gp, count, GUARD_LOW)) {
        end_withdrawals(gp, now);
    }
    gp->deadline = now + get_interval(gp, old_count, msec);
    return (is_above(gp, count, GUARD_HIGH) && !gp->all.out
            && now >= gp->judge_at);
}

static int
compare_shares(const void *a_, const void *b_)
{
    const struct guard_share *a = a_;
    const struct guard_share *b = b_;
    unsigned int a_weight = a->n + a->n_opened;
    unsigned int b_weight = b->n + b->n_opened;

    return (a_weight != b_weight ? (a_weight > b_weight ? -1 : 1)
            : a->zone < b->zone ? -1 : a->zone > b->zone);
}

void
guard_policy_judge(struct guard_policy *gp, struct guard_share *shares,
                   size_t n, unsigned int n_sample, long long int now)
{
    /* Entries that will be left, in the sample's scale. */
    uint64_t left = n_sample;

    gp->judge_at = now + GUARD_JUDGE_INTERVAL;

    /* Zones that were withdrawn before may still have entries, but these are
     * being deleted. */
    for (size_t i = 0; i < n; i++) {
        if (guard_policy_is_withdrawn(gp, shares[i].zone)) {
            left -= MIN(left, shares[i].n);
            shares[i].n = shares[i].n_opened = 0;
        }
    }
    qsort(shares, n, sizeof *shares, compare_shares);
    for (size_t i = 0; ; i++) {
        if (n_sample && !is_above(gp, left * gp->count / n_sample,
                                  GUARD_LOW)) {
            return;
        }
        if (i >= n || !shares[i].n) {
            break;
        }
        withdraw(gp, shares[i].zone, now);
        left -= MIN(left, shares[i].n);
    }

    /* It is not our zones that fill the table, but they would suffer from a
     * full one as well. */
    withdrawal_begin(&gp->all, now);
}

bool
guard_policy_is_any_withdrawn(const struct guard_policy *gp)
{
    const struct withdrawn_zone *wz;

    HMAP_FOR_EACH (wz, node, &gp->withdrawn_zones) {
        if (wz->withdrawal.out) {
            return true;
        }
    }
    return gp->all.out;
}

bool
guard_policy_is_all_withdrawn(const struct guard_policy *gp)
{
    return gp->all.out;
}

bool
guard_policy_is_withdrawn(const struct guard_policy *gp, uint16_t zone)
{
    const struct withdrawn_zone *wz = find_withdrawn_zone(gp, zone);

    return gp->all.out || (wz && wz->withdrawal.out);
}

long long int
guard_policy_get_deadline(const struct guard_policy *gp)
{
    return gp->deadline;
}
