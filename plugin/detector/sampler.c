/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "detector/sampler.h"

#include <limits.h>
#include <stdlib.h>

#include "conntrack/ct-zone.h"
#include "detector/threshold.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "util.h"

/* A flow that is fast again this many milliseconds before its hold time is
 * over, or later, is reported again: the caller may have taken it for no
 * elephant any more, by its own clock. */
#define HOLD_SLACK 500

/* If flows must be forgotten, elephants go this many milliseconds after their
 * hold time was over. */
#define CEASED_LONG_AGO 5000

/* In place of a time: it has not happened. */
#define NEVER LLONG_MIN

struct zone {
    struct elephant_threshold threshold;
    uint64_t min_bytes;         /* Entries with less have no state. */
    long long int since;        /* When the latest round began that saw all of
                                 * the zone's entries and had room for them:
                                 * what has no state now had less than
                                 * 'min_bytes' then.  NEVER if there was none,
                                 * or state was thrown away later. */
    bool in_round;              /* Was it ours when the round began? */
    struct sampler_misses misses; /* Its part of the sampler's. */
    uint64_t uncounted;         /* 'misses.uncounted' of the present round. */
};

/* How fast a flow moved, compared to its zone's threshold rate. */
enum pace {
    PACE_UNKNOWN,               /* It was looked at only once. */
    PACE_SLOW,
    PACE_FAST,
};

/* A flow that moved at least its zone's 'min_bytes'. */
struct candidate {
    struct hmap_node node;      /* In 'candidates', by zone and tuple. */
    struct ct_flow flow;        /* As of 'when'. */
    long long int when;
    uint32_t ct_id;
    unsigned int round;         /* Number of the round that saw it last. */
    enum pace pace;             /* From the look before to the latest one. */
    bool elephant;              /* Was it reported? */
    bool ended;                 /* Has it ended?  Then it is kept until the end
                                 * of the round, to recognize outdated
                                 * samples of it. */
};

struct sampler {
    struct zone *zones[CT_N_ZONES]; /* Null if not ours. */
    struct hmap candidates;     /* Contains "struct candidate"s. */
    size_t max;                 /* The most candidates. */
    uint64_t last_id;           /* Of the candidate that was added last. */
    bool track_unassured;       /* See sampler_set_track_unassured(). */
    long long int min_msec;     /* See sampler_set_min_msec(). */
    struct sampler_misses misses;
    uint64_t uncounted;         /* 'misses.uncounted' of the present round. */

    unsigned int round;         /* Number of the latest round. */
    bool in_round;              /* Is it under way? */
    long long int round_began;

    /* If there are more flows than there is room for, each round takes in
     * those that the one before had no room for, and at its end forgets those
     * that turned out to be slow, so that each flow gets its turn. */
    size_t position;            /* Number of samples in this round so far. */
    size_t skip;                /* So many samples are not taken in. */
    size_t full_at;             /* First one for which there was no room, or
                                 * 0. */
};

struct sampler *
sampler_create(size_t max)
{
    struct sampler *s = xzalloc(sizeof *s);

    hmap_init(&s->candidates);
    s->max = max;
    s->min_msec = 1000;
    return s;
}

static void
remove_candidate(struct sampler *s, struct candidate *c)
{
    hmap_remove(&s->candidates, &c->node);
    free(c);
}

void
sampler_destroy(struct sampler *s)
{
    struct candidate *c;

    if (!s) {
        return;
    }
    HMAP_FOR_EACH_SAFE (c, node, &s->candidates) {
        remove_candidate(s, c);
    }
    hmap_destroy(&s->candidates);
    for (size_t i = 0; i < CT_N_ZONES; i++) {
        free(s->zones[i]);
    }
    free(s);
}

/* Zones. */

static void
remove_zone(struct sampler *s, uint16_t id)
{
    struct candidate *c;

    free(s->zones[id]);
    s->zones[id] = NULL;
    HMAP_FOR_EACH_SAFE (c, node, &s->candidates) {
        if (c->flow.zone == id) {
            remove_candidate(s, c);
        }
    }
}

bool
sampler_set_zone(struct sampler *s, uint16_t id,
                 const struct elephant_threshold *threshold)
{
    struct zone *zone = s->zones[id];

    if (!threshold) {
        if (zone) {
            remove_zone(s, id);
        }
        return zone != NULL;
    }
    if (!zone) {
        zone = s->zones[id] = xzalloc(sizeof *zone);
    } else if (elephant_threshold_equals(&zone->threshold, threshold)) {
        return false;
    }
    if (zone->threshold.bytes != threshold->bytes) {
        zone->min_bytes = MAX(threshold->bytes / 8, 1);
        zone->since = NEVER;
    }
    zone->threshold = *threshold;
    return true;
}

