/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/visibility.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "detector/threshold.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Bytes that an interface counts and conntrack does not, in each packet. */
#define ETH_HEADER_LEN 14

/* In milliseconds: what the interface moved in less time than this says too
 * little of its rate. */
#define MIN_WINDOW 800

/* Likewise: how long to wait after a first look until there is more. */
#define MAX_WINDOW 20000

/* Likewise: entries of what an interface moved are still there. */
#define MAX_RUN 20000

static void
forget_entries(struct visibility *v)
{
    free(v->entries);
    v->entries = NULL;
    v->n_entries = 0;
    v->has_entries = false;
}

void
visibility_destroy(struct visibility *v)
{
    forget_entries(v);
}

static void
end_doubt(struct visibility *v)
{
    forget_entries(v);
    v->in_doubt = v->settled = false;
    v->recheck = 0;
}

static bool
has_window(const struct visibility *v)
{
    return v->first.when && v->last.when >= v->first.when + MIN_WINDOW;
}

/* Keeps the samples that a look needs.  Only those count that were taken
 * between the end of the first look and the beginning of the second, so that
 * the entries counted all that the interface moved in between. */
static void
take_sample(struct visibility *v, const struct wire_sample *wire)
{
    bool is_late = wire->when > v->look_at;

    if (wire->when == v->last.when
        || (is_late && (!v->has_entries || has_window(v)))) {
        return;
    }
    v->last = *wire;
    if (v->has_entries && !v->first.when && wire->when >= v->first_look) {
        v->first = *wire;
    }
}

/* Puts off a second look as long as there are too few samples to compare with.
 * Those that ovs-vswitchd publishes are far apart. */
static void
postpone_look(struct visibility *v, long long int now)
{
    if (v->has_entries && v->last.when && !has_window(v)
        && now >= v->look_at && now < v->first_look + MAX_WINDOW) {
        v->look_at = now + 1000;
    }
}

/* Returns the rate at which the interface moved between two samples. */
static uint64_t
get_rate(uint64_t bytes, long long int msec)
{
    return msec > 0 ? MIN(bytes * 8000.0 / msec, (double) INT64_MAX) : 0;
}

/* Does the interface move far more than when the doubt was settled? */
static bool
is_outgrown(const struct visibility *v, const struct wire_sample *wire,
            const struct elephant_threshold *threshold)
{
    return (v->settled && v->seen && !v->has_entries
            && wire->rate > v->rate + v->rate / 2 + threshold->rate);
}

void
visibility_update(struct visibility *v, const struct visibility_inputs *in,
                  const struct elephant_threshold *threshold,
                  long long int now)
{
    if (in->elephants) {
        v->seen = true;
        v->last_elephants = now;
        v->figures = (struct visibility_figures) { .moved = 0 };
    }
    if (in->elephants || !in->heavy) {
        end_doubt(v);
    } else if (!v->in_doubt) {
        v->in_doubt = true;
        v->look_at = now;
    } else if (is_outgrown(v, &in->wire, threshold)) {
        v->look_at = MIN(v->look_at, MAX(now,
                                         v->settled_at + VISIBILITY_REST));
    }
    if (v->in_doubt) {
        take_sample(v, &in->wire);
        postpone_look(v, now);
    }
}

long long int
visibility_get_deadline(const struct visibility *v)
{
    return v->in_doubt ? v->look_at : LLONG_MAX;
}

/* Returns what an interface counts for what 'entry' counted. */
static uint64_t
count_frame_bytes(const struct zone_entry *entry)
{
    return entry->bytes + ETH_HEADER_LEN * entry->packets;
}

static int
compare_entries(const void *a_, const void *b_)
{
    const struct zone_entry *a = a_;
    const struct zone_entry *b = b_;

    return a->id < b->id ? -1 : a->id > b->id;
}

/* Returns what 'entry' has counted since the first look.  One that has fewer
 * bytes than then is another, with the same ID. */
static struct zone_entry
get_growth(const struct visibility *v, const struct zone_entry *entry)
{
    const struct zone_entry *old
        = (v->n_entries ? bsearch(entry, v->entries, v->n_entries,
                                  sizeof *entry, compare_entries)
           : NULL);
    struct zone_entry growth = *entry;

    if (old && old->bytes <= entry->bytes && old->packets <= entry->packets) {
        growth.bytes -= old->bytes;
        growth.packets -= old->packets;
    }
    return growth;
}

/* What the entries of the zone have counted between the looks, in bytes of
 * frames. */
struct accounts {
    uint64_t mice;
    uint64_t unanswered;        /* Elephants in all but that. */
    uint64_t unreported;        /* Other elephants. */
};

static struct accounts
sum_growth(const struct visibility *v, const struct zone_entry *entries,
           size_t n, const struct elephant_threshold *threshold,
           long long int msec)
{
    struct accounts sum = { .mice = 0 };

    for (size_t i = 0; i < n; i++) {
        struct zone_entry growth = get_growth(v, &entries[i]);
        bool is_mouse = (entries[i].bytes < threshold->bytes
                         || get_rate(growth.bytes, msec) < threshold->rate);

        *(is_mouse ? &sum.mice
          : entries[i].answered ? &sum.unreported
          : &sum.unanswered) += count_frame_bytes(&growth);
    }
    return sum;
}

static void
settle(struct visibility *v, bool seen, long long int now)
{
    forget_entries(v);
    v->seen = seen;
    v->settled = true;
    v->settled_at = now;
    v->recheck = MIN(MAX(2 * v->recheck, VISIBILITY_MIN_RECHECK),
                     VISIBILITY_MAX_RECHECK);
    v->look_at = now + v->recheck;
}

/* Do the entries tell of all that the interface has just moved?  Elephants,
 * and mice of some time ago, may have taken theirs with them. */
static bool
has_entries_of_run(const struct visibility *v)
{
    const struct wire_sample *wire = &v->last;

    return (!v->recheck && wire->when
            && wire->when <= wire->run_since + MAX_RUN
            && wire->run_since > v->last_elephants);
}

/* Stores in '*figures' how much of what the interface has just moved is more
 * than the entries explain.  That is all that they ever counted, but a large
 * one that was never answered explains no more than what it can have counted
 * without being an elephant in all but that.  Returns false if nothing of note
 * is missing. */
static bool
find_excess(const struct visibility *v, const struct zone_entry *entries,
            size_t n, const struct elephant_threshold *threshold,
            struct visibility_figures *figures)
{
    const struct wire_sample *wire = &v->last;
    double slow = (wire->when - wire->run_since) * (threshold->rate / 8000.0);
    uint64_t explained = 0, unanswered = 0, excess;

    for (size_t i = 0; i < n; i++) {
        uint64_t bytes = count_frame_bytes(&entries[i]);

        if (!entries[i].answered && entries[i].bytes >= threshold->bytes
            && bytes > slow) {
            unanswered += bytes - slow;
            bytes = slow;
        }
        explained += bytes;
    }
    excess = wire->run > explained ? wire->run - explained : 0;
    unanswered = MIN(unanswered, excess);
    if (excess < threshold->bytes
        && (!unanswered || unanswered < threshold->bytes / 8)) {
        return false;
    }
    *figures = (struct visibility_figures) {
        .moved = wire->rate,
        .missing = wire->rate * (1.0 * excess / wire->run),
        .unanswered = wire->rate * (1.0 * unanswered / wire->run),
    };
    return true;
}

static void
look_first(struct visibility *v, struct zone_entry *entries, size_t n,
           const struct elephant_threshold *threshold, long long int now)
{
    struct visibility_figures figures = {
        .moved = v->last.rate, .missing = v->last.rate,
    };

    if (!n || (has_entries_of_run(v)
               && find_excess(v, entries, n, threshold, &figures))) {
        v->figures = figures;
        free(entries);
        settle(v, false, now);
        return;
    }
    qsort(entries, n, sizeof *entries, compare_entries);
    v->entries = entries;
    v->n_entries = n;
    v->has_entries = true;
    v->first_look = now;
    v->first.when = 0;
    v->look_at = now + VISIBILITY_LOOK_AGAIN;
}

/* Stores what came of two looks, if the samples in between are enough to tell.
 * Returns false otherwise. */
static bool
compare(struct visibility *v, const struct accounts *sum)
{
    long long int msec = v->last.when - v->first.when;
    uint64_t moved = v->last.bytes - v->first.bytes;

    if (!has_window(v) || v->last.bytes < v->first.bytes) {
        return false;
    }
    v->figures = (struct visibility_figures) {
        .moved = get_rate(moved, msec),
        .missing = moved > sum->mice ? get_rate(moved - sum->mice, msec) : 0,
        .unanswered = get_rate(sum->unanswered, msec),
        .unreported = get_rate(sum->unreported, msec),
    };
    return true;
}

static void
look_again(struct visibility *v, const struct zone_entry *entries, size_t n,
           const struct elephant_threshold *threshold, long long int now)
{
    struct accounts sum = sum_growth(v, entries, n, threshold,
                                     now - v->first_look);
    bool news = sum.mice || sum.unanswered || sum.unreported;
    bool compared = compare(v, &sum);

    if (compared && v->figures.missing > threshold->rate) {
        v->rate = 0;
        settle(v, false, now);
    } else {
        bool quiet = compared && v->figures.moved < threshold->rate;

        v->rate = compared ? v->figures.moved : 0;
        v->figures = (struct visibility_figures) { .moved = 0 };
        settle(v, news || (quiet && v->seen), now);
    }
}

void
visibility_look(struct visibility *v, struct zone_entry *entries, size_t n,
                const struct elephant_threshold *threshold, long long int now)
{
    if (v->has_entries) {
        look_again(v, entries, n, threshold, now);
        free(entries);
    } else {
        look_first(v, entries, n, threshold, now);
    }
}

void
visibility_give_up(struct visibility *v, long long int now)
{
    v->figures = (struct visibility_figures) { .moved = 0 };
    settle(v, false, now);
}

static double
to_mbit(uint64_t rate)
{
    return rate / 1e6;
}

void
visibility_format(const struct visibility_figures *f, struct ds *s)
{
    if (!f->missing) {
        return;
    }
    ds_put_format(s, "%.3g of %.3g Mbit/s ", to_mbit(f->missing),
                  to_mbit(f->moved));
    if (f->unanswered >= f->missing / 2) {
        ds_put_cstr(s, "are connections that only one end sends anything in");
    } else if (f->unreported >= f->missing / 2) {
        ds_put_cstr(s, "are connections that the detector should report as "
                       "elephants and does not");
    } else {
        ds_put_cstr(s, "do not reach its conntrack zone: packets to or from "
                       "other Ethernet addresses than its own, fragments, or "
                       "what conntrack calls INVALID");
    }
}