bool
sampler_has_zone(const struct sampler *s, uint16_t zone)
{
    return s->zones[zone] != NULL;
}

void
sampler_set_track_unassured(struct sampler *s, bool track)
{
    s->track_unassured = track;
}

void
sampler_set_min_msec(struct sampler *s, unsigned int msec)
{
    s->min_msec = MAX(msec, 1);
}

uint64_t
sampler_get_min_bytes(const struct sampler *s)
{
    uint64_t min = UINT64_MAX;

    for (size_t i = 0; i < CT_N_ZONES; i++) {
        if (s->zones[i]) {
            min = MIN(min, s->zones[i]->min_bytes);
        }
    }
    return min;
}

bool
sampler_is_interested(const struct sampler *s, uint16_t zone, uint64_t bytes)
{
    return s->zones[zone] && bytes >= s->zones[zone]->min_bytes;
}

/* Candidates. */

static uint64_t
total_bytes(const struct ct_flow *flow)
{
    return flow->bytes[CT_DIR_ORIG] + flow->bytes[CT_DIR_REPLY];
}

static uint32_t
hash_flow(const struct ct_flow *flow)
{
    return hash_add(ct_tuple_hash_symmetric(&flow->tuple), flow->zone);
}

static struct candidate *
find_candidate(const struct sampler *s, const struct ct_flow *flow)
{
    struct candidate *c;

    HMAP_FOR_EACH_WITH_HASH (c, node, hash_flow(flow), &s->candidates) {
        if (c->flow.zone == flow->zone
            && ct_tuple_equals(&c->flow.tuple, &flow->tuple)) {
            return c;
        }
    }
    return NULL;
}

/* Is a counter of 'a' less than that of 'b'?  Since counters never decrease,
 * 'a' is then older, or of another entry. */
static bool
has_less(const struct ct_flow *a, const struct ct_flow *b)
{
    return (a->bytes[CT_DIR_ORIG] < b->bytes[CT_DIR_ORIG]
            || a->bytes[CT_DIR_REPLY] < b->bytes[CT_DIR_REPLY]);
}

static struct candidate *
add_candidate(struct sampler *s, const struct sample *sample)
{
    struct candidate *c = xzalloc(sizeof *c);

    c->flow = sample->flow;
    c->flow.id = ++s->last_id;
    c->flow.created = sample->when;
    c->flow.last_fast = 0;
    c->flow.rate = 0;
    c->when = sample->when;
    c->ct_id = sample->ct_id;
    c->round = s->round;
    hmap_insert(&s->candidates, &c->node, hash_flow(&c->flow));
    return c;
}

/* Reports that 'c' is gone, if it was reported as an elephant. */
static void
tell_gone(struct candidate *c, detector_cb *cb, void *aux)
{
    if (c->elephant && !c->ended) {
        cb(DETECTOR_GONE, &c->flow, aux);
    }
}

/* What is known of an entry from before: that it had 'bytes' at most at
 * 'when', which may be NEVER. */
struct history {
    uint64_t bytes;
    long long int when;
};

/* Returns the candidate for the entry of 'sample', or null if there is none,
 * and stores in '*history' what is known of the entry.  A candidate that was
 * another entry with the same tuple is removed. */
static struct candidate *
find_entry(struct sampler *s, const struct sample *sample,
           struct history *history, detector_cb *cb, void *aux)
{
    struct candidate *c = find_candidate(s, &sample->flow);
    const struct zone *zone = s->zones[sample->flow.zone];

    if (!c) {
        *history = (struct history) { zone->min_bytes - 1, zone->since };
    } else if (c->ended || c->ct_id != sample->ct_id
               || has_less(&sample->flow, &c->flow)) {
        /* At that time there was still the previous entry with this tuple, so
         * this one had no bytes. */
        *history = (struct history) { 0, c->when };
        tell_gone(c, cb, aux);
        remove_candidate(s, c);
        c = NULL;
    } else {
        *history = (struct history) { total_bytes(&c->flow), c->when };
    }
    return c;
}

/* Returns true if 'sample' is of an entry that is known to have ended since:
 * the kernel had prepared this piece of its dump before that. */
static bool
is_outdated(const struct sampler *s, const struct sample *sample)
{
    const struct candidate *c = find_candidate(s, &sample->flow);

    return (c && c->ended && c->ct_id == sample->ct_id
            && !has_less(&c->flow, &sample->flow));
}

/* Returns the rate in bit/s of 'bytes' that took 'msec'. */
static uint64_t
rate_of(const struct sampler *s, uint64_t bytes, long long int msec)
{
    msec = MAX(msec, s->min_msec);
    return (bytes < UINT64_MAX / 8000 ? bytes * 8000 / msec
            : bytes / msec * 8000);
}

/* Brings 'c' up to date with 'sample'. */
static void
update_counters(const struct sampler *s, struct candidate *c,
                const struct sample *sample)
{
    for (int dir = 0; dir < CT_N_DIRS; dir++) {
        c->flow.bytes[dir] = sample->flow.bytes[dir];
        c->flow.packets[dir] = sample->flow.packets[dir];
    }
    c->flow.mark = sample->flow.mark;
    c->when = sample->when;
    c->round = s->round;
}

/* Returns the bytes that take a second at the threshold's rate, or an eighth
 * of its bytes if that is less: about the chunk over which the BPF programs
 * measure a rate. */
static uint64_t
get_chunk(const struct elephant_threshold *t)
{
    return MIN(t->rate / 8, t->bytes / 8);
}

/* Takes note that 'c', which is up to date with 'sample' and moved 'bytes'
 * since the sample before, was an elephant by bytes and rate at 'when'.
 * Returns true if that must be reported. */
static bool
handle_fast(struct sampler *s, struct candidate *c,
            const struct sample *sample, long long int when, uint64_t bytes)
{
    unsigned int hold = s->zones[c->flow.zone]->threshold.hold;
    long long int quiet = when - c->flow.last_fast;
    bool is_news = !c->elephant || quiet + HOLD_SLACK >= hold * 1000LL;

    if (!sample->answered && !s->track_unassured) {
        s->misses.unassured_bytes += bytes;
        s->zones[c->flow.zone]->misses.unassured_bytes += bytes;
        return false;
    }
    c->flow.last_fast = when;
    c->elephant = true;
    return is_news;
}

/* Brings 'c' up to date with 'sample', after 'history', and measures its pace.
 * Returns true if it must be reported that 'c' is an elephant. */
static bool
measure(struct sampler *s, struct candidate *c, const struct sample *sample,
        const struct history *history)
{
    const struct elephant_threshold *t = &s->zones[c->flow.zone]->threshold;
    uint64_t total = total_bytes(&sample->flow);
    uint64_t bytes = total - history->bytes;
    bool crossed = history->bytes < t->bytes && total >= t->bytes;
    bool was_fast = c->pace == PACE_FAST;

    update_counters(s, c, sample);
    if (history->when == NEVER) {
        return false;
    }
    c->flow.rate = rate_of(s, bytes, sample->when - history->when);
    c->pace = c->flow.rate >= t->rate ? PACE_FAST : PACE_SLOW;
    if (total < t->bytes) {
        return false;
    }
    if (c->pace == PACE_FAST) {
        return handle_fast(s, c, sample, sample->when, bytes);
    } else if (crossed && was_fast) {
        return handle_fast(s, c, sample, history->when, bytes);
    }
    if (crossed && bytes >= get_chunk(t)) {
        s->misses.unclear++;
        s->zones[c->flow.zone]->misses.unclear++;
    }
    return false;
}

/* Returns true if the sample at 's->position', in 'zone', may become a
 * candidate.  Otherwise counts it as missed. */
static bool
take_in(struct sampler *s, uint16_t zone)
{
    if (s->position > s->skip) {
        if (hmap_count(&s->candidates) < s->max) {
            return true;
        }
        if (!s->full_at) {
            s->full_at = s->position;
        }
    }
    s->misses.table_full++;
    s->zones[zone]->misses.table_full++;
    return false;
}

/* Rounds. */

void
sampler_begin_round(struct sampler *s, long long int now)
{
    s->round++;
    s->in_round = true;
    s->round_began = now;
    s->position = 0;
    s->full_at = 0;
    s->uncounted = 0;
    for (size_t i = 0; i < CT_N_ZONES; i++) {
        if (s->zones[i]) {
            s->zones[i]->in_round = true;
            s->zones[i]->uncounted = 0;
        }
    }
}

void
sampler_note_uncounted(struct sampler *s, uint16_t zone)
{
    s->uncounted++;
    s->zones[zone]->uncounted++;
}

void
sampler_look(struct sampler *s, const struct sample *sample, detector_cb *cb,
             void *aux)
{
    struct history history;
    struct candidate *c;

    if (!sampler_is_interested(s, sample->flow.zone,
                               total_bytes(&sample->flow))
        || is_outdated(s, sample)) {
        return;
    }
    s->position++;
    c = find_entry(s, sample, &history, cb, aux);
    if (!c) {
        if (!take_in(s, sample->flow.zone)) {
            return;
        }
        c = add_candidate(s, sample);
    } else if (c->round == s->round) {
        /* A dump may tell of an entry twice. */
        return;
    }
    if (measure(s, c, sample, &history)) {
        cb(DETECTOR_ELEPHANT, &c->flow, aux);
    }
}

void
sampler_end_flow(struct sampler *s, const struct sample *sample,
                 detector_cb *cb, void *aux)
{
    struct history history;
    struct candidate *c;

    if (!sampler_is_interested(s, sample->flow.zone,
                               total_bytes(&sample->flow))) {
        return;
    }
    c = find_entry(s, sample, &history, cb, aux);
    if (!c) {
        c = add_candidate(s, sample);
    }

    if (measure(s, c, sample, &history)) {
        cb(DETECTOR_ELEPHANT, &c->flow, aux);
    }
    tell_gone(c, cb, aux);
    c->ended = true;
    if (!s->in_round || hmap_count(&s->candidates) > s->max) {
        remove_candidate(s, c);
    }
}

/* Returns true if 'c' may be forgotten when there is no room: the next round
 * would make the same of it. */
static bool
is_dispensable(const struct sampler *s, const struct candidate *c)
{
    const struct zone *zone = s->zones[c->flow.zone];

    return (c->pace == PACE_SLOW
            && (!c->elephant
                || c->when > (c->flow.last_fast + CEASED_LONG_AGO
                              + zone->threshold.hold * 1000LL)));
}

/* Makes use of what the round saw of 'zone'.  'has_all': is there a candidate
 * for each entry of interest? */
static void
end_round_in_zone(struct sampler *s, struct zone *zone, bool complete,
                  bool has_all)
{
    if (!has_all) {
        zone->since = NEVER;
    } else if (complete && zone->in_round) {
        zone->since = s->round_began;
    }
    if (complete) {
        zone->misses.uncounted = zone->uncounted;
    }
}

void
sampler_end_round(struct sampler *s, bool complete, detector_cb *cb,
                  void *aux)
{
    bool has_all = !s->full_at && !s->skip;
    struct candidate *c;

    HMAP_FOR_EACH_SAFE (c, node, &s->candidates) {
        bool was_seen = (c->round == s->round
                         || !s->zones[c->flow.zone]->in_round);

        if (!c->ended && complete && !was_seen) {
            tell_gone(c, cb, aux);
            c->ended = true;
        }
        if (c->ended || (s->full_at && is_dispensable(s, c))) {
            remove_candidate(s, c);
        }
    }
    if (complete) {
        s->misses.uncounted = s->uncounted;
    }
    for (size_t i = 0; i < CT_N_ZONES; i++) {
        if (s->zones[i]) {
            end_round_in_zone(s, s->zones[i], complete, has_all);
        }
    }
    s->skip = s->full_at ? s->full_at - 1 : 0;
    s->in_round = false;
}

/* Questions. */

static struct candidate *
find_elephant(const struct sampler *s, const struct ct_flow *flow)
{
    struct candidate *c = find_candidate(s, flow);

    return (c && c->elephant && !c->ended && c->flow.id == flow->id
            ? c : NULL);
}

bool
sampler_has_flow(const struct sampler *s, const struct ct_flow *flow)
{
    return find_elephant(s, flow) != NULL;
}

bool
sampler_refresh(struct sampler *s, struct ct_flow *flow, long long int now)
{
    struct candidate *c = find_elephant(s, flow);
    const struct zone *zone = s->zones[flow->zone];

    if (!c || has_less(flow, &c->flow)) {
        return false;
    }
    flow->created = c->flow.created;
    flow->rate = c->flow.rate;

    /* In less than a second, a few packets say little. */
    if (now - c->when >= 1000) {
        flow->rate = rate_of(s, total_bytes(flow) - total_bytes(&c->flow),
                             now - c->when);
        if (flow->rate >= zone->threshold.rate) {
            c->flow.last_fast = now;
        }
    }
    flow->last_fast = c->flow.last_fast;
    return true;
}

const struct sampler_misses *
sampler_get_misses(const struct sampler *s)
{
    return &s->misses;
}

size_t
sampler_count(const struct sampler *s)
{
    return hmap_count(&s->candidates);
}

uint64_t
sampler_get_misses_of_zone(const struct sampler *s, enum sampler_miss kind,
                           uint16_t zone)
{
    const struct sampler_misses *misses
        = s->zones[zone] ? &s->zones[zone]->misses : NULL;

    return (!misses ? 0
            : kind == SAMPLER_MISS_TABLE_FULL ? misses->table_full
            : kind == SAMPLER_MISS_UNASSURED ? misses->unassured_bytes
            : kind == SAMPLER_MISS_UNCLEAR ? misses->unclear
            : kind == SAMPLER_MISS_UNCOUNTED ? misses->uncounted
            : 0);
}
